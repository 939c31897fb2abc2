/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "housekeeping.h"
#include "set.h"
#include "tree.h"

static const struct {
    const char *affinity, *nohz_full; /* NULL: no such file */
    const char *cpus;                 /* of 0-39 */
} cases[] = {
    {NULL, NULL, "0-39"},         {"ff\n", NULL, "0-7"}, {"f0,0000000f\n", "(null)\n", "0-3,36-39"},
    {"ff\n", "2-3\n", "0-1,4-7"}, {"ff\n", "\n", "0-7"}, {NULL, "1-39\n", "0"},
    {"what?\n", NULL, "0-39"},
};

static void test_housekeeping(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct tree tree;
        autoset hwloc_bitmap_t cpus = NULL, all = hwloc_bitmap_alloc();
        autofree char *text = NULL;

        tree_init(&tree);
        if (cases[i].affinity)
            tree_file(&tree, "proc/irq/default_smp_affinity", cases[i].affinity);
        if (cases[i].nohz_full)
            tree_file(&tree, "sys/devices/system/cpu/nohz_full", cases[i].nohz_full);
        assert_int_equal(housekeeping_cpus(tree.root, &cpus), 0);
        hwloc_bitmap_set_range(all, 0, 39);
        hwloc_bitmap_and(cpus, cpus, all);
        text = set_format(cpus);
        assert_string_equal(text, cases[i].cpus);
        tree_fini(&tree);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_housekeeping)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
