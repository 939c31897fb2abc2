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

static int report_saturated(const struct traffic *traffic, struct findings *findings)
{
    char subject[64], asked[SIZE_TEXT_MAX], capacity[SIZE_TEXT_MAX];
    struct place place = {.subject = subject};

    bool is_node = traffic->from < 0;

    if (is_node)
        (void)snprintf(subject, sizeof(subject), "node %u", traffic->to);
    else
        (void)snprintf(subject, sizeof(subject), "link from node %d to node %u", traffic->from,
                       traffic->to);
    return findings_add(findings, is_node ? CODE_NODE_SATURATED : CODE_LINK_SATURATED, place,
                        text("is asked for %s and has %s", rate_format(traffic->asked, asked),
                             rate_format(traffic->capacity, capacity)),
                        text("spread or interleave who asks for most, or let it ask for less"));
}

int check_plan(const struct plan *plan, struct findings *findings)
{
    int r = 0;

    for (unsigned int i = 0; r == 0 && i < plan->n_traffic; i++) {
        const struct traffic *traffic = &plan->traffic[i];

        if (traffic->capacity > 0 && traffic->asked > traffic->capacity)
            r = report_saturated(traffic, findings);
    }
    return r;
}
