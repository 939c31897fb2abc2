# SPDX-License-Identifier: Apache-2.0
# guests: 2x4
# kill -9 of the real `apply` at many moments (tests/unit/test-crash.c does it at every step): a rollback afterwards
# finds whatever it left. Cgroups have no cpuset at first: enabling it is part of what comes back.
. /lab/lib.sh

world() {
    threads_and_cpus "$PID"
    cat "/proc/$PID/cgroup"
    anonymous_kib_by_node "$PID"
    cat /sys/fs/cgroup/cgroup.subtree_control
    ls -d /sys/fs/cgroup/numaplace* 2>/dev/null || true
    pidof sleep || true
}

hog moved 16 2 numactl -m 0
echo -cpuset >/sys/fs/cgroup/cgroup.subtree_control
cat >spec.yaml <<END
version: 1
instances:
  - {name: moved, cpus: "4-5", memory: 24MiB, memory-policy: bind, numa-nodes: [1], pid: $PID}
  - {name: born, cpus: "6", memory: 8MiB, memory-policy: bind, numa-nodes: [1], run: [sleep, "1000"]}
END
world >before
# Both ends are seen: an apply that had not begun, and one that had come to its end.
untouched=0 interrupted=0 finished=0
delay=0
while [ $finished -lt 2 ] && [ $delay -lt 4000 ]; do
    numaplace apply spec.yaml >/dev/null 2>&1 &
    apply=$!
    usleep ${delay}000
    kill -9 $apply 2>/dev/null || finished=$((finished + 1))
    wait $apply 2>/dev/null || true
    case $(numaplace status 2>&1) in
    *"was interrupted"*)
        interrupted=$((interrupted + 1))
        leaves_with 1 numaplace apply spec.yaml
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
