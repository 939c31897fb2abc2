# SPDX-License-Identifier: Apache-2.0
# The half of demo-irq that runs in the guest.
set -eu
. /lab/demo-show.sh
. /lab/lib.sh
. /lab/irq-lib.sh
cd /root

for card in $(cards_of_node 1); do
    [ "$(card_driver "$card")" != virtio_net ] || break
done
wire_up "$card"
card_settings "$card" >before
traffic_start 240

say "A card with four queues on node 1, under traffic: half of its interrupts cross to node 0"
show "numaplace irq show --interval 2 $card"
say "Where should they go, and why?"
show "numaplace irq plan $card"
say "Do it, as one transaction"
show "numaplace irq apply $card"
usleep 3000000 # each moves when it is next raised
say "Is it so? The kernel's own counts, while traffic flows"
show "numaplace irq show --interval 2 $card"
show "numaplace verify"
say "Somebody moves one of them"
irq=$(irqs_of "$card" | tail -n 1)
show "echo 0 >/proc/irq/$irq/smp_affinity_list"
show_refusal 6 "numaplace verify"
say "Put everything back, that one, too"
show "numaplace rollback --force 1"
card_settings "$card" >after
show "cmp before after && echo every mask is as it was"
