/* SPDX-License-Identifier: Apache-2.0 */
/* Placements that are made at once and then judged: by prices, and by the relaxation. */

#include "improve.h"
#include "search-private.h"

#include <errno.h>
#include <string.h>

enum {
    EXCHANGE_LIMIT = 2000000, /* of what instances gain by changing places */
    BUILDS_MAX = 1,           /* with prices */
    BOUND_ROUNDS = 50,        /* of looking for them, each time */
    GUESS_PART = 20,          /* while nothing is known, the cost is taken to be this part more */
};

/* Of all together. The load before the first depth is scratch, but for this all 0. */
static cost128 saturation_of(struct search *search, const unsigned int *counts)
{
    const struct model *model = search->model;
    uint64_t *load = search->load;
    cost128 cost;

    if (!load)
        return 0;
    for (unsigned int i = 0; i < search->n_order; i++)
        cost_traffic(model, &model->demands[search->first + i],
                     &counts[(size_t)(search->first + i) * model->n_nodes], load);
    cost = search_saturation(search, 0);
    memset(load, 0, cost_cells(model) * sizeof(*load));
    return cost;
}

/* But for memory. */
static cost128 cost_of_cpus(struct search *search, const unsigned int *counts)
{
    const struct model *model = search->model;
    cost128 cost = 0;

    for (unsigned int i = 0; i < search->n_order; i++) {
        const unsigned int *of = &counts[(size_t)(search->first + i) * model->n_nodes];

        cost += shape_cost(model, &model->demands[search->first + i], of);
    }
    return cost + saturation_of(search, counts);
}

/* A placement that was made elsewhere. 0 or -ENOMEM. */
static int judge_counts(struct search *search, const unsigned int *counts)
{
    const struct model *model = search->model;
    size_t size = (size_t)model->n_demands * model->n_nodes * sizeof(*counts);
    struct layout layout;
    int r = layout_make(model, counts, search->first, search->n_order, &layout);

    search->work += layout.steps + layout.flow.work / FLOW_STEPS;
    if (r == LAYOUT_MADE) {
        memcpy(search->counts, counts, size);
        search_keep(search, cost_of_cpus(search, counts) + layout.flow.total);
        memset(search->counts, 0, size);
    }
    layout_fini(&layout);
    return r < 0 ? r : 0;
}

int search_build(struct search *search, const unsigned int *start)
{
    struct improve_request request = {
        .kinds = &search->kinds,
        .bound = &search->bound,
        .first = search->first,
        .n = search->n_order,
        .limit = EXCHANGE_LIMIT,
        .start = start,
    };
    struct improve_result result = {0};
    int r = improve_run(&request, &result);

    search->work += result.work;
    if (r == 0 && result.counts)
        r = judge_counts(search, result.counts);
    free(result.counts);
    return r;
}

int search_build_by_prices(struct search *search)
{
    int r = search_build(search, NULL);

    for (unsigned int i = 0; r == 0 && i < BUILDS_MAX && !search_is_best(search); i++) {
        cost128 known = search->found ? search->best_cost
                                      : search->bound.value + search->bound.value / GUESS_PART + 1;

        if (search->any && search->found)
            break;
        bound_raise(&search->bound, known, BOUND_ROUNDS);
        r = search_build(search, NULL);
    }
    if (r == 0 && search->found && !search->any && !search_is_best(search))
        bound_raise(&search->bound, search->best_cost, BOUND_ROUNDS);
    return r;
}

/* The first node where those who have CPUs there by counts do not fit, n_nodes: none. */
static unsigned int crowded_node(void *data, const unsigned int *counts)
{
    struct search *search = data;
    unsigned int n_nodes = search->model->n_nodes, node = n_nodes, n = 0;

    while (node == n_nodes && n < search->n_order) {
        unsigned int d = search->first + n++;

        memcpy(search_counts(search, d), &counts[(size_t)d * n_nodes], n_nodes * sizeof(*counts));
        node = seats_take(&search->seats, d);
    }
    while (n > 0)
        search_give_back(search, search->first + --n);
    return node;
}

static int judge_branch(void *data, const unsigned int *counts, cost128 *ret_known)
{
    struct search *search = data;
    cost128 before = search->found ? search->best_cost : FLOW_NEVER;
    int r = judge_counts(search, counts);

    if (r == 0 && search->found && !search->any && search->best_cost < before)
        r = search_build(search, search->best);
    *ret_known = !search->found ? FLOW_NEVER
                 : search->any  ? 0 /* nothing has to be cheaper */
                                : search->best_cost;
    return r;
}

static void tell_branch(void *data, unsigned long work, cost128 least)
{
    struct search *search = data;

    search->least = least;
    search_tell(search, work, search_budget(search));
}

int search_branch(struct search *search, unsigned long limit)
{
    struct branch_request request = {
        .kinds = &search->kinds,
        .bound = &search->bound,
        .first = search->first,
        .n = search->n_order,
        .limit = limit,
        .crowded = crowded_node,
        .judge = judge_branch,
        .tell = tell_branch,
        .data = search,
        .known = search->found ? search->best_cost : FLOW_NEVER,
    };
    struct branch_result result = {0};
    int r = branch_run(&request, &result);

    search->work += result.work;
    search->least = result.bound;
    return r;
}
