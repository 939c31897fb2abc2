/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_EXPLAINER_H
#define PLAN_EXPLAINER_H

/* What the parts of an explanation share: the plan as the search sees it, and planning again with
 * something about it changed. */

#include "explain.h"
#include "model.h"
#include "search.h"

struct explainer {
    const struct wishes *wishes;
    const struct plan_options *options;
    const struct plan *plan;
    struct model model;
    unsigned int d;       /* the demand that is explained */
    unsigned int *chosen; /* [demand * n_nodes + node_idx]: the plan's */
    cost128 cost;         /* the plan's */
    struct cost_terms own;
};

static inline const unsigned int *explainer_counts(const struct explainer *explainer,
                                                   unsigned int demand)
{
    return &explainer->chosen[(size_t)demand * explainer->model.n_nodes];
}

/* Holds all others to their CPUs by node, or lets them go. */
void explainer_pin_others(struct explainer *explainer, bool pin);

/* The demand's own cost in a placement of all demands, or of it alone. -ENOMEM. */
int explain_terms(const struct model *model, const unsigned int *counts, unsigned int demand,
                  bool alone, struct cost_terms *ret_terms);

/* The nodes with CPUs. NULL: out of memory. */
hwloc_bitmap_t explain_nodes(const struct model *model, const unsigned int *counts);

static inline double explain_locals(int64_t cost)
{
    return (double)cost / (double)COST_LOCAL;
}

/* CPUs of a node that the instance may have: with the machine for itself, or beside the others. */
unsigned int explain_cpus_left(const struct explainer *explainer, unsigned int node, bool alone);

/* Fills in why there is no placement with the option; model.demands[d].only is it. alone: on the
 * machine for itself, else with the others where they are. 0 or -ENOMEM. */
int explain_obstacle(struct explainer *explainer, bool alone, struct option *option);

/* What would make the instance cheaper, looked for among what its options lack. 0 or -ENOMEM. */
int explain_bindings(struct explainer *explainer, struct explanation *explanation);

#endif
