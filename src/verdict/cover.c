/* SPDX-License-Identifier: Apache-2.0 */
/* A minimum vertex cover: see cover.h. */

#include "cover.h"

#include <errno.h>
#include <string.h>

/* One part of the graph that hangs together. */
struct part {
    const struct cover_graph *graph;
    bool *yields;          /* of the whole graph */
    unsigned int *members; /* ascending */
    unsigned int n_members;
    /* Exact search: by number in members */
    uint32_t beside[COVER_EXACT_MAX]; /* neighbours */
    unsigned int fewest;
    uint64_t least_cost;
    uint32_t best;
};

static bool is_open(const struct cover_graph *graph, const bool *yields, unsigned int vertex)
{
    unsigned int other;

    if (yields[vertex])
        return false;
    hwloc_bitmap_foreach_begin(other, graph->neighbours[vertex])
    {
        if (!yields[other])
            return true;
    }
    hwloc_bitmap_foreach_end();
    return false;
}

/* Into members all that vertex leads to, over neighbours that do not yield anyway. */
static int gather(struct part *part, unsigned int vertex)
{
    autoset hwloc_bitmap_t reached = hwloc_bitmap_alloc(), waiting = hwloc_bitmap_alloc();
    unsigned int id, other;

    if (!reached || !waiting || hwloc_bitmap_set(waiting, vertex) < 0)
        return -ENOMEM;
    while (!hwloc_bitmap_iszero(waiting)) {
        id = (unsigned int)hwloc_bitmap_first(waiting);
        if (hwloc_bitmap_clr(waiting, id) < 0 || hwloc_bitmap_set(reached, id) < 0)
            return -ENOMEM;
        hwloc_bitmap_foreach_begin(other, part->graph->neighbours[id])
        {
            if (!part->yields[other] && !hwloc_bitmap_isset(reached, other) &&
                hwloc_bitmap_set(waiting, other) < 0)
                return -ENOMEM;
        }
        hwloc_bitmap_foreach_end();
    }
    part->n_members = 0;
    hwloc_bitmap_foreach_begin(id, reached)
    {
        part->members[part->n_members++] = id;
    }
    hwloc_bitmap_foreach_end();
    return 0;
}

static void put_yields(const struct part *part, uint32_t cover)
{
    for (unsigned int i = 0; i < part->n_members; i++)
        part->yields[part->members[i]] = cover >> i & 1;
}

/* A cover that is complete: is it the best so far? */
static int weigh(struct part *part, uint32_t cover, unsigned int n)
{
    const struct cover_graph *graph = part->graph;
    uint64_t cost = 0;
    int r = 0;

    put_yields(part, cover);
    if (graph->cost)
        r = graph->cost(graph->context, part->members, part->n_members, part->yields, &cost);
    if (r == 0 && (n < part->fewest || (n == part->fewest && cost < part->least_cost))) {
        part->fewest = n;
        part->least_cost = cost;
        part->best = cover;
    }
    return r;
}

/* Decides the first vertex that still disturbs another: it stays, so all its neighbours yield; then
 * it yields. In this order covers come by who stays first, so that the first of equals is kept. */
static int search(struct part *part, uint32_t cover, uint32_t stays)
{
    unsigned int n = (unsigned int)__builtin_popcount(cover);
    int r;

    if (n > part->fewest)
        return 0;
    for (unsigned int i = 0; i < part->n_members; i++) {
        uint32_t bit = UINT32_C(1) << i, open = part->beside[i] & ~cover;

        if ((cover & bit) || open == 0)
            continue;
        r = open & stays ? 0 : search(part, cover | open, stays | bit);
        return r < 0 ? r : search(part, cover | bit, stays);
    }
    return weigh(part, cover, n);
}

static int solve_exactly(struct part *part)
{
    int r;

    for (unsigned int i = 0; i < part->n_members; i++) {
        part->beside[i] = 0;
        for (unsigned int j = 0; j < part->n_members; j++) {
            if (hwloc_bitmap_isset(part->graph->neighbours[part->members[i]], part->members[j]))
                part->beside[i] |= UINT32_C(1) << j;
        }
    }
    part->fewest = part->n_members;
    part->least_cost = UINT64_MAX;
    part->best = 0;
    r = search(part, 0, 0);
    put_yields(part, part->best);
    return r;
}

static unsigned int count_open(const struct part *part, unsigned int vertex)
{
    unsigned int other, n = 0;

    hwloc_bitmap_foreach_begin(other, part->graph->neighbours[vertex])
    {
        n += part->yields[other] ? 0 : 1;
    }
    hwloc_bitmap_foreach_end();
    return n;
}

/* The last of those that disturb the most yields, until nobody is disturbed. */
static void solve_greedily(struct part *part)
{
    for (;;) {
        unsigned int most = 0, who = 0;

        for (unsigned int i = 0; i < part->n_members; i++) {
            unsigned int id = part->members[i], n = part->yields[id] ? 0 : count_open(part, id);

            if (n > 0 && n >= most) {
                most = n;
                who = id;
            }
        }
        if (most == 0)
            return;
        part->yields[who] = true;
    }
}

int cover_find(const struct cover_graph *graph, bool *yields)
{
    autofree unsigned int *members = calloc((size_t)graph->n + 1, sizeof(*members));
    struct part part = {.graph = graph, .yields = yields, .members = members};
    int r = 0;

    if (!members)
        return -ENOMEM;
    for (unsigned int i = 0; r == 0 && i < graph->n; i++) {
        if (!is_open(graph, yields, i))
            continue;
        r = gather(&part, i);
        if (r == 0 && part.n_members <= COVER_EXACT_MAX)
            r = solve_exactly(&part);
        else if (r == 0)
            solve_greedily(&part);
    }
    return r;
}
