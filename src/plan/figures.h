/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_FIGURES_H
#define PLAN_FIGURES_H

/* What a plan is told with beside its cost: traffic, what instances share, and what is left.
 * Counted from the placements, whoever chose them. */

#include "model.h"

/* Fills plan->traffic, counts being those that the placements are of. -ENOMEM. */
int figures_count_traffic(const struct model *model, const unsigned int *counts, struct plan *plan);
/* Fills plan->sharing and plan->left from placements and spares. -ENOMEM. */
int figures_count_sharing(struct plan *plan);

#endif
