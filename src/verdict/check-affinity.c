/* SPDX-License-Identifier: Apache-2.0 */
/* Rules: what is said about the manner of choosing CPUs (affinity, SMT), held against the CPUs that
 * were given or the cores that there are. */

#include "check-rules.h"
#include "kerf-words.h"

static bool is_written(const struct subject *subject, enum instance_key key)
{
    return instance_says(subject->instance, key);
}

/* A node whose usable CPUs are at least n; -1 none. */
static int node_that_holds(const struct check *check, int n)
{
    for (unsigned int i = 0; i < check->machine->n_nodes; i++) {
        const struct node *node = &check->machine->nodes[i];
        int held = 0;

        for (int cpu = hwloc_bitmap_first(node->cpus); cpu != -1;
             cpu = hwloc_bitmap_next(node->cpus, cpu))
            held += hwloc_bitmap_isset(check->usable_cpus, (unsigned int)cpu);
        if (held >= n)
            return (int)node->id;
    }
    return -1;
}

static int report_compact_tree(const struct check *check, const struct subject *subject, int one)
{
    return report(
        check, place_of(subject, KEY_CPUS), CODE_COMPACT_SPLIT,
        kerf_compact_split(subject->cpu_nodes),
        one < 0 ? text("no node alone has as many CPUs: name fewer, or spread them")
                : text("node %d alone could hold as many: give its CPUs, or a cpu-count", one));
}

/* Where no node could hold as many this is the best that compact can be: not worth a word, but
 * Kerf's users expect one. */
static int check_compact(const struct check *check, const struct subject *subject)
{
    autofree char *nodes = NULL;
    int one;

    if (!subject->cpu_nodes || subject->instance->cpu_affinity != CPU_AFFINITY_COMPACT ||
        !is_written(subject, KEY_CPU_AFFINITY) || hwloc_bitmap_weight(subject->cpu_nodes) < 2)
        return 0;
    one = node_that_holds(check, hwloc_bitmap_weight(subject->wish->cpus));
    if (is_tree(check))
        return report_compact_tree(check, subject, one);
    if (one < 0)
        return 0;
    nodes = text_set("node", subject->cpu_nodes);
    if (!nodes)
        return -ENOMEM;
    return report(check, place_of(subject, KEY_CPUS), CODE_COMPACT_SPLIT,
                  text("is to be compact, and its CPUs are on %s", nodes),
                  text("node %d alone could hold as many: give its CPUs, or a count", one));
}

static bool has_cpus(const struct check *check, unsigned int id)
{
    const struct node *node = machine_node(check->machine, id);

    return node && hwloc_bitmap_intersects(node->cpus, check->usable_cpus);
}

/* Nodes over which CPUs could be spread: the preferred ones, or all. */
static int count_spread_nodes(const struct check *check, const struct subject *subject)
{
    int n = 0;

    for (unsigned int i = 0; i < check->machine->n_nodes; i++) {
        unsigned int id = check->machine->nodes[i].id;

        if (has_cpus(check, id) &&
            (!subject->wish->nodes || hwloc_bitmap_isset(subject->wish->nodes, id)))
            n++;
    }
    return n;
}

static int report_spread_tree(const struct check *check, const struct subject *subject,
                              int possible)
{
    return report(
        check, place_of(subject, KEY_CPUS), CODE_SPREAD_SINGLE,
        kerf_spread_single(hwloc_bitmap_first(subject->cpu_nodes)),
        possible < 2
            ? text("there is one node to choose from: allow more numa-nodes, or another affinity")
            : text("give CPUs of the %d nodes that could take them, or a cpu-count", possible));
}

/* What cannot be spread at all is told of a tree only, as Kerf does. */
static int check_spread(const struct check *check, const struct subject *subject)
{
    int possible;

    if (!subject->cpu_nodes || subject->instance->cpu_affinity != CPU_AFFINITY_SPREAD ||
        hwloc_bitmap_weight(subject->cpu_nodes) != 1)
        return 0;
    possible = count_spread_nodes(check, subject);
    if (is_tree(check))
        return report_spread_tree(check, subject, possible);
    if (possible < 2 || hwloc_bitmap_weight(subject->wish->cpus) < 2)
        return 0;
    return report(check, place_of(subject, KEY_CPUS), CODE_SPREAD_SINGLE,
                  text("is to be spread, and its CPUs are all on node %d",
                       hwloc_bitmap_first(subject->cpu_nodes)),
                  text("give CPUs of the %d nodes that could take them, or a count", possible));
}

