/* SPDX-License-Identifier: Apache-2.0 */
/* Whether lists of CPUs in a blob are of 32 or 64 bits. */

#include "test.h"

#include "cpu-cells.h"

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
    {"no lists at all", {{0}}, 64, false},
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
    {"what is no list of CPUs says nothing", {{"available-vfs", C("\1"), 1}}, 64, false},
    {"half a cell says nothing", {{"cpus", "\0\0\1", 0}}, 64, false},
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

static void test_text(void **state)
{
    struct dt_value cells[] = {{.kind = DT_CELL, .bits = 32, .number = 5}};
    struct dt_property cpus = {.name = (char *)"cpus", .values = cells, .n_values = 1};
    struct dt_node root = {.name = (char *)"", .properties = &cpus, .n_properties = 1};
    struct dt dt = {.root = &root};
    bool ambiguous = true;

    assert_int_equal(dt_cpu_bits(&dt, &ambiguous), 64);
    assert_false(ambiguous);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bits),
        cmocka_unit_test(test_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
