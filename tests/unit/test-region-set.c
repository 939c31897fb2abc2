/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of pieces of memory, written as "BASE+BYTES ...". */

#include "test.h"

#include "region-set.h"

#include <errno.h>
#include <string.h>

static void parse(const char *text, struct region_set *set)
{
    unsigned long long base, bytes;
    int length;

    for (*set = (struct region_set){0}; *text; text += length) {
        assert_int_equal(sscanf(text, "%lli+%lli%n", &base, &bytes, &length), 2);
        assert_int_equal(region_set_add(set, base, bytes), 0);
        length += text[length] == ' ';
    }
}

static void assert_regions(const struct region_set *set, const char *wanted)
{
    char text[256] = "";
    size_t n = 0;

    for (unsigned int i = 0; i < set->n; i++)
        n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%llu+%llu", i ? " " : "",
                              (unsigned long long)set->regions[i].base,
                              (unsigned long long)set->regions[i].bytes);
    assert_string_equal(text, wanted);
}

static void test_order(void **state)
{
    static const struct {
        const char *text;
        const char *wanted;
    } cases[] = {
        {"", ""},
        {"5+1", "5+1"},
        {"9+1 1+2 5+1", "1+2 5+1 9+1"},
        {"3+2 1+2", "1+4"},           /* they touch */
        {"1+8 2+3 12+1", "1+8 12+1"}, /* one holds the other */
        {"1+5 3+6", "1+8"},
        {"1+1 1+4 1+2", "1+4"},
        {"0x7fffffffffffffff+0x7fffffffffffffff 0+0x7fffffffffffffff", "0+18446744073709551614"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        autoregions struct region_set set;

        print_message("  %s\n", cases[i].text);
        parse(cases[i].text, &set);
        region_set_order(&set);
        assert_regions(&set, cases[i].wanted);
    }
}

static void test_common(void **state)
{
    static const struct {
        const char *a;
        const char *b;
        const char *wanted;
        unsigned int bytes;
    } cases[] = {
        {"", "1+2", "", 0},
        {"1+2", "3+2", "", 0},
        {"0+10", "2+3 6+1", "2+3 6+1", 4},
        {"0+4 6+4", "2+6", "2+2 6+2", 4},
        {"0+4 6+4", "0+4 6+4", "0+4 6+4", 8},
        {"0+2 4+2 8+2", "1+8", "1+1 4+2 8+1", 4},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        autoregions struct region_set a, b, common, reverse;

        print_message("  %s with %s\n", cases[i].a, cases[i].b);
        parse(cases[i].a, &a);
        parse(cases[i].b, &b);
        assert_int_equal(region_set_common(&a, &b, &common), 0);
        assert_int_equal(region_set_common(&b, &a, &reverse), 0);
        assert_regions(&common, cases[i].wanted);
        assert_regions(&reverse, cases[i].wanted);
        assert_int_equal(region_set_bytes(&common), cases[i].bytes);
    }
}

static void test_cut(void **state)
{
    static const struct {
        const char *text;
        struct region cut;
        const char *wanted;
    } cases[] = {
        {"", {1, 2}, ""},
        {"4+4", {0, 4}, "4+4"},
        {"4+4", {8, 4}, "4+4"},
        {"4+4", {5, 1}, "4+1 6+2"},
        {"4+4", {4, 1}, "5+3"},
        {"4+4", {7, 9}, "4+3"},
        {"0+2 4+2 8+2", {1, 8}, "0+1 9+1"},
        {"0+2 4+2 8+2", {0, UINT64_MAX}, ""},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        autoregions struct region_set set;

        print_message("  %s\n", cases[i].text);
        parse(cases[i].text, &set);
        assert_int_equal(region_set_cut(&set, cases[i].cut), 0);
        assert_regions(&set, cases[i].wanted);
    }
}

static void test_refused(void **state)
{
    autoregions struct region_set set = {0};

    assert_int_equal(region_set_add(&set, 1, 0), -ERANGE);
    assert_int_equal(region_set_add(&set, 1, UINT64_MAX), -ERANGE);
    assert_int_equal(region_set_add(&set, UINT64_MAX, 1), -ERANGE);
    assert_int_equal(set.n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_common),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
