# SPDX-License-Identifier: Apache-2.0
# guests: 2x4 4x2 smt hmat memless offline sparse nic huge asymmetric
# The machine as `numaplace topo` tells it, against the kernel's own files and numactl's own words.
. /lab/lib.sh

sys=/sys/devices/system
numaplace topo --json | json_paths >topo

get() { # PATH
    awk -v path="$1" '$1 == path { sub(/^[^ ]+ ?/, ""); print }' topo
}

# "nodes.2" for node 4 if that is the third one.
path_of() { # nodes|cpus|devices id|name VALUE
    awk -v end=".$2" -v value="$3" -v list="$1." \
        'index($1, list) == 1 && substr($1, length($1) - length(end) + 1) == end && $2 == value {
            print substr($1, 1, length($1) - length(end)); exit }' topo
}

check_node() { # NODE
    local path pool size index
    path=$(path_of nodes id "$1")
    equal "CPUs of node $1" "$(get "$path.cpus")" "$(cpus_of_node "$1")"
    equal "memory of node $1" "$(get "$path.total_bytes")" \
        "$(awk '/MemTotal/ { print $4 * 1024 }' "$sys/node/node$1/meminfo")"
    index=0
    for pool in $(ls -d "$sys/node/node$1"/hugepages/hugepages-* | sort -t - -k 2n); do
        size=${pool##*-}
        size=${size%kB}
        equal "size of a pool" "$(get "$path.huge_pages.$index.page_bytes")" $((size * 1024))
        equal "huge pages of node $1" "$(get "$path.huge_pages.$index.total")" \
            "$(cat "$pool/nr_hugepages")"
        index=$((index + 1))
    done
}

check_distances() {
    local from=0 to node value
    for node in $(nodes); do
        to=0
        for value in $(cat "$sys/node/node$node/distance"); do
            equal "distance $from to $to" "$(get "distance.values.$from.$to")" "$value"
            to=$((to + 1))
        done
        from=$((from + 1))
    done
}

# What the kernel tells of the nearest initiators of each node; only with an HMAT.
check_latencies() {
    local to=0 node initiator from
    for node in $(nodes); do
        for initiator in "$sys/node/node$node"/access0/initiators/node*; do
            [ -e "$initiator" ] || continue
            from=$(path_of nodes id "${initiator##*node}")
            equal "latency to node $node" "$(get "latency_ns.values.${from#nodes.}.$to")" \
                "$(cat "${initiator%/*}/read_latency")"
            equal "bandwidth to node $node" "$(get "bandwidth_mibps.values.${from#nodes.}.$to")" \
                "$(cat "${initiator%/*}/read_bandwidth")"
        done
        to=$((to + 1))
    done
}

check_cpu() { # CPU
    local path topology=$sys/cpu/cpu$1/topology
    path=$(path_of cpus id "$1")
    equal "CPU $1 online" "$(get "$path.online")" \
        "$([ "$(cat "$sys/cpu/cpu$1/online" 2>/dev/null || echo 1)" = 1 ] && echo true || echo false)"
    [ -d "$topology" ] || return 0
    equal "siblings of CPU $1" "$(get "$path.siblings")" "$(cat "$topology/thread_siblings_list")"
    equal "package of CPU $1" "$(get "$path.package")" "$(cat "$topology/physical_package_id")"
    equal "node of CPU $1" "node$(get "$path.node")" "$(basename "$sys/cpu/cpu$1"/node*)"
}

check_interface() { # NAME
    local wanted
    # virtio's device is a child of the PCI device, which is the one that has a node
    wanted=$(cat "/sys/class/net/$1/device/numa_node" 2>/dev/null ||
        cat "/sys/class/net/$1/device/../numa_node")
    [ "$wanted" != -1 ] || wanted=null
    equal "node of $1" "$(get "$(path_of devices name "$1").node")" "$wanted"
}

# Free memory changes, also by what the one program needs itself and the other does not: until ours says the same as
# numactl before and after it.
same_as_numactl() {
    numactl -H >before
    numaplace topo --numactl >ours
    numactl -H >after
    cmp -s before after && cmp -s before ours
}

equal "nodes" "$(awk '$1 ~ /^nodes\.[0-9]+\.id$/ { print $2 }' topo)" "$(nodes)"
for node in $(nodes); do
    check_node "$node"
done
check_distances
check_latencies
for cpu in $(ls -d $sys/cpu/cpu[0-9]* | sed 's|.*/cpu||'); do
    [ ! -e "$sys/cpu/cpu$cpu/online" ] || check_cpu "$cpu"
done
isolated=$(for cpu in $(awk '/\.isolated true$/ { sub(/isolated/, "id", $1); print $1 }' topo); do
    get "$cpu"
done | tr '\n' ,)
equal "isolated CPUs" "${isolated%,}" "$(sed 's/-/,/' $sys/cpu/isolated)"
for interface in /sys/class/net/eth*; do
    [ ! -e "$interface" ] || check_interface "${interface##*/}"
done

(wait_for 20 same_as_numactl) || fail "topo --numactl is not what numactl -H prints: $(diff before ours)"
