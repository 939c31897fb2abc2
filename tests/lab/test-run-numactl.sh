# SPDX-License-Identifier: Apache-2.0
# guests: 4x2
# `numaplace run` does on four nodes what numactl does, also with a CPU that is offline; and what
# numactl does not have.
. /lab/lib.sh
. /lab/same-as-numactl.sh
NUMAPLACE=numaplace

echo "the whole machine"
same_as_numactl <<'TABLE'
-N 1
-N 1,3
-N 0-3
-N 1-2 -m same
-N all -i all
-N '!0'
-N '!1-2' -m 0
-N +1
-N +1-3
-C 3
-C 0-7
-C 1,6-7
-C '!0-3'
-C +7
-C +8
-C 8
-N 4
-N 2 -C 0
-C 0 -N 2
-c 2 -m 3
-m 2
-m 0,2-3
-m '!2'
-m '!0-3'
-m +3
-m '!+3'
-m 1-9
-m 0-3
-i 1,3
-i '!0'
-i all
-i '!all'
-p 3
-p 1,2
-p '!1-3'
-p +2
-P 1,3
-P '!0'
-l -N 3
-b -m 1,2
-b -i 1,2
-a -m 3 -C 7
-aN1 -m2
-m 1 -i 2
-m 2 -N same -C 5
-N 1 -N 2
-m 0x2
-C 010
-m netdev:lo
ours -m 1 -b
ours -C 0-7:2
ours -N 0-3,^1
refused -C 5-4
TABLE

echo "with CPU 7 offline"
echo 0 >/sys/devices/system/cpu/cpu7/online
same_as_numactl <<'TABLE'
-C 7
-C 6-7
-C 6
-C all
-C '!6'
-C '!0-6'
-N 3
-N 3 -C 7
-a -C 7
-a -C 6-7
TABLE
leaves_with 1 numaplace run -a -C 7 true
says "CPU 7 is offline"
echo 1 >/sys/devices/system/cpu/cpu7/online

echo "the kernel's files agree"
numaplace run -N 2 -m 1 -- sleep 60 &
wait_for 10 grep -q sleep /proc/$!/comm
equal "CPUs" "$(allowed_cpus $!)" 4-5
kill $!
hog bound 32 2 numaplace run -m 3
mostly_on_node "$PID" 3 99 || fail "memory is on $(anonymous_kib_by_node "$PID")"

echo "what numactl does not have"
equal "--pick 2" "$(numaplace run --pick 2 sed -n 's/^Cpus_allowed_list:\t//p' /proc/self/status)" 0-1
equal "--pick 2 of node 3" \
    "$(numaplace run --pick 2 -N 3 sed -n 's/^Cpus_allowed_list:\t//p' /proc/self/status)" 6-7
leaves_with 4 numaplace run --pick 3 --one-node true
says "no node has 3 CPUs that may be used: the largest has 2"
leaves_with 4 numaplace run -m 2 --memory 1G true
says "node 2 lacks"
says "1 GiB needed"
leaves_with 4 numaplace run -i 0-3 --memory 4G true
leaves_with 0 numaplace run -m 2 --memory 64M true
leaves_with 1 numaplace run -w 0-1 true
says "this kernel does not know weighted interleaving (Linux 6.9)"

leaves_with 0 numaplace run --verify -N 1 -m 1 sh -c 'x=$(seq 1 20000); :'
says "in place"
says "on node 1, 1 of 1 threads on CPUs 2-3"
