/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Branch and bound over instances: see search.h.
 *
 * The first pass lets instances that cost the same everywhere go where most room is left, which
 * balances a machine that is not full, and gives up early. The next packs, and lets of instances
 * that are alike only one order be tried; what the first found is its bound. While none was found,
 * more passes follow, each longer, with the instances first that were the hardest to place so far.
 */

#include "search.h"

#include "bound.h"
#include "improve.h"
#include "layout.h"
#include "seats.h"
#include "shapes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Work is counted in steps of about 100 ns, so that the limit does not depend on a clock. */
enum {
    STEP_SHAPE = 8,
    NODES_A_STEP = 8,      /* of a shape that is judged */
    FLOW_STEPS = 64,       /* of the flow make one of ours */
    BALANCE_LIMIT = 20000, /* first pass */
    DESCENT_STEPS = 20,    /* and so many for each instance and node */
    STEPS_A_MS = 10000,
    FIND_LIMIT = 8000000,     /* all passes, while there is none */
    RESTART_LIMIT = 40000,    /* one of them; each has half as much again as the one before */
    LARGE = 2048,             /* instances times nodes: a placement is built, not searched for */
    EXCHANGE_LIMIT = 2000000, /* of what instances gain by changing places */
    BUILDS_MAX = 1,           /* with prices */
    BOUND_ROUNDS = 80,        /* of looking for them, each time */
    GUESS_PART = 20,          /* while nothing is known, the cost is taken to be this part more */
    STUCK_WEIGHT = 16,        /* how much harder the one is that stopped most branches */
    FIND_ANY_LIMIT = 400000,  /* the same when only asked whether there is one */
};

/* What is left to place from a depth on. */
struct remainder {
    cost128 cost; /* at least */
    uint64_t cpus;
    uint64_t bytes;
};

/* How hard a demand is to place, and the least that it costs. */
struct hardness {
    unsigned int demand;
    unsigned int n_ways;
    double size;           /* parts of the machine's CPUs and memory */
    unsigned long n_stuck; /* branches that ended since it had no place */
    double weight;         /* of both */
    cost128 bound;
};

struct search {
    const struct model *model;
    struct hardness *hardness; /* in the order of placing */
    unsigned int first;        /* of the demands that are asked for, n_order */
    unsigned int *order;       /* demands, hardest first */
    unsigned int n_order;
    struct remainder *rest; /* order[i] and all after it */
    unsigned int *counts;   /* as in the result */
    struct seats seats;
    unsigned int *room; /* scratch, by node_idx */
    struct flow flow;
    uint64_t *load; /* [depth * cost_cells]: traffic of what is placed before; NULL: none is said */
    struct sources sources;
    struct kinds kinds;
    struct bound bound;
    unsigned int *best; /* counts of the cheapest placement so far */
    cost128 best_cost;
    bool found;
    bool any;
    bool packing;   /* not the first pass */
    bool left_out;  /* some shapes were not looked at: nothing is proven by their absence */
    bool cut_short; /* the limit was reached */
    unsigned long n_entered; /* branches */
    unsigned long work;
    unsigned long limit;
};

static unsigned int *counts_of(const struct search *search, unsigned int demand)
{
    return &search->counts[(size_t)demand * search->model->n_nodes];
}

static unsigned long work_done(const struct search *search)
{
    return search->work + search->seats.work + search->flow.work / FLOW_STEPS;
}

/* No placement can be cheaper. */
static bool is_best(const struct search *search)
{
    return search->found && search->best_cost <= search->bound.value;
}

static bool is_over(struct search *search)
{
    if ((search->found && search->any) || is_best(search))
        return true;
    if (work_done(search) > search->limit)
        search->cut_short = true;
    return search->cut_short;
}

static bool take_cpus(struct search *search, unsigned int d, const unsigned int *counts)
{
    memcpy(counts_of(search, d), counts, search->model->n_nodes * sizeof(*counts));
    return seats_take(&search->seats, d);
}

static void give_cpus_back(struct search *search, unsigned int d)
{
    seats_leave(&search->seats, d);
    memset(counts_of(search, d), 0, search->model->n_nodes * sizeof(*search->counts));
}

static uint64_t *load_at(const struct search *search, unsigned int depth)
{
    return &search->load[depth * cost_cells(search->model)];
}

