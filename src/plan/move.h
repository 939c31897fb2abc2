/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_MOVE_H
#define PLAN_MOVE_H

/*
 * What it costs to get to a placement from where an instance is now: the one place that knows. It
 * is a part of the cost of the instance, by its weight like all others, so that the search makes
 * the sum of both as small as it can be. CPUs: how many of those that it has it must leave, which
 * follows from its counts by node. Bytes: each that comes to lie on another node; a source of
 * memory is split by where its bytes are now, so that the flow decides with it.
 *
 * A move never costs less than the smallest unit: of placements that cost the same, the one with
 * the fewest moves is best.
 */

#include "memory.h"

struct plan_options;

/* What a demand has now. */
struct holding {
    const struct current_instance *instance;
    unsigned int *cpus;  /* by node_idx: that it has there and could keep */
    unsigned int n_cpus; /* that it has, anywhere */
    uint64_t *bytes;     /* by node_idx: of its memory, together at most demand.bytes; where no
                            memory was said, all that it has */
};

/* Finds what the model's demands have. -ENOMEM; model_fini frees. */
int move_init(struct model *model, const struct plan_options *options);
void move_fini(struct model *model);

/* The price of all but bytes that are in sources, in cost.h's unit. */
int64_t move_price(const struct model *model, const struct demand *demand,
                   const unsigned int *counts);

/* What moves of an instance. */
struct move_sizes {
    unsigned int n_cpus; /* left */
    uint64_t bytes;
    unsigned int n_irqs;
};

/* What that costs by the prices as given, in local accesses: to tell people. */
double move_price_told(const struct model *model, const struct demand *demand,
                       struct move_sizes sizes);

/* The same with bytes: its sources, and by source and node where they lie. */
cost128 move_paid_by(const struct model *model, const struct demand *demand,
                     const unsigned int *counts, const struct sources *sources,
                     const uint64_t *bytes);

/* The part of a placement's cost that is the price of getting there, as the search counts it.
 * -ENOMEM. */
int move_paid(const struct model *model, const unsigned int *counts, const struct flow *flow,
              cost128 *ret_paid);

/* So many sources there may be at most once they are split. */
unsigned int move_max_sources(const struct model *model);
/* Splits them by where their bytes are now, and adds the price of those that move. */
void move_split(const struct model *model, const struct demand *demand, struct sources *sources);

#endif
