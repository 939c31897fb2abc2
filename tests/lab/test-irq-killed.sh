# SPDX-License-Identifier: Apache-2.0
# guests: nic4
# kill -9 of an apply that moves a process and a card's interrupts, at many moments
# (tests/unit/test-crash.c does it at every step): a rollback afterwards finds whatever it left.
. /lab/lib.sh
. /lab/irq-lib.sh

hog moved 16 2 numactl -m 0
card=$(cards_of_node 1 | head -n 1)
ip link set "$card" up

world() {
    threads_and_cpus "$PID"
    anonymous_kib_by_node "$PID"
    card_settings "$card"
}

cat >spec.yaml <<END
version: 1
instances:
  - {name: moved, cpus: "4-6", memory: 24MiB, memory-policy: bind, numa-nodes: [1], irqs: $card, pid: $PID}
END
killed_at_many_moments 100 numaplace irq apply "$card"
