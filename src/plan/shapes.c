/* SPDX-License-Identifier: Apache-2.0 */
/* The ways to deal CPUs out over nodes: see shapes.h. */

#include "shapes.h"

#include "move.h"
#include "seats.h"

#include <errno.h>
#include <string.h>

enum {
    ALL_SHAPES_LEAST = 800, /* up to so many are all looked at, */
    ALL_SHAPES_MOST = 4000, /* and up to so many while there are no more */
    ALL_SHAPES = 60000,     /* of all demands than this together */
    SOME_SHAPES_MAX = 256,  /* else so many of the good ones */
};

struct maker {
    const struct model *model;
    const struct demand *demand;
    const unsigned int *room;
    const unsigned int *rest; /* room of the node and all after it */
    unsigned int max_all;     /* up to so many shapes are all made */
    bool pairs;               /* if not all: those on two nodes */
    struct shapes *shapes;
    bool distinct;        /* what is being made cannot be there yet */
    unsigned int *counts; /* the one being made */
    unsigned int *order;  /* nodes with room by distance from an anchor */
    unsigned int n_order;
};

/* FNV-1a, a count at a time. */
static uint64_t hash_of(const unsigned int *counts, unsigned int n)
{
    uint64_t hash = 0xcbf29ce484222325;

    for (unsigned int i = 0; i < n; i++)
        hash = (hash ^ counts[i]) * 0x100000001b3;
    return hash;
}

static bool is_allowed(const struct maker *maker)
{
    const struct model *model = maker->model;

    for (unsigned int i = 0; maker->demand->smt != SMT_ANY && i < model->n_nodes; i++) {
        if (!maker->demand->fixed &&
            !seats_can_hold(&model->nodes[i], maker->demand, maker->counts[i]))
            return false;
    }
    return model_counts_allowed(model, maker->demand, maker->counts);
}

static void add(struct maker *maker)
{
    struct shapes *shapes = maker->shapes;
    unsigned int n_nodes = maker->model->n_nodes;
    size_t size = n_nodes * sizeof(*maker->counts);
    unsigned int *copy = &shapes->counts[(size_t)shapes->n_shapes * n_nodes];
    uint64_t hash = hash_of(maker->counts, n_nodes);

    if (shapes->n_shapes == shapes->max_shapes) {
        shapes->all = false;
        return;
    }
    if (!is_allowed(maker))
        return;
    for (unsigned int i = 0; !maker->distinct && i < shapes->n_shapes; i++) {
        if (shapes->shapes[i].hash == hash &&
            memcmp(shapes->shapes[i].counts, maker->counts, size) == 0)
            return;
    }
    memcpy(copy, maker->counts, size);
    shapes->shapes[shapes->n_shapes].hash = hash;
    shapes->shapes[shapes->n_shapes++].counts = copy;
}

/* How many ways there are, or more than max_all. */
static unsigned int count_all(const struct maker *maker, unsigned int node, unsigned int left)
{
    unsigned int ways = 0;

    if (left == 0)
        return 1;
    if (left > maker->rest[node])
        return 0;
    for (unsigned int n = 0; n <= maker->room[node] && n <= left && ways <= maker->max_all; n++)
        ways += count_all(maker, node + 1, left - n);
    return ways;
}

static void make_all(struct maker *maker, unsigned int node, unsigned int left)
{
    if (left == 0) {
        add(maker);
        return;
    }
    if (left > maker->rest[node])
        return;
    for (unsigned int n = left < maker->room[node] ? left : maker->room[node];; n--) {
        maker->counts[node] = n;
        make_all(maker, node + 1, left - n);
        if (n == 0)
            return;
    }
}

