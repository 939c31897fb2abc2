/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "word.h"

#include <stdlib.h>

static const char *const words[] = {"name", "cpus",    "memory", "numa-nodes", "memory-policy",
                                    "smt",  "compact", "bind",   NULL};

static const struct {
    const char *text;
    const char *nearest;
} cases[] = {
    {"cpu", "cpus"},
    {"CPUs", NULL}, /* three letters of four are others */
    {"mem", NULL},
    {"memmory", "memory"},
    {"mermory-policy", "memory-policy"},
    {"numa-node", "numa-nodes"},
    {"numa_nodes", "numa-nodes"},
    {"cmopact", "compact"},
    {"nmae", "name"},
    {"bin", "bind"},
    {"x", NULL},
    {"", NULL},
    {"something-else", NULL},
    {"an-unknown-key-of-more-than-thirty-two-letters", NULL},
};

static void test_find(void **state)
{
    assert_int_equal(word_find("name", words), 0);
    assert_int_equal(word_find("bind", words), 7);
    assert_int_equal(word_find("nam", words), -1);
    assert_int_equal(word_find("", words), -1);
}

static void test_slip(void **state)
{
    assert_true(word_is_slip("eth9", "eth0"));
    assert_true(word_is_slip("eht0", "eth0"));
    assert_true(word_is_slip("eth", "eth0"));
    assert_false(word_is_slip("eth0", "eth0"));
    assert_false(word_is_slip("et99", "eth0"));
    assert_false(word_is_slip("an-unknown-key-of-more-than-thirty-two-letters", "eth0"));
}

static void test_nearest(void **state)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *nearest = word_nearest(cases[i].text, words);

        print_message("  \"%s\"\n", cases[i].text);
        if (cases[i].nearest) {
            assert_non_null(nearest);
            assert_string_equal(nearest, cases[i].nearest);
        } else {
            assert_null(nearest);
        }
    }
}

static void test_join(void **state)
{
    const char *const few[] = {"run", "pid", "vm", NULL};
    char text[16], small[6];

    assert_string_equal(word_join(few, text, sizeof(text)), "run, pid, vm");
    assert_string_equal(word_join(few, small, sizeof(small)), "run, ");
    assert_string_equal(word_join(few + 3, text, sizeof(text)), "");
}

static void test_shell(void **state)
{
    static const struct {
        const char *words[4];
        const char *text;
    } shell_cases[] = {
        {{NULL}, ""},
        {{"redis-server", "--save", ""}, "redis-server --save ''"},
        {{"/usr/bin/env", "A=1", "a b"}, "/usr/bin/env 'A=1' 'a b'"},
        {{"sh", "-c", "echo $HOME; exit"}, "sh -c 'echo $HOME; exit'"},
        {{"echo", "it's", "\"so\""}, "echo 'it'\\''s' '\"so\"'"},
        {{"~", "*", "\303\244"}, "'~' '*' '\303\244'"},
    };

    for (size_t i = 0; i < sizeof(shell_cases) / sizeof(shell_cases[0]); i++) {
        char *text = word_shell(shell_cases[i].words);

        assert_string_equal(text, shell_cases[i].text);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find), cmocka_unit_test(test_slip),  cmocka_unit_test(test_nearest),
        cmocka_unit_test(test_join), cmocka_unit_test(test_shell),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
