# SPDX-License-Identifier: Apache-2.0
# guests: 4x2
# `numaplace run` in a cpuset does what numactl does there, and says why where numactl only refuses.
. /lab/lib.sh

echo "in a cpuset of CPUs 2-5 and nodes 1-2"
group=/sys/fs/cgroup/numaplace-run
mkdir $group
echo 2-5 >$group/cpuset.cpus
echo 1-2 >$group/cpuset.mems
in_group() { # COMMAND...
    sh -c "echo \$\$ >$group/cgroup.procs && exec \"\$@\"" sh "$@"
}
cat >narrow.sh <<'EOF2'
. /lab/same-as-numactl.sh
NUMAPLACE=numaplace
same_as_numactl <<'TABLE'
-m 1
-m 1,2
-m 0
-m 0,1
-m 0-2
-m 1-2
-m all
-m +0
-m +1
-m +2
-m '!1'
-m '!0'
-i all
-i '!2'
-p 2
-p 3
# numactl looks whether the kernel has this policy by trying it with node 0, which is not granted.
ours -P 1
ours -P 1,2
ours -P all
-N 1
-N all
-N +0
-C 2
-C 2-5
-C 0
-C 0-3
-C all
-C +3
-C +4
-C '!2'
-C '!0'
-a -C 2-3
-a -C 0-3
-a -C 0-1
-a -m 0
-a -m 1
-a -m 0-1
-a -N 2
-a -N 1-3
-a -i all
-a -N 0
# Node 0's memory is not granted, which -N does not ask for; its CPUs are not either.
-N 0
# Some of its CPUs are: numactl looks at memory only.
ours -N 0-1
TABLE
EOF2
in_group sh narrow.sh

echo "and it says why"
leaves_with 1 in_group numaplace run -m 3 true
says "--membind=3: node 3 is not granted to this process (granted: 1-2) by Mems_allowed_list in"
says "cpuset /numaplace-run"
leaves_with 1 in_group numaplace run -C 0,9 true
says "CPU 9 does not exist (the machine has 0-7)"
says "CPU 0 is not granted to this process (granted: 2-5) by Cpus_allowed_list"
leaves_with 0 in_group numaplace run -a -C 1-2 true
says "runs on the other CPUs: CPU 1 is not granted"
leaves_with 1 in_group numaplace run -a -m 0 true
says "cannot place memory: node 0 is not granted"
rmdir $group
