/* SPDX-License-Identifier: Apache-2.0 */
/* The planner against exhaustive search: plan-oracle.h says what that is. */

#include "test.h"

#include <stdlib.h>

#include "plan-oracle.h"

enum {
    CASES = 20000,
    INSTANCES = 4,
};

/* NUMAPLACE_CASE=N runs that one only and shows it: how to look into a failure. */
static void test_against_oracle(void **state)
{
    const char *only = getenv("NUMAPLACE_CASE");
    struct oracle_tally tally = {0};

    for (unsigned int i = 0; i < CASES; i++) {
        const char *fault;

        if (only && atoi(only) != (int)i)
            continue;
        fault = oracle_check(i, INSTANCES, only, &tally);
        if (fault)
            fail_msg("NUMAPLACE_CASE=%u: does not hold: %s", i, fault);
    }
    print_message("%u placed, %u impossible\n", tally.n_placed, tally.n_impossible);
    if (!only) { /* cases that all are of one sort would test little */
        assert_true(tally.n_placed > CASES / 4);
        assert_true(tally.n_impossible > CASES / 10);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_against_oracle)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
