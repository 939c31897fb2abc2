/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_SHAPES_H
#define PLAN_SHAPES_H

/*
 * The ways to deal an instance's CPUs out over the nodes. While they are few, all of them; when
 * they are many, those that a good plan is made of: one node, the closest nodes filled one after
 * the other, or evenly.
 */

#include "memory.h"

struct shape {
    unsigned int *counts; /* by node_idx */
    cost128 bound;        /* least that the instance costs so, however empty the machine is */
    uint64_t hash;        /* of counts */
    unsigned int option;  /* of its kind, where it is made of one (alike.h) */
    cost128 priced;       /* the same with a bound's prices paid; the search's own */
    unsigned int room;    /* CPUs left on the fullest of its nodes */
};

struct shapes {
    struct shape *shapes;
    unsigned int n_shapes;
    unsigned int max_shapes;
    unsigned int *counts; /* storage */
    bool all;             /* nothing was left out */
};

/* What a demand costs with its CPUs at counts, but for its memory: the cost, and the price of
 * getting there. */
cost128 shape_cost(const struct model *model, const struct demand *demand,
                   const unsigned int *counts);

enum shapes_use {
    SHAPES_PACKING,
    SHAPES_ROOMY,   /* of equal ones, those that leave most room come first */
    SHAPES_OF_KIND, /* where they cannot be all, many: they are made once */
};

/* room is what each node can still give, by node_idx. Shapes that no rule allows are left out. The
 * rest comes sorted: cheapest bound first, then (if roomy) most room left, then by counts. */
int shapes_make(const struct model *model, const struct demand *demand, const unsigned int *room,
                enum shapes_use use, struct shapes *ret_shapes);
void shapes_fini(struct shapes *shapes);

/* Room for max shapes, in the making. */
int shapes_init(struct shapes *shapes, const struct model *model, unsigned int max);
/* As shapes_make sorts them. */
void shapes_sort(const struct model *model, struct shapes *shapes, bool roomy);

#endif
