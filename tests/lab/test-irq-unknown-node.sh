# SPDX-License-Identifier: Apache-2.0
# guests: vmx
# A card whose node nobody knows: nothing is assumed; with --node it is placed and put back.
. /lab/lib.sh
. /lab/irq-lib.sh

card=$(cards_of_node -1)
ip link set "$card" up
card_settings "$card" >before
for verb in plan apply; do
    leaves_with 1 numaplace irq $verb "$card"
    says "the node of $card is unknown"
    says "--node"
done
card_settings "$card" | cmp before -
equal "what is applied" "$(numaplace status)" "nothing is applied here"

for node in 0 1; do
    leaves_with 0 numaplace irq apply --node $node "$card"
    for irq in $(irqs_of "$card"); do
        case $node$(irq_cpus "$irq") in
        0[0-3] | 1[4-7]) ;;
        *) fail "$irq goes to $(irq_cpus "$irq"), which is not on node $node" ;;
        esac
    done
    leaves_with 0 numaplace rollback
    card_settings "$card" | cmp before -
done
