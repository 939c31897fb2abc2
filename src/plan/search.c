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

#include "cores.h"
#include "layout.h"
#include "shapes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Work is counted in steps of about 100 ns, so that the limit does not depend on a clock. */
enum {
    STEP_SHAPE = 8,
    NODES_A_STEP = 8,        /* of a shape that is judged */
    FLOW_STEPS = 64,         /* of the flow make one of ours */
    BALANCE_LIMIT = 20000,   /* first pass */
    DESCENT_STEPS = 20,      /* and so many for each instance and node */
    IMPROVE_LIMIT = 40000,   /* second pass, once there is a placement */
    FIND_LIMIT = 8000000,    /* all passes, while there is none */
    RESTART_LIMIT = 40000,   /* one of them; each has half as much again as the one before */
    STUCK_WEIGHT = 16,       /* how much harder the one is that stopped most branches */
    FIND_ANY_LIMIT = 400000, /* the same when only asked whether there is one */
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
    unsigned int *used;     /* CPUs given, by node_idx */
    unsigned int *strict;   /* instances with an smt rule, by node_idx */
    unsigned int *room;     /* scratch, by node_idx */
    struct flow flow;
    uint64_t *load; /* [depth * cost_cells]: traffic of what is placed before; NULL: none is said */
    struct sources sources;
    struct core_claim *claims; /* scratch for cores_assign */
    unsigned int *claim_order;
    unsigned int *owner;
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
    return search->work + search->flow.work / FLOW_STEPS;
}

static bool is_over(struct search *search)
{
    if (search->found && (search->any || search->best_cost <= search->rest[0].cost))
        return true;
    if (work_done(search) > search->limit)
        search->cut_short = true;
    return search->cut_short;
}

/* Whether the CPUs that are given on node can be told apart core by core. */
static bool node_fits(struct search *search, unsigned int node)
{
    const struct model *model = search->model;
    unsigned int n = 0;

    if (search->used[node] > model->nodes[node].n_cpus)
        return false;
    if (search->strict[node] == 0)
        return true;
    for (unsigned int i = 0; i < model->n_demands; i++) {
        unsigned int count = counts_of(search, i)[node];

        if (count > 0 && !model->demands[i].fixed)
            search->claims[n++] = core_claim_of(&model->demands[i], count);
    }
    search->work += n * model->nodes[node].n_cores;
    return cores_assign(&model->nodes[node], search->claims, n, search->owner, search->claim_order);
}

static bool take_cpus(struct search *search, unsigned int d, const unsigned int *counts)
{
    const struct demand *demand = &search->model->demands[d];
    bool fits = true;

    memcpy(counts_of(search, d), counts, search->model->n_nodes * sizeof(*counts));
    if (demand->fixed)
        return true;
    for (unsigned int i = 0; i < search->model->n_nodes; i++) {
        search->used[i] += counts[i];
        search->strict[i] += counts[i] > 0 && demand->smt != SMT_ANY;
    }
    for (unsigned int i = 0; fits && i < search->model->n_nodes; i++)
        fits = counts[i] == 0 || node_fits(search, i);
    return fits;
}

