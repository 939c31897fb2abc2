/* SPDX-License-Identifier: Apache-2.0 */
/* Planning for what runs already: what moves, what that costs, and whether it pays. */

#include "test.h"

#include "oracle-run.h"

enum {
    CASES = 10000,
    INSTANCES = 3,
};

static void test_against_oracle(void **state)
{
    const struct oracle_tally least = {.n_placed = CASES / 4, .n_moving = CASES / 8 + 1};

    oracle_run(oracle_check_running, CASES, INSTANCES, &least);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_against_oracle)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
