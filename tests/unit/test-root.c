/* SPDX-License-Identifier: Apache-2.0 */
/* Values of files, read in one piece and written, below a root of one's own. */
#include "test.h"

#include "root.h"

#include <string.h>
#include <sys/stat.h>

struct tree {
    char path[32];
    struct root *root;
};

static void tree_init(struct tree *tree)
{
    strcpy(tree->path, "/tmp/numaplace-root-XXXXXX");
    assert_non_null(mkdtemp(tree->path));
    assert_int_equal(root_open(tree->path, &tree->root, NULL), 0);
}

static void tree_put(const struct tree *tree, const char *name, size_t length, mode_t mode)
{
    char path[64];
    FILE *stream;

    (void)snprintf(path, sizeof(path), "%s/%s", tree->path, name);
    stream = fopen(path, "w");
    assert_non_null(stream);
    for (size_t i = 0; i < length; i++)
        assert_int_equal(fputc('0' + (int)(i % 10), stream), '0' + (int)(i % 10));
    assert_true(fputc('\n', stream) == '\n');
    assert_int_equal(fclose(stream), 0);
    assert_int_equal(chmod(path, mode), 0);
}

static void tree_fini(struct tree *tree, const char *const *names)
{
    tree->root = root_free(tree->root);
    for (; *names; names++) {
        char path[64];

        (void)snprintf(path, sizeof(path), "%s/%s", tree->path, *names);
        assert_int_equal(unlink(path), 0);
    }
    assert_int_equal(rmdir(tree->path), 0);
}

/* Around the sizes at which what is read so far has to grow. */
static void test_whole_value(void **state)
{
    static const size_t lengths[] = {0, 1, 4093, 4094, 4095, 4096, 8190, 8191, 8192, 20000};
    static const char *const names[] = {"value", NULL};
    struct tree tree;

    tree_init(&tree);
    for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
        char *value, *whole;

        tree_put(&tree, "value", lengths[i], 0644);
        assert_int_equal(root_read_value(tree.root, &value, "value"), 0);
        assert_int_equal(root_read(tree.root, &whole, "%s", "value"), 0);
        assert_int_equal(strlen(value), lengths[i]);
        assert_string_equal(value, whole);
        free(value);
        free(whole);
    }
    tree_fini(&tree, names);
}

/* What may not be written is known when its former value is read. */
static void test_former(void **state)
{
    static const char *const names[] = {"value", NULL};
    struct tree tree;
    char *text = NULL;

    tree_init(&tree);
    tree_put(&tree, "value", 3, 0644);
    assert_int_equal(root_read_former(tree.root, &text, "value"), -EROFS);
    assert_int_equal(root_write(tree.root, "7", "value"), -EROFS);
    root_permit_writes(tree.root);
    assert_int_equal(root_read_former(tree.root, &text, "value"), 0);
    assert_string_equal(text, "012");
    free(text);
    text = NULL;
    assert_int_equal(root_read_former(tree.root, &text, "none"), -ENOENT);
    assert_null(text);
    assert_int_equal(root_write(tree.root, "7", "value"), 0);
    assert_int_equal(root_read_value(tree.root, &text, "value"), 0);
    assert_string_equal(text, "7");
    free(text);
    tree_fini(&tree, names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_value),
        cmocka_unit_test(test_former),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
