/* SPDX-License-Identifier: Apache-2.0 */
/* Diffs: as short as can be, and patch(1) makes of the one text the other. */

#include "test.h"

#include "dt-edit.h"

#include <string.h>

#define TEN "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n"

static char *make_diff(const char *before, const char *after)
{
    char *diff;

    assert_int_equal(diff_texts("tree.dts", before, after, &diff), 0);
    return diff;
}

static void test_text(void **state)
{
    static const struct {
        const char *before, *after, *diff;
    } cases[] = {
        {"", "", ""},
        {TEN, TEN, ""},
        {TEN, "1\n2\n3\n4\nfive\n6\n7\n8\n9\n10\n",
         "--- tree.dts\n+++ tree.dts\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n"},
        /* two changes that six lines part are one hunk, seven two */
        {"a\n1\n2\n3\n4\n5\n6\nb\n", "1\n2\n3\n4\n5\n6\n",
         "--- tree.dts\n+++ tree.dts\n@@ -1,8 +1,6 @@\n-a\n 1\n 2\n 3\n 4\n 5\n 6\n-b\n"},
        {"a\n1\n2\n3\n4\n5\n6\n7\nb\n", "1\n2\n3\n4\n5\n6\n7\n",
         "--- tree.dts\n+++ tree.dts\n@@ -1,4 +1,3 @@\n-a\n 1\n 2\n 3\n"
         "@@ -6,4 +5,3 @@\n 5\n 6\n 7\n-b\n"},
        {"", "a\n", "--- tree.dts\n+++ tree.dts\n@@ -0,0 +1,1 @@\n+a\n"},
        {"a", "a\n",
         "--- tree.dts\n+++ tree.dts\n@@ -1,1 +1,1 @@\n-a\n\\ No newline at end of file\n+a\n"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        autofree char *diff = make_diff(cases[i].before, cases[i].after);

        assert_string_equal(diff, cases[i].diff);
    }
}

/* Numbers below limit from a fixed series. */
static unsigned int next_random(unsigned int limit)
{
    static uint32_t state = 1;

    state = state * 1664525 + 1013904223;
    return (state >> 8) % limit;
}

/* Up to 59 lines of few words, so that there are many ways from one text to the other. */
static void random_text(char text[256])
{
    unsigned int n = next_random(60);

    text[0] = '\0';
    for (unsigned int i = 0; i < n; i++)
        (void)sprintf(text + strlen(text), "%c\n", 'a' + next_random(3));
    if (n > 0 && next_random(4) == 0)
        text[strlen(text) - 1] = '\0'; /* its last line has no end */
}

static void write_file(const char *path, const char *text)
{
    FILE *stream = fopen(path, "we");

    assert_non_null(stream);
    assert_true(fputs(text, stream) >= 0);
    assert_int_equal(fclose(stream), 0);
}

static void read_file(const char *path, char *text, size_t size)
{
    FILE *stream = fopen(path, "re");

    text[0] = '\0';
    if (!stream)
        return; /* patch removes what becomes empty */
    text[fread(text, 1, size - 1, stream)] = '\0';
    assert_int_equal(fclose(stream), 0);
}

static void test_patch_takes_it(void **state)
{
    char directory[] = "/tmp/test-diff-XXXXXX", command[128], file[64], diff_file[64];

    if (system("patch --version >/dev/null 2>&1") != 0) {
        print_message("patch(1) is not there\n");
        skip();
    }
    assert_non_null(mkdtemp(directory));
    (void)snprintf(file, sizeof(file), "%s/tree.dts", directory);
    (void)snprintf(diff_file, sizeof(diff_file), "%s/diff", directory);
    (void)snprintf(command, sizeof(command), "patch -s -p0 -d %s <%s", directory, diff_file);
    for (int i = 0; i < 60; i++) {
        char before[256], after[256], got[256];
        autofree char *diff = NULL;

        random_text(before);
        random_text(after);
        diff = make_diff(before, after);
        if (strcmp(before, after) == 0)
            continue;
        write_file(file, before);
        write_file(diff_file, diff);
        assert_int_equal(system(command), 0);
        read_file(file, got, sizeof(got));
        assert_string_equal(got, after);
    }
    (void)unlink(file);
    assert_int_equal(unlink(diff_file), 0);
    assert_int_equal(rmdir(directory), 0);
}

/* Names that would end early, or not be one, where patch(1) reads them. */
static void test_names(void **state)
{
    static const struct {
        const char *name, *first;
    } names[] = {
        {"tree.dts", "--- tree.dts\n+++ tree.dts\n"},
        {"a tree.dts", "--- a tree.dts\t\n+++ a tree.dts\t\n"},
        {"a\ttree.dts", "--- \"a\\011tree.dts\"\n+++ \"a\\011tree.dts\"\n"},
        {"\"\\\n.dts", "--- \"\\042\\134\\012.dts\"\n+++ \"\\042\\134\\012.dts\"\n"},
        {"\303\251.dts", "--- \303\251.dts\n+++ \303\251.dts\n"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        autofree char *diff = NULL;

        assert_int_equal(diff_texts(names[i].name, "a\n", "b\n", &diff), 0);
        assert_memory_equal(diff, names[i].first, strlen(names[i].first));
    }
}

/* Beyond what is searched: still right. */
static void test_very_different(void **state)
{
    enum { LINES = 3000 };
    autofree char *before = calloc(LINES, 8), *after = calloc(LINES, 8), *diff = NULL;
    size_t gone = 0, new = 0;

    for (int i = 0; i < LINES; i++) {
        (void)sprintf(before + strlen(before), "-%d\n", i);
        (void)sprintf(after + strlen(after), "+%d\n", i);
    }
    diff = make_diff(before, after);
    for (const char *line = diff; *line; line = strchr(line, '\n') + 1) {
        gone += strncmp(line, "--", 2) == 0 && line[2] != '-';
        new += strncmp(line, "++", 2) == 0 && line[2] != '+';
    }
    assert_int_equal(gone, LINES);
    assert_int_equal(new, LINES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_patch_takes_it),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_very_different),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
