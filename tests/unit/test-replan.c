/* SPDX-License-Identifier: Apache-2.0 */
/* Planning for what runs already: what moves, what that costs, and whether it pays. */

#include "test.h"

#include <stdlib.h>

#include "plan-oracle.h"

enum {
    CASES = 10000,
    INSTANCES = 3,
};

/* NUMAPLACE_CASE=N runs that one only and shows it. */
static void test_against_oracle(void **state)
{
    const char *only = getenv("NUMAPLACE_CASE");
    struct oracle_tally tally = {0};

    for (unsigned int i = 0; i < CASES; i++) {
        const char *fault;

        if (only && atoi(only) != (int)i)
            continue;
        fault = oracle_check_running(i, INSTANCES, only, &tally);
        if (fault)
            fail_msg("NUMAPLACE_CASE=%u: does not hold: %s", i, fault);
    }
    print_message("%u placed, %u impossible, in %u something moves\n", tally.n_placed,
                  tally.n_impossible, tally.n_moving);
    if (!only) { /* cases that all are of one sort would test little */
        assert_true(tally.n_moving > CASES / 8);
        assert_true(tally.n_placed > CASES / 4);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_against_oracle)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