static bool fixes_nodes(const struct instance *instance)
{
    return instance->memory_policy == MEMORY_POLICY_BIND ||
           instance->memory_policy == MEMORY_POLICY_INTERLEAVE ||
           instance->memory_policy == MEMORY_POLICY_WEIGHTED_INTERLEAVE;
}

static int report_split(const struct check *check, const struct subject *subject)
{
    autofree char *cpu_nodes = text_set("node", subject->cpu_nodes);
    autofree char *nodes = text_set("node", subject->wish->nodes);

    if (!cpu_nodes || !nodes)
        return -ENOMEM;
    return report(check, place_of(subject, KEY_CPU_AFFINITY), CODE_LOCAL_SPLIT,
                  is_tree(check) ? kerf_affinity_remote(subject->cpu_nodes, subject->wish->nodes)
                                 : text("is to be local, and its CPUs are on %s, its memory on %s",
                                        cpu_nodes, nodes),
                  text("name the same nodes, or choose another cpu-affinity"));
}

/* `local` is a hard rule: a policy that fixes memory to nodes where the CPUs are not contradicts
 * it, and so do CPUs on a node without memory. */
static int check_local(const struct check *check, const struct subject *subject)
{
    hwloc_const_bitmap_t nodes = subject->wish->nodes;
    autofree char *list = NULL;

    if (!subject->cpu_nodes || subject->instance->cpu_affinity != CPU_AFFINITY_LOCAL ||
        subject->region_nodes) /* its addresses say where the memory is: region-remote tells */
        return 0;
    if (nodes && fixes_nodes(subject->instance)) {
        bool fits = subject->instance->memory_policy == MEMORY_POLICY_BIND
                        ? hwloc_bitmap_isincluded(subject->cpu_nodes, nodes)
                        : hwloc_bitmap_isequal(subject->cpu_nodes, nodes);

        if (!fits)
            return report_split(check, subject);
    }
    if (hwloc_bitmap_isincluded(subject->cpu_nodes, check->usable_nodes))
        return 0;
    list = text_set("node", subject->cpu_nodes);
    if (!list)
        return -ENOMEM;
    return report(check, place_of(subject, KEY_CPU_AFFINITY), CODE_LOCAL_SPLIT,
                  text("is to be local, and not all of its CPUs' %s may give memory", list),
                  text("give CPUs of nodes with memory, or choose another cpu-affinity"));
}

/* Each CPU that is on none of the nodes, as Kerf does. */
static int report_remote_tree(const struct check *check, const struct subject *subject)
{
    hwloc_const_bitmap_t cpus = subject->wish->cpus, nodes = subject->wish->nodes;
    int r = 0;

    for (int id = hwloc_bitmap_first(cpus); r == 0 && id != -1; id = hwloc_bitmap_next(cpus, id)) {
        const struct cpu *cpu = machine_cpu(check->machine, (unsigned int)id);

        if (!cpu || cpu->node < 0 || hwloc_bitmap_isset(nodes, (unsigned int)cpu->node))
            continue;
        r = report(check, place_of(subject, KEY_CPUS), CODE_CPUS_REMOTE,
                   kerf_cpu_remote(cpu->id, cpu->node, nodes),
                   text("give CPUs of the numa-nodes, or a cpu-count"));
    }
    return r;
}

/* Is it told by another rule? With policy local the memory follows the CPUs: that is
 * memory-elsewhere's, and a broken hard rule local-split's. */
static bool has_own_finding(const struct instance *instance)
{
    return instance->memory_policy == MEMORY_POLICY_LOCAL ||
           (instance->cpu_affinity == CPU_AFFINITY_LOCAL && fixes_nodes(instance));
}

