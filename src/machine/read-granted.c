/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What of the machine is ours to use: the allowed lists of our own process, narrowed by our
 * cgroup's cpuset, version 1 or 2; and the CPUs that are isolated.
 *
 * A captured tree says what was granted to whoever captured it. One that does not say (lscpu
 * --sysroot's) grants all that is online: it is read to plan for that machine, not for a process on
 * it.
 */

#include "machine-read.h"

#include "own-cpuset.h"
#include "proc.h"

#define CGROUP_DIR "sys/fs/cgroup"

/* Kernels without NUMA have no Mems_allowed_list. */
static int read_allowed(const struct root *root, hwloc_bitmap_t cpus, hwloc_bitmap_t mems)
{
    autoset hwloc_bitmap_t allowed_cpus = NULL;
    autoset hwloc_bitmap_t allowed_mems = NULL;
    int r = proc_allowed(root, 0, &allowed_cpus, &allowed_mems);

    if (r == -ENODATA)
        r = proc_allowed(root, 0, &allowed_cpus, NULL);
    if ((allowed_cpus && hwloc_bitmap_copy(cpus, allowed_cpus) < 0) ||
        (allowed_mems && hwloc_bitmap_copy(mems, allowed_mems) < 0))
        return -ENOMEM;
    return r;
}

/* A cgroup that says nothing, or an empty set (which version 1 has until it is configured, and then
 * holds no process), does not narrow. */
static void narrow(hwloc_bitmap_t granted, hwloc_const_bitmap_t set)
{
    if (set && !hwloc_bitmap_iszero(set))
        (void)hwloc_bitmap_and(granted, granted, set); /* both are allocated already */
}

/* Both sets start infinite: "everything". The kernel leaves isolated CPUs out of the affinity that
 * every process inherits, yet whoever asks for them gets them: only a cpuset can refuse them. */
static int read_grant(const struct root *root, hwloc_const_bitmap_t isolated, hwloc_bitmap_t cpus,
                      hwloc_bitmap_t mems)
{
    struct own_cpuset cpuset;
    int r = unless_memory(read_allowed(root, cpus, mems));

    if (r == 0)
        r = own_cpuset_read(root, &cpuset);
    if (r < 0)
        return r;
    if (hwloc_bitmap_or(cpus, cpus, isolated) < 0)
        r = -ENOMEM;
    narrow(cpus, cpuset.cpus);
    narrow(mems, cpuset.mems);
    own_cpuset_fini(&cpuset);
    return r;
}

/* isolcpus= of the kernel's command line, and since 6.7 isolated cpuset partitions. */
static int read_isolated(const struct root *root, hwloc_bitmap_t isolated)
{
    static const char *const files[] = {
        "sys/devices/system/cpu/isolated",
        CGROUP_DIR "/cpuset.cpus.isolated",
    };

    for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
        autoset hwloc_bitmap_t set = NULL;
        int r = root_read_set(root, &set, "%s", files[i]);

        if (r == -ENOMEM || (r == 0 && hwloc_bitmap_or(isolated, isolated, set) < 0))
            return -ENOMEM;
    }
    return 0;
}

int read_granted(struct machine *machine, const struct root *root)
{
    autoset hwloc_bitmap_t cpus = hwloc_bitmap_alloc_full();
    autoset hwloc_bitmap_t mems = hwloc_bitmap_alloc_full();
    autoset hwloc_bitmap_t isolated = hwloc_bitmap_alloc();
    int r;

    if (!cpus || !mems || !isolated)
        return -ENOMEM;
    r = read_isolated(root, isolated);
    if (r == 0)
        r = read_grant(root, isolated, cpus, mems);
    for (unsigned int i = 0; r == 0 && i < machine->n_cpus; i++) {
        machine->cpus[i].granted = hwloc_bitmap_isset(cpus, machine->cpus[i].id) == 1;
        machine->cpus[i].isolated = hwloc_bitmap_isset(isolated, machine->cpus[i].id) == 1;
    }
    for (unsigned int i = 0; r == 0 && i < machine->n_nodes; i++)
        machine->nodes[i].granted = hwloc_bitmap_isset(mems, machine->nodes[i].id) == 1;
    return r;
}
