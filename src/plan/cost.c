/* SPDX-License-Identifier: Apache-2.0 */
/* The cost model: see cost.h for what is counted and docs/cost-model.md for why. */

#include "cost.h"

#include "memory.h"
#include "size.h"

/* Every pair of a node with CPUs and a node with memory, and every node to itself, is told. */
static bool is_complete(const struct machine *machine, const struct matrix *matrix)
{
    if (!matrix->value)
        return false;
    for (unsigned int i = 0; i < machine->n_nodes; i++) {
        const struct node *from = &machine->nodes[i];

        if (hwloc_bitmap_iszero(from->cpus))
            continue;
        for (unsigned int j = 0; j < machine->n_nodes; j++) {
            const struct node *to = &machine->nodes[j];

            if ((i == j || to->total_bytes != 0) &&
                matrix_get(machine, matrix, from->id, to->id) == 0)
                return false;
        }
    }
    return true;
}

static const struct matrix *best_matrix(const struct machine *machine, const char **ret_unit)
{
    *ret_unit = "ns";
    if (is_complete(machine, &machine->latency_ns))
        return &machine->latency_ns;
    *ret_unit = "SLIT";
    if (is_complete(machine, &machine->distance))
        return &machine->distance;
    *ret_unit = "";
    return NULL;
}

/* The cheapest access of any CPU to its own node. */
static uint64_t cheapest_local(const struct machine *machine, const struct matrix *matrix)
{
    uint64_t least = UINT64_MAX;

    for (unsigned int i = 0; i < machine->n_nodes; i++) {
        const struct node *node = &machine->nodes[i];
        uint64_t value = matrix_get(machine, matrix, node->id, node->id);

        if (!hwloc_bitmap_iszero(node->cpus) && value < least)
            least = value;
    }
    return least;
}

static int64_t relative_cost(const struct machine *machine, const struct matrix *matrix,
                             uint64_t base, unsigned int i, unsigned int j)
{
    uint64_t value = 0;

    if (matrix)
        value = matrix_get(machine, matrix, machine->nodes[i].id, machine->nodes[j].id);
    if (value == 0)
        return i == j ? COST_LOCAL : 2 * COST_LOCAL;
    return (int64_t)((double)value / (double)base * (double)COST_LOCAL + 0.5);
}

/* -ENOMEM; none when no link between two nodes is told, as with what firmware says of each node's
 * best initiators only. */
static int read_links(struct cost_table *table, const struct machine *machine)
{
    unsigned int n = machine->n_nodes;
    autofree uint64_t *links = calloc((size_t)n * n + 1, sizeof(*links));
    bool any = false;

    if (!links)
        return -ENOMEM;
    for (unsigned int i = 0; i < n; i++) {
        for (unsigned int j = 0; j < n; j++) {
            if (i != j)
                links[i * n + j] = matrix_get(machine, &machine->bandwidth_mibps,
                                              machine->nodes[i].id, machine->nodes[j].id);
            any |= links[i * n + j] > 0;
        }
    }
    if (any)
        table->links = TAKE(links);
    return 0;
}

int cost_table_init(struct cost_table *table, const struct machine *machine)
{
    const char *unit;
    const struct matrix *matrix = best_matrix(machine, &unit);
    uint64_t base = matrix ? cheapest_local(machine, matrix) : 0;
    unsigned int n = machine->n_nodes;

    if (base == UINT64_MAX) /* no node has CPUs: there is nothing to compare with */
        base = 0;
    *table = (struct cost_table){.n_nodes = n, .base = (double)base, .unit = base ? unit : ""};
    table->source = base ? matrix->source : MATRIX_ABSENT;
    table->relative = calloc((size_t)n * n + 1, sizeof(*table->relative));
    if (!table->relative)
        return -ENOMEM;
    for (unsigned int i = 0; i < n; i++) {
        for (unsigned int j = 0; j < n; j++)
            table->relative[i * n + j] = relative_cost(machine, base ? matrix : NULL, base, i, j);
    }
    return read_links(table, machine);
}

void cost_table_fini(struct cost_table *table)
{
    free(table->relative);
    free(table->links);
    table->relative = NULL;
    table->links = NULL;
}

static int64_t relative(const struct model *model, unsigned int from, unsigned int to)
{
    return model->costs.relative[from * model->n_nodes + to];
}

/* A mean over n, by how much the instance counts. */
static int64_t weigh(const struct demand *demand, cost128 sum, int64_t n)
{
    cost128 all = sum * demand->weight;

    /* The division of wide integers is slow, and hardly ever needed. */
    return all == (int64_t)all ? (int64_t)all / n : (int64_t)(all / n);
}