/* A memory-only node is always reached from afar. Of a tree the CPUs are on other nodes than those
 * named also where none of these exists, as Kerf's document has it. */
static bool can_be_near(const struct check *check, const struct subject *subject,
                        hwloc_const_bitmap_t with_cpus)
{
    if (!hwloc_bitmap_iszero(with_cpus))
        return true;
    for (unsigned int i = 0; i < check->machine->n_nodes; i++) {
        if (hwloc_bitmap_isset(subject->wish->nodes, check->machine->nodes[i].id))
            return false;
    }
    return is_tree(check);
}

static int check_remote(const struct check *check, const struct subject *subject)
{
    autoset hwloc_bitmap_t with_cpus = NULL;
    autofree char *cpu_nodes = NULL, *nodes = NULL;
    int r;

    if (!subject->cpu_nodes || !subject->wish->nodes ||
        (!is_tree(check) && has_own_finding(subject->instance)) ||
        hwloc_bitmap_isincluded(subject->cpu_nodes, subject->wish->nodes))
        return 0;
    r = set_filter(check, subject->wish->nodes, has_cpus, &with_cpus);
    if (r < 0 || !can_be_near(check, subject, with_cpus))
        return r;
    if (is_tree(check))
        return report_remote_tree(check, subject);
    cpu_nodes = text_set("node", subject->cpu_nodes);
    nodes = text_set("node", subject->wish->nodes);
    if (!cpu_nodes || !nodes)
        return -ENOMEM;
    return report(check, place_of(subject, KEY_CPUS), CODE_CPUS_REMOTE,
                  text("its CPUs are on %s and reach memory of %s from afar", cpu_nodes, nodes),
                  text("give CPUs of %s, or a count", nodes));
}

/* CPUs of the set that share a core with another of the set. */
static int find_siblings(const struct check *check, hwloc_const_bitmap_t cpus,
                         hwloc_bitmap_t *ret_set)
{
    autoset hwloc_bitmap_t found = hwloc_bitmap_alloc(), both = hwloc_bitmap_alloc();

    if (!found || !both)
        return -ENOMEM;
    for (int id = hwloc_bitmap_first(cpus); id != -1; id = hwloc_bitmap_next(cpus, id)) {
        const struct cpu *cpu = machine_cpu(check->machine, (unsigned int)id);

        if (!cpu)
            continue;
        if (hwloc_bitmap_and(both, cpu->siblings, cpus) < 0)
            return -ENOMEM;
        if (hwloc_bitmap_weight(both) > 1 && hwloc_bitmap_set(found, (unsigned int)id) < 0)
            return -ENOMEM;
    }
    *ret_set = TAKE(found);
    return 0;
}

static int check_avoid(const struct check *check, const struct subject *subject)
{
    autoset hwloc_bitmap_t siblings = NULL;
    autofree char *list = NULL;
    int r;

    if (!subject->wish->cpus || subject->instance->smt != SMT_AVOID)
        return 0;
    r = find_siblings(check, subject->wish->cpus, &siblings);
    if (r < 0 || hwloc_bitmap_iszero(siblings))
        return r;
    list = text_set("CPU", siblings);
    if (!list)
        return -ENOMEM;
    return report(check, place_of(subject, KEY_CPUS), CODE_SMT_SIBLINGS,
                  text("is to avoid SMT siblings, and %s share cores", list),
                  text("give one CPU a core (`numaplace topo cpu N` shows siblings), or a count"));
}

static bool is_online(const struct check *check, unsigned int id)
{
    const struct cpu *cpu = machine_cpu(check->machine, id);

    return cpu && cpu->online;
}

/* Online siblings of the set's CPUs that are not in the set. */
static int find_missing(const struct check *check, hwloc_const_bitmap_t cpus,
                        hwloc_bitmap_t *ret_set)
{
    autoset hwloc_bitmap_t siblings = hwloc_bitmap_alloc();

    if (!siblings)
        return -ENOMEM;
    for (int id = hwloc_bitmap_first(cpus); id != -1; id = hwloc_bitmap_next(cpus, id)) {
        const struct cpu *cpu = machine_cpu(check->machine, (unsigned int)id);

        if (cpu && hwloc_bitmap_or(siblings, siblings, cpu->siblings) < 0)
            return -ENOMEM;
    }
    if (hwloc_bitmap_andnot(siblings, siblings, cpus) < 0)
        return -ENOMEM;
    return set_filter(check, siblings, is_online, ret_set);
}

