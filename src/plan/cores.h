/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_CORES_H
#define PLAN_CORES_H

/*
 * Which CPUs of one node go to whom. One procedure answers both "do these fit together?" and "which
 * ones exactly?", so that the search cannot promise what the choice cannot keep.
 *
 * What decides, as far as smt leaves a choice:
 *   who      who waits for each access chooses before those that do not, larger ones before smaller
 *   siblings of a core that has a CPU of a latency-sensitive instance go to others last
 *   kind     of hybrid CPUs one kind for all of an instance, if one can hold it; the fastest
 *   LLC      compact: the one that it is in, else the smallest that holds all of it, those without
 *            others first; spread: the one that it has least of
 *   core     compact: the one that it is in; spread: one that it is not in; idle ones first
 */

#include "model.h"

struct core_claim {
    unsigned int n_cpus;
    enum smt_rule smt;
    bool spread;               /* one a core before siblings */
    bool latency_sensitive;    /* others get the siblings of its cores last */
    hwloc_const_bitmap_t keep; /* kernel ids that it has and had better keep; NULL none */
};

/* So many CPUs of this demand, wherever it is now. */
struct core_claim core_claim_of(const struct demand *demand, unsigned int n_cpus);

/* owner is by index in node->cpus and needs no initial value: claim + 1 afterwards, 0 free. order
 * is room for n_claims numbers. False when the claims do not fit together, which does not depend on
 * what they had better keep. */
bool cores_assign(const struct model_node *node, const struct core_claim *claims,
                  unsigned int n_claims, unsigned int *owner, unsigned int *order);

#endif
