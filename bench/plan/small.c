/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The planner against exhaustive search on random cases of at most 4 nodes and 6 instances.
 *
 *   small CASES
 *
 * So many that have a placement, and all those between that have none. They are not those of the
 * unit test, whose oracle this shares. Exit status 1 when one differs.
 */

#include <stdio.h>
#include <stdlib.h>

#include "plan-oracle.h"

enum {
    FIRST_CASE = 1000000,
    CASES_MAX = 1000000,
    INSTANCES = 6,
};

int main(int argc, char **argv)
{
    struct oracle_tally tally = {0};
    unsigned int wanted = argc > 1 ? (unsigned int)atoi(argv[1]) : 0, n_differ = 0, i;

    if (wanted == 0) {
        fprintf(stderr, "usage: small CASES\n");
        return 2;
    }
    for (i = FIRST_CASE; tally.n_placed < wanted && i < FIRST_CASE + CASES_MAX; i++) {
        const char *fault = oracle_check(i, INSTANCES, false, &tally);

        if (fault && n_differ++ == 0)
            fprintf(stderr, "small: case %u: does not hold: %s\n", i, fault);
    }
    printf("%-44s %9u placed %9u refused   %u differ (of %u)%s\n",
           "4 nodes, 6 instances / exhaustive search", tally.n_placed, tally.n_impossible, n_differ,
           i - FIRST_CASE, n_differ || tally.n_placed < wanted ? "  MISSED" : "");
    return n_differ > 0 || tally.n_placed < wanted;
}
