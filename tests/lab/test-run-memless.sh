# SPDX-License-Identifier: Apache-2.0
# guests: memless
# Node 1 has CPUs and no memory: numactl does not know it at all, `numaplace run -N` does.
. /lab/lib.sh
. /lab/same-as-numactl.sh
NUMAPLACE=numaplace

same_as_numactl <<'TABLE'
-m 0,2
-m 1
-m 0-2
-m all
# numactl counts nodes with memory, two, and inverts that many: nodes 0 and 1.
ours -m '!0'
-m +1
-i all
-p 2
-N 0
-N 2
-N 0,2
-N all
-C 2-3
-a -m 0
-a -m 1
-a -m 0-1
-a -N 1
-a -N 0-2
ours -N 1
ours -N 0-1
TABLE

equal "CPUs of -N 1" "$(numaplace run -N 1 sed -n 's/^Cpus_allowed_list:\t//p' /proc/self/status)" 2-3
leaves_with 1 numaplace run -m 1 true
says "--membind=1: node 1 has no memory"
