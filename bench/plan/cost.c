/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the planner's placement costs, in local accesses, counted again from its CPUs and bytes.
 *
 *   cost FILE
 */

#include <stdio.h>

#include "loaded-case.h"
#include "price.h"

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
        printf("%.6f\n", price_plan(&loaded.model, plan));
    else
        fprintf(stderr, "cost: %s\n", r < 0 ? err.text : refusal.reason);
    refusal_fini(&refusal);
    case_unload(&loaded);
    return r == PLAN_MADE ? 0 : 1;
}
