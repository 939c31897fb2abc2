# SPDX-License-Identifier: Apache-2.0
# guests: 2x4 4x2
# A process that was started unbound is moved with its memory; threads that start later are where
# they should be, too; rollback restores every thread's CPUs and brings the memory back.
. /lab/lib.sh

# Touched by threads on node 0, but allowed everywhere.
hog late 64 4 numactl -m 0
pid=$PID
taskset -acp 0-1 "$pid" >/dev/null
cat >late.yaml <<END
version: 1
instances:
  - name: late
    cpus: 2
    memory: 64MiB
    numa-nodes: [1]
    cpu-affinity: local
    memory-policy: bind
    pid: $pid
END
before=$(threads_and_cpus "$pid")
mostly_on_node "$pid" 0 100 || fail "the hog is not on node 0: $(anonymous_kib_by_node "$pid")"

# Whatever instant the change falls on, a thread that nobody has seen yet is about to start.
kill -USR2 "$pid"
wait_for 10 grep -qs chain late.log

numaplace plan --json late.yaml >plan
cpus=$(json plan plan.instances.0.cpus)
leaves_with 0 numaplace apply late.yaml
equal "CPUs of all threads" "$(allowed_cpus "$pid")" "$cpus"
mostly_on_node "$pid" 1 95 || fail "not moved: $(anonymous_kib_by_node "$pid")"

hog_late_thread late "$pid"
equal "CPUs of the late thread" "$(allowed_cpus_of_thread "$pid" "$TID")" "$cpus"
leaves_with 0 numaplace verify late.yaml

leaves_with 0 numaplace rollback
# The chain's and the late thread were not there before.
echo "$before" | while read -r tid list; do
    equal "CPUs of thread $tid" "$(allowed_cpus_of_thread "$pid" "$tid")" "$list"
done
mostly_on_node "$pid" 0 90 || fail "not brought back: $(anonymous_kib_by_node "$pid")"
kill -0 "$pid"
equal "cgroups left" "$(find /sys/fs/cgroup -mindepth 1 -type d)" ""
