/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_MEMORY_H
#define PLAN_MEMORY_H

/* Memory policies as sources of a flow: the one place that knows what a policy does with bytes. */

#include "flow.h"
#include "model.h"

/* The part of an instance's memory that behaves alike. */
struct source {
    uint64_t bytes;
    int from;          /* node_idx whose CPUs use it, -1: all CPUs alike */
    int only;          /* node_idx of the one node that it may go to, -1: as the policy says */
    cost128 *per_byte; /* by node_idx, FLOW_NEVER where it may not go */
};

struct sources {
    unsigned int n_nodes;
    struct source *sources; /* room for one a node */
    unsigned int n_sources;
    cost128 *costs; /* storage of per_byte */
};

int sources_init(struct sources *sources, unsigned int n_nodes);
void sources_fini(struct sources *sources);

/* The sources of demand with its CPUs at counts, replacing what sources held. */
void memory_sources(const struct model *model, const struct demand *demand,
                    const unsigned int *counts, struct sources *sources);

/* The least that they can cost, each byte on its cheapest node; FLOW_NEVER when one has none. */
cost128 sources_bound(const struct sources *sources);

/* A flow_outcome or -ENOMEM. */
int sources_add(const struct sources *sources, struct flow *flow);

#endif
