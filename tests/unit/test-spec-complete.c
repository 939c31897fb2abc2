/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "size.h"
#include "spec-complete.h"

#include <string.h>

static const char tree[] = "/multikernel-v1/;\n"
                           "\n"
                           "/ {\n"
                           "    instances {\n"
                           "        // serves\n"
                           "        web {\n"
                           "            id = <1>;\n"
                           "            resources {\n"
                           "                cpu-count = <4>;\n"
                           "                memory-bytes = <0x0 0x40000000>;  // 1 GiB\n"
                           "            };\n"
                           "        };\n"
                           "        db {\n"
                           "            id = <2>;\n"
                           "            resources {\n"
                           "                cpus = <8 9>;\n"
                           "                memory-base = <0x0 0x80000000>;\n"
                           "                memory-bytes = <0x0 0x40000000>;\n"
                           "            };\n"
                           "        };\n"
                           "    };\n"
                           "};\n";

static struct dt *parse(const char *text)
{
    struct np_error err = {0};
    struct dt *dt = NULL;

    if (dt_parse("t.dts", text, strlen(text), &dt, &err) != 0)
        fail_msg("%u:%u: %s\n%s", err.line, err.column, err.text, text);
    return dt;
}

static char *complete(const struct choice *choices, unsigned int n)
{
    autodt struct dt *dt = parse(tree);
    struct np_error err = {0};
    char *text = NULL;

    assert_int_equal(spec_complete_tree(dt, choices, n, &text, &err), 0);
    return text;
}

static struct instance web = {.name = (char *)"web", .cpu_count = 4, .memory_bytes = GIB};
static struct region given = {2 * GIB, GIB};
static struct instance db = {.name = (char *)"db",
                             .cpus_given = true,
                             .memory_bytes = GIB,
                             .regions = &given,
                             .n_regions = 1};

/* What the completed text says of web. */
static void check_web(const char *text, const char *cpus, const struct region *regions,
                      unsigned int n)
{
    autodt struct dt *dt = parse(text);
    const struct dt_node *resources = dt_find(dt, "/instances/web/resources");
    autofree uint64_t *bases = NULL, *sizes = NULL, *ids = NULL;
    autoset hwloc_bitmap_t set = hwloc_bitmap_alloc();
    autofree char *list = NULL;
    struct np_error err = {0};
    unsigned int n_bases = 0, n_sizes = 0, n_ids = 0;

    assert_non_null(resources);
    assert_null(dt_property(resources, "cpu-count"));
    assert_int_equal(
        dt_get_cells(dt, resources, dt_property(resources, "cpus"), 64, &ids, &n_ids, &err), 0);
    for (unsigned int i = 0; i < n_ids; i++)
        hwloc_bitmap_set(set, (unsigned int)ids[i]);
    list = set_format(set);
    assert_string_equal(list, cpus);
    assert_int_equal(
        dt_get_u64s(dt, resources, dt_property(resources, "memory-base"), &bases, &n_bases, &err),
        0);
    assert_int_equal(
        dt_get_u64s(dt, resources, dt_property(resources, "memory-bytes"), &sizes, &n_sizes, &err),
        0);
    assert_int_equal(n_bases, n);
    assert_int_equal(n_sizes, n);
    for (unsigned int i = 0; i < n; i++) {
        assert_int_equal(bases[i], regions[i].base);
        assert_int_equal(sizes[i], regions[i].bytes);
    }
}

static void test_filled_in(void **state)
{
    static const struct {
        struct region regions[2];
        unsigned int n;
    } cases[] = {
        {{{4 * GIB, GIB}}, 1},
        {{{4 * GIB, GIB / 2}, {UINT64_C(0x1000000000), GIB / 2}}, 2},
    };
    autoset hwloc_bitmap_t four = hwloc_bitmap_alloc(), two = hwloc_bitmap_alloc();

    hwloc_bitmap_set_range(four, 2, 4);
    hwloc_bitmap_set(four, 17);
    hwloc_bitmap_set_range(two, 8, 9);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct choice choices[] = {{&web, four, cases[i].regions, cases[i].n},
                                   {&db, two, &given, 1}};
        autofree char *text = complete(choices, 2);

        check_web(text, "2-4,17", cases[i].regions, cases[i].n);
        assert_non_null(strstr(text, "        // serves\n        web {\n"));
        assert_non_null(strstr(text, strstr(tree, "        db {\n")));
    }
}

static void test_nothing_open(void **state)
{
    struct choice choice = {&db, NULL, &given, 1};
    autofree char *text = complete(&choice, 1);

    assert_string_equal(text, tree);
}

/* Standard trees have the high half in its own cell. */
static void test_standard(void **state)
{
    static const struct region high = {UINT64_C(0x800000000), GIB};
    static struct instance open = {.name = (char *)"web", .memory_bytes = GIB};
    struct choice choice = {&open, NULL, &high, 1};
    autodt struct dt *dt = parse("/dts-v1/; / { instances { web { resources { "
                                 "memory-bytes = <0x0 0x40000000>; }; }; }; };\n");
    autofree char *text = NULL;
    struct np_error err = {0};

    assert_int_equal(spec_complete_tree(dt, &choice, 1, &text, &err), 0);
    assert_non_null(strstr(text, "memory-base = <0x8 0x0>;"));
}

static void test_bare(void **state)
{
    struct choice choice = {&web, NULL, &given, 1};
    autodt struct dt *dt =
        parse("web { resources { cpu-count = <4>; memory-bytes = <0x0 0x40000000>; }; };\n");
    autoset hwloc_bitmap_t four = hwloc_bitmap_alloc();
    autofree char *text = NULL;
    struct np_error err = {0};

    hwloc_bitmap_set_range(four, 2, 5);
    choice.cpus = four;
    assert_int_equal(spec_complete_tree(dt, &choice, 1, &text, &err), 0);
    assert_non_null(strstr(text, "cpus = <2 3 4 5>;"));
    assert_null(strstr(text, "cpu-count"));
}

static void test_not_there(void **state)
{
    struct instance other = {.name = (char *)"other", .cpu_count = 1};
    struct choice choice = {&other, NULL, NULL, 0};
    autodt struct dt *dt = parse(tree);
    struct np_error err = {0};
    char *text = NULL;

    assert_int_equal(spec_complete_tree(dt, &choice, 1, &text, &err), -EINVAL);
    assert_non_null(strstr(err.text, "other"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_filled_in), cmocka_unit_test(test_nothing_open),
        cmocka_unit_test(test_standard),  cmocka_unit_test(test_bare),
        cmocka_unit_test(test_not_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