/* Gives the first n_first nodes in order at least one each, then fills them one after the other. */
static void make_filled(struct maker *maker, unsigned int n_first, bool one_each)
{
    unsigned int left = maker->demand->n_cpus;

    memset(maker->counts, 0, maker->model->n_nodes * sizeof(*maker->counts));
    for (unsigned int i = 0; one_each && i < n_first && left > 0; i++) {
        if (maker->room[maker->order[i]] > 0) {
            maker->counts[maker->order[i]] = 1;
            left--;
        }
    }
    for (unsigned int i = 0; i < n_first && left > 0; i++) {
        unsigned int node = maker->order[i];
        unsigned int can = maker->room[node] - maker->counts[node];
        unsigned int take = can < left ? can : left;

        maker->counts[node] += take;
        left -= take;
    }
    if (left == 0)
        add(maker);
}

/* Deals one CPU after the other to the first n_first nodes in order, then to the others. */
static void make_even(struct maker *maker, unsigned int n_first, bool over_others)
{
    unsigned int left = maker->demand->n_cpus, before;
    unsigned int n = n_first;

    memset(maker->counts, 0, maker->model->n_nodes * sizeof(*maker->counts));
    do {
        before = left;
        for (unsigned int i = 0; i < n && left > 0; i++) {
            unsigned int node = maker->order[i];

            if (maker->counts[node] < maker->room[node]) {
                maker->counts[node]++;
                left--;
            }
        }
        if (left == before && over_others && n < maker->n_order) {
            n = maker->n_order;
            before = left + 1;
        }
    } while (left > 0 && left < before);
    if (left == 0)
        add(maker);
}

static void order_from(struct maker *maker, unsigned int anchor)
{
    const int64_t *cost = &maker->model->costs.relative[(size_t)anchor * maker->model->n_nodes];

    maker->n_order = 0;
    for (unsigned int i = 0; i < maker->model->n_nodes; i++) {
        unsigned int j = maker->n_order;

        if (maker->room[i] == 0)
            continue;
        maker->n_order++;

        for (; j > 0; j--) {
            unsigned int before = maker->order[j - 1];

            if (before == anchor || (i != anchor && cost[before] <= cost[i]))
                break;
            maker->order[j] = before;
        }
        maker->order[j] = i;
    }
}

/* Nodes of an even spread first. */
static unsigned int order_spread(struct maker *maker)
{
    unsigned int n = 0, n_first;

    for (unsigned int i = 0; i < maker->model->n_nodes; i++) {
        if (maker->demand->spread_over[i])
            maker->order[n++] = i;
    }
    n_first = n;
    for (unsigned int i = 0; i < maker->model->n_nodes; i++) {
        if (!maker->demand->spread_over[i])
            maker->order[n++] = i;
    }
    maker->n_order = n;
    return n_first;
}

/* Where it is now, as far as there is room; what it lacks from the nodes nearest to most of it. */
static void make_current(struct maker *maker)
{
    const unsigned int *now = maker->demand->now->cpus;
    unsigned int left = maker->demand->n_cpus, anchor = 0;

    for (unsigned int i = 0; i < maker->model->n_nodes; i++) {
        unsigned int keep = now[i] < maker->room[i] ? now[i] : maker->room[i];

        maker->counts[i] = keep < left ? keep : left;
        left -= maker->counts[i];
        if (now[i] > now[anchor])
            anchor = i;
    }
    order_from(maker, anchor);
    for (unsigned int i = 0; i < maker->n_order && left > 0; i++) {
        unsigned int node = maker->order[i];
        unsigned int can = maker->room[node] - maker->counts[node];

        maker->counts[node] += can < left ? can : left;
        left -= can < left ? can : left;
    }
    if (left == 0)
        add(maker);
}

/* Ways to have CPUs on two nodes. */
static unsigned int count_pairs(const struct maker *maker)
{
    unsigned int n = maker->model->n_nodes;

    return n * (n - 1) / 2 * (maker->demand->n_cpus - 1);
}

