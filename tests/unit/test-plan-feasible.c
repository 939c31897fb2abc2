/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The planner on machines of real size, where a placement is known to exist: instances are first
 * given CPUs and memory at random until little is left, then the file asks for as much. Refusing
 * one of these is the fault that users complain of most.
 */

#include "test.h"

#include "plan.h"

#include <string.h>

#include "make-machine.h"
#include "random.h"

enum {
    CASES = 400,
    NODES_MAX = 8,
    CORES = 8, /* a node, of two CPUs each */
    INSTANCES_MAX = 60,
    NODE_GIB = 64,
};

/* What is left while instances are given theirs. */
struct rest {
    unsigned int n_nodes;
    unsigned int idle[NODES_MAX];   /* whole cores */
    unsigned int single[NODES_MAX]; /* CPUs of cores that are partly given */
    unsigned int gib[NODES_MAX];
};

/* Takes CPUs of a core at random on node by rule; returns how many, 0 when there are none. */
static unsigned int take_cpus(struct rest *rest, unsigned int node, unsigned int rule)
{
    if (rule == 0 && rest->single[node] > 0 && below(2) == 0) {
        rest->single[node]--;
        return 1;
    }
    if (rest->idle[node] == 0)
        return 0;
    rest->idle[node]--;
    if (rule == 1 || (rule == 0 && below(2) == 0)) {
        rest->single[node]++;
        return 1;
    }
    return 2;
}

static unsigned int take_memory(struct rest *rest, unsigned int node)
{
    unsigned int gib = below(20);

    if (gib > rest->gib[node])
        gib = rest->gib[node];
    rest->gib[node] -= gib;
    return gib;
}

static void put_memory(FILE *yaml, struct rest *rest, unsigned int home)
{
    unsigned int other = below(rest->n_nodes), gib;

    switch (below(4)) {
    case 0:
        gib = take_memory(rest, other);
        if (gib > 0)
            fprintf(yaml, ", memory: %uGiB, memory-policy: bind, numa-nodes: [%u]", gib, other);
        break;
    case 1:
        gib = take_memory(rest, home);
        if (gib > 0 && home != other && rest->gib[other] >= gib) {
            rest->gib[other] -= gib;
            fprintf(yaml, ", memory: %uGiB, memory-policy: interleave, numa-nodes: [%u, %u]",
                    2 * gib, home, other);
        } else {
            rest->gib[home] += gib;
        }
        break;
    case 2:
        gib = take_memory(rest, other);
        if (gib > 0)
            fprintf(yaml, ", memory: %uGiB, memory-policy: preferred", gib);
        break;
    default:
        gib = take_memory(rest, home);
        if (gib > 0)
            fprintf(yaml, ", memory: %uGiB%s", gib, below(3) ? "" : ", cpu-affinity: local");
    }
}

/* False when there was nothing left where it looked. */
static bool put_instance(FILE *yaml, struct rest *rest, unsigned int number)
{
    static const char *const rules[] = {"any", "avoid", "whole-cores"};
    unsigned int home = below(rest->n_nodes), rule = below(4) ? 0 : below(3);
    unsigned int cores = 1 + below(below(4) ? 3 : CORES), cpus = 0;

    for (unsigned int i = 0; i < cores; i++)
        cpus += take_cpus(rest, home, rule);
    if (cpus == 0)
        return false;
    fprintf(yaml, "  - {name: i%u, cpus: %u, smt: %s", number, cpus, rules[rule]);
    put_memory(yaml, rest, home);
    fputs("}\n", yaml);
    return true;
}

static char *random_spec(unsigned int n_nodes)
{
    struct rest rest = {.n_nodes = n_nodes};
    unsigned int n = 0;
    char *text = NULL;
    size_t length;
    FILE *yaml = open_memstream(&text, &length);

    for (unsigned int i = 0; i < n_nodes; i++) {
        rest.idle[i] = CORES;
        rest.gib[i] = NODE_GIB;
    }
    fputs("version: 1\ninstances:\n", yaml);
    for (unsigned int misses = 0; misses < 30 && n < INSTANCES_MAX;) {
        if (put_instance(yaml, &rest, n))
            n++;
        else
            misses++;
    }
    fclose(yaml);
    return text;
}

static bool is_placed(unsigned int number)
{
    struct machine_plan shape = {
        .n_cpus = 2 * CORES, .smt = 2, .n_cores = CORES / 2, .bytes = NODE_GIB * GIB};
    automachine struct machine *machine = NULL;
    autofree char *yaml = NULL;
    autospec struct spec *spec = NULL;
    autowishes struct wishes *wishes = NULL;
    autoplan struct plan *plan = NULL;
    const struct plan_options options = {0};
    struct refusal refusal = {0};
    struct np_error err = {0};
    int outcome;

    random_seed = number;
    shape.n_nodes = 2 + below(NODES_MAX - 1);
    machine = make_machine(&shape);
    yaml = random_spec(shape.n_nodes);
    if (spec_parse("random", yaml, strlen(yaml), &spec, &err) != 0)
        fail_msg("%u:%u: %s\n%s", err.line, err.column, err.text, yaml);
    assert_int_equal(wishes_resolve(machine, spec, &wishes, &err), 0);
    outcome = plan_make(wishes, &options, &plan, &refusal, &err);
    assert_true(outcome >= 0);
    if (outcome == PLAN_IMPOSSIBLE)
        print_error("case %u, %u nodes: \"%s\": %s\n%s", number, shape.n_nodes, refusal.instance,
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
