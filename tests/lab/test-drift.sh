# SPDX-License-Identifier: Apache-2.0
# guests: 2x4 4x2 2x4/none
# When somebody else moves what was placed, verify leaves with 6 and names it; rollback does not
# overwrite what is no longer ours without saying so.
. /lab/lib.sh

cat >drift.yaml <<'END'
version: 1
instances:
  - name: steady
    cpus: "0"
    memory: 16MiB
    memory-policy: local
    run: [sh, -c, "exec memhog 16 1 >steady.log"]
  - name: victim
    cpus: "2-3"
    memory: 32MiB
    memory-policy: bind
    numa-nodes: [1]
    run: [sh, -c, "exec memhog 32 2 >victim.log"]
END
sed -i "s/2-3/$(cpus_of_node 1)/" drift.yaml
leaves_with 0 numaplace apply drift.yaml
for name in steady victim; do
    wait_for 30 grep -qs ready $name.log
done
victim=$(sed -n 's/^ready //p' victim.log)
wait_for 10 mostly_on_node "$victim" 1 100
leaves_with 0 numaplace verify drift.yaml

# Threads: one of them is taken to node 0, out of the cpuset first where there is one. To use
# fewer of its CPUs is the program's own business.
thread=$(ls "/proc/$victim/task" | tail -n 1)
taskset -cp "$(cpus_of_node 1 | sed 's/-.*//')" "$thread" >/dev/null
leaves_with 0 numaplace verify drift.yaml
home=$(sed -n 's/^0:://p' "/proc/$victim/cgroup")
[ -z "$home" ] || echo "$victim" >/sys/fs/cgroup/cgroup.procs
taskset -cp 0 "$thread" >/dev/null
leaves_with 6 numaplace verify drift.yaml
says victim
says "$thread"
leaves_with 6 numaplace status
says victim
[ -z "$home" ] || echo "$victim" >"/sys/fs/cgroup$home/cgroup.procs"
taskset -cp "$(cpus_of_node 1)" "$thread" >/dev/null
leaves_with 0 numaplace verify drift.yaml

# Memory
migratepages "$victim" 1 0
mostly_on_node "$victim" 0 90 || fail "migratepages moved nothing"
leaves_with 6 numaplace verify drift.yaml
says victim
says "not on node 1"
numaplace verify --json drift.yaml >verdict || true
equal "instances that drifted" "$(json verdict 'verdicts.*.in_place' | tr '\n' ' ')" "true false "
migratepages "$victim" 0 1
leaves_with 0 numaplace verify drift.yaml

# The process itself
kill "$victim"
wait_for 10 test ! -e "/proc/$victim"
leaves_with 6 numaplace verify drift.yaml
says victim
leaves_with 0 numaplace rollback
equal "processes left" "$(pidof memhog || true)" ""
