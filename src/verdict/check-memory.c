/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules: is there memory enough, for each instance and for all that want it of the same nodes? Only
 * what no placement could mend is told here; finding one that fits is the planner's.
 */

#include "check-rules.h"

/* Bytes of all the nodes together; UNKNOWN_U64 when one of them is unknown. */
static uint64_t capacity_of(const struct check *check, hwloc_const_bitmap_t nodes, bool use_free)
{
    uint64_t sum = 0;

    for (unsigned int i = 0; i < check->machine->n_nodes; i++) {
        uint64_t bytes;

        if (!hwloc_bitmap_isset(nodes, check->machine->nodes[i].id))
            continue;
        bytes = wishes_capacity(check->wishes, i, use_free);
        if (bytes == UNKNOWN_U64)
            return UNKNOWN_U64;
        sum += bytes;
    }
    return sum;
}

/* "lacks 3 GiB: wants 16 GiB of nodes 0-1, which have 13 GiB for instances" */
static int report_short(const struct check *check, const struct subject *subject,
                        enum finding_code code, uint64_t bytes, uint64_t has)
{
    char wanted[SIZE_TEXT_MAX], had[SIZE_TEXT_MAX], lacking[SIZE_TEXT_MAX];
    autofree char *nodes = text_set("node", subject->home);
    bool one = hwloc_bitmap_weight(subject->home) == 1;

    if (!nodes)
        return -ENOMEM;
    (void)size_format(bytes - has, lacking);
    return report(
        check, place_of(subject, KEY_MEMORY), code,
        text("wants %s of %s, which %s %s %s", size_format(bytes, wanted), nodes,
             one ? "has" : "have", size_format(has, had),
             code == CODE_MEMORY_SHORT_NOW ? "free now" : "for instances"),
        text("lower it by %s, %s", lacking,
             code == CODE_MEMORY_SHORT_NOW ? "or free as much there" : "or allow more nodes"));
}

/* False when a CPU, node or policy is wrong in a way that has its own finding. */
static bool has_home(const struct check *check, const struct subject *subject)
{
    if (subject->instance->memory_policy == MEMORY_POLICY_BIND &&
        !hwloc_bitmap_intersects(subject->home, check->usable_nodes))
        return false;
    for (unsigned int i = 0; i < check->machine->n_nodes; i++) {
        if (hwloc_bitmap_isset(subject->home, check->machine->nodes[i].id))
            return true;
    }
    return false;
}

static int check_size(const struct check *check, const struct subject *subject)
{
    uint64_t bytes = subject->instance->memory_bytes;
    uint64_t has = capacity_of(check, subject->home, false);
    uint64_t has_free = check->options->use_free ? capacity_of(check, subject->home, true) : has;

    if (bytes == 0 || !has_home(check, subject))
        return 0;
    if (has == UNKNOWN_U64 || has_free == UNKNOWN_U64)
        return report(check, place_of(subject, KEY_MEMORY), CODE_MEMORY_UNJUDGED,
                      text("whether it fits is not known: the machine does not tell what its nodes "
                           "have%s",
                           has == UNKNOWN_U64 ? "" : " free"),
                      NULL);
    /* Of memory by address, region-outside-nodes and its like tell. */
    if (bytes > has && !subject->region_nodes)
        return report_short(check, subject, CODE_MEMORY_SHORT, bytes, has);
    if (bytes > has_free && check->options->use_free)
        return report_short(check, subject, CODE_MEMORY_SHORT_NOW, bytes, has_free);
    return 0;
}

/* The node of the set with the least for instances, and that; only nodes with memory count, as for
 * the kernel. -1 when there is none, or one is unknown. */
static int find_smallest(const struct check *check, hwloc_const_bitmap_t nodes, bool use_free,
                         uint64_t *ret_bytes)
{
    uint64_t least = UNKNOWN_U64;
    int smallest = -1;

    for (unsigned int i = 0; i < check->machine->n_nodes; i++) {
        unsigned int id = check->machine->nodes[i].id;
        uint64_t bytes;

        if (!hwloc_bitmap_isset(nodes, id) || !hwloc_bitmap_isset(check->usable_nodes, id))
            continue;
        bytes = wishes_capacity(check->wishes, i, use_free);
        if (bytes == UNKNOWN_U64)
            return -1;
        if (bytes < least) {
            least = bytes;
            smallest = (int)id;
        }
    }
    *ret_bytes = least;
    return smallest;
}

static unsigned int count_usable(const struct check *check, hwloc_const_bitmap_t nodes)
{
    unsigned int n = 0;

    for (int id = hwloc_bitmap_first(nodes); id != -1; id = hwloc_bitmap_next(nodes, id))
        n += hwloc_bitmap_isset(check->usable_nodes, (unsigned int)id) ? 1 : 0;
    return n;
}

