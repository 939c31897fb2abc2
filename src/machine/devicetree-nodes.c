/* SPDX-License-Identifier: Apache-2.0 */
/* NUMA nodes of a device tree: which there are, and whose CPUs are whose. A tree without numa-nodes
 * is of a machine with one node. */

#include "devicetree-read.h"

#include "set.h"

#include <string.h>

static int node_number(const struct tree_reader *reader, const struct dt_node *where,
                       unsigned int *ret_id)
{
    return tree_number(reader, where, "node-id", SET_ID_MAX, ret_id);
}

static bool is_numa_node(const struct dt_node *where)
{
    return strcmp(where->name, "node") == 0;
}

static int read_ids(const struct tree_reader *reader, const struct dt_node *all, hwloc_bitmap_t ids)
{
    for (unsigned int i = 0; i < all->n_children; i++) {
        const struct dt_node *where = all->children[i];
        unsigned int id;
        int r = is_numa_node(where) ? node_number(reader, where, &id) : 0;

        if (r < 0)
            return r;
        if (!is_numa_node(where))
            continue;
        if (hwloc_bitmap_isset(ids, id)) {
            r = tree_fail(reader, where, tree_mark(where, "node-id"),
                          "there are two nodes with the number %u", id);
            error_hint(reader->err, "give each its own `node-id`");
            return r;
        }
        if (hwloc_bitmap_set(ids, id) < 0)
            return -ENOMEM;
    }
    return 0;
}

static int place_cpu(const struct tree_reader *reader, const struct dt_node *where,
                     struct node *node, unsigned int id)
{
    struct cpu *cpu = machine_cpu_mutable(reader->machine, id);

    if (cpu->node >= 0)
        return tree_fail(reader, where, tree_mark(where, "cpus"),
                         "CPU %u is on node %d, and cannot be on node %u too", id, cpu->node,
                         node->id);
    cpu->node = (int)node->id;
    return cpu->online && hwloc_bitmap_set(node->cpus, id) < 0 ? -ENOMEM : 0;
}

static int place_cpus(const struct tree_reader *reader, const struct dt_node *where,
                      struct node *node)
{
    autoset hwloc_bitmap_t cpus = NULL;
    unsigned int id;
    int r = tree_cpus(reader, where, "cpus", &cpus);

    if (r < 0 || !cpus)
        return r;
    hwloc_bitmap_foreach_begin(id, cpus)
    {
        r = place_cpu(reader, where, node, id);
        if (r < 0)
            return r;
    }
    hwloc_bitmap_foreach_end();
    return 0;
}

/* From the tree's nodes, in whatever order they stand, to the machine's. */
static int read_numa(struct tree_reader *reader, const struct dt_node *all)
{
    struct machine *machine = reader->machine;
    int r = 0;

    reader->nodes = calloc(machine->n_nodes + 1, sizeof(*reader->nodes));
    if (!reader->nodes)
        return -ENOMEM;
    for (unsigned int i = 0; r == 0 && i < all->n_children; i++) {
        const struct dt_node *where = all->children[i];
        unsigned int id;

        if (!is_numa_node(where))
            continue;
        r = node_number(reader, where, &id);
        if (r < 0)
            return r;
        reader->nodes[machine_node_idx(machine, id)] = where;
        r = place_cpus(reader, where, machine_node_mutable(machine, id));
    }
    return r;
}

static int read_one_node(const struct tree_reader *reader)
{
    struct machine *machine = reader->machine;
    struct node *node = &machine->nodes[0];

    node->granted = true;
    for (unsigned int i = 0; i < machine->n_cpus; i++) {
        machine->cpus[i].node = 0;
        if (machine->cpus[i].online && hwloc_bitmap_set(node->cpus, machine->cpus[i].id) < 0)
            return -ENOMEM;
    }
    return 0;
}

int tree_read_nodes(struct tree_reader *reader)
{
    const struct dt_node *all = tree_numa_nodes(reader);
    autoset hwloc_bitmap_t ids = hwloc_bitmap_alloc();
    int r;

    if (!ids)
        return -ENOMEM;
    r = all ? read_ids(reader, all, ids) : (hwloc_bitmap_set(ids, 0) < 0 ? -ENOMEM : 0);
    if (r == 0)
        r = machine_set_nodes(reader->machine, ids);
    if (r < 0)
        return r;
    if (!all)
        return read_one_node(reader);
    r = read_numa(reader, all);
    for (unsigned int i = 0; r == 0 && i < reader->machine->n_nodes; i++)
        reader->machine->nodes[i].granted =
            !dt_property(reader->nodes[i], "numaplace,memory-not-granted");
    return r;
}
