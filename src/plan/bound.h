/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_BOUND_H
#define PLAN_BOUND_H

/*
 * What no placement costs less than: a Lagrangian dual. Room on nodes is not enforced but has a
 * price, for each CPU and each byte; with any prices, what every demand costs at least by itself,
 * its prices paid, less the price of all room that there is, bounds the cost of every placement.
 * Good prices make it high, and say to a construction what a node is worth to others.
 */

#include "others.h"

struct bound {
    const struct kinds *kinds;
    cost128 value;        /* the highest so far */
    struct prices prices; /* with which it is that */
    cost128 *least;       /* by kind: what one costs at least with these prices */
    bool impossible;      /* a kind has no option at all */
    unsigned long work;
    struct bound_scratch *scratch;
};

/* With all prices 0. 0 or -ENOMEM. */
int plan_bound_init(struct bound *bound, const struct kinds *kinds);
void plan_bound_fini(struct bound *bound);

/* Looks for better prices: so many rounds at most, known being the cost of a placement or a guess
 * at it. */
void bound_raise(struct bound *bound, cost128 known, unsigned int n_rounds);

/* Prices that somebody found, all or those of CPUs: kept when they make the bound higher. */
void bound_offer(struct bound *bound, const struct prices *prices);
void bound_offer_cpus(struct bound *bound, const cost128 *cpu);

/* Options that a demand may not have. */
struct exclusion {
    const unsigned int *options; /* of its kind */
    unsigned int n;
};

static inline bool is_excluded(const struct exclusion *exclusion, unsigned int option)
{
    for (unsigned int i = 0; i < exclusion->n; i++) {
        if (exclusion->options[i] == option)
            return true;
    }
    return false;
}

/* What one of kind k costs at least with prices, FLOW_NEVER when it has no option; *ret_choice is
 * which that is, n_options for none of them. exclusion NULL: it may have each. */
cost128 bound_least(struct bound *bound, const struct prices *prices, unsigned int k,
                    const struct exclusion *exclusion, unsigned int *ret_choice);

#endif
