# SPDX-License-Identifier: Apache-2.0
# A machine's description to QEMU's arguments. The format is told in README.md.

# What machine_read leaves behind.
MACHINE_ARGS=()     # for QEMU
MACHINE_APPEND=     # kernel arguments
MACHINE_WIRES=      # that are bridges of the host
MACHINE_MODULES=()  # to be loaded
MACHINE_KERNEL=cloud # the flavour that has its drivers
MACHINE_OFFLINE=    # CPUs that the guest puts offline
MACHINE_BOOT_LIMIT=60 # seconds until /init

machine_cpu=Icelake-Server # Intel: with AMD's, Linux does not see QEMU's SMT
machine_smp=
machine_absent=
machine_hmat=off
machine_memory_mib=0
machine_buses=' '
declare -A machine_distances=() # by "FROM,dst=TO"
machine_devices=0

machine_read() { # FILE
    local word rest
    [ -r "$1" ] || lab_usage "there is no machine $1"
    while read -r word rest; do
        case $word in
        '' | about) ;;
        cpu) machine_cpu=$rest ;;
        smp) machine_smp=$rest ;;
        absent) machine_absent=$rest ;;
        offline) MACHINE_OFFLINE=$(lab_expand "$rest") ;;
        kernel) MACHINE_KERNEL=$rest ;;
        append) MACHINE_APPEND+=" $rest" ;;
        boot-limit) MACHINE_BOOT_LIMIT=$rest ;;
        node) machine_node $rest ;;
        distance) machine_distance both $rest ;;
        distance-from) machine_distance one $rest ;;
        latency) machine_hmat access-latency latency $rest ;;
        bandwidth) machine_hmat access-bandwidth bandwidth $rest ;;
        device) machine_device $rest ;;
        *) lab_usage "$1: unknown word \"$word\"" ;;
        esac
    done < <(sed 's/[[:space:]]*#.*//' "$1")
    machine_finish "$1"
}

machine_node() { # ID [cpus=LIST] [memory=MIB] [initiator=NODE]
    local id=$1 arg numa range
    numa="node,nodeid=$id"
    shift
    for arg; do
        case $arg in
        cpus=*)
            for range in $(echo "${arg#cpus=}" | tr , ' '); do
                numa+=",cpus=$range"
            done
            ;;
        memory=*)
            arg=${arg#memory=}
            MACHINE_ARGS+=(-object "memory-backend-ram,id=m$id,size=${arg}M")
            machine_memory_mib=$((machine_memory_mib + arg))
            numa+=",memdev=m$id"
            ;;
        initiator=*)
            numa+=",$arg"
            machine_hmat=on
            ;;
        *) lab_usage "node $id: unknown \"$arg\"" ;;
        esac
    done
    MACHINE_ARGS+=(-numa "$numa")
}

# Later lines win.
machine_distance() { # both|one FROM-LIST TO-LIST VALUE
    local from to
    for from in $(lab_expand "$2"); do
        for to in $(lab_expand "$3"); do
            [ "$from" != "$to" ] || continue
            machine_distances[$from,dst=$to]=$4
            [ "$1" = one ] || machine_distances[$to,dst=$from]=$4
        done
    done
}

machine_hmat() { # TYPE NAME FROM TO VALUE
    MACHINE_ARGS+=(-numa "hmat-lb,initiator=$3,target=$4,hierarchy=memory,data-type=$1,$2=$5")
}

# A PCI bus of its own for each node that has devices.
machine_bus() { # NODE
    case $machine_buses in
    *" $1 "*) return ;;
    esac
    machine_buses+="$1 "
    MACHINE_ARGS+=(-device "pxb-pcie,bus=pcie.0,id=pxb$1,bus_nr=$((64 + 16 * $1)),numa_node=$1")
}

machine_device() { # TYPE [node=N] [wire=N] [queues=N]
    local type=$1 id=$((machine_devices += 1)) bus=pcie.0 wire=0 queues=1 arg
    shift
    for arg; do
        case $arg in
        node=*)
            bus=pxb${arg#node=}
            machine_bus "${arg#node=}"
            ;;
        wire=*) wire=${arg#wire=} ;;
        queues=*) queues=${arg#queues=} ;;
        *) lab_usage "device $type: unknown \"$arg\"" ;;
        esac
    done
    MACHINE_ARGS+=(-device "pcie-root-port,id=port$id,bus=$bus,chassis=$id,slot=$id")
    case $type in
    virtio-net)
        MACHINE_MODULES+=(virtio_pci virtio_net)
        machine_backend "$id" "$wire" "$queues"
        MACHINE_ARGS+=(-device
            "virtio-net-pci,bus=port$id,netdev=net$id,mq=on,vectors=$((2 * queues + 2))")
        ;;
    vmxnet3 | e1000e)
        MACHINE_MODULES+=("$type")
        machine_backend "$id" "$wire" 1
        MACHINE_ARGS+=(-device "$type,bus=port$id,netdev=net$id")
        ;;
    nvme)
        MACHINE_MODULES+=(nvme)
        MACHINE_ARGS+=(-drive "if=none,id=drive$id,file.driver=null-co,file.size=16M,format=raw"
            -device "nvme,bus=port$id,serial=lab$id,drive=drive$id")
        ;;
    *) lab_usage "unknown device \"$type\"" ;;
    esac
}

# Cards on the same wire reach one another, and nobody else. A hub of QEMU's has one queue; with
# several the wire is a bridge of the host, and the card's end of it a tap device.
machine_backend() { # ID WIRE QUEUES
    if [ "$3" -eq 1 ]; then
        MACHINE_ARGS+=(-netdev "hubport,id=net$1,hubid=$2")
        return
    fi
    [[ " $MACHINE_WIRES " == *" wire$2 "* ]] || MACHINE_WIRES+=" wire$2"
    MACHINE_ARGS+=(-netdev "tap,id=net$1,ifname=wire$2-$1,queues=$3,vhost=off,downscript=no,script=$LAB_DIR/host/plug-tap")
}

# -smp makes the first CPUs; when some are absent, those behind them are plugged one by one.
machine_finish() { # FILE
    local part pair sockets=1 dies=1 cores=1 threads=1 total first cpu
    [ -n "$machine_smp" ] || lab_usage "$1: no smp line"
    for part in ${machine_smp//,/ }; do
        local "$part"
    done
    total=$((sockets * dies * cores * threads))
    first=${machine_absent%%[-,]*}
    for ((cpu = ${first:-$total}; cpu < total; cpu++)); do
        case " $(lab_expand "$machine_absent") " in
        *" $cpu "*) continue ;;
        esac
        part=socket-id=$((cpu / (cores * threads))),core-id=$((cpu / threads % cores))
        MACHINE_ARGS+=(-device "$machine_cpu-x86_64-cpu,$part,thread-id=$((cpu % threads))")
    done
    for pair in "${!machine_distances[@]}"; do
        MACHINE_ARGS+=(-numa "dist,src=$pair,val=${machine_distances[$pair]}")
    done
    MACHINE_ARGS=(
        -machine "q35,hmat=$machine_hmat" -cpu "$machine_cpu" -m "${machine_memory_mib}M"
        -smp "cpus=${first:-$total},maxcpus=$total,$machine_smp"
        "${MACHINE_ARGS[@]}")
}
