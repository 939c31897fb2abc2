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

static const struct {
    const char *text;
    int result;
    uint64_t rate;
} rate_cases[] = {
    {"12GiB/s", 0, 12 * GIB},
    {"12 gib/s", 0, 12 * GIB},
    {"0.5GiB/s", 0, 512 * MIB},
    {"800MB/s", 0, 800000000},
    {"1.5TB/s", 0, UINT64_C(1500000000000)},
    {"64 kB/s", 0, 64000},
    {"7B/s", 0, 7},
    {"12GiB", -EINVAL, 0},
    {"12", -EINVAL, 0},
    {"12Gbit/s", -EINVAL, 0},
    {"fast", -EINVAL, 0},
    {"", -EINVAL, 0},
    {"9223372036854775807B/s", -ERANGE, 0},
    {"10000000TB/s", -ERANGE, 0},
};

static void test_rate(void **state)
{
    char text[SIZE_TEXT_MAX];

    for (size_t i = 0; i < sizeof(rate_cases) / sizeof(rate_cases[0]); i++) {
        struct np_error err = {0};
        uint64_t rate = 1234567;
        int r = rate_parse(rate_cases[i].text, &rate, &err);

        print_message("  \"%s\"\n", rate_cases[i].text);
        assert_int_equal(r, rate_cases[i].result);
        assert_int_equal(rate, r < 0 ? 1234567 : rate_cases[i].rate);
        assert_int_equal(err.code, r);
    }
    assert_string_equal(rate_format(12 * GIB, text), "12 GiB/s");
    assert_string_equal(rate_write(12 * GIB, text), "12GiB/s");
    assert_string_equal(rate_write(12 * UINT64_C(1000000000), text), "12GB/s");
    assert_string_equal(rate_write(1500 * MIB, text), "1500MiB/s");
    assert_string_equal(rate_write(1001, text), "1001B/s");
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
        cmocka_unit_test(test_rate),
        cmocka_unit_test(test_format),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
