/* SPDX-License-Identifier: Apache-2.0 */
/* The cost model of docs/cost-model.md, term by term: see oracle-price.h. */

#include "oracle-price.h"

/* In local accesses. */
#define AFFINITY 16.0
#define PREFERENCE 16.0
#define NEAR 4.0
#define SATURATION 4.0
#define LATENCY_FACTOR 2.0

static double weight_of(const struct instance *instance)
{
    return instance->workload.weight > 0 ? instance->workload.weight : 1;
}

/* Said, or else so with cpu-affinity local. */
static double access_weight_of(const struct instance *instance)
{
    bool sensitive = instance_says(instance, KEY_LATENCY)
                         ? instance->workload.latency_sensitive
                         : instance->cpu_affinity == CPU_AFFINITY_LOCAL;

    return weight_of(instance) * (sensitive ? LATENCY_FACTOR : 1);
}

/* Latencies if they are known (then of all pairs), else distances; in parts of the cheapest that a
 * node with CPUs has to itself. */
static double relative(const struct machine *machine, unsigned int from, unsigned int to)
{
    const struct matrix *matrix =
        machine->latency_ns.value ? &machine->latency_ns : &machine->distance;
    unsigned int n = machine->n_nodes;
    double base = 0;

    for (unsigned int i = 0; i < n; i++) {
        double own = (double)matrix->value[i * n + i];

        if (!hwloc_bitmap_iszero(machine->nodes[i].cpus) && (base <= 0 || own < base))
            base = own;
    }
    if (base <= 0)
        return from == to ? 1 : 2;
    return (double)matrix->value[from * n + to] / base;
}

static bool gives_cpus(const struct wishes *wishes, unsigned int node)
{
    for (unsigned int i = 0; i < wishes->machine->n_cpus; i++) {
        const struct cpu *cpu = &wishes->machine->cpus[i];

        if (cpu->node == (int)node && cpu_is_for_counts(wishes, cpu))
            return true;
    }
    return false;
}

/* The nodes of an even spread: the preferred ones that have CPUs to give, or else all such. */
static unsigned int spread_nodes(const struct wishes *wishes, const struct wish *wish, bool *over)
{
    unsigned int n = 0;

    for (int preferred = wish->nodes != NULL; n == 0 && preferred >= 0; preferred--) {
        for (unsigned int i = 0; i < wishes->machine->n_nodes; i++) {
            over[i] = gives_cpus(wishes, i) && (!preferred || hwloc_bitmap_isset(wish->nodes, i));
            n += over[i];
        }
    }
    return n > 0 ? n : 1;
}

static double price_of_spread(const struct wishes *wishes, const struct wish *wish,
                              const unsigned int *counts)
{
    bool over[NODES_MAX] = {false};
    unsigned int n_nodes = spread_nodes(wishes, wish, over), all = total(counts);
    double off = 0, squares = 0;

    for (unsigned int i = 0; i < wishes->machine->n_nodes; i++) {
        unsigned int least = over[i] ? all / n_nodes : 0;
        unsigned int most = over[i] ? (all + n_nodes - 1) / n_nodes : 0;
        double part = (double)counts[i] / all;

        off += counts[i] > most ? counts[i] - most : 0;
        off += counts[i] < least ? least - counts[i] : 0;
        squares += part * part;
    }
    return AFFINITY * off / all + squares;
}

static double price_of_compact(const struct machine *machine, const unsigned int *counts)
{
    double n = total(counts), used = 0, mean = 0;

    for (unsigned int i = 0; i < machine->n_nodes; i++) {
        used += counts[i] > 0;
        for (unsigned int j = 0; j < machine->n_nodes; j++)
            mean += counts[i] / n * counts[j] / n * relative(machine, i, j);
    }
    return AFFINITY * (used - 1) + mean;
}

static double nearest_plain(const struct machine *machine, unsigned int node)
{
    double least = 0;

    for (unsigned int i = 0; i < machine->n_nodes; i++) {
        double cost = relative(machine, node, i);

        if (node_is_plain(machine, i) && (least <= 0 || cost < least))
            least = cost;
    }
    return least;
}

