/* SPDX-License-Identifier: Apache-2.0 */
/* The system calls. See numa-calls.h for why there is one file of them. */

#include "numa-calls.h"

#include <errno.h>
#include <sys/syscall.h>

/* The kernel refuses more than a page of node bits; no kernel has more than 1024 nodes. */
#define NODE_BITS 1024
#define BITS_PER_ULONG (8 * sizeof(unsigned long))
#define NODE_WORDS (NODE_BITS / BITS_PER_ULONG)
/* The kernel takes one off before it counts bits, hence one more (mm/mempolicy.c, get_nodes). */
#define MAXNODE (NODE_BITS + 1)

int numa_set_mempolicy(int mode, hwloc_const_bitmap_t nodes)
{
    unsigned long words[NODE_WORDS], *mask = NULL, maxnode = 0; /* how "no nodes" is said */

    if (nodes && !hwloc_bitmap_iszero(nodes)) {
        if (hwloc_bitmap_last(nodes) >= NODE_BITS ||
            hwloc_bitmap_to_ulongs(nodes, NODE_WORDS, words) < 0)
            return -EINVAL;
        mask = words;
        maxnode = MAXNODE;
    }
    return syscall(SYS_set_mempolicy, mode, mask, maxnode) < 0 ? -errno : 0;
}

int numa_get_mempolicy(int *ret_mode, hwloc_bitmap_t *ret_nodes)
{
    unsigned long words[NODE_WORDS] = {0};
    hwloc_bitmap_t nodes;
    int mode;

    if (syscall(SYS_get_mempolicy, &mode, words, (unsigned long)MAXNODE, NULL, 0UL) < 0)
        return -errno;
    nodes = hwloc_bitmap_alloc();
    if (!nodes || hwloc_bitmap_from_ulongs(nodes, NODE_WORDS, words) < 0) {
        hwloc_bitmap_free(nodes);
        return -ENOMEM;
    }
    *ret_mode = mode;
    *ret_nodes = nodes;
    return 0;
}

int numa_get_next_node(unsigned int *ret_node)
{
    int node;

    if (syscall(SYS_get_mempolicy, &node, NULL, 0UL, NULL, (unsigned long)MPOL_F_NODE) < 0)
        return -errno;
    *ret_node = (unsigned int)node;
    return 0;
}

/* The kernel takes masks of any length on the way in and wants room for all its CPUs on the way
 * out. */
#define CPU_WORDS (65536 / BITS_PER_ULONG)

int numa_set_affinity(pid_t tid, hwloc_const_bitmap_t cpus)
{
    unsigned long words[CPU_WORDS];

    if (hwloc_bitmap_to_ulongs(cpus, CPU_WORDS, words) < 0)
        return -EINVAL;
    return syscall(SYS_sched_setaffinity, tid, sizeof(words), words) < 0 ? -errno : 0;
}

int numa_get_affinity(pid_t tid, hwloc_bitmap_t *ret_cpus)
{
    unsigned long words[CPU_WORDS] = {0};
    hwloc_bitmap_t cpus;

    if (syscall(SYS_sched_getaffinity, tid, sizeof(words), words) < 0)
        return -errno;
    cpus = hwloc_bitmap_alloc();
    if (!cpus || hwloc_bitmap_from_ulongs(cpus, CPU_WORDS, words) < 0) {
        hwloc_bitmap_free(cpus);
        return -ENOMEM;
    }
    *ret_cpus = cpus;
    return 0;
}

int numa_move_pages(pid_t pid, unsigned long count, void **pages, const int *nodes, int *status,
                    long *ret_left)
{
    long left = syscall(SYS_move_pages, pid, count, pages, nodes, status, MPOL_MF_MOVE);

    if (left < 0)
        return -errno;
    *ret_left = left;
    return 0;
}

int numa_move_shared_pages(pid_t pid, unsigned long count, void **pages, const int *nodes,
                           int *status)
{
    long left = syscall(SYS_move_pages, pid, count, pages, nodes, status, MPOL_MF_MOVE_ALL);

    return left < 0 ? -errno : 0;
}
