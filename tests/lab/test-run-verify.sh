# SPDX-License-Identifier: Apache-2.0
# guests: 2x4
# `run --verify` names the process whose memory or threads are elsewhere, whoever of the program's
# descendants it is, and however the program ends.
. /lab/lib.sh

fill='dd if=/dev/zero of=/dev/null bs=32M count=1 2>/dev/null'

leaves_with 0 numaplace run -m 1 --verify -- sh -c "$fill; true"
says "dd (pid "
says "in place: 32"
says " on node 1"

# A child that gives itself another policy, and a grandchild of one.
leaves_with 6 numaplace run -m 1 --verify -- sh -c "numactl -m 0 $fill; true"
says "dd (pid "
says "NOT in place"
says "the program's own policy for it names other nodes"
says "1 more process: in place"
leaves_with 6 numaplace run -m 1 --verify -- sh -c "numactl -m 0 sh -c '$fill; true'; true"
says "NOT in place"
# Its status is its own when it has one.
leaves_with 3 numaplace run -m 1 --verify -- sh -c "numactl -m 0 $fill; exit 3"
says "NOT in place"

# A child on other CPUs, in place by its memory.
leaves_with 6 numaplace run -m 1 -N 1 --verify -- sh -c "taskset -c 0 $fill; true"
says "1 of 1 threads may run outside CPUs 4-7"

# Memory that is touched after the first thread has exited.
leaves_with 0 numaplace run -m 1 -N 1 --verify -- ends late 32
says "in place: 32"
says "2 of 2 threads on CPUs 4-7"
leaves_with 6 numaplace run -m 1 --verify -- numactl -m 0 ends late 32
says "ends (pid "
says "NOT in place"

# Killed, and looked at nevertheless; numaplace hands the signal on.
numaplace run -m 1 --verify -- numactl -m 0 memhog 32 2 >hog.log 2>&1 &
wait_for 30 grep -qs ready hog.log
kill -TERM $!
status=0
wait $! || status=$?
equal "status of a program that was killed" "$status" 143
OUTPUT=$(cat hog.log)
says "memhog (pid "
says "NOT in place"

# A daemon that goes on when what started it ends.
leaves_with 6 numaplace run -m 1 --verify -- sh -c 'numactl -m 0 memhog 32 1 >daemon.log 2>&1 &
    until grep -qs ready daemon.log; do usleep 50000; done'
says ", still running): NOT in place"
PID=$(sed -n 's/^ready //p' daemon.log)
equal "tracer of the daemon" "$(sed -n 's/^TracerPid:[[:space:]]*//p' "/proc/$PID/status")" 0
kill "$PID"
