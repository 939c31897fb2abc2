/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "explain.h"

#include <string.h>

#include "make-machine.h"

/* Two nodes of 4 CPUs with 8 GiB each; distance 20. */
struct explain_case {
    const char *why;
    const char *spec; /* below "version: 1" */
    unsigned int instance;
    const char *options;  /* each "nodes stay/moved obstacle", "-" where it is not possible */
    const char *bindings; /* each "what=gain" */
};

static const struct explain_case cases[] = {
    {"an empty machine has two ways that cost the same, and one dearer",
     "instances:\n  - {name: a, cpus: 2}\n", 0, "0 0/0; 1 0/0; 0-1 16.5/16.5", ""},
    {"the others would have to move",
     "instances:\n  - {name: a, cpus: 3, numa-nodes: [0]}\n  - {name: b, cpus: 3}\n", 1,
     "1 0/0; 0 -/16 cpus; 0-1 16.4/16.4", ""},
    {"the other cannot move",
     "instances:\n  - {name: a, cpus: \"0-3\"}\n  - {name: b, cpus: 2, numa-nodes: [0]}\n", 1,
     "1 0/0; 0 -/- cpus alone", "2 CPUs on 0=16; without a=16"},
    {"memory is what is missing",
     "instances:\n  - {name: a, cpus: \"0\", memory: 6GiB}\n"
     "  - {name: b, cpus: 2, memory: 4GiB, numa-nodes: [0]}\n",
     1, "1 0/0; 0-1 8.5/8.5; 0 -/- memory", "2 GiB on 0=16; without a=16"},
    {"a rule",
     "instances:\n"
     "  - {name: a, cpus: 2, memory: 1GiB, cpu-affinity: local, memory-policy: bind, "
     "numa-nodes: [1]}\n",
     0, "1 0/0; 0 -/- affinity alone", ""},
    {"its own CPUs are named", "instances:\n  - {name: a, cpus: \"1\", memory: 1GiB}\n", 0, "0 0/0",
     ""},
};

static const char *const obstacles[] = {
    [OBSTACLE_NONE] = "",          [OBSTACLE_CPUS] = " cpus",         [OBSTACLE_CORES] = " cores",
    [OBSTACLE_MEMORY] = " memory", [OBSTACLE_AFFINITY] = " affinity", [OBSTACLE_POLICY] = " policy",
};

static void put_price(FILE *stream, const struct option_price *price)
{
    if (price->possible)
        fprintf(stream, "%.3g", price->extra);
    else
        fputc('-', stream);
}

static void put_options(FILE *stream, const struct explanation *explanation)
{
    for (unsigned int i = 0; i < explanation->n_options; i++) {
        const struct option *option = &explanation->options[i];
        autofree char *nodes = set_format(option->nodes);

        fprintf(stream, "%s%s ", i ? "; " : "", nodes);
        put_price(stream, &option->stay);
        fputc('/', stream);
        put_price(stream, &option->moved);
        fprintf(stream, "%s%s", obstacles[option->obstacle],
                option->obstacle != OBSTACLE_NONE && option->alone ? " alone" : "");
    }
}

static void put_bindings(FILE *stream, const struct explanation *explanation)
{
    for (unsigned int i = 0; i < explanation->n_bindings; i++) {
        const struct binding *binding = &explanation->bindings[i];
        char size[SIZE_TEXT_MAX];

        fputs(i ? "; " : "", stream);
        if (binding->kind == BINDING_INSTANCE)
            fprintf(stream, "without %s", binding->without->name);
        else if (binding->kind == BINDING_CPUS)
            fprintf(stream, "%u CPUs on %u", binding->cpus, binding->node);
        else if (binding->kind == BINDING_MEMORY)
            fprintf(stream, "%s on %u", size_format(binding->bytes, size), binding->node);
        fprintf(stream, "=%.3g", binding->gain);
    }
}

static char *tell(void (*put)(FILE *, const struct explanation *),
                  const struct explanation *explanation)
{
    char *text = NULL;
    size_t length;
    FILE *stream = open_memstream(&text, &length);

    put(stream, explanation);
    assert_int_equal(fclose(stream), 0);
    return text;
}

