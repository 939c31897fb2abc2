/* SPDX-License-Identifier: Apache-2.0 */
/* A placement that is being made: see builder.h. */

#include "builder.h"

#include <errno.h>
#include <string.h>

int builder_init(struct builder *builder, const struct kinds *kinds)
{
    const struct model *model = kinds->model;
    size_t cells = (size_t)model->n_demands * model->n_nodes;
    int r;

    *builder = (struct builder){.model = model, .kinds = kinds};
    builder->counts = calloc(cells + 1, sizeof(*builder->counts));
    builder->grants = calloc(cells + 1, sizeof(*builder->grants));
    builder->room = calloc(model->n_nodes + 1, sizeof(*builder->room));
    builder->cost = calloc(model->n_demands + 1, sizeof(*builder->cost));
    builder->option = calloc(model->n_demands + 1, sizeof(*builder->option));
    r = sources_init(&builder->sources, model);
    if (!builder->counts || !builder->grants || !builder->room || !builder->cost ||
        !builder->option)
        r = -ENOMEM;
    for (unsigned int i = 0; r == 0 && i < model->n_nodes; i++)
        builder->room[i] = model->nodes[i].bytes;
    return r < 0 ? r : seats_init(&builder->seats, model, builder->counts);
}

void builder_fini(struct builder *builder)
{
    free(builder->counts);
    free(builder->grants);
    free(builder->room);
    free(builder->cost);
    free(builder->option);
    seats_fini(&builder->seats);
    sources_fini(&builder->sources);
    *builder = (struct builder){0};
}

static unsigned int *counts_of(struct builder *builder, unsigned int demand)
{
    return &builder->counts[(size_t)demand * builder->model->n_nodes];
}

static uint64_t *grants_of(struct builder *builder, unsigned int demand)
{
    return &builder->grants[(size_t)demand * builder->model->n_nodes];
}

/* The cheapest node with room, of equal ones that with most, or the number of nodes. */
static unsigned int cheapest_node(const struct builder *builder, const struct source *source)
{
    unsigned int best = builder->model->n_nodes;

    if (source->only >= 0)
        return builder->room[source->only] > 0 && source->per_byte[source->only] != FLOW_NEVER
                   ? (unsigned int)source->only
                   : best;
    for (unsigned int i = 0; i < builder->model->n_nodes; i++) {
        if (builder->room[i] == 0 || source->per_byte[i] == FLOW_NEVER)
            continue;
        if (best == builder->model->n_nodes || source->per_byte[i] < source->per_byte[best] ||
            (source->per_byte[i] == source->per_byte[best] &&
             builder->room[i] > builder->room[best]))
            best = i;
    }
    return best;
}

static void free_bytes(struct builder *builder, unsigned int demand)
{
    uint64_t *grants = grants_of(builder, demand);

    for (unsigned int i = 0; i < builder->model->n_nodes; i++) {
        builder->room[i] += grants[i];
        grants[i] = 0;
    }
}

/* Adds what they cost; false: no room for all. */
static bool grant_bytes(struct builder *builder, unsigned int demand)
{
    const struct model *model = builder->model;
    uint64_t *grants = grants_of(builder, demand);

    memory_sources(model, &model->demands[demand], counts_of(builder, demand), &builder->sources);
    for (unsigned int i = 0; i < builder->sources.n_sources; i++) {
        const struct source *source = &builder->sources.sources[i];

        for (uint64_t left = source->bytes; left > 0;) {
            unsigned int node = cheapest_node(builder, source);
            uint64_t take;

            if (node == model->n_nodes)
                return false;
            take = builder->room[node] < left ? builder->room[node] : left;
            grants[node] += take;
            builder->room[node] -= take;
            builder->cost[demand] += source->per_byte[node] * (cost128)take;
            left -= take;
        }
    }
    return true;
}

/* Its counts are written. */
static bool put(struct builder *builder, unsigned int demand, unsigned int option)
{
    const struct model *model = builder->model;

    builder->work += 1 + model->n_nodes / 8;
    builder->option[demand] = option;
    if (seats_take(&builder->seats, demand) == model->n_nodes) {
        builder->cost[demand] =
            shape_cost(model, &model->demands[demand], counts_of(builder, demand));
        if (grant_bytes(builder, demand))
            return true;
        free_bytes(builder, demand);
    }
    seats_leave(&builder->seats, demand);
    memset(counts_of(builder, demand), 0, model->n_nodes * sizeof(*builder->counts));
    return false;
}

bool builder_put_option(struct builder *builder, unsigned int demand, unsigned int option)
{
    const struct kinds *kinds = builder->kinds;
    const struct kind *kind = &kinds->kinds[kinds->of[demand]];
    const struct demand *d = &builder->model->demands[demand];

    if (d->fixed)
        memcpy(counts_of(builder, demand), d->fixed,
               builder->model->n_nodes * sizeof(*builder->counts));
    else
        option_counts(kinds, kind_option(kinds, kind, option), counts_of(builder, demand));
    return put(builder, demand, option);
}

bool builder_put_counts(struct builder *builder, unsigned int demand, const unsigned int *counts)
{
    memcpy(counts_of(builder, demand), counts, builder->model->n_nodes * sizeof(*counts));
    return put(builder, demand, NO_OPTION);
}

void builder_take(struct builder *builder, unsigned int demand, struct builder_place *ret_place)
{
    unsigned int n = builder->model->n_nodes;

    ret_place->demand = demand;
    ret_place->option = builder->option[demand];
    ret_place->cost = builder->cost[demand];
    memcpy(ret_place->counts, counts_of(builder, demand), n * sizeof(*ret_place->counts));
    memcpy(ret_place->grants, grants_of(builder, demand), n * sizeof(*ret_place->grants));
    seats_leave(&builder->seats, demand);
    free_bytes(builder, demand);
    memset(counts_of(builder, demand), 0, n * sizeof(*builder->counts));
}

void builder_put_back(struct builder *builder, const struct builder_place *place)
{
    unsigned int n = builder->model->n_nodes, demand = place->demand;

    memcpy(counts_of(builder, demand), place->counts, n * sizeof(*place->counts));
    memcpy(grants_of(builder, demand), place->grants, n * sizeof(*place->grants));
    for (unsigned int i = 0; i < n; i++)
        builder->room[i] -= place->grants[i];
    builder->cost[demand] = place->cost;
    builder->option[demand] = place->option;
    (void)seats_take(&builder->seats, demand); /* it sat there before */
}
