/* SPDX-License-Identifier: Apache-2.0 */
/* numactl's words. Granted are 0-1,4-5 of 0-7; 6-7 are valid to name as well. What numactl 2.0.16
 * makes of each text was read off the program. */
#include "test.h"

#include "selection.h"
#include "set.h"
#include "tree.h"

static struct tree tree;
static hwloc_bitmap_t granted, valid, universe;

static int setup(void **state)
{
    tree_init(&tree);
    tree_file(&tree, "sys/class/net/eth0/numa_node", "4\n");
    tree_file(&tree, "sys/class/net/eth3/numa_node", "3\n");
    tree_file(&tree, "sys/class/net/eth9/numa_node", "-1\n");
    return set_parse_list("0-1,4-5", &granted, NULL) || set_parse_list("0-1,4-7", &valid, NULL) ||
           set_parse_list("0-7", &universe, NULL);
}

static int teardown(void **state)
{
    tree_fini(&tree);
    hwloc_bitmap_free(granted);
    hwloc_bitmap_free(valid);
    hwloc_bitmap_free(universe);
    return 0;
}

static const struct {
    const char *text;
    int result;
    const char *set;
    const char *outside;
    bool exact;
} cases[] = {
    {"", 0, "", "", true},
    {"0", 0, "0", "", true},
    {"0,4-5", 0, "0,4-5", "", true},
    {"5,0", 0, "0,5", "", true},
    {"0-5", 0, "0-1,4-5", "", true}, /* only the ends must be valid */
    {"0-7", 0, "0-1,4-7", "", true},
    {"0-3", 0, "0-1", "3", true},
    {"3", 0, "", "3", true},
    {"9", 0, "", "9", true},
    {"65536", -ERANGE, NULL, NULL, false},
    {"0, 1", 0, "0-1", "", true},
    {"0x5", 0, "5", "", true}, /* a number, not a mask */
    {"010", 0, "", "8", true}, /* octal */
    {"08", 0, "", "8", true},  /* numactl refuses it; ours takes it as decimal */
    {"all", 0, "0-1,4-5", "", false},
    {"6,all", 0, "0-1,4-5", "", false},
    {"!0", 0, "1-7", "", false},
    {"!all", 0, "2-3,6-7", "", false},
    {"+0", 0, "0", "", true},
    {"+2", 0, "4", "", true},
    {"+1-2", 0, "1,4", "", true},
    {"+4", -ERANGE, NULL, NULL, false},
    {"!+2", 0, "0-3,5-7", "", false},
    {"netdev:eth0", 0, "4", "", false},
    {"0,netdev:eth0", 0, "0,4", "", false},
    {"!netdev:eth0", 0, "0-3,5-7", "", false},
    {"netdev:eth3", 0, "", "3", false},
    {"netdev:eth9", -ENODATA, NULL, NULL, false},
    {"netdev:no", -ENOENT, NULL, NULL, false},
    {"0-7:4", 0, "0,4", "", true}, /* from here on ours alone */
    {"0-7,^1", 0, "0,4-7", "2-3", true},
    {"0,", -EINVAL, NULL, NULL, false},
    {",0", -EINVAL, NULL, NULL, false},
    {"!", -EINVAL, NULL, NULL, false},
    {"+", -EINVAL, NULL, NULL, false},
    {"-1", -EINVAL, NULL, NULL, false},
    {"0-", -EINVAL, NULL, NULL, false},
    {"5-4", -EINVAL, NULL, NULL, false},
    {"x", -EINVAL, NULL, NULL, false},
    {"usb:1", -EINVAL, NULL, NULL, false},
    {"same", -EINVAL, NULL, NULL, false},
};

static void test_parse(void **state)
{
    const struct selection_scope scope = {
        .root = tree.root, .granted = granted, .valid = valid, .universe = universe};

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct selection selection;
        struct np_error err = {0};
        int r = selection_parse(&scope, cases[i].text, &selection, &err);

        if (r != cases[i].result)
            fail_msg("\"%s\": %d (%s), not %d", cases[i].text, r, err.text, cases[i].result);
        if (r < 0) {
            assert_int_equal(err.code, r);
            continue;
        }
        autofree char *set = set_format(selection.set), *outside = set_format(selection.outside);

        if (strcmp(set, cases[i].set) != 0 || strcmp(outside, cases[i].outside) != 0)
            fail_msg("\"%s\": \"%s\" and outside \"%s\"", cases[i].text, set, outside);
        assert_int_equal(selection.exact, cases[i].exact);
        selection_fini(&selection);
    }
}

/* CPUs have no devices. */
static void test_no_devices(void **state)
{
    const struct selection_scope scope = {.granted = granted, .valid = valid, .universe = universe};
    struct selection selection;

    assert_int_equal(selection_parse(&scope, "netdev:eth0", &selection, NULL), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_no_devices),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
