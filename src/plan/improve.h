/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_IMPROVE_H
#define PLAN_IMPROVE_H

/*
 * Placements of any size: one instance after the other goes where it is cheapest by the bound's
 * prices, which stand for what others could do with the room; then instances change places while
 * that makes the whole cheaper: alone, along a chain of nodes to one with room, or in a ring.
 */

#include "bound.h"

struct improve_request {
    const struct kinds *kinds;
    struct bound *bound; /* is offered the prices that the exchanges end with */
    unsigned int first;  /* of the demands, n of them */
    unsigned int n;
    unsigned long limit;       /* of the work, once each has its place */
    const unsigned int *start; /* a placement to begin with, as in the result; NULL: make one */
};

struct improve_result {
    unsigned int *counts; /* [demand * n_nodes + node_idx], of all demands; NULL: none was found */
    unsigned long work;
};

/* 0 whether found or not, or -ENOMEM. */
int improve_run(const struct improve_request *request, struct improve_result *ret_result);

#endif
