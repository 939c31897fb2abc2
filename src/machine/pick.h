/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MACHINE_PICK_H
#define MACHINE_PICK_H

/*
 * Choosing a few CPUs for one program without a placement file: `run --pick`, `topo pick`. Nothing
 * is known of other programs; the planner is for that. On as few nodes as possible, nearest to
 * where it should be near, one CPU of each core before its SMT siblings, cores of one LLC together
 * (the tightest LLC that holds all, else the largest first).
 */

#include "machine.h"

struct pick_request {
    unsigned int n_cpus; /* at least 1 */
    bool one_node;
    bool isolated;               /* isolated CPUs too: whoever isolated them wants to be asked */
    int near_node;               /* kernel id, -1: anywhere */
    hwloc_const_bitmap_t within; /* NULL: all usable CPUs */
};

/* The machine must have been read with MACHINE_TOPOLOGY. The same machine and request give the same
 * CPUs. -ENOSPC with the reason and what would fit. The caller frees *ret_cpus. */
int pick_cpus(const struct machine *machine, const struct pick_request *request,
              hwloc_bitmap_t *ret_cpus, struct np_error *err);

/* The node of candidates that is nearest to node: itself if it is one, else by distance, the lowest
 * id among equals. -1 when there is none. */
int pick_nearest_node(const struct machine *machine, unsigned int node,
                      hwloc_const_bitmap_t candidates);

#endif