/* What is placed before depth, and the demand there with its CPUs at counts. */
static void add_traffic(struct search *search, unsigned int depth, const unsigned int *counts)
{
    if (!search->load)
        return;
    memcpy(load_at(search, depth + 1), load_at(search, depth),
           cost_cells(search->model) * sizeof(*search->load));
    cost_traffic(search->model, &search->model->demands[search->order[depth]], counts,
                 load_at(search, depth + 1));
}

/* Of what is placed before depth. */
static cost128 saturation(const struct search *search, unsigned int depth)
{
    return search->load
               ? (cost128)cost_saturation(search->model, load_at(search, depth)) << COST_SHIFT
               : 0;
}

/* Steps in which something cheaper may be looked for once there is a placement. */
static unsigned long budget(const struct search *search)
{
    return (unsigned long)search->model->budget_ms * STEPS_A_MS;
}

static void keep_best(struct search *search, cost128 cost)
{
    bool first = !search->found;

    if (search->found && cost >= search->best_cost)
        return;
    search->found = true;
    search->best_cost = cost;
    memcpy(search->best, search->counts,
           (size_t)search->model->n_demands * search->model->n_nodes * sizeof(*search->best));
    if (search->packing && first)
        search->limit = work_done(search) + budget(search);
}

/* CPUs and bytes are dealt out. Where addresses are chosen it is still to be seen whether the free
 * pieces of the nodes will do, and what that costs. 0 or -ENOMEM. */
static int judge_placement(struct search *search, cost128 cpus_cost)
{
    cost128 cost = cpus_cost + search->flow.total;
    struct layout layout;
    int r;

    if (!search->model->addresses || (search->found && cost >= search->best_cost)) {
        keep_best(search, cost);
        return 0;
    }
    r = layout_make(search->model, search->counts, search->first, search->n_order, &layout);
    search->work += layout.steps + layout.flow.work / FLOW_STEPS +
                    search->n_order * (1 + search->model->n_nodes / NODES_A_STEP);
    if (r == LAYOUT_MADE)
        keep_best(search, cpus_cost + layout.flow.total);
    else
        search->left_out |= !layout.proven;
    layout_fini(&layout);
    return r < 0 ? r : 0;
}

/* Of instances that are alike, the later must not have the earlier shape. */
static bool breaks_order(const struct search *search, const struct shape *before,
                         const struct shape *shape)
{
    if (!before)
        return false;
    if (before->bound != shape->bound)
        return shape->bound < before->bound;
    for (unsigned int i = 0; i < search->model->n_nodes; i++) {
        if (before->counts[i] != shape->counts[i])
            return shape->counts[i] > before->counts[i];
    }
    return false;
}

/* What is chosen before a depth: what it costs but for memory, and by how much more than the bound
 * takes it to cost, its prices paid. */
struct path {
    cost128 cpus_cost;
    cost128 excess;
    const struct shape *last;
};

static int descend(struct search *search, unsigned int depth, const struct path *path);

/* One shape of the demand at depth: 0, or -ENOMEM. */
static int try_shape(struct search *search, unsigned int depth, const struct path *path)
{
    const struct model *model = search->model;
    unsigned int d = search->order[depth];
    struct flow_mark mark = flow_mark(&search->flow);
    int r = 0;

    search->work += STEP_SHAPE;
    add_traffic(search, depth, path->last->counts);
    if (take_cpus(search, d, path->last->counts)) {
        memory_sources(model, &model->demands[d], path->last->counts, &search->sources);
        r = sources_add(&search->sources, &search->flow);
        if (r == FLOW_PLACED)
            r = descend(search, depth + 1, path);
        flow_back(&search->flow, mark);
    }
    give_cpus_back(search, d);
    return r < 0 ? r : 0;
}

static bool is_alike_before(const struct search *search, unsigned int depth)
{
    return search->packing && depth > 0 &&
           demands_are_alike(search->model, &search->model->demands[search->order[depth - 1]],
                             &search->model->demands[search->order[depth]]);
}

