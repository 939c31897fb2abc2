/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_OTHERS_H
#define PLAN_OTHERS_H

/* What is known of shapes that are none of their kind's options. */

#include "prices.h"

struct others {
    unsigned int *index; /* by kind: from 1, 0 there are none */
    cost128 *a_cpu; /* [of a kind that has others * n_nodes + node]: least for each CPU there */
    cost128 *least; /* by kind: with all prices 0 */
};

/* 0 or -ENOMEM. */
int others_init(struct others *others, const struct kinds *kinds);
void others_fini(struct others *others);

static inline bool others_exist(const struct others *others, unsigned int k)
{
    return others->index[k] > 0;
}

/* What one of them costs at least with its prices paid; FLOW_NEVER when there is no room. */
cost128 others_least(const struct others *others, const struct kinds *kinds, unsigned int k,
                     const struct prices *prices);

#endif
