/* SPDX-License-Identifier: Apache-2.0 */
/* The planner against exhaustive search: plan-oracle.h says what that is. */

#include "test.h"

#include "oracle-run.h"

enum {
    CASES = 20000,
    INSTANCES = 4,
};

static void test_against_oracle(void **state)
{
    const struct oracle_tally least = {.n_placed = CASES / 4, .n_impossible = CASES / 10 + 1};

    oracle_run(oracle_check, CASES, INSTANCES, &least);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_against_oracle)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
