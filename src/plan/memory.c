/* SPDX-License-Identifier: Apache-2.0 */
/* Memory policies as sources of a flow: see memory.h. */

#include "memory.h"

#include "move.h"

#include <errno.h>

int sources_init(struct sources *sources, const struct model *model)
{
    unsigned int n_nodes = model->n_nodes, max = move_max_sources(model);

    *sources = (struct sources){.n_nodes = n_nodes};
    sources->sources = calloc(max + 1, sizeof(*sources->sources));
    sources->costs = calloc((size_t)max * n_nodes + 1, sizeof(*sources->costs));
    sources->left = calloc(n_nodes + 1, sizeof(*sources->left));
    if (!sources->sources || !sources->costs || !sources->left) {
        sources_fini(sources);
        return -ENOMEM;
    }
    for (unsigned int i = 0; i < max; i++)
        sources->sources[i].per_byte = &sources->costs[(size_t)i * n_nodes];
    return 0;
}

void sources_fini(struct sources *sources)
{
    free(sources->sources);
    free(sources->costs);
    free(sources->left);
    *sources = (struct sources){0};
}

/* The part of bytes, dealt out in units and by weights, that follows those before it: nothing is
 * lost to rounding. */
static uint64_t part_of(const struct model *model, uint64_t bytes, uint64_t before, uint64_t weight,
                        uint64_t all)
{
    cost128 units = (cost128)(bytes / model->unit);
    cost128 until = units * (before + weight) / all;

    return (uint64_t)(until - units * before / all) * model->unit;
}

static void add_source(const struct model *model, const struct demand *demand,
                       const unsigned int *counts, struct sources *sources,
                       const struct source *what)
{
    struct source *source = &sources->sources[sources->n_sources];
    int from = what->from >= 0 ? what->from : sources->home;

    if (what->bytes == 0)
        return;
    source->bytes = what->bytes;
    source->from = what->from;
    source->only = what->only;
    source->now = -1;
    for (unsigned int i = 0; i < model->n_nodes; i++) {
        source->per_byte[i] = FLOW_NEVER;
        if ((what->only < 0 || what->only == (int)i) &&
            model_memory_allowed(model, demand, counts, i))
            source->per_byte[i] =
                ((cost128)cost_bytes(model, demand, counts, from, i) << COST_SHIFT) /
                (cost128)demand->bytes;
    }
    sources->n_sources++;
}

/* Local: the CPUs of each node first touch their part. */
static void local_sources(const struct model *model, const struct demand *demand,
                          const unsigned int *counts, struct sources *sources)
{
    uint64_t before = 0, all = 0;

    for (unsigned int i = 0; i < model->n_nodes; i++)
        all += counts[i];
    for (unsigned int i = 0; i < model->n_nodes; i++) {
        struct source source = {.from = (int)i, .only = -1};

        if (counts[i] == 0)
            continue;
        source.bytes = part_of(model, demand->bytes, before, counts[i], all);
        add_source(model, demand, counts, sources, &source);
        before += counts[i];
    }
}

/* Pages are dealt out over the given nodes, all of them; with none given over the nodes of its
 * CPUs if memory must stay there, else over all that may be chosen. */
static bool is_interleaved_over(const struct model *model, const struct demand *demand,
                                const unsigned int *counts, unsigned int node)
{
    if (demand->preferred)
        return demand->preferred[node];
    return model_memory_allowed(model, demand, counts, node);
}

/* By bandwidth only if it is known of all. */
static bool has_weights(const struct model *model, const struct demand *demand,
                        const unsigned int *counts)
{
    if (demand->policy != MEMORY_POLICY_WEIGHTED_INTERLEAVE)
        return false;
    for (unsigned int i = 0; i < model->n_nodes; i++) {
        if (is_interleaved_over(model, demand, counts, i) && model->nodes[i].bandwidth == 0)
            return false;
    }
    return true;
}

/* Interleave: each of the nodes gets its part and no other. */
static void interleave_sources(const struct model *model, const struct demand *demand,
                               const unsigned int *counts, struct sources *sources)
{
    bool weighted = has_weights(model, demand, counts);
    uint64_t before = 0, all = 0;

    for (unsigned int i = 0; i < model->n_nodes; i++) {
        if (is_interleaved_over(model, demand, counts, i))
            all += weighted ? model->nodes[i].bandwidth : 1;
    }
    if (all == 0) /* no node: a source that finds none */
        add_source(model, demand, counts, sources,
                   &(struct source){.bytes = demand->bytes, .from = -1, .only = -1});
    for (unsigned int i = 0; i < model->n_nodes; i++) {
        uint64_t weight = weighted ? model->nodes[i].bandwidth : 1;
        struct source source = {.from = -1, .only = (int)i};

        if (!is_interleaved_over(model, demand, counts, i))
            continue;
        source.bytes = part_of(model, demand->bytes, before, weight, all);
        add_source(model, demand, counts, sources, &source);
        before += weight;
    }
}

