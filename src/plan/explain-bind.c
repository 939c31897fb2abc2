/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What keeps an instance from a cheaper place: see explain.h. What its options lack says where to
 * look; that it is so is seen by planning without it.
 */

#include "explainer.h"

#include <limits.h>
#include <string.h>

enum {
    TRIES_MAX = 24, /* things that are tried */
    TRIES_LARGE_MAX = 6,
    BUDGET_PART = 4, /* of the plan's own, for each of them */
};

/* Plans the model, and keeps the binding if demand d costs less than in the plan. 1: it does. */
static int weigh(struct explainer *explainer, const struct model *model, unsigned int d,
                 struct binding *binding)
{
    struct search_options options = {.alone = -1};
    struct search_result result = {0};
    struct own_cost own = {0};
    int64_t less = 0;
    int r;

    explainer_tell(explainer);
    explainer_hold_others(explainer, model, NULL);
    r = search_run(model, &options, &result);
    explainer_let_go(model);
    if (r == 0 && result.counts) {
        r = explain_own(model, result.counts, d, false, &own);
        less = own_cost_sum(&explainer->own) - own_cost_sum(&own);
    }
    if (r == 0 && less > 0) {
        hwloc_bitmap_free(binding->nodes);
        binding->nodes = explain_nodes(model, &result.counts[(size_t)d * model->n_nodes]);
        binding->gain = explain_locals(less);
        r = binding->nodes ? 1 : -ENOMEM;
    }
    search_result_fini(&result);
    return r;
}

/* Gives the node n more CPUs, each a core of its own; n is 0: takes them back. */
static int widen_node(struct model_node *node, const struct model_node *was, unsigned int n)
{
    unsigned int *cpus = calloc(was->n_cpus + n + 1, sizeof(*cpus));
    struct model_core *cores = calloc(was->n_cores + n + 1, sizeof(*cores));

    if (!cpus || !cores) {
        free(cpus);
        free(cores);
        return -ENOMEM;
    }
    memcpy(cpus, was->cpus, was->n_cpus * sizeof(*cpus));
    memcpy(cores, was->cores, was->n_cores * sizeof(*cores));
    for (unsigned int i = 0; i < n; i++) {
        cpus[was->n_cpus + i] = UINT_MAX;
        cores[was->n_cores + i] =
            (struct model_core){.first = was->n_cpus + i, .n_cpus = 1, .llc = -1, .whole = true};
    }
    node->cpus = cpus;
    node->cores = cores;
    node->n_cpus = was->n_cpus + n;
    node->n_cores = was->n_cores + n;
    return 0;
}

static int weigh_with_cpus(struct explainer *explainer, unsigned int node_idx, unsigned int n,
                           struct binding *binding)
{
    struct model_node *node = &explainer->model.nodes[node_idx], was = *node;
    int r = widen_node(node, &was, n);

    if (r < 0)
        return r;
    r = weigh(explainer, &explainer->model, explainer->d, binding);
    free(node->cpus);
    free(node->cores);
    *node = was;
    return r;
}

/* The fewest CPUs more that help, at most so many. */
static int try_cpus(struct explainer *explainer, unsigned int node_idx, unsigned int most,
                    struct binding *binding)
{
    unsigned int low = 0, high = most; /* low does not help, high does */
    int r;

    binding->kind = BINDING_CPUS;
    binding->node = explainer->model.nodes[node_idx].id;
    r = weigh_with_cpus(explainer, node_idx, most, binding);
    if (r <= 0)
        return r;
    while (high > low + 1) {
        unsigned int middle = low + (high - low) / 2;

        r = weigh_with_cpus(explainer, node_idx, middle, binding);
        if (r < 0)
            return r;
        if (r > 0)
            high = middle;
        else
            low = middle;
    }
    binding->cpus = high;
    return 1;
}

/* Addresses are of the machine: there are no more. */
static int try_memory(struct explainer *explainer, unsigned int node_idx, uint64_t bytes,
                      struct binding *binding)
{
    struct model_node *node = &explainer->model.nodes[node_idx];
    int r;

    if (explainer->model.addresses)
        return 0;
    binding->kind = BINDING_MEMORY;
    binding->node = node->id;
    binding->bytes = bytes;
    node->bytes += bytes;
    r = weigh(explainer, &explainer->model, explainer->d, binding);
    node->bytes -= bytes;
    return r;
}

static int try_without(struct explainer *explainer, unsigned int demand, struct binding *binding)
{
    struct wishes less = {0};
    struct model model = {0};
    int r = wishes_without(explainer->wishes, demand, &less);

    binding->kind = BINDING_INSTANCE;
    binding->without = explainer->model.demands[demand].wish->instance;
    if (r == 0)
        r = model_init(&model, &less, explainer->options);
    model.budget_ms = explainer->model.budget_ms;
    if (r == 0)
        r = weigh(explainer, &model, explainer->d - (demand < explainer->d), binding);
    model_fini(&model);
    free(less.wishes);
    return r;
}

