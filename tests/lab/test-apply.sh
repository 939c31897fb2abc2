# SPDX-License-Identifier: Apache-2.0
# guests: 2x4 4x2 2x4/v1
# Three instances - a command, a process that runs already, a cgroup - put where the plan says, and put back.
. /lab/lib.sh

cpuset=$(awk '$3 == "cgroup" && /cpuset/ { print $2; exit }' /proc/mounts)
v1=$cpuset # version 2 has one hierarchy for all
[ "$v1" ] || cpuset=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
last=$(nodes | tail -n 1)
of_last=$(cpus_of_node "$last")

cgroup_of() { # PID
    if [ "$v1" ]; then
        sed -n 's/^[0-9]*:[^:]*cpuset[^:]*://p' "/proc/$1/cgroup"
    else
        sed -n 's/^0:://p' "/proc/$1/cgroup"
    fi
}

# What rollback has to bring back.
world() {
    threads_and_cpus "$moved"
    threads_and_cpus "$member"
    cgroup_of "$moved"
    cgroup_of "$member"
    anonymous_kib_by_node "$moved"
    anonymous_kib_by_node "$member"
    cat "$cpuset/other/cpuset.cpus" "$cpuset/other/cpuset.mems"
    ls -d "$cpuset"/numaplace* 2>/dev/null || true
    [ "$v1" ] || cat "$cpuset/cgroup.subtree_control"
}

# A process bound to the first node, and another in a cgroup of its own.
hog moved 48 3 numactl -m 0
moved=$PID
taskset -p 1 "$(ls "/proc/$moved/task" | tail -n 1)" >/dev/null
mkdir "$cpuset/other"
if [ "$v1" ]; then
    cat "$cpuset/cpuset.cpus" >"$cpuset/other/cpuset.cpus"
    cat "$cpuset/cpuset.mems" >"$cpuset/other/cpuset.mems"
fi
hog member 24 2 numactl -m 0
member=$PID
echo "$member" >"$cpuset/other/cgroup.procs"

cat >spec.yaml <<END
version: 1
instances:
  - name: born
    cpus: 1
    memory: 64MiB
    numa-nodes: [0]
    cpu-affinity: local
    run: [memhog, "32", "2"]
  - {name: moved, cpus: "${of_last%%[-,]*}", memory: 64MiB, memory-policy: bind, numa-nodes: [$last], pid: $moved}
  - {name: other, cpus: "${of_last##*[-,]}", memory: 32MiB, memory-policy: bind, numa-nodes: [$last], cgroup: other}
END
world >before

leaves_with 0 numaplace apply --dry-run spec.yaml
says "cgroup /numaplace/moved: created"
says "private memory, node 0 -> $last"
world >after
cmp before after || fail "a dry run changed something"

leaves_with 0 numaplace apply spec.yaml
says "transaction 1: applied"
born=$(echo "$OUTPUT" | sed -n 's/.* as pid \([0-9]*\):.*/\1/p')
wait_for 20 grep -q ready /var/lib/numaplace/log/born.log
equal "CPUs of the moved" "$(allowed_cpus "$moved")" "${of_last%%[-,]*}"
equal "nodes that the moved may use" "$(allowed_mems "$moved")" "$last"
equal "CPUs of the member" "$(allowed_cpus "$member")" "${of_last##*[-,]}"
equal "CPUs of the born" "$(allowed_cpus "$born")" 0
equal "nodes that the born may use" "$(allowed_mems "$born")" 0
mostly_on_node "$moved" "$last" 100 || fail "the moved has $(anonymous_kib_by_node "$moved")"
mostly_on_node "$member" "$last" 100 || fail "the member has $(anonymous_kib_by_node "$member")"
mostly_on_node "$born" 0 100 || fail "the born has $(anonymous_kib_by_node "$born")"
leaves_with 0 numaplace status
leaves_with 1 numaplace apply spec.yaml
says "is applied already, as transaction 1"

# A late thread is caught by what was set.
hog_late_thread moved "$moved"
equal "CPUs of a late thread" "$(allowed_cpus_of_thread "$moved" "$TID")" "${of_last%%[-,]*}"

# Drift is seen, and somebody else's value is left.
echo "${of_last}" >"$cpuset/other/cpuset.cpus"
leaves_with 6 numaplace status
says "drifted"
leaves_with 5 numaplace rollback 1
says "cgroup /other was changed by somebody else"
equal "the value that was left" "$(cat "$cpuset/other/cpuset.cpus")" "$of_last"
leaves_with 0 numaplace rollback --force 1
leaves_with 0 numaplace status
says "nothing is applied here"

# Everything is as it was; only the late thread is new, and where it touched its page it is.
world >after
grep -v '=' before >before.cut
grep -v '=' after | grep -v "^$TID " >after.cut
cmp before.cut after.cut || fail "not as before: $(diff before.cut after.cut)"
mostly_on_node "$moved" 0 95 || fail "the moved has $(anonymous_kib_by_node "$moved") after rollback"
grep -qxF "$(anonymous_kib_by_node "$member")" before ||
    fail "the member has $(anonymous_kib_by_node "$member") after rollback"
[ ! -d "/proc/$born" ] || grep -q '^State:.Z' "/proc/$born/status" || fail "the born lives"
