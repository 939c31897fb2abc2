/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_PLAN_SVG_H
#define CLI_PLAN_SVG_H

/* The picture of a plan: the machine, who has which CPUs and memory of it, and between which nodes
 * they reach for it. */

#include "plan.h"

/* To stdout. 0 or -ENOMEM. */
int svg_plan(const struct plan *plan);

/* Memory on one node that CPUs of another one use. */
struct plan_flow {
    unsigned int instance; /* number of its placement */
    unsigned int from;     /* node_idx of the CPUs */
    unsigned int to;       /* of the memory */
    uint64_t bytes;
};

/* Of all placements, in order: under memory-policy local each CPU uses its part of the memory, on
 * its own node as far as there is some; else all CPUs use all of it alike. The caller frees.
 * -ENOMEM.
 */
int plan_flows(const struct plan *plan, struct plan_flow **ret_flows, unsigned int *ret_n);

#endif
