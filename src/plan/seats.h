/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_SEATS_H
#define PLAN_SEATS_H

/*
 * Who has CPUs on which node while a placement is being made, and whether the CPUs of a node can be
 * told apart core by core for those who have some there.
 */

#include "cores.h"
#include "model.h"

struct seats {
    const struct model *model;
    const unsigned int *counts; /* [demand * n_nodes + node_idx], the owner's */
    unsigned int *used;         /* CPUs given, by node_idx */
    unsigned int *strict;       /* members with an smt rule, by node_idx */
    unsigned int **members;     /* demands by node_idx, in no order */
    unsigned int *n_members;
    unsigned int *storage;     /* of members */
    struct core_claim *claims; /* scratch for cores_assign */
    unsigned int *claim_order;
    unsigned int *owner;
    unsigned long work; /* steps taken */
};

int seats_init(struct seats *seats, const struct model *model, const unsigned int *counts);
void seats_fini(struct seats *seats);

/* Seats demand where its counts say, which must not be changed until it leaves. n_nodes when all
 * who sit there fit, else a node where they do not: it sits there all the same and has to leave. */
unsigned int seats_take(struct seats *seats, unsigned int demand);
void seats_leave(struct seats *seats, unsigned int demand);

/* Whether an empty node has so many CPUs for demand by its smt rule. */
bool seats_can_hold(const struct model_node *node, const struct demand *demand, unsigned int count);

/* CPUs left on a node. */
static inline unsigned int seats_left(const struct seats *seats, unsigned int node)
{
    return seats->model->nodes[node].n_cpus - seats->used[node];
}

#endif
