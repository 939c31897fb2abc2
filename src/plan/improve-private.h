/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_IMPROVE_PRIVATE_H
#define PLAN_IMPROVE_PRIVATE_H

/* What improve.c shares with improve-rings.c and improve-ousting.c. */

#include "builder.h"
#include "improve.h"

enum {
    OUSTED_MAX = 4, /* so many leave for one */
};

/* The cheapest move from one node to another. */
struct edge {
    int64_t gain; /* what it costs more: negative is good; NEVER */
    unsigned int demand;
    unsigned int option;
};

struct graph {
    unsigned int n; /* vertices: nodes, and the one of free room */
    unsigned int size;
    struct edge *edges; /* [from * n + to] */
    int64_t *distance;
    unsigned int *before;
    unsigned int *ring; /* its vertices in order */
    unsigned int n_ring;
};

struct improver {
    const struct improve_request *request;
    struct builder builder;
    struct graph graph;
    unsigned int *single; /* [kind * n_nodes + node]: 1 + the option with all CPUs there, 0 none */
    unsigned int n_out;   /* places that hold one who is out to make room */
    cost128 *prices;      /* scratch, by node_idx */
    struct builder_place *places; /* of those that were taken out */
    unsigned int *place_counts;
    uint64_t *place_grants;
    unsigned long limit;
};

static inline bool improver_is_over(const struct improver *improver)
{
    return improver->builder.work + improver->builder.seats.work > improver->limit;
}

static inline unsigned int improver_size(const struct improver *improver, unsigned int demand)
{
    const struct demand *d = &improver->builder.model->demands[demand];

    return d->fixed ? 0 : d->n_cpus;
}

/* Every option of one node. */
void improve_index(struct improver *improver);
/* Rings of moves of instances with size CPUs, until there is none: whether there was any. moves is
 * scratch for as many as there are vertices. */
bool improve_rings(struct improver *improver, unsigned int size, struct edge **moves);

/* Gives instances cheaper options from which others have to leave: whether any. */
bool improve_ousting(struct improver *improver);

#endif
