/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_ALIKE_H
#define PLAN_ALIKE_H

/*
 * Demands that are alike are of one kind. The shapes of a kind on an empty machine are made once
 * and written sparsely, as options: what bounds and constructions of any size work with.
 */

#include "shapes.h"

/* What an option takes of a node whatever else is done. */
struct option_part {
    unsigned int node;
    unsigned int cpus;
    uint64_t bytes;
};

/* Bytes that may lie on any of several nodes. */
struct option_source {
    uint64_t bytes;
    unsigned int first_arc; /* cheapest first */
    unsigned int n_arcs;
};

struct option_arc {
    unsigned int node; /* ANY_NODE: further nodes, none of which costs less than this */
    cost128 per_byte;
};

/* What it asks of a node or link, as far as that can give it: what it saturates by itself is in its
 * cost. */
struct option_ask {
    unsigned int cell; /* cost_cells */
    uint64_t rate;     /* bytes a second */
};

#define ANY_NODE ((unsigned int)-1)

struct option {
    cost128 cost;         /* its bytes on their cheapest nodes */
    unsigned int n_nodes; /* that have CPUs */
    unsigned int first_part;
    unsigned int n_parts;
    unsigned int first_source;
    unsigned int n_sources;
    unsigned int first_ask;
    unsigned int n_asks;
};

struct kind {
    const struct demand *demand; /* any of them */
    unsigned int n_demands;
    unsigned int first_option; /* cheapest first */
    unsigned int n_options;
    bool all; /* there are no other shapes */
};

/* A growing array. */
struct growing {
    void *items;
    size_t n;
    size_t max;
};

/* Appends a copy. 0 or -ENOMEM. */
int growing_add(struct growing *array, size_t size, const void *item);

struct kinds {
    const struct model *model;
    struct kind *kinds;
    unsigned int n_kinds;
    unsigned int *of;    /* kind by demand */
    unsigned int *sizes; /* numbers of CPUs that a demand has, from 2 on, ascending */
    unsigned int n_sizes;
    struct growing options; /* struct option */
    struct growing parts;   /* struct option_part */
    struct growing sources; /* struct option_source */
    struct growing arcs;    /* struct option_arc */
    struct growing asks;    /* struct option_ask */
};

/* Of n demands from first on. 0 or -ENOMEM. */
int kinds_make(const struct model *model, unsigned int first, unsigned int n,
               struct kinds *ret_kinds);
void kinds_fini(struct kinds *kinds);

/* There are no shapes but options. */
bool kinds_are_whole(const struct kinds *kinds);

/* Exchanging them changes nothing. */
bool demands_are_alike(const struct model *model, const struct demand *a, const struct demand *b);

static inline const struct option *kind_option(const struct kinds *kinds, const struct kind *kind,
                                               unsigned int i)
{
    return &((const struct option *)kinds->options.items)[kind->first_option + i];
}

static inline const struct option_part *option_parts(const struct kinds *kinds,
                                                     const struct option *option)
{
    return &((const struct option_part *)kinds->parts.items)[option->first_part];
}

static inline const struct option_source *option_sources(const struct kinds *kinds,
                                                         const struct option *option)
{
    return &((const struct option_source *)kinds->sources.items)[option->first_source];
}

static inline const struct option_arc *source_arcs(const struct kinds *kinds,
                                                   const struct option_source *source)
{
    return &((const struct option_arc *)kinds->arcs.items)[source->first_arc];
}

static inline const struct option_ask *option_asks(const struct kinds *kinds,
                                                   const struct option *option)
{
    return &((const struct option_ask *)kinds->asks.items)[option->first_ask];
}

/* The options for which there is room, by node_idx, as shapes_make would make them; the caller ends
 * them. Of kinds whose CPUs are chosen. -ENOMEM. */
int kind_shapes(const struct kinds *kinds, const struct kind *kind, const unsigned int *room,
                struct shapes *ret_shapes);

/* Its CPUs by node_idx. */
void option_counts(const struct kinds *kinds, const struct option *option,
                   unsigned int *ret_counts);

#endif
