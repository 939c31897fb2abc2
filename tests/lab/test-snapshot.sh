# SPDX-License-Identifier: Apache-2.0
# guests: 2x4 smt hmat memless offline sparse nic huge
# A captured machine is the machine: everything but what changes by itself is told the same from
# the capture as live.
. /lab/lib.sh

topo() { # FILE OPTION...
    local file=$1
    shift
    # free memory changes, and a capture does not say which process asks
    numaplace topo --json "$@" | json_paths |
        grep -vE '^(source|live|.*\.free_bytes|settings\.irqbalance) ' >"$file"
}

topo live
[ "$(wc -l <live)" -gt 50 ] || fail "hardly anything to compare: $(cat live)"
numaplace snapshot machine.tar.gz
topo captured --from machine.tar.gz
cmp -s live captured || fail "captured: $(diff live captured)"

numaplace snapshot directory
topo captured --from directory
cmp -s live captured || fail "captured as a directory: $(diff live captured)"

numaplace snapshot - >machine.tar
topo captured --from machine.tar
cmp -s live captured || fail "captured as a .tar: $(diff live captured)"
