/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_TREE_H
#define TESTS_UNIT_TREE_H

/* A captured tree made on the spot: a temporary directory with the few files that a test is about.
 */

#include "root.h"

#include <ftw.h>
#include <string.h>
#include <sys/stat.h>

struct tree {
    char path[32];
    struct root *root;
};

static inline void tree_init(struct tree *tree)
{
    strcpy(tree->path, "/tmp/numaplace-tree-XXXXXX");
    assert_non_null(mkdtemp(tree->path));
    assert_int_equal(root_open(tree->path, &tree->root, NULL), 0);
}

/* The full path of a file in the tree, its directories made. */
static inline char *tree_place(const struct tree *tree, const char *path, char full[512])
{
    assert_true(snprintf(full, 512, "%s/%s", tree->path, path) < 512);
    for (char *p = full + strlen(tree->path) + 1; (p = strchr(p, '/')); p++) {
        *p = '\0';
        assert_true(mkdir(full, 0755) == 0 || errno == EEXIST);
        *p = '/';
    }
    return full;
}

static inline void tree_bytes(const struct tree *tree, const char *path, const char *bytes,
                              size_t size)
{
    char full[512];
    FILE *file = fopen(tree_place(tree, path, full), "we");

    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static inline void tree_file(const struct tree *tree, const char *path, const char *text)
{
    tree_bytes(tree, path, text, strlen(text));
}

/* As the kernel marks what cannot be changed. */
static inline void tree_read_only(const struct tree *tree, const char *path)
{
    char full[512];

    assert_int_equal(chmod(tree_place(tree, path, full), 0444), 0);
}

static inline void tree_link(const struct tree *tree, const char *path, const char *target)
{
    char full[512];

    assert_int_equal(symlink(target, tree_place(tree, path, full)), 0);
}

static inline int tree_remove(const char *path, const struct stat *status, int type,
                              struct FTW *walk)
{
    return remove(path);
}

static inline void tree_fini(struct tree *tree)
{
    tree->root = root_free(tree->root);
    assert_int_equal(nftw(tree->path, tree_remove, 16, FTW_DEPTH | FTW_PHYS), 0);
}

#endif
