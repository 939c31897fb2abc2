/* SPDX-License-Identifier: Apache-2.0 */
/* What a placement costs: see price.h. */

#include "price.h"

#include "memory.h"

#define SCALE ((double)((cost128)COST_LOCAL << COST_SHIFT))

/* Its parts onto the bytes that it has: the cheapest way, if it is one that its policy allows. */
static double price_memory(const struct model *model, const struct demand *demand,
                           const unsigned int *counts, const uint64_t *bytes)
{
    struct sources sources;
    struct flow flow;
    double cost = -1;

    if (sources_init(&sources, model) < 0 || flow_init(&flow, model->n_nodes, bytes) < 0)
        abort();
    memory_sources(model, demand, counts, &sources);
    if (sources_add(&sources, &flow) == FLOW_PLACED)
        cost = (double)flow.total / SCALE;
    flow_fini(&flow);
    sources_fini(&sources);
    return cost;
}

double price_instance(const struct model *model, const struct demand *demand,
                      const unsigned int *counts, const uint64_t *bytes)
{
    double memory;

    if (!model_counts_allowed(model, demand, counts))
        return -1;
    memory = price_memory(model, demand, counts, bytes);
    return memory < 0 ? -1 : memory + (double)cost_cpus(model, demand, counts) / (double)COST_LOCAL;
}

/* Adds its traffic to load. */
static double price_placement(const struct model *model, const struct demand *demand,
                              const struct placement *placement, uint64_t *load)
{
    const struct machine *machine = model->wishes->machine;
    autofree unsigned int *counts = calloc(model->n_nodes + 1, sizeof(*counts));
    autofree uint64_t *bytes = calloc(model->n_nodes + 1, sizeof(*bytes));
    int cpu;

    if (!counts || !bytes)
        abort();
    hwloc_bitmap_foreach_begin(cpu, placement->cpus) const struct cpu *c =
        machine_cpu(machine, (unsigned int)cpu);

    if (c->node >= 0)
        counts[machine_node_idx(machine, (unsigned int)c->node)]++;
    hwloc_bitmap_foreach_end();
    for (unsigned int i = 0; i < placement->n_shares; i++)
        bytes[machine_node_idx(machine, placement->shares[i].node)] = placement->shares[i].bytes;
    cost_traffic(model, demand, counts, load);
    return price_instance(model, demand, counts, bytes);
}

double price_plan(const struct model *model, const struct plan *plan)
{
    autofree uint64_t *load = calloc(cost_cells(model) + 1, sizeof(*load));
    double sum = 0;

    if (!load)
        abort();
    for (unsigned int i = 0; i < plan->n_placements; i++) {
        double cost = price_placement(model, &model->demands[i], &plan->placements[i], load);

        if (cost < 0)
            return -1;
        sum += cost;
    }
    return sum + (double)cost_saturation(model, load) /
                     ((double)COST_LOCAL * (double)(1ULL << COST_SHIFT));
}
