/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VERDICT_COVER_H
#define VERDICT_COVER_H

/*
 * Who yields, where some cannot stand beside others: the fewest that have to, which is a minimum
 * vertex cover of the graph of who disturbs whom. It knows nothing of what they are.
 */

#include "mem.h"

#include <stdbool.h>
#include <stdint.h>

/* Parts of the graph that hang together are solved exactly up to this many vertices, by branch and
 * bound. Beyond, whoever disturbs the most yields first, which may be more than the fewest: the
 * exact answer takes time that doubles with every few vertices. */
#define COVER_EXACT_MAX 24u

/* Of several sets of the fewest, that with the least cost is taken; of those, that in which the
 * first vertex in which they differ stays. -ENOMEM. */
typedef int (*cover_cost)(const void *context, const unsigned int *members, unsigned int n_members,
                          const bool *yields, uint64_t *ret_cost);

struct cover_graph {
    unsigned int n;
    const hwloc_bitmap_t *neighbours; /* of each vertex; symmetric, and none is its own */
    cover_cost cost;                  /* of members, a part that hangs together; NULL: 0 */
    const void *context;
};

/* yields is by vertex, true for those that yield anyway and then for all that do. -ENOMEM. */
int cover_find(const struct cover_graph *graph, bool *yields);

#endif
