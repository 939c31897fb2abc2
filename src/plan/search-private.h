/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_SEARCH_PRIVATE_H
#define PLAN_SEARCH_PRIVATE_H

/* What search.c, which says in which order the ways to a placement are tried, shares with these
 * ways: descent.c and built.c. */

#include "branch.h"
#include "layout.h"
#include "search.h"
#include "seats.h"

#include <string.h>

/* Work is counted in steps of about 100 ns, so that the limit does not depend on a clock. */
enum {
    NODES_A_STEP = 8, /* of a shape that is judged */
    FLOW_STEPS = 64,  /* of the flow make one of ours */
};

/* What is left to place from a depth on. */
struct remainder {
    cost128 cost; /* at least */
    uint64_t cpus;
    uint64_t bytes;
};

/* How hard a demand is to place, and the least that it costs. */
struct hardness {
    unsigned int demand;
    unsigned int n_ways;
    double size;           /* parts of the machine's CPUs and memory */
    unsigned long n_stuck; /* branches that ended since it had no place */
    double weight;         /* of both */
    cost128 bound;
};

struct search {
    const struct model *model;
    struct hardness *hardness; /* in the order of placing */
    unsigned int first;        /* of the demands that are asked for, n_order */
    unsigned int *order;       /* demands, hardest first */
    unsigned int n_order;
    struct remainder *rest; /* order[i] and all after it */
    unsigned int *counts;   /* as in the result */
    struct seats seats;
    unsigned int *room; /* scratch, by node_idx */
    struct flow flow;
    uint64_t *load; /* [depth * cost_cells]: traffic of what is placed before; NULL: none is said */
    struct sources sources;
    struct kinds kinds;
    struct bound bound;
    unsigned int *best; /* counts of the cheapest placement so far */
    cost128 best_cost;
    cost128 least; /* no placement costs less, as far as branches have shown */
    bool found;
    bool any;
    bool packing;   /* not the first pass */
    bool left_out;  /* some shapes were not looked at: nothing is proven by their absence */
    bool cut_short; /* the limit was reached */
    unsigned long n_entered; /* branches */
    unsigned long work;
    unsigned long limit;
    unsigned long n_looks; /* at the limit */
    struct plan_watch watch;
};

static inline unsigned int *search_counts(const struct search *search, unsigned int demand)
{
    return &search->counts[(size_t)demand * search->model->n_nodes];
}

static inline unsigned long search_work(const struct search *search)
{
    return search->work + search->seats.work + search->flow.work / FLOW_STEPS;
}

static inline bool search_take_cpus(struct search *search, unsigned int d,
                                    const unsigned int *counts)
{
    memcpy(search_counts(search, d), counts, search->model->n_nodes * sizeof(*counts));
    return seats_take(&search->seats, d) == search->model->n_nodes;
}

static inline void search_give_back(struct search *search, unsigned int d)
{
    seats_leave(&search->seats, d);
    memset(search_counts(search, d), 0, search->model->n_nodes * sizeof(*search->counts));
}

static inline uint64_t *search_load(const struct search *search, unsigned int depth)
{
    return &search->load[depth * cost_cells(search->model)];
}

/* What is placed before depth asks for too much. */
static inline cost128 search_saturation(const struct search *search, unsigned int depth)
{
    return search->load ? cost_saturation(search->model, search_load(search, depth)) : 0;
}

/* No placement can be cheaper than the best one. */
bool search_is_best(const struct search *search);
/* Steps in which something cheaper may be looked for once there is a placement. */
unsigned long search_budget(const struct search *search);
/* The placement of counts costs so much: kept when it is the cheapest. */
void search_keep(struct search *search, cost128 cost);
/* How far it is: so much of the work that this part of it may come to. */
void search_tell(struct search *search, unsigned long done, unsigned long most);

/* One pass over the branches, for so much work: 0 or -ENOMEM. Not packing: demands that cost the
 * same everywhere go where most room is left. */
int search_descend(struct search *search, bool packing, unsigned long limit);

/* Makes a placement by the bound's prices, or takes start, and improves it: 0 or -ENOMEM. */
int search_build(struct search *search, const unsigned int *start);
/* Placements without a search: by no prices, then by better and better ones. 0 or -ENOMEM. */
int search_build_by_prices(struct search *search);
/* By the relaxation, from the best placement on, for so much work: 0 or -ENOMEM. */
int search_branch(struct search *search, unsigned long limit);

#endif
