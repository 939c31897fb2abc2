/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Chains and rings of moves.
 *
 * What instances could gain by changing nodes is a graph: an edge from node to node is the cheapest
 * move of an instance of so many CPUs, and a further vertex stands for room that is left. A ring of
 * negative cost is a set of moves that each make room for the next one and together pay; with the
 * further vertex it is a chain that ends where room is left. Rings are found by Bellman-Ford.
 */

#include "improve-private.h"

#define NEVER INT64_MAX

enum {
    GAIN_SHIFT = 30, /* gains are counted in 2^-10 of a unit, to fit 64 bits */
    EDGES_A_STEP = 32,
};

void improve_index(struct improver *improver)
{
    const struct kinds *kinds = improver->request->kinds;

    for (unsigned int k = 0; k < kinds->n_kinds; k++) {
        const struct kind *kind = &kinds->kinds[k];

        for (unsigned int i = 0; i < kind->n_options; i++) {
            const struct option *option = kind_option(kinds, kind, i);
            const struct option_part *parts = option_parts(kinds, option);

            for (unsigned int j = 0; option->n_nodes == 1 && j < option->n_parts; j++) {
                if (parts[j].cpus > 0)
                    improver->single[(size_t)k * kinds->model->n_nodes + parts[j].node] = i + 1;
            }
        }
    }
}

/* Where demand, which is alone on from, could go. */
static void add_edges(struct improver *improver, unsigned int from, unsigned int demand)
{
    const struct builder *builder = &improver->builder;
    const struct kinds *kinds = builder->kinds;
    const struct kind *kind = &kinds->kinds[kinds->of[demand]];
    const unsigned int *single =
        &improver->single[(size_t)kinds->of[demand] * builder->model->n_nodes];
    struct edge *edges = &improver->graph.edges[(size_t)from * improver->graph.n];

    for (unsigned int to = 0; to < builder->model->n_nodes; to++) {
        int64_t gain;

        if (to == from || single[to] == 0)
            continue;
        gain = (int64_t)((kind_option(kinds, kind, single[to] - 1)->cost - builder->cost[demand]) >>
                         GAIN_SHIFT);
        if (gain < edges[to].gain)
            edges[to] = (struct edge){gain, demand, single[to] - 1};
    }
}

static void find_edges(struct improver *improver, unsigned int from)
{
    struct builder *builder = &improver->builder;
    struct graph *graph = &improver->graph;

    for (unsigned int to = 0; to < graph->n; to++)
        graph->edges[(size_t)from * graph->n + to].gain = NEVER;
    for (unsigned int i = 0; i < builder->seats.n_members[from]; i++) {
        unsigned int demand = builder->seats.members[from][i];
        unsigned int here = builder->counts[(size_t)demand * builder->model->n_nodes + from];

        if (here == graph->size && improver_size(improver, demand) == here)
            add_edges(improver, from, demand);
    }
    if (seats_left(&builder->seats, from) >= graph->size)
        graph->edges[(size_t)from * graph->n + graph->n - 1].gain = 0;
    builder->work += (1 + builder->seats.n_members[from]) * graph->n / EDGES_A_STEP;
}

static void find_all_edges(struct improver *improver, unsigned int size)
{
    struct graph *graph = &improver->graph;

    graph->size = size;
    for (unsigned int i = 0; i + 1 < graph->n; i++)
        find_edges(improver, i);
    for (unsigned int i = 0; i < graph->n; i++)
        graph->edges[(size_t)(graph->n - 1) * graph->n + i].gain = i + 1 < graph->n ? 0 : NEVER;
}

static bool relax(struct graph *graph)
{
    bool shorter = false;

    for (unsigned int from = 0; from < graph->n; from++) {
        const struct edge *edges = &graph->edges[(size_t)from * graph->n];

        for (unsigned int to = 0; to < graph->n; to++) {
            if (edges[to].gain == NEVER ||
                graph->distance[from] + edges[to].gain >= graph->distance[to])
                continue;
            graph->distance[to] = graph->distance[from] + edges[to].gain;
            graph->before[to] = from;
            shorter = true;
        }
    }
    return shorter;
}

