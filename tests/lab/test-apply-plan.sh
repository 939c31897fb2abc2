# SPDX-License-Identifier: Apache-2.0
# guests: 2x4 4x2
# Three instances are started where the plan says: every thread's CPUs, every node's pages; verify
# agrees, a repeated apply starts nothing twice, rollback leaves nothing behind.
. /lab/lib.sh

cat >three.yaml <<'END'
version: 1
instances:
  - name: cache
    cpus: "0-1"
    memory: 32MiB
    memory-policy: local
    run: [sh, -c, "exec memhog 32 2 >cache.log"]
  - name: db
    cpus: 2
    memory: 64MiB
    numa-nodes: [1]
    cpu-affinity: compact
    memory-policy: bind
    run: [sh, -c, "exec memhog 64 4 >db.log"]
  - name: batch
    cpus: 1
    memory: 32MiB
    numa-nodes: [0, 1]
    memory-policy: interleave
    run: [sh, -c, "exec memhog 32 1 >batch.log"]
END

planned() { # INDEX KEY
    json plan "plan.instances.$1.$2"
}

# CPUs of every thread, and each node's KiB: at least what was touched there, nothing elsewhere.
check_instance() { # INDEX NAME
    local index=$1 name=$2 node share kib
    wait_for 30 grep -qs ready "$name.log"
    PID=$(sed -n 's/^ready //p' "$name.log")
    equal "CPUs of $name" "$(allowed_cpus "$PID")" "$(planned "$index" cpus)"
    for node in $(nodes); do
        kib=$(anonymous_kib "$PID" "$node")
        share=$(json_paths <plan | awk -v node="$node" -v list="plan.instances.$index.shares" '
            index($1, list) == 1 && $1 ~ /\.node$/ { here = $2 == node }
            index($1, list) == 1 && $1 ~ /\.bytes$/ && here { print $2 / 1024 }')
        [ "$kib" -ge "${share:-0}" ] || fail "$name has $kib KiB on node $node, planned: $share"
        [ -n "$share" ] || equal "KiB of $name on node $node" "$kib" 0
    done
}

processes_before=$(pidof memhog || true)
numaplace plan --json three.yaml >plan
equal "CPUs planned for db" "$(numaplace topo cpu "$(planned 1 cpus | sed 's/[-,].*//')" --json |
    json_paths | awk '$1 == "node" || $1 ~ /\.node$/ { print $2; exit }')" 1
leaves_with 0 numaplace apply three.yaml
check_instance 0 cache
check_instance 1 db
check_instance 2 batch
leaves_with 0 numaplace verify three.yaml
leaves_with 0 numaplace status

leaves_with 0 numaplace rollback
equal "processes left" "$(pidof memhog || true)" "$processes_before"
equal "cgroups left" "$(find /sys/fs/cgroup -mindepth 1 -type d)" ""
leaves_with 0 numaplace status
