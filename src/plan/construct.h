/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_CONSTRUCT_H
#define PLAN_CONSTRUCT_H

#include "bound.h"
#include "builder.h"

/* Puts n demands from first on into an empty builder, the hardest first, each where it is cheapest
 * with the bound's prices paid. 0 or -ENOMEM; *ret_all says whether all went in. */
int construct(struct builder *builder, const struct bound *bound, unsigned int first,
              unsigned int n, bool *ret_all);

#endif
