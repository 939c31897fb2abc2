# SPDX-License-Identifier: Apache-2.0
# guests: vmx
# kill -9 of `irq apply` while traffic flows, as soon as one and another of its writes is seen: a
# rollback puts back whatever was done.
. /lab/lib.sh
. /lab/irq-lib.sh

# Looks without a pause, until it is different or the process has ended.
until_changed() { # FILE PID
    local first now
    read -r first <"$1"
    now=$first
    while [ "$now" = "$first" ] && [ -e "/proc/$2/fd/0" ]; do
        read -r now <"$1"
    done
}

card=$(cards_of_node 1)
wire_up "$card"
card_settings "$card" >before
traffic_start 110
# On one CPU, which the kernel gives to both in turn: QEMU lets the guest's CPUs run one after the
# other, each for longer than all the writes take.
taskset -cp 0 $$ >/dev/null
interrupted=0
for file in $(sed -n 's/ .*//; /smp_affinity\|xps_cpus/p' before | awk 'NR % 3 == 0'); do
    numaplace irq apply "$card" >/dev/null 2>&1 &
    apply=$!
    until_changed "$file" $apply
    kill -9 $apply 2>/dev/null || true
    wait $apply 2>/dev/null || true
    case $(numaplace status 2>&1) in
    *"was interrupted"*) interrupted=$((interrupted + 1)) ;;
    esac
    card_settings "$card" >killed
    changed=$(diff before killed | grep -c '^+/' || true)
    leaves_with 0 numaplace rollback
    card_settings "$card" | cmp before - || fail "killed after $changed writes"
    echo "killed after $changed writes"
done
traffic_stop
[ $interrupted -gt 0 ] || fail "no kill hit"
