# SPDX-License-Identifier: Apache-2.0
# guests: nic4
# with: irqbalance udevadm
# What `irq export` writes, run as systemd, udev and irqbalance run it: the same placement as the
# plan's, also when the interrupts have other numbers by then.
. /lab/lib.sh

card() { # DRIVER
    local path
    for path in /sys/class/net/*; do
        case $(readlink -f "$path/device/driver") in
        */"$1")
            if grep -qs '^1$' "$path/device/numa_node" "$path/device/../numa_node"; then
                echo "${path##*/}"
            fi
            ;;
        esac
    done
}

# A device's interrupts, by name.
masks() { # DEVICE
    local path irq
    path=/sys/class/net/$1/device
    [ -d "$path/msi_irqs" ] || path=$path/..
    for irq in $(ls "$path/msi_irqs"); do
        echo "$(sed 's/virtio[0-9]*/virtio/' "/sys/kernel/irq/$irq/actions")" \
            "$(cat "/proc/irq/$irq/smp_affinity_list")"
    done | sort
}

queues() { # DEVICE
    (cd "/sys/class/net/$1/queues" && grep . tx-*/xps_cpus rx-*/rps_cpus || true)
}

scatter() { # DEVICE
    local path irq
    path=/sys/class/net/$1/device
    [ -d "$path/msi_irqs" ] || path=$path/..
    for irq in $(ls "$path/msi_irqs"); do
        echo 0 >"/proc/irq/$irq/smp_affinity_list"
    done
    for path in /sys/class/net/"$1"/queues/tx-*/xps_cpus; do
        echo 1 >"$path" 2>/dev/null || true
    done
}

# What the plan makes of a device, into DEVICE.masks and DEVICE.queues, and its files.
export_plan() { # DEVICE
    leaves_with 0 numaplace irq apply "$1"
    masks "$1" >"$1.masks"
    queues "$1" >"$1.queues"
    leaves_with 0 numaplace rollback
    leaves_with 0 numaplace irq export --format=systemd --output=/ "$1"
    scatter "$1"
}

as_planned() { # DEVICE
    equal "interrupts of $1" "$(masks "$1")" "$(cat "$1.masks")"
    equal "queues of $1" "$(queues "$1")" "$(cat "$1.queues")"
}

# As systemd does.
start_unit() { # DEVICE
    $(sed -n 's/^ExecStart=//p' "/etc/systemd/system/numaplace-irq-$1.service")
}

virtio=$(card virtio_net)
intel=$(card e1000e)
[ -n "$virtio" ] && [ -n "$intel" ] || skip "the guest has no virtio and e1000e cards on node 1"
ip link set "$virtio" up
ip link set "$intel" up

for device in $virtio $intel; do
    export_plan "$device"
    leaves_with 0 start_unit "$device"
    as_planned "$device"
done

# Before a card is up its interrupts may have no names, and keep their CPUs when it comes up.
ip link set "$intel" down
scatter "$intel"
leaves_with 0 sh "/etc/numaplace/irq-$intel"
ip link set "$intel" up
as_planned "$intel"

# Taken away and brought back after another, the card has other numbers.
numbers() {
    ls "/sys/class/net/$virtio/device/../msi_irqs" | sort -n | tr '\n' ' '
}
before=$(numbers)
function=$(basename "$(readlink -f "/sys/class/net/$virtio/device/..")")
driver=/sys/bus/pci/drivers/virtio-pci
others=$(cd "$driver" && ls -d 0000:* | grep -v "$function")
for pci in $function $others; do
    echo "$pci" >"$driver/unbind"
done
leaves_with 1 sh "/etc/numaplace/irq-$virtio"
says "$virtio: it has no interrupts, or is not there"
echo "$function" >"$driver/bind"
now=$(ls "/sys/bus/pci/devices/$function"/virtio*/net)
[ "$now" = "$virtio" ] || ip link set "$now" name "$virtio"
for pci in $others; do
    echo "$pci" >"$driver/bind"
done
ip link set "$virtio" up
[ "$(numbers)" != "$before" ] || fail "the interrupts have the same numbers still"
scatter "$virtio"
leaves_with 0 start_unit "$virtio"
as_planned "$virtio"

# udev itself runs the rule.
if command -v udevadm >/dev/null; then
    leaves_with 0 numaplace irq export --format=udev --output=/ "$virtio"
    scatter "$virtio"
    ln -sf /usr/bin/udevadm /tmp/systemd-udevd
    /tmp/systemd-udevd >udevd.log 2>&1 &
    wait_for 10 udevadm control --ping
    udevadm trigger --action=add "/sys/class/net/$virtio"
    udevadm settle --timeout=20
    as_planned "$virtio"
    kill $!
    rm "/etc/udev/rules.d/90-numaplace-irq-$virtio.rules"
fi

# irqbalance asks the policy, and leaves them and the CPU that is kept.
if irqbalance --version | grep -q version; then
    leaves_with 0 numaplace irq export --format=irqbalance-policy --keep=1 --output=/ "$virtio"
    conf=/etc/systemd/system/irqbalance.service.d/numaplace-$virtio.conf
    (
        export "$(sed -n 's/^Environment=\(IRQBALANCE_BANNED_CPULIST=.*\)/\1/p' "$conf")"
        equal "CPUs that stay free" "$IRQBALANCE_BANNED_CPULIST" 7
        mkdir -p /run/irqbalance
        exec irqbalance --debug --interval=1 \
            "$(sed -n 's/^Environment=IRQBALANCE_ARGS=//p' "$conf")"
    ) >daemon.log 2>&1 &
    scatter "$intel"
    looked() { [ "$(grep -c '^-----' daemon.log)" -ge 4 ]; }
    moved() { ! masks "$intel" | grep -q ' 0$'; }
    wait_for 20 looked
    wait_for 20 moved
    as_planned "$virtio"
    masks "$intel" | grep ' 7$' && fail "irqbalance uses the CPU that is kept"
    kill $!
fi
rm -r /etc/numaplace /etc/systemd