static int check_whole_cores(const struct check *check, const struct subject *subject)
{
    autoset hwloc_bitmap_t missing = NULL;
    autofree char *list = NULL;
    int r;

    if (!subject->wish->cpus || subject->instance->smt != SMT_WHOLE_CORES)
        return 0;
    r = find_missing(check, subject->wish->cpus, &missing);
    if (r < 0 || hwloc_bitmap_iszero(missing))
        return r;
    list = text_set("CPU", missing);
    if (!list)
        return -ENOMEM;
    return report(check, place_of(subject, KEY_CPUS), CODE_SMT_HALF_CORE,
                  text("is to have whole cores, and lacks %s of them", list),
                  text("give these as well, or a count"));
}

/* The cores with CPUs that can be used. */
/* Is it the first of its core that can be used, so that each core is counted once? */
static bool leads_core(const struct check *check, const struct cpu *cpu)
{
    int first = hwloc_bitmap_first(cpu->siblings);

    while (first != -1 && first < (int)cpu->id &&
           !hwloc_bitmap_isset(check->usable_cpus, (unsigned int)first))
        first = hwloc_bitmap_next(cpu->siblings, first);
    return first == -1 || first >= (int)cpu->id; /* -1: siblings are not known, a core of its own */
}

/* Threads of a core all of whose online ones can be used; 0 for any other. */
static unsigned int whole_threads(const struct check *check, const struct cpu *cpu)
{
    unsigned int n = 0;

    for (int id = hwloc_bitmap_first(cpu->siblings); id != -1;
         id = hwloc_bitmap_next(cpu->siblings, id)) {
        if (!is_online(check, (unsigned int)id))
            continue;
        if (!hwloc_bitmap_isset(check->usable_cpus, (unsigned int)id))
            return 0;
        n++;
    }
    return n > 0 ? n : 1;
}

struct cores count_cores(const struct check *check)
{
    struct cores cores = {0};
    bool alike = true;

    for (unsigned int i = 0; i < check->machine->n_cpus; i++) {
        const struct cpu *cpu = &check->machine->cpus[i];
        unsigned int threads;

        if (!hwloc_bitmap_isset(check->usable_cpus, cpu->id) || !leads_core(check, cpu))
            continue;
        cores.n++;
        threads = whole_threads(check, cpu);
        if (threads == 0)
            continue;
        alike = alike && (cores.threads == 0 || cores.threads == threads);
        cores.threads = threads;
    }
    if (!alike)
        cores.threads = 0;
    return cores;
}

static int check_smt_count(const struct check *check, const struct subject *subject)
{
    unsigned int wanted = subject->instance->cpu_count;
    struct cores cores = check->cores;

    if (wanted == 0 || subject->instance->smt == SMT_ANY)
        return 0;
    if (subject->instance->smt == SMT_AVOID && wanted > cores.n)
        return report(check, place_of(subject, KEY_CPUS), CODE_SMT_COUNT,
                      text("wants %u CPUs, one a core, and there are %u cores", wanted, cores.n),
                      text("lower the count, or say \"smt: any\""));
    if (subject->instance->smt == SMT_WHOLE_CORES && cores.threads > 1 &&
        wanted % cores.threads != 0)
        return report(check, place_of(subject, KEY_CPUS), CODE_SMT_COUNT,
                      text("wants %u CPU%s, and whole cores have %u each", wanted,
                           wanted == 1 ? "" : "s", cores.threads),
                      text("ask for %u", wanted + cores.threads - wanted % cores.threads));
    return 0;
}

const subject_rule affinity_rules[] = {
    check_compact, check_spread,      check_local,     check_remote,
    check_avoid,   check_whole_cores, check_smt_count, NULL,
};
