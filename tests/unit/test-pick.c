/* SPDX-License-Identifier: Apache-2.0 */
/* Two nodes of four cores with two threads each, two LLCs a node, and a node 2 that is memory
 * behind node 1. CPU 15 is offline, CPUs 0 and 4 (one core) are not ours. */
#include "test.h"

#include "machine-read.h"
#include "pick.h"
#include "set.h"

#include <string.h>

static struct machine *make_machine(void)
{
    struct machine *machine = calloc(1, sizeof(*machine));
    autoset hwloc_bitmap_t nodes = NULL, cpus = NULL;
    static const uint64_t distances[3][3] = {{10, 21, 31}, {21, 10, 17}, {31, 17, 10}};

    assert_non_null(machine);
    assert_int_equal(set_parse_list("0-2", &nodes, NULL), 0);
    assert_int_equal(set_parse_list("0-15", &cpus, NULL), 0);
    assert_int_equal(machine_set_nodes(machine, nodes), 0);
    assert_int_equal(machine_set_cpus(machine, cpus), 0);
    assert_int_equal(matrix_make(machine, &machine->distance, MATRIX_SLIT), 0);
    for (unsigned int i = 0; i < 9; i++)
        matrix_put(machine, &machine->distance, i / 3, i % 3, distances[i / 3][i % 3]);
    for (unsigned int i = 0; i < 16; i++) {
        struct cpu *cpu = machine_cpu_mutable(machine, i);
        unsigned int core = i / 8 * 8 + i % 4;

        cpu->node = (int)(i / 8);
        cpu->core = (int)core;
        cpu->llc = (int)(core / 2 * 2);
        cpu->online = i != 15;
        cpu->granted = i != 0 && i != 4;
        if (cpu->online)
            hwloc_bitmap_set(machine->nodes[i / 8].cpus, i);
        hwloc_bitmap_only(cpu->siblings, core);
        hwloc_bitmap_set(cpu->siblings, core + 4);
    }
    return machine;
}

static const struct {
    unsigned int n_cpus;
    bool one_node;
    int near_node;
    const char *within;
    int result;
    const char *cpus;
} cases[] = {
    {1, false, -1, NULL, 0, "1"},
    {2, false, -1, NULL, 0, "2-3"}, /* one LLC */
    {3, false, -1, NULL, 0, "1-3"},
    {4, false, -1, NULL, 0, "1-3,6"}, /* only then a sibling, in the larger LLC */
    {6, false, -1, NULL, 0, "1-3,5-7"},
    {7, false, -1, NULL, 0, "8-14"}, /* node 0 has six, so all on node 1 */
    {8, false, -1, NULL, 0, "2,8-14"},
    {13, false, -1, NULL, 0, "1-3,5-14"},
    {14, false, -1, NULL, -ENOSPC, NULL},
    {2, false, 1, NULL, 0, "8-9"},
    {2, false, 2, NULL, 0, "8-9"}, /* has no CPUs: node 1 is nearer to it */
    {8, false, 1, NULL, 0, "2,8-14"},
    {7, false, 0, NULL, 0, "1-3,5-7,8"},
    {7, true, 0, NULL, 0, "8-14"}, /* near gives way to one node */
    {6, true, 0, NULL, 0, "1-3,5-7"},
    {8, true, -1, NULL, -ENOSPC, NULL},
    {2, false, -1, "9,13-15", 0, "9,14"}, /* 13 is 9's sibling, 15 offline */
    {4, true, -1, "1,5,9,13-14", -ENOSPC, NULL},
    {3, true, -1, "1,5,9,13-14", 0, "9,13-14"},
};

static void test_pick(void **state)
{
    automachine struct machine *machine = make_machine();

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct pick_request request = {.n_cpus = cases[i].n_cpus,
                                       .one_node = cases[i].one_node,
                                       .near_node = cases[i].near_node};
        autoset hwloc_bitmap_t within = NULL, cpus = NULL;
        autofree char *text = NULL, *expected_text = NULL;
        autoset hwloc_bitmap_t expected = NULL;
        struct np_error err = {0};
        int r;

        if (cases[i].within)
            assert_int_equal(set_parse_list(cases[i].within, &within, NULL), 0);
        request.within = within;
        r = pick_cpus(machine, &request, &cpus, &err);
        if (r != cases[i].result)
            fail_msg("case %zu: %d %s", i, r, err.text);
        if (r < 0) {
            assert_int_equal(err.code, r);
            assert_true(err.hint[0] != '\0');
            continue;
        }
        assert_int_equal(set_parse_list(cases[i].cpus, &expected, NULL), 0);
        text = set_format(cpus);
        expected_text = set_format(expected);
        if (strcmp(text, expected_text) != 0)
            fail_msg("case %zu: %s, not %s", i, text, expected_text);
    }
}

/* Isolated CPUs are taken only when asked for. */
static void test_isolated(void **state)
{
    automachine struct machine *machine = make_machine();
    struct pick_request request = {.n_cpus = 2, .near_node = -1};
    autoset hwloc_bitmap_t shy = NULL, bold = NULL;
    struct np_error err = {0};
    hwloc_bitmap_t none;

    for (unsigned int cpu = 0; cpu < 15; cpu++)
        machine_cpu_mutable(machine, cpu)->isolated = cpu != 6 && cpu != 11;
    assert_int_equal(pick_cpus(machine, &request, &shy, NULL), 0);
    assert_true(hwloc_bitmap_isset(shy, 6) && hwloc_bitmap_isset(shy, 11));
    request.n_cpus = 3;
    assert_int_equal(pick_cpus(machine, &request, &none, &err), -ENOSPC);
    assert_non_null(strstr(err.hint, "11 isolated"));
    request.isolated = true;
    assert_int_equal(pick_cpus(machine, &request, &bold, NULL), 0);
}

static void test_nearest(void **state)
{
    automachine struct machine *machine = make_machine();
    autoset hwloc_bitmap_t all = NULL, none = hwloc_bitmap_alloc(), with_cpus = NULL;

    assert_int_equal(set_parse_list("0-2", &all, NULL), 0);
    assert_int_equal(set_parse_list("0-1", &with_cpus, NULL), 0);
    assert_int_equal(pick_nearest_node(machine, 2, all), 2);
    assert_int_equal(pick_nearest_node(machine, 2, with_cpus), 1);
    assert_int_equal(pick_nearest_node(machine, 7, with_cpus), 0); /* unknown: the lowest */
    assert_int_equal(pick_nearest_node(machine, 2, none), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pick),
        cmocka_unit_test(test_isolated),
        cmocka_unit_test(test_nearest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
