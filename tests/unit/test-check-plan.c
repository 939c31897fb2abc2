/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check against plan: of random wishes on small machines, none that check calls too much has a
 * placement. What check cannot tell without choosing, the planner may still refuse.
 */
#include "test.h"

#include "check.h"
#include "make-machine.h"

#include <string.h>

enum { N_WISHES = 4000 };

/* The errors that say "there is not enough". All others are about what is named, and the wishes
 * here name nothing wrong. */
static bool is_capacity(const char *code)
{
    static const enum finding_code codes[] = {CODE_CPUS_SHORT, CODE_SMT_COUNT, CODE_MEMORY_SHORT,
                                              CODE_MEMORY_SUM_SHORT, CODE_LOCAL_SPLIT};

    for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
        if (strcmp(finding_kinds[codes[i]].code, code) == 0)
            return true;
    }
    return false;
}

static uint32_t seed;

/* 0 to n - 1, the same in every run. */
static unsigned int pick(unsigned int n)
{
    seed = seed * 1664525 + 1013904223;
    return (seed >> 16) % n;
}

static void write_instance(FILE *stream, unsigned int i, unsigned int n_nodes)
{
    static const char *const affinities[] = {"compact", "spread", "local"};
    static const char *const policies[] = {"local", "bind", "preferred", "interleave",
                                           "weighted-interleave"};
    static const char *const smt[] = {"any", "avoid", "whole-cores"};
    unsigned int nodes = pick(1U << n_nodes);
    unsigned int policy = pick(ARRAY_SIZE(policies));

    if (policy == 1 && nodes == 0)
        nodes = 1; /* bind needs some */
    fprintf(stream, "- {name: i%u, memory: %uGiB, memory-policy: %s", i, 1 + pick(10),
            policies[policy]);
    if (nodes)
        fprintf(stream, ", numa-nodes: \"0x%x\"", nodes);
    if (pick(4) == 0)
        fprintf(stream, ", cpus: %u-%u", 4 * i, 4 * i + pick(4)); /* its own, or overlaps */
    else if (pick(8) > 0)
        fprintf(stream, ", cpus: %u", 1 + pick(6));
    fprintf(stream, ", cpu-affinity: %s, smt: %s}\n", affinities[pick(3)],
            pick(2) ? smt[pick(3)] : smt[0]);
}

static char *make_spec(unsigned int n_nodes)
{
    char *made = NULL;
    size_t size;
    FILE *stream = open_memstream(&made, &size);
    unsigned int n = 1 + pick(3);

    assert_non_null(stream);
    fputs("version: 1\n", stream);
    if (pick(3) == 0)
        fprintf(stream, "host-reserved: {cpus: %u, memory: {0: %uGiB}}\n", 4 * n_nodes - 1,
                1 + pick(7));
    fputs("instances:\n", stream);
    for (unsigned int i = 0; i < n; i++)
        write_instance(stream, i, n_nodes);
    assert_int_equal(fclose(stream), 0);
    return made;
}

enum opinion {
    SOUND,
    TOO_MUCH,
    WRONG, /* otherwise: nothing to compare */
};

static enum opinion opinion_of(const struct findings *findings)
{
    enum opinion opinion = SOUND;

    for (unsigned int i = 0; i < findings->n_findings; i++) {
        if (findings->findings[i].severity < SEVERITY_ERROR)
            continue;
        if (!is_capacity(findings->findings[i].code))
            return WRONG;
        opinion = TOO_MUCH;
    }
    return opinion;
}

static bool is_possible(const struct wishes *wishes)
{
    autoplan struct plan *plan = NULL;
    struct refusal refusal = {0};
    int r = plan_make(wishes, &(struct plan_options){0}, &plan, &refusal, NULL);

    assert_true(r == PLAN_MADE || r == PLAN_IMPOSSIBLE);
    refusal_fini(&refusal);
    return r == PLAN_MADE;
}

static enum opinion compare(const char *text_of_spec, struct machine *machine)
{
    autospec struct spec *spec = NULL;
    autowishes struct wishes *wishes = NULL;
    struct findings findings = {0};
    enum opinion opinion;

    assert_int_equal(spec_parse("random", text_of_spec, strlen(text_of_spec), &spec, NULL), 0);
    assert_int_equal(wishes_resolve(machine, spec, &wishes, NULL), 0);
    assert_int_equal(check_wishes(wishes, &(struct check_options){0}, &findings), 0);
    opinion = opinion_of(&findings);
    if (opinion == TOO_MUCH && is_possible(wishes)) {
        for (unsigned int i = 0; i < findings.n_findings; i++)
            print_message("%s: %s [%s]\n", findings.findings[i].subject, findings.findings[i].fact,
                          findings.findings[i].code);
        fail_msg("there is a placement for\n%s", text_of_spec);
    }
    findings_fini(&findings);
    return opinion;
}

static void test_too_much(void **state)
{
    unsigned int n[3] = {0};

    seed = 1;
    for (unsigned int i = 0; i < N_WISHES; i++) {
        struct machine_plan plan = {
            .n_nodes = 1 + pick(3), .n_cpus = 4, .smt = 1 + pick(2), .bytes = 8 * GIB};
        automachine struct machine *machine = make_machine(&plan);
        autofree char *spec = make_spec(plan.n_nodes);

        n[compare(spec, machine)]++;
    }
    print_message("sound %u, too much %u, wrong %u\n", n[SOUND], n[TOO_MUCH], n[WRONG]);
    assert_true(n[SOUND] > N_WISHES / 10 && n[TOO_MUCH] > N_WISHES / 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_too_much),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
