/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_RENDER_PLAN_H
#define CLI_RENDER_PLAN_H

/* A plan as text and as JSON. */

#include "plan.h"

#include <jansson.h>
#include <stdio.h>

/* Who gets what and what it costs, what is left on each node, and why. 0 or -ENOMEM. */
int render_plan(const struct plan *plan, FILE *stream);

/* {"cost": .., "instances": [..], "left": [..]}, see numaplace-plan(1). NULL when out of memory. */
json_t *json_plan(const struct plan *plan);
/* {"instance": .., "reason": .., "way_out": .., "proven": .., "fits": [..]} */
json_t *json_refusal(const struct refusal *refusal);

#endif
