/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_BUILDER_H
#define PLAN_BUILDER_H

/*
 * A placement that is being made, from which any demand can be taken out again. Bytes lie on the
 * cheapest nodes that had room when their demand came; the flow finds the best way when all is
 * done.
 */

#include "alike.h"
#include "seats.h"

#define NO_OPTION ((unsigned int)-1) /* a shape that is none of the kind's options */

struct builder {
    const struct model *model;
    const struct kinds *kinds;
    unsigned int *counts; /* [demand * n_nodes + node_idx] */
    uint64_t *grants;     /* the same shape: bytes */
    uint64_t *room;       /* bytes left, by node_idx */
    cost128 *cost;        /* by demand that is in */
    unsigned int *option; /* by demand that is in: of its kind, or NO_OPTION */
    struct seats seats;
    struct sources sources; /* scratch */
    unsigned long work;
};

int builder_init(struct builder *builder, const struct kinds *kinds);
void builder_fini(struct builder *builder);

/* Puts a demand in; false, and it is not in, when that does not fit. */
bool builder_put_option(struct builder *builder, unsigned int demand, unsigned int option);
bool builder_put_counts(struct builder *builder, unsigned int demand, const unsigned int *counts);
/* As it was when it was taken out: rows of counts and grants are the caller's copies. */
struct builder_place {
    unsigned int demand;
    unsigned int option;
    cost128 cost;
    unsigned int *counts; /* room for n_nodes */
    uint64_t *grants;
};
void builder_take(struct builder *builder, unsigned int demand, struct builder_place *ret_place);
void builder_put_back(struct builder *builder, const struct builder_place *place);

#endif
