/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Local search: see improve.h.
 *
 * What instances could gain by changing nodes is a graph: an edge from node to node is the cheapest
 * move of an instance of so many CPUs, and a further vertex stands for room that is left. A ring of
 * negative cost is a set of moves that each make room for the next one and together pay; with the
 * further vertex it is a chain that ends where room is left. Rings are found by Bellman-Ford.
 */

#include "improve.h"

#include "builder.h"
#include "construct.h"

#include <errno.h>
#include <string.h>

#define NEVER INT64_MAX

enum {
    GAIN_SHIFT = 30, /* gains are counted in 2^-10 of a unit, to fit 64 bits */
    EDGES_A_STEP = 32,
    OUSTED_MAX = 4, /* so many leave for one */
    OUST_TRIES = 8, /* cheapest options for which others may have to leave */
    SIZES_MAX = 8,  /* CPUs of those that change nodes, at most */
};

/* The cheapest move from one node to another. */
struct edge {
    int64_t gain; /* what it costs more: negative is good; NEVER */
    unsigned int demand;
    unsigned int option;
};

struct graph {
    unsigned int n; /* vertices: nodes, and the one of free room */
    unsigned int size;
    struct edge *edges; /* [from * n + to] */
    int64_t *distance;
    unsigned int *before;
    unsigned int *ring; /* its vertices in order */
    unsigned int n_ring;
};

struct improver {
    const struct improve_request *request;
    struct builder builder;
    struct graph graph;
    unsigned int *single; /* [kind * n_nodes + node]: 1 + the option with all CPUs there, 0 none */
    unsigned int n_out;   /* places that hold one who is out to make room */
    cost128 *prices;      /* scratch, by node_idx */
    struct builder_place *places; /* of those that were taken out */
    unsigned int *place_counts;
    uint64_t *place_grants;
    unsigned long limit;
};

static bool is_over(const struct improver *improver)
{
    return improver->builder.work + improver->builder.seats.work > improver->limit;
}

/* Every option of one node. */
static void index_singles(struct improver *improver)
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

