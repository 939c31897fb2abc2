/* SPDX-License-Identifier: Apache-2.0 */
/* Demands that are alike, and their options: see alike.h. */

#include "alike.h"

#include <errno.h>
#include <string.h>

enum {
    ARCS_MAX = 8, /* nodes of a source that are told apart */
};

int growing_add(struct growing *array, size_t size, const void *item)
{
    if (array->n == array->max) {
        size_t max = array->max ? array->max * 2 : 64;
        void *larger = realloc(array->items, max * size);

        if (!larger)
            return -ENOMEM;
        array->items = larger;
        array->max = max;
    }
    memcpy((char *)array->items + array->n++ * size, item, size);
    return 0;
}

static int compare_sets(const bool *a, const bool *b, unsigned int n)
{
    if (!a || !b)
        return (a != NULL) - (b != NULL);
    return memcmp(a, b, n * sizeof(*a));
}

static int compare_u64(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

/* What is named, and where it is now, makes each its own. */
static bool is_unique(const struct demand *demand)
{
    return demand->fixed || demand->only || demand->given || demand->now;
}

/* All that the rules and the cost of a demand depend on, but for its set of nodes. */
enum { N_TRAITS = 10 };

static void traits_of(const struct demand *demand, uint64_t traits[N_TRAITS])
{
    const uint64_t all[N_TRAITS] = {is_unique(demand),
                                    demand->n_cpus,
                                    demand->affinity,
                                    demand->policy,
                                    demand->smt,
                                    demand->bytes,
                                    (uint64_t)(demand->near + 1),
                                    demand->weight,
                                    demand->latency_sensitive,
                                    demand->traffic};

    memcpy(traits, all, sizeof(all));
}

static int compare_demands(const struct model *model, const struct demand *a,
                           const struct demand *b)
{
    uint64_t of_a[N_TRAITS], of_b[N_TRAITS];

    traits_of(a, of_a);
    traits_of(b, of_b);
    for (unsigned int i = 0; i < N_TRAITS; i++) {
        int order = compare_u64(of_a[i], of_b[i]);

        if (order != 0)
            return order;
    }
    return compare_sets(a->preferred, b->preferred, model->n_nodes);
}

bool demands_are_alike(const struct model *model, const struct demand *a, const struct demand *b)
{
    return !is_unique(a) && compare_demands(model, a, b) == 0;
}

static int compare_for_sort(const void *a, const void *b, void *context)
{
    const struct model *model = context;
    unsigned int x = *(const unsigned int *)a, y = *(const unsigned int *)b;
    int order = compare_demands(model, &model->demands[x], &model->demands[y]);

    return order != 0 ? order : x < y ? -1 : x > y;
}

static int compare_arcs(const void *a, const void *b)
{
    const struct option_arc *x = a, *y = b;

    if (x->per_byte != y->per_byte)
        return x->per_byte < y->per_byte ? -1 : 1;
    return x->node < y->node ? -1 : x->node > y->node;
}

/* What is being made. */
struct maker {
    struct kinds *kinds;
    struct shapes shapes;
    struct sources sources;
    struct option_arc *arcs; /* scratch, by node_idx */
    uint64_t *bytes;         /* scratch, by node_idx: with one node to go to */
    unsigned int *room;      /* all CPUs, by node_idx */
    uint64_t *load;          /* scratch, by cell */
};

static int add_source(struct maker *maker, uint64_t bytes, unsigned int n_arcs,
                      struct option *option)
{
    struct kinds *kinds = maker->kinds;
    struct option_source source = {bytes, (unsigned int)kinds->arcs.n, n_arcs};
    int r = 0;

    qsort(maker->arcs, n_arcs, sizeof(*maker->arcs), compare_arcs);
    if (n_arcs > ARCS_MAX) {
        source.n_arcs = ARCS_MAX;
        maker->arcs[ARCS_MAX - 1].node = ANY_NODE;
    }
    for (unsigned int i = 0; r == 0 && i < source.n_arcs; i++)
        r = growing_add(&kinds->arcs, sizeof(*maker->arcs), &maker->arcs[i]);
    option->n_sources++;
    return r < 0 ? r : growing_add(&kinds->sources, sizeof(source), &source);
}

static int add_sources(struct maker *maker, struct option *option)
{
    const struct sources *sources = &maker->sources;
    int r = 0;

    memset(maker->bytes, 0, sources->n_nodes * sizeof(*maker->bytes));
    for (unsigned int i = 0; r == 0 && i < sources->n_sources; i++) {
        const struct source *source = &sources->sources[i];
        unsigned int n_arcs = 0;

        for (unsigned int j = 0; j < sources->n_nodes; j++) {
            if (source->per_byte[j] != FLOW_NEVER)
                maker->arcs[n_arcs++] = (struct option_arc){j, source->per_byte[j]};
        }
        if (n_arcs == 1)
            maker->bytes[maker->arcs[0].node] += source->bytes;
        else
            r = add_source(maker, source->bytes, n_arcs, option);
    }
    return r;
}

static int add_asks(struct maker *maker, const struct demand *demand, const unsigned int *counts,
                    struct option *option)
{
    struct kinds *kinds = maker->kinds;
    size_t n_cells = cost_cells(kinds->model);
    int r = 0;

    if (demand->traffic == 0)
        return 0;
    memset(maker->load, 0, n_cells * sizeof(*maker->load));
    cost_traffic(kinds->model, demand, counts, maker->load);
    for (size_t i = 0; r == 0 && i < n_cells; i++) {
        uint64_t capacity = cost_capacity(kinds->model, i) * MIB, load = maker->load[i];
        struct option_ask ask = {(unsigned int)i, load < capacity ? load : capacity};

        if (ask.rate > 0)
            r = growing_add(&kinds->asks, sizeof(ask), &ask);
    }
    option->n_asks = (unsigned int)kinds->asks.n - option->first_ask;
    return r;
}

static int add_option(struct maker *maker, const struct demand *demand, const struct shape *shape)
{
    struct kinds *kinds = maker->kinds;
    struct option option = {
        .cost = shape->bound,
        .first_part = (unsigned int)kinds->parts.n,
        .first_source = (unsigned int)kinds->sources.n,
        .first_ask = (unsigned int)kinds->asks.n,
    };
    int r;

    memory_sources(kinds->model, demand, shape->counts, &maker->sources);
    r = add_sources(maker, &option);
    if (r == 0)
        r = add_asks(maker, demand, shape->counts, &option);
    for (unsigned int i = 0; r == 0 && i < kinds->model->n_nodes; i++) {
        struct option_part part = {i, demand->fixed ? 0 : shape->counts[i], maker->bytes[i]};

        option.n_nodes += shape->counts[i] > 0;
        if (part.cpus > 0 || part.bytes > 0)
            r = growing_add(&kinds->parts, sizeof(part), &part);
    }
    option.n_parts = (unsigned int)kinds->parts.n - option.first_part;
    return r < 0 ? r : growing_add(&kinds->options, sizeof(option), &option);
}

static int add_kind(struct maker *maker, const struct demand *demand)
{
    struct kinds *kinds = maker->kinds;
    struct kind *kind = &kinds->kinds[kinds->n_kinds];
    struct shapes shapes;
    int r = shapes_make(kinds->model, demand, maker->room, SHAPES_OF_KIND, &shapes);

    if (r < 0)
        return r;
    *kind = (struct kind){
        .demand = demand, .first_option = (unsigned int)kinds->options.n, .all = shapes.all};
    for (unsigned int i = 0; r == 0 && i < shapes.n_shapes; i++) {
        r = add_option(maker, demand, &shapes.shapes[i]);
    }
    kind->n_options = (unsigned int)kinds->options.n - kind->first_option;
    kinds->n_kinds++;
    shapes_fini(&shapes);
    return r;
}

static int add_kinds(struct maker *maker, const unsigned int *sorted, unsigned int n)
{
    struct kinds *kinds = maker->kinds;
    const struct model *model = kinds->model;
    int r = 0;

    for (unsigned int i = 0; r == 0 && i < n; i++) {
        const struct demand *demand = &model->demands[sorted[i]];

        if (i == 0 || !demands_are_alike(model, &model->demands[sorted[i - 1]], demand))
            r = add_kind(maker, demand);
        kinds->of[sorted[i]] = kinds->n_kinds - 1;
        kinds->kinds[kinds->n_kinds - 1].n_demands++;
    }
    return r;
}

static int compare_sizes(const void *a, const void *b)
{
    const unsigned int *x = a, *y = b;

    return *x < *y ? -1 : *x > *y;
}

/* -ENOMEM. */
static int list_sizes(struct kinds *kinds)
{
    unsigned int *sizes = calloc(kinds->n_kinds + 1, sizeof(*sizes)), n = 0;

    kinds->sizes = sizes;
    if (!sizes)
        return -ENOMEM;
    for (unsigned int k = 0; k < kinds->n_kinds; k++) {
        const struct demand *demand = kinds->kinds[k].demand;

        if (!demand->fixed && demand->n_cpus > 1)
            sizes[n++] = demand->n_cpus;
    }
    qsort(sizes, n, sizeof(*sizes), compare_sizes);
    for (unsigned int i = 0; i < n; i++) {
        if (kinds->n_sizes == 0 || sizes[kinds->n_sizes - 1] != sizes[i])
            sizes[kinds->n_sizes++] = sizes[i];
    }
    return 0;
}

int kinds_make(const struct model *model, unsigned int first, unsigned int n,
               struct kinds *ret_kinds)
{
    autofree unsigned int *sorted = calloc(n + 1, sizeof(*sorted));
    autofree unsigned int *room = calloc(model->n_nodes + 1, sizeof(*room));
    autofree uint64_t *bytes = calloc(model->n_nodes + 1, sizeof(*bytes));
    autofree struct option_arc *arcs = calloc(model->n_nodes + 1, sizeof(*arcs));
    autofree uint64_t *load = calloc(cost_cells(model) + 1, sizeof(*load));
    struct maker maker = {
        .kinds = ret_kinds, .arcs = arcs, .bytes = bytes, .room = room, .load = load};
    int r = sources_init(&maker.sources, model);

    *ret_kinds = (struct kinds){.model = model};
    ret_kinds->kinds = calloc(n + 1, sizeof(*ret_kinds->kinds));
    ret_kinds->of = calloc(model->n_demands + 1, sizeof(*ret_kinds->of));
    if (!sorted || !room || !bytes || !arcs || !load || !ret_kinds->kinds || !ret_kinds->of)
        r = -ENOMEM;
    if (r == 0) {
        for (unsigned int i = 0; i < n; i++)
            sorted[i] = first + i;
        for (unsigned int i = 0; i < model->n_nodes; i++)
            room[i] = model->nodes[i].n_cpus;
        qsort_r(sorted, n, sizeof(*sorted), compare_for_sort, (void *)model);
        r = add_kinds(&maker, sorted, n);
        if (r == 0)
            r = list_sizes(ret_kinds);
    }
    sources_fini(&maker.sources);
    return r;
}

bool kinds_are_whole(const struct kinds *kinds)
{
    for (unsigned int k = 0; k < kinds->n_kinds; k++) {
        if (!kinds->kinds[k].all)
            return false;
    }
    return true;
}

void kinds_fini(struct kinds *kinds)
{
    free(kinds->kinds);
    free(kinds->of);
    free(kinds->sizes);
    free(kinds->options.items);
    free(kinds->parts.items);
    free(kinds->sources.items);
    free(kinds->arcs.items);
    free(kinds->asks.items);
    *kinds = (struct kinds){0};
}

void option_counts(const struct kinds *kinds, const struct option *option, unsigned int *ret_counts)
{
    const struct option_part *parts = option_parts(kinds, option);

    memset(ret_counts, 0, kinds->model->n_nodes * sizeof(*ret_counts));
    for (unsigned int i = 0; i < option->n_parts; i++)
        ret_counts[parts[i].node] = parts[i].cpus;
}

static bool has_room(const struct kinds *kinds, const struct option *option,
                     const unsigned int *room, unsigned int *ret_left)
{
    const struct option_part *parts = option_parts(kinds, option);
    unsigned int least = -1u;

    for (unsigned int i = 0; i < option->n_parts; i++) {
        unsigned int left = room[parts[i].node];

        if (parts[i].cpus > left)
            return false;
        if (parts[i].cpus > 0 && left - parts[i].cpus < least)
            least = left - parts[i].cpus;
    }
    *ret_left = least;
    return true;
}

int kind_shapes(const struct kinds *kinds, const struct kind *kind, const unsigned int *room,
                struct shapes *ret_shapes)
{
    int r = shapes_init(ret_shapes, kinds->model, kind->n_options + 1);

    for (unsigned int i = 0; r == 0 && i < kind->n_options; i++) {
        const struct option *option = kind_option(kinds, kind, i);
        unsigned int n = ret_shapes->n_shapes, left;

        if (!has_room(kinds, option, room, &left))
            continue;
        ret_shapes->shapes[n] = (struct shape){
            .counts = &ret_shapes->counts[(size_t)n * kinds->model->n_nodes],
            .bound = option->cost,
            .option = i,
            .room = left,
        };
        option_counts(kinds, option, ret_shapes->shapes[n].counts);
        ret_shapes->n_shapes++;
    }
    return r;
}
