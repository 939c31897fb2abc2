/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_MAKE_MACHINE_H
#define TESTS_UNIT_MAKE_MACHINE_H

/* A regular machine from a few numbers; tests then change in it what their case is about. CPUs are
 * numbered node by node and core by core; ids of nodes are 0, 1, ... */

#include "machine.h"

#include <string.h>

struct machine_plan {
    unsigned int n_nodes;
    unsigned int n_cpus;  /* a node */
    unsigned int smt;     /* CPUs a core, 0 is 1 */
    unsigned int n_cores; /* cores an LLC, 0: one LLC a node */
    uint64_t bytes;       /* a node */
    uint64_t far;         /* distance to the neighbours, 0 is 20; to node n it is far + n - 1 */
};

static void make_cpu(const struct machine_plan *plan, unsigned int id, struct cpu *cpu)
{
    unsigned int smt = plan->smt ? plan->smt : 1;
    unsigned int in_node = id % plan->n_cpus;
    unsigned int first = id - in_node;
    unsigned int in_llc = plan->n_cores ? plan->n_cores * smt : plan->n_cpus;

    *cpu = (struct cpu){
        .id = id,
        .node = (int)(id / plan->n_cpus),
        .package = (int)(id / plan->n_cpus),
        .die = -1,
        .cluster = -1,
        .llc = (int)(first + in_node - in_node % in_llc),
        .core = (int)(first + in_node - in_node % smt),
        .siblings = hwloc_bitmap_alloc(),
        .kind = -1,
        .online = true,
        .granted = true,
    };
    for (unsigned int i = 0; i < smt && in_node - in_node % smt + i < plan->n_cpus; i++)
        hwloc_bitmap_set(cpu->siblings, (unsigned int)cpu->core + i);
}

static struct machine *make_machine(const struct machine_plan *plan)
{
    struct machine *machine = calloc(1, sizeof(*machine));
    unsigned int n = plan->n_nodes;

    machine->source = strdup("made");
    machine->nodes = calloc(n, sizeof(*machine->nodes));
    machine->n_nodes = n;
    machine->cpus = calloc((size_t)n * plan->n_cpus + 1, sizeof(*machine->cpus));
    machine->n_cpus = n * plan->n_cpus;
    machine->distance.source = MATRIX_SLIT;
    machine->distance.value = calloc((size_t)n * n, sizeof(uint64_t));
    for (unsigned int i = 0; i < machine->n_cpus; i++)
        make_cpu(plan, i, &machine->cpus[i]);
    for (unsigned int i = 0; i < n; i++) {
        machine->nodes[i] = (struct node){
            .id = i,
            .kind = NODE_KIND_DRAM,
            .tier = -1,
            .total_bytes = plan->bytes,
            .free_bytes = plan->bytes,
            .cpus = hwloc_bitmap_alloc(),
            .initiators = hwloc_bitmap_alloc(),
            .granted = true,
        };
        if (plan->n_cpus > 0)
            hwloc_bitmap_set_range(machine->nodes[i].cpus, i * plan->n_cpus,
                                   (int)((i + 1) * plan->n_cpus - 1));
        for (unsigned int j = 0; j < n; j++) {
            unsigned int hops = i > j ? i - j : j - i;

            machine->distance.value[i * n + j] =
                hops == 0 ? 10 : (plan->far ? plan->far : 20) + hops - 1;
        }
    }
    return machine;
}

/* Takes a CPU off line, as the kernel shows it. */
static inline void take_offline(struct machine *machine, unsigned int cpu)
{
    machine->cpus[cpu].online = false;
    hwloc_bitmap_clr(machine->nodes[machine->cpus[cpu].node].cpus, cpu);
}

/* A node without CPUs that is far from all others: memory of some kind. Its id is the next one. */
static inline void add_memory_node(struct machine *machine, enum node_kind kind, uint64_t bytes)
{
    unsigned int n = machine->n_nodes;
    uint64_t *value = calloc((size_t)(n + 1) * (n + 1), sizeof(*value));

    machine->nodes = realloc(machine->nodes, (n + 1) * sizeof(*machine->nodes));
    machine->nodes[n] = (struct node){.id = n,
                                      .kind = kind,
                                      .tier = -1,
                                      .total_bytes = bytes,
                                      .free_bytes = bytes,
                                      .cpus = hwloc_bitmap_alloc(),
                                      .initiators = hwloc_bitmap_alloc(),
                                      .granted = true};
    for (unsigned int i = 0; i <= n; i++) {
        for (unsigned int j = 0; j <= n; j++)
            value[i * (n + 1) + j] = i == j             ? 10
                                     : i == n || j == n ? 30
                                                        : machine->distance.value[i * n + j];
    }
    free(machine->distance.value);
    machine->distance.value = value;
    machine->n_nodes = n + 1;
}

#endif
