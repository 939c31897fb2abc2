/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_BRANCH_H
#define PLAN_BRANCH_H

/*
 * Branch and bound over the relaxation: where it deals a demand out over several options, once with
 * the one of which it gives most, once without that. The branch with the lowest bound is always the
 * next, so that the lowest that is left bounds every placement. Bounds are counted in integers.
 */

#include "relaxation.h"

struct branch_request {
    const struct kinds *kinds;
    struct bound *bound; /* is offered the prices of the whole */
    unsigned int first;  /* of the demands, n of them */
    unsigned int n;
    unsigned long limit; /* of the work */
    /* Placements by counts [demand * n_nodes + node_idx] of all demands: a node whose CPUs cannot
     * be told apart for all who have some there, n_nodes for none. Demands may be out, with 0. */
    unsigned int (*crowded)(void *data, const unsigned int *counts);
    /* Of one without such a node the cost: *ret_known is that of the cheapest so far. 0 or -ENOMEM.
     */
    int (*judge)(void *data, const unsigned int *counts, cost128 *ret_known);
    /* Told of each branch. */
    void (*tell)(void *data, unsigned long work, cost128 bound);
    void *data;
    cost128 known; /* cost of the cheapest placement so far, FLOW_NEVER: none */
};

struct branch_result {
    cost128 bound; /* no placement costs less, unless it is the cheapest that was judged;
                      FLOW_NEVER: there is no other */
    unsigned long work;
};

/* What is nearer to the bound than this is as good as it: a millionth of the cost. */
static inline cost128 branch_tolerance(cost128 cost)
{
    return cost >> 20;
}

/* 0 or -ENOMEM. */
int branch_run(const struct branch_request *request, struct branch_result *ret_result);

#endif
