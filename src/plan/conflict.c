/* SPDX-License-Identifier: Apache-2.0 */
/* Named CPUs and named memory that cannot be had: see conflict.h. */

#include "conflict.h"

#include <stdarg.h>
#include <stdio.h>

static bool __attribute__((format(printf, 3, 4)))
tell(struct conflict *conflict, const char *way_out, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    (void)vsnprintf(conflict->reason, sizeof(conflict->reason), format, args); /* may be cut */
    va_end(args);
    conflict->way_out = way_out;
    return true;
}

static const char *why_not(const struct wishes *wishes, unsigned int cpu)
{
    const struct cpu *c = machine_cpu(wishes->machine, cpu);

    if (!c)
        return "does not exist";
    if (!c->online)
        return "is offline";
    if (!c->granted)
        return c->node >= 0 && machine_node(wishes->machine, (unsigned int)c->node)->withdrawn
                   ? "is on a node that is out of service"
                   : "is not granted to us";
    return hwloc_bitmap_isset(wishes->reserved_cpus, cpu) ? "is reserved for the host" : NULL;
}

static bool find_in_cpus(const struct wishes *wishes, const struct wish *wish,
                         struct conflict *conflict)
{
    static const char way_out[] = "name other CPUs, or give a count and let them be chosen";
    int cpu;

    if (!wish->cpus)
        return false;
    hwloc_bitmap_foreach_begin(cpu, wish->cpus) const char *why =
        why_not(wishes, (unsigned int)cpu);

    if (why)
        return tell(conflict, way_out, "CPU %d, which it names, %s", cpu, why);
    for (const struct wish *before = wishes->wishes; before < wish; before++) {
        if (before->cpus && hwloc_bitmap_isset(before->cpus, cpu))
            return tell(conflict, way_out, "CPU %d, which it names, is \"%.64s\"'s already", cpu,
                        before->instance->name);
    }
    hwloc_bitmap_foreach_end();
    return false;
}

static bool have_in_common(const struct instance *a, const struct instance *b,
                           struct region *ret_common)
{
    for (unsigned int i = 0; i < a->n_regions; i++) {
        for (unsigned int j = 0; j < b->n_regions; j++) {
            if (region_common(a->regions[i], b->regions[j], ret_common))
                return true;
        }
    }
    return false;
}

static bool names_twice(const struct instance *instance, struct region *ret_common)
{
    for (unsigned int i = 1; i < instance->n_regions; i++) {
        for (unsigned int j = 0; j < i; j++) {
            if (region_common(instance->regions[i], instance->regions[j], ret_common))
                return true;
        }
    }
    return false;
}

static bool find_in_regions(const struct wishes *wishes, const struct wish *wish,
                            struct conflict *conflict)
{
    static const char way_out[] = "name another place, or none and let it be chosen";
    const struct instance *instance = wish->instance;
    char text[REGION_TEXT_MAX], size[SIZE_TEXT_MAX];
    struct region common;
    uint64_t bytes = 0;

    if (!wish->region_bytes || !machine_knows_ranges(wishes->machine))
        return false;
    if (names_twice(instance, &common))
        return tell(conflict, way_out, "it names %s twice", region_format(common, text));
    for (const struct wish *before = wishes->wishes; before < wish; before++) {
        if (have_in_common(before->instance, instance, &common))
            return tell(conflict, way_out, "%s, which it names, is \"%.64s\"'s already",
                        region_format(common, text), before->instance->name);
    }
    for (unsigned int i = 0; i < wishes->machine->n_nodes; i++)
        bytes += wish->region_bytes[i];
    return bytes < instance->memory_bytes &&
           tell(conflict, way_out, "%s of the memory that it names are on no node",
                size_format(instance->memory_bytes - bytes, size));
}

bool conflict_find(const struct wishes *wishes, struct conflict *ret_conflict)
{
    for (unsigned int i = 0; i < wishes->n_wishes; i++) {
        const struct wish *wish = &wishes->wishes[i];

        ret_conflict->instance = wish->instance;
        if (find_in_cpus(wishes, wish, ret_conflict) || find_in_regions(wishes, wish, ret_conflict))
            return true;
    }
    return false;
}