static void give_cpus_back(struct search *search, unsigned int d)
{
    unsigned int *counts = counts_of(search, d);
    const struct demand *demand = &search->model->demands[d];

    for (unsigned int i = 0; !demand->fixed && i < search->model->n_nodes; i++) {
        search->used[i] -= counts[i];
        search->strict[i] -= counts[i] > 0 && demand->smt != SMT_ANY;
    }
    memset(counts, 0, search->model->n_nodes * sizeof(*counts));
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

static void keep_best(struct search *search, cost128 cost)
{
    if (search->found && cost >= search->best_cost)
        return;
    search->found = true;
    search->best_cost = cost;
    memcpy(search->best, search->counts,
           (size_t)search->model->n_demands * search->model->n_nodes * sizeof(*search->best));
    if (search->packing)
        search->limit = work_done(search) + IMPROVE_LIMIT;
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

static bool same_set(const bool *a, const bool *b, unsigned int n)
{
    return a == b || (a && b && memcmp(a, b, n * sizeof(*a)) == 0);
}

/* Exchanging them changes nothing. */
static bool are_alike(const struct model *model, const struct demand *a, const struct demand *b)
{
    return !a->fixed && !b->fixed && !a->only && !b->only && !a->given && !b->given && !a->now &&
           !b->now && a->n_cpus == b->n_cpus && a->bytes == b->bytes &&
           a->affinity == b->affinity && a->policy == b->policy && a->smt == b->smt &&
           a->near == b->near && a->weight == b->weight &&
           a->latency_sensitive == b->latency_sensitive && a->traffic == b->traffic &&
           same_set(a->preferred, b->preferred, model->n_nodes);
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

static int descend(struct search *search, unsigned int depth, cost128 cpus_cost,
                   const struct shape *before);

/* One shape of the demand at depth: 0, or -ENOMEM. */
static int try_shape(struct search *search, unsigned int depth, cost128 cpus_cost,
                     const struct shape *shape)
{
    const struct model *model = search->model;
    unsigned int d = search->order[depth];
    struct flow_mark mark = flow_mark(&search->flow);
    int r = 0;

    search->work += STEP_SHAPE;
    add_traffic(search, depth, shape->counts);
    if (take_cpus(search, d, shape->counts)) {
        memory_sources(model, &model->demands[d], shape->counts, &search->sources);
        r = sources_add(&search->sources, &search->flow);
        if (r == FLOW_PLACED)
            r = descend(search, depth + 1,
                        cpus_cost + shape_cost(model, &model->demands[d], shape->counts), shape);
        flow_back(&search->flow, mark);
    }
    give_cpus_back(search, d);
    return r < 0 ? r : 0;
}

static bool is_alike_before(const struct search *search, unsigned int depth)
{
    return search->packing && depth > 0 &&
           are_alike(search->model, &search->model->demands[search->order[depth - 1]],
                     &search->model->demands[search->order[depth]]);
}

static int make_shapes(struct search *search, unsigned int depth, struct shapes *ret_shapes)
{
    const struct model *model = search->model;
    int r;

    for (unsigned int i = 0; i < model->n_nodes; i++)
        search->room[i] = model->nodes[i].n_cpus - search->used[i];
    r = shapes_make(model, &model->demands[search->order[depth]], search->room, !search->packing,
                    ret_shapes);
    if (r == 0) {
        search->work += ret_shapes->n_shapes * (1 + model->n_nodes / NODES_A_STEP);
        search->left_out |= !ret_shapes->all;
    }
    return r;
}

/* All that remains is more than all that is left. */
static bool is_hopeless(const struct search *search, unsigned int depth)
{
    uint64_t cpus = 0, bytes = 0;

    for (unsigned int i = 0; i < search->model->n_nodes; i++) {
        cpus += search->model->nodes[i].n_cpus - search->used[i];
        bytes += search->flow.room[i];
    }
    return search->rest[depth].cpus > cpus || search->rest[depth].bytes > bytes;
}

static int descend(struct search *search, unsigned int depth, cost128 cpus_cost,
                   const struct shape *before)
{
    unsigned long n_entered = ++search->n_entered;
    cost128 shared = saturation(search, depth);
    struct shapes shapes;
    int r;

    if (depth == search->n_order)
        return judge_placement(search, cpus_cost + shared);
    if (is_hopeless(search, depth))
        return 0;
    r = make_shapes(search, depth, &shapes);
    if (r < 0)
        return r;
    if (!is_alike_before(search, depth))
        before = NULL;
    for (unsigned int i = 0; r == 0 && i < shapes.n_shapes && !is_over(search); i++) {
        const struct shape *shape = &shapes.shapes[i];
        cost128 least =
            cpus_cost + shared + search->flow.total + shape->bound + search->rest[depth + 1].cost;

        if (search->found && least >= search->best_cost)
            break; /* the others cost no less */
        if (!breaks_order(search, before, shape))
            r = try_shape(search, depth, cpus_cost, shape);
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

static int measure(struct search *search, struct hardness *hardness)
{
    const struct demand *demand = &search->model->demands[hardness->demand];
    struct shapes shapes;
    double cpus, bytes;
    int r;

    for (unsigned int i = 0; i < search->model->n_nodes; i++)
        search->room[i] = search->model->nodes[i].n_cpus;
    r = shapes_make(search->model, demand, search->room, false, &shapes);
    if (r < 0)
        return r;
    machine_size(search->model, &cpus, &bytes);
    hardness->n_ways = shapes.n_shapes;
    hardness->size = (demand->fixed ? 0 : demand->n_cpus / cpus) + (double)demand->bytes / bytes;
    hardness->bound = shapes.n_shapes > 0 ? shapes.shapes[0].bound : 0;
    shapes_fini(&shapes);
    return 0;
}

static int measure_demands(struct search *search, const struct search_options *options)
{
    unsigned int first = options->alone >= 0 ? (unsigned int)options->alone : 0;

    search->first = first;
    search->n_order = options->alone >= 0   ? 1
                      : options->n_only > 0 ? options->n_only
                                            : search->model->n_demands;
    for (unsigned int i = 0; i < search->n_order; i++) {
        int r;

        search->hardness[i].demand = first + i;
        r = measure(search, &search->hardness[i]);
        if (r < 0)
            return r;
    }
    return 0;
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
    unsigned int n_cpus = 0;
    int r;

    if (!bytes)
        return -ENOMEM;
    for (unsigned int i = 0; i < model->n_nodes; i++) {
        bytes[i] = model->nodes[i].bytes;
        if (model->nodes[i].n_cpus > n_cpus)
            n_cpus = model->nodes[i].n_cpus;
    }
    r = flow_init(&search->flow, model->n_nodes, bytes);
    if (r == 0)
        r = sources_init(&search->sources, model);
    search->hardness = calloc(model->n_demands + 1, sizeof(*search->hardness));
    search->order = calloc(model->n_demands + 1, sizeof(*search->order));
    search->rest = calloc(model->n_demands + 1, sizeof(*search->rest));
    search->counts = calloc(cells + 1, sizeof(*search->counts));
    search->best = calloc(cells + 1, sizeof(*search->best));
    search->used = calloc(model->n_nodes + 1, sizeof(*search->used));
    search->strict = calloc(model->n_nodes + 1, sizeof(*search->strict));
    search->room = calloc(model->n_nodes + 1, sizeof(*search->room));
    search->claims = calloc(model->n_demands + 1, sizeof(*search->claims));
    search->claim_order = calloc(model->n_demands + 1, sizeof(*search->claim_order));
    search->owner = calloc(n_cpus + 1, sizeof(*search->owner));
    if (says_traffic(model))
        search->load =
            calloc((model->n_demands + 1) * cost_cells(model) + 1, sizeof(*search->load));
    if (r == 0 &&
        (!search->hardness || !search->order || !search->rest || !search->counts || !search->best ||
         !search->used || !search->strict || !search->room || !search->claims ||
         !search->claim_order || !search->owner || (says_traffic(model) && !search->load)))
        r = -ENOMEM;
    return r;
}

static void fini_scratch(struct search *search)
{
    flow_fini(&search->flow);
    sources_fini(&search->sources);
    free(search->hardness);
    free(search->order);
    free(search->rest);
    free(search->counts);
    free(search->best);
    free(search->used);
    free(search->strict);
    free(search->room);
    free(search->claims);
    free(search->claim_order);
    free(search->owner);
    free(search->load);
}

static int run_pass(struct search *search, bool packing, unsigned long limit)
{
    order_demands(search);
    search->packing = packing;
    search->cut_short = search->left_out = false;
    search->limit = work_done(search) + limit;
    return descend(search, 0, 0, NULL);
}

static int run_passes(struct search *search)
{
    unsigned long descent = (unsigned long)search->n_order * search->model->n_nodes * DESCENT_STEPS;
    unsigned long find = search->any ? FIND_ANY_LIMIT : FIND_LIMIT;
    unsigned long limit = RESTART_LIMIT + descent;
    int r = run_pass(search, false, BALANCE_LIMIT + descent);

    if (r == 0 && search->cut_short && search->found)
        return run_pass(search, true, IMPROVE_LIMIT);
    for (bool packing = true; r == 0 && search->cut_short && !search->found; packing = !packing) {
        if (work_done(search) > find)
            break;
        r = run_pass(search, packing, limit);
        limit += limit / 2;
    }
    return r;
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
    proven = !search.cut_short && !search.left_out;
    if (r == 0)
        *ret_result = (struct search_result){
            .counts = search.found ? TAKE(search.best) : NULL,
            .cost = search.best_cost,
            .bound = proven ? search.best_cost : search.rest[0].cost,
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