static unsigned int check_case(const struct explain_case *c)
{
    const struct machine_plan numbers = {.n_nodes = 2, .n_cpus = 4, .bytes = 8 * GIB};
    const struct plan_options options = {0};
    struct machine *machine = make_machine(&numbers);
    autofree char *yaml = NULL, *got = NULL, *bindings = NULL;
    autowishes struct wishes *wishes = NULL;
    autoplan struct plan *plan = NULL;
    autoexplanation struct explanation *explanation = NULL;
    struct spec *spec;
    struct refusal refusal = {0};
    struct np_error err = {0};
    unsigned int wrong;

    assert_true(asprintf(&yaml, "version: 1\n%s", c->spec) > 0);
    assert_int_equal(spec_parse("test", yaml, strlen(yaml), &spec, &err), 0);
    assert_int_equal(wishes_resolve(machine, spec, &wishes, &err), 0);
    assert_int_equal(plan_make(wishes, &options, &plan, &refusal, &err), PLAN_MADE);
    assert_int_equal(plan_explain(wishes, &options, plan, c->instance, &explanation, &err), 0);
    got = tell(put_options, explanation);
    bindings = tell(put_bindings, explanation);
    wrong = strcmp(got, c->options) != 0 || strcmp(bindings, c->bindings) != 0;
    if (wrong)
        print_error("%s:\n  %s | %s\nexpected\n  %s | %s\n", c->why, got, bindings, c->options,
                    c->bindings);
    assert_true(explanation->options[0].chosen);
    assert_true(hwloc_bitmap_isequal(explanation->options[0].nodes,
                                     plan->placements[c->instance].cpu_nodes));
    wishes = wishes_free(wishes);
    plan = plan_free(plan);
    spec_free(spec);
    machine_free(machine);
    return wrong;
}

static void test_explanations(void **state)
{
    unsigned int n_wrong = 0;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        n_wrong += check_case(&cases[i]);
    assert_int_equal(n_wrong, 0);
}

/* Of a plan that is not the cheapest the explanation says so, with what is cheaper. */
static void test_cheaper_than_the_plan(void **state)
{
    static const char yaml[] = "version: 1\ninstances:\n"
                               "  - {name: a, cpus: 2, memory: 1GiB, numa-nodes: [0]}\n";
    const struct machine_plan numbers = {.n_nodes = 2, .n_cpus = 4, .bytes = 8 * GIB};
    const struct plan_options options = {0};
    struct machine *machine = make_machine(&numbers);
    autowishes struct wishes *wishes = NULL;
    autoplan struct plan *plan = NULL;
    autoexplanation struct explanation *explanation = NULL;
    struct refusal refusal = {0};
    struct np_error err = {0};
    struct spec *spec;

    assert_int_equal(spec_parse("test", yaml, strlen(yaml), &spec, &err), 0);
    assert_int_equal(wishes_resolve(machine, spec, &wishes, &err), 0);
    assert_int_equal(plan_make(wishes, &options, &plan, &refusal, &err), PLAN_MADE);
    assert_true(hwloc_bitmap_isset(plan->placements[0].cpus, 0));
    hwloc_bitmap_zero(plan->placements[0].cpus);
    assert_int_equal(hwloc_bitmap_set_range(plan->placements[0].cpus, 4, 5), 0);
    assert_int_equal(plan_explain(wishes, &options, plan, 0, &explanation, &err), 0);
    assert_true(explanation->options[0].chosen);
    assert_int_equal(explanation->options[0].cpus[1], 2);
    assert_int_equal(explanation->options[1].cpus[0], 2);
    assert_true(explanation->options[1].moved.extra < -15.9);
    assert_true(explanation->options[1].moved.extra > -16.1);
    wishes = wishes_free(wishes);
    plan = plan_free(plan);
    spec_free(spec);
    machine_free(machine);
}

/* What the instances cost by themselves is together what the plan costs. */
static void test_sum_of_own_costs(void **state)
{
    static const char yaml[] =
        "version: 1\ninstances:\n"
        "  - {name: a, cpus: 3, memory: 3GiB, numa-nodes: [0], workload: {weight: 3}}\n"
        "  - {name: b, cpus: 3, memory: 7GiB, memory-policy: interleave, cpu-affinity: spread}\n"
        "  - {name: c, cpus: 1, memory: 4GiB, memory-policy: preferred}\n";
    const struct machine_plan numbers = {.n_nodes = 2, .n_cpus = 4, .bytes = 8 * GIB};
    const struct plan_options options = {0};
    struct machine *machine = make_machine(&numbers);
    autowishes struct wishes *wishes = NULL;
    autoplan struct plan *plan = NULL;
    struct refusal refusal = {0};
    struct np_error err = {0};
    struct spec *spec;
    int64_t sum = 0;
    double own = 0;

    assert_int_equal(spec_parse("test", yaml, strlen(yaml), &spec, &err), 0);
    assert_int_equal(wishes_resolve(machine, spec, &wishes, &err), 0);
    assert_int_equal(plan_make(wishes, &options, &plan, &refusal, &err), PLAN_MADE);
    for (unsigned int i = 0; i < plan->n_placements; i++) {
        autoexplanation struct explanation *explanation = NULL;

        assert_int_equal(plan_explain(wishes, &options, plan, i, &explanation, &err), 0);
        sum += own_cost_sum(&explanation->options[0].cost);
        own += plan->placements[i].own_cost;
    }
    assert_true(llabs(sum - (int64_t)(plan->cost * (double)COST_LOCAL)) < 10); /* rounding */
    assert_true(own > plan->cost - 1e-5 && own < plan->cost + 1e-5);
    wishes = wishes_free(wishes);
    plan = plan_free(plan);
    spec_free(spec);
    machine_free(machine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_explanations),
        cmocka_unit_test(test_cheaper_than_the_plan),
        cmocka_unit_test(test_sum_of_own_costs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
