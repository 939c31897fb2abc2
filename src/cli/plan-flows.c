/* SPDX-License-Identifier: Apache-2.0 */
/* Which node's CPUs use which node's memory: see plan-svg.h. */

#include "plan-svg.h"

__extension__ typedef unsigned __int128 wide;

/* a * b / c without overflow. */
static uint64_t part_of(uint64_t a, uint64_t b, uint64_t c)
{
    return (uint64_t)((wide)a * b / c);
}

struct dealing {
    const struct machine *machine;
    const struct placement *placement;
    uint64_t *wanted; /* by node_idx: what CPUs there use */
    uint64_t *there;  /* by node_idx: what lies there */
    uint64_t all;
};

static int deal(struct dealing *dealing)
{
    const struct placement *placement = dealing->placement;
    unsigned int n_cpus = 0, before = 0;
    int cpu;

    for (unsigned int i = 0; i < dealing->machine->n_nodes; i++)
        dealing->wanted[i] = dealing->there[i] = 0;
    dealing->all = 0;
    for (unsigned int i = 0; i < placement->n_shares; i++) {
        int idx = machine_node_idx(dealing->machine, placement->shares[i].node);

        dealing->there[idx] = placement->shares[i].bytes;
        dealing->all += placement->shares[i].bytes;
    }
    n_cpus = (unsigned int)hwloc_bitmap_weight(placement->cpus);
    hwloc_bitmap_foreach_begin(cpu, placement->cpus) const struct cpu *c =
        machine_cpu(dealing->machine, (unsigned int)cpu);

    before++;
    if (c && c->node >= 0)
        dealing->wanted[machine_node_idx(dealing->machine, (unsigned int)c->node)] +=
            part_of(dealing->all, before, n_cpus) - part_of(dealing->all, before - 1, n_cpus);
    hwloc_bitmap_foreach_end();
    return n_cpus > 0 && dealing->all > 0;
}

/* First touch: what lies on the own node is used there. */
static void keep_local(struct dealing *dealing)
{
    for (unsigned int i = 0; i < dealing->machine->n_nodes; i++) {
        uint64_t own =
            dealing->wanted[i] < dealing->there[i] ? dealing->wanted[i] : dealing->there[i];

        dealing->wanted[i] -= own;
        dealing->there[i] -= own;
        dealing->all -= own;
    }
}

static unsigned int put_flows(const struct dealing *dealing, unsigned int instance,
                              struct plan_flow *flows)
{
    unsigned int n_nodes = dealing->machine->n_nodes, n = 0;

    for (unsigned int from = 0; dealing->all > 0 && from < n_nodes; from++) {
        for (unsigned int to = 0; to < n_nodes; to++) {
            uint64_t bytes = part_of(dealing->wanted[from], dealing->there[to], dealing->all);

            if (from != to && bytes > 0)
                flows[n++] = (struct plan_flow){instance, from, to, bytes};
        }
    }
    return n;
}

int plan_flows(const struct plan *plan, struct plan_flow **ret_flows, unsigned int *ret_n)
{
    unsigned int n_nodes = plan->machine->n_nodes, n = 0;
    autofree uint64_t *wanted = calloc(n_nodes + 1, sizeof(*wanted));
    autofree uint64_t *there = calloc(n_nodes + 1, sizeof(*there));
    autofree struct plan_flow *flows = NULL;
    struct dealing dealing = {.machine = plan->machine, .wanted = wanted, .there = there};

    if (!wanted || !there)
        return -ENOMEM;
    for (unsigned int i = 0; i < plan->n_placements; i++) {
        struct plan_flow *more =
            realloc(flows, (n + (size_t)n_nodes * n_nodes + 1) * sizeof(*flows));

        if (!more)
            return -ENOMEM;
        flows = more;
        dealing.placement = &plan->placements[i];
        if (!deal(&dealing))
            continue;
        if (dealing.placement->instance->memory_policy == MEMORY_POLICY_LOCAL)
            keep_local(&dealing);
        n += put_flows(&dealing, i, &flows[n]);
    }
    *ret_flows = TAKE(flows);
    *ret_n = n;
    return 0;
}
