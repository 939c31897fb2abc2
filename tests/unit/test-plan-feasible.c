/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The planner on machines of real size, where a placement is known to exist (feasible-case.h).
 * Refusing one of these is the fault that users complain of most.
 */

#include "test.h"

#include "plan.h"

#include <string.h>

#include "feasible-case.h"

enum {
    CASES = 400,
};

static bool is_placed(unsigned int number)
{
    automachine struct machine *machine = NULL;
    autofree char *yaml = NULL;
    autospec struct spec *spec = NULL;
    autowishes struct wishes *wishes = NULL;
    autoplan struct plan *plan = NULL;
    const struct plan_options options = {.budget_ms = 1};
    struct refusal refusal = {0};
    struct np_error err = {0};
    int outcome;

    feasible_case(number, &machine, &yaml);
    if (spec_parse("random", yaml, strlen(yaml), &spec, &err) != 0)
        fail_msg("%u:%u: %s\n%s", err.line, err.column, err.text, yaml);
    assert_int_equal(wishes_resolve(machine, spec, &wishes, &err), 0);
    outcome = plan_make(wishes, &options, &plan, &refusal, &err);
    assert_true(outcome >= 0);
    if (outcome == PLAN_IMPOSSIBLE)
        print_error("case %u, %u nodes: \"%s\": %s\n%s", number, machine->n_nodes, refusal.instance,
                    refusal.reason, yaml);
    refusal_fini(&refusal);
    return outcome == PLAN_MADE;
}

static void test_never_refuses(void **state)
{
    unsigned int n_refused = 0;

    for (unsigned int i = 0; i < CASES; i++)
        n_refused += !is_placed(i);
    assert_int_equal(n_refused, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_never_refuses)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
