/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "set.h"

static const struct {
    const char *text;
    int result;
    const char *set;
} list_cases[] = {
    {"", 0, ""},
    {"0", 0, "0"},
    {"0-3,8", 0, "0-3,8"},
    {"8,0-3", 0, "0-3,8"},
    {"0-7:2", 0, "0,2,4,6"},
    {"0-7:2/4", 0, "0-1,4-5"},
    {"3-1", -EINVAL, NULL},
    {"0-", -EINVAL, NULL},
    {",", -EINVAL, NULL},
    {"0,", -EINVAL, NULL},
    {"0 ", -EINVAL, NULL},
    {"^3", -EINVAL, NULL},
    {"0-3:0", -EINVAL, NULL},
    {"65536", -ERANGE, NULL},
    {"99999999999", -ERANGE, NULL},
};

static void test_list(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(list_cases); i++) {
        autoset hwloc_bitmap_t set = NULL;
        int r = set_parse_list(list_cases[i].text, &set, NULL);

        print_message("  \"%s\"\n", list_cases[i].text);
        assert_int_equal(r, list_cases[i].result);
        if (r == 0) {
            autofree char *text = set_format(set);

            assert_string_equal(text, list_cases[i].set);
        }
    }
}

static const struct {
    const char *text;
    int result;
    const char *set; /* resolved against 2-5,8 */
} expr_cases[] = {
    {"0-3,8", 0, "0-3,8"}, {"all", 0, "2-5,8"},         {"!2-3", 0, "4-5,8"},
    {"!all", 0, ""},       {"+0-1", 0, "2-3"},          {"+4", 0, "8"},
    {"!+0", 0, "3-5,8"},   {"+5", -ERANGE, NULL},       {"0-7,^3", 0, "0-2,4-7"},
    {"0xff", 0, "0-7"},    {"ff,ffffc000", 0, "14-39"}, {"00000001,00000000", 0, "32"},
    {"10,11", 0, "10-11"}, {"0-7:2", 0, "0,2,4,6"},     {"same", -EINVAL, NULL},
};

static void test_expr(void **state)
{
    autoset hwloc_bitmap_t universe = NULL;

    assert_int_equal(set_parse_list("2-5,8", &universe, NULL), 0);
    for (size_t i = 0; i < ARRAY_SIZE(expr_cases); i++) {
        autoset hwloc_bitmap_t set = NULL;
        struct set_expr expr;
        int r;

        print_message("  \"%s\"\n", expr_cases[i].text);
        assert_int_equal(set_expr_parse(expr_cases[i].text, &expr, NULL), 0);
        r = set_expr_resolve(&expr, universe, &set, NULL);
        assert_int_equal(r, expr_cases[i].result);
        if (r == 0) {
            autofree char *text = set_format(set);

            assert_string_equal(text, expr_cases[i].set);
        }
        set_expr_fini(&expr);
    }
}

static void test_expr_refused(void **state)
{
    static const char *const texts[] = {"",   "!",  "!!0",  "0x",          "0xg",  "nodes",
                                        "-1", "a-", "all ", "123456789,0", "1:2:3"};

    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        struct np_error err = {0};
        struct set_expr expr = {0};

        print_message("  \"%s\"\n", texts[i]);
        assert_true(set_expr_parse(texts[i], &expr, &err) < 0);
        assert_true(err.text[0] != '\0');
        assert_null(expr.bits);
    }
}

static void test_mask(void **state)
{
    static const struct {
        const char *list;
        const char *mask;
    } cases[] = {{"", "0"},          {"0", "1"},           {"4-7,33", "2,000000f0"},
                 {"31", "80000000"}, {"32", "1,00000000"}, {"64-95", "ffffffff,00000000,00000000"}};

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        autoset hwloc_bitmap_t set = NULL, back = NULL;
        autofree char *mask = NULL;

        assert_int_equal(set_parse_list(cases[i].list, &set, NULL), 0);
        mask = set_format_mask(set);
        assert_string_equal(mask, cases[i].mask);
        assert_int_equal(set_parse_mask(mask, &back, NULL), 0);
        assert_true(hwloc_bitmap_isequal(set, back));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_list),
        cmocka_unit_test(test_mask),
        cmocka_unit_test(test_expr),
        cmocka_unit_test(test_expr_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
