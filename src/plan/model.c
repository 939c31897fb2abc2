/* SPDX-License-Identifier: Apache-2.0 */
/* From wishes to numbers: see model.h. */

#include "model.h"

#include "move.h"

#include <string.h>

/* CPUs that instances name: nobody else's. */
static hwloc_bitmap_t named_cpus(const struct wishes *wishes)
{
    hwloc_bitmap_t named = hwloc_bitmap_alloc();

    for (unsigned int i = 0; named && i < wishes->n_wishes; i++) {
        if (wishes->wishes[i].cpus && hwloc_bitmap_or(named, named, wishes->wishes[i].cpus) < 0) {
            hwloc_bitmap_free(named);
            return NULL;
        }
    }
    return named;
}

/* What counts may be given: usable, and neither isolated, reserved nor named. */
static hwloc_bitmap_t free_cpus(const struct wishes *wishes)
{
    autoset hwloc_bitmap_t cpus = machine_usable_cpus(wishes->machine);
    autoset hwloc_bitmap_t named = named_cpus(wishes);

    if (!cpus || !named || hwloc_bitmap_andnot(cpus, cpus, named) < 0 ||
        hwloc_bitmap_andnot(cpus, cpus, wishes->reserved_cpus) < 0)
        return NULL;
    for (unsigned int i = 0; i < wishes->machine->n_cpus; i++) {
        if (wishes->machine->cpus[i].isolated)
            hwloc_bitmap_clr(cpus, wishes->machine->cpus[i].id);
    }
    return TAKE(cpus);
}

static int core_of(const struct cpu *cpu)
{
    return cpu->core >= 0 ? cpu->core : (int)cpu->id;
}

static int compare_cpus(const void *a, const void *b)
{
    const struct cpu *x = *(const struct cpu *const *)a, *y = *(const struct cpu *const *)b;

    if (x->llc != y->llc)
        return x->llc < y->llc ? -1 : 1;
    if (core_of(x) != core_of(y))
        return core_of(x) < core_of(y) ? -1 : 1;
    return x->id < y->id ? -1 : x->id > y->id;
}

static unsigned int online_siblings(const struct machine *machine, const struct cpu *cpu)
{
    unsigned int n = 0;
    int sibling;

    if (!cpu->siblings || hwloc_bitmap_iszero(cpu->siblings))
        return 1;
    hwloc_bitmap_foreach_begin(sibling, cpu->siblings) const struct cpu *other =
        machine_cpu(machine, (unsigned int)sibling);

    n += other && other->online;
    hwloc_bitmap_foreach_end();
    return n;
}

/* What instances name of a core that is left to counts in part, and of its LLC. */
static void look_beside(const struct wishes *wishes, const struct cpu *cpu, struct model_core *core)
{
    for (unsigned int i = 0; i < wishes->n_wishes; i++) {
        const struct wish *wish = &wishes->wishes[i];
        int other;

        if (!wish->cpus)
            continue;
        hwloc_bitmap_foreach_begin(other, wish->cpus) const struct cpu *c =
            machine_cpu(wishes->machine, (unsigned int)other);

        core->beside_named |= c && c->llc >= 0 && c->llc == cpu->llc;
        core->n_waiting +=
            c && core_of(c) == core_of(cpu) && instance_is_latency_sensitive(wish->instance);
        hwloc_bitmap_foreach_end();
    }
}

static void build_cores(const struct wishes *wishes, struct model_node *node,
                        const struct cpu **cpus)
{
    struct model_core *core = NULL;

    for (unsigned int i = 0; i < node->n_cpus; i++) {
        node->cpus[i] = cpus[i]->id;
        if (!core || core_of(cpus[i]) != core_of(cpus[i - 1])) {
            core = &node->cores[node->n_cores++];
            *core = (struct model_core){.first = i, .llc = cpus[i]->llc, .kind = cpus[i]->kind};
            look_beside(wishes, cpus[i], core);
        }
        core->n_cpus++;
        core->whole = core->n_cpus == online_siblings(wishes->machine, cpus[i]);
    }
}

static int build_cpus(const struct wishes *wishes, hwloc_const_bitmap_t free,
                      struct model_node *node)
{
    const struct machine *machine = wishes->machine;
    autofree const struct cpu **cpus = calloc(machine->n_cpus + 1, sizeof(*cpus));

    if (!cpus)
        return -ENOMEM;
    for (unsigned int i = 0; i < machine->n_cpus; i++) {
        const struct cpu *cpu = &machine->cpus[i];

        if (cpu->node == (int)node->id && hwloc_bitmap_isset(free, cpu->id))
            cpus[node->n_cpus++] = cpu;
    }
    qsort(cpus, node->n_cpus, sizeof(*cpus), compare_cpus);
    node->cpus = calloc(node->n_cpus + 1, sizeof(*node->cpus));
    node->cores = calloc(node->n_cpus + 1, sizeof(*node->cores));
    if (!node->cpus || !node->cores)
        return -ENOMEM;
    build_cores(wishes, node, cpus);
    return 0;
}

