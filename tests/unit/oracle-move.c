/* SPDX-License-Identifier: Apache-2.0 */
/* What moving costs: see oracle-move.h. */

#include "oracle-move.h"

#include "size.h"

static const struct current_instance *
find(const struct wishes *wishes, const struct plan_options *options, unsigned int instance)
{
    if (!options->current)
        return NULL;
    return current_find(options->current, wishes->wishes[instance].instance->name);
}

static double weight_of(const struct wishes *wishes, unsigned int instance)
{
    unsigned int weight = wishes->wishes[instance].instance->workload.weight;

    return weight > 0 ? weight : 1;
}

static double byte_price(const struct plan_options *options)
{
    return (double)options->prices.gib / 1e6 / (double)GIB;
}

static bool could_keep(const struct wishes *wishes, const struct wish *wish, const struct cpu *cpu)
{
    return wish->cpus ? hwloc_bitmap_isset(wish->cpus, cpu->id) : cpu_is_for_counts(wishes, cpu);
}

static unsigned int smaller(unsigned int a, unsigned int b)
{
    return a < b ? a : b;
}

static unsigned int cpus_to_leave(const struct wishes *wishes, const struct current_instance *now,
                                  const struct wish *wish, const unsigned int *counts)
{
    unsigned int keeps[NODES_MAX] = {0}, kept = 0;

    for (unsigned int i = 0; i < wishes->machine->n_cpus; i++) {
        const struct cpu *cpu = &wishes->machine->cpus[i];

        if (hwloc_bitmap_isset(now->cpus, cpu->id) && could_keep(wishes, wish, cpu))
            keeps[cpu->node]++;
    }
    for (unsigned int i = 0; i < NODES_MAX; i++)
        kept += smaller(keeps[i], counts[i]);
    return smaller(total(counts), (unsigned int)hwloc_bitmap_weight(now->cpus)) - kept;
}

static bool is_preferred(const struct wishes *wishes, const struct wish *wish,
                         const unsigned int *counts, unsigned int node)
{
    if (wish->nodes)
        return hwloc_bitmap_isset(wish->nodes, node);
    if (interleaves(wish->instance) || total(counts) == 0)
        return node_is_plain(wishes->machine, node);
    return counts[node] > 0;
}

/* Where the policy puts pages of its own accord. */
static bool is_home(const struct wishes *wishes, const struct wish *wish,
                    const unsigned int *counts, unsigned int node)
{
    bool any = false;

    for (unsigned int i = 0; i < wishes->machine->n_nodes; i++)
        any |= is_preferred(wishes, wish, counts, i) && memory_may_lie(wishes, wish, counts, i);
    return memory_may_lie(wishes, wish, counts, node) &&
           (!any || is_preferred(wishes, wish, counts, node));
}

double price_of_leaving(const struct wishes *wishes, const struct plan_options *options,
                        unsigned int instance, const unsigned int *counts)
{
    const struct current_instance *now = find(wishes, options, instance);
    const struct wish *wish = &wishes->wishes[instance];
    bool has_home = false;
    double price;

    if (!now)
        return 0;
    price = cpus_to_leave(wishes, now, wish, counts) * (double)options->prices.cpu / 1e6;
    for (unsigned int i = 0; i < wishes->machine->n_nodes; i++)
        has_home |= is_home(wishes, wish, counts, i);
    for (unsigned int i = 0; i < now->n_shares && wish->instance->memory_bytes == 0 && has_home;
         i++) {
        if (!is_home(wishes, wish, counts, now->shares[i].node))
            price += (double)now->shares[i].bytes * byte_price(options);
    }
    return price * weight_of(wishes, instance);
}

double price_of_carrying(const struct wishes *wishes, const struct plan_options *options,
                         unsigned int instance, const unsigned int *used)
{
    const struct current_instance *now = find(wishes, options, instance);
    uint64_t asked = wishes->wishes[instance].instance->memory_bytes, all = 0, moved = 0;

    if (!now)
        return 0;
    for (unsigned int i = 0; i < now->n_shares; i++)
        all += now->shares[i].bytes;
    for (unsigned int i = 0; i < now->n_shares; i++) {
        uint64_t bytes = now->shares[i].bytes;

        if (all > asked)
            bytes = bytes * asked / all;
        if (bytes > used[now->shares[i].node])
            moved += bytes - used[now->shares[i].node];
    }
    return (double)moved * byte_price(options) * weight_of(wishes, instance);
}
