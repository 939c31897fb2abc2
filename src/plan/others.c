/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Of kinds whose options are not all shapes that there are, the others are bounded from below: a
 * shape costs no less than the least affinity for its number of nodes, and for each of its CPUs the
 * part that it has of what all of them would cost on that node.
 */

#include "others.h"

#include <errno.h>

enum {
    ROUNDING = 8, /* terms of a cost, each of which is rounded down to the unit */
};

/* All bytes of demand if all its CPUs are on node, each where it is cheapest. */
static cost128 memory_alone(const struct model *model, const struct demand *demand,
                            const unsigned int *counts, unsigned int node)
{
    int64_t least = INT64_MAX;

    for (unsigned int i = 0; demand->bytes > 0 && i < model->n_nodes; i++) {
        if (model->nodes[i].usable) {
            int64_t cost = cost_bytes(model, demand, counts, (int)node, i);

            least = cost < least ? cost : least;
        }
    }
    return least == INT64_MAX ? 0 : (cost128)least << COST_SHIFT;
}

/* The same for interleaving over nodes that do not depend on the CPUs: FLOW_NEVER for others. */
static cost128 memory_dealt(const struct model *model, const struct demand *demand,
                            const unsigned int *counts, struct sources *sources)
{
    if (!demand->given && (!demand_interleaves(demand) ||
                           (demand->affinity == CPU_AFFINITY_LOCAL && !demand->preferred)))
        return FLOW_NEVER;
    memory_sources(model, demand, counts, sources);
    return sources_bound(sources);
}

static void measure_node(const struct kinds *kinds, const struct demand *demand,
                         unsigned int *counts, unsigned int node, struct sources *sources,
                         cost128 *ret)
{
    const struct model *model = kinds->model;
    struct cost_terms terms;
    cost128 memory;

    counts[node] = demand->n_cpus;
    terms = cost_cpus_terms(model, demand, counts);
    terms.affinity = 0;
    memory = memory_dealt(model, demand, counts, sources);
    if (memory == FLOW_NEVER)
        memory = memory_alone(model, demand, counts, node);
    counts[node] = 0;
    *ret = (((cost128)cost_terms_sum(&terms) << COST_SHIFT) + memory) / (cost128)demand->n_cpus;
}

/* So many nodes it takes at least, and two where a shape is none of the options. */
static unsigned int nodes_needed(const struct model *model, const struct demand *demand)
{
    unsigned int most = 1;

    for (unsigned int i = 0; i < model->n_nodes; i++)
        most = model->nodes[i].n_cpus > most ? model->nodes[i].n_cpus : most;
    return demand->n_cpus > 2 * most ? (demand->n_cpus + most - 1) / most : 2;
}

/* The cheapest nodes for its CPUs one by one, beyond an even share at what that costs. */
static cost128 fill_cheapest(const struct model *model, const struct demand *demand,
                             const cost128 *a_cpu, const cost128 *cpu)
{
    bool spread = demand->affinity == CPU_AFFINITY_SPREAD;
    unsigned int even = (demand->n_cpus + demand->n_spread - 1) / demand->n_spread;
    cost128 uneven = (cost128)cost_uneven(demand) << COST_SHIFT, sum = 0, last = -1;
    unsigned int left = demand->n_cpus;

    while (left > 0) {
        cost128 least = FLOW_NEVER;
        unsigned int room = 0;

        for (unsigned int i = 0; i < model->n_nodes; i++) {
            unsigned int n = model->nodes[i].n_cpus, first = spread && even < n ? even : n;

            for (unsigned int over = 0; over < 2; over++) {
                cost128 cost = a_cpu[i] + cpu[i] + (over ? uneven : 0);
                unsigned int has = over ? n - first : first;

                if (has == 0 || cost <= last || cost > least)
                    continue;
                room = cost == least ? room + has : has;
                least = cost;
            }
        }
        if (room == 0)
            return FLOW_NEVER;
        room = room < left ? room : left;
        sum += least * room;
        left -= room;
        last = least;
    }
    return sum;
}

cost128 others_least(const struct others *others, const struct kinds *kinds, unsigned int k,
                     const struct prices *prices)
{
    const struct model *model = kinds->model;
    const struct demand *demand = kinds->kinds[k].demand;
    const cost128 *a_cpu = &others->a_cpu[(size_t)(others->index[k] - 1) * model->n_nodes];
    cost128 sum = fill_cheapest(model, demand, a_cpu, prices->cpu);
    int64_t affinity = cost_affinity_least(model, demand, nodes_needed(model, demand));

    if (sum == FLOW_NEVER)
        return FLOW_NEVER;
    sum += prices_cheapest_byte(prices, model) * (cost128)demand->bytes;
    return sum + ((cost128)(affinity - ROUNDING) << COST_SHIFT) - (cost128)demand->bytes;
}

int others_init(struct others *others, const struct kinds *kinds)
{
    unsigned int n_nodes = kinds->model->n_nodes, n = 0;
    autofree unsigned int *counts = calloc(n_nodes + 1, sizeof(*counts));
    struct prices none = {0};
    struct sources sources;
    int r = sources_init(&sources, kinds->model);

    if (r == 0)
        r = prices_init(&none, kinds);
    *others = (struct others){
        .index = calloc(kinds->n_kinds + 1, sizeof(*others->index)),
        .least = calloc(kinds->n_kinds + 1, sizeof(*others->least)),
    };
    for (unsigned int k = 0; others->index && k < kinds->n_kinds; k++)
        others->index[k] = kinds->kinds[k].all ? 0 : ++n;
    others->a_cpu = calloc((size_t)n * n_nodes + 1, sizeof(*others->a_cpu));
    if (r == 0 && (!counts || !others->index || !others->least || !others->a_cpu))
        r = -ENOMEM;
    for (unsigned int k = 0; r == 0 && k < kinds->n_kinds; k++) {
        if (!others_exist(others, k))
            continue;
        for (unsigned int i = 0; i < n_nodes; i++)
            measure_node(kinds, kinds->kinds[k].demand, counts, i, &sources,
                         &others->a_cpu[(others->index[k] - 1) * (size_t)n_nodes + i]);
        others->least[k] = others_least(others, kinds, k, &none);
    }
    prices_fini(&none);
    sources_fini(&sources);
    return r;
}

void others_fini(struct others *others)
{
    free(others->index);
    free(others->least);
    free(others->a_cpu);
    *others = (struct others){0};
}
