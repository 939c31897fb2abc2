/* SPDX-License-Identifier: Apache-2.0 */
/* Rules: what instances may choose from at all: the pool of CPUs and those of memory. */

#include "check-rules.h"

static bool is_unknown(const struct check *check, unsigned int id)
{
    return !machine_cpu(check->machine, id);
}

static bool is_reserved(const struct check *check, unsigned int id)
{
    return hwloc_bitmap_isset(check->wishes->reserved_cpus, id);
}

static const struct id_fault pool_cpu_faults[] = {
    {CODE_POOL_CPU_UNKNOWN, is_unknown, "is said to be available, and does not exist",
     "are said to be available, and do not exist",
     "`numaplace topo` shows the CPUs of the machine"},
    {CODE_POOL_CPU_RESERVED, is_reserved, "is said to be available and to be host-reserved",
     "are said to be available and to be host-reserved", "say one of the two"},
    {0},
};

static int check_pool_cpus(const struct check *check)
{
    const struct place place = {.subject = SUBJECT_HOST, .at = check->wishes->spec->pool_cpus_at};

    if (!check->wishes->pool_cpus)
        return 0;
    return report_faults(check, place, "CPU", check->wishes->pool_cpus, pool_cpu_faults);
}

uint64_t pool_bytes(const struct check *check)
{
    uint64_t bytes = 0;

    for (unsigned int i = 0; i < check->pool_extents.n; i++)
        bytes += check->pool_extents.extents[i].region.bytes;
    return bytes;
}

static struct place place_of_pool(const struct check *check, unsigned int pool)
{
    return (struct place){.subject = SUBJECT_HOST, .at = check->wishes->spec->pools[pool].at};
}

static int check_pool_overlaps(const struct check *check)
{
    const struct extents *pools = &check->pool_extents;
    autofree struct clash *clashes = NULL;
    char one[REGION_TEXT_MAX], common[REGION_TEXT_MAX];
    int r = extents_clashes(pools, &clashes);

    for (unsigned int i = 0; r == 0 && i < pools->n; i++) {
        const struct extent *pool = &pools->extents[i];
        const struct clash *clash = &clashes[pool->order];

        if (clash->n_others > 0)
            r = report(check, place_of_pool(check, pool->owner), CODE_POOL_OVERLAP,
                       text("memory pool %s overlaps another: both have %s",
                            region_format(pool->region, one), region_format(clash->common, common)),
                       text("let each byte be in one pool"));
    }
    return r;
}

static int check_pool_nodes(const struct check *check)
{
    const struct extents *pools = &check->pool_extents;
    char one[REGION_TEXT_MAX], hole[REGION_TEXT_MAX], size[SIZE_TEXT_MAX];
    int r = 0;

    for (unsigned int i = 0; r == 0 && check->node_extents.n > 0 && i < pools->n; i++) {
        autosurvey struct survey survey = {0};

        r = extents_survey(&check->node_extents, pools->extents[i].region, &survey);
        if (r == 0 && survey.nowhere > 0)
            r = report(check, place_of_pool(check, pools->extents[i].owner),
                       CODE_POOL_OUTSIDE_NODES,
                       text("memory pool %s has %s on no node (%s%s)",
                            region_format(pools->extents[i].region, one),
                            size_format(survey.nowhere, size), region_format(survey.hole, hole),
                            survey.n_holes > 1 ? " and more" : ""),
                       text("`numaplace topo` shows where the nodes' memory is"));
    }
    return r;
}

const whole_rule pool_rules[] = {check_pool_cpus, check_pool_overlaps, check_pool_nodes, NULL};
