/* SPDX-License-Identifier: Apache-2.0 */
/* Rules: do the nodes that an instance names exist, and can they be used? */

#include "check-rules.h"
#include "kerf-words.h"

static bool is_unknown(const struct check *check, unsigned int id)
{
    return !machine_node(check->machine, id);
}

/* Mems_allowed never has a node without memory: that is another fact, and CPUs may be had there. */
static bool is_not_granted(const struct check *check, unsigned int id)
{
    const struct node *node = machine_node(check->machine, id);

    return node && !node->granted && !node->withdrawn && node->total_bytes != 0;
}

static bool is_withdrawn(const struct check *check, unsigned int id)
{
    const struct node *node = machine_node(check->machine, id);

    return node && node->withdrawn;
}

static bool is_without_memory(const struct check *check, unsigned int id)
{
    const struct node *node = machine_node(check->machine, id);

    return node && node->total_bytes == 0;
}

static bool is_without_cpus(const struct check *check, unsigned int id)
{
    const struct node *node = machine_node(check->machine, id);

    return node && hwloc_bitmap_iszero(node->cpus);
}

#define SHOWN_BY_TOPO "`numaplace topo` shows the nodes of the machine"

static const struct id_fault unknown_fault[] = {
    {CODE_NODE_UNKNOWN, is_unknown, "does not exist", "do not exist", SHOWN_BY_TOPO},
    {0},
};

static const struct id_fault node_faults[] = {
    {CODE_NODE_NOT_GRANTED, is_not_granted, "is not granted to us", "are not granted to us",
     "widen Mems_allowed or the cpuset cgroup that we are in, or name others"},
    {CODE_NODE_WITHDRAWN, is_withdrawn, "is out of service", "are out of service",
     "others are used where the rules allow it"},
    {CODE_NODE_WITHOUT_MEMORY, is_without_memory, "has no memory", "have no memory",
     "name nodes with memory"},
    {0},
};

/* Of a tree each node is told by itself, as Kerf does. */
static int check_unknown(const struct check *check, const struct subject *subject)
{
    struct place place = place_of(subject, KEY_NUMA_NODES);
    hwloc_const_bitmap_t nodes = subject->wish->nodes;
    int r = 0;

    if (!nodes)
        return 0;
    if (!is_tree(check))
        return report_faults(check, place, "node", nodes, unknown_fault);
    for (int id = hwloc_bitmap_first(nodes); r == 0 && id != -1;
         id = hwloc_bitmap_next(nodes, id)) {
        if (is_unknown(check, (unsigned int)id))
            r = report(check, place, CODE_NODE_UNKNOWN, kerf_node_unknown((unsigned int)id),
                       text(SHOWN_BY_TOPO));
    }
    return r;
}

static int check_each(const struct check *check, const struct subject *subject)
{
    if (!subject->wish->nodes)
        return 0;
    return report_faults(check, place_of(subject, KEY_NUMA_NODES), "node", subject->wish->nodes,
                         node_faults);
}

static int check_empty(const struct check *check, const struct subject *subject)
{
    if (!subject->wish->nodes || !hwloc_bitmap_iszero(subject->wish->nodes))
        return 0;
    return report(check, place_of(subject, KEY_NUMA_NODES), CODE_NODES_EMPTY,
                  text("the set of nodes is empty on this machine"),
                  text("name nodes that it has, or leave the key out"));
}

/* CPUs are to be chosen near nodes that have none: the planner takes the nearest. */
static int check_cpus(const struct check *check, const struct subject *subject)
{
    autoset hwloc_bitmap_t without = NULL;
    autofree char *nodes = NULL;
    int r;

    if (!subject->wish->nodes || subject->instance->cpu_count == 0)
        return 0;
    r = set_filter(check, subject->wish->nodes, is_without_cpus, &without);
    if (r < 0 || hwloc_bitmap_iszero(without) ||
        !hwloc_bitmap_isequal(without, subject->wish->nodes))
        return r;
    nodes = text_set("node", without);
    if (!nodes)
        return -ENOMEM;
    return report(check, place_of(subject, KEY_NUMA_NODES), CODE_NODE_WITHOUT_CPUS,
                  text("%s %s no CPUs: those chosen will be of other nodes", nodes,
                       hwloc_bitmap_weight(without) == 1 ? "has" : "have"),
                  NULL);
}

const subject_rule node_rules[] = {check_unknown, check_each, check_empty, check_cpus, NULL};
