/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_REASON_H
#define PLAN_REASON_H

/* Why a placement is as it is, in one line each. Both return NULL when out of memory; the caller
 * frees. */

#include "model.h"

#include <stdio.h>

char *reason_cpus(const struct model *model, const struct demand *demand,
                  const unsigned int *counts);
char *reason_memory(const struct model *model, const struct demand *demand,
                    const struct placement *placement);
/* "node 3" or "nodes 0-1,4" */
void reason_put_nodes(FILE *text, hwloc_const_bitmap_t nodes);

#endif
