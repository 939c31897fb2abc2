# SPDX-License-Identifier: Apache-2.0
# guests: nic4 vmx
# Each card on node 1, under traffic: who takes its interrupts as the kernel put them, who does
# after `irq apply`, by the kernel's own counts, and every mask as it was after a rollback.
. /lab/lib.sh
. /lab/irq-lib.sh

# How many interrupts of a count_for were taken by CPUs outside of LIST ("4 5 6").
taken_outside() { # FILE LIST
    awk -v list="$2" '
        BEGIN { n = split(list, cpus, " "); for (i = 1; i <= n; i++) inside[cpus[i]] = 1 }
        {
            for (i = 2; i <= NF; i++) {
                split($i, pair, "=")
                if (!(pair[1] in inside)) outside += pair[2]
            }
        }
        END { print outside + 0 }' "$1"
}

# Those that traffic raises are taken where they are planned. The others (a link that changes) go
# there once they are raised: the one time still where they were.
raised_are_settled() { # CARD
    local irq counts
    count_for 1 "$1" >raised
    while read -r irq counts; do
        [ -z "$counts" ] || settled "$irq" || return 1
    done <raised
}

judge_counts() { # CARD: against planned, lines of IRQ CPU QUEUE
    local irq cpu queue counts outside
    awk 'NR == FNR { queue[$1] = $3; next } NF > 1 { print queue[$1] }' planned after |
        grep -v null | sort -nu >raised_queues
    awk '$3 != "null" { print $3 }' planned | sort -nu | cmp - raised_queues ||
        fail "queues of $1 without an interrupt: $(cat after)"
    while read -r irq cpu queue; do
        grep "^$irq " after >counts || continue
        outside=$(taken_outside counts "$cpu")
        [ "$outside" -eq 0 ] && continue
        grep -qx "$irq" unsettled && [ "$outside" -eq 1 ] ||
            fail "$irq ($(irq_name "$irq")) belongs to CPU $cpu: $(cat counts)"
    done <planned
}

as_the_kernel_says() { # CARD
    local irq
    irqs_of "$1" | while read -r irq; do
        echo "$irq $(irq_cpus "$irq") $(cat "/proc/irq/$irq/effective_affinity_list")"
    done
}

show_agrees() { # CARD
    as_the_kernel_says "$1" >said.before
    numaplace irq show "$1" --json | json_rows irqs irq allowed effective >shown
    as_the_kernel_says "$1" >said
    cmp said said.before && cmp said shown # or one was raised just then
}

# That somebody moves an interrupt back.
verify_notices() { # CARD
    local irq
    irq=$(irqs_of "$1" | head -n 1)
    leaves_with 0 numaplace verify
    echo 0 >"/proc/irq/$irq/smp_affinity_list"
    leaves_with 6 numaplace verify
    says "$irq"
    sed -n "s/^$irq \(.*\) .*/\1/p" planned >"/proc/irq/$irq/smp_affinity_list"
    leaves_with 0 numaplace verify
}

place_and_put_back() { # CARD
    local irq
    card_settings "$1" >settings
    traffic_start 90
    count_for 2 "$1" >before
    echo "$1 ($(card_driver "$1")) as the kernel put it:"
    cat before

    numaplace irq plan "$1" --json | json_rows irqs irq planned queue >planned
    for irq in $(irqs_of "$1"); do
        grep -q "^$irq [4-7] " planned || fail "$irq is not planned for a CPU of node 1"
    done
    leaves_with 0 numaplace irq apply "$1"
    wait_for 20 raised_are_settled "$1"
    for irq in $(irqs_of "$1"); do
        equal "$irq's CPU" "$(irq_cpus "$irq")" "$(sed -n "s/^$irq \(.*\) .*/\1/p" planned)"
    done
    wait_for 5 show_agrees "$1"
    for irq in $(irqs_of "$1"); do
        settled "$irq" || echo "$irq"
    done >unsettled
    count_for 4 "$1" >after
    echo "$1 after irq apply:"
    cat after
    judge_counts "$1"

    verify_notices "$1"
    leaves_with 0 numaplace rollback
    traffic_stop
    card_settings "$1" >settings.after
    cmp settings settings.after || fail "not as before: $(diff settings settings.after)"
}

for card in $(cards_of_node 1); do
    wire_up "$card"
    place_and_put_back "$card"
    # what makes this test worth its time: the kernel spreads virtio's queues over all nodes
    [ "$(card_driver "$card")" != virtio_net ] || [ "$(taken_outside before "4 5 6 7")" -gt 0 ] ||
        fail "all of virtio's interrupts were on node 1 before"
    wire_down "$card"
done