static unsigned int size_of(const struct improver *improver, unsigned int demand)
{
    const struct demand *d = &improver->builder.model->demands[demand];

    return d->fixed ? 0 : d->n_cpus;
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

        if (here == graph->size && size_of(improver, demand) == here)
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

/* Rings of moves of instances with size CPUs, until there is none. */
static bool improve_size(struct improver *improver, unsigned int size, struct edge **moves)
{
    bool any = false;

    find_all_edges(improver, size);
    while (!is_over(improver) && find_ring(improver)) {
        unsigned int n = list_moves(&improver->graph, moves);
        bool made = n > 0 && make_moves(improver, moves, n);

        if (n == 0)
            break;
        after_ring(improver, moves, made);
        any |= made;
    }
    if (!any && !is_over(improver))
        offer_prices(improver);
    return any;
}

/* One instance, of any shape, to a cheaper option. */
static bool improve_one(struct improver *improver, unsigned int demand)
{
    struct builder *builder = &improver->builder;
    const struct kinds *kinds = builder->kinds;
    const struct kind *kind = &kinds->kinds[kinds->of[demand]];
    struct builder_place *place = &improver->places[0];

    if (kind->n_options == 0 || kind_option(kinds, kind, 0)->cost >= builder->cost[demand])
        return false;
    builder_take(builder, demand, place);
    for (unsigned int i = 0; i < kind->n_options; i++) {
        if (kind_option(kinds, kind, i)->cost >= place->cost)
            break;
        if (!builder_put_option(builder, demand, i))
            continue;
        if (builder->cost[demand] < place->cost)
            return true;
        builder_take(builder, demand, &improver->places[1]);
    }
    builder_put_back(builder, place);
    return false;
}

static bool improve_each(struct improver *improver)
{
    const struct improve_request *request = improver->request;
    bool any = false;

    for (unsigned int i = 0; i < request->n && !is_over(improver); i++)
        any |= improve_one(improver, request->first + i);
    return any;
}

static bool cpus_fit(const struct improver *improver, const struct option *option)
{
    const struct option_part *parts = option_parts(improver->request->kinds, option);

    for (unsigned int i = 0; i < option->n_parts; i++) {
        if (parts[i].cpus > seats_left(&improver->builder.seats, parts[i].node))
            return false;
    }
    return true;
}

/* The cheapest option for which there are CPUs now; FLOW_NEVER none. */
static cost128 cost_elsewhere(struct improver *improver, unsigned int demand)
{
    const struct kinds *kinds = improver->request->kinds;
    const struct kind *kind = &kinds->kinds[kinds->of[demand]];

    for (unsigned int i = 0; i < kind->n_options; i++) {
        const struct option *option = kind_option(kinds, kind, i);

        if (cpus_fit(improver, option)) {
            improver->builder.work += 1 + i / 4;
            return option->cost;
        }
    }
    improver->builder.work += 1 + kind->n_options / 4;
    return FLOW_NEVER;
}

/* The one on node that loses least by leaving, or n_demands. */
static unsigned int who_leaves(struct improver *improver, unsigned int node)
{
    const struct builder *builder = &improver->builder;
    unsigned int best = builder->model->n_demands;
    cost128 least = FLOW_NEVER;

    for (unsigned int i = 0; i < builder->seats.n_members[node]; i++) {
        unsigned int demand = builder->seats.members[node][i];
        cost128 elsewhere = cost_elsewhere(improver, demand);

        if (elsewhere != FLOW_NEVER && elsewhere - builder->cost[demand] < least) {
            least = elsewhere - builder->cost[demand];
            best = demand;
        }
    }
    return best;
}

/* Takes others out of the option's nodes until its CPUs fit; places hold them from the second one
 * on. How many places are taken, 0 when it is too many. */
static unsigned int make_room(struct improver *improver, const struct option *option)
{
    const struct builder *builder = &improver->builder;
    const struct option_part *parts = option_parts(improver->request->kinds, option);
    unsigned int n = 1;

    for (unsigned int i = 0; i < option->n_parts; i++) {
        while (seats_left(&builder->seats, parts[i].node) < parts[i].cpus) {
            unsigned int demand =
                n > OUSTED_MAX ? builder->model->n_demands : who_leaves(improver, parts[i].node);

            if (demand == builder->model->n_demands)
                return 0;
            builder_take(&improver->builder, demand, &improver->places[n++]);
            improver->n_out = n;
        }
    }
    return n;
}

/* Each where it is cheapest, as long as all together cost less than before. How many are in. */
static unsigned int put_ousted(struct improver *improver, unsigned int n, cost128 gain)
{
    struct builder *builder = &improver->builder;
    const struct kinds *kinds = builder->kinds;
    unsigned int in = 1;

    for (; in < n && gain > 0; in++) {
        const struct builder_place *place = &improver->places[in];
        const struct kind *kind = &kinds->kinds[kinds->of[place->demand]];
        bool put = false;

        for (unsigned int i = 0; i < kind->n_options && !put; i++) {
            const struct option *option = kind_option(kinds, kind, i);

            if (option->cost >= place->cost + gain)
                break;
            put = cpus_fit(improver, option) && builder_put_option(builder, place->demand, i);
        }
        if (!put)
            return in;
        gain += place->cost - builder->cost[place->demand];
    }
    return gain > 0 ? n : in;
}

/* What the first n places cost less now. */
static cost128 total_gain(const struct improver *improver, unsigned int n)
{
    cost128 gain = 0;

    for (unsigned int i = 0; i < n; i++)
        gain += improver->places[i].cost - improver->builder.cost[improver->places[i].demand];
    return gain;
}

/* Gives demand the option even where others have to leave for it. */
static bool oust(struct improver *improver, unsigned int demand, unsigned int option)
{
    struct builder *builder = &improver->builder;
    const struct kinds *kinds = builder->kinds;
    const struct kind *kind = &kinds->kinds[kinds->of[demand]];
    struct builder_place *spare = &improver->places[OUSTED_MAX + 1];
    unsigned int n, in = 0;

    builder_take(builder, demand, &improver->places[0]);
    improver->n_out = 1;
    n = make_room(improver, kind_option(kinds, kind, option));
    if (n > 0 && builder_put_option(builder, demand, option)) {
        cost128 gain = improver->places[0].cost - builder->cost[demand];

        in = put_ousted(improver, n, gain);
        if (in == n && total_gain(improver, n) > 0)
            return true;
    }
    for (unsigned int i = 0; i < in; i++)
        builder_take(builder, improver->places[i].demand, spare);
    for (unsigned int i = 0; i < improver->n_out; i++)
        builder_put_back(builder, &improver->places[i]);
    return false;
}

static bool oust_for(struct improver *improver, unsigned int demand)
{
    const struct builder *builder = &improver->builder;
    const struct kinds *kinds = builder->kinds;
    const struct kind *kind = &kinds->kinds[kinds->of[demand]];

    for (unsigned int i = 0; i < kind->n_options && i < OUST_TRIES; i++) {
        if (kind_option(kinds, kind, i)->cost >= builder->cost[demand])
            break;
        if (oust(improver, demand, i))
            return true;
    }
    return false;
}

static bool oust_each(struct improver *improver)
{
    const struct improve_request *request = improver->request;
    bool any = false;

    for (unsigned int i = 0; i < request->n && !is_over(improver); i++) {
        if (size_of(improver, request->first + i) > 0)
            any |= oust_for(improver, request->first + i);
    }
    return any;
}

static bool has_size(const struct improver *improver, unsigned int size)
{
    for (unsigned int i = 0; i < improver->request->n; i++) {
        if (size_of(improver, improver->request->first + i) == size)
            return true;
    }
    return false;
}

static int improve_all(struct improver *improver)
{
    autofree struct edge **moves = calloc(improver->graph.n + 1, sizeof(*moves));
    bool any = true;

    if (!moves)
        return -ENOMEM;
    while (any && !is_over(improver)) {
        any = improve_each(improver);
        for (unsigned int size = 1; size <= SIZES_MAX; size++)
            any |= has_size(improver, size) && improve_size(improver, size, moves);
        any |= oust_each(improver);
    }
    return 0;
}

static int improver_init(struct improver *improver, const struct improve_request *request)
{
    const struct model *model = request->kinds->model;
    struct graph *graph = &improver->graph;
    unsigned int n = model->n_nodes + 1, n_places = n + OUSTED_MAX + 2;
    int r = builder_init(&improver->builder, request->kinds);

    improver->request = request;
    graph->n = n;
    graph->edges = calloc((size_t)n * n, sizeof(*graph->edges));
    graph->distance = calloc(n, sizeof(*graph->distance));
    graph->before = calloc(n, sizeof(*graph->before));
    graph->ring = calloc(n + 1, sizeof(*graph->ring));
    improver->single =
        calloc((size_t)request->kinds->n_kinds * model->n_nodes + 1, sizeof(*improver->single));
    improver->prices = calloc(n, sizeof(*improver->prices));
    improver->places = calloc(n_places, sizeof(*improver->places));
    improver->place_counts = calloc((size_t)n_places * n, sizeof(*improver->place_counts));
    improver->place_grants = calloc((size_t)n_places * n, sizeof(*improver->place_grants));
    if (!graph->edges || !graph->distance || !graph->before || !graph->ring || !improver->single ||
        !improver->prices || !improver->places || !improver->place_counts ||
        !improver->place_grants)
        return -ENOMEM;
    for (unsigned int i = 0; i < n_places; i++) {
        improver->places[i].counts = &improver->place_counts[(size_t)i * n];
        improver->places[i].grants = &improver->place_grants[(size_t)i * n];
    }
    return r;
}

static void improver_fini(struct improver *improver)
{
    builder_fini(&improver->builder);
    free(improver->graph.edges);
    free(improver->graph.distance);
    free(improver->graph.before);
    free(improver->graph.ring);
    free(improver->single);
    free(improver->prices);
    free(improver->places);
    free(improver->place_counts);
    free(improver->place_grants);
}

/* The placement to begin with: false when its bytes do not lie on the cheapest nodes with room. */
static bool put_start(struct improver *improver)
{
    const struct improve_request *request = improver->request;
    unsigned int n_nodes = request->kinds->model->n_nodes;
    bool all = true;

    for (unsigned int i = 0; i < request->n && all; i++) {
        unsigned int demand = request->first + i;

        all = builder_put_counts(&improver->builder, demand,
                                 &request->start[(size_t)demand * n_nodes]);
    }
    return all;
}

int improve_run(const struct improve_request *request, struct improve_result *ret_result)
{
    struct improver improver = {0};
    bool all = false;
    int r = improver_init(&improver, request);

    if (r == 0 && request->start)
        all = put_start(&improver);
    else if (r == 0)
        r = construct(&improver.builder, request->bound, request->first, request->n, &all);
    if (r == 0 && all) {
        improver.limit = improver.builder.work + improver.builder.seats.work + request->limit;
        index_singles(&improver);
        r = improve_all(&improver);
    }
    if (r == 0)
        *ret_result = (struct improve_result){
            .counts = all ? TAKE(improver.builder.counts) : NULL,
            .work = improver.builder.work + improver.builder.seats.work,
        };
    improver_fini(&improver);
    return r;
}