/* Of a kind that is known whole those with room; else what can be made of the room. */
static int make_shapes(struct search *search, unsigned int depth, struct shapes *ret_shapes)
{
    const struct model *model = search->model;
    unsigned int d = search->order[depth];
    const struct demand *demand = &model->demands[d];
    const struct kind *kind = &search->kinds.kinds[search->kinds.of[d]];
    bool whole = kind->all && !demand->fixed;
    int r;

    for (unsigned int i = 0; i < model->n_nodes; i++)
        search->room[i] = seats_left(&search->seats, i);
    if (whole)
        r = kind_shapes(&search->kinds, kind, search->room, ret_shapes);
    else
        r = shapes_make(model, demand, search->room, !search->packing, ret_shapes);
    if (r < 0)
        return r;
    if (whole && !search->packing)
        shapes_sort(model, ret_shapes, true);
    for (unsigned int i = 0; i < ret_shapes->n_shapes; i++) {
        struct shape *shape = &ret_shapes->shapes[i];

        shape->priced =
            whole ? bound_priced(&search->bound, kind_option(&search->kinds, kind, shape->option))
                  : bound_priced_shape(&search->bound, demand, shape);
    }
    search->work += ret_shapes->n_shapes * (1 + model->n_nodes / NODES_A_STEP) / (whole ? 4 : 1);
    search->left_out |= !ret_shapes->all;
    return 0;
}

/* All that remains is more than all that is left. */
static bool is_hopeless(const struct search *search, unsigned int depth)
{
    uint64_t cpus = 0, bytes = 0;

    for (unsigned int i = 0; i < search->model->n_nodes; i++) {
        cpus += seats_left(&search->seats, i);
        bytes += search->flow.room[i];
    }
    return search->rest[depth].cpus > cpus || search->rest[depth].bytes > bytes;
}

/* The path with shape of the demand at depth added. */
static struct path lengthen(const struct search *search, unsigned int depth,
                            const struct path *path, const struct shape *shape)
{
    unsigned int d = search->order[depth];
    const struct demand *demand = &search->model->demands[d];

    return (struct path){
        .cpus_cost = path->cpus_cost + shape_cost(search->model, demand, shape->counts),
        .excess = path->excess + shape->priced - search->bound.least[search->kinds.of[d]],
        .last = shape,
    };
}

/* No placement with this path is cheaper than the best one. */
static bool is_too_dear(const struct search *search, const struct path *path)
{
    return search->found && search->bound.value + path->excess >= search->best_cost;
}

static int descend(struct search *search, unsigned int depth, const struct path *path)
{
    unsigned long n_entered = ++search->n_entered;
    const struct shape *before = path->last;
    cost128 shared = saturation(search, depth);
    struct shapes shapes;
    int r;

    if (depth == search->n_order)
        return judge_placement(search, path->cpus_cost + shared);
    if (is_hopeless(search, depth))
        return 0;
    r = make_shapes(search, depth, &shapes);
    if (r < 0)
        return r;
    if (!is_alike_before(search, depth))
        before = NULL;
    for (unsigned int i = 0; r == 0 && i < shapes.n_shapes && !is_over(search); i++) {
        const struct shape *shape = &shapes.shapes[i];
        struct path longer = lengthen(search, depth, path, shape);
        cost128 least = path->cpus_cost + shared + search->flow.total + shape->bound +
                        search->rest[depth + 1].cost;

        if (search->found && least >= search->best_cost)
            break; /* the others cost no less */
        if (!breaks_order(search, before, shape) && !is_too_dear(search, &longer))
            r = try_shape(search, depth, &longer);
    }
    if (search->n_entered == n_entered)
        search->hardness[depth].n_stuck++;
    shapes_fini(&shapes);
    return r;
}

