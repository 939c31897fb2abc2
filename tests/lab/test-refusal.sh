# SPDX-License-Identifier: Apache-2.0
# guests: 2x4 4x2
# What cannot be placed is refused with the reason and a way out, and nothing was changed.
. /lab/lib.sh

place() { # CPUS MEMORY
    cat <<END
version: 1
instances:
  - name: first
    cpus: 1
    memory: 8MiB
    run: [sh, -c, "exec memhog 8 1"]
  - name: big
    cpus: $1
    memory: $2
    numa-nodes: [1]
    memory-policy: bind
    run: [sh, -c, "exec memhog 8 1"]
END
}

nothing_changed() {
    equal "processes" "$(pidof memhog || true)" "$filler"
    equal "cgroups" "$(find /sys/fs/cgroup -mindepth 1 -type d)" ""
    leaves_with 0 numaplace status
    leaves_with 0 numaplace rollback
}

filler=
place 99 8MiB >cpus.yaml
leaves_with 4 numaplace plan cpus.yaml
says '"big"'
leaves_with 4 numaplace apply cpus.yaml
says "99 CPUs"
says "from 99 to"
nothing_changed

place 1 64GiB >memory.yaml
leaves_with 4 numaplace apply memory.yaml
says '"big": 1 CPU and 64 GiB (memory-policy bind) cannot be placed: node 1 lacks '
nothing_changed

# Node 1 has the memory, but somebody uses it.
free_kib=$(awk '/MemFree/ { print $4 }' /sys/devices/system/node/node1/meminfo)
place 1 $((free_kib / 1024 * 3 / 4))MiB >full.yaml
leaves_with 0 numaplace plan full.yaml
hog filler $((free_kib / 1024 / 2)) 1 numactl -m 1
filler=$PID
leaves_with 4 numaplace apply full.yaml
says "for it (needs $((free_kib / 1024 * 3 / 4)) MiB; node 1 has "
says " MiB free)"
nothing_changed
kill "$filler"

leaves_with 3 numaplace apply /dev/null
leaves_with 1 numaplace apply no-such-file.yaml
