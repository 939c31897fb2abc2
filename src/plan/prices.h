/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_PRICES_H
#define PLAN_PRICES_H

/*
 * Prices of the room on nodes, and what options cost that have to pay them. With any prices that
 * are not negative, what all demands cost so at least, less the price of all the room that there
 * is, is no more than any placement costs (bound.h).
 */

#include "alike.h"

/*
 * Of a CPU and of a byte, by node_idx; of a byte a second that a node or link is asked for, by cell
 * (cost_cells), never more than what asking for too much costs; and of a piece [node_idx * n_sizes
 * + size of kinds]: a node has room for two pieces of 3 of its 8 CPUs and not for 2.67.
 */
struct prices {
    cost128 *cpu;
    cost128 *byte;
    cost128 *rate;
    cost128 *piece;
    bool pieces; /* some piece has a price */
};

/* All 0. 0 or -ENOMEM. */
int prices_init(struct prices *prices, const struct kinds *kinds);
void prices_fini(struct prices *prices);
void prices_copy(struct prices *to, const struct prices *from, const struct kinds *kinds);

/* Of all room that there is. */
cost128 prices_room(const struct prices *prices, const struct kinds *kinds);
/* The least price of a byte on any node. */
cost128 prices_cheapest_byte(const struct prices *prices, const struct model *model);

/* What the option costs with its prices paid; of a shape, what it costs so at least. */
cost128 prices_option(const struct prices *prices, const struct kinds *kinds,
                      const struct option *option);
cost128 prices_shape(const struct prices *prices, const struct model *model,
                     const struct demand *demand, const struct shape *shape);

/* Of the arcs that a source can take, the cheapest with these prices. */
unsigned int prices_arc(const struct prices *prices, const struct option_arc *arcs, unsigned int n);

#endif
