# SPDX-License-Identifier: Apache-2.0
# For tests of network interrupts (`. /lab/irq-lib.sh`, after lib.sh): the cards, the wire between
# two of them, traffic on it, and what the kernel says of interrupts and queues.

# A file of a card's PCI function, of which virtio's devices are children.
card_file() { # CARD FILE
    local device=/sys/class/net/$1/device
    [ -e "$device/$2" ] || device=$device/..
    echo "$device/$2"
}

card_node() { # CARD
    cat "$(card_file "$1" numa_node)"
}

card_driver() { # CARD
    basename "$(realpath "/sys/class/net/$1/device/driver")"
}

cards() {
    ls /sys/class/net | grep -v '^lo$'
}

cards_of_node() { # NODE
    local card
    for card in $(cards); do
        [ "$(card_node "$card")" != "$1" ] || echo "$card"
    done
}

# The card at the other end of the wire: of the same model, on another node.
peer_of() { # CARD
    local card
    for card in $(cards); do
        [ "$(card_driver "$card")" = "$(card_driver "$1")" ] || continue
        [ "$(card_node "$card")" = "$(card_node "$1")" ] || echo "$card"
    done
}

has_peer() { # CARD
    [ -n "$(peer_of "$1")" ]
}

in_other_namespace() { # PID
    [ "$(readlink "/proc/$1/ns/net")" != "$(readlink /proc/self/ns/net)" ]
}

# Takes the other end of the wire into a network namespace ($PEER, a process there), so that the
# kernel has no shorter way from one card to the other: 192.0.2.1 is the card, 192.0.2.2 the other.
wire_up() { # CARD
    local peer
    wait_for 10 has_peer "$1" # it may still be on its way out of the namespace of an earlier test
    peer=$(peer_of "$1")
    unshare -n sleep 1000 &
    PEER=$!
    wait_for 10 in_other_namespace "$PEER"
    ip link set "$peer" netns "$PEER"
    ip addr flush dev "$1" # of a test that failed
    ip addr add 192.0.2.1/24 dev "$1"
    ip link set "$1" up
    nsenter -t "$PEER" -n ip addr add 192.0.2.2/24 dev "$peer"
    nsenter -t "$PEER" -n ip link set "$peer" up
    wait_for 20 ping -c 1 -W 1 192.0.2.2 >/dev/null
}

wire_down() { # CARD
    ip addr flush dev "$1"
    end_all "$PEER"
}

# Without the shell's word about each.
end_all() { # PID...
    { kill "$@" && wait "$@"; } 2>/dev/null || true
}

# Both ways, as long as seconds have passed or traffic_stop is called.
traffic_start() { # SECONDS
    flood 192.0.2.2 "$1" &
    TRAFFIC=$!
    nsenter -t "$PEER" -n flood 192.0.2.1 "$1" &
    TRAFFIC="$TRAFFIC $!"
}

traffic_stop() {
    end_all $TRAFFIC
}

# Those of a card that have an action: numbers. Most drivers ask for them when the link goes up.
irqs_of() { # CARD
    local irq
    for irq in $(ls "$(card_file "$1" msi_irqs)" | sort -n); do
        ! grep -q "^ *$irq:" /proc/interrupts || echo "$irq"
    done
}

irq_name() { # IRQ
    sed -n "s/^ *$1: .* //p" /proc/interrupts
}

# How often it was taken, by CPU: "4 0 17"; CPUs are all online, from 0.
irq_counts() { # IRQ
    awk -v irq="$1:" 'NR == 1 { n = NF } $1 == irq { for (i = 2; i <= n + 1; i++) printf "%s ", $i }' \
        /proc/interrupts
}

irq_cpus() { # IRQ
    cat "/proc/irq/$1/smp_affinity_list"
}

settled() { # IRQ: the kernel takes it where it may, which it does from the next interrupt on
    [ "$(cat "/proc/irq/$1/effective_affinity_list")" = "$(irq_cpus "$1")" ]
}

# All that placing a card's interrupts may change, a line a file; equal before and after means
# restored. A queue that is alone has no xps_cpus.
card_settings() { # CARD
    local file
    for file in $(irqs_of "$1" | sed 's|.*|/proc/irq/&/smp_affinity|') \
        /sys/class/net/"$1"/queues/*/?ps_cpus /sys/class/net/"$1"/queues/*/rps_flow_cnt; do
        echo "$file $(cat "$file" 2>&1)"
    done
}

# For each interrupt, how often which CPUs take it meanwhile: "IRQ CPU=COUNT...".
count_for() { # SECONDS CARD
    local irq
    irqs_of "$2" | while read -r irq; do echo "$irq $(irq_counts "$irq")"; done >counts.before
    sleep "$1"
    irqs_of "$2" | while read -r irq; do echo "$irq $(irq_counts "$irq")"; done >counts.after
    awk 'NR == FNR { for (i = 2; i <= NF; i++) before[$1, i] = $i; next }
        {
            line = $1
            for (i = 2; i <= NF; i++)
                if ($i != before[$1, i]) line = line " " i - 2 "=" $i - before[$1, i]
            print line
        }' counts.before counts.after
}

# A list of objects in our JSON, as lines of their values.
json_rows() { # LIST KEY...
    local list=$1
    shift
    json_paths | awk -v list="$list" -v keys="$*" '
        BEGIN { n_keys = split(keys, key, " ") }
        split($1, part, ".") == 3 && part[1] == list {
            value[part[2], part[3]] = $2
            if (part[2] >= n) n = part[2] + 1
        }
        END {
            for (i = 0; i < n; i++) {
                line = value[i, key[1]]
                for (k = 2; k <= n_keys; k++) line = line " " value[i, key[k]]
                print line
            }
        }'
}
