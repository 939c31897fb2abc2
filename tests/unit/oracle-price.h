/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_ORACLE_PRICE_H
#define TESTS_UNIT_ORACLE_PRICE_H

/* What a placement costs, in local accesses, written from docs/cost-model.md in floating point and
 * without a word of the planner's own cost.c. counts is by node. */

#include "oracle-rules.h"

/* Access without memory, affinity, preference of CPUs, near. */
double price_of_cpus(const struct wishes *wishes, unsigned int instance,
                     const unsigned int *counts);
/* All bytes of an instance on node to, used by the CPUs of from; -1: by all. */
double price_of_bytes(const struct wishes *wishes, unsigned int instance,
                      const unsigned int *counts, int from, unsigned int to);
/* What nodes and links are asked for beyond what they give. */
double price_of_traffic(const struct wishes *wishes, unsigned int (*tuple)[NODES_MAX]);
/* Of an instance that interleaves: the part of its pages that node gets. */
unsigned int interleave_weight(const struct wishes *wishes, unsigned int instance,
                               const unsigned int *counts, unsigned int node);

#endif
