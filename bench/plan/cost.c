/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the planner's placement costs, in local accesses, counted again from its CPUs and bytes; it
 * must be what the plan says itself, and no less than the plan's bound, which follows it.
 *
 *   cost FILE
 */

#include <stdio.h>

#include "loaded-case.h"
#include "price.h"

/* Both round: each term of an instance to a millionth. */
#define CLOSE 1e-3

static int print(double counted, const struct plan *plan)
{
    if (counted < plan->cost - CLOSE || counted > plan->cost + CLOSE ||
        counted < plan->bound - CLOSE) {
        fprintf(stderr, "cost: the plan says %f, at least %f, and counted again it is %f\n",
                plan->cost, plan->bound, counted);
        return 1;
    }
    printf("%.6f %.6f\n", counted, plan->bound);
    return 0;
}

int main(int argc, char **argv)
{
    const struct plan_options options = {0};
    autoplan struct plan *plan = NULL;
    struct refusal refusal = {0};
    struct loaded_case loaded;
    struct np_error err = {0};
    int r;

    if (argc != 2) {
        fprintf(stderr, "usage: cost FILE\n");
        return 2;
    }
    case_load(argv[1], &loaded);
    r = plan_make(loaded.wishes, &options, &plan, &refusal, &err);
    if (r == PLAN_MADE)
        r = print(price_plan(&loaded.model, plan), plan);
    else
        fprintf(stderr, "cost: %s\n", r < 0 ? err.text : refusal.reason);
    refusal_fini(&refusal);
    case_unload(&loaded);
    return r == 0 ? 0 : 1;
}
