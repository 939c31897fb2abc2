/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_SHORTAGE_H
#define PLAN_SHORTAGE_H

/*
 * Proofs that need no search: instances may use certain nodes and no others, and together want more
 * than these have. CPUs are looked at by themselves, and so is memory; what one leaves to the other
 * is not. So it may see no shortage where there is no placement, but where it sees one there is
 * none.
 */

#include "flow.h"
#include "model.h"

/* What some demands leave in all. */
struct shortage {
    const struct model *model;
    struct flow cpus;
    struct flow bytes;
    bool is_short; /* they leave nothing, and want more */
};

/* Of n demands from first on, but for except (NULL: of all of them). -ENOMEM. The caller calls
 * shortage_fini whatever is returned. */
int shortage_init(struct shortage *shortage, const struct model *model, unsigned int first,
                  unsigned int n, const struct demand *except);
void shortage_fini(struct shortage *shortage);

/* With this one, too. 1: they cannot be placed, 0: nothing is known, or -ENOMEM. */
int shortage_with(struct shortage *shortage, const struct demand *demand);

/* Of n demands from first on: as shortage_with. */
int shortage_find(const struct model *model, unsigned int first, unsigned int n);

#endif