/* The same of what an access costs. */
static int64_t weigh_access(const struct demand *demand, cost128 sum, int64_t n)
{
    return weigh(demand, demand->latency_sensitive ? sum * COST_LATENCY_FACTOR : sum, n);
}

/* Fewest and closest nodes. */
static int64_t compact_cost(const struct model *model, const struct demand *demand,
                            const unsigned int *counts)
{
    int64_t used = 0, pairs = 0, n = demand->n_cpus;

    for (unsigned int i = 0; i < model->n_nodes; i++) {
        if (counts[i] == 0)
            continue;
        used++;
        for (unsigned int j = 0; j < model->n_nodes; j++)
            pairs += (int64_t)counts[i] * counts[j] * relative(model, i, j);
    }
    return weigh(demand, (used - 1) * COST_WEIGHT_AFFINITY * COST_LOCAL, 1) +
           weigh(demand, pairs, n * n);
}

/* As many nodes as there are, evenly. */
static int64_t spread_cost(const struct model *model, const struct demand *demand,
                           const unsigned int *counts)
{
    int64_t off = 0, squares = 0, n = demand->n_cpus;
    unsigned int least = demand->n_cpus / demand->n_spread;
    unsigned int most = (demand->n_cpus + demand->n_spread - 1) / demand->n_spread;

    for (unsigned int i = 0; i < model->n_nodes; i++) {
        unsigned int low = demand->spread_over[i] ? least : 0;
        unsigned int high = demand->spread_over[i] ? most : 0;

        if (counts[i] > high)
            off += counts[i] - high;
        else if (counts[i] < low)
            off += low - counts[i];
        squares += (int64_t)counts[i] * counts[i];
    }
    return weigh(demand, off * COST_WEIGHT_AFFINITY * COST_LOCAL, n) +
           weigh(demand, squares * COST_LOCAL, n * n);
}

int64_t cost_affinity_least(const struct model *model, const struct demand *demand,
                            unsigned int n_used)
{
    int64_t least = INT64_MAX, n = demand->n_cpus;

    if (n == 0)
        return 0;
    if (demand->affinity == CPU_AFFINITY_SPREAD) /* the squares of equal parts */
        return weigh(demand, COST_LOCAL, n < model->n_nodes ? n : model->n_nodes);
    for (unsigned int i = 0; i < model->n_nodes * model->n_nodes; i++) {
        if (model->costs.relative[i] < least)
            least = model->costs.relative[i];
    }
    return weigh(demand, (int64_t)(n_used - 1) * COST_WEIGHT_AFFINITY * COST_LOCAL + least, 1);
}

int64_t cost_uneven(const struct demand *demand)
{
    if (demand->affinity != CPU_AFFINITY_SPREAD || demand->n_cpus == 0)
        return 0;
    return weigh(demand, COST_WEIGHT_AFFINITY * COST_LOCAL, demand->n_cpus);
}

/* An instance with CPUs and memory has one preference for both: each is half of it. */
static int64_t preference_weight(const struct demand *demand)
{
    bool both = demand->n_cpus > 0 && demand->bytes > 0;

    return COST_WEIGHT_PREFERENCE * COST_LOCAL / (both ? 2 : 1);
}

/* The memory nearest to node that may be used without being named. */
static int64_t nearest_memory(const struct model *model, unsigned int node)
{
    int64_t least = INT64_MAX;

    for (unsigned int i = 0; i < model->n_nodes; i++) {
        if (model->nodes[i].ordinary && relative(model, node, i) < least)
            least = relative(model, node, i);
    }
    return least == INT64_MAX ? 0 : least;
}

int64_t cost_terms_sum(const struct cost_terms *terms)
{
    return terms->access + terms->affinity + terms->preference + terms->near;
}

struct cost_terms cost_cpus_terms(const struct model *model, const struct demand *demand,
                                  const unsigned int *counts)
{
    int64_t off = 0, near = 0, access = 0, n = demand->n_cpus;

    if (n == 0)
        return (struct cost_terms){0};
    for (unsigned int i = 0; i < model->n_nodes; i++) {
        if (counts[i] == 0)
            continue;
        if (demand->preferred && !demand->preferred[i])
            off += counts[i];
        if (demand->near >= 0)
            near += counts[i] * relative(model, i, (unsigned int)demand->near);
        if (demand->bytes == 0)
            access += counts[i] * nearest_memory(model, i);
    }
    return (struct cost_terms){
        .access = weigh_access(demand, access, n),
        .affinity = demand->affinity == CPU_AFFINITY_SPREAD ? spread_cost(model, demand, counts)
                                                            : compact_cost(model, demand, counts),
        .preference = weigh(demand, off * preference_weight(demand), n),
        .near = weigh_access(demand, near * COST_WEIGHT_NEAR, n),
    };
}

