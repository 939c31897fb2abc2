/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "size.h"

static const struct {
    const char *text;
    int result;
    uint64_t bytes;
} parse_cases[] = {
    {"0", 0, 0},
    {"4096", 0, 4096},
    {"4096B", 0, 4096},
    {"8GiB", 0, 8 * GIB},
    {"8G", 0, 8 * GIB},
    {"8 gib", 0, 8 * GIB},
    {"1.5GiB", 0, 3 * GIB / 2},
    {"0.25MiB", 0, 256 * KIB},
    {"2TiB", 0, 2048 * GIB},
    {"", -EINVAL, 0},
    {"-1", -EINVAL, 0},
    {"8GB", -EINVAL, 0},
    {"8 GiB of it", -EINVAL, 0},
    {"1.GiB", -EINVAL, 0},
    {"1e9", -EINVAL, 0},
    {"8388608TiB", -ERANGE, 0},
    {"99999999999999999999", -ERANGE, 0},
};

static void test_parse(void **state)
{
    for (size_t i = 0; i < sizeof(parse_cases) / sizeof(parse_cases[0]); i++) {
        struct np_error err = {0};
        uint64_t bytes = 1234567;
        int r = size_parse(parse_cases[i].text, &bytes, &err);

        print_message("  \"%s\"\n", parse_cases[i].text);
        assert_int_equal(r, parse_cases[i].result);
        assert_int_equal(bytes, r < 0 ? 1234567 : parse_cases[i].bytes);
        assert_int_equal(err.code, r);
    }
}

static void test_format(void **state)
{
    char text[SIZE_TEXT_MAX];

    assert_string_equal(size_format(0, text), "0");
    assert_string_equal(size_format(16 * GIB, text), "16 GiB");
    assert_string_equal(size_format(3 * GIB / 2, text), "1.5 GiB");
    assert_string_equal(size_format(1023, text), "1023 B");
    assert_string_equal(size_format(UNKNOWN_U64, text), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_format),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
