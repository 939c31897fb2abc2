/* SPDX-License-Identifier: Apache-2.0 */
/* What is in the way of an option, and who has it: see explain.h. */

#include "explainer.h"
#include "fits.h"
#include "memory.h"

unsigned int explain_cpus_left(const struct explainer *explainer, unsigned int node, bool alone)
{
    const struct model *model = &explainer->model;
    unsigned int left = model->nodes[node].n_cpus;

    for (unsigned int i = 0; !alone && i < model->n_demands; i++) {
        if (i != explainer->d && !model->demands[i].fixed)
            left -= explainer_counts(explainer, i)[node];
    }
    return left;
}

static int find_short_nodes(const struct explainer *explainer, bool alone, struct option *option)
{
    for (unsigned int i = 0; i < explainer->model.n_nodes; i++) {
        unsigned int left = explain_cpus_left(explainer, i, alone);

        if (option->cpus[i] <= left)
            continue;
        option->lacks_cpus += option->cpus[i] - left;
        if (hwloc_bitmap_set(option->lacking, explainer->model.nodes[i].id) < 0)
            return -ENOMEM;
    }
    return 0;
}

/* Where its memory could be with this option. */
static int find_memory_nodes(const struct explainer *explainer, struct option *option)
{
    const struct model *model = &explainer->model;

    for (unsigned int i = 0; i < model->n_nodes; i++) {
        if (model_memory_allowed(model, &model->demands[explainer->d], option->cpus, i) &&
            hwloc_bitmap_set(option->lacking, model->nodes[i].id) < 0)
            return -ENOMEM;
    }
    return 0;
}

/* What a placement has on the nodes. */
static struct holder holder_on(const struct explainer *explainer, unsigned int demand,
                               hwloc_const_bitmap_t nodes)
{
    const struct placement *placement = &explainer->plan->placements[demand];
    struct holder holder = {.instance = placement->instance};

    for (unsigned int i = 0; i < explainer->model.n_nodes; i++) {
        if (hwloc_bitmap_isset(nodes, explainer->model.nodes[i].id))
            holder.cpus += explainer_counts(explainer, demand)[i];
    }
    for (unsigned int i = 0; i < placement->n_shares; i++) {
        if (hwloc_bitmap_isset(nodes, placement->shares[i].node))
            holder.bytes += placement->shares[i].bytes;
    }
    return holder;
}

static bool has_more(const struct holder *a, const struct holder *b, enum obstacle obstacle)
{
    return obstacle == OBSTACLE_MEMORY ? a->bytes > b->bytes : a->cpus > b->cpus;
}

/* The others that have most of it; whatever they do, only those that name it. */
static void find_holders(const struct explainer *explainer, struct option *option)
{
    static const struct holder nothing = {0};

    for (unsigned int i = 0; i < explainer->model.n_demands; i++) {
        struct holder holder = holder_on(explainer, i, option->lacking);
        unsigned int at = option->n_holders;

        if (i == explainer->d || (option->alone && !explainer->model.demands[i].fixed) ||
            !has_more(&holder, &nothing, option->obstacle))
            continue;
        while (at > 0 && has_more(&holder, &option->holders[at - 1], option->obstacle))
            at--;
        if (at == HOLDERS_MAX)
            continue;
        if (option->n_holders < HOLDERS_MAX)
            option->n_holders++;
        for (unsigned int j = option->n_holders - 1; j > at; j--)
            option->holders[j] = option->holders[j - 1];
        option->holders[at] = holder;
    }
}

/* No node may hold any of its memory. */
static int has_no_memory(const struct explainer *explainer, const struct option *option)
{
    const struct model *model = &explainer->model;
    const struct demand *demand = &model->demands[explainer->d];
    struct sources sources;
    bool never;

    if (sources_init(&sources, model) < 0)
        return -ENOMEM;
    memory_sources(model, demand, option->cpus, &sources);
    never = sources_bound(&sources) == FLOW_NEVER;
    sources_fini(&sources);
    return never;
}

/* Enough CPUs; is it the cores, or the memory? */
static int find_cores_or_memory(struct explainer *explainer, bool alone, struct option *option)
{
    struct demand *demand = &explainer->model.demands[explainer->d];
    struct question question = {
        .model = &explainer->model,
        .demand = demand,
        .alone = alone ? (int)explainer->d : -1,
        .counts = alone ? NULL : explainer_counts_with(explainer, option->cpus),
    };
    uint64_t asked = demand->bytes;
    struct fit fit = {0};
    int r;

    if (asked == 0) {
        option->obstacle = OBSTACLE_CORES;
        return 0;
    }
    r = fit_memory(&question, &fit);
    if (r == 0) { /* not even with next to none */
        demand->bytes = 0;
        r = question_ask(&question);
        demand->bytes = asked;
    }
    if (r < 0)
        return r;
    option->obstacle = r > 0 ? OBSTACLE_MEMORY : OBSTACLE_CORES;
    if (r == 0)
        return 0;
    option->lacks_bytes = asked - fit.bytes;
    return find_memory_nodes(explainer, option);
}

int explain_obstacle(struct explainer *explainer, bool alone, struct option *option)
{
    const struct model *model = &explainer->model;
    const struct demand *demand = &model->demands[explainer->d];
    int r = find_short_nodes(explainer, alone, option);

    option->alone = alone;
    if (r < 0)
        return r;
    if (option->lacks_cpus > 0)
        option->obstacle = OBSTACLE_CPUS;
    else if (!model_counts_allowed(model, demand, option->cpus))
        option->obstacle = OBSTACLE_AFFINITY;
    else if ((r = has_no_memory(explainer, option)) != 0)
        option->obstacle = OBSTACLE_POLICY;
    else
        r = find_cores_or_memory(explainer, alone, option);
    if (!alone || option->obstacle == OBSTACLE_CPUS)
        find_holders(explainer, option);
    return r < 0 ? r : 0;
}
