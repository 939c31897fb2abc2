/* SPDX-License-Identifier: Apache-2.0 */
/* Local search: see improve.h. */

#include "construct.h"
#include "improve-private.h"

#include <errno.h>
#include <string.h>

enum {
    SIZES_MAX = 8, /* CPUs of those that change nodes in chains and rings, at most */
};

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

    for (unsigned int i = 0; i < request->n && !improver_is_over(improver); i++)
        any |= improve_one(improver, request->first + i);
    return any;
}

static bool has_size(const struct improver *improver, unsigned int size)
{
    for (unsigned int i = 0; i < improver->request->n; i++) {
        if (improver_size(improver, improver->request->first + i) == size)
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
    while (any && !improver_is_over(improver)) {
        any = improve_each(improver);
        for (unsigned int size = 1; size <= SIZES_MAX; size++)
            any |= has_size(improver, size) && improve_rings(improver, size, moves);
        any |= improve_ousting(improver);
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
        improve_index(&improver);
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
