# SPDX-License-Identifier: Apache-2.0
# guests: nic4
# What `irq plan` says is what apply writes, for every way to choose CPUs; and what the kernel and
# its administrator say of CPUs is respected: offline, and kept from interrupts.
. /lab/lib.sh
. /lab/irq-lib.sh

card=
for name in $(cards_of_node 1); do
    [ "$(card_driver "$name")" != virtio_net ] || card=$name
done
[ -n "$card" ] || skip "the guest lacks its card"
ip link set "$card" up
card_settings "$card" >before

planned() { # NUMBER PREFIX: "PATH PLANNED" lines to what the kernel's files should hold
    json_paths <plan | awk -v list="$1" '
        index($1, list ".") == 1 {
            split($1, part, ".")
            value[part[2], part[3]] = $2
            if (part[2] > last) last = part[2]
        }
        END {
            for (i = 0; i <= last; i++)
                if (list == "irqs") print value[i, "irq"], value[i, "planned"]
                else print value[i, "queue_kind"] "-" value[i, "queue"] "/" value[i, "file"], value[i, "planned"]
        }'
}

# A mask of sysfs as numaplace writes sets, for up to eight CPUs.
list_of_mask() { # MASK
    local cpu list=
    for cpu in 0 1 2 3 4 5 6 7; do
        [ $((0x$1 >> cpu & 1)) = 0 ] || list="$list $cpu"
    done
    echo "$list"
}

# "0-3,6" to " 0 1 2 3 6"
spread_out() { # LIST
    local part list=
    for part in $(echo "$1" | tr ',' ' '); do
        list="$list $(seq -s ' ' "${part%-*}" "${part#*-}")"
    done
    echo "$list"
}

# Plans, applies, holds the kernel's files against the plan, and puts all back.
same_as_applied() { # CPUS ARGUMENT...
    local wanted=$1 n=0 key value
    shift
    numaplace irq plan --json "$@" "$card" >plan
    equal "CPUs of irq plan $*" "$(json plan cpus)" "$wanted"
    numaplace irq apply "$@" "$card" >/dev/null
    planned irqs >irqs
    while read -r key value; do
        equal "interrupt $key with $*" "$(irq_cpus "$key")" "$value"
        n=$((n + 1))
    done <irqs
    [ $n -ge 9 ] || fail "only $n interrupts were planned"
    planned queues >queues
    while read -r key value; do
        equal "$key with $*" "$(list_of_mask "$(cat "/sys/class/net/$card/queues/$key")")" \
            "$(spread_out "$value")"
    done <queues
    leaves_with 0 numaplace verify
    numaplace rollback >/dev/null
    card_settings "$card" | cmp - before
}

same_as_applied 4-7
same_as_applied 4-6 --keep 1
same_as_applied 2,5 --cpus 2,5 --one-per-core
same_as_applied 0-7 --cpus all # fewer queues than CPUs: RPS has the others
grep -q 'rx-0/rps_cpus .*[0-9]' queues || fail "no RPS was planned"
same_as_applied 0-3 --node 0

# --- near a program
hog db 4 1 taskset -c 1
same_as_applied 0-3 --near-app "$PID"
numaplace irq plan --near-app "$PID" "$card" | grep -q "near process $PID, none on node 1"
cat >spec.yaml <<END
version: 1
instances:
  - {name: db, cpus: "3,5-6", pid: $PID}
END
numaplace apply spec.yaml >/dev/null
numaplace irq plan --json --near-app db "$card" >plan
equal "CPUs near an instance" "$(json plan cpus)" 5-6
numaplace rollback >/dev/null
leaves_with 1 numaplace irq plan --near-app db "$card"
says 'no instance "db" is applied here'

# --- CPUs that come and go, and that the administrator keeps from interrupts
was=$(cat /proc/irq/default_smp_affinity)
echo af >/proc/irq/default_smp_affinity
same_as_applied 5,7
leaves_with 0 numaplace irq plan "$card"
says "kept from interrupts: 4,6"
same_as_applied 4 --cpus 4
echo "$was" >/proc/irq/default_smp_affinity
echo 0 >/sys/devices/system/cpu/cpu7/online
numaplace irq plan --json "$card" >plan
equal "CPUs without one that is offline" "$(json plan cpus)" 4-6
leaves_with 1 numaplace irq plan --cpus 7 "$card"
says "CPU 7 is offline"
echo 1 >/sys/devices/system/cpu/cpu7/online
leaves_with 4 numaplace irq plan --keep 4 "$card"
