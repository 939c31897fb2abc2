# SPDX-License-Identifier: Apache-2.0
# guests: 2x4
# What cannot be: found before anything is changed, with the node and the bytes.
. /lab/lib.sh

hog db 128 2 numactl -m 0
db=$PID
spec() { # FURTHER KEYS
    cat >spec.yaml <<END
version: 1
instances:
  - {name: db, cpus: "4-5", memory-policy: bind, numa-nodes: [1], pid: $db$1}
END
}
untouched() {
    equal "CPUs" "$(allowed_cpus "$db")" 0-7
    mostly_on_node "$db" 0 100 || fail "pages were moved"
    [ ! -d /sys/fs/cgroup/numaplace ] || fail "a cgroup was created"
    leaves_with 0 numaplace status
    says "nothing is applied here"
}

# No placement: more than the node has at all.
spec ", memory: 3GiB"
leaves_with 4 numaplace apply spec.yaml
says "no placement"
untouched

# A full node: nothing was said of its size, but the process is larger than what is left there.
free=$(awk '/MemFree|Active\(file\)|Inactive\(file\)/ { kib += $4 } END { print int(kib / 1024) }' \
    /sys/devices/system/node/node1/meminfo)
hog filler $((free - 64)) 1 numactl -m 1
spec ""
leaves_with 1 numaplace apply spec.yaml
says "node 1 has "
says "would have to move there"
untouched

# Another apply is at work.
kill "$PID"
wait_for 20 [ ! -d "/proc/$PID/fd" ]
spec ""
leaves_with 0 numaplace apply spec.yaml
leaves_with 1 numaplace apply spec.yaml
says "is applied already"

leaves_with 0 numaplace rollback
untouched

# Weighted interleaving came with Linux 6.9: tried before anything is started.
cat >spec.yaml <<END
version: 1
instances:
  - {name: w, cpus: 1, memory: 8MiB, memory-policy: weighted-interleave, run: [sleep, "1000"]}
END
case $(uname -r) in
6.[0-8].* | 5.*)
    leaves_with 1 numaplace apply spec.yaml
    says "this kernel cannot interleave by weight"
    untouched
    ;;
esac