static int try_smt(struct explainer *explainer, struct binding *binding)
{
    struct demand *demand = &explainer->model.demands[explainer->d];
    enum smt_rule asked = demand->smt;
    int r;

    if (asked == SMT_ANY || demand->fixed)
        return 0;
    binding->kind = BINDING_SMT;
    demand->smt = SMT_ANY;
    r = weigh(explainer, &explainer->model, explainer->d, binding);
    demand->smt = asked;
    return r;
}

static int try_affinity(struct explainer *explainer, struct binding *binding)
{
    struct demand *demand = &explainer->model.demands[explainer->d];
    int r;

    if (demand->affinity != CPU_AFFINITY_LOCAL || demand->fixed)
        return 0;
    binding->kind = BINDING_AFFINITY;
    demand->affinity = CPU_AFFINITY_COMPACT;
    r = weigh(explainer, &explainer->model, explainer->d, binding);
    demand->affinity = CPU_AFFINITY_LOCAL;
    return r;
}

static bool is_same(const struct binding *a, const struct binding *b)
{
    return a->kind == b->kind && a->node == b->node && a->without == b->without;
}

/* Takes over binding if it helps (r > 0) and is not known yet, the best first. */
static int keep(struct explanation *explanation, struct binding *binding, int r)
{
    struct binding *bindings = explanation->bindings;
    unsigned int at = explanation->n_bindings;
    bool known = false;

    for (unsigned int i = 0; i < explanation->n_bindings; i++)
        known |= is_same(&bindings[i], binding);
    while (at > 0 && binding->gain > bindings[at - 1].gain)
        at--;
    if (r <= 0 || known || at == BINDINGS_MAX) {
        hwloc_bitmap_free(binding->nodes);
        return r < 0 ? r : 0;
    }
    if (explanation->n_bindings == BINDINGS_MAX)
        hwloc_bitmap_free(bindings[BINDINGS_MAX - 1].nodes);
    else
        explanation->n_bindings++;
    for (unsigned int i = explanation->n_bindings - 1; i > at; i--)
        bindings[i] = bindings[i - 1];
    bindings[at] = *binding;
    return 0;
}

static int instance_idx(const struct explainer *explainer, const struct instance *instance)
{
    unsigned int i = 0;

    while (explainer->model.demands[i].wish->instance != instance)
        i++;
    return (int)i;
}

/* What the option lacks, and those who have it. */
static int try_option(struct explainer *explainer, const struct option *option,
                      struct explanation *explanation, unsigned int *tries)
{
    const struct model *model = &explainer->model;
    unsigned int most = explainer->large ? TRIES_LARGE_MAX : TRIES_MAX;
    int r = 0;

    for (unsigned int i = 0; r == 0 && i < model->n_nodes && *tries < most; i++) {
        struct binding binding = {0};

        if (!hwloc_bitmap_isset(option->lacking, model->nodes[i].id))
            continue;
        ++*tries;
        r = option->obstacle == OBSTACLE_MEMORY
                ? try_memory(explainer, i, option->lacks_bytes, &binding)
                : try_cpus(explainer, i, option->lacks_cpus, &binding);
        r = keep(explanation, &binding, r);
    }
    for (unsigned int i = 0; r == 0 && i < option->n_holders && *tries < most; i++) {
        struct binding binding = {0};

        ++*tries;
        r = try_without(explainer,
                        (unsigned int)instance_idx(explainer, option->holders[i].instance),
                        &binding);
        r = keep(explanation, &binding, r);
    }
    return r;
}

static int find_bindings(struct explainer *explainer, struct explanation *explanation)
{
    struct binding smt = {0}, affinity = {0};
    unsigned int tries = 0;
    int r = try_smt(explainer, &smt);

    r = keep(explanation, &smt, r);
    if (r == 0) {
        r = try_affinity(explainer, &affinity);
        r = keep(explanation, &affinity, r);
    }
    for (unsigned int i = 0; r == 0 && i < explanation->n_options; i++) {
        const struct option *option = &explanation->options[i];

        if (option->obstacle != OBSTACLE_NONE)
            r = try_option(explainer, option, explanation, &tries);
    }
    return r;
}

int explain_bindings(struct explainer *explainer, struct explanation *explanation)
{
    unsigned int budget_ms = explainer->model.budget_ms;
    int r;

    explainer->model.budget_ms = (budget_ms + BUDGET_PART - 1) / BUDGET_PART;
    r = find_bindings(explainer, explanation);
    explainer->model.budget_ms = budget_ms;
    return r;
}
