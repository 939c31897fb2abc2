/* SPDX-License-Identifier: Apache-2.0 */
/* The options of one instance, each planned with: see explain.h. */

#include "explainer.h"
#include "memory.h"
#include "shapes.h"

#include <string.h>

enum {
    OPTIONS_MAX = 16, /* are planned with */
    OPTIONS_LARGE_MAX = 8,
    LARGE = 2048, /* instances times nodes, from which on a search takes long */
};

static unsigned int options_max(const struct explainer *explainer)
{
    return explainer->large ? OPTIONS_LARGE_MAX : OPTIONS_MAX;
}

static bool has_cpus_in(const struct explainer *explainer, const unsigned int *counts,
                        const unsigned int *room)
{
    for (unsigned int i = 0; room && i < explainer->model.n_nodes; i++) {
        if (counts[i] > 0 && room[i] > 0)
            return true;
    }
    return false;
}

void explainer_hold_others(const struct explainer *explainer, const struct model *model,
                           const unsigned int *room)
{
    const struct demand *in_whole = explainer->model.demands;

    for (unsigned int i = 0; explainer->large && i < model->n_demands; i++, in_whole++) {
        struct demand *demand = &model->demands[i];
        const unsigned int *counts;

        while (in_whole->wish->instance != demand->wish->instance)
            in_whole++; /* it is left out */
        counts = explainer_counts(explainer, (unsigned int)(in_whole - explainer->model.demands));
        if (in_whole != &explainer->model.demands[explainer->d] && !demand->fixed &&
            !has_cpus_in(explainer, counts, room))
            demand->only = counts;
    }
}

void explainer_let_go(const struct model *model)
{
    for (unsigned int i = 0; i < model->n_demands; i++)
        model->demands[i].only = NULL;
}

const unsigned int *explainer_counts_with(const struct explainer *explainer,
                                          const unsigned int *counts)
{
    unsigned int n_nodes = explainer->model.n_nodes;

    memcpy(explainer->counts, explainer->chosen,
           (size_t)explainer->model.n_demands * n_nodes * sizeof(*counts));
    memcpy(&explainer->counts[(size_t)explainer->d * n_nodes], counts, n_nodes * sizeof(*counts));
    return explainer->counts;
}

void explainer_tell(struct explainer *explainer)
{
    plan_watch_tell(&explainer->options->watch,
                    &(struct plan_progress){.stage = PLAN_EXPLAINING, .done = explainer->done++});
}

hwloc_bitmap_t explain_nodes(const struct model *model, const unsigned int *counts)
{
    autoset hwloc_bitmap_t nodes = hwloc_bitmap_alloc();

    for (unsigned int i = 0; nodes && i < model->n_nodes; i++) {
        if (counts[i] > 0 && hwloc_bitmap_set(nodes, model->nodes[i].id) < 0)
            return NULL;
    }
    return TAKE(nodes);
}

int explain_own(const struct model *model, const unsigned int *counts, unsigned int demand,
                bool alone, struct own_cost *ret_own)
{
    struct layout layout = {0};
    int r = layout_make(model, counts, alone ? demand : 0, alone ? 1 : model->n_demands, &layout);

    if (r == LAYOUT_NONE)
        r = -ENOTRECOVERABLE; /* the search placed the same bytes */
    if (r == 0)
        r = given_own_cost(model, counts, &layout, demand, ret_own);
    layout_fini(&layout);
    return r;
}

static double extra_of(const struct explainer *explainer, cost128 cost)
{
    return explain_locals((int64_t)((cost - explainer->cost) >> COST_SHIFT));
}

/* With all others where they are. 0 or -ENOMEM. */
static int price_stay(const struct explainer *explainer, struct option *option)
{
    const unsigned int *counts = explainer_counts_with(explainer, option->cpus);
    struct given given;
    int r = given_judge(&explainer->model, counts, &given);

    if (r == 0) {
        option->stay = (struct option_price){.possible = given.possible, .proven = given.proven};
        if (given.possible)
            option->stay.extra = extra_of(explainer, given.cost);
        if (given.possible)
            r = given_own_cost(&explainer->model, counts, &given.layout, explainer->d,
                               &option->cost);
    }
    given_fini(&given);
    return r;
}

