/* SPDX-License-Identifier: Apache-2.0 */
/* The table of findings against numaplace-findings(7): each code is documented with its severity,
 * and nothing else is. */
#include "test.h"

#include "finding.h"
#include "root.h"

#include <ctype.h>
#include <string.h>

static char *read_page(void)
{
    autoroot struct root *root = NULL;
    char *page = NULL;
    const char *tests = getenv("NUMAPLACE_TESTS");
    autofree char *top = tests ? text("%s/..", tests) : NULL;

    if (!top)
        fail_msg("NUMAPLACE_TESTS is not set");
    assert_int_equal(root_open(top, &root, NULL), 0);
    assert_int_equal(root_read(root, &page, "man/numaplace-findings.7"), 0);
    return page;
}

static void test_documented(void **state)
{
    autofree char *page = read_page();

    for (int i = 0; i < CODE_COUNT; i++) {
        autofree char *item = text(".It Sy %s Pq %s\n", finding_kinds[i].code,
                                   severity_name(finding_kinds[i].severity));

        if (!strstr(page, item))
            fail_msg("the page lacks: %s", item);
    }
}

static void test_exists(void **state)
{
    autofree char *page = read_page();
    int n = 0;

    for (char *item = strstr(page, ".It Sy "); item; item = strstr(item, ".It Sy ")) {
        size_t length;
        int i = 0;

        item += strlen(".It Sy ");
        length = strcspn(item, " \n");
        while (i < CODE_COUNT && (strlen(finding_kinds[i].code) != length ||
                                  strncmp(finding_kinds[i].code, item, length) != 0))
            i++;
        if (i == CODE_COUNT)
            fail_msg("there is no such finding: %.*s", (int)length, item);
        n++;
    }
    assert_int_equal(n, CODE_COUNT);
}

/* Words that scripts match on: lower case, joined by dashes, each one once. */
static void test_words(void **state)
{
    for (int i = 0; i < CODE_COUNT; i++) {
        const char *code = finding_kinds[i].code;

        assert_non_null(code);
        assert_int_equal(strspn(code, "abcdefghijklmnopqrstuvwxyz-"), strlen(code));
        assert_true(isalpha((unsigned char)code[0]) && strchr(code, '-'));
        for (int j = 0; j < i; j++)
            assert_string_not_equal(code, finding_kinds[j].code);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_documented),
        cmocka_unit_test(test_exists),
        cmocka_unit_test(test_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
