# SPDX-License-Identifier: Apache-2.0
# guests: nic vmx
# with: ethtool
# What `irq` and `irq show` tell, against what the kernel answers: which interrupts can be moved,
# RSS, RPS and XPS, how often interrupts come; and the same of a snapshot.
. /lab/lib.sh
. /lab/irq-lib.sh

for card in $(cards); do
    ip link set "$card" up
done

# A text that is no mask changes nothing, and is refused in one way where nobody may move the
# interrupt, and in another where one may.
answer() { # IRQ
    (echo none >"/proc/irq/$1/smp_affinity_list") 2>&1 | sed 's/.*: //'
}

numaplace irq --json >all
json_rows irqs irq mobility <all >told
[ -s told ] || fail "no interrupt is told of"
while read -r irq mobility; do
    case $(answer "$irq") in
    "Invalid argument") [ "$mobility" != fixed ] || fail "$irq can be moved, and is told to be fixed" ;;
    "Input/output error" | "Operation not permitted")
        [ "$mobility" != movable ] || fail "$irq cannot be moved, and is told that it can" ;;
    *) fail "$irq: $(answer "$irq")" ;;
    esac
done <told
case $(uname -r) in
6.1.*) ;;
*) ! grep -q unknown told || fail "this kernel tells which interrupts move: $(cat told)" ;;
esac

# Queues of a disk belong to its controller, and are the kernel's.
if [ -e /sys/block/nvme0n1 ]; then
    numaplace irq show nvme0n1 --json >disk
    equal "queues of the disk" "$(json disk devices.0.combined)" "$(grep -c ' nvme0q[1-9]' /proc/interrupts)"
    equal "fixed ones" "$(json disk devices.0.fixed)" "$(json disk devices.0.combined)"
    (while :; do dd if=/dev/nvme0n1 of=/dev/null bs=64k count=16 iflag=direct 2>/dev/null; done) &
    reader=$!
    come() {
        numaplace irq show nvme0 --interval 0.3 --json >rates
        json rates 'irqs.*.per_second' | grep -qv '^0\.0$'
    }
    wait_for 20 come
    kill "$reader"
fi

# Software's and hardware's steering of packets.
card=$(cards | tail -1)
queue=/sys/class/net/$card/queues
echo 3 >"$queue/rx-0/rps_cpus"
echo 256 >"$queue/rx-0/rps_flow_cnt"
numaplace irq show "$card" --json >shown
equal "RPS" "$(json shown nic.rx.0.rps_cpus)" 0-1
equal "RFS" "$(json shown nic.rx.0.rps_flow_cnt)" 256
equal "up" "$(json shown nic.up)" true
if [ -e "$queue/tx-1" ]; then
    echo 4 >"$queue/tx-1/xps_cpus"
    numaplace irq show "$card" --json >shown
    equal "XPS" "$(json shown nic.tx.1.xps_cpus)" 2
fi
ethtool -x "$card" 2>/dev/null | sed -n 's/^ *[0-9]*: *//p' | tr -s ' \n' '\n\n' | grep . >rss || true
json shown 'nic.rss.*' >rss.shown
cmp rss rss.shown || fail "RSS of $card: $(tr '\n' ' ' <rss.shown)"
[ "$(card_driver "$card")" != vmxnet3 ] || [ -s rss ] || fail "vmxnet3 has a table"
echo 0 >"$queue/rx-0/rps_cpus"
echo 0 >"$queue/rx-0/rps_flow_cnt"

# Elsewhere it is the same.
as_of() { # OPTION...
    numaplace irq --json "$@" | json_rows irqs irq name device queue allowed mobility
}
as_of >live
numaplace snapshot machine.tar.gz
as_of --from machine.tar.gz >captured
cmp live captured || fail "of the snapshot: $(diff live captured)"