/* With the others free to move. Of a small file first only whether there is a placement, which is
 * soon known. */
static int price_moved(const struct explainer *explainer, struct option *option)
{
    struct search_options options = {.any = !explainer->large, .alone = -1};
    struct search_result result = {0};
    int r;

    explainer_hold_others(explainer, &explainer->model, option->cpus);
    r = search_run(&explainer->model, &options, &result);
    if (r == 0 && result.counts && options.any) {
        search_result_fini(&result);
        options.any = false;
        r = search_run(&explainer->model, &options, &result);
    }
    explainer_let_go(&explainer->model);
    option->moved = (struct option_price){.proven = result.proven && !explainer->large};
    if (r == 0 && result.counts) {
        option->moved.possible = true;
        option->moved.extra = extra_of(explainer, result.cost);
        r = explain_own(&explainer->model, result.counts, explainer->d, false, &option->cost);
    }
    search_result_fini(&result);
    return r;
}

/* The machine for itself. 1: possible, 0: not; or -ENOMEM. */
static int price_alone(const struct explainer *explainer, struct option *option)
{
    struct search_options options = {.alone = (int)explainer->d};
    struct search_result result = {0};
    int r = search_run(&explainer->model, &options, &result);

    if (r == 0 && result.counts) {
        option->costed = true;
        r = explain_own(&explainer->model, result.counts, explainer->d, true, &option->cost);
        r = r < 0 ? r : 1;
    }
    option->stay.proven = option->moved.proven = result.proven;
    search_result_fini(&result);
    return r;
}

static int price_both(struct explainer *explainer, struct option *option)
{
    struct own_cost stay;
    int r = price_stay(explainer, option);

    stay = option->cost;
    if (r == 0 && !option->stay.possible)
        r = explain_obstacle(explainer, false, option);
    if (r == 0)
        r = price_moved(explainer, option);
    /* A search that ended at its limit may miss that all may stay. */
    if (r == 0 && option->stay.possible &&
        (!option->moved.possible || option->stay.extra < option->moved.extra)) {
        option->moved = option->stay;
        option->cost = stay;
    }
    return r;
}

static int judge_option(struct explainer *explainer, struct option *option)
{
    struct demand *demand = &explainer->model.demands[explainer->d];
    int r;

    explainer_tell(explainer);
    if (option->chosen) {
        option->stay = option->moved = (struct option_price){.possible = true, .proven = true};
        option->costed = true;
        option->cost = explainer->own;
        return 0;
    }
    demand->only = option->cpus;
    r = price_alone(explainer, option);
    if (r == 0)
        r = explain_obstacle(explainer, true, option);
    else if (r > 0)
        r = price_both(explainer, option);
    demand->only = NULL;
    return r;
}

/* The same nodes, whatever on each. */
static bool same_nodes(const unsigned int *a, const unsigned int *b, unsigned int n_nodes)
{
    for (unsigned int i = 0; i < n_nodes; i++) {
        if ((a[i] > 0) != (b[i] > 0))
            return false;
    }
    return true;
}

static bool has_option(const struct explanation *explanation, const unsigned int *counts,
                       unsigned int n_nodes)
{
    for (unsigned int i = 0; i < explanation->n_options; i++) {
        if (same_nodes(explanation->options[i].cpus, counts, n_nodes))
            return true;
    }
    return false;
}

static int add_option(const struct explainer *explainer, const unsigned int *counts,
                      struct explanation *explanation)
{
    size_t size = explainer->model.n_nodes * sizeof(*counts);
    struct option *option = &explanation->options[explanation->n_options];

    *option = (struct option){.cpus = malloc(size + 1)};
    explanation->n_options++;
    option->nodes = explain_nodes(&explainer->model, counts);
    option->lacking = hwloc_bitmap_alloc();
    if (!option->cpus || !option->nodes || !option->lacking)
        return -ENOMEM;
    memcpy(option->cpus, counts, size);
    return 0;
}

static bool fits_beside_others(const struct explainer *explainer, const unsigned int *counts)
{
    for (unsigned int i = 0; i < explainer->model.n_nodes; i++) {
        if (counts[i] > explain_cpus_left(explainer, i, false))
            return false;
    }
    return true;
}

/* Of the shapes on the same nodes that cost as little by themselves as the first one, which is the
 * cheapest, one that fits beside the others if there is such. */
