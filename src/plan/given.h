/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_GIVEN_H
#define PLAN_GIVEN_H

/*
 * A placement whose CPUs are all chosen: whether it is one, and what it costs. Nothing is searched
 * for, so that this is soon known of any file; where its memory goes is still the cheapest way.
 */

#include "layout.h"
#include "model.h"

struct given {
    bool possible;
    bool proven;          /* of what is not possible: false where addresses may be missed */
    cost128 cost;         /* of the whole, with the price of getting there */
    struct layout layout; /* of all demands */
};

/* counts is [demand * n_nodes + node_idx] and keeps the rules for CPUs by node. 0 or -ENOMEM. The
 * caller calls given_fini whatever is returned. */
int given_judge(const struct model *model, const unsigned int *counts, struct given *ret_given);
void given_fini(struct given *given);

/* What an instance costs by itself, term by term. */
struct own_cost {
    struct cost_terms terms;
    int64_t saturation; /* of nodes and links, that would not be there without it */
    int64_t moving;     /* price of getting there from where it is now */
};

int64_t own_cost_sum(const struct own_cost *own);

/* The terms alone: of all demands they add up to what a placement costs, but for saturation. */
int given_terms(const struct model *model, const unsigned int *counts, const struct layout *layout,
                unsigned int demand, struct cost_terms *ret_terms);

/* Of demand in a layout that it is a part of, with those that are in it. 0 or -ENOMEM. */
int given_own_cost(const struct model *model, const unsigned int *counts,
                   const struct layout *layout, unsigned int demand, struct own_cost *ret_own);

#endif