int64_t cost_cpus(const struct model *model, const struct demand *demand,
                  const unsigned int *counts)
{
    struct cost_terms terms = cost_cpus_terms(model, demand, counts);

    return cost_terms_sum(&terms);
}

/* A sum of accesses, and how many. */
struct accesses {
    int64_t sum;
    int64_t n;
};

static struct accesses sum_accesses(const struct model *model, const struct demand *demand,
                                    const unsigned int *counts, int from, unsigned int to)
{
    struct accesses all = {0};

    if (from >= 0)
        return (struct accesses){relative(model, (unsigned int)from, to), 1};
    for (unsigned int i = 0; i < model->n_nodes; i++) {
        all.sum += counts[i] * relative(model, i, to);
        all.n += counts[i];
    }
    if (all.n > 0)
        return all;
    /* Memory without CPUs: nobody is known to use it but the device. */
    return (struct accesses){
        demand->near >= 0 ? relative(model, (unsigned int)demand->near, to) : COST_LOCAL, 1};
}

int64_t cost_access(const struct model *model, const struct demand *demand,
                    const unsigned int *counts, int from, unsigned int to)
{
    struct accesses all = sum_accesses(model, demand, counts, from, to);

    return all.sum / all.n;
}

struct cost_terms cost_bytes_terms(const struct model *model, const struct demand *demand,
                                   const unsigned int *counts, int from, unsigned int to)
{
    struct accesses all = sum_accesses(model, demand, counts, from, to);
    bool off = demand->preferred && !demand->preferred[to];

    return (struct cost_terms){
        .access = weigh_access(demand, all.sum, all.n),
        .preference = off ? weigh(demand, preference_weight(demand), 1) : 0,
    };
}

int64_t cost_bytes(const struct model *model, const struct demand *demand,
                   const unsigned int *counts, int from, unsigned int to)
{
    struct cost_terms terms = cost_bytes_terms(model, demand, counts, from, to);

    return cost_terms_sum(&terms);
}

size_t cost_cells(const struct model *model)
{
    size_t n = model->n_nodes;

    return model->costs.links ? n + n * n : n;
}

uint64_t cost_capacity(const struct model *model, size_t cell)
{
    return cell < model->n_nodes ? model->nodes[cell].bandwidth
                                 : model->costs.links[cell - model->n_nodes];
}

/* The traffic of the CPUs of node from, which are n of the instance's. Under policy local they work
 * on what they touched first, which is theirs. */
static void add_link_traffic(const struct model *model, const struct first_pages *first,
                             unsigned int from, uint64_t *load)
{
    const struct demand *demand = first->demand;
    bool own =
        first->by_cpu && demand->policy == MEMORY_POLICY_LOCAL && first_pages_on(first, from) > 0;
    cost128 rate = (cost128)demand->traffic * first->counts[from];
    uint64_t *links = &load[model->n_nodes + (size_t)from * model->n_nodes];

    for (unsigned int i = 0; !own && i < model->n_nodes; i++)
        links[i] += (uint64_t)(rate * first_pages_on(first, i) / first->all / demand->n_cpus);
}

void cost_traffic(const struct model *model, const struct demand *demand,
                  const unsigned int *counts, uint64_t *load)
{
    struct first_pages first;

    if (demand->traffic == 0)
        return;
    first = memory_first_pages(model, demand, counts);
    for (unsigned int i = 0; first.all > 0 && i < model->n_nodes; i++) {
        load[i] += (uint64_t)((cost128)demand->traffic * first_pages_on(&first, i) / first.all);
        if (model->costs.links && counts[i] > 0)
            add_link_traffic(model, &first, i, load);
    }
}

cost128 cost_of_excess(const struct model *model, size_t cell)
{
    uint64_t capacity = cost_capacity(model, cell) * MIB;

    cost128 twice = (cost128)(COST_WEIGHT_SATURATION * COST_LOCAL) << COST_SHIFT;

    return capacity > 0 ? (twice + capacity - 1) / (cost128)capacity : 0;
}

cost128 cost_saturation(const struct model *model, const uint64_t *load)
{
    cost128 cost = 0;

    for (size_t i = 0; i < cost_cells(model); i++) {
        uint64_t capacity = cost_capacity(model, i) * MIB;

        if (capacity > 0 && load[i] > capacity)
            cost += cost_of_excess(model, i) * (cost128)(load[i] - capacity);
    }
    return cost;
}

double cost_if_local(const struct model *model, const unsigned int *counts)
{
    int64_t sum = 0, n = 0;

    for (unsigned int i = 0; i < model->n_nodes; i++) {
        sum += counts[i] * relative(model, i, i);
        n += counts[i];
    }
    return n > 0 ? (double)sum / (double)n / (double)COST_LOCAL * model->costs.base : 0;
}
