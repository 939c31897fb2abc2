# SPDX-License-Identifier: Apache-2.0
# The half of the demo that runs in the guest.
set -eu
. /lab/demo-show.sh
. /lab/lib.sh
cd /root

say "A machine with four nodes"
show "numaplace topo"

say "A wish that cannot work is refused before anything happens"
cat >wrong.yaml <<'END'
version: 1
instances:
  - name: cache
    cpus: 2
    memory: 64MiB
    numa-nodes: [7]
    run: ["redis-server", "--port", "7000"]
END
show "cat wrong.yaml"
show_refusal 3 "numaplace check wrong.yaml"

say "A program is running already, wherever the kernel put it"
memhog 96 2 >hog.out &
hog=$!
wait_for 30 grep -q ready hog.out
show "numaplace pages $hog"

say "What should run where: that program, a redis server, and an analysis that wants the bandwidth of two nodes"
cat >shop.yaml <<END
version: 1
host-reserved:
  cpus: 0
instances:
  - name: cache
    cpus: 2
    memory: 96MiB
    run: ["redis-server", "--port", "7000", "--save", "", "--enable-debug-command", "yes"]
  - name: analysis
    cpus: 2
    memory: 128MiB
    numa-nodes: [0, 1]
    cpu-affinity: spread
    memory-policy: interleave
    run: ["memhog", "128", "2"]
  - name: batch
    cpus: 2
    memory: 96MiB
    numa-nodes: [3]
    memory-policy: bind
    pid: $hog
END
show "cat shop.yaml"
show "numaplace check shop.yaml"
show "numaplace plan shop.yaml"

say "Do it, as one transaction"
show "numaplace apply shop.yaml"
wait_for 30 sh -c "redis-cli -p 7000 ping >/dev/null 2>&1"
show "redis-cli -p 7000 debug populate 100000 key 300"

say "Is it so? The kernel's own page counts decide"
show "numaplace verify"
show "numaplace ps"

say "Somebody moves the batch job behind our back"
show "echo $hog >/sys/fs/cgroup/cgroup.procs"
show "taskset -ap 0x03 $hog"
show "migratepages $hog 3 0"
show_refusal 6 "numaplace verify"
show_refusal 6 "numaplace status"

say "And everything goes back to what it was"
show "numaplace rollback --force"
show "numaplace pages $hog"
show "numaplace status"
kill "$hog"
