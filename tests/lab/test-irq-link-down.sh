# SPDX-License-Identifier: Apache-2.0
# guests: vmx
# A rollback while the link of the card is down: what was placed and not raised since then does not
# go back, as the kernel forgets the write. That is said, and a later rollback puts it back.
. /lab/lib.sh
. /lab/irq-lib.sh

card=$(cards_of_node 1)
wire_up "$card"
card_settings "$card" >before

leaves_with 0 numaplace irq apply "$card"
ip link set "$card" down
leaves_with 5 numaplace rollback
says "did not take back CPUs 4-7"
says "bring up $card"
ip link set "$card" up
leaves_with 0 numaplace rollback
card_settings "$card" | cmp before -

