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
    int now;           /* node_idx of the node where it is now, -1: nowhere yet */
    cost128 *per_byte; /* by node_idx, FLOW_NEVER where it may not go */
};

struct sources {
    unsigned int n_nodes;
    struct source *sources; /* room for one a node; more where some are somewhere now */
    unsigned int n_sources;
    int home;       /* the one node of all the CPUs; -1: there are more, or none */
    cost128 *costs; /* storage of per_byte */
    uint64_t *left; /* scratch of move_split, by node_idx */
};

int sources_init(struct sources *sources, const struct model *model);
void sources_fini(struct sources *sources);

/* Whether bytes would lie there first, though none were said: on the nodes of the policy's first
 * choice, or, if none of them may be used, on all that may. */
bool memory_is_named(const struct model *model, const struct demand *demand,
                     const unsigned int *counts, unsigned int node);

/* The sources of demand with its CPUs at counts, replacing what sources held. What of its memory is
 * somewhere now costs the price of moving where that is elsewhere (move.h). */
void memory_sources(const struct model *model, const struct demand *demand,
                    const unsigned int *counts, struct sources *sources);

/* The first of these that leads anywhere. */
enum first_choice {
    FIRST_AS_WANTED, /* what the policy puts first, as far as pages may lie there */
    FIRST_ALLOWED,   /* evenly over all nodes where they may */
    FIRST_ORDINARY,  /* evenly over ordinary memory: CPUs without any beside them take it there */
    FIRST_NOWHERE,
};

/* Where pages go first, before any node is full: on each node a part of `all`. */
struct first_pages {
    const struct model *model;
    const struct demand *demand;
    const unsigned int *counts;
    bool by_cpu;      /* on the nodes of its CPUs, in proportion to them */
    bool weighted;    /* by bandwidth */
    bool beside_cpus; /* of its preferred nodes only those that have CPUs of it */
    enum first_choice choice;
    uint64_t all; /* 0: nowhere */
};

struct first_pages memory_first_pages(const struct model *model, const struct demand *demand,
                                      const unsigned int *counts);
uint64_t first_pages_on(const struct first_pages *first, unsigned int node);

/* The least that they can cost, each byte on its cheapest node; FLOW_NEVER when one has none. */
cost128 sources_bound(const struct sources *sources);

/* A flow_outcome or -ENOMEM. */
int sources_add(const struct sources *sources, struct flow *flow);

#endif
