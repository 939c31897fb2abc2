# SPDX-License-Identifier: Apache-2.0
# guests: vmx
# A card that is pulled out between plan and apply, and one that goes after it.
. /lab/lib.sh
. /lab/irq-lib.sh

card=$(cards_of_node 1)
slot=$(dirname "$(realpath "$(card_file "$card" numa_node)")")

unplug() {
    echo 1 >"$slot/remove"
    [ ! -e "/sys/class/net/$card" ] || fail "$card is still there"
}

plug() {
    echo 1 >/sys/bus/pci/rescan
    wait_for 10 test -e "/sys/class/net/$card/queues"
    ip link set "$card" up
}

ip link set "$card" up
leaves_with 0 numaplace irq plan "$card"
unplug
leaves_with 1 numaplace irq apply "$card"
says "there is no network device \"$card\""
equal "what is applied" "$(numaplace status)" "nothing is applied here"

plug
leaves_with 0 numaplace irq apply "$card"
unplug
leaves_with 6 numaplace verify
says "the device is gone"
leaves_with 0 numaplace rollback
says "vanished"
equal "what is applied" "$(numaplace status)" "nothing is applied here"

plug
card_settings "$card" >before
leaves_with 0 numaplace irq apply "$card"
leaves_with 0 numaplace rollback
card_settings "$card" | cmp before -
