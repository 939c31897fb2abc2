/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_PLAN_ORACLE_H
#define TESTS_UNIT_PLAN_ORACLE_H

/*
 * The planner against exhaustive search. Random small machines and specs; every way to give CPUs
 * to instances and bytes to nodes is tried, written from the rules of the placement file
 * (oracle-rules.c) and the text of the cost model (oracle-price.c), sharing nothing with the
 * planner. It must find a placement exactly when there is one, break no rule, and cost no more: the
 * stated bound is 0.
 *
 * Bytes are single ones (nodes of 0 to 6 bytes), so that all of their distributions can be tried.
 */

#include <stdbool.h>
#include <stdint.h>

struct oracle_tally {
    unsigned int n_placed;
    unsigned int n_impossible;
    unsigned int n_moving; /* plans in which something moves */
};

/* Case number, of at most n_instances (up to 6): the same everywhere. NULL, or the rule that the
 * planner's answer breaks. show prints the spec to stderr. */
const char *oracle_check(uint64_t number, unsigned int n_instances, bool show,
                         struct oracle_tally *tally);
/* The same of instances that are somewhere already, with the price of moving them. */
const char *oracle_check_running(uint64_t number, unsigned int n_instances, bool show,
                                 struct oracle_tally *tally);

#endif
