/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_ORACLE_MOVE_H
#define TESTS_UNIT_ORACLE_MOVE_H

/* What moving costs, in local accesses, written from docs/replan.md and without a word of the
 * planner's own move.c. Both are nothing for an instance that is nowhere yet. */

#include "oracle-rules.h"

/* The CPUs that it must leave; and its bytes, where the file does not say how many there are. */
double price_of_leaving(const struct wishes *wishes, const struct plan_options *options,
                        unsigned int instance, const unsigned int *counts);
/* Its bytes, laid out as used says by node. */
double price_of_carrying(const struct wishes *wishes, const struct plan_options *options,
                         unsigned int instance, const unsigned int *used);

#endif
