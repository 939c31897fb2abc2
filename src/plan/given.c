/* SPDX-License-Identifier: Apache-2.0 */
/* The CPUs are chosen; the rest follows: see given.h. */

#include "given.h"

#include "memory.h"
#include "move.h"
#include "seats.h"
#include "shapes.h"

#include <errno.h>
#include <stdlib.h>

static const unsigned int *counts_of(const struct model *model, const unsigned int *counts,
                                     unsigned int demand)
{
    return &counts[(size_t)demand * model->n_nodes];
}

/* 1: each has its CPUs, as its smt rule wants them; 0: not; or -ENOMEM. */
static int have_cpus(const struct model *model, const unsigned int *counts)
{
    struct seats seats;
    int r = seats_init(&seats, model, counts);
    bool fit = true;

    for (unsigned int i = 0; r == 0 && fit && i < model->n_demands; i++)
        fit = seats_take(&seats, i) == model->n_nodes;
    seats_fini(&seats);
    return r < 0 ? r : fit;
}

/* By cell, of all in the layout but one, or (-1) of all. NULL: out of memory. The caller frees. */
static uint64_t *add_traffic(const struct model *model, const unsigned int *counts,
                             const struct layout *layout, int except)
{
    uint64_t *load = calloc(cost_cells(model) + 1, sizeof(*load));

    for (unsigned int i = layout->first; load && i < layout->first + layout->n; i++) {
        if ((int)i != except)
            cost_traffic(model, &model->demands[i], counts_of(model, counts, i), load);
    }
    return load;
}

static int sum_up(const struct model *model, const unsigned int *counts, struct given *given)
{
    autofree uint64_t *load = add_traffic(model, counts, &given->layout, -1);

    if (!load)
        return -ENOMEM;
    given->cost = cost_saturation(model, load) + given->layout.flow.total;
    for (unsigned int i = 0; i < model->n_demands; i++)
        given->cost += shape_cost(model, &model->demands[i], counts_of(model, counts, i));
    return 0;
}

int given_judge(const struct model *model, const unsigned int *counts, struct given *ret_given)
{
    int r = have_cpus(model, counts);

    *ret_given = (struct given){.proven = true};
    if (r <= 0)
        return r;
    r = layout_make(model, counts, 0, model->n_demands, &ret_given->layout);
    if (r < 0)
        return r;
    ret_given->possible = r == LAYOUT_MADE;
    ret_given->proven = ret_given->possible || ret_given->layout.proven;
    return ret_given->possible ? sum_up(model, counts, ret_given) : 0;
}

void given_fini(struct given *given)
{
    layout_fini(&given->layout);
}

int64_t own_cost_sum(const struct own_cost *own)
{
    return cost_terms_sum(&own->terms) + own->saturation + own->moving;
}

/* Of its bytes, which are not 0: by source and node they are at bytes. */
static void add_memory_terms(const struct model *model, const struct demand *demand,
                             const unsigned int *counts, const struct sources *sources,
                             const uint64_t *bytes, struct cost_terms *terms)
{
    cost128 access = 0, preference = 0;

    for (unsigned int i = 0; i < sources->n_sources; i++) {
        for (unsigned int n = 0; n < model->n_nodes; n++, bytes++) {
            struct cost_terms per_byte;

            if (*bytes == 0)
                continue;
            per_byte = cost_bytes_terms(model, demand, counts, sources->sources[i].from, n);
            access += (cost128)*bytes * per_byte.access;
            preference += (cost128)*bytes * per_byte.preference;
        }
    }
    terms->access += (int64_t)(access / (cost128)demand->bytes);
    terms->preference += (int64_t)(preference / (cost128)demand->bytes);
}

static int memory_cost(const struct model *model, const unsigned int *counts,
                       const struct layout *layout, unsigned int d, struct own_cost *own)
{
    const struct demand *demand = &model->demands[d];
    const uint64_t *bytes =
        &layout->flow.bytes[(size_t)layout->first_source[d - layout->first] * model->n_nodes];
    struct sources sources;
    int r = sources_init(&sources, model);

    if (r < 0)
        return r;
    memory_sources(model, demand, counts, &sources);
    if (demand->bytes > 0)
        add_memory_terms(model, demand, counts, &sources, bytes, &own->terms);
    own->moving = (int64_t)(move_paid_by(model, demand, counts, &sources, bytes) >> COST_SHIFT);
    sources_fini(&sources);
    return 0;
}

/* With all, less with all but this one. */
static int saturation_of(const struct model *model, const unsigned int *counts,
                         const struct layout *layout, unsigned int d, int64_t *ret_saturation)
{
    autofree uint64_t *load = add_traffic(model, counts, layout, (int)d);
    cost128 without;

    if (!load)
        return -ENOMEM;
    without = cost_saturation(model, load);
    cost_traffic(model, &model->demands[d], counts_of(model, counts, d), load);
    *ret_saturation = (int64_t)((cost_saturation(model, load) - without) >> COST_SHIFT);
    return 0;
}

/* All but saturation. */
static int terms_and_moving(const struct model *model, const unsigned int *counts,
                            const struct layout *layout, unsigned int demand,
                            struct own_cost *ret_own)
{
    const unsigned int *its = counts_of(model, counts, demand);

    *ret_own = (struct own_cost){.terms = cost_cpus_terms(model, &model->demands[demand], its)};
    return memory_cost(model, its, layout, demand, ret_own);
}

int given_terms(const struct model *model, const unsigned int *counts, const struct layout *layout,
                unsigned int demand, struct cost_terms *ret_terms)
{
    struct own_cost own;
    int r = terms_and_moving(model, counts, layout, demand, &own);

    if (r == 0)
        *ret_terms = own.terms;
    return r;
}

int given_own_cost(const struct model *model, const unsigned int *counts,
                   const struct layout *layout, unsigned int demand, struct own_cost *ret_own)
{
    struct own_cost own;
    int r = terms_and_moving(model, counts, layout, demand, &own);

    if (r == 0)
        r = saturation_of(model, counts, layout, demand, &own.saturation);
    if (r == 0)
        *ret_own = own;
    return r;
}
