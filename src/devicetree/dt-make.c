/* SPDX-License-Identifier: Apache-2.0 */
/* Making a tree, and taking it apart: the only place where its arrays and its index change, so that
 * they agree. */

#include "dt-make.h"

#include "dt-index.h"

#include <string.h>

int dt_grow(void *array, unsigned int n, size_t size)
{
    void *grown;

    if (n & (n - 1))
        return 0;
    grown = reallocarray(*(void **)array, n ? n * 2 : 1, size);
    if (!grown)
        return -ENOMEM;
    *(void **)array = grown;
    return 0;
}

static int copy_text(const char *text, char **ret_text)
{
    char *copy = text ? strdup(text) : NULL;

    if (text && !copy)
        return -ENOMEM;
    *ret_text = copy;
    return 0;
}

static void clear_property(struct dt_property *property)
{
    for (unsigned int i = 0; i < property->n_values; i++)
        free(property->values[i].text);
    free(property->values);
    free(property->comment);
    *property = (struct dt_property){.name = property->name};
}

static void node_free(struct dt_node *node)
{
    if (!node)
        return;
    for (unsigned int i = 0; i < node->n_children; i++)
        node_free(node->children[i]);
    for (unsigned int i = 0; i < node->n_properties; i++) {
        clear_property(&node->properties[i]);
        free(node->properties[i].name);
    }
    free(node->children);
    free(node->properties);
    strv_free(node->labels);
    free(node->name);
    free(node->unit);
    free(node);
}

static int node_new(const char *name, const char *unit, struct dt_node **ret_node)
{
    struct dt_node *node = calloc(1, sizeof(*node));

    if (!node)
        return -ENOMEM;
    if (copy_text(name, &node->name) < 0 || copy_text(unit, &node->unit) < 0) {
        node_free(node);
        return -ENOMEM;
    }
    *ret_node = node;
    return 0;
}

int dt_new(const char *file, struct dt **ret_dt)
{
    autodt struct dt *dt = calloc(1, sizeof(*dt));

    if (!dt || copy_text(file, &dt->file) < 0 || dt_index_new(&dt->index) < 0 ||
        node_new("", NULL, &dt->root) < 0)
        return -ENOMEM;
    dt->root->index = dt->index;
    *ret_dt = TAKE(dt);
    return 0;
}

struct dt *dt_free(struct dt *dt)
{
    if (!dt)
        return NULL;
    node_free(dt->root);
    (void)dt_index_free(dt->index);
    for (unsigned int i = 0; i < dt->n_files; i++)
        free(dt->files[i]);
    free(dt->files);
    free(dt->reserved);
    free(dt->text);
    free(dt->file);
    free(dt);
    return NULL;
}

static struct dt_key label_key(const char *label)
{
    return (struct dt_key){.kind = DT_KEY_LABEL, .name = label};
}

static int index_child(struct dt_node *parent, unsigned int at)
{
    struct dt_node *child = parent->children[at];
    const struct dt_key key = dt_child_key(parent, child->name, child->unit);

    return dt_index_add(parent->index, &key, (struct dt_found){child, at});
}

/* Before one more is there: from so many on, all are in the index. */
static int index_children(struct dt_node *parent)
{
    if (parent->children_indexed || parent->n_children < DT_LOOKED_THROUGH_MAX)
        return 0;
    for (unsigned int i = 0; i < parent->n_children; i++) {
        if (parent->children[i] && index_child(parent, i) < 0)
            return -ENOMEM;
    }
    parent->children_indexed = true;
    return 0;
}

int dt_add_node(struct dt_node *parent, const char *name, const char *unit,
                struct dt_node **ret_node)
{
    unsigned int at = dt_child_at(parent, name, unit);
    struct dt_node *node = NULL;

    if (at < parent->n_children) {
        *ret_node = parent->children[at];
        return 0;
    }
    if (index_children(parent) < 0 ||
        dt_grow(&parent->children, parent->n_children, sizeof(struct dt_node *)) < 0 ||
        node_new(name, unit, &node) < 0)
        return -ENOMEM;
    node->parent = parent;
    node->index = parent->index;
    parent->children[at] = node;
    if (parent->children_indexed && index_child(parent, at) < 0) {
        node_free(node);
        return -ENOMEM;
    }
    parent->n_children++;
    *ret_node = node;
    return 0;
}

int dt_add_label(struct dt_node *node, const char *label)
{
    struct dt_key key = label_key(label);
    char **labels, *copy = NULL;
    size_t n = 0;

    for (char **l = node->labels; l && *l; l++, n++) {
        if (strcmp(*l, label) == 0)
            return 0;
    }
    labels = reallocarray(node->labels, n + 2, sizeof(*labels));
    if (!labels)
        return -ENOMEM;
    node->labels = labels;
    labels[n] = labels[n + 1] = NULL;
    if (copy_text(label, &copy) < 0)
        return -ENOMEM;
    labels[n] = copy;
    if (dt_index_find(node->index, &key))
        return 0; /* whoever had it first is found by it */
    key = label_key(copy);
    return dt_index_add(node->index, &key, (struct dt_found){.node = node});
}

int dt_set_phandle(struct dt_node *node, uint32_t phandle)
{
    struct dt_key key = {.kind = DT_KEY_PHANDLE, .phandle = phandle};

    node->phandle = phandle;
    if (!phandle || dt_index_find(node->index, &key))
        return 0;
    return dt_index_add(node->index, &key, (struct dt_found){.node = node});
}

