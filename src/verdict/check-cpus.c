/* SPDX-License-Identifier: Apache-2.0 */
/* Rules: do the CPUs exist, may they be used, are there enough, does nobody else have them? */

#include "check-rules.h"

#include <string.h>

static bool is_unknown(const struct check *check, unsigned int id)
{
    return !machine_cpu(check->machine, id);
}

static bool is_offline(const struct check *check, unsigned int id)
{
    const struct cpu *cpu = machine_cpu(check->machine, id);

    return cpu && !cpu->online;
}

static bool is_withdrawn(const struct check *check, unsigned int id)
{
    const struct cpu *cpu = machine_cpu(check->machine, id);

    return cpu && cpu->online && cpu->node >= 0 &&
           machine_node(check->machine, (unsigned int)cpu->node)->withdrawn;
}

static bool is_not_granted(const struct check *check, unsigned int id)
{
    const struct cpu *cpu = machine_cpu(check->machine, id);

    return cpu && cpu->online && !cpu->granted && !is_withdrawn(check, id);
}

static bool is_isolated(const struct check *check, unsigned int id)
{
    const struct cpu *cpu = machine_cpu(check->machine, id);

    return cpu && cpu->online && cpu->isolated;
}

static bool is_reserved(const struct check *check, unsigned int id)
{
    return machine_cpu(check->machine, id) && hwloc_bitmap_isset(check->wishes->reserved_cpus, id);
}

static bool is_not_available(const struct check *check, unsigned int id)
{
    const struct wishes *wishes = check->wishes;

    return machine_cpu(check->machine, id) && wishes->pool_cpus &&
           !hwloc_bitmap_isset(wishes->pool_cpus, id) &&
           !hwloc_bitmap_isset(wishes->reserved_cpus, id); /* cpu-reserved tells */
}

static const struct id_fault cpu_faults[] = {
    {CODE_CPU_UNKNOWN, is_unknown, "does not exist", "do not exist",
     "`numaplace topo` shows the CPUs of the machine"},
    {CODE_CPU_OFFLINE, is_offline, "is offline", "are offline",
     "bring them online through /sys/devices/system/cpu/cpuN/online, or name others"},
    {CODE_CPU_NOT_GRANTED, is_not_granted, "is not granted to us", "are not granted to us",
     "widen Cpus_allowed or the cpuset cgroup that we are in, or name others"},
    {CODE_CPU_WITHDRAWN, is_withdrawn, "is on a node that is out of service",
     "are on a node that is out of service", "name others, or give a count and let them be chosen"},
    {CODE_CPU_ISOLATED, is_isolated, "is isolated: the scheduler does not balance load there",
     "are isolated: the scheduler does not balance load among them", NULL},
    {CODE_CPU_RESERVED, is_reserved, "is reserved for the host", "are reserved for the host",
     "name others, or take them out of host-reserved"},
    {CODE_CPU_NOT_AVAILABLE, is_not_available, "is not available to instances",
     "are not available to instances", "name others, or add them to the available ones"},
    {0},
};

static int check_each(const struct check *check, const struct subject *subject)
{
    if (!subject->wish->cpus)
        return 0;
    return report_faults(check, place_of(subject, KEY_CPUS), "CPU", subject->wish->cpus,
                         cpu_faults);
}

static int check_empty(const struct check *check, const struct subject *subject)
{
    if (!subject->wish->cpus || !hwloc_bitmap_iszero(subject->wish->cpus))
        return 0;
    return report(check, place_of(subject, KEY_CPUS), CODE_CPUS_EMPTY,
                  text("the set of CPUs is empty on this machine"),
                  text("name CPUs that it has, or give a count"));
}

/* Into shared the CPUs that those before it have as well. How many those are, and the first of
 * them. */
static int find_shared(const struct check *check, const struct subject *subject,
                       hwloc_bitmap_t shared, const struct subject **ret_first)
{
    int n_others = 0;

    for (const struct subject *other = check->subjects; other < subject; other++) {
        if (!other->wish->cpus || !hwloc_bitmap_intersects(other->wish->cpus, subject->wish->cpus))
            continue;
        if (n_others++ == 0)
            *ret_first = other;
        if (hwloc_bitmap_or(shared, shared, other->wish->cpus) < 0)
            return -ENOMEM;
    }
    return hwloc_bitmap_and(shared, shared, subject->wish->cpus) < 0 ? -ENOMEM : n_others;
}

/* The same CPU in several instances is told at all but the first. */
static int check_overlap(const struct check *check, const struct subject *subject)
{
    autoset hwloc_bitmap_t shared = hwloc_bitmap_alloc();
    const struct subject *first = NULL;
    autofree char *list = NULL, *others = NULL;
    int n;

    if (!shared)
        return -ENOMEM;
    n = subject->wish->cpus ? find_shared(check, subject, shared, &first) : 0;
    if (n <= 0)
        return n;
    list = text_set("CPU", shared);
    others = n == 1 ? text("\"%s\"", first->instance->name)
                    : text("\"%s\" and %d more", first->instance->name, n - 1);
    if (!list || !others)
        return -ENOMEM;
    return report(
        check, place_of(subject, KEY_CPUS), CODE_CPU_OVERLAP,
        text("%s also belong%s to %s", list, hwloc_bitmap_weight(shared) == 1 ? "s" : "", others),
        text("give each CPU to one instance only"));
}

/* Told at the first instance for which the counts up to it no longer fit. */
static int check_count(const struct check *check, const struct subject *subject)
{
    unsigned int available = (unsigned int)hwloc_bitmap_weight(check->choice_cpus);
    unsigned int wanted = subject->instance->cpu_count;
    uint64_t before = 0;
    char *fact;

    if (wanted == 0)
        return 0;
    for (const struct subject *other = check->subjects; other < subject; other++)
        before += other->instance->cpu_count;
    if (before + wanted <= available || before > available)
        return 0;
    if (before == 0)
        fact =
            text("wants %u CPU%s, and %u may be chosen", wanted, wanted == 1 ? "" : "s", available);
    else
        fact = text("wants %u CPU%s, and of the %u that may be chosen the instances before it "
                    "leave %u",
                    wanted, wanted == 1 ? "" : "s", available, (unsigned int)(available - before));
    return report(check, place_of(subject, KEY_CPUS), CODE_CPUS_SHORT, fact,
                  text("lower a count by %u, or reserve fewer for the host",
                       (unsigned int)(before + wanted - available)));
}

const subject_rule cpu_rules[] = {check_each, check_empty, check_overlap, check_count, NULL};
