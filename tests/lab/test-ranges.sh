# SPDX-License-Identifier: Apache-2.0
# guests: hole 2x4 memless sparse
# Where the memory of each node is, against what the kernel wrote down when it started, and against
# /proc/iomem; to those who are not shown that; and when some of it is taken out of use.
. /lab/lib.sh

sys=/sys/devices/system
hex() { # NUMBER
    printf '%x' "$1"
}

# "FIRST LAST" in hex, a line each; of NODE, in the order of nodes.
ours() { # NODE
    numaplace topo --json node "$1" >node.json
    json node.json 'ranges.*.base' >bases
    json node.json 'ranges.*.bytes' >sizes
    paste bases sizes | while read -r base bytes; do
        echo "$(hex "$base") $(hex $((base + bytes - 1)))"
    done
}

# The kernel's "node   0: [mem 0x0000000000001000-0x000000000009efff]".
kernels() { # NODE
    dmesg | sed -n "s/.*]  *node  *$1: \[mem 0x0*\([0-9a-f]*\)-0x0*\([0-9a-f]*\)\]/\1 \2/p"
}

total() { # reads "FIRST LAST" lines
    local first last sum=0
    while read -r first last; do
        sum=$((sum + 0x$last - 0x$first + 1))
    done
    echo $sum
}

mem_total() { # NODE
    awk '/MemTotal/ { print $4 * 1024 }' "$sys/node/node$1/meminfo"
}

# Every range of file A lies within one of file B.
within() { # A B
    local first last outer_first outer_last found
    while read -r first last; do
        found=
        while read -r outer_first outer_last; do
            if [ $((0x$first)) -ge $((0x$outer_first)) ] && [ $((0x$last)) -le $((0x$outer_last)) ]; then
                found=1
            fi
        done <"$2"
        [ "$found" ] || return 1
    done <"$1"
}

: >all
for node in $(nodes); do
    ours "$node" >"node$node"
    cat "node$node" >>all
    equal "ranges of node $node" "$(cat "node$node")" "$(kernels "$node")"
    bytes=$(total <"node$node")
    [ "$bytes" -ge "$(mem_total "$node")" ] ||
        fail "node $node has $(mem_total "$node") bytes, $bytes of them in ranges"
    # what the kernel took at boot: for itself and for what it was started with
    [ $((bytes - $(mem_total "$node"))) -le $((bytes / 8 + (64 << 20))) ] ||
        fail "node $node has $(mem_total "$node") bytes, and $bytes in ranges"
done
[ -s all ] || fail "no memory at all"
sed -n 's/^ *\([0-9a-f]*\)-\([0-9a-f]*\) : System RAM.*/\1 \2/p' /proc/iomem >ram
within all ram || fail "not all of $(cat all) is in $(cat ram)"
rest=$(($(total <ram) - $(total <all)))
[ $rest -lt $((4096 * $(wc -l <ram))) ] || fail "$rest bytes of $(cat ram) are nobody's"

# Others than root see no addresses.
sed 's/^\( *\)[0-9a-f]*-[0-9a-f]*/\100000000-00000000/' /proc/iomem >hidden
mount --bind hidden /proc/iomem
trap 'umount /proc/iomem' EXIT
for node in $(nodes); do
    ours "$node" >"rough$node"
    within "node$node" "rough$node" || fail "node $node is at $(cat "node$node"), not $(cat "rough$node")"
done
umount /proc/iomem
trap - EXIT

# The last but one block of a node: zones keep spanning it.
block=$(ls -d "$sys"/node/node0/memory[0-9]* | sed 's/.*memory//' | sort -n | tail -n 2 | head -n 1)
state=$sys/memory/memory$block/state
if (echo offline >"$state") 2>/dev/null; then
    size=$((0x$(cat "$sys/memory/block_size_bytes")))
    echo "$(hex $((block * size))) $(hex $((block * size + size - 1)))" >gone
    ours 0 >without
    echo online >"$state"
    within without node0 || fail "with a block offline, node 0 is at $(cat without)"
    equal "bytes without block $block" $(($(total <without) + $(total <gone))) "$(total <node0)"
    ours 0 >again
    equal "ranges with block $block again" "$(cat again)" "$(cat node0)"
else
    echo "block $block could not be taken out of use"
fi