static void make_pairs(struct maker *maker)
{
    unsigned int n_nodes = maker->model->n_nodes, n_cpus = maker->demand->n_cpus;

    memset(maker->counts, 0, n_nodes * sizeof(*maker->counts));
    for (unsigned int i = 0; i < n_nodes; i++) {
        for (unsigned int j = 0; j < i; j++) {
            for (unsigned int n = 1; n < n_cpus && n <= maker->room[i]; n++) {
                maker->counts[i] = n;
                maker->counts[j] = n_cpus - n;
                if (n_cpus - n <= maker->room[j])
                    add(maker);
            }
            maker->counts[j] = 0;
        }
        maker->counts[i] = 0;
    }
}

static void make_some(struct maker *maker)
{
    unsigned int n_nodes = maker->model->n_nodes;

    maker->distinct = false;
    if (maker->demand->now)
        make_current(maker);

    if (maker->demand->affinity == CPU_AFFINITY_SPREAD)
        make_even(maker, order_spread(maker), true);
    /* Each node with room has a CPU: more nodes than CPUs make no other shapes. */
    for (unsigned int n = 1; n <= n_nodes && n <= maker->demand->n_cpus; n++) {
        for (unsigned int anchor = 0; anchor < n_nodes; anchor++) {
            order_from(maker, anchor);
            if (n > maker->n_order)
                return;
            make_filled(maker, n, false);
            make_filled(maker, n, true);
            make_even(maker, n, false);
        }
        if (maker->shapes->n_shapes == maker->shapes->max_shapes)
            return;
    }
}

static int compare_counts(const struct model *model, const struct shape *a, const struct shape *b)
{
    for (unsigned int i = 0; i < model->n_nodes; i++) {
        if (a->counts[i] != b->counts[i])
            return a->counts[i] > b->counts[i] ? -1 : 1;
    }
    return 0;
}

struct order {
    const struct model *model;
    bool roomy;
};

static int compare_shapes(const void *a, const void *b, void *context)
{
    const struct shape *x = a, *y = b;
    const struct order *order = context;

    if (x->bound != y->bound)
        return x->bound < y->bound ? -1 : 1;
    if (order->roomy && x->room != y->room)
        return x->room > y->room ? -1 : 1;
    return compare_counts(order->model, x, y);
}

static unsigned int room_left(const struct maker *maker, const struct shape *shape)
{
    unsigned int least = 0;
    bool any = false;

    for (unsigned int i = 0; i < maker->model->n_nodes; i++) {
        unsigned int left = maker->room[i] - shape->counts[i];

        if (shape->counts[i] > 0 && (!any || left < least)) {
            least = left;
            any = true;
        }
    }
    return least;
}

cost128 shape_cost(const struct model *model, const struct demand *demand,
                   const unsigned int *counts)
{
    return (cost128)(cost_cpus(model, demand, counts) + move_price(model, demand, counts))
           << COST_SHIFT;
}

/* What it would saturate by itself; load is scratch. */
static cost128 saturation_alone(const struct maker *maker, const unsigned int *counts,
                                uint64_t *load)
{
    if (maker->demand->traffic == 0)
        return 0;
    memset(load, 0, cost_cells(maker->model) * sizeof(*load));
    cost_traffic(maker->model, maker->demand, counts, load);
    return cost_saturation(maker->model, load);
}

static int judge(const struct maker *maker, bool roomy)
{
    autofree uint64_t *load = calloc(cost_cells(maker->model) + 1, sizeof(*load));
    struct shapes *shapes = maker->shapes;
    struct sources sources;
    unsigned int n = 0;
    int r = sources_init(&sources, maker->model);

    if (r == 0 && !load)
        r = -ENOMEM;
    for (unsigned int i = 0; r == 0 && i < shapes->n_shapes; i++) {
        struct shape shape = shapes->shapes[i];
        cost128 memory;

        memory_sources(maker->model, maker->demand, shape.counts, &sources);
        memory = sources_bound(&sources);
        if (memory == FLOW_NEVER)
            continue;
        shape.bound = shape_cost(maker->model, maker->demand, shape.counts) + memory +
                      saturation_alone(maker, shape.counts, load);
        shape.room = maker->demand->fixed ? 0 : room_left(maker, &shape);
        shapes->shapes[n++] = shape;
    }
    sources_fini(&sources);
    shapes->n_shapes = n;
    shapes_sort(maker->model, shapes, roomy);
    return r;
}

