# SPDX-License-Identifier: Apache-2.0
# guests: nic4
# The example of the library, on a card under traffic: what it says of its parts is what the kernel
# says of its threads and pages, and a queue's packets are its thread's.
. /lab/lib.sh
. /lab/irq-lib.sh

virtio_card() { # NODE
    local card
    for card in $(cards_of_node "$1"); do
        [ "$(card_driver "$card")" != virtio_net ] || echo "$card"
    done
}

# What it says of its queues: "QUEUE IRQ CPU TID KIB NODE" lines.
parts() {
    local cpu='CPU \([0-9]*\) (node 1)'
    sed -n "s/^queue \([0-9]*\): interrupt \([0-9]*\) on $cpu, thread \([0-9]*\) on CPU \3 (node 1), \
ring \([0-9]*\) KiB on node \([0-9]*\)\$/\1 \2 \3 \4 \5 \6/p" said
}

# Pages by node of the mappings of packet sockets: "1=4096".
ring_pages() { # PID
    awk '
        / file=socket:/ {
            for (i = 3; i <= NF; i++)
                if (split($i, pair, "=") == 2 && pair[1] ~ /^N[0-9]+$/) pages[pair[1]] += pair[2]
        }
        END { for (node in pages) print substr(node, 2) "=" pages[node] }' "/proc/$1/numa_maps"
}

is_set_up() {
    [ "$(parts | wc -l)" -eq "$(ls -d /sys/class/net/"$1"/queues/rx-* | wc -l)" ]
}

start() { # OPTION...
    receive "$@" >said 2>errors &
    RECEIVER=$!
    wait_for 20 is_set_up "$CARD"
}

judge_parts() {
    local queue irq cpu tid kib node rings=0
    while read -r queue irq cpu tid kib node; do
        case $(irq_name "$irq") in
        *-input."$queue") ;;
        *) fail "$irq is \"$(irq_name "$irq")\", not of queue $queue" ;;
        esac
        equal "CPU of interrupt $irq" "$(irq_cpus "$irq")" "$cpu"
        equal "CPUs of thread $tid" "$(allowed_cpus_of_thread "$RECEIVER" "$tid")" "$cpu"
        equal "node of queue $queue's ring" "$node" 1
        rings=$((rings + kib / 4))
    done <parts
    equal "pages of rings by node" "$(ring_pages "$RECEIVER")" "1=$rings"
}

# Echo requests leave by the queue of the CPU that sends them, and the replies come back by it: of
# another size for each queue, so that bytes tell which thread had which.
judge_sharing() {
    local queue irq cpu tid kib node size bytes
    while read -r queue irq cpu tid kib node; do
        taskset -c "$cpu" ping -q -c 3 -W 1 -s $((200 + 300 * queue)) 192.0.2.2 >/dev/null ||
            fail "no replies to CPU $cpu"
    done <parts
    kill -INT "$RECEIVER"
    wait "$RECEIVER"
    cat said
    while read -r queue irq cpu tid kib node; do
        size=$((3 * (42 + 200 + 300 * queue)))
        bytes=$(sed -n "s/^thread $tid: .* packets, \([0-9]*\) bytes, .*/\1/p" said)
        [ "$bytes" -ge $size ] || fail "thread $tid of queue $queue lacks bytes: $bytes of $size"
        [ "$bytes" -lt $((size + 600)) ] || fail "thread $tid of queue $queue has $bytes bytes, not $size"
    done <parts
}

judge_flood() {
    local tid
    traffic_start 60
    wait "$RECEIVER" || fail "it left with $?: $(cat errors)"
    traffic_stop
    cat said
    [ "$(sed -n '$s/ packets$//p' said)" -ge 2000 ] || fail "it ended before 2000 packets"
    for tid in $(cut -d ' ' -f 4 parts); do
        grep -q "^thread $tid: [1-9][0-9]* packets" said || fail "thread $tid had none"
    done
}

UNKNOWN=$(virtio_card -1)
leaves_with 1 receive "$UNKNOWN"
says "nobody knows the node of $UNKNOWN"

CARD=$(virtio_card 1)
wire_up "$CARD"
numaplace irq apply "$CARD" >/dev/null

start --seconds 60 "$CARD"
parts >parts
judge_parts
judge_sharing

start --bind --seconds 60 --packets 2000 "$CARD"
parts >parts
judge_parts
judge_flood
numaplace rollback >/dev/null
wire_down "$CARD"
