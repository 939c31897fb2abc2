/* SPDX-License-Identifier: Apache-2.0 */
/* Files that are too large to be searched again for each question: what is said is still true, and
 * is said within a limit of work. Small files are in test-plan.c. */
#include "test.h"

#include "plan.h"

#include <string.h>

#include "make-machine.h"

/* 32 nodes of 8 CPUs with 32 GiB each, and 240 instances that leave 16 CPUs. */
enum { N_NODES = 32, N_CPUS = 8, N_SMALL = 240, QUESTIONS_MAX = 400 };

struct refuse_case {
    const char *why;
    const char *more; /* instances */
    const char *way_out;
    bool cut_short;
};

#define BOUND(name, size)                                                                          \
    "  - {name: " name ", memory: " size ", memory-policy: bind, numa-nodes: [3]}\n"
#define FIVE_BOUND(name)                                                                           \
    BOUND(name "0", "6GiB")                                                                        \
    BOUND(name "1", "6GiB")                                                                        \
    BOUND(name "2", "6GiB") BOUND(name "3", "6GiB") BOUND(name "4", "6GiB")

static const struct refuse_case cases[] = {
    {"more CPUs than there are", "  - {name: big, cpus: 20, memory: 1GiB}\n",
     "lower cpus of \"big\" from 20 to 16, or leave out \"big\"", false},
    {"more memory than its node has",
     "  - {name: big, memory: 40GiB, memory-policy: bind, "
     "numa-nodes: [3]}\n",
     "lower memory of \"big\" by 8 GiB to 32 GiB, or set memory-policy of \"big\" to preferred, or "
     "leave out \"big\"",
     false},
    {"many that have no other node", FIVE_BOUND("a") FIVE_BOUND("b"),
     "more than one change is needed; first lower memory of \"b0\" by 4 GiB to 2 GiB, or set "
     "memory-policy of \"b0\" to preferred",
     false},
};

struct heard {
    unsigned int n;
    unsigned long furthest;
    unsigned long most;
};

static void hear(void *data, const struct plan_progress *progress)
{
    struct heard *heard = data;

    if (progress->stage != PLAN_REFUSING)
        return;
    assert_true(progress->done >= heard->furthest);
    heard->n++;
    heard->furthest = progress->done;
    heard->most = progress->most;
}

static char *write_spec(const char *more)
{
    char *yaml = NULL;
    size_t length;
    FILE *stream = open_memstream(&yaml, &length);

    fputs("version: 1\ninstances:\n", stream);
    for (unsigned int i = 0; i < N_SMALL; i++)
        fprintf(stream, "  - {name: s%u, cpus: 1, memory: %uMiB}\n", i, 1024 + i);
    fputs(more, stream);
    assert_int_equal(fclose(stream), 0);
    return yaml;
}

/* Puts the change into its instance, and returns how that was. What is left out asks for nothing.
 */
static struct instance put_in(const struct change_wanted *change)
{
    struct instance *instance = (struct instance *)change->instance, was = *instance;

    switch (change->fit.kind) {
    case FIT_MEMORY:
        assert_true(change->fit.bytes < instance->memory_bytes);
        instance->memory_bytes = change->fit.bytes;
        break;
    case FIT_CPUS:
        assert_true(change->fit.cpus < instance->cpu_count);
        instance->cpu_count = change->fit.cpus;
        break;
    case FIT_POLICY:
        instance->memory_policy = change->fit.policy;
        break;
    case FIT_LEAVE_OUT:
        instance->memory_bytes = 0;
        instance->cpu_count = 0;
        break;
    default:
        fail();
    }
    return was;
}

static void check_remedy(const struct wishes *wishes, const struct remedy *remedy)
{
    const struct plan_options options = {0};
    struct instance was[REMEDY_CHANGES_MAX];
    struct refusal none = {0};
    autoplan struct plan *plan = NULL;
    struct np_error err = {0};

    for (unsigned int i = 0; i < remedy->n_changes; i++)
        was[i] = put_in(&remedy->changes[i]);
    assert_int_equal(plan_make(wishes, &options, &plan, &none, &err), PLAN_MADE);
    plan = plan_free(plan);
    for (unsigned int i = remedy->n_changes; i-- > 0;)
        *(struct instance *)remedy->changes[i].instance = was[i];
}

static bool check_case(const struct refuse_case *c)
{
    const struct machine_plan numbers = {.n_nodes = N_NODES, .n_cpus = N_CPUS, .bytes = 32 * GIB};
    struct heard heard = {0};
    const struct plan_options options = {.watch = {hear, &heard}};
    struct machine *machine = make_machine(&numbers);
    autofree char *yaml = write_spec(c->more);
    autowishes struct wishes *wishes = NULL;
    struct plan *plan = NULL;
    struct refusal refusal = {0};
    struct spec *spec;
    struct np_error err = {0};
    bool right;

    assert_int_equal(spec_parse("test", yaml, strlen(yaml), &spec, &err), 0);
    assert_int_equal(wishes_resolve(machine, spec, &wishes, &err), 0);
    assert_int_equal(plan_make(wishes, &options, &plan, &refusal, &err), PLAN_IMPOSSIBLE);
    right = strcmp(refusal.way_out, c->way_out) == 0 && refusal.cut_short == c->cut_short;
    if (!right)
        print_error("%s:\n  %s\n  %s%s\nexpected\n  %s\n", c->why, refusal.reason, refusal.way_out,
                    refusal.cut_short ? " (cut short)" : "", c->way_out);
    assert_true(refusal.proven);
    assert_true(heard.n > 0 && heard.n <= QUESTIONS_MAX);
    assert_true(heard.furthest <= heard.most);
    for (unsigned int i = 0; i < refusal.n_remedies; i++)
        check_remedy(wishes, &refusal.remedies[i]);
    refusal_fini(&refusal);
    wishes = wishes_free(wishes);
    spec_free(spec);
    machine_free(machine);
    return right;
}

static void test_large_refusals(void **state)
{
    unsigned int n_wrong = 0;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        n_wrong += !check_case(&cases[i]);
    assert_int_equal(n_wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_large_refusals),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
