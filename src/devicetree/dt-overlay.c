/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Laying one tree over another. Fragments take effect in their order, each on what those before it
 * made of the base: so a target that only a later one (or itself) makes is an error, and targets in
 * a circle need no other guard. References are names, which stay right in the base; only paths into
 * the overlay itself have to follow what they lead to.
 */

#include "devicetree.h"
#include "dt-make.h"

#include <string.h>

/* A property of the base whose values refer to paths in the overlay. */
struct follower {
    struct dt_node *node;
    char *name; /* the base's own */
};

struct merge {
    struct dt *base;
    const struct dt *overlay;
    unsigned int files; /* where the overlay's name is in the base's; those of its files follow */
    const struct dt_node **targets; /* of each child of the overlay's root; NULL: no fragment */
    struct follower *followers;
    unsigned int n_followers;
    struct np_error *err;
};

static void merge_fini(struct merge *merge)
{
    free(merge->targets);
    free(merge->followers);
}

static struct dt_property *property_of(struct dt_node *node, const char *name)
{
    return &node->properties[dt_property_at(node, name)];
}

/* Marks of the overlay borrow names from it; the base has kept all of them. */
static int keep_files(struct merge *merge)
{
    const struct dt *overlay = merge->overlay;
    const char *kept;
    int r;

    merge->files = merge->base->n_files;
    r = dt_keep_file(merge->base, overlay->file, &kept);
    for (unsigned int i = 0; r == 0 && i < overlay->n_files; i++)
        r = dt_keep_file(merge->base, overlay->files[i], &kept);
    return r;
}

static struct mark mark_in(const struct merge *merge, struct mark at)
{
    const char *const *kept = (const char *const *)merge->base->files + merge->files;
    unsigned int i = 0;

    while (at.file && i < merge->overlay->n_files && merge->overlay->files[i] != at.file)
        i++;
    at.file = at.file ? kept[i + 1] : *kept;
    return at;
}

/* An overlay's numbers are its own: all that refers to them does so by name here, and a blob that
 * is written later numbers anew. */
static bool is_phandle(const struct dt_property *property)
{
    return strcmp(property->name, "phandle") == 0 || strcmp(property->name, "linux,phandle") == 0;
}

static int merge_property(struct merge *merge, struct dt_node *to,
                          const struct dt_property *property)
{
    struct dt_property *copy;
    bool follows = false;
    int r = dt_put_copy(to, property);

    if (r < 0)
        return r;
    copy = property_of(to, property->name);
    copy->at = mark_in(merge, copy->at);
    for (unsigned int i = 0; i < copy->n_values; i++) {
        struct dt_value *value = &copy->values[i];

        value->at = mark_in(merge, value->at);
        follows |= value->kind == DT_REFERENCE && value->text[0] == '/';
    }
    if (!follows)
        return 0;
    if (dt_grow(&merge->followers, merge->n_followers, sizeof(*merge->followers)) < 0)
        return -ENOMEM;
    merge->followers[merge->n_followers++] = (struct follower){.node = to, .name = copy->name};
    return 0;
}

static int merge_labels(struct merge *merge, struct dt_node *to, const struct dt_node *from)
{
    for (char **label = from->labels; label && *label; label++) {
        const struct dt_node *other = dt_labelled(merge->base, *label);
        autofree char *path = other ? dt_path(other) : NULL;
        int r;

        if (other && other != to)
            return dt_fail(merge->overlay, from, from->at, merge->err,
                           "its label `%s` is that of %s already", *label, path ? path : "another");
        r = dt_add_label(to, *label);
        if (r < 0)
            return r;
    }
    return 0;
}

static int merge_properties(struct merge *merge, struct dt_node *to, const struct dt_node *from)
{
    int r = 0;

    for (unsigned int i = 0; r == 0 && i < from->n_properties; i++) {
        if (!is_phandle(&from->properties[i]))
            r = merge_property(merge, to, &from->properties[i]);
    }
    return r;
}

static int merge_node(struct merge *merge, struct dt_node *to, const struct dt_node *from);

static int merge_child(struct merge *merge, struct dt_node *to, const struct dt_node *child)
{
    unsigned int n = to->n_children;
    struct dt_node *into = NULL;
    int r = dt_add_node(to, child->name, child->unit, &into);

    if (r < 0)
        return r;
    if (to->n_children > n)
        into->at = mark_in(merge, child->at);
    return merge_node(merge, into, child);
}

static int merge_node(struct merge *merge, struct dt_node *to, const struct dt_node *from)
{
    int r = merge_labels(merge, to, from);

    if (r == 0)
        r = merge_properties(merge, to, from);
    for (unsigned int i = 0; r == 0 && i < from->n_children; i++)
        r = merge_child(merge, to, from->children[i]);
    return r;
}

static int no_target(const struct merge *merge, const struct dt_node *fragment,
                     const struct dt_property *property, const char *text)
{
    bool is_path = text[0] == '/';
    bool comes_later = !is_path && dt_labelled(merge->overlay, text);

    (void)dt_fail(merge->overlay, fragment, property->at, merge->err,
                  "it is to be laid over %s%s, which %s does not have", is_path ? "" : "&", text,
                  merge->base->file);
    if (comes_later)
        error_hint(merge->err, "only the overlay itself makes &%s, and not before this fragment",
                   text);
    return -EINVAL;
}

