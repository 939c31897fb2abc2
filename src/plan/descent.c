/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Branch and bound over instances, shape by shape.
 *
 * The first pass lets instances that cost the same everywhere go where most room is left, which
 * balances a machine that is not full, and gives up early. The next packs, and lets of instances
 * that are alike only one order be tried; what the first found is its bound. While none was found,
 * more passes follow, each longer, with the instances first that were the hardest to place so far.
 */

#include "search-private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    STEP_SHAPE = 8,
    STUCK_WEIGHT = 16,      /* how much harder the one is that stopped most branches */
    LOOKS_A_TELLING = 1024, /* at the limit */
};

/* CPUs and bytes are dealt out. Where addresses are chosen it is still to be seen whether the free
 * pieces of the nodes will do, and what that costs. 0 or -ENOMEM. */
static int judge_placement(struct search *search, cost128 cpus_cost)
{
    cost128 cost = cpus_cost + search->flow.total;
    struct layout layout;
    int r;

    if (!search->model->addresses || (search->found && cost >= search->best_cost)) {
        search_keep(search, cost);
        return 0;
    }
    r = layout_make(search->model, search->counts, search->first, search->n_order, &layout);
    search->work += layout.steps + layout.flow.work / FLOW_STEPS +
                    search->n_order * (1 + search->model->n_nodes / NODES_A_STEP);
    if (r == LAYOUT_MADE)
        search_keep(search, cpus_cost + layout.flow.total);
    else
        search->left_out |= !layout.proven;
    layout_fini(&layout);
    return r < 0 ? r : 0;
}

/* What is placed before depth, and the demand there with its CPUs at counts. */
static void add_traffic(struct search *search, unsigned int depth, const unsigned int *counts)
{
    if (!search->load)
        return;
    memcpy(search_load(search, depth + 1), search_load(search, depth),
           cost_cells(search->model) * sizeof(*search->load));
    cost_traffic(search->model, &search->model->demands[search->order[depth]], counts,
                 search_load(search, depth + 1));
}

static bool is_over(struct search *search)
{
    if ((search->found && search->any) || search_is_best(search))
        return true;
    if (search_work(search) > search->limit)
        search->cut_short = true;
    if (++search->n_looks % LOOKS_A_TELLING == 0)
        search_tell(search, search_work(search), search->limit);
    return search->cut_short;
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
    if (search_take_cpus(search, d, path->last->counts)) {
        memory_sources(model, &model->demands[d], path->last->counts, &search->sources);
        r = sources_add(&search->sources, &search->flow);
        if (r == FLOW_PLACED)
            r = descend(search, depth + 1, path);
        flow_back(&search->flow, mark);
    }
    search_give_back(search, d);
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
        r = shapes_make(model, demand, search->room,
                        search->packing ? SHAPES_PACKING : SHAPES_ROOMY, ret_shapes);
    if (r < 0)
        return r;
    if (whole && !search->packing)
        shapes_sort(model, ret_shapes, true);
    for (unsigned int i = 0; i < ret_shapes->n_shapes; i++) {
        struct shape *shape = &ret_shapes->shapes[i];

        shape->priced = whole ? prices_option(&search->bound.prices, &search->kinds,
                                              kind_option(&search->kinds, kind, shape->option))
                              : prices_shape(&search->bound.prices, model, demand, shape);
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
    cost128 shared = search_saturation(search, depth);
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

int search_descend(struct search *search, bool packing, unsigned long limit)
{
    order_demands(search);
    search->packing = packing;
    search->cut_short = search->left_out = false;
    search->limit = search_work(search) + limit;
    return descend(search, 0, &(struct path){.last = NULL});
}
