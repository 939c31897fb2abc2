/* SPDX-License-Identifier: Apache-2.0 */
/* What it costs to get there: see move.h. */

#include "move.h"

#include "size.h"

#include <errno.h>
#include <string.h>

enum { GIB_SHIFT = 30 };

/* A CPU that it has now and that a plan may give it again. */
static bool can_keep(const struct holding *now, const struct demand *demand, unsigned int cpu)
{
    return hwloc_bitmap_isset(now->instance->cpus, cpu) &&
           (!demand->wish->cpus || hwloc_bitmap_isset(demand->wish->cpus, cpu));
}

/* CPUs that the file names are in no node's list, which is of those that may be chosen. */
static void hold_cpus(const struct model *model, const struct demand *demand, struct holding *now)
{
    const struct machine *machine = model->wishes->machine;

    now->n_cpus = (unsigned int)hwloc_bitmap_weight(now->instance->cpus);
    for (unsigned int i = 0; i < model->n_nodes; i++) {
        const struct model_node *node = &model->nodes[i];

        for (unsigned int j = 0; !demand->fixed && j < node->n_cpus; j++)
            now->cpus[i] += can_keep(now, demand, node->cpus[j]);
    }
    for (unsigned int i = 0; demand->fixed && i < machine->n_cpus; i++) {
        const struct cpu *cpu = &machine->cpus[i];

        if (cpu->node >= 0 && can_keep(now, demand, cpu->id))
            now->cpus[machine_node_idx(machine, (unsigned int)cpu->node)]++;
    }
}

/* More than was asked for is taken to be what was asked for, in proportion. */
static void hold_bytes(const struct model *model, const struct demand *demand, struct holding *now)
{
    const struct current_instance *instance = now->instance;
    uint64_t all = 0;

    for (unsigned int i = 0; i < instance->n_shares; i++)
        all += instance->shares[i].bytes;
    for (unsigned int i = 0; i < instance->n_shares; i++) {
        int node = machine_node_idx(model->wishes->machine, instance->shares[i].node);
        uint64_t bytes = instance->shares[i].bytes;

        if (node < 0)
            continue;
        if (demand->bytes > 0 && all > demand->bytes)
            bytes = (uint64_t)((cost128)bytes * demand->bytes / all);
        now->bytes[node] = bytes - bytes % model->unit;
    }
}

static int hold(const struct model *model, struct demand *demand,
                const struct current_instance *instance)
{
    struct holding *now = calloc(1, sizeof(*now));

    demand->now = now;
    if (!now)
        return -ENOMEM;
    now->instance = instance;
    now->cpus = calloc(model->n_nodes + 1, sizeof(*now->cpus));
    now->bytes = calloc(model->n_nodes + 1, sizeof(*now->bytes));
    if (!now->cpus || !now->bytes)
        return -ENOMEM;
    hold_cpus(model, demand, now);
    hold_bytes(model, demand, now);
    return 0;
}

int move_init(struct model *model, const struct plan_options *options)
{
    int r = 0;

    model->prices = options->prices;
    model->pricing = options->pricing;
    for (unsigned int i = 0; r == 0 && options->current && i < model->n_demands; i++) {
        const char *name = model->demands[i].wish->instance->name;
        const struct current_instance *instance = current_find(options->current, name);

        if (!instance)
            continue;
        if (instance->n_shares > model->max_now)
            model->max_now = instance->n_shares;
        r = hold(model, &model->demands[i], instance);
    }
    return r;
}

void move_fini(struct model *model)
{
    for (unsigned int i = 0; i < model->n_demands; i++) {
        struct holding *now = model->demands[i].now;

        if (!now)
            continue;
        free(now->cpus);
        free(now->bytes);
        free(now);
    }
}

/* More than all else could cost; a byte as much as a CPU would be too much to add up. */
#define LEAST_BYTE ((cost128)COST_LOCAL << COST_SHIFT)
#define LEAST_CPU (COST_LOCAL * 1000000)
#define UNSAID_MAX (INT64_MAX / 4) /* leaves room to add the CPUs */

static cost128 price_of_byte(const struct model *model, const struct demand *demand)
{
    cost128 price = ((cost128)model->prices.gib << (COST_SHIFT - GIB_SHIFT)) * demand->weight;

    if (model->pricing == MOVE_LEAST)
        return LEAST_BYTE;
    return model->pricing == MOVE_FREE || price == 0 ? 1 : price;
}

static int64_t price_of_cpu(const struct model *model, const struct demand *demand)
{
    if (model->pricing == MOVE_LEAST)
        return LEAST_CPU;
    return model->pricing == MOVE_FREE || model->prices.cpu == 0
               ? 1
               : model->prices.cpu * demand->weight;
}

/* Those that it must leave; giving back what it no longer asks for is no move. */
static int64_t price_of_cpus(const struct model *model, const struct demand *demand,
                             const unsigned int *counts)
{
    const struct holding *now = demand->now;
    unsigned int leaves = demand->n_cpus < now->n_cpus ? demand->n_cpus : now->n_cpus;

    for (unsigned int i = 0; i < model->n_nodes && leaves > 0; i++) {
        unsigned int keeps = counts[i] < now->cpus[i] ? counts[i] : now->cpus[i];

        leaves -= keeps < leaves ? keeps : leaves;
    }
    return leaves * price_of_cpu(model, demand);
}

