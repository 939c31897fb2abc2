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
world >before
untouched=0 interrupted=0 finished=0
delay=100
while [ $finished -lt 2 ] && [ $delay -lt 4000 ]; do
    numaplace apply spec.yaml >/dev/null 2>&1 &
    apply=$!
    usleep ${delay}000
    kill -9 $apply 2>/dev/null || finished=$((finished + 1))
    wait $apply 2>/dev/null || true
    case $(numaplace status 2>&1) in
    *"was interrupted"*)
        interrupted=$((interrupted + 1))
        leaves_with 1 numaplace irq apply "$card"
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
