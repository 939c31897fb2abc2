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
    bool large;           /* planning all of it again for each option takes too long */
    unsigned int d;       /* the demand that is explained */
    unsigned int *chosen; /* [demand * n_nodes + node_idx]: the plan's */
    unsigned int *counts; /* the same shape: scratch, as chosen but for d */
    cost128 cost;         /* the plan's */
    struct own_cost own;
    unsigned long done; /* options and constraints that were looked at, for the watch */
};

static inline const unsigned int *explainer_counts(const struct explainer *explainer,
                                                   unsigned int demand)
{
    return &explainer->chosen[(size_t)demand * explainer->model.n_nodes];
}

/* The others of a large file are held to their CPUs by node, but for those who have some where
 * room (by node_idx; NULL: nowhere) is not 0. model is the explainer's, or one with an instance
 * less. */
void explainer_hold_others(const struct explainer *explainer, const struct model *model,
                           const unsigned int *room);
void explainer_let_go(const struct model *model);

/* All the plan's, with the demand's CPUs at counts: valid until it is called again. */
const unsigned int *explainer_counts_with(const struct explainer *explainer,
                                          const unsigned int *counts);

/* One more was looked at. */
void explainer_tell(struct explainer *explainer);

/* The demand's own cost in a placement of all demands, or of it alone. -ENOMEM. */
int explain_own(const struct model *model, const unsigned int *counts, unsigned int demand,
                bool alone, struct own_cost *ret_own);

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
