/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BENCH_PLAN_PRICE_H
#define BENCH_PLAN_PRICE_H

/* What a placement costs by the planner's cost model, whoever made it: from its CPUs and bytes by
 * node alone. */

#include "model.h"

/* Of one instance, in local accesses; negative when the file does not allow it. Bytes by node_idx.
 */
double price_instance(const struct model *model, const struct demand *demand,
                      const unsigned int *counts, const uint64_t *bytes);
/* Of a plan: its instances, and what they saturate together; negative when one is not allowed. */
double price_plan(const struct model *model, const struct plan *plan);

#endif