/* CPUs and bytes have one preference between them. */
static double preference_of(const struct wish *wish, unsigned int n_cpus)
{
    return n_cpus > 0 && wish->instance->memory_bytes > 0 ? PREFERENCE / 2 : PREFERENCE;
}

double price_of_cpus(const struct wishes *wishes, unsigned int instance, const unsigned int *counts)
{
    const struct wish *wish = &wishes->wishes[instance];
    const struct machine *machine = wishes->machine;
    double n = total(counts), waits = 0, off = 0, affinity;

    if (total(counts) == 0)
        return 0;
    for (unsigned int i = 0; i < machine->n_nodes; i++) {
        if (counts[i] == 0)
            continue;
        if (wish->near_node >= 0)
            waits += NEAR * counts[i] / n * relative(machine, i, (unsigned int)wish->near_node);
        if (wish->instance->memory_bytes == 0)
            waits += counts[i] / n * nearest_plain(machine, i);
        if (wish->nodes && !hwloc_bitmap_isset(wish->nodes, i))
            off += counts[i] / n * preference_of(wish, total(counts));
    }
    affinity = wish->instance->cpu_affinity == CPU_AFFINITY_SPREAD
                   ? price_of_spread(wishes, wish, counts)
                   : price_of_compact(machine, counts);
    return weight_of(wish->instance) * (affinity + off) + access_weight_of(wish->instance) * waits;
}

static double price_of_access(const struct wishes *wishes, const struct wish *wish,
                              const unsigned int *counts, unsigned int to)
{
    const struct machine *machine = wishes->machine;
    double sum = 0, n = total(counts);

    if (total(counts) == 0)
        return wish->near_node < 0 ? 1 : relative(machine, (unsigned int)wish->near_node, to);
    for (unsigned int i = 0; i < machine->n_nodes; i++)
        sum += counts[i] / n * relative(machine, i, to);
    return sum;
}

double price_of_bytes(const struct wishes *wishes, unsigned int instance,
                      const unsigned int *counts, int from, unsigned int to)
{
    const struct wish *wish = &wishes->wishes[instance];
    double access = from >= 0 ? relative(wishes->machine, (unsigned int)from, to)
                              : price_of_access(wishes, wish, counts, to);
    bool off = wish->nodes && !hwloc_bitmap_isset(wish->nodes, to);

    return access_weight_of(wish->instance) * access +
           (off ? weight_of(wish->instance) * preference_of(wish, total(counts)) : 0);
}

/* MiB/s that a node gives to whom it gives most. */
static uint64_t bandwidth_of(const struct machine *machine, unsigned int node)
{
    uint64_t best = 0;

    for (unsigned int i = 0; machine->bandwidth_mibps.value && i < machine->n_nodes; i++) {
        uint64_t value = machine->bandwidth_mibps.value[i * machine->n_nodes + node];

        best = value > best ? value : best;
    }
    return best;
}

static bool is_interleaved_over(const struct wishes *wishes, const struct wish *wish,
                                const unsigned int *counts, unsigned int node)
{
    if (wish->nodes)
        return hwloc_bitmap_isset(wish->nodes, node);
    return memory_may_lie(wishes, wish, counts, node);
}

unsigned int interleave_weight(const struct wishes *wishes, unsigned int instance,
                               const unsigned int *counts, unsigned int node)
{
    const struct wish *wish = &wishes->wishes[instance];
    bool by_bandwidth = wish->instance->memory_policy == MEMORY_POLICY_WEIGHTED_INTERLEAVE;

    for (unsigned int i = 0; i < wishes->machine->n_nodes; i++) {
        if (is_interleaved_over(wishes, wish, counts, i) && bandwidth_of(wishes->machine, i) == 0)
            by_bandwidth = false;
    }
    if (!is_interleaved_over(wishes, wish, counts, node))
        return 0;
    return by_bandwidth ? (unsigned int)bandwidth_of(wishes->machine, node) : 1;
}

