/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_CONFLICT_H
#define PLAN_CONFLICT_H

/* What instances name and cannot have: nothing that is chosen could mend that. */

#include "plan.h"

struct conflict {
    const struct instance *instance;
    char reason[256];
    const char *way_out;
};

/* The first by the spec's order; false when there is none. */
bool conflict_find(const struct wishes *wishes, struct conflict *ret_conflict);

#endif
