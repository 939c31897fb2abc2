/* SPDX-License-Identifier: Apache-2.0 */
/* Rules: the memory traffic that instances say, against what nodes and links give. What a single
 * wish asks for is judged before anything is chosen; what is asked of a node, with the plan. */

#include "check-rules.h"

#include "size.h"

static bool is_unknown(const struct check *check, unsigned int id)
{
    const struct machine *machine = check->machine;

    for (unsigned int i = 0; i < machine->n_nodes; i++) {
        if (matrix_get(machine, &machine->bandwidth_mibps, machine->nodes[i].id, id) > 0)
            return false;
    }
    return true;
}

static int check_judged(const struct check *check, const struct subject *subject)
{
    autoset hwloc_bitmap_t unknown = NULL;
    autofree char *nodes = NULL;
    char rate[SIZE_TEXT_MAX];
    int r;

    if (!instance_says(subject->instance, KEY_BANDWIDTH))
        return 0;
    r = set_filter(check, subject->home, is_unknown, &unknown);
    if (r < 0 || hwloc_bitmap_iszero(unknown))
        return r;
    nodes = text_set("node", unknown);
    if (!nodes)
        return -ENOMEM;
    return report(check, place_of(subject, KEY_BANDWIDTH), CODE_TRAFFIC_UNJUDGED,
                  text("asks for %s, and what %s give%s is not known: it counts for nothing there",
                       rate_format(subject->instance->workload.bandwidth, rate), nodes,
                       hwloc_bitmap_weight(unknown) == 1 ? "s" : ""),
                  NULL);
}

const subject_rule traffic_rules[] = {
    check_judged,
    NULL,
};