/* Each node gets the same share, so the smallest decides. */
static int check_interleave_share(const struct check *check, const struct subject *subject)
{
    char wanted[SIZE_TEXT_MAX], had[SIZE_TEXT_MAX];
    unsigned int n = count_usable(check, subject->home);
    bool use_free = check->options->use_free;
    uint64_t bytes = subject->instance->memory_bytes, share, least;
    int node;

    if (subject->instance->memory_policy != MEMORY_POLICY_INTERLEAVE || n < 2 || bytes == 0 ||
        subject->region_nodes || /* its addresses say how much is where */
        bytes > capacity_of(check, subject->home, use_free)) /* memory-short tells */
        return 0;
    share = bytes / n;
    node = find_smallest(check, subject->home, use_free, &least);
    if (node < 0 || share <= least)
        return 0;
    return report(check, place_of(subject, KEY_MEMORY),
                  use_free ? CODE_MEMORY_SHORT_NOW : CODE_MEMORY_SHORT,
                  text("interleaving puts %s on each of %u nodes, and node %d has %s %s",
                       size_format(share, wanted), n, node, size_format(least, had),
                       use_free ? "free now" : "for instances"),
                  text("leave node %d out, or ask for less", node));
}

/* Nodes that do not exist, are not granted or have no memory have their own finding. */
static bool can_give(const struct check *check, hwloc_const_bitmap_t nodes)
{
    for (int id = hwloc_bitmap_first(nodes); id != -1; id = hwloc_bitmap_next(nodes, id)) {
        if (!machine_node(check->machine, (unsigned int)id))
            return false;
    }
    return hwloc_bitmap_intersects(nodes, check->usable_nodes);
}

/* Preferred nodes are no limit, but more than they have goes elsewhere for certain. */
static int check_preferred(const struct check *check, const struct subject *subject)
{
    hwloc_const_bitmap_t preferred = subject->wish->nodes;
    uint64_t bytes = subject->instance->memory_bytes, has;
    char wanted[SIZE_TEXT_MAX], had[SIZE_TEXT_MAX];
    autofree char *nodes = NULL;

    if (!preferred || bytes == 0 || subject->region_nodes ||
        hwloc_bitmap_isincluded(subject->home, preferred) || !can_give(check, preferred))
        return 0;
    if (subject->instance->memory_policy == MEMORY_POLICY_LOCAL && subject->cpu_nodes)
        return 0; /* memory-elsewhere tells */
    has = capacity_of(check, preferred, check->options->use_free);
    if (bytes <= has || bytes > capacity_of(check, subject->home, check->options->use_free))
        return 0;
    nodes = text_set("node", preferred);
    if (!nodes)
        return -ENOMEM;
    return report(check, place_of(subject, KEY_MEMORY), CODE_MEMORY_NOT_PREFERRED,
                  text("wants %s, and the preferred %s can give %s: some will be elsewhere",
                       size_format(bytes, wanted), nodes, size_format(has, had)),
                  text("prefer more nodes, or ask for less"));
}

const subject_rule memory_rules[] = {check_size, check_interleave_share, check_preferred, NULL};

/* Sums */

static int report_sum(const struct check *check, const struct subject *subject,
                      hwloc_const_bitmap_t nodes, uint64_t sum, uint64_t has)
{
    char wanted[SIZE_TEXT_MAX], had[SIZE_TEXT_MAX], lacking[SIZE_TEXT_MAX];
    autofree char *list = text_set("node", nodes);

    if (!list)
        return -ENOMEM;
    (void)size_format(sum - has, lacking);
    return report(check, place_of(subject, KEY_MEMORY), CODE_MEMORY_SUM_SHORT,
                  text("with the instances before it, %s are wanted of %s, which %s %s",
                       size_format(sum, wanted), list,
                       hwloc_bitmap_weight(nodes) == 1 ? "has" : "have", size_format(has, had)),
                  text("lower one by %s, or allow it more nodes", lacking));
}

/* All whose memory can only be on these nodes; told at the first that no longer fits. */
static int check_sum_on(const struct check *check, hwloc_const_bitmap_t nodes)
{
    uint64_t has = capacity_of(check, nodes, check->options->use_free);
    uint64_t sum = 0;

    if (check->pool_extents.n > 0 && has >= pool_bytes(check))
        return 0; /* pool-short tells */
    for (unsigned int i = 0; i < check->n_subjects; i++) {
        const struct subject *subject = &check->subjects[i];
        uint64_t bytes = subject->instance->memory_bytes;

        /* What is too much alone has its own finding, and would hide the rest here. */
        if (bytes == 0 || bytes > has || !hwloc_bitmap_isincluded(subject->home, nodes))
            continue;
        sum += bytes;
        if (sum > has)
            return report_sum(check, subject, nodes, sum, has);
    }
    return 0;
}

static bool is_first_with_home(const struct check *check, const struct subject *subject)
{
    for (const struct subject *before = check->subjects; before < subject; before++) {
        if (before->instance->memory_bytes > 0 && hwloc_bitmap_isequal(before->home, subject->home))
            return false;
    }
    return true;
}

static int check_sums(const struct check *check)
{
    int r = 0;

    for (unsigned int i = 0; r == 0 && i < check->n_subjects; i++) {
        const struct subject *subject = &check->subjects[i];

        if (subject->instance->memory_bytes > 0 && is_first_with_home(check, subject))
            r = check_sum_on(check, subject->home);
    }
    return r;
}

const whole_rule sum_rules[] = {check_sums, NULL};
