# SPDX-License-Identifier: Apache-2.0
# guests: 4x2
# What was applied is verified, and each way in which it stops being true is named: pages moved, a
# thread let out, a process taken out of its cgroup, a child elsewhere, a process that ended.
. /lab/lib.sh

cat >spec.yaml <<'END'
version: 1
instances:
  - name: database
    cpus: "2-3"
    memory: 64MiB
    memory-policy: bind
    numa-nodes: [1]
    run: ["memhog", "32", "2"]
  - name: spread
    cpus: "4-7"
    memory: 64MiB
    memory-policy: interleave
    numa-nodes: [2, 3]
    run: ["memhog", "32", "2"]
  - name: running
    cpus: "0-1"
    memory: 64MiB
    memory-policy: local
    pid: PID
END
hog running 16 2
running=$PID
sed -i "s/PID/$running/" spec.yaml
leaves_with 0 numaplace apply spec.yaml

in_place() { numaplace verify spec.yaml >verdict 2>&1; }
wait_for 30 in_place # memhog touches its memory after it was started
leaves_with 0 numaplace verify
says "database: in place: "
says " on node 1, 3 of 3 threads on CPUs 2-3"
says "spread: in place: "
says " on nodes 2-3, 3 of 3 threads on CPUs 4-7"
says "running: in place: "
says " on node 0, 3 of 3 threads on CPUs 0-1"
numaplace verify --json >verdicts
equal "verdicts" "$(json verdicts 'verdicts.*.in_place' | tr '\n' ' ')" "true true true "
database=$(json verdicts verdicts.0.pid)
judged=$(json verdicts verdicts.0.judged_bytes)
equal "what is judged" $((judged / 1024)) "$(awk '
    { for (i = 3; i <= NF; i++) if ($i ~ /^anon=/) n += substr($i, 6) } END { print n * 4 }' \
    "/proc/$database/numa_maps")"
# A process that was applied is held against its placement, not its own policy.
leaves_with 0 numaplace verify "$database"
says "database: in place: "

# Somebody moves the pages of an interleaved instance together: still on its nodes, and uneven.
spread=$(json verdicts verdicts.1.pid)
migratepages "$spread" 3 2
leaves_with 0 numaplace verify spec.yaml
says "[interleave-skewed]"
# Somebody takes it out of its cgroup: it may run anywhere now, and is still one of ours.
leave_cgroup() { # PID
    echo "$1" >"$(dirname "$(find /sys/fs/cgroup -path '*/numaplace/cgroup.procs')")/../cgroup.procs"
}
leave_cgroup "$spread"
leaves_with 6 numaplace verify spec.yaml
says "spread: NOT in place: "
says "3 of 3 threads may run outside CPUs 4-7: $spread (memhog) on CPUs 0-7, "
says "\`taskset -apc 4-7 $spread\` sets that of all"
taskset -a -p -c 4-7 "$spread" >/dev/null
leaves_with 0 numaplace verify spec.yaml
# ... and moves its pages where they do not belong.
migratepages "$spread" 2 0
leaves_with 6 numaplace verify spec.yaml
says "are not on nodes 2-3 [pages-elsewhere]"
says "node 0: "
says "\`migratepages $spread 0 2-3\` moves them"
says "database: in place: "
migratepages "$spread" 0 2
leaves_with 0 numaplace verify spec.yaml

# Threads are let out.
leave_cgroup "$running"
hog_late_thread running "$running" # it touches memory wherever it runs
leaves_with 6 numaplace verify "$running"
says "threads may run outside CPUs 0-1: "
says "[thread-elsewhere]"
taskset -a -p -c 0-1 "$running" >/dev/null
migratepages "$running" 1-3 0
leaves_with 0 numaplace verify "$running"
taskset -p -c 0-7 "$TID" >/dev/null
leaves_with 6 numaplace verify spec.yaml
says "1 of 4 threads may run outside CPUs 0-1: $TID (memhog) on CPUs 0-7 [thread-elsewhere]"
taskset -p -c 0-1 "$TID" >/dev/null

# In place, and of no use there: a policy does not say who uses the memory.
hog far 16 1 numactl --cpunodebind=0 --membind=1
leaves_with 0 numaplace verify "$PID"
says "its threads may only run on node 0, and its "
says "are on node 1: every access is remote [memory-remote]"
says "\`taskset -apc 2-3 $PID\`"
taskset -apc 2-3 "$PID" >/dev/null
leaves_with 0 numaplace verify "$PID"
case $OUTPUT in *memory-remote*) fail "still remote: $OUTPUT" ;; esac
kill "$PID"

# It ends.
kill -9 "$database"
wait_for 10 eval "! kill -0 $database 2>/dev/null"
leaves_with 6 numaplace verify
says "database: nothing to look at"
says "error: its process $database has ended [process-gone]"
says "spread: in place: "
