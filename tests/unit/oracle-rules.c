/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of a placement file, written from its definition: see oracle-rules.h. */

#include "oracle-rules.h"

bool cpu_may_be_given(const struct wishes *wishes, const struct cpu *cpu)
{
    if (!cpu->online || !cpu->granted || hwloc_bitmap_isset(wishes->reserved_cpus, cpu->id))
        return false;
    return true;
}

bool cpu_is_for_counts(const struct wishes *wishes, const struct cpu *cpu)
{
    if (!cpu_may_be_given(wishes, cpu) || cpu->isolated)
        return false;
    for (unsigned int i = 0; i < wishes->n_wishes; i++) {
        if (wishes->wishes[i].cpus && hwloc_bitmap_isset(wishes->wishes[i].cpus, cpu->id))
            return false;
    }
    return true;
}

bool node_has_memory(const struct machine *machine, unsigned int node)
{
    return machine->nodes[node].granted && machine->nodes[node].total_bytes > 0;
}

bool node_is_plain(const struct machine *machine, unsigned int node)
{
    bool has_cpu = false;

    for (unsigned int i = 0; i < machine->n_cpus; i++)
        has_cpu |= machine->cpus[i].node == (int)node;
    return node_has_memory(machine, node) && has_cpu && machine->nodes[node].kind != NODE_KIND_HBM;
}

uint64_t node_room(const struct wishes *wishes, unsigned int node)
{
    uint64_t total = wishes->machine->nodes[node].total_bytes;
    uint64_t reserved = wishes->reserved_bytes[node];

    return !node_has_memory(wishes->machine, node) || reserved > total ? 0 : total - reserved;
}

bool interleaves(const struct instance *instance)
{
    return instance->memory_policy == MEMORY_POLICY_INTERLEAVE ||
           instance->memory_policy == MEMORY_POLICY_WEIGHTED_INTERLEAVE;
}

unsigned int total(const unsigned int *counts)
{
    unsigned int n = 0;

    for (unsigned int i = 0; i < NODES_MAX; i++)
        n += counts[i];
    return n;
}

/* May memory of this wish lie on node, its CPUs being where counts says? */
bool memory_may_lie(const struct wishes *wishes, const struct wish *wish,
                    const unsigned int *counts, unsigned int node)
{
    const struct instance *instance = wish->instance;
    bool named = wish->nodes && hwloc_bitmap_isset(wish->nodes, node);
    bool with_cpus = total(counts) == 0 || counts[node] > 0;

    if (!node_has_memory(wishes->machine, node))
        return false;
    if (wish->region_bytes)
        return wish->region_bytes[node] > 0;
    if (instance->cpu_affinity == CPU_AFFINITY_LOCAL && !with_cpus)
        return false;
    if (instance->memory_policy == MEMORY_POLICY_LOCAL && total(counts) > 0)
        return with_cpus;
    if ((instance->memory_policy == MEMORY_POLICY_BIND || interleaves(instance)) && wish->nodes)
        return named;
    return named || node_is_plain(wishes->machine, node);
}

/* cpu-affinity local: CPUs only where its memory may be, interleaved memory only where CPUs are. */
bool cpus_may_lie(const struct wishes *wishes, const struct wish *wish, const unsigned int *counts)
{
    bool hard = wish->nodes && (interleaves(wish->instance) ||
                                wish->instance->memory_policy == MEMORY_POLICY_BIND);

    if (wish->instance->cpu_affinity != CPU_AFFINITY_LOCAL || total(counts) == 0)
        return true;
    for (unsigned int i = 0; wish->region_bytes && i < wishes->machine->n_nodes; i++) {
        if (!wish->cpus && counts[i] > 0 && wish->region_bytes[i] == 0)
            return false;
    }
    for (unsigned int i = 0; !wish->region_bytes && i < wishes->machine->n_nodes; i++) {
        bool named = wish->nodes && hwloc_bitmap_isset(wish->nodes, i);

        if (counts[i] > 0 && (!node_has_memory(wishes->machine, i) || (hard && !named)))
            return false;
        if (counts[i] == 0 && named && interleaves(wish->instance))
            return false;
    }
    return true;
}

bool smt_is_kept(const struct machine *machine, enum smt_rule rule, hwloc_const_bitmap_t cpus)
{
    for (unsigned int i = 0; i < machine->n_cpus; i++) {
        const struct cpu *cpu = &machine->cpus[i];

        if (!hwloc_bitmap_isset(cpus, cpu->id))
            continue;
        for (unsigned int j = 0; j < machine->n_cpus; j++) {
            bool mine = hwloc_bitmap_isset(cpus, machine->cpus[j].id);

            if (j == i || !hwloc_bitmap_isset(cpu->siblings, machine->cpus[j].id))
                continue;
            if (rule == SMT_AVOID && mine)
                return false;
            if (rule == SMT_WHOLE_CORES && machine->cpus[j].online && !mine)
                return false;
        }
    }
    return true;
}
