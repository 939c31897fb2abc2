# SPDX-License-Identifier: Apache-2.0
# For each line of a table on stdin, `numactl OPTIONS` and `numaplace run OPTIONS` must both refuse,
# or both bind a program alike: same CPUs, same policy, same nodes, same exit status of the program.
# What is compared is what `numactl --show` prints as that program, but for the node whose turn it is
# to be interleaved: that depends on the pages that were needed until then.
#
# A line is options as a shell reads them. "ours " before them marks what numactl refuses and we
# take on purpose (numaplace-run(1) says why), "refused " what numactl takes and we refuse.

# Sets $outcome for options.
compare_with_numactl() { # OPTION...
    local probe theirs='' their_status=0 ours='' our_status=0

    probe='numactl --show 2>/dev/null | sed "/^interleavenode/d; s/[0-9]* (interleave next)//"; exit 7'
    theirs=$(numactl "$@" sh -c "$probe" 2>/dev/null </dev/null) || their_status=$?
    ours=$("$NUMAPLACE" run "$@" sh -c "$probe" 2>/dev/null </dev/null) || our_status=$?
    case $their_status:$our_status in
    7:7) [ "$theirs" = "$ours" ] && outcome=same || outcome=different ;;
    7:*) outcome=refused ;;
    *:7) outcome=ours ;;
    *) outcome=same ;;
    esac
    details="numactl ($their_status): $(echo $theirs)
  numaplace ($our_status): $(echo $ours)"
}

same_as_numactl() { # <TABLE
    local line expected lines=0 wrong=0 outcome details

    while IFS= read -r line; do
        case $line in
        '' | '#'*) continue ;;
        'ours '*) expected=ours line=${line#ours } ;;
        'refused '*) expected=refused line=${line#refused } ;;
        *) expected=same ;;
        esac
        eval "set -- $line"
        compare_with_numactl "$@"
        lines=$((lines + 1))
        [ $outcome = $expected ] && continue
        wrong=$((wrong + 1))
        echo "$line: $outcome, not $expected"
        echo "  $details"
    done
    echo "$lines lines, $wrong wrong"
    [ $lines -gt 0 ] && [ $wrong = 0 ]
}
