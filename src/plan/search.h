/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_SEARCH_H
#define PLAN_SEARCH_H

/*
 * How many CPUs each instance gets on each node, and where its memory goes. Three ways lead there
 * (docs/planner.md): a descent over the instances, the most constrained first, each tried in its
 * shapes from the cheapest on (descent.c); a placement built by prices and improved (built.c); and
 * branches over a relaxation (branch.h). A node's CPUs are checked core by core, and memory moves
 * aside by a flow.
 */

#include "flow.h"
#include "model.h"

struct search_options {
    bool any;                /* the first placement will do: to see whether there is one */
    unsigned int n_only;     /* search for the first so many demands only; 0: for all */
    int alone;               /* search for this one only; -1: no */
    struct plan_watch watch; /* zeroed: nobody is told */
};

struct search_result {
    unsigned int *counts; /* [demand * n_nodes + node_idx]; NULL when none was found */
    cost128 cost;
    cost128 bound; /* no placement costs less; cost itself when proven */
    bool proven;   /* none is cheaper, or none exists */
};

/* 0 whether found or not, or -ENOMEM. */
int search_run(const struct model *model, const struct search_options *options,
               struct search_result *ret_result);
void search_result_fini(struct search_result *result);

#endif
