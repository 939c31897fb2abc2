/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_ORACLE_RUN_H
#define TESTS_UNIT_ORACLE_RUN_H

/* Many cases of the oracle. NUMAPLACE_CASE=N runs that one only and shows it: how to look into a
 * failure. */

#include "test.h"

#include <stdlib.h>

#include "plan-oracle.h"

/* Of each sort so many at least, or the cases would test little. */
static inline void
oracle_run(const char *(*check)(uint64_t, unsigned int, bool, struct oracle_tally *),
           unsigned int n_cases, unsigned int n_instances, const struct oracle_tally *least)
{
    const char *only = getenv("NUMAPLACE_CASE");
    struct oracle_tally tally = {0};

    for (unsigned int i = 0; i < n_cases; i++) {
        const char *fault;

        if (only && atoi(only) != (int)i)
            continue;
        fault = check(i, n_instances, only, &tally);
        if (fault)
            fail_msg("NUMAPLACE_CASE=%u: does not hold: %s", i, fault);
    }
    print_message("%u placed, %u impossible, in %u something moves\n", tally.n_placed,
                  tally.n_impossible, tally.n_moving);
    if (only)
        return;
    assert_true(tally.n_placed > least->n_placed);
    assert_true(tally.n_impossible >= least->n_impossible);
    assert_true(tally.n_moving >= least->n_moving);
}

#endif