/* Follows the way back from each vertex; one that is met twice is on a ring. */
static bool has_ring(struct graph *graph)
{
    for (unsigned int start = 0; start < graph->n; start++) {
        unsigned int at = start;

        for (unsigned int i = 0; i < graph->n && at < graph->n; i++)
            at = graph->before[at];
        if (at >= graph->n)
            continue;
        graph->n_ring = 0;
        for (unsigned int v = at; graph->n_ring == 0 || v != at; v = graph->before[v])
            graph->ring[graph->n_ring++] = v;
        return true;
    }
    return false;
}

static bool find_ring(struct improver *improver)
{
    struct graph *graph = &improver->graph;

    for (unsigned int i = 0; i < graph->n; i++) {
        graph->distance[i] = 0;
        graph->before[i] = graph->n;
    }
    for (unsigned int round = 0; round <= graph->n && relax(graph); round++) {
        improver->builder.work += (unsigned long)graph->n * graph->n / EDGES_A_STEP;
        if (has_ring(graph))
            return true;
    }
    return false;
}

/* The moves of the ring, which is told backwards. */
static unsigned int list_moves(const struct graph *graph, struct edge **moves)
{
    unsigned int n = 0;

    for (unsigned int i = 0; i < graph->n_ring; i++) {
        unsigned int to = graph->ring[i], from = graph->ring[(i + 1) % graph->n_ring];

        if (from != graph->n - 1 && to != graph->n - 1)
            moves[n++] = &graph->edges[(size_t)from * graph->n + to];
    }
    return n;
}

static void take_out(struct improver *improver, struct edge *const *moves, unsigned int n)
{
    for (unsigned int i = 0; i < n; i++)
        builder_take(&improver->builder, moves[i]->demand, &improver->places[i]);
}

static void put_back(struct improver *improver, struct edge *const *moves, unsigned int n_in,
                     unsigned int n)
{
    struct builder_place *spare = &improver->places[improver->graph.n];

    for (unsigned int i = 0; i < n_in; i++)
        builder_take(&improver->builder, moves[i]->demand, spare);
    for (unsigned int i = 0; i < n; i++)
        builder_put_back(&improver->builder, &improver->places[i]);
}

/* Makes the moves if they can all be made and pay. */
static bool make_moves(struct improver *improver, struct edge *const *moves, unsigned int n)
{
    struct builder *builder = &improver->builder;
    cost128 gain = 0;
    unsigned int in = 0;

    take_out(improver, moves, n);
    while (in < n && builder_put_option(builder, moves[in]->demand, moves[in]->option)) {
        gain += improver->places[in].cost - builder->cost[moves[in]->demand];
        in++;
    }
    if (in == n && gain > 0)
        return true;
    put_back(improver, moves, in, n);
    return false;
}

/* Of a ring that failed, the first move is not tried again; else the nodes are looked at anew. */
static void after_ring(struct improver *improver, struct edge *const *moves, bool made)
{
    struct graph *graph = &improver->graph;

    if (!made) {
        moves[0]->gain = NEVER;
        return;
    }
    for (unsigned int i = 0; i < graph->n_ring; i++) {
        if (graph->ring[i] + 1 < graph->n)
            find_edges(improver, graph->ring[i]);
    }
}

/* No ring is left: how far a vertex is from that of free room is what a place there is worth to the
 * others. With one size only, and room for all memory, such prices are the best that there are. */
static void offer_prices(struct improver *improver)
{
    const struct graph *graph = &improver->graph;

    for (unsigned int i = 0; i + 1 < graph->n; i++)
        improver->prices[i] = ((cost128)-graph->distance[i] << GAIN_SHIFT) / graph->size;
    bound_offer_cpus(improver->request->bound, improver->prices);
}

bool improve_rings(struct improver *improver, unsigned int size, struct edge **moves)
{
    bool any = false;

    find_all_edges(improver, size);
    while (!improver_is_over(improver) && find_ring(improver)) {
        unsigned int n = list_moves(&improver->graph, moves);
        bool made = n > 0 && make_moves(improver, moves, n);

        if (n == 0)
            break;
        after_ring(improver, moves, made);
        any |= made;
    }
    if (!any && !improver_is_over(improver))
        offer_prices(improver);
    return any;
}
