# SPDX-License-Identifier: Apache-2.0
# Runs in a guest, for figure-irq-apply: the interrupts and queues of a card go to one half of the
# CPUs and to the other again and again. Each way to do it finds out itself where they are.
set -eu
. /lab/irq-lib.sh

card=$(cards_of_node 1)
ethtool -L "$card" combined 32
ip link set "$card" up
# Code that moves in memory is translated anew by QEMU each time: that would be measured.
echo 0 >/proc/sys/kernel/randomize_va_space

for half in 0 4; do
    numaplace irq apply "$card" --cpus $half-$((half + 3)) >/dev/null 2>&1
    card_settings "$card" >values.$half
    numaplace rollback >/dev/null
done
for half in 0 4; do
    sort values.* | uniq -u | grep -xFf values.$half |
        awk '{ print "echo", $2, ">" $1 }' >writes.$half
done

cat >there <<END
read -r now </proc/irq/$(irqs_of "$card" | head -n 1)/smp_affinity_list
[ "\${now%-*}" -lt 4 ] && half=4 || half=0
END
cat there - >by-numaplace <<END
exec numaplace irq apply $card --cpus \$half-\$((half + 3)) --state-dir /tmp/state.\$\$ 2>/dev/null
END
cat there - >by-writes <<END
. ./writes.\$half
END
# As such scripts are: which interrupt is it, whose turn is it, did it work.
cat there - >by-script <<END
queue=0
for path in $(card_file "$card" msi_irqs)/*; do
    irq=\${path##*/}
    grep -q "^ *\$irq:.*virtio[0-9]*-\(input\|output\)" /proc/interrupts || continue
    cpu=\$((half + queue % 4))
    echo \$cpu >/proc/irq/\$irq/smp_affinity_list
    [ "\$(cat /proc/irq/\$irq/smp_affinity_list)" = \$cpu ] || exit 1
    queue=\$((queue + 1))
done
for queue in \$(seq 0 31); do
    printf %x \$((1 << (half + queue % 4))) >/sys/class/net/$card/queues/tx-\$queue/xps_cpus
done
END

queues=$(ls "/sys/class/net/$card/queues" | wc -l)
status=0
sh by-writes
pair 10 1.5 "irq apply, $queues queues / script" sh -e by-numaplace --vs sh -e by-script || status=1
pair 20 1.5 "irq apply, $queues queues / the writes" sh -e by-numaplace --vs sh -e by-writes || status=1
exit $status