static int index_property(struct dt_node *node, unsigned int at)
{
    const struct dt_key key = dt_property_key(node, node->properties[at].name);

    return dt_index_add(node->index, &key, (struct dt_found){node, at});
}

static int index_properties(struct dt_node *node)
{
    if (node->properties_indexed || node->n_properties < DT_LOOKED_THROUGH_MAX)
        return 0;
    for (unsigned int i = 0; i < node->n_properties; i++) {
        if (node->properties[i].name && index_property(node, i) < 0)
            return -ENOMEM;
    }
    node->properties_indexed = true;
    return 0;
}

int dt_put_property(struct dt_node *node, const char *name, struct dt_property **ret_property)
{
    unsigned int at = dt_property_at(node, name);
    char *copy = NULL;

    if (at < node->n_properties) {
        *ret_property = &node->properties[at];
        clear_property(*ret_property);
        return 0;
    }
    if (index_properties(node) < 0 ||
        dt_grow(&node->properties, node->n_properties, sizeof(*node->properties)) < 0 ||
        copy_text(name, &copy) < 0)
        return -ENOMEM;
    node->properties[at] = (struct dt_property){.name = copy};
    if (node->properties_indexed && index_property(node, at) < 0) {
        free(copy);
        return -ENOMEM;
    }
    node->n_properties++;
    *ret_property = &node->properties[at];
    return 0;
}

int dt_add_value(struct dt_property *property, const struct dt_value *value)
{
    if (dt_grow(&property->values, property->n_values, sizeof(*property->values)) < 0) {
        free(value->text);
        return -ENOMEM;
    }
    property->values[property->n_values++] = *value;
    return 0;
}

int dt_reserve(struct dt *dt, struct region region)
{
    if (dt_grow(&dt->reserved, dt->n_reserved, sizeof(*dt->reserved)) < 0)
        return -ENOMEM;
    dt->reserved[dt->n_reserved++] = region;
    return 0;
}

int dt_keep_file(struct dt *dt, const char *file, const char **ret_file)
{
    char *copy;

    if (dt_grow(&dt->files, dt->n_files, sizeof(*dt->files)) < 0 || copy_text(file, &copy) < 0)
        return -ENOMEM;
    dt->files[dt->n_files++] = copy;
    *ret_file = copy;
    return 0;
}

/* Takes a node and all below it out of the index. */
static void forget_node(struct dt_node *node)
{
    struct dt_key key = {.kind = DT_KEY_PHANDLE, .phandle = node->phandle};
    const struct dt_found *found = node->phandle ? dt_index_find(node->index, &key) : NULL;

    if (found && found->node == node)
        dt_index_remove(node->index, &key);
    for (char **label = node->labels; label && *label; label++) {
        key = label_key(*label);
        found = dt_index_find(node->index, &key);
        if (found && found->node == node)
            dt_index_remove(node->index, &key);
    }
    for (unsigned int i = 0; node->properties_indexed && i < node->n_properties; i++) {
        key = dt_property_key(node, node->properties[i].name);
        if (node->properties[i].name)
            dt_index_remove(node->index, &key);
    }
    for (unsigned int i = 0; i < node->n_children; i++) {
        if (!node->children[i])
            continue;
        key = dt_child_key(node, node->children[i]->name, node->children[i]->unit);
        if (node->children_indexed)
            dt_index_remove(node->index, &key);
        forget_node(node->children[i]);
    }
}

void dt_remove_child(struct dt_node *parent, struct dt_node *child)
{
    const struct dt_key key = dt_child_key(parent, child->name, child->unit);
    unsigned int at = dt_child_at(parent, child->name, child->unit);

    if (parent->children_indexed)
        dt_index_remove(parent->index, &key);
    forget_node(child);
    node_free(child);
    parent->children[at] = NULL;
}

void dt_remove_property(struct dt_node *node, const char *name)
{
    const struct dt_key key = dt_property_key(node, name);
    unsigned int at = dt_property_at(node, name);

    if (at == node->n_properties)
        return;
    if (node->properties_indexed)
        dt_index_remove(node->index, &key);
    clear_property(&node->properties[at]);
    free(TAKE(node->properties[at].name));
}

static void close_property_gaps(struct dt_node *node)
{
    unsigned int n = 0;

    for (unsigned int i = 0; i < node->n_properties; i++) {
        struct dt_key key;

        if (!node->properties[i].name)
            continue;
        if (i != n) {
            node->properties[n] = node->properties[i];
            key = dt_property_key(node, node->properties[n].name);
            if (node->properties_indexed)
                dt_index_move(node->index, &key, n);
        }
        n++;
    }
    node->n_properties = n;
}

void dt_close_gaps(struct dt_node *node)
{
    unsigned int n = 0;

    close_property_gaps(node);
    for (unsigned int i = 0; i < node->n_children; i++) {
        struct dt_node *child = node->children[i];
        struct dt_key key;

        if (!child)
            continue;
        if (i != n) {
            node->children[n] = child;
            key = dt_child_key(node, child->name, child->unit);
            if (node->children_indexed)
                dt_index_move(node->index, &key, n);
        }
        dt_close_gaps(child);
        n++;
    }
    node->n_children = n;
}
