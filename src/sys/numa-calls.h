/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYS_NUMA_CALLS_H
#define SYS_NUMA_CALLS_H

/*
 * Every memory policy, affinity and page migration system call of the project.
 *
 * The one idea is the one maxnode rule: the kernel takes the number of bits plus one and reads one
 * bit less than it is told, so masks are always made here, from an hwloc bitmap, and nowhere else.
 * We make the calls ourselves rather than through libnuma: its constructor reads sysfs in every
 * process that links it, which a library that lives in other people's processes must not do to
 * them.
 *
 * All return 0 (or the named outcome) or a negative errno as the kernel gave it.
 */

#include "mem.h"

#include <linux/mempolicy.h>
#include <sys/types.h>

#ifndef MPOL_PREFERRED_MANY
#define MPOL_PREFERRED_MANY 5 /* Linux 5.15 */
#endif
#define NUMA_MPOL_WEIGHTED_INTERLEAVE 6 /* Linux 6.9; newer than the headers of Debian 12 */

/* set_mempolicy(2) of the calling thread. nodes NULL or empty for MPOL_DEFAULT and MPOL_LOCAL. */
int numa_set_mempolicy(int mode, hwloc_const_bitmap_t nodes);
/* get_mempolicy(2) of the calling thread. *ret_nodes is the caller's. */
int numa_get_mempolicy(int *ret_mode, hwloc_bitmap_t *ret_nodes);
/* With an interleaving policy: the node that the calling thread's next page comes from. -EINVAL
 * with others. */
int numa_get_next_node(unsigned int *ret_node);

/* sched_{set,get}affinity(2) of one thread; 0 is the calling one. */
int numa_set_affinity(pid_t tid, hwloc_const_bitmap_t cpus);
int numa_get_affinity(pid_t tid, hwloc_bitmap_t *ret_cpus);

/* move_pages(2) for count pages of pid; nodes NULL only asks. status[i] is the page's node or a
 * negative errno. *ret_left is the number of pages that were not moved. */
int numa_move_pages(pid_t pid, unsigned long count, void **pages, const int *nodes, int *status,
                    long *ret_left);
/* The same, and pages that other processes map too are moved. -EPERM without CAP_SYS_NICE. */
int numa_move_shared_pages(pid_t pid, unsigned long count, void **pages, const int *nodes,
                           int *status);

#endif
