/* SPDX-License-Identifier: Apache-2.0 */
/* What shows only when all is placed. */

#include "check.h"

#include "size.h"

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

static int check_traffic(const struct plan *plan, struct findings *findings)
{
    int r = 0;

    for (unsigned int i = 0; r == 0 && i < plan->n_traffic; i++) {
        const struct traffic *traffic = &plan->traffic[i];

        if (traffic->capacity > 0 && traffic->asked > traffic->capacity)
            r = report_saturated(traffic, findings);
    }
    return r;
}

/* Of CPUs that were given, check told before. */
static int check_irqs(const struct plan *plan, struct findings *findings)
{
    int r = 0;

    for (unsigned int i = 0; r == 0 && i < plan->n_placements; i++) {
        const struct placement *placement = &plan->placements[i];
        const struct instance *instance = placement->instance;
        struct place place = {instance->name, true, instance->at[KEY_IRQS]};

        if (placement->irqs && placement->irqs->remote && !instance->cpus_given)
            r = findings_add(findings, CODE_IRQS_REMOTE, place,
                             text("the interrupts of device \"%s\" go to another node than its "
                                  "own, %d: no CPU there is left for the instance",
                                  instance->irqs, placement->irqs->node),
                             text("name node %d under \"numa-nodes\", or give CPUs of it",
                                  placement->irqs->node));
    }
    return r;
}

int check_plan(const struct plan *plan, struct findings *findings)
{
    int r = check_traffic(plan, findings);

    return r < 0 ? r : check_irqs(plan, findings);
}
