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
killed_at_many_moments 0 numaplace apply spec.yaml
