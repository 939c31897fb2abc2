/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SPEC_YAML_TREE_H
#define SPEC_YAML_TREE_H

/* One YAML document as a tree in which every key and value knows its line and column. */

#include "spec.h"

enum yaml_kind {
    YAML_TEXT,
    YAML_LIST,
    YAML_MAP,
};

struct yaml_entry {
    const char *key; /* the text of its own value in the tree; NULL in a list */
    struct mark key_at;
    struct yaml_value *value;
};

struct yaml_value {
    enum yaml_kind kind;
    struct mark at; /* of an alias: where the alias stands */
    bool plain;     /* a text without quotes: may be a number, or nothing at all */
    bool alias;     /* text and entries belong to the anchored value */
    char *text;     /* without NUL bytes inside */
    struct yaml_entry *entries;
    unsigned int n_entries;
    unsigned int size; /* values in it, itself included, aliases counted as what they stand for */
    struct yaml_value *next_owned;
};

struct yaml_tree {
    const struct yaml_value *root;
    struct yaml_value *owned; /* every value, for freeing */
};

/* Parses one document. -EINVAL with file, line and column for what is not YAML, and for what no
 * placement file needs: tags, keys that are not words, a key given twice, more than one document, a
 * value that contains itself, nesting or aliases beyond any sense. The caller frees. */
int yaml_parse(const char *file, const char *text, size_t length, struct yaml_tree **ret_tree,
               struct np_error *err);
struct yaml_tree *yaml_tree_free(struct yaml_tree *tree); /* returns NULL */

static inline void cleanup_yaml_tree(struct yaml_tree **tree)
{
    (void)yaml_tree_free(*tree);
}
#define autoyaml CLEANUP(cleanup_yaml_tree)

#endif