/* Preferred nodes that have CPUs of it, if any has, else all preferred ones. */
static bool is_expected_on_preferred(const struct wishes *wishes, const struct wish *wish,
                                     const unsigned int *counts, unsigned int node)
{
    bool beside = false;

    for (unsigned int i = 0; i < wishes->machine->n_nodes; i++)
        beside |= hwloc_bitmap_isset(wish->nodes, i) && counts[i] > 0;
    return hwloc_bitmap_isset(wish->nodes, node) && (!beside || counts[node] > 0);
}

/* How much of its pages the policy puts on node first, beside what it puts on others. */
static double wants_first(const struct wishes *wishes, unsigned int instance,
                          const unsigned int *counts, unsigned int node)
{
    const struct wish *wish = &wishes->wishes[instance];

    if (wish->region_bytes)
        return (double)wish->region_bytes[node];
    if (interleaves(wish->instance))
        return interleave_weight(wishes, instance, counts, node);
    if (total(counts) > 0 && (wish->instance->memory_policy == MEMORY_POLICY_LOCAL || !wish->nodes))
        return counts[node];
    return !wish->nodes || is_expected_on_preferred(wishes, wish, counts, node);
}

/* The part of its pages on each node. Where no node that it wants may have any: of those that may;
 * where none may, as with CPUs that have no memory beside them: of plain ones. */
static void expect(const struct wishes *wishes, unsigned int instance, const unsigned int *counts,
                   double *parts)
{
    unsigned int n = wishes->machine->n_nodes;
    double all = 0;

    for (int choice = 0; choice < 3 && all <= 0; choice++) {
        for (unsigned int i = 0; i < n; i++) {
            double wanted = choice == 0 ? wants_first(wishes, instance, counts, i) : 1;
            bool may = choice == 2 ? node_is_plain(wishes->machine, i)
                                   : memory_may_lie(wishes, &wishes->wishes[instance], counts, i);

            parts[i] = may ? wanted : 0;
            all += parts[i];
        }
    }
    for (unsigned int i = 0; i < n && all > 0; i++)
        parts[i] /= all;
}

/* Under policy local CPUs work on what they have on their own node. */
static bool stays_at_home(const struct wish *wish, const double *parts, unsigned int node)
{
    return wish->instance->memory_policy == MEMORY_POLICY_LOCAL && !wish->region_bytes &&
           parts[node] > 0;
}

static double beyond(double asked_mibps, uint64_t given_mibps)
{
    double given = (double)given_mibps;

    return given > 0 && asked_mibps > given ? SATURATION * (asked_mibps - given) / given : 0;
}

double price_of_traffic(const struct wishes *wishes, unsigned int (*tuple)[NODES_MAX])
{
    const struct machine *machine = wishes->machine;
    double nodes[NODES_MAX] = {0}, links[NODES_MAX][NODES_MAX] = {{0}}, price = 0;
    unsigned int n = machine->n_nodes;

    for (unsigned int k = 0; k < wishes->n_wishes; k++) {
        const struct wish *wish = &wishes->wishes[k];
        double mibps = (double)wish->instance->workload.bandwidth / (1 << 20);
        double parts[NODES_MAX], n_cpus = total(tuple[k]);

        expect(wishes, k, tuple[k], parts);
        for (unsigned int i = 0; i < n; i++) {
            nodes[i] += mibps * parts[i];
            for (unsigned int j = 0; tuple[k][i] > 0 && j < n; j++)
                links[i][j] +=
                    stays_at_home(wish, parts, i) ? 0 : mibps * tuple[k][i] / n_cpus * parts[j];
        }
    }
    for (unsigned int i = 0; i < n; i++) {
        price += beyond(nodes[i], bandwidth_of(machine, i));
        for (unsigned int j = 0; machine->bandwidth_mibps.value && j < n; j++)
            price += i == j ? 0 : beyond(links[i][j], machine->bandwidth_mibps.value[i * n + j]);
    }
    return price;
}
