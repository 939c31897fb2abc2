# SPDX-License-Identifier: Apache-2.0
# guests: nic4
# with: ethtool
# One transaction for threads, memory and interrupts; what becomes of it when the card is changed
# under it: link down, fewer queues, moved masks, unplugged before and after.
. /lab/lib.sh
. /lab/irq-lib.sh

of_driver() { # DRIVER: its card on node 1
    local card
    for card in $(cards_of_node 1); do
        [ "$(card_driver "$card")" != "$1" ] || echo "$card"
    done
}

cpus_of_irqs() { # CARD
    local irq
    irqs_of "$1" | while read -r irq; do irq_cpus "$irq"; done | sort -u | tr '\n' ' '
}

queues=$(of_driver virtio_net) single=$(of_driver e1000e)
[ -n "$queues" ] && [ -n "$single" ] || skip "the guest lacks its cards"
ip link set "$queues" up
ip link set "$single" up
card_settings "$queues" >queues.before
card_settings "$single" >single.before

as_before() { # CARD FILE
    card_settings "$1" >now
    cmp now "$2" || fail "$1 is not as before: $(diff "$2" now)"
}

# --- a program with its memory and its card
hog db 16 2 numactl -m 0
cat >spec.yaml <<END
version: 1
instances:
  - {name: db, cpus: "4-7", memory: 24MiB, memory-policy: bind, numa-nodes: [1], irqs: $queues, pid: $PID}
END
numaplace apply --json spec.yaml >applied
equal "CPUs of its interrupts" "$(cpus_of_irqs "$queues")" "4 5 6 7 "
equal "XPS of the queues" "$(cat /sys/class/net/"$queues"/queues/tx-*/xps_cpus | tr '\n' ' ')" \
    "10 20 40 80 "
equal "CPUs of the program" "$(allowed_cpus "$PID")" 4-7
mostly_on_node "$PID" 1 95 || fail "its memory is elsewhere"
leaves_with 0 numaplace status
leaves_with 0 numaplace verify spec.yaml
says "$queues: in place: 9 of 9 interrupts, 4 of 4 settings of queues"
says "db: in place"
leaves_with 1 numaplace irq apply "$queues"
says "is held by transaction $(json applied transaction) already"
as_before "$single" single.before

# --- somebody moves things
irq=$(irqs_of "$queues" | tail -n 1)
was=$(irq_cpus "$irq")
echo 0-3 >"/proc/irq/$irq/smp_affinity_list"
echo 1 >"/sys/class/net/$queues/queues/tx-0/xps_cpus"
leaves_with 6 numaplace verify
says "1 of 9 interrupts are not on the CPUs that they were given: $irq "
says ": 0-3 instead of $was [interrupt-elsewhere]"
says "tx-0 (xps_cpus): 0 instead of 4 [queue-elsewhere]"
leaves_with 6 numaplace status
says "now: CPUs 0-3"
leaves_with 5 numaplace rollback
says "was given to CPUs 0-3 by somebody else"
equal "what somebody else has set" "$(irq_cpus "$irq")" 0-3
leaves_with 0 numaplace rollback --force "$(json applied transaction)"
as_before "$queues" queues.before
equal "CPUs of the program" "$(allowed_cpus "$PID")" 0-7

# --- the link goes down: nobody handles the interrupts, and their CPUs stay
leaves_with 0 numaplace irq apply "$single"
ip link set "$single" down
leaves_with 0 numaplace verify
ip link set "$single" up
leaves_with 0 numaplace verify
ip link set "$single" down
# the kernel drops no move that is pending, and then says that the old CPUs are not back
numaplace rollback >first || says_stuck=1
[ -z "${says_stuck-}" ] || grep -q "did not take back CPUs" first
ip link set "$single" up
[ -z "${says_stuck-}" ] || leaves_with 0 numaplace rollback
as_before "$single" single.before

# --- fewer queues than were planned for
if ethtool --version >/dev/null 2>&1; then
    leaves_with 0 numaplace irq apply "$queues"
    ethtool -L "$queues" combined 2
    leaves_with 6 numaplace verify
    says "there are 2 receive and 2 transmit queues now, and 4 and 4 were planned for"
    says "[queue-changed]"
    ethtool -L "$queues" combined 4
    leaves_with 0 numaplace rollback
    as_before "$queues" queues.before
fi

# --- one apply at a time
hold() { # an apply that stands still with the lock in its hand
    local delay=100
    while [ $delay -lt 2000 ]; do
        numaplace irq apply "$queues" >/dev/null 2>&1 &
        HELD=$!
        usleep ${delay}000
        kill -STOP "$HELD" 2>/dev/null
        if ! numaplace irq apply "$single" >second 2>&1; then
            ! grep -q "another numaplace" second || return 0
        fi
        kill -CONT "$HELD" 2>/dev/null
        wait "$HELD" || true
        numaplace rollback >/dev/null
        delay=$((delay + 20))
    done
    fail "never seen with the lock"
}
hold
kill -CONT "$HELD"
wait "$HELD" || fail "the apply that was stopped has failed"
as_before "$single" single.before
leaves_with 0 numaplace rollback
as_before "$queues" queues.before

# --- unplugged: before it is written nothing is changed, afterwards the rest comes back
is_plugged() {
    single=$(of_driver e1000e)
    [ -n "$single" ]
}
plug() {
    echo 1 >/sys/bus/pci/rescan
    wait_for 10 is_plugged
    ip link set "$single" up
}
unplug() {
    echo 1 >"$(card_file "$single" remove)"
}

refused=0 delay=60
while [ $refused -eq 0 ] && [ $delay -lt 1000 ]; do
    numaplace irq apply "$single" >first 2>&1 &
    first=$!
    usleep ${delay}000
    kill -STOP $first 2>/dev/null || true
    unplug
    kill -CONT $first 2>/dev/null || true
    status=0
    wait $first || status=$?
    case $status in
    0) leaves_with 6 numaplace verify && says "the device is gone" ;;
    1) ! grep -q "is no longer\|is gone since it was planned" first || refused=1 ;;
    esac
    leaves_with 0 numaplace rollback
    plug
    delay=$((delay + 20))
done
[ $refused -eq 1 ] || fail "never refused: $(cat first)"
cat first
equal "applied" "$(numaplace status)" "nothing is applied here"

cat >both.yaml <<END
version: 1
instances:
  - {name: db, cpus: "4-5", irqs: $single, pid: $PID}
END
leaves_with 0 numaplace apply both.yaml
unplug
leaves_with 6 numaplace verify
says "$single: NOT in place"
says "the device is gone"
leaves_with 0 numaplace rollback
says "vanished"
equal "CPUs of the program" "$(allowed_cpus "$PID")" 0-7
plug
