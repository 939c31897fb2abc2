# SPDX-License-Identifier: Apache-2.0
# guests: 2x4 4x2
# `numaplace run` binds as numactl does with the same options, by what the kernel shows of the
# program: its CPUs, its nodes, its policy; and a real program's pages follow.
. /lab/lib.sh

# What a program that is started so is bound to, by the kernel's files. The policy is that of the
# stack: the heap may not be there yet.
cat >bound <<'END'
sed -n -e '/^Cpus_allowed_list/p' -e '/^Mems_allowed_list/p' /proc/self/status
awk '/stack/ { print $2 }' /proc/self/numa_maps
END

same_as_numactl() { # OPTION...
    local wanted status=0 own own_status=0
    wanted=$(numactl "$@" sh bound 2>&1) || status=$?
    own=$(numaplace run "$@" sh bound 2>&1) || own_status=$?
    equal "status with $*" "$own_status" "$status"
    [ "$status" -ne 0 ] || equal "what $* binds to" "$own" "$wanted"
}

same_as_numactl --membind=0
same_as_numactl -m 1 -N 1
same_as_numactl -N 0-1 -i all
same_as_numactl --interleave=0,1 --physcpubind=1,5
same_as_numactl -C +1-2 -p 1
same_as_numactl -C '!0' -l
same_as_numactl -N '!0' -P 0-1
same_as_numactl -b -m 1
same_as_numactl -m 9
same_as_numactl -C 64
# Inherited bounds: a relative set, and what is not granted.
taskset -c 4-7 sh -eu <<'END'
. /lab/lib.sh
equal "CPUs of +0" "$(numaplace run -C +0 sh -c 'grep Cpus_allowed_list /proc/self/status')" \
    "$(numactl -C +0 sh -c 'grep Cpus_allowed_list /proc/self/status')"
END

last=$(nodes | tail -n 1)
hog bound 64 4 numaplace run -N "$last" -m "$last" --
equal "CPUs of its threads" "$(allowed_cpus "$PID")" "$(cpus_of_node "$last")"
mostly_on_node "$PID" "$last" 100 || fail "its memory: $(anonymous_kib_by_node "$PID")"

hog interleaved 64 1 numaplace run -i 0-1 --
for node in 0 1; do
    kib=$(anonymous_kib "$PID" $node)
    [ "$kib" -ge $((32 * 1024)) ] || fail "only $kib KiB of 64 MiB are on node $node"
done

leaves_with 7 numaplace run -N 1 -- sh -c 'exit 7'
leaves_with 127 numaplace run -N 1 -- /no/such/program