static bool has_room(const struct maker *maker, const unsigned int *counts)
{
    for (unsigned int i = 0; i < maker->model->n_nodes; i++) {
        if (counts[i] > maker->room[i])
            return false;
    }
    return true;
}

static void make(struct maker *maker, bool all)
{
    const struct demand *demand = maker->demand;

    if (demand->fixed) {
        memcpy(maker->counts, demand->fixed, maker->model->n_nodes * sizeof(*maker->counts));
        add(maker);
    } else if (demand->only) {
        memcpy(maker->counts, demand->only, maker->model->n_nodes * sizeof(*maker->counts));
        if (has_room(maker, maker->counts))
            add(maker);
    } else if (all) {
        make_all(maker, 0, demand->n_cpus);
    } else {
        maker->shapes->all = false;
        if (maker->pairs)
            make_pairs(maker);
        make_some(maker);
    }
}

int shapes_init(struct shapes *shapes, const struct model *model, unsigned int max)
{
    *shapes = (struct shapes){.max_shapes = max, .all = true};
    shapes->shapes = calloc(max, sizeof(*shapes->shapes));
    shapes->counts = calloc((size_t)max * model->n_nodes + 1, sizeof(*shapes->counts));
    if (shapes->shapes && shapes->counts)
        return 0;
    shapes_fini(shapes);
    return -ENOMEM;
}

void shapes_sort(const struct model *model, struct shapes *shapes, bool roomy)
{
    struct order order = {model, roomy};

    qsort_r(shapes->shapes, shapes->n_shapes, sizeof(*shapes->shapes), compare_shapes, &order);
}

/* Up to so many shapes of one demand are all made. */
static unsigned int shapes_limit(const struct model *model)
{
    unsigned int n = ALL_SHAPES / (model->n_demands + 1);

    return n < ALL_SHAPES_LEAST ? ALL_SHAPES_LEAST : n > ALL_SHAPES_MOST ? ALL_SHAPES_MOST : n;
}

int shapes_make(const struct model *model, const struct demand *demand, const unsigned int *room,
                enum shapes_use use, struct shapes *ret_shapes)
{
    struct shapes shapes = {.all = true};
    autofree unsigned int *counts = calloc(model->n_nodes + 1, sizeof(*counts));
    autofree unsigned int *order = calloc(model->n_nodes + 1, sizeof(*order));
    autofree unsigned int *rest = calloc(model->n_nodes + 1, sizeof(*rest));
    struct maker maker = {
        .model = model,
        .demand = demand,
        .room = room,
        .rest = rest,
        .max_all = shapes_limit(model),
        .shapes = &shapes,
        .distinct = true,
        .counts = counts,
        .order = order,
    };
    unsigned int n = 0, n_pairs = 0;
    int r;

    if (!counts || !order || !rest)
        return -ENOMEM;
    for (unsigned int i = model->n_nodes; i-- > 0;)
        rest[i] = rest[i + 1] + room[i];
    if (!demand->fixed && !demand->only)
        n = count_all(&maker, 0, demand->n_cpus);
    if (n > maker.max_all && use == SHAPES_OF_KIND && demand->affinity != CPU_AFFINITY_SPREAD)
        n_pairs = count_pairs(&maker);
    maker.pairs = n_pairs > 0 && n_pairs <= maker.max_all;
    r = shapes_init(&shapes, model,
                    n <= maker.max_all ? n + 1 : SOME_SHAPES_MAX + (maker.pairs ? n_pairs : 0));
    if (r < 0)
        return r;
    make(&maker, n <= maker.max_all);
    r = judge(&maker, use == SHAPES_ROOMY);
    if (r < 0)
        shapes_fini(&shapes);
    else
        *ret_shapes = shapes;
    return r;
}

void shapes_fini(struct shapes *shapes)
{
    free(shapes->shapes);
    free(shapes->counts);
    *shapes = (struct shapes){0};
}
