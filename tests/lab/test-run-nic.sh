# SPDX-License-Identifier: Apache-2.0
# guests: nic
# Nodes by device: a card on node 1, one whose node nobody knows, a disk on node 0.
. /lab/lib.sh
. /lab/same-as-numactl.sh
NUMAPLACE=numaplace

near= far= near_pci= disk_node=
for path in /sys/class/net/eth*; do
    node=$(cat "$path/../../../numa_node")
    [ "$node" = 1 ] && near=${path##*/} && near_pci=$(basename "$(realpath "$path/../../..")")
    [ "$node" = -1 ] && far=${path##*/}
done
[ -n "$near" ] && [ -n "$far" ] || skip "the guest has no two network cards"

same_as_numactl <<TABLE
-m netdev:$near
-N netdev:$near
-N netdev:$near -m same
-m '!netdev:$near'
-i 0,netdev:$near
-m netdev:$far
-m netdev:lo
-m block:nvme0n1
-N block:nvme0n1
ours -m pci:$near_pci
ours -m block:/dev/nvme0n1
-m file:/dev/nvme0n1
TABLE

equal "the card's CPUs" \
    "$(numaplace run --near "$near" sed -n 's/^Cpus_allowed_list:\t//p' /proc/self/status)" 2-3
numaplace run --near "$near" numactl --show >shown
equal "the card's memory" "$(sed -n 's/^preferred node: //p' shown)" 1
leaves_with 1 numaplace run --near "$far" true
says "nobody knows the node of $far"
leaves_with 1 numaplace run -m "netdev:$far" true
says "--membind=netdev:$far: nobody knows the node of $far"

ip link set "$near" up
ip addr add 192.0.2.1/24 dev "$near"
equal "the way to a host" \
    "$(numaplace run -N ip:192.0.2.9 sed -n 's/^Cpus_allowed_list:\t//p' /proc/self/status)" 2-3
same_as_numactl <<TABLE
-N ip:192.0.2.9
-m ip:192.0.2.9
TABLE
