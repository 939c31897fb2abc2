/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "region.h"

static const struct {
    struct region a, b;
    bool meet;
    struct region common;
} cases[] = {
    {{0, 10}, {10, 10}, false, {0}},
    {{0, 10}, {9, 10}, true, {9, 1}},
    {{5, 2}, {0, 10}, true, {5, 2}},
    {{5, 0}, {0, 10}, false, {0}},
    {{UINT64_MAX - 9, 10}, {UINT64_MAX, 1}, true, {UINT64_MAX, 1}}, /* both end at 2^64 */
    {{UINT64_MAX - 9, 10}, {0, 10}, false, {0}},
};

static void check_common(struct region a, struct region b, size_t i)
{
    struct region common = {1, 2};

    assert_int_equal(region_common(a, b, &common), cases[i].meet);
    assert_int_equal(region_common_bytes(a, b), cases[i].common.bytes);
    assert_int_equal(common.base, cases[i].meet ? cases[i].common.base : 1);
    assert_int_equal(common.bytes, cases[i].meet ? cases[i].common.bytes : 2);
}

static void test_common(void **state)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        check_common(cases[i].a, cases[i].b, i);
        check_common(cases[i].b, cases[i].a, i);
    }
}

static void test_pages(void **state)
{
    static const struct {
        struct region region, pages; /* no pages: none is in it */
    } paged[] = {
        {{0x1000, 0x2000}, {0x1000, 0x2000}},
        {{0x1001, 0x2fff}, {0x2000, 0x2000}},
        {{0x1000, 0x2fff}, {0x1000, 0x2000}},
        {{0xfff, 0x1001}, {0x1000, 0x1000}},
        {{0x1001, 0x1ffe}, {0}},
        {{0x1000, 0}, {0}},
        {{UINT64_MAX - 0xffe, 0xfff}, {0}},
    };

    for (size_t i = 0; i < sizeof(paged) / sizeof(paged[0]); i++) {
        struct region region = paged[i].region;
        bool any = paged[i].pages.bytes > 0;
        const struct region *expected = any ? &paged[i].pages : &paged[i].region;

        assert_int_equal(region_keep_pages(&region), any);
        assert_int_equal(region.base, expected->base);
        assert_int_equal(region.bytes, expected->bytes);
    }
}

static void test_format(void **state)
{
    char text[REGION_TEXT_MAX];

    assert_string_equal(region_format((struct region){0x800000000, 0x400000000}, text),
                        "0x800000000-0xbffffffff");
    assert_string_equal(region_format((struct region){0x1000, 0}, text), "0x1000");
    assert_string_equal(region_format((struct region){UINT64_MAX - 0xfff, 0x1000}, text),
                        "0xfffffffffffff000-0xffffffffffffffff");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_common),
        cmocka_unit_test(test_pages),
        cmocka_unit_test(test_format),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
