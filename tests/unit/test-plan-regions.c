/* SPDX-License-Identifier: Apache-2.0 */
/* Memory by address: what a device tree names, and what is chosen for it where it names nothing.
 * The specs are read as YAML and completed by hand, so that no reader of trees is needed. */
#include "test.h"

#include "plan.h"

#include <inttypes.h>
#include <string.h>

#include "make-machine.h"

/* Node i's memory is at i * APART, in whole units of UNIT; texts below count in these. */
#define UNIT GIB
enum { NODES_MAX = 3 };

struct fixture {
    struct machine *machine;
    struct spec *spec;
    struct wishes *wishes;
    struct plan *plan;
    struct refusal refusal;
    int result;
};

static void fixture_fini(struct fixture *f)
{
    plan_free(f->plan);
    refusal_fini(&f->refusal);
    wishes_free(f->wishes);
    spec_free(f->spec);
    machine_free(f->machine);
}

static void give_ranges(struct machine *machine)
{
    uint64_t base = 0;

    for (unsigned int i = 0; i < machine->n_nodes; i++) {
        struct node *node = &machine->nodes[i];

        node->ranges = calloc(1, sizeof(*node->ranges));
        node->ranges[0] = (struct region){base, node->total_bytes};
        node->n_ranges = 1;
        base += node->total_bytes;
    }
}

/* "a 8+4, b 0+1": instances' regions; "- 0+4": a pool. */
static void read_regions(struct spec *spec, const char *text)
{
    spec->pools = calloc(8, sizeof(*spec->pools));
    while (*text) {
        char name[8];
        unsigned int base, bytes;
        int length;
        struct region region;

        assert_int_equal(sscanf(text, "%7s %u+%u%n", name, &base, &bytes, &length), 3);
        text += length;
        text += strspn(text, ", ");
        region = (struct region){base * UNIT, bytes * UNIT};
        if (name[0] == '-') {
            spec->pools[spec->n_pools++].region = region;
            continue;
        }
        for (unsigned int i = 0; i < spec->n_instances; i++) {
            struct instance *instance = &spec->instances[i];

            if (strcmp(instance->name, name) != 0)
                continue;
            instance->regions =
                realloc(instance->regions, (instance->n_regions + 1) * sizeof(struct region));
            instance->regions[instance->n_regions++] = region;
        }
    }
}

static void make(struct fixture *f, const struct machine_plan *machine, const char *yaml,
                 const char *regions)
{
    const struct plan_options options = {0};
    autofree char *text = NULL;
    struct np_error err = {0};

    *f = (struct fixture){.machine = make_machine(machine)};
    give_ranges(f->machine);
    assert_true(asprintf(&text, "version: 1\n%s", yaml) > 0);
    if (spec_parse("tree", text, strlen(text), &f->spec, &err) != 0)
        fail_msg("%s\n%s", err.text, text);
    f->spec->format = SPEC_DEVICE_TREE;
    read_regions(f->spec, regions);
    assert_int_equal(wishes_resolve(f->machine, f->spec, &f->wishes, &err), 0);
    f->result = plan_make(f->wishes, &options, &f->plan, &f->refusal, &err);
}

/* "a 0-1 8+4; b 4-5 0+2 6+1", or "no: REASON | WAY OUT". */
static char *tell(const struct fixture *f)
{
    char *text = NULL;
    size_t length;
    FILE *stream = open_memstream(&text, &length);

    if (f->result != PLAN_MADE)
        fprintf(stream, "no: %s | %s", f->refusal.reason,
                f->refusal.way_out ? f->refusal.way_out : "-");
    for (unsigned int i = 0; f->plan && i < f->plan->n_placements; i++) {
        const struct placement *placement = &f->plan->placements[i];
        autofree char *cpus = set_format(placement->cpus);

        fprintf(stream, "%s%s %s", i ? "; " : "", placement->instance->name, cpus);
        for (unsigned int j = 0; j < placement->n_regions; j++)
            fprintf(stream, " %g+%g", (double)placement->regions[j].base / (double)UNIT,
                    (double)placement->regions[j].bytes / (double)UNIT);
    }
    assert_int_equal(fclose(stream), 0);
    return text;
}

#define TWO                                                                                        \
    {                                                                                              \
        .n_nodes = 2, .n_cpus = 4, .bytes = 8 * UNIT                                               \
    }
#define ONE(body) "instances:\n  - {name: a, " body "}\n"
#define PAIR(a, b) "instances:\n  - {name: a, " a "}\n  - {name: b, " b "}\n"
#define TRIPLE(a, b, c)                                                                            \
    "instances:\n  - {name: a, " a "}\n  - {name: b, " b "}\n  - {name: c, " c "}\n"

