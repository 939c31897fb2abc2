/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In which order the ways to a placement are tried: see search.h.
 *
 * What is small is decided by a first descent. Else a placement is built and improved, and branches
 * over the relaxation close in on the cheapest one. Beyond that size what was built by prices is
 * the plan, and their bound says how good it is.
 */

#include "search-private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    BALANCE_LIMIT = 20000, /* first pass */
    DESCENT_STEPS = 20,    /* and so many for each instance and node */
    STEPS_A_MS = 10000,
    FIND_LIMIT = 8000000,    /* all passes, while there is none */
    RESTART_LIMIT = 40000,   /* one of them; each has half as much again as the one before */
    LARGE = 2048,            /* instances times nodes: a placement is built first */
    ROWS_MAX = 256,          /* of a relaxation: nodes and instances */
    FIND_ANY_LIMIT = 400000, /* the same when only asked whether there is one */
};

static cost128 search_least(const struct search *search)
{
    return search->least > search->bound.value ? search->least : search->bound.value;
}

bool search_is_best(const struct search *search)
{
    return search->found &&
           search->best_cost <= search_least(search) + branch_tolerance(search->best_cost);
}

unsigned long search_budget(const struct search *search)
{
    return (unsigned long)search->model->budget_ms * STEPS_A_MS;
}

void search_keep(struct search *search, cost128 cost)
{
    bool first = !search->found;

    if (search->found && cost >= search->best_cost)
        return;
    search->found = true;
    search->best_cost = cost;
    memcpy(search->best, search->counts,
           (size_t)search->model->n_demands * search->model->n_nodes * sizeof(*search->best));
    if (search->packing && first)
        search->limit = search_work(search) + search_budget(search);
}

void search_tell(struct search *search, unsigned long done, unsigned long most)
{
    struct plan_progress progress = {
        .stage = PLAN_SEARCHING,
        .done = done,
        .most = most,
        .found = search->found,
    };

    if (search->found) {
        progress.best = cost_in_accesses(search->best_cost);
        progress.bound = cost_in_accesses(search_least(search));
    }
    plan_watch_tell(&search->watch, &progress);
}

static void machine_size(const struct model *model, double *ret_cpus, double *ret_bytes)
{
    *ret_cpus = *ret_bytes = 1;
    for (unsigned int i = 0; i < model->n_nodes; i++) {
        *ret_cpus += model->nodes[i].n_cpus;
        *ret_bytes += (double)model->nodes[i].bytes;
    }
}

static void measure(struct search *search, struct hardness *hardness)
{
    const struct demand *demand = &search->model->demands[hardness->demand];
    unsigned int kind = search->kinds.of[hardness->demand];
    double cpus, bytes;

    machine_size(search->model, &cpus, &bytes);
    hardness->n_ways = search->kinds.kinds[kind].n_options;
    hardness->size = (demand->fixed ? 0 : demand->n_cpus / cpus) + (double)demand->bytes / bytes;
    hardness->bound = search->bound.least[kind];
}

static int measure_demands(struct search *search, const struct search_options *options)
{
    unsigned int first = options->alone >= 0 ? (unsigned int)options->alone : 0;
    int r;

    search->first = first;
    search->n_order = options->alone >= 0   ? 1
                      : options->n_only > 0 ? options->n_only
                                            : search->model->n_demands;
    r = kinds_make(search->model, first, search->n_order, &search->kinds);
    if (r == 0)
        r = plan_bound_init(&search->bound, &search->kinds);
    for (unsigned int i = 0; r == 0 && i < search->n_order; i++) {
        search->hardness[i].demand = first + i;
        measure(search, &search->hardness[i]);
    }
    return r;
}

static bool says_traffic(const struct model *model)
{
    for (unsigned int i = 0; i < model->n_demands; i++) {
        if (model->demands[i].traffic > 0)
            return true;
    }
    return false;
}

