/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CHANGE_OWN_MEMORY_H
#define CHANGE_OWN_MEMORY_H

/* What a process has arranged for its memory that placing it from outside does not carry over. */

#include "root.h"

#include <stdbool.h>

struct own_memory {
    bool policy;         /* it, or a mapping of it, has another policy than the default */
    uint64_t huge_bytes; /* in pages of hugetlbfs that are not on the given nodes */
};

/* -ESRCH, -EACCES or -EPERM: its numa_maps cannot be read. */
int own_memory_read(const struct root *root, pid_t pid, hwloc_const_bitmap_t nodes,
                    struct own_memory *ret_own);

#endif
