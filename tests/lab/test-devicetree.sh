# SPDX-License-Identifier: Apache-2.0
# guests: 2x4 4x2
# The guest's own tree with two instances, one given and one counted: checked, planned, completed, and two commands put
# where it says, one after the other; a tree of another machine, and a kill in the middle, leave nothing behind.
. /lab/lib.sh

last=$(nodes | tail -n 1)
of_last=$(cpus_of_node "$last")
given=${of_last##*[-,]}

# 64 MiB behind the beginning of a node's largest range, as a tree writes it.
base_on() { # NODE
    numaplace topo --json >topo.json
    json_paths <topo.json | awk -v node="$1" '
        $1 ~ /^nodes\.[0-9]+\.id$/ { here = $2 == node }
        here && $1 ~ /\.ranges\.[0-9]+\.base$/ { base = $2 }
        here && $1 ~ /\.ranges\.[0-9]+\.bytes$/ && $2 > most { most = $2; best = base }
        END {
            at = (int(best / 2097152) + 33) * 2097152
            printf "0x%x 0x%x", int(at / 4294967296), at % 4294967296
        }'
}

# TREE with these instances behind its other sections.
add_instances() { # TREE
    sed '$d' "$1" # the last "};" is the root's
    cat <<END
    instances {
        // its place is said
        given {
            id = <1>;
            resources {
                cpus = <$given>;
                memory-base = <$base>;
                memory-bytes = <0x0 0x4000000>;  // 64 MiB
                numa-nodes = <$last>;
                memory-policy = "local";
            };
        };
        // and its is not
        counted {
            id = <2>;
            resources {
                cpu-count = <1>;
                memory-bytes = <0x0 0x4000000>;
                numa-nodes = <0>;
                cpu-affinity = "local";
                memory-policy = "local";
            };
        };
    };
};
END
}

# What must be as before.
world() {
    find /sys/fs/cgroup -name 'numaplace*' 2>/dev/null || true
    cat /sys/fs/cgroup/cgroup.subtree_control 2>/dev/null || true
    pidof memhog || true
}

numaplace topo --dts >machine.dts
base=$(base_on "$last")
add_instances machine.dts >two.dts
world >before

leaves_with 0 numaplace check two.dts
leaves_with 0 numaplace plan two.dts
says "MEMORY AT"
leaves_with 0 numaplace plan --json two.dts
echo "$OUTPUT" >plan.json
equal "CPUs planned for given" "$(json plan.json plan.instances.0.cpus)" "$given"
equal "bytes of counted" "$(json plan.json plan.instances.1.regions.0.bytes)" 67108864
counted=$(json plan.json plan.instances.1.cpus)

# Completed, it is sound, has the same plan, and is complete.
numaplace plan --dts two.dts >placed.dts 2>messages || fail "plan --dts: $(cat messages)"
grep -q '// and its is not' placed.dts || fail "the author's words are gone: $(cat placed.dts)"
grep -q "cpus = <$counted>;" placed.dts || fail "no CPUs were filled in: $(cat placed.dts)"
leaves_with 0 numaplace check placed.dts
numaplace plan --json placed.dts >again.json
for key in cpus mem_nodes regions.0.base regions.0.bytes; do
    for i in 0 1; do
        equal "$key of instance $i, planned again" "$(json again.json "plan.instances.$i.$key")" \
            "$(json plan.json "plan.instances.$i.$key")"
    done
done
numaplace plan --dts placed.dts >twice.dts
cmp placed.dts twice.dts || fail "a completed tree was completed again: $(diff placed.dts twice.dts)"

# One after the other, each a transaction; what the kernel says of them.
leaves_with 1 numaplace apply two.dts
says "names nothing to start"
start() { # INSTANCE CPUS NODE
    leaves_with 0 numaplace apply two.dts --instance "$1" -- memhog 48 2
    says "applied"
    PID=$(echo "$OUTPUT" | sed -n 's/.* as pid \([0-9]*\):.*/\1/p')
    wait_for 30 grep -q ready "/var/lib/numaplace/log/$1.log"
    equal "CPUs of $1" "$(allowed_cpus "$PID")" "$2"
    equal "nodes that $1 may use" "$(allowed_mems "$PID")" "$3"
    mostly_on_node "$PID" "$3" 100 || fail "$1 has $(anonymous_kib_by_node "$PID")"
}
start given "$given" "$last"
leaves_with 1 numaplace apply two.dts --instance given -- memhog 48 2
says "is applied already, as transaction 1"
start counted "$counted" 0
leaves_with 0 numaplace verify two.dts
leaves_with 0 numaplace status
says "transaction 2"
leaves_with 0 numaplace rollback
world >after
cmp before after || fail "not as before: $(diff before after)"

# Another machine's tree: named, and nothing changed.
members=$(numaplace topo --json | json_paths | awk -v node="$last" '
    $1 ~ /^cpus\.[0-9]+\.id$/ { id = $2 }
    $1 ~ /^cpus\.[0-9]+\.node$/ && $2 == node { list = list " " id }
    END { print substr(list, 2) }')
sed "s/ total = <8>/ total = <9>/; s/cpus = <$members>/cpus = <$members 8>/" two.dts >other.dts
cmp -s two.dts other.dts && fail "the tree has no node list: $(cat two.dts)"
leaves_with 3 numaplace apply other.dts --instance counted -- memhog 48 2
says "ERROR"
leaves_with 0 numaplace status
says "nothing is applied here"
world >after
cmp before after || fail "a refusal changed something: $(diff before after)"

# Killed in the middle, while it waits for the log of its command to be opened.
rm -f /var/lib/numaplace/log/counted.log
mkfifo /var/lib/numaplace/log/counted.log
numaplace apply two.dts --instance counted -- memhog 8 1 >/dev/null 2>&1 &
apply=$!
applying() {
    numaplace status 2>&1 | grep -q 'applying'
}
wait_for 20 applying
kill -9 $apply
wait $apply 2>/dev/null || true
rm /var/lib/numaplace/log/counted.log
leaves_with 6 numaplace status
says "was interrupted"
leaves_with 1 numaplace apply two.dts --instance given -- memhog 8 1
says "was interrupted"
leaves_with 0 numaplace rollback
world >after
cmp before after || fail "not as before a kill: $(diff before after)"
