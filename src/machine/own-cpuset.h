/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MACHINE_OWN_CPUSET_H
#define MACHINE_OWN_CPUSET_H

/* What our own cgroup's cpuset grants, on version 1 and 2. */

#include "root.h"

struct own_cpuset {
    int version;         /* which one has the controller: 1, 2, 0 none, -1 unknown */
    hwloc_bitmap_t cpus; /* effective ones; NULL unknown */
    hwloc_bitmap_t mems;
};

/* Only -ENOMEM fails. */
int own_cpuset_read(const struct root *root, struct own_cpuset *ret_cpuset);
void own_cpuset_fini(struct own_cpuset *cpuset);

/* The directory of the tree's top cgroup, and the files in it, by version 1 or 2. */
const char *own_cpuset_mount(int version);
const char *own_cpuset_cpus_file(int version);
const char *own_cpuset_mems_file(int version);

#endif