/* `target`: a reference, or the phandle itself in a blob without fixups. */
static int target_by_reference(const struct merge *merge, const struct dt_node *fragment,
                               const struct dt_property *property, const struct dt_node **ret)
{
    const struct dt_value *value = property->values;
    char number[16];
    uint32_t phandle;
    int r;

    if (property->n_values == 1 && value->kind == DT_REFERENCE) {
        *ret = value->text[0] == '/' ? dt_find(merge->base, value->text)
                                     : dt_labelled(merge->base, value->text);
        return *ret ? 0 : no_target(merge, fragment, property, value->text);
    }
    r = dt_get_u32(merge->overlay, fragment, property, &phandle, merge->err);
    if (r < 0)
        return r;
    (void)snprintf(number, sizeof(number), "<0x%x>", phandle);
    *ret = dt_by_phandle(merge->base, phandle);
    return *ret ? 0 : no_target(merge, fragment, property, number);
}

static int find_target(const struct merge *merge, const struct dt_node *fragment,
                       const struct dt_node **ret_target)
{
    const struct dt_property *target = dt_property(fragment, "target");
    const struct dt_property *path = dt_property(fragment, "target-path");
    const char *text;
    int r;

    if (target)
        return target_by_reference(merge, fragment, target, ret_target);
    if (!path) {
        (void)dt_fail(merge->overlay, fragment, fragment->at, merge->err,
                      "it does not say over which node it is to be laid");
        error_hint(merge->err, "give it a target or a target-path");
        return -EINVAL;
    }
    r = dt_get_string(merge->overlay, fragment, path, &text, merge->err);
    if (r < 0)
        return r;
    *ret_target = dt_find(merge->base, text);
    return *ret_target ? 0 : no_target(merge, fragment, path, text);
}

static int merge_fragment(struct merge *merge, unsigned int i, const struct dt_node *content)
{
    int r = find_target(merge, content->parent, &merge->targets[i]);

    if (r < 0)
        return r;
    return merge_node(merge, (struct dt_node *)merge->targets[i], content); /* base is ours */
}

/* What the overlay says of the whole: all but what it itself is compatible with. */
static int merge_root(struct merge *merge)
{
    const struct dt_node *root = merge->overlay->root;
    int r = merge_labels(merge, merge->base->root, root);

    for (unsigned int i = 0; r == 0 && i < root->n_properties; i++) {
        if (strcmp(root->properties[i].name, "compatible") != 0 &&
            !is_phandle(&root->properties[i]))
            r = merge_property(merge, merge->base->root, &root->properties[i]);
    }
    for (unsigned int i = 0; r == 0 && i < root->n_children; i++) {
        const struct dt_node *child = root->children[i], *content = dt_child(child, "__overlay__");

        r = content ? merge_fragment(merge, i, content)
                    : merge_child(merge, merge->base->root, child);
    }
    return r;
}

/* The __overlay__ that a node of the overlay is in; NULL when it is in none. */
static const struct dt_node *content_of(const struct dt_node *node)
{
    while (node && node->parent && node->parent->parent && node->parent->parent->parent)
        node = node->parent;
    return node && node->parent && node->parent->parent && strcmp(node->name, "__overlay__") == 0
               ? node
               : NULL;
}

/* Where in the base a path of the overlay leads; one that is not in a fragment stays as it is. */
static int follow_path(const struct merge *merge, const char *path, char **ret_path)
{
    const struct dt_node *node = dt_find(merge->overlay, path), *content = content_of(node);
    const struct dt_node *fragment = content ? content->parent : NULL;
    autofree char *whole = NULL, *before = NULL, *target = NULL;
    unsigned int at;

    if (!fragment) {
        *ret_path = strdup(path);
        return *ret_path ? 0 : -ENOMEM;
    }
    at = dt_child_at(merge->overlay->root, fragment->name, fragment->unit);
    whole = dt_path(node);
    before = dt_path(content);
    target = dt_path(merge->targets[at]);
    if (!whole || !before || !target)
        return -ENOMEM;
    if (!target[1]) /* the root's is "/" */
        target[0] = '\0';
    return asprintf(ret_path, "%s%s", target, whole + strlen(before)) < 0 ? -ENOMEM : 0;
}

static int follow_paths(const struct merge *merge)
{
    for (unsigned int i = 0; i < merge->n_followers; i++) {
        const struct follower *follower = &merge->followers[i];
        struct dt_property *property = property_of(follower->node, follower->name);

        for (unsigned int k = 0; k < property->n_values; k++) {
            struct dt_value *value = &property->values[k];
            char *path;
            int r;

            if (value->kind != DT_REFERENCE || value->text[0] != '/')
                continue;
            r = follow_path(merge, value->text, &path);
            if (r < 0)
                return r;
            free(value->text);
            value->text = path;
            value->size = strlen(path);
        }
    }
    return 0;
}

int dt_overlay(struct dt *base, const struct dt *overlay, struct np_error *err)
{
    CLEANUP(merge_fini) struct merge merge = {.base = base, .overlay = overlay, .err = err};
    int r = keep_files(&merge);

    merge.targets = calloc(overlay->root->n_children + 1, sizeof(*merge.targets));
    if (r == 0 && !merge.targets)
        r = -ENOMEM;
    if (r == 0)
        r = merge_root(&merge);
    if (r == 0)
        r = follow_paths(&merge);
    return r == -ENOMEM ? error_set(err, r, "out of memory") : r;
}
