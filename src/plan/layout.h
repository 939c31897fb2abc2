/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_LAYOUT_H
#define PLAN_LAYOUT_H

/*
 * Where the memory of several instances goes, their CPUs being chosen: bytes by node, and where
 * addresses are chosen, which. The one place that says so: the search asks it whether a choice of
 * CPUs will do, the plan is written from it.
 *
 * The cheapest bytes by node come first; then each share wants one free piece of its node. Where
 * the pieces are too small for that, the node gives less, and the bytes are dealt out again.
 */

#include "flow.h"
#include "model.h"

struct layout {
    unsigned int first; /* of these demands */
    unsigned int n;
    struct flow flow;           /* their sources, in order */
    unsigned int *first_source; /* by demand, from first on, and one more */
    struct region *regions;     /* [(demand - first) * n_nodes + node]: chosen; NULL no addresses */
    unsigned long steps;        /* of packing */
    bool proven;                /* of LAYOUT_NONE: there is none; false: it was not found */
};

enum layout_outcome {
    LAYOUT_MADE = 0,
    LAYOUT_NONE = 1,
};

/* Of n demands from first on, counts being of all. A layout_outcome or -ENOMEM. The caller calls
 * layout_fini whatever is returned. */
int layout_make(const struct model *model, const unsigned int *counts, unsigned int first,
                unsigned int n, struct layout *ret_layout);
void layout_fini(struct layout *layout);

/* What the demand has on the node. */
uint64_t layout_bytes(const struct layout *layout, unsigned int demand, unsigned int node);
/* Its memory by address, ascending: as the spec says, or as chosen. -ENOMEM. The caller frees. */
int layout_regions(const struct model *model, const struct layout *layout, unsigned int demand,
                   struct region **ret_regions, unsigned int *ret_n);

#endif