/* What it gives to the CPUs that reach it best: what the kernel's own weights are made from. */
static uint64_t best_bandwidth(const struct machine *machine, unsigned int node)
{
    uint64_t best = 0;

    for (unsigned int i = 0; i < machine->n_nodes; i++) {
        uint64_t value = matrix_get(machine, &machine->bandwidth_mibps, machine->nodes[i].id, node);

        if (value > best)
            best = value;
    }
    return best;
}

static void build_memory(const struct model *model, unsigned int node_idx, struct model_node *node)
{
    const struct wishes *wishes = model->wishes;
    const struct node *from = &wishes->machine->nodes[node_idx];
    uint64_t bytes = wishes_capacity(wishes, node_idx, model->use_free);

    node->usable = from->granted && from->total_bytes != 0 && bytes != UNKNOWN_U64;
    node->ordinary = node->usable && wishes_node_is_ordinary(wishes, node_idx);
    node->bytes = node->usable ? bytes - bytes % model->unit : 0;
    node->bandwidth = best_bandwidth(wishes->machine, from->id);
}

static int build_nodes(struct model *model)
{
    const struct machine *machine = model->wishes->machine;
    autoset hwloc_bitmap_t free = free_cpus(model->wishes);

    model->nodes = calloc(machine->n_nodes + 1, sizeof(*model->nodes));
    if (!model->nodes || !free)
        return -ENOMEM;
    model->n_nodes = machine->n_nodes;
    for (unsigned int i = 0; i < model->n_nodes; i++) {
        int r;

        model->nodes[i].id = machine->nodes[i].id;
        build_memory(model, i, &model->nodes[i]);
        r = build_cpus(model->wishes, free, &model->nodes[i]);
        if (r < 0)
            return r;
    }
    return 0;
}

/* The named CPUs by node. One whose node is unknown is on none. */
static int count_fixed(const struct model *model, struct demand *demand)
{
    int cpu;

    demand->n_cpus = 0;
    demand->fixed = calloc(model->n_nodes + 1, sizeof(*demand->fixed));
    if (!demand->fixed)
        return -ENOMEM;
    hwloc_bitmap_foreach_begin(cpu, demand->wish->cpus) const struct cpu *c =
        machine_cpu(model->wishes->machine, (unsigned int)cpu);

    if (c && c->node >= 0) {
        demand->fixed[machine_node_idx(model->wishes->machine, (unsigned int)c->node)]++;
        demand->n_cpus++;
    }
    hwloc_bitmap_foreach_end();
    return 0;
}

/* An even spread goes over the preferred nodes that have CPUs to give, or over all such nodes. */
static int build_spread(const struct model *model, struct demand *demand)
{
    demand->spread_over = calloc(model->n_nodes + 1, sizeof(*demand->spread_over));
    if (!demand->spread_over)
        return -ENOMEM;
    for (int only_preferred = demand->preferred != NULL; only_preferred >= 0; only_preferred--) {
        for (unsigned int i = 0; i < model->n_nodes; i++) {
            demand->spread_over[i] =
                model->nodes[i].n_cpus > 0 && (!only_preferred || demand->preferred[i]);
            demand->n_spread += demand->spread_over[i];
        }
        if (demand->n_spread > 0)
            return 0;
    }
    demand->n_spread = 1; /* a divisor; without CPUs nothing is spread */
    return 0;
}

/* Whole units; or what its regions have of the nodes, and no more. */
static void set_bytes(const struct model *model, struct demand *demand)
{
    uint64_t bytes = demand->wish->instance->memory_bytes;

    demand->given = demand->wish->region_bytes;
    demand->bytes = 0;
    for (unsigned int i = 0; demand->given && i < model->n_nodes; i++)
        demand->bytes += demand->given[i];
    if (!demand->given)
        demand->bytes = (bytes + model->unit - 1) / model->unit * model->unit;
}