static const struct {
    const char *why;
    struct machine_plan machine;
    const char *spec;
    const char *regions;
    const char *expected;
} cases[] = {
    {"CPUs come to memory that is named", TWO, ONE("cpus: 2, memory: 4GiB"), "a 8+4", "a 4-5 8+4"},
    {"named memory stays whatever the policy says", TWO,
     ONE("cpus: \"0-1\", memory: 4GiB, memory-policy: local"), "a 8+4", "a 0-1 8+4"},
    {"local CPUs only where the named memory is", TWO,
     PAIR("cpus: \"4-6\"", "cpus: 2, memory: 4GiB, cpu-affinity: local"), "b 8+4",
     "no: 2 CPUs and 4 GiB (memory-policy local, cpu-affinity local) cannot be placed: it can have "
     "at most 1 CPU; of 8 CPUs 5 are free to choose from, 3 named by instances | lower cpus of "
     "\"b\" from 2 to 1, or set cpu-affinity of \"b\" to compact, or "
     "leave out the memory address of \"b\", for one to be chosen"},
    {"an address is chosen on the node of the CPUs", TWO, ONE("cpus: \"4-5\", memory: 4GiB"), "",
     "a 4-5 8+4"},
    {"apart from what is named", TWO,
     PAIR("cpus: \"0\", memory: 2GiB", "cpus: \"1\", memory: 3GiB"), "a 0+2", "a 0 0+2; b 1 2+3"},
    {"the smallest hole that will do", TWO,
     PAIR("cpus: \"0\", memory: 1GiB", "cpus: \"1\", memory: 3GiB"), "a 3+1", "a 0 3+1; b 1 0+3"},
    {"in pools only", TWO, ONE("cpus: 2, memory: 2GiB"), "- 3+1, - 13+2", "a 4-5 13+2"},
    {"pools that touch are one", TWO, ONE("cpus: \"0\", memory: 2GiB"), "- 3+1, - 4+1", "a 0 3+2"},
    {"two shares touch where the nodes do", TWO,
     ONE("cpus: 6, memory: 6GiB, cpu-affinity: compact"), "", "a 0-5 4+6"},
    {"and are two regions where they cannot", TWO, PAIR("memory: 1GiB", "cpus: 6, memory: 6GiB"),
     "a 7+1", "a  7+1; b 0-5 0+4 8+2"},
    {"fragments are no room for one", TWO,
     PAIR("cpus: \"0\", memory: 1GiB", "cpus: \"1\", memory: 6GiB"), "a 4+1",
     "no: 1 CPU and 6 GiB (memory-policy local) cannot be placed in one piece a "
     "node: apart from what instances name by address, node 0 has 7 GiB in 2 pieces, the largest "
     "4 GiB at 0x0-0xffffffff | lower memory of \"b\" by 2 GiB to 4 GiB, or set memory-policy of "
     "\"b\" to preferred"},
    {"another node has a larger piece", TWO,
     PAIR("memory: 1GiB, numa-nodes: [0]", "cpus: 1, memory: 6GiB, numa-nodes: [0]"), "a 4+1",
     "a  4+1; b 4 8+6"},
    {"no CPUs: what does not go in one piece is dealt out", TWO,
     PAIR("memory: 1GiB", "memory: 6GiB, memory-policy: preferred, numa-nodes: [0]"), "a 4+1",
     "a  4+1; b  0+4 8+2"},
    {"best fit first is not enough", TWO,
     "instances:\n  - {name: x, memory: 1GiB}\n"
     "  - {name: a, memory: 3GiB, memory-policy: bind, numa-nodes: [0]}\n"
     "  - {name: b, memory: 2GiB, memory-policy: bind, numa-nodes: [0]}\n"
     "  - {name: c, memory: 2GiB, memory-policy: bind, numa-nodes: [0]}\n",
     "x 4+1", "x  4+1; a  5+3; b  0+2; c  2+2"},
    {"named by two", TWO, PAIR("memory: 2GiB", "memory: 2GiB"), "a 0+2, b 1+2",
     "no: 0x40000000-0x7fffffff, which it names, is \"a\"'s already | name another place, or none "
     "and let it be chosen"},
    {"named where nothing is", TWO, ONE("memory: 4GiB"), "a 14+4",
     "no: 2 GiB of the memory that it names are on no node | name another place, or none and let "
     "it be chosen"},
    {"named, and not for instances", TWO,
     "host-reserved: {memory: {0: 6GiB}}\n" ONE("memory: 4GiB"), "a 0+4",
     "no: 4 GiB (memory-policy local) cannot be placed; node 0 has 2 GiB for instances | leave out "
     "the memory address of \"a\", for one to be chosen"},
};

static void test_cases(void **state)
{
    unsigned int n_wrong = 0;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct fixture f;
        autofree char *text = NULL;

        make(&f, &cases[i].machine, cases[i].spec, cases[i].regions);
        assert_true(f.result >= 0);
        text = tell(&f);
        if (strcmp(text, cases[i].expected) != 0) {
            print_error("%s:\n  %s\nexpected\n  %s\n", cases[i].why, text, cases[i].expected);
            n_wrong++;
        }
        fixture_fini(&f);
    }
    assert_int_equal(n_wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_cases)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
