# SPDX-License-Identifier: Apache-2.0
# For the tests that run inside a guest (`. /lab/lib.sh`): what they compare with is what the
# kernel says in its own files. Nothing here sleeps for a fixed time.

export NO_COLOR=1

fail() {
    echo "FAILED: $*"
    exit 1
}

skip() {
    echo "$*"
    exit 77
}

equal() { # WHAT ACTUAL WANTED
    [ "$2" = "$3" ] || fail "$1 is \"$2\", not \"$3\""
}

# Runs a command that shall leave with STATUS; its output (both streams) is in $OUTPUT.
leaves_with() { # STATUS COMMAND...
    local wanted=$1 status=0
    shift
    OUTPUT=$("$@" 2>&1) || status=$?
    [ "$status" -eq "$wanted" ] || fail "\`$*\` left with $status, not $wanted: $OUTPUT"
}

says() { # TEXT: that the output of leaves_with has it
    case $OUTPUT in
    *"$1"*) ;;
    *) fail "the output does not say \"$1\": $OUTPUT" ;;
    esac
}

# Until COMMAND is true, looked at ten times a second.
wait_for() { # SECONDS COMMAND...
    local left=$(($1 * 10))
    shift
    until "$@"; do
        left=$((left - 1))
        [ $left -gt 0 ] || fail "still not so: $*"
        usleep 100000
    done
}

# Starts a memhog, prefixed by COMMAND if any, waits until all is touched; its pid is in $PID.
# NAME.log holds what it says.
hog() { # NAME MIB THREADS [COMMAND...]
    local name=$1 mib=$2 threads=$3
    shift 3
    "$@" memhog "$mib" "$threads" >"$name.log" 2>&1 &
    wait_for 30 grep -qs ready "$name.log"
    PID=$(sed -n 's/^ready //p' "$name.log")
}

# A thread started now by a memhog, that touches 1 MiB; its id is in $TID.
hog_late_thread() { # NAME PID
    kill -USR1 "$2"
    wait_for 30 grep -qs late "$1.log"
    TID=$(sed -n 's/^late //p' "$1.log" | tail -n 1)
}

# KiB of a process on a node in mappings that are no file's: what memory policy governs.
anonymous_kib() { # PID NODE
    awk -v key="N$2" '
        / file=/ { next }
        {
            pages = 0; page_kib = 4
            for (i = 3; i <= NF; i++) {
                split($i, pair, "=")
                if (pair[1] == key) pages = pair[2]
                if (pair[1] == "kernelpagesize_kB") page_kib = pair[2]
            }
            total += pages * page_kib
        }
        END { print total + 0 }' "/proc/$1/numa_maps"
}

# The same of all nodes: "0=65536 1=0".
anonymous_kib_by_node() { # PID
    local node list=
    for node in $(nodes); do
        list="$list $node=$(anonymous_kib "$1" "$node")"
    done
    echo "${list# }"
}

# At least PERCENT of a process's anonymous memory is on NODE.
mostly_on_node() { # PID NODE PERCENT
    local node total=0 here
    for node in $(nodes); do
        total=$((total + $(anonymous_kib "$1" "$node")))
    done
    here=$(anonymous_kib "$1" "$2")
    [ $((here * 100)) -ge $((total * $3)) ]
}

nodes() {
    ls -d /sys/devices/system/node/node[0-9]* | sed 's|.*/node||' | sort -n
}

cpus_of_node() { # NODE
    cat "/sys/devices/system/node/node$1/cpulist"
}

# The different lists of CPUs that the threads of a process may use, a line each.
allowed_cpus() { # PID
    sed -n 's/^Cpus_allowed_list:[[:space:]]*//p' /proc/"$1"/task/*/status | sort -u
}

allowed_cpus_of_thread() { # PID TID
    sed -n 's/^Cpus_allowed_list:[[:space:]]*//p' "/proc/$1/task/$2/status"
}

allowed_mems() { # PID
    sed -n 's/^Mems_allowed_list:[[:space:]]*//p' "/proc/$1/status"
}

# All threads of a process, as "TID CPUS" lines: equal before and after means restored.
threads_and_cpus() { # PID
    local task
    for task in /proc/"$1"/task/*; do
        echo "${task##*/} $(sed -n 's/^Cpus_allowed_list:[[:space:]]*//p' "$task/status")"
    done
}

# numaplace's JSON (one value a line) as "path value" lines: "by_node.0.bytes 4096".
json_paths() {
    awk '
        function path(key) { return depth > 1 ? prefix[depth] "." key : key }
        {
            sub(/^ +/, ""); sub(/,$/, "")
            if ($0 ~ /^[]}]$/) { depth--; next }
            key = ""
            if (match($0, /^"[^"]*": /)) {
                key = substr($0, 2, RLENGTH - 4)
                $0 = substr($0, RLENGTH + 1)
            } else if (depth > 0) {
                key = count[depth]++
            }
            if ($0 ~ /^[[{]$/) {
                next_prefix = depth == 0 ? "" : path(key)
                prefix[++depth] = next_prefix
                count[depth] = 0
                next
            }
            gsub(/^"|"$/, "")
            print path(key), $0
        }'
}

# Values of the paths that match: json FILE by_node.0.bytes, or 'by_node.*.bytes'.
json() { # FILE PATH
    local path value
    json_paths <"$1" | while read -r path value; do
        case $path in
        $2) echo "$value" ;;
        esac
    done
}

# Kills the apply of spec.yaml at many moments, the first after so many ms: the command that follows is refused while it is
# unfinished, and after a rollback all is as before, by the test's own world(). Both ends are seen: an apply that had not
# begun, and one that had come to its end.
killed_at_many_moments() { # MS COMMAND...
    local delay=$1 untouched=0 interrupted=0 finished=0 apply
    shift
    world >before
    while [ $finished -lt 2 ] && [ "$delay" -lt 4000 ]; do
        numaplace apply spec.yaml >/dev/null 2>&1 &
        apply=$!
        usleep "${delay}000"
        kill -9 $apply 2>/dev/null || finished=$((finished + 1))
        wait $apply 2>/dev/null || true
        case $(numaplace status 2>&1) in
        *"was interrupted"*)
            interrupted=$((interrupted + 1))
            leaves_with 1 "$@"
            says "was interrupted"
            ;;
        *nothing*) untouched=$((untouched + 1)) ;;
        esac
        leaves_with 0 numaplace rollback
        world >after
        cmp before after || fail "killed after $delay ms: $(diff before after)"
        delay=$((delay + 20))
    done
    echo "untouched $untouched, interrupted $interrupted, finished $finished"
    [ $interrupted -gt 0 ] && [ $finished -gt 0 ] || fail "no kill hit"
}
