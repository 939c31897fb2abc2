/* SPDX-License-Identifier: Apache-2.0 */
/* Whether lists of CPUs in a blob are of 32 or 64 bits. */

#include "test.h"

#include "cpu-cells.h"
#include "set.h"

#include <string.h>

#define MAX_LISTS 2

/* Cells as they stand in the blob, big-endian. */
#define C(n) "\0\0\0" n

struct list {
    const char *name;
    const char *cells;
    size_t n;
};

static const struct {
    const char *what;
    struct list lists[MAX_LISTS];
    unsigned int bits;
    bool ambiguous;
} cases[] = {
    {"no lists at all", {{0}}, 32, false},
    {"an odd number", {{"cpus", C("\0") C("\1") C("\2"), 3}}, 32, false},
    {"an even number that is 32 bits", {{"cpus", C("\4") C("\5"), 2}}, 32, false},
    {"64 bits", {{"cpus", C("\0") C("\4") C("\0") C("\5"), 4}}, 64, false},
    {"CPU 0 alone in 64", {{"cpus", C("\0") C("\0"), 2}}, 64, false},
    {"CPU 5, or 0 and 5", {{"available", C("\0") C("\5"), 2}}, 64, true},
    {"another list decides for 32",
     {{"cpus", C("\0") C("\1"), 2}, {"host-reserved", C("\2") C("\3"), 2}},
     32,
     false},
    {"another list decides for 64",
     {{"cpus", C("\0") C("\1"), 2}, {"available", C("\0") C("\2") C("\0") C("\3"), 4}},
     64,
     false},
    {"what is no list of CPUs says nothing",
     {{"available-vfs", C("\1"), 1}, {"cpus", C("\0") C("\0"), 2}},
     64,
     false},
    {"half a cell says nothing", {{"cpus", "\0\0\1", 0}}, 32, false},
};

static void test_bits(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct dt_value values[MAX_LISTS] = {0};
        struct dt_property properties[MAX_LISTS] = {0};
        struct dt_node child = {.name = (char *)"node", .properties = properties};
        struct dt_node *children[] = {&child};
        struct dt_node root = {.name = (char *)"", .children = children, .n_children = 1};
        struct dt dt = {.root = &root};
        bool ambiguous;

        for (size_t j = 0; j < MAX_LISTS && cases[i].lists[j].name; j++) {
            const struct list *list = &cases[i].lists[j];

            values[j] = (struct dt_value){
                .kind = DT_BYTES, .text = (char *)list->cells, .size = list->n ? list->n * 4 : 3};
            properties[j] = (struct dt_property){
                .name = (char *)list->name, .values = &values[j], .n_values = 1};
            child.n_properties++;
        }
        print_message("%s\n", cases[i].what);
        assert_int_equal(dt_cpu_bits(&dt, &ambiguous), cases[i].bits);
        assert_int_equal(ambiguous, cases[i].ambiguous);
    }
}

/* Texts: a number a cell, unless every list is as dtc writes those of a blob. */
static void test_text(void **state)
{
    static const struct {
        const char *text;
        unsigned int bits;
        const char *cpus;
    } texts[] = {
        {"cpus = <5>;", 32, "5"},
        {"cpus = <0 5>;", 32, "0,5"},
        {"cpus = <0 1 2 3>;", 32, "0-3"},
        {"cpus = <0 4 0 5>;", 64, "4-5"},
        {"cpus = <0 4>, <0 5>;", 64, "4-5"},
        {"cpus = <0 4 0 5>; a { cpus = <3>; };", 32, "0,4-5"},
        {"cpus = /bits/ 64 <0 5>;", 32, "0,5"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        autodt struct dt *dt = NULL;
        autoset hwloc_bitmap_t cpus = NULL;
        autofree char *list = NULL;
        char text[128];
        bool ambiguous = true;

        (void)snprintf(text, sizeof(text), "/dts-v1/; / { %s };", texts[i].text);
        assert_int_equal(dt_parse("text.dts", text, strlen(text), &dt, NULL), 0);
        assert_int_equal(dt_cpu_bits(dt, &ambiguous), texts[i].bits);
        assert_false(ambiguous);
        assert_int_equal(
            dt_get_cpus(dt, dt->root, dt_property(dt->root, "cpus"), texts[i].bits, &cpus, NULL),
            0);
        list = set_format(cpus);
        assert_string_equal(list, texts[i].cpus);
    }
}

static void test_number_too_large(void **state)
{
    static const char text[] = "/dts-v1/;\n/ {\n  cpus = <1 70000>;\n};\n";
    autodt struct dt *dt = NULL;
    hwloc_bitmap_t cpus = NULL;
    struct np_error err;

    assert_int_equal(dt_parse("text.dts", text, strlen(text), &dt, NULL), 0);
    assert_int_equal(dt_get_cpus(dt, dt->root, dt_property(dt->root, "cpus"), 32, &cpus, &err),
                     -EINVAL);
    assert_int_equal(err.line, 3);
    assert_int_equal(err.column, 13);
    assert_non_null(strstr(err.text, "CPU 70000"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bits),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_number_too_large),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
