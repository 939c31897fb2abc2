/* SPDX-License-Identifier: Apache-2.0 */
/* Rules: the memory policy held against the nodes and CPUs that stand beside it. */

#include "check-rules.h"

static const char *policy_of(const struct subject *subject)
{
    return memory_policy_name(subject->instance->memory_policy);
}

static bool interleaves(const struct subject *subject)
{
    return subject->instance->memory_policy == MEMORY_POLICY_INTERLEAVE ||
           subject->instance->memory_policy == MEMORY_POLICY_WEIGHTED_INTERLEAVE;
}

/* The kernel refuses to bind to nothing. */
static int check_bind(const struct check *check, const struct subject *subject)
{
    struct place place = place_of(subject, KEY_MEMORY_POLICY);
    autofree char *nodes = NULL, *local = NULL;

    if (subject->instance->memory_policy != MEMORY_POLICY_BIND ||
        (subject->region_nodes && !subject->wish->nodes)) /* bound by its addresses */
        return 0;
    if (!subject->wish->nodes) {
        local = say(check, "memory-policy", "local");
        if (!local)
            return -ENOMEM;
        return report(check, place, CODE_BIND_WITHOUT_NODES,
                      text("memory is to be bound, and no numa-nodes say where"),
                      text("add numa-nodes, or say %s", local));
    }
    if (hwloc_bitmap_intersects(subject->wish->nodes, check->usable_nodes))
        return 0;
    nodes = text_set("node", subject->wish->nodes);
    if (!nodes)
        return -ENOMEM;
    return report(check, place, CODE_BIND_WITHOUT_MEMORY,
                  text("memory is to be bound to %s, where none may be had", nodes),
                  text("name nodes with memory that are granted"));
}

static int report_single(const struct check *check, const struct subject *subject, int node)
{
    struct place place = place_of(subject, KEY_MEMORY_POLICY);
    autofree char *bind = say(check, "memory-policy", "bind");

    if (!bind)
        return -ENOMEM;
    if (subject->region_nodes)
        return report(check, place, CODE_INTERLEAVE_SINGLE,
                      text("%s is requested and all of the memory is on node %d: that is bind",
                           policy_of(subject), node),
                      text("give it memory of several nodes, or say %s", bind));
    return report(check, place, CODE_INTERLEAVE_SINGLE,
                  text("%s over node %d alone is the same as bind", policy_of(subject), node),
                  text("name more nodes, or say %s", bind));
}

/* Its addresses say where it is; or else numa-nodes do. */
static int check_interleave(const struct check *check, const struct subject *subject)
{
    hwloc_const_bitmap_t over =
        subject->wish->nodes && !subject->region_nodes ? subject->wish->nodes : subject->home;
    struct place place = place_of(subject, KEY_MEMORY_POLICY);
    autofree char *nodes = NULL;

    if (!interleaves(subject))
        return 0;
    if (hwloc_bitmap_weight(over) == 1)
        return report_single(check, subject, hwloc_bitmap_first(over));
    if (subject->wish->nodes || subject->region_nodes)
        return 0;
    nodes = text_set("node", over);
    if (!nodes)
        return -ENOMEM;
    return report(check, place, CODE_INTERLEAVE_ALL,
                  text("no numa-nodes: %s over %s", policy_of(subject), nodes), NULL);
}

static int check_weights(const struct check *check, const struct subject *subject)
{
    autofree char *interleave = NULL;

    if (subject->instance->memory_policy != MEMORY_POLICY_WEIGHTED_INTERLEAVE ||
        check->machine->bandwidth_mibps.value)
        return 0;
    interleave = say(check, "memory-policy", "interleave");
    if (!interleave)
        return -ENOMEM;
    return report(check, place_of(subject, KEY_MEMORY_POLICY), CODE_BANDWIDTH_UNKNOWN,
                  text("the bandwidth of the nodes is not known: all weigh the same"),
                  text("say %s, or measure", interleave));
}

static bool exists(const struct check *check, unsigned int id)
{
    return machine_node(check->machine, id) != NULL;
}

/* Policy local and numa-nodes that the CPUs are not on: the memory goes with the CPUs. Of a tree
 * cpus-remote tells it, CPU by CPU. */
static int check_elsewhere(const struct check *check, const struct subject *subject)
{
    autoset hwloc_bitmap_t named = NULL;
    autofree char *cpu_nodes = NULL, *nodes = NULL;
    int r;

    if (subject->instance->memory_policy != MEMORY_POLICY_LOCAL || !subject->cpu_nodes ||
        !subject->wish->nodes || is_tree(check) ||
        hwloc_bitmap_isincluded(subject->cpu_nodes, subject->wish->nodes))
        return 0;
    r = set_filter(check, subject->wish->nodes, exists, &named);
    if (r < 0 || hwloc_bitmap_iszero(named))
        return r;
    cpu_nodes = text_set("node", subject->cpu_nodes);
    nodes = text_set("node", named);
    if (!cpu_nodes || !nodes)
        return -ENOMEM;
    return report(check, place_of(subject, KEY_NUMA_NODES), CODE_MEMORY_ELSEWHERE,
                  text("memory will go to the CPUs' %s, not to %s", cpu_nodes, nodes),
                  text("give CPUs of %s, or say \"memory-policy: bind\"", nodes));
}

static int check_asked(const struct check *check, const struct subject *subject)
{
    const struct instance *instance = subject->instance;

    if (instance->cpus_given || instance->cpu_count > 0)
        return 0;
    if (instance->memory_bytes == 0)
        return report(check, place_of(subject, KEY_NAME), CODE_NOTHING_ASKED,
                      text("asks for neither CPUs nor memory"), text("add cpus or memory"));
    return report(check, place_of(subject, KEY_NAME), CODE_MEMORY_ONLY,
                  text("asks for memory and no CPUs: it may run on any"), NULL);
}

const subject_rule policy_rules[] = {
    check_asked, check_bind, check_interleave, check_weights, check_elsewhere, NULL,
};
