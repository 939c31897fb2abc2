/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_PLAN_EXPLAIN_H
#define CLI_PLAN_EXPLAIN_H

/* Why an instance is where it is, as text and as JSON. */

#include "explain.h"

#include <jansson.h>
#include <stdio.h>

/* The best few options and what would have to be different. 0 or -ENOMEM. */
int render_explanation(const struct plan *plan, const struct explanation *explanation,
                       FILE *stream);

/* All options; see numaplace-plan(1). NULL when out of memory. */
json_t *json_explanation(const struct plan *plan, const struct explanation *explanation);

#endif