static const unsigned int *best_like(const struct explainer *explainer, const struct shapes *shapes,
                                     unsigned int first)
{
    const struct shape *cheapest = &shapes->shapes[first];

    for (unsigned int i = first; i < shapes->n_shapes; i++) {
        const struct shape *shape = &shapes->shapes[i];

        if (shape->bound > cheapest->bound)
            break;
        if (same_nodes(shape->counts, cheapest->counts, explainer->model.n_nodes) &&
            fits_beside_others(explainer, shape->counts))
            return shape->counts;
    }
    return cheapest->counts;
}

/* Of several shapes on the same nodes the cheapest. Those beyond the limit are counted. */
static int add_shapes(const struct explainer *explainer, const struct shapes *shapes,
                      struct explanation *explanation)
{
    unsigned int n_nodes = explainer->model.n_nodes;
    int r = 0;

    for (unsigned int i = 0; r == 0 && i < shapes->n_shapes; i++) {
        const unsigned int *counts = shapes->shapes[i].counts;
        bool seen = has_option(explanation, counts, n_nodes);

        for (unsigned int j = 0; !seen && j < i; j++)
            seen = same_nodes(shapes->shapes[j].counts, counts, n_nodes);
        if (seen)
            continue;
        if (explanation->n_options < options_max(explainer))
            r = add_option(explainer, best_like(explainer, shapes, i), explanation);
        else
            explanation->n_more++;
    }
    return r;
}

/* Each node by itself, too, though no rule should allow it: that is what people ask about. */
static int add_nodes(const struct explainer *explainer, struct explanation *explanation)
{
    const struct model *model = &explainer->model;
    const struct machine *machine = explainer->plan->machine;
    autofree unsigned int *counts = calloc(model->n_nodes + 1, sizeof(*counts));
    int r = counts ? 0 : -ENOMEM;

    for (unsigned int i = 0; r == 0 && i < model->n_nodes; i++) {
        if (hwloc_bitmap_iszero(machine->nodes[i].cpus))
            continue;
        counts[i] = model->demands[explainer->d].n_cpus;
        if (explanation->n_options < options_max(explainer) &&
            !has_option(explanation, counts, model->n_nodes))
            r = add_option(explainer, counts, explanation);
        counts[i] = 0;
    }
    return r;
}

static int find_options(const struct explainer *explainer, struct explanation *explanation)
{
    const struct model *model = &explainer->model;
    const struct demand *demand = &model->demands[explainer->d];
    autofree unsigned int *room = calloc(model->n_nodes + 1, sizeof(*room));
    struct shapes shapes = {0};
    int r;

    explanation->options = calloc(OPTIONS_MAX, sizeof(*explanation->options));
    if (!room || !explanation->options)
        return -ENOMEM;
    r = add_option(explainer, explainer_counts(explainer, explainer->d), explanation);
    explanation->options[0].chosen = true;
    if (r < 0 || demand->fixed || demand->n_cpus == 0)
        return r;
    for (unsigned int i = 0; i < model->n_nodes; i++)
        room[i] = model->nodes[i].n_cpus;
    r = shapes_make(model, demand, room, SHAPES_PACKING, &shapes);
    if (r == 0)
        r = add_shapes(explainer, &shapes, explanation);
    if (r == 0)
        r = add_nodes(explainer, explanation);
    shapes_fini(&shapes);
    return r;
}

/* The chosen one, the possible by what they add, then what is not possible by its own cost. */
static int compare_options(const void *a, const void *b)
{
    const struct option *x = a, *y = b;
    int64_t x_cost = own_cost_sum(&x->cost), y_cost = own_cost_sum(&y->cost);

    if (x->chosen != y->chosen)
        return x->chosen ? -1 : 1;
    if (x->moved.possible != y->moved.possible)
        return x->moved.possible ? -1 : 1;
    if (x->moved.extra < y->moved.extra || x->moved.extra > y->moved.extra)
        return x->moved.extra < y->moved.extra ? -1 : 1;
    if (x->costed != y->costed)
        return x->costed ? -1 : 1;
    if (x_cost != y_cost)
        return x_cost < y_cost ? -1 : 1;
    return hwloc_bitmap_compare(x->nodes, y->nodes);
}