static int init_scratch(struct search *search)
{
    const struct model *model = search->model;
    size_t cells = (size_t)model->n_demands * model->n_nodes;
    autofree uint64_t *bytes = calloc(model->n_nodes + 1, sizeof(*bytes));
    int r;

    if (!bytes)
        return -ENOMEM;
    for (unsigned int i = 0; i < model->n_nodes; i++)
        bytes[i] = model->nodes[i].bytes;
    r = flow_init(&search->flow, model->n_nodes, bytes);
    if (r == 0)
        r = sources_init(&search->sources, model);
    search->hardness = calloc(model->n_demands + 1, sizeof(*search->hardness));
    search->order = calloc(model->n_demands + 1, sizeof(*search->order));
    search->rest = calloc(model->n_demands + 1, sizeof(*search->rest));
    search->counts = calloc(cells + 1, sizeof(*search->counts));
    search->best = calloc(cells + 1, sizeof(*search->best));
    search->room = calloc(model->n_nodes + 1, sizeof(*search->room));
    if (r == 0 && search->counts)
        r = seats_init(&search->seats, model, search->counts);
    if (says_traffic(model))
        search->load =
            calloc((model->n_demands + 1) * cost_cells(model) + 1, sizeof(*search->load));
    if (r == 0 && (!search->hardness || !search->order || !search->rest || !search->counts ||
                   !search->best || !search->room || (says_traffic(model) && !search->load)))
        r = -ENOMEM;
    return r;
}

static void fini_scratch(struct search *search)
{
    flow_fini(&search->flow);
    sources_fini(&search->sources);
    seats_fini(&search->seats);
    plan_bound_fini(&search->bound);
    kinds_fini(&search->kinds);
    free(search->hardness);
    free(search->order);
    free(search->rest);
    free(search->counts);
    free(search->best);
    free(search->room);
    free(search->load);
}

/* While there is none. */
static int find_placement(struct search *search, unsigned long descent)
{
    unsigned long find = search->any                          ? FIND_ANY_LIMIT
                         : search_budget(search) > FIND_LIMIT ? search_budget(search)
                                                              : FIND_LIMIT;
    unsigned long limit = RESTART_LIMIT + descent;
    int r = 0;

    for (bool packing = true; r == 0 && search->cut_short && !search->found; packing = !packing) {
        if (search_work(search) > find)
            break;
        r = search_descend(search, packing, limit);
        limit += limit / 2;
    }
    return r;
}

/* Beyond what can be searched: a placement that is built, or, where that fails, found, and then
 * improved. */
static int run_large(struct search *search, unsigned long descent)
{
    int r = search_build_by_prices(search);

    if (r < 0 || (search->found && (search->any || search_is_best(search))))
        return r;
    if (!search->found) {
        r = search_descend(search, false, BALANCE_LIMIT + descent);
        if (r == 0)
            r = find_placement(search, descent);
        if (r == 0 && search->found && search->cut_short && !search->any)
            r = search_build(search, search->best);
        return r;
    }
    search->cut_short = true;
    return search->n_order + search->model->n_nodes <= ROWS_MAX
               ? search_branch(search, search_budget(search))
               : 0;
}

/* Branches have shown that there is no placement. */
static bool exists_none(const struct search *search)
{
    return !search->found && search->least == FLOW_NEVER;
}

/* Of what is small not all could be looked at, and it is not only asked whether there is any. */
static int close_in(struct search *search)
{
    bool whole = kinds_are_whole(&search->kinds);
    unsigned long budget = search_budget(search) / (whole ? 1 : 2);
    int r = search_build(search, NULL);

    if (r == 0 && !search_is_best(search))
        r = search_branch(search, budget);
    if (r == 0 && search->found && !whole && !search_is_best(search))
        r = search_descend(search, true, budget);
    return r;
}

static int run_small(struct search *search, unsigned long descent)
{
    int r = search_descend(search, false, BALANCE_LIMIT + descent);

    if (r < 0 || !search->cut_short)
        return r;
    r = search->any ? search_branch(search, FIND_ANY_LIMIT) : close_in(search);
    return r < 0 || search->found || exists_none(search) ? r : find_placement(search, descent);
}

static int run(struct search *search)
{
    unsigned long cells = (unsigned long)search->n_order * search->model->n_nodes;
    unsigned long descent = cells * DESCENT_STEPS;

    return cells > LARGE ? run_large(search, descent) : run_small(search, descent);
}

int search_run(const struct model *model, const struct search_options *options,
               struct search_result *ret_result)
{
    struct search search = {.model = model, .any = options->any, .watch = options->watch};
    bool proven;
    int r = init_scratch(&search);

    if (r == 0)
        r = measure_demands(&search, options);
    if (r == 0)
        r = run(&search);
    proven =
        search_is_best(&search) || exists_none(&search) || (!search.cut_short && !search.left_out);
    if (r == 0)
        *ret_result = (struct search_result){
            .counts = search.found ? TAKE(search.best) : NULL,
            .cost = search.best_cost,
            .bound = proven ? search.best_cost : search_least(&search),
            .proven = proven,
        };
    fini_scratch(&search);
    return r;
}

void search_result_fini(struct search_result *result)
{
    free(result->counts);
    *result = (struct search_result){0};
}
