# SPDX-License-Identifier: Apache-2.0
# guests: 2x4 2x4/v1
# with: sleep
# The unit tests of changes, which need root, and kill -9 at every step of apply and rollback, where cgroups are of
# either version and enabling cpuset is part of what is put back.
. /lab/lib.sh

control=/sys/fs/cgroup/cgroup.subtree_control
if [ -e $control ]; then
    echo -cpuset >$control
    before=$(cat $control)
fi
test-change >log 2>&1 || fail "$(grep -B3 -A3 -E "ERROR|FAILED|skipped" log | head -40)"
test-crash >log 2>&1 || fail "$(grep -B3 -A3 -E "ERROR|FAILED|skipped" log | head -40)"
grep ' steps' log
if [ -e $control ]; then
    equal "$control" "$(cat $control)" "$before"
fi