static int build_demand(const struct model *model, const struct wish *wish, struct demand *demand)
{
    const struct instance *instance = wish->instance;

    *demand = (struct demand){
        .wish = wish,
        .n_cpus = instance->cpu_count,
        .affinity = instance->cpu_affinity,
        .policy = instance->memory_policy,
        .smt = instance->smt,
        .weight = instance_weight(instance),
        .latency_sensitive = instance_is_latency_sensitive(instance),
        .traffic = instance->workload.bandwidth,
        .near = wish->near_node < 0
                    ? -1
                    : machine_node_idx(model->wishes->machine, (unsigned int)wish->near_node),
    };
    if (wish->nodes) {
        demand->preferred = calloc(model->n_nodes + 1, sizeof(*demand->preferred));
        if (!demand->preferred)
            return -ENOMEM;
        for (unsigned int i = 0; i < model->n_nodes; i++)
            demand->preferred[i] = hwloc_bitmap_isset(wish->nodes, model->nodes[i].id);
    }
    set_bytes(model, demand);
    if (wish->cpus) {
        int r = count_fixed(model, demand);

        if (r < 0)
            return r;
    }
    return build_spread(model, demand);
}

int model_init(struct model *model, const struct wishes *wishes, const struct plan_options *options)
{
    /* Only a device tree says where memory is. */
    bool addresses =
        wishes->spec->format == SPEC_DEVICE_TREE && machine_knows_ranges(wishes->machine);
    int r;

    *model = (struct model){
        .wishes = wishes,
        .use_free = options->use_free,
        .budget_ms = options->budget_ms ? options->budget_ms : PLAN_BUDGET_MS,
        .addresses = addresses,
        .unit = addresses ? REGION_PAGE_BYTES : 1,
    };
    r = build_nodes(model);
    if (r == 0)
        r = cost_table_init(&model->costs, wishes->machine);
    if (r < 0)
        return r;
    model->demands = calloc(wishes->n_wishes + 1, sizeof(*model->demands));
    if (!model->demands)
        return -ENOMEM;
    model->n_demands = wishes->n_wishes;
    for (unsigned int i = 0; r == 0 && i < model->n_demands; i++)
        r = build_demand(model, &wishes->wishes[i], &model->demands[i]);
    if (r == 0)
        r = move_init(model, options);
    return r < 0 ? r : model_find_holes(model);
}

void model_fini(struct model *model)
{
    move_fini(model);
    for (unsigned int i = 0; i < model->n_nodes; i++) {
        free(model->nodes[i].cpus);
        free(model->nodes[i].cores);
        free(model->nodes[i].holes);
    }
    for (unsigned int i = 0; i < model->n_demands; i++) {
        free(model->demands[i].fixed);
        free(model->demands[i].preferred);
        free(model->demands[i].spread_over);
    }
    free(model->nodes);
    free(model->demands);
    cost_table_fini(&model->costs);
    *model = (struct model){0};
}

bool model_memory_allowed(const struct model *model, const struct demand *demand,
                          const unsigned int *counts, unsigned int node)
{
    const struct model_node *n = &model->nodes[node];
    bool named = demand->preferred && demand->preferred[node];
    bool has_cpus = demand->n_cpus == 0 || counts[node] > 0;

    if (!n->usable)
        return false;
    if (demand->given)
        return demand->given[node] > 0;
    if (demand->affinity == CPU_AFFINITY_LOCAL && !has_cpus)
        return false;
    switch (demand->policy) {
    case MEMORY_POLICY_LOCAL:
        if (demand->n_cpus > 0)
            return has_cpus;
        break;
    case MEMORY_POLICY_BIND:
    case MEMORY_POLICY_INTERLEAVE:
    case MEMORY_POLICY_WEIGHTED_INTERLEAVE:
        if (demand->preferred)
            return named;
        break;
    case MEMORY_POLICY_PREFERRED:
        break;
    }
    return named || n->ordinary;
}

static bool is_within_given(const struct model *model, const struct demand *demand,
                            const unsigned int *counts)
{
    for (unsigned int i = 0; i < model->n_nodes; i++) {
        if (counts[i] > 0 && demand->given[i] == 0)
            return false;
    }
    return true;
}

/* Only cpu-affinity local has such rules: its CPUs may be only where its memory may be, and
 * interleaving gives every one of its nodes memory. Where both are named there is nothing to rule.
 */
bool model_counts_allowed(const struct model *model, const struct demand *demand,
                          const unsigned int *counts)
{
    bool fixed_nodes =
        demand->preferred && (demand_interleaves(demand) || demand->policy == MEMORY_POLICY_BIND);

    if (demand->affinity != CPU_AFFINITY_LOCAL || demand->n_cpus == 0)
        return true;
    if (demand->given)
        return demand->fixed || is_within_given(model, demand, counts);
    for (unsigned int i = 0; i < model->n_nodes; i++) {
        if (counts[i] > 0 && (!model->nodes[i].usable || (fixed_nodes && !demand->preferred[i])))
            return false;
        if (counts[i] == 0 && demand->preferred && demand->preferred[i] &&
            demand_interleaves(demand))
            return false;
    }
    return true;
}
