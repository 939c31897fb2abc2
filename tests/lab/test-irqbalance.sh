# SPDX-License-Identifier: Apache-2.0
# guests: nic4
# with: irqbalance
# The real irqbalance: without a ban it moves what is placed, with one it does not; rollback lifts
# what was banned and no more; it is stopped and comes back.
. /lab/lib.sh

irqbalance --version | grep -q version || skip "the guest has no irqbalance"
mkdir -p /run/irqbalance

device=
for path in /sys/class/net/*; do
    [ -d "$path/queues/tx-3" ] || continue
    [ "$(cat "$path/device/../numa_node")" = 1 ] && device=${path##*/}
done
[ -n "$device" ] || skip "the guest has no card of several queues on node 1"
ip link set "$device" up

interrupts() {
    ls "/sys/class/net/$device/device/../msi_irqs" | sort -n
}

masks() {
    local irq
    for irq in $(interrupts); do
        echo "$irq $(cat "/proc/irq/$irq/smp_affinity_list")"
    done
}

# In the background, its pid in $DAEMON.
start_irqbalance() { # OPTION...
    irqbalance --foreground --debug --interval=1 "$@" >daemon.log 2>&1 &
    DAEMON=$!
    wait_for 10 test -S "/run/irqbalance/irqbalance$DAEMON.sock"
    wait_for 10 has_looked 2
}

looks() {
    grep -c '^-----' daemon.log
}

has_looked() { # TIMES
    [ "$(looks)" -ge "$1" ]
}

# It forgets where everything is, looks anew, and distributes.
redistribute() {
    local before
    before=$(looks)
    kill -HUP "$DAEMON"
    wait_for 20 has_looked $((before + 4))
}

masks_differ_from() { # FILE
    ! masks | cmp -s - "$1"
}

planned() {
    numaplace irq plan --json "$device" >plan.json
    json plan.json 'irqs.*.irq' >numbers
    json plan.json 'irqs.*.planned' >cpus
    paste -d ' ' numbers cpus
}

rolled_back() {
    leaves_with 0 numaplace rollback
}

masks >boot
planned >wanted
last=$(interrupts | tail -n 1)

# Left alone, it moves them: what follows could not fail otherwise.
start_irqbalance
leaves_with 0 numaplace irq apply --irqbalance=ignore "$device"
says "irqbalance (pid $DAEMON) runs, and may move the interrupts away again"
equal "the masks" "$(masks)" "$(cat wanted)"
redistribute
masks_differ_from wanted || fail "irqbalance moved nothing"
leaves_with 6 numaplace verify
says "irqbalance (pid $DAEMON) runs and does not leave them alone"
numaplace rollback --force >/dev/null
kill "$DAEMON"
wait "$DAEMON" || true

# Told to, it does not. One of them it was told before, by somebody else.
start_irqbalance --banirq="$last"
masks >before
leaves_with 0 numaplace irq apply "$device"
says "(irqbalance): leaves alone $(interrupts | head -n 1)-$last"
redistribute
equal "the masks" "$(masks)" "$(cat wanted)"
leaves_with 0 numaplace status
leaves_with 0 numaplace verify
leaves_with 0 numaplace irq show "$device"
says "it leaves alone interrupts $(interrupts | head -n 1)-$last"
rolled_back
equal "the masks after the rollback" "$(masks)" "$(cat before)"
for irq in $(interrupts); do
    echo 4 >"/proc/irq/$irq/smp_affinity_list"
done
redistribute
equal "the mask of what somebody else has banned" "$(cat "/proc/irq/$last/smp_affinity_list")" 4
[ "$(masks | awk '$2 == 4' | wc -l)" -lt "$(interrupts | wc -l)" ] || fail "all are banned still"

# Started again it knows nothing.
leaves_with 0 numaplace irq apply "$device"
kill "$DAEMON"
wait "$DAEMON" || true
leaves_with 0 numaplace status
start_irqbalance
leaves_with 6 numaplace status
says "irqbalance was started again (pid $DAEMON) and leaves alone none"
numaplace verify >verified || true # irqbalance has moved them already, or will
grep -q "irqbalance (pid $DAEMON) may move 9 of 9 interrupts" verified ||
    fail "verify does not name irqbalance: $(cat verified)"
numaplace rollback --force >/dev/null

# So does a placement file.
cat >spec.yaml <<END
version: 1
instances:
  - {name: rx, cpus: 2, memory: 16MiB, irqs: $device, run: [sleep, "1000"]}
END
leaves_with 0 numaplace apply spec.yaml
says "(irqbalance): leaves alone $(interrupts | head -n 1)-$last"
masks >wanted
redistribute
equal "the masks of an instance" "$(masks)" "$(cat wanted)"
rolled_back

# One that hangs is no reason to hang.
kill -STOP "$DAEMON"
leaves_with 1 timeout 60 numaplace irq apply "$device"
says "irqbalance (pid $DAEMON) cannot be asked what it leaves alone: it does not answer"
says "--irqbalance=stop"
kill -CONT "$DAEMON"

# Stopped, and started again as it was.
leaves_with 0 numaplace irq apply --irqbalance=stop "$device"
says "irqbalance (pid $DAEMON): stopped by SIGTERM"
[ ! -e "/proc/$DAEMON/comm" ] || grep -q Z "/proc/$DAEMON/stat" || fail "irqbalance runs still"
leaves_with 0 numaplace status
rolled_back
again=$(pidof irqbalance)
equal "its words" "$(tr '\0' ' ' <"/proc/$again/cmdline")" \
    "irqbalance --foreground --debug --interval=1 "
kill "$again"

# A unit of systemd's is systemd's to stop and start.
cgroup=/sys/fs/cgroup/system.slice/irqbalance.service
mkdir -p "$cgroup"
start_irqbalance
echo "$DAEMON" >"$cgroup/cgroup.procs"
cat >/bin/systemctl <<END
#!/bin/sh
echo "\$*" >>$PWD/asked
case \$1 in
stop)
    kill $DAEMON
    until grep -q ") Z" /proc/$DAEMON/stat; do usleep 10000; done
    ;;
start) irqbalance --interval=1 ;;
esac
END
chmod +x /bin/systemctl
leaves_with 0 numaplace irq apply --irqbalance=stop "$device"
says "irqbalance (pid $DAEMON): stopped by systemctl stop irqbalance.service"
rolled_back
equal "what systemctl was asked for" "$(tr '\n' , <asked)" \
    "stop irqbalance.service,start irqbalance.service,"
rm /bin/systemctl
kill "$(pidof irqbalance)"