static int judge_options(struct explainer *explainer, struct explanation *explanation)
{
    int r = 0;

    for (unsigned int i = 0; r == 0 && i < explanation->n_options; i++)
        r = judge_option(explainer, &explanation->options[i]);
    if (r == 0)
        qsort(explanation->options, explanation->n_options, sizeof(*explanation->options),
              compare_options);
    return r;
}

static int find_alone(const struct explainer *explainer, struct explanation *explanation)
{
    struct search_options options = {.alone = (int)explainer->d};
    struct search_result result = {0};
    int r = search_run(&explainer->model, &options, &result);

    explanation->alone = explain_locals((int64_t)(result.cost >> COST_SHIFT));
    search_result_fini(&result);
    return r;
}

static void count_cpus(struct explainer *explainer, const struct plan *plan)
{
    const struct machine *machine = plan->machine;
    size_t n_nodes = explainer->model.n_nodes;

    for (unsigned int i = 0; i < plan->n_placements; i++) {
        int id;

        hwloc_bitmap_foreach_begin(id, plan->placements[i].cpus) const struct cpu *cpu =
            machine_cpu(machine, (unsigned int)id);

        if (cpu && cpu->node >= 0)
            explainer->chosen[i * n_nodes +
                              (size_t)machine_node_idx(machine, (unsigned int)cpu->node)]++;
        hwloc_bitmap_foreach_end();
    }
}

/* The plan as the search sees it, and its cost. */
static int take_plan(struct explainer *explainer, const struct plan *plan)
{
    struct model *model = &explainer->model;
    size_t cells = (size_t)model->n_demands * model->n_nodes;
    struct given given;
    int r;

    explainer->large = cells > LARGE;
    explainer->chosen = calloc(cells + 1, sizeof(*explainer->chosen));
    explainer->counts = calloc(cells + 1, sizeof(*explainer->counts));
    if (!explainer->chosen || !explainer->counts)
        return -ENOMEM;
    count_cpus(explainer, plan);
    r = given_judge(model, explainer->chosen, &given);
    if (r == 0 && !given.possible)
        r = -ENOTRECOVERABLE; /* it is a placement */
    if (r == 0)
        r = given_own_cost(model, explainer->chosen, &given.layout, explainer->d, &explainer->own);
    explainer->cost = given.cost;
    given_fini(&given);
    return r;
}

static int explain(struct explainer *explainer, const struct plan *plan,
                   struct explanation *explanation)
{
    int r = take_plan(explainer, plan);

    if (r == 0)
        r = find_options(explainer, explanation);
    if (r == 0)
        r = find_alone(explainer, explanation);
    if (r == 0)
        r = judge_options(explainer, explanation);
    if (r == 0)
        r = explain_bindings(explainer, explanation);
    return r;
}

int plan_explain(const struct wishes *wishes, const struct plan_options *options,
                 const struct plan *plan, unsigned int instance,
                 struct explanation **ret_explanation, struct np_error *err)
{
    struct explainer explainer = {
        .wishes = wishes, .options = options, .plan = plan, .d = instance};
    autoexplanation struct explanation *explanation = calloc(1, sizeof(*explanation));
    int r = explanation ? model_init(&explainer.model, wishes, options) : -ENOMEM;

    if (r == 0) {
        explanation->instance = plan->placements[instance].instance;
        r = explain(&explainer, plan, explanation);
        explanation->near_only = explainer.large;
    }
    model_fini(&explainer.model);
    free(explainer.chosen);
    free(explainer.counts);
    if (r < 0)
        return error_set(err, r, "cannot explain: %s", strerror(-r));
    *ret_explanation = TAKE(explanation);
    return 0;
}

struct explanation *explanation_free(struct explanation *explanation)
{
    if (!explanation)
        return NULL;
    for (unsigned int i = 0; i < explanation->n_options; i++) {
        free(explanation->options[i].cpus);
        hwloc_bitmap_free(explanation->options[i].nodes);
        hwloc_bitmap_free(explanation->options[i].lacking);
    }
    for (unsigned int i = 0; i < explanation->n_bindings; i++)
        hwloc_bitmap_free(explanation->bindings[i].nodes);
    free(explanation->options);
    free(explanation);
    return NULL;
}