/* Named by address: it is where it is, whatever the policy says, and all CPUs use it alike. */
static void given_sources(const struct model *model, const struct demand *demand,
                          const unsigned int *counts, struct sources *sources)
{
    for (unsigned int i = 0; i < model->n_nodes; i++)
        add_source(model, demand, counts, sources,
                   &(struct source){.bytes = demand->given[i], .from = -1, .only = (int)i});
}

static bool is_first_choice(const struct model *model, const struct demand *demand,
                            const unsigned int *counts, unsigned int node)
{
    if (demand->preferred)
        return demand->preferred[node];
    if (demand_interleaves(demand) || demand->n_cpus == 0)
        return model->nodes[node].ordinary;
    return counts[node] > 0;
}

static int home_of(const struct model *model, const unsigned int *counts)
{
    int home = -1;

    for (unsigned int i = 0; i < model->n_nodes; i++) {
        if (counts[i] > 0 && home >= 0)
            return -1;
        if (counts[i] > 0)
            home = (int)i;
    }
    return home;
}

bool memory_is_named(const struct model *model, const struct demand *demand,
                     const unsigned int *counts, unsigned int node)
{
    if (!model_memory_allowed(model, demand, counts, node))
        return false;
    if (is_first_choice(model, demand, counts, node))
        return true;
    for (unsigned int i = 0; i < model->n_nodes; i++) {
        if (is_first_choice(model, demand, counts, i) &&
            model_memory_allowed(model, demand, counts, i))
            return false;
    }
    return true;
}

void memory_sources(const struct model *model, const struct demand *demand,
                    const unsigned int *counts, struct sources *sources)
{
    struct source all = {.bytes = demand->bytes, .from = -1, .only = -1};

    sources->n_sources = 0;
    sources->home = home_of(model, counts);
    if (demand->given)
        given_sources(model, demand, counts, sources);
    else if (demand_interleaves(demand))
        interleave_sources(model, demand, counts, sources);
    else if (demand->policy == MEMORY_POLICY_LOCAL && demand->n_cpus > 0)
        local_sources(model, demand, counts, sources);
    else
        add_source(model, demand, counts, sources, &all);
    move_split(model, demand, sources);
}

/* What the policy wants of node, if it may have it. */
static uint64_t wanted_on(const struct first_pages *first, unsigned int node)
{
    const struct demand *demand = first->demand;

    if (demand->given)
        return demand->given[node];
    if (first->by_cpu)
        return first->counts[node];
    if (demand_interleaves(demand) &&
        !is_interleaved_over(first->model, demand, first->counts, node))
        return 0;
    if (first->weighted)
        return first->model->nodes[node].bandwidth;
    if (!demand_interleaves(demand) && demand->preferred)
        return demand->preferred[node] && (!first->beside_cpus || first->counts[node] > 0);
    return 1;
}

uint64_t first_pages_on(const struct first_pages *first, unsigned int node)
{
    if (first->choice == FIRST_ORDINARY)
        return first->model->nodes[node].ordinary;
    if (!model_memory_allowed(first->model, first->demand, first->counts, node))
        return 0;
    return first->choice == FIRST_ALLOWED ? 1 : wanted_on(first, node);
}

static bool has_cpus_on_preferred(const struct model *model, const struct demand *demand,
                                  const unsigned int *counts)
{
    for (unsigned int i = 0; demand->preferred && i < model->n_nodes; i++) {
        if (demand->preferred[i] && counts[i] > 0)
            return true;
    }
    return false;
}

static uint64_t sum_first_pages(const struct first_pages *first)
{
    uint64_t sum = 0;

    for (unsigned int i = 0; i < first->model->n_nodes; i++)
        sum += first_pages_on(first, i);
    return sum;
}

struct first_pages memory_first_pages(const struct model *model, const struct demand *demand,
                                      const unsigned int *counts)
{
    bool at_cpus = demand->policy == MEMORY_POLICY_LOCAL || !demand->preferred;
    struct first_pages first = {
        .model = model,
        .demand = demand,
        .counts = counts,
        .by_cpu = !demand->given && !demand_interleaves(demand) && at_cpus && demand->n_cpus > 0,
        .weighted = has_weights(model, demand, counts),
        .beside_cpus = has_cpus_on_preferred(model, demand, counts),
    };

    for (; first.choice < FIRST_NOWHERE; first.choice++) {
        first.all = sum_first_pages(&first);
        if (first.all > 0)
            break;
    }
    return first;
}

cost128 sources_bound(const struct sources *sources)
{
    cost128 sum = 0;

    for (unsigned int i = 0; i < sources->n_sources; i++) {
        const struct source *source = &sources->sources[i];
        cost128 least = FLOW_NEVER;

        for (unsigned int j = 0; j < sources->n_nodes; j++) {
            if (source->per_byte[j] < least)
                least = source->per_byte[j];
        }
        if (least == FLOW_NEVER)
            return FLOW_NEVER;
        sum += least * (cost128)source->bytes;
    }
    return sum;
}

int sources_add(const struct sources *sources, struct flow *flow)
{
    for (unsigned int i = 0; i < sources->n_sources; i++) {
        int r = flow_add(flow, sources->sources[i].bytes, sources->sources[i].per_byte);

        if (r != FLOW_PLACED)
            return r;
    }
    return FLOW_PLACED;
}