static int compare_hardness(const void *a, const void *b)
{
    const struct hardness *x = a, *y = b;

    if (x->n_ways != y->n_ways && (x->n_ways <= 1 || y->n_ways <= 1))
        return x->n_ways < y->n_ways ? -1 : 1;
    if (x->weight > y->weight || x->weight < y->weight)
        return x->weight > y->weight ? -1 : 1;
    return x->demand < y->demand ? -1 : x->demand > y->demand;
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

static void order_demands(struct search *search)
{
    unsigned long most = 1;

    for (unsigned int i = 0; i < search->n_order; i++) {
        if (search->hardness[i].n_stuck > most)
            most = search->hardness[i].n_stuck;
    }
    for (unsigned int i = 0; i < search->n_order; i++) {
        struct hardness *h = &search->hardness[i];

        h->weight = h->size * (1 + STUCK_WEIGHT * (double)h->n_stuck / (double)most);
    }
    qsort(search->hardness, search->n_order, sizeof(*search->hardness), compare_hardness);
    memset(&search->rest[search->n_order], 0, sizeof(*search->rest));
    for (unsigned int i = search->n_order; i-- > 0;) {
        const struct hardness *h = &search->hardness[i];
        const struct demand *demand = &search->model->demands[h->demand];

        search->order[i] = h->demand;
        search->rest[i] = search->rest[i + 1];
        search->rest[i].cost += h->bound;
        search->rest[i].cpus += demand->fixed ? 0 : demand->n_cpus;
        search->rest[i].bytes += demand->bytes;
    }
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

static int run_pass(struct search *search, bool packing, unsigned long limit)
{
    order_demands(search);
    search->packing = packing;
    search->cut_short = search->left_out = false;
    search->limit = work_done(search) + limit;
    return descend(search, 0, &(struct path){.last = NULL});
}

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
    cost = saturation(search, 0);
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
        keep_best(search, cost_of_cpus(search, counts) + layout.flow.total);
        memset(search->counts, 0, size);
    }
    layout_fini(&layout);
    return r < 0 ? r : 0;
}

/* Makes a placement by the bound's prices, or takes start, and improves it. */
static int build_placement(struct search *search, const unsigned int *start)
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

/* Placements without a search: by no prices, then by better and better ones. */
static int build_placements(struct search *search)
{
    int r = build_placement(search, NULL);

    for (unsigned int i = 0; r == 0 && i < BUILDS_MAX && !is_best(search); i++) {
        cost128 known = search->found ? search->best_cost
                                      : search->bound.value + search->bound.value / GUESS_PART + 1;

        if (search->any && search->found)
            break;
        bound_raise(&search->bound, known, BOUND_ROUNDS);
        r = build_placement(search, NULL);
    }
    if (r == 0 && search->found && !search->any && !is_best(search))
        bound_raise(&search->bound, search->best_cost, BOUND_ROUNDS);
    return r;
}

/* While there is none. */
static int find_placement(struct search *search, unsigned long descent)
{
    unsigned long find = search->any                   ? FIND_ANY_LIMIT
                         : budget(search) > FIND_LIMIT ? budget(search)
                                                       : FIND_LIMIT;
    unsigned long limit = RESTART_LIMIT + descent;
    int r = 0;

    for (bool packing = true; r == 0 && search->cut_short && !search->found; packing = !packing) {
        if (work_done(search) > find)
            break;
        r = run_pass(search, packing, limit);
        limit += limit / 2;
    }
    return r;
}

/* Beyond what can be searched: a placement that is built, or, where that fails, found, and then
 * improved. */
static int run_large(struct search *search, unsigned long descent)
{
    int r = build_placements(search);

    if (r < 0 || (search->found && (search->any || is_best(search))))
        return r;
    if (!search->found) {
        r = run_pass(search, false, BALANCE_LIMIT + descent);
        if (r == 0)
            r = find_placement(search, descent);
        if (r == 0 && search->found && search->cut_short && !search->any)
            r = build_placement(search, search->best);
        return r;
    }
    search->cut_short = true;
    return 0;
}

static int run_passes(struct search *search)
{
    size_t cells = (size_t)search->n_order * search->model->n_nodes;
    unsigned long descent = (unsigned long)cells * DESCENT_STEPS;
    int r;

    if (cells > LARGE)
        return run_large(search, descent);
    r = run_pass(search, false, BALANCE_LIMIT + descent);
    if (r == 0 && search->cut_short && search->found && !search->any) {
        r = build_placements(search);
        return r < 0 ? r : run_pass(search, true, budget(search));
    }
    return r < 0 ? r : find_placement(search, descent);
}

int search_run(const struct model *model, const struct search_options *options,
               struct search_result *ret_result)
{
    struct search search = {.model = model, .any = options->any};
    bool proven;
    int r = init_scratch(&search);

    if (r == 0)
        r = measure_demands(&search, options);
    if (r == 0)
        r = run_passes(&search);
    proven = is_best(&search) || (!search.cut_short && !search.left_out);
    if (r == 0)
        *ret_result = (struct search_result){
            .counts = search.found ? TAKE(search.best) : NULL,
            .cost = search.best_cost,
            .bound = proven ? search.best_cost : search.bound.value,
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
