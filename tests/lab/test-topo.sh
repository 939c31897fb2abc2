# SPDX-License-Identifier: Apache-2.0
# guests: 2x4 4x2
# The machine as numaplace sees it, against the kernel's own files and numactl's own words.
. /lab/lib.sh

numaplace --version >/dev/null
equal "numactl's count of nodes" "$(numactl -H | sed -n 's/^available: \([0-9]*\).*/\1/p')" \
    "$(nodes | wc -l)"
