/* SPDX-License-Identifier: Apache-2.0 */
/* The public face of a machine: the same structure, told through functions whose callers need no
 * hwloc. */

#include "lib.h"

int np_machine_load(const char *source, struct np_machine **ret_machine, struct np_error *err)
{
    struct machine *machine;
    unsigned int parts = MACHINE_ALL & ~(unsigned int)MACHINE_RANGES; /* nothing below tells them */
    int r = machine_load(source, parts, &machine, err);

    if (r < 0)
        return r;
    *ret_machine = (struct np_machine *)(void *)machine;
    return 0;
}

struct np_machine *np_machine_free(struct np_machine *machine)
{
    (void)machine_free((struct machine *)(void *)machine);
    return NULL;
}

size_t np_machine_nodes(const struct np_machine *machine, struct np_node *nodes, size_t max)
{
    const struct machine *m = inside(machine);

    for (size_t i = 0; i < m->n_nodes && i < max; i++) {
        const struct node *n = &m->nodes[i];

        nodes[i] = (struct np_node){
            .node = n->id,
            .kind = node_kind_name(n->kind),
            .tier = n->tier,
            .total_bytes = n->total_bytes,
            .free_bytes = n->free_bytes,
            .granted = n->granted,
        };
    }
    return m->n_nodes;
}

size_t np_machine_node_cpus(const struct np_machine *machine, unsigned int node, unsigned int *cpus,
                            size_t max)
{
    const struct node *n = machine_node(inside(machine), node);
    size_t count = 0;

    if (!n)
        return 0;
    for (int cpu = hwloc_bitmap_first(n->cpus); cpu != -1; cpu = hwloc_bitmap_next(n->cpus, cpu)) {
        if (count < max)
            cpus[count] = (unsigned int)cpu;
        count++;
    }
    return count;
}

int np_machine_cpu_node(const struct np_machine *machine, unsigned int cpu, unsigned int *ret_node)
{
    const struct cpu *c = machine_cpu(inside(machine), cpu);

    if (!c)
        return -ENOENT;
    if (c->node < 0)
        return -ENODATA;
    *ret_node = (unsigned int)c->node;
    return 0;
}

int np_machine_device_node(const struct np_machine *machine, const char *name,
                           unsigned int *ret_node)
{
    const struct device *d = machine_device(inside(machine), name);

    if (!d)
        return -ENOENT;
    if (d->node < 0)
        return -ENODATA;
    *ret_node = (unsigned int)d->node;
    return 0;
}

int np_machine_distance(const struct np_machine *machine, unsigned int from, unsigned int to,
                        unsigned int *ret_distance)
{
    const struct machine *m = inside(machine);
    uint64_t distance = matrix_get(m, &m->distance, from, to);

    if (distance == 0)
        return -ENODATA;
    *ret_distance = (unsigned int)distance;
    return 0;
}
