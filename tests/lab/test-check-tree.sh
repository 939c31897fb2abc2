# SPDX-License-Identifier: Apache-2.0
# guests: 2x4
# A device tree against the running machine: its own tree says nothing of it; one that is wrong about
# it is told where; and memory by address is judged by where the kernel has it.
. /lab/lib.sh

base_of() { # NODE: a page in the middle of the largest piece of its memory
    numaplace topo --json node "$1" >node.json
    json node.json 'ranges.*.base' >bases
    json node.json 'ranges.*.bytes' >sizes
    paste bases sizes | sort -n -k 2 | tail -n 1 | while read -r base bytes; do
        printf '0x%x' $(((base + bytes / 2) / 4096 * 4096))
    done
}

# The tree that topo writes, with one instance on CPUs 4-7.
tree() { # FILE BASE NODE
    numaplace topo --dts >"$1"
    cat >>"$1" <<END
instances {
    database {
        id = <1>;
        resources {
            cpus = <4 5 6 7>;
            memory-base = <$2>;
            memory-bytes = <0x2000000>;
            numa-nodes = <$3>;
            memory-policy = "local";
        };
    };
};
END
}

tree right.dts "$(base_of 1)" 1
leaves_with 0 numaplace check right.dts --from live
says "no findings"

tree far.dts "$(base_of 0)" 1
leaves_with 0 numaplace check far.dts --from live
says "WARNING: Instance database: Local memory policy requested but CPUs are from NUMA nodes [1] while memory is on NUMA node 0 [region-remote]"

tree none.dts 0x7000000000 3
leaves_with 3 numaplace check none.dts --from live
says "ERROR: Instance database: NUMA node 3 does not exist in hardware topology [node-unknown]"
says "[region-outside-nodes]"

# The same tree when the machine is not what it was: CPU 7 is gone.
echo 0 >/sys/devices/system/cpu/cpu7/online
leaves_with 3 numaplace check right.dts --from live
says "WARNING: Hardware: CPU 7 is offline on this machine, and described as online [machine-cpu-offline]"
says "ERROR: Instance database: CPU 7 is offline [cpu-offline]"
echo 1 >/sys/devices/system/cpu/cpu7/online

# And one that puts a CPU elsewhere than the kernel does.
sed 's/cpus = <0 1 2 3>/cpus = <0 1 2 3 4>/; s/cpus = <4 5 6 7>/cpus = <5 6 7>/' right.dts >moved.dts
leaves_with 3 numaplace check moved.dts --from live
says "ERROR: Hardware: CPU 4 is described on node 0, and on node 1 here [machine-cpu-elsewhere]"
