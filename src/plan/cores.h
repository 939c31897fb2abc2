/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_CORES_H
#define PLAN_CORES_H

/*
 * Which CPUs of one node go to whom. One procedure answers both "do these fit together?" and "which
 * ones exactly?", so that the search cannot promise what the choice cannot keep.
 */

#include "model.h"

struct core_claim {
    unsigned int n_cpus;
    enum smt_rule smt;
    bool spread;               /* one a core before siblings */
    hwloc_const_bitmap_t keep; /* kernel ids that it has and had better keep; NULL none */
};

/* owner is by index in node->cpus and needs no initial value: claim + 1 afterwards, 0 free. order
 * is room for n_claims numbers. False when the claims do not fit together, which does not depend on
 * what they had better keep. */
bool cores_assign(const struct model_node *node, const struct core_claim *claims,
                  unsigned int n_claims, unsigned int *owner, unsigned int *order);

#endif