/* Memory of which the file does not say how much follows the policy as it is. */
static int64_t price_of_unsaid(const struct model *model, const struct demand *demand,
                               const unsigned int *counts)
{
    uint64_t bytes = 0;
    bool any = false;
    cost128 sum;

    for (unsigned int i = 0; i < model->n_nodes; i++) {
        if (memory_is_named(model, demand, counts, i))
            any = true;
        else
            bytes += demand->now->bytes[i];
    }
    if (!any) /* there is nowhere to go */
        return 0;
    sum = price_of_byte(model, demand) * (cost128)bytes >> COST_SHIFT;
    return sum < UNSAID_MAX ? (int64_t)sum : UNSAID_MAX;
}

int64_t move_price(const struct model *model, const struct demand *demand,
                   const unsigned int *counts)
{
    if (!demand->now)
        return 0;
    return price_of_cpus(model, demand, counts) +
           (demand->bytes == 0 ? price_of_unsaid(model, demand, counts) : 0);
}

double move_price_told(const struct model *model, const struct demand *demand,
                       struct move_sizes sizes)
{
    double price = (double)model->prices.gib * (double)sizes.bytes / (double)GIB +
                   (double)model->prices.cpu * sizes.n_cpus +
                   (double)model->prices.irq * sizes.n_irqs;

    return price * demand->weight / (double)COST_LOCAL;
}

static cost128 bytes_paid(const struct model *model, const struct demand *demand,
                          const struct sources *sources, const uint64_t *bytes)
{
    uint64_t moved = 0;

    for (unsigned int i = 0; i < sources->n_sources; i++) {
        for (unsigned int j = 0; sources->sources[i].now >= 0 && j < model->n_nodes; j++) {
            if ((int)j != sources->sources[i].now)
                moved += bytes[(size_t)i * model->n_nodes + j];
        }
    }
    return price_of_byte(model, demand) * (cost128)moved;
}

cost128 move_paid_by(const struct model *model, const struct demand *demand,
                     const unsigned int *counts, const struct sources *sources,
                     const uint64_t *bytes)
{
    if (!demand->now)
        return 0;
    return ((cost128)move_price(model, demand, counts) << COST_SHIFT) +
           bytes_paid(model, demand, sources, bytes);
}

int move_paid(const struct model *model, const unsigned int *counts, const struct flow *flow,
              cost128 *ret_paid)
{
    struct sources sources;
    const uint64_t *bytes = flow->bytes;
    cost128 paid = 0;
    int r = sources_init(&sources, model);

    for (unsigned int i = 0; r == 0 && i < model->n_demands; i++) {
        const struct demand *demand = &model->demands[i];
        const unsigned int *its = &counts[(size_t)i * model->n_nodes];

        memory_sources(model, demand, its, &sources);
        paid += move_paid_by(model, demand, its, &sources, bytes);
        bytes += (size_t)sources.n_sources * model->n_nodes;
    }
    sources_fini(&sources);
    *ret_paid = paid;
    return r;
}

/* One for each source and node that can share bytes, as a staircase; twice, as each source first
 * takes what is where it belongs. */
unsigned int move_max_sources(const struct model *model)
{
    return model->max_now > 0 ? 2 * (model->n_nodes + model->max_now) : model->n_nodes;
}

/* bytes of source number s that are on node now become a source of their own. */
static void split_off(struct sources *sources, unsigned int s, unsigned int node, uint64_t bytes,
                      cost128 price)
{
    struct source *of = &sources->sources[s];
    struct source *part = &sources->sources[sources->n_sources++];

    of->bytes -= bytes;
    part->bytes = bytes;
    part->from = of->from;
    part->only = of->only;
    part->now = (int)node;
    for (unsigned int i = 0; i < sources->n_nodes; i++) {
        part->per_byte[i] = of->per_byte[i];
        if (i != node && of->per_byte[i] < FLOW_NEVER)
            part->per_byte[i] += price;
    }
}

static void take(struct sources *sources, unsigned int s, unsigned int node, cost128 price)
{
    uint64_t bytes = sources->sources[s].bytes, there = sources->left[node];

    if (there < bytes)
        bytes = there;
    if (bytes == 0)
        return;
    split_off(sources, s, node, bytes, price);
    sources->left[node] -= bytes;
}

/* Those that were split up whole go. */
static void drop_empty(struct sources *sources)
{
    unsigned int n = 0;

    for (unsigned int i = 0; i < sources->n_sources; i++) {
        struct source source = sources->sources[i];

        if (source.bytes == 0)
            continue;
        sources->sources[i] = sources->sources[n]; /* its costs, too: the storage is one's own */
        sources->sources[n++] = source;
    }
    sources->n_sources = n;
}

void move_split(const struct model *model, const struct demand *demand, struct sources *sources)
{
    unsigned int n = sources->n_sources;
    cost128 price;

    if (!demand->now)
        return;
    price = price_of_byte(model, demand);
    memcpy(sources->left, demand->now->bytes, model->n_nodes * sizeof(*sources->left));
    for (unsigned int s = 0; s < n; s++) {
        const struct source *source = &sources->sources[s];
        int home = source->only >= 0 ? source->only : source->from;

        if (home >= 0)
            take(sources, s, (unsigned int)home, price);
    }
    for (unsigned int s = 0; s < n; s++) {
        for (unsigned int i = 0; i < model->n_nodes; i++)
            take(sources, s, i, price);
    }
    drop_empty(sources);
}
