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

static struct dt_key child_key(const struct dt_node *parent, const char *name, const char *unit)
{
    return (struct dt_key){.kind = DT_KEY_CHILD, .owner = parent, .name = name, .unit = unit};
}

static struct dt_key property_key(const struct dt_node *node, const char *name)
{
    return (struct dt_key){.kind = DT_KEY_PROPERTY, .owner = node, .name = name};
}

static struct dt_key label_key(const char *label)
{
    return (struct dt_key){.kind = DT_KEY_LABEL, .name = label};
}

int dt_add_node(struct dt_node *parent, const char *name, const char *unit,
                struct dt_node **ret_node)
{
    struct dt_key key = child_key(parent, name, unit);
    const struct dt_found *found = dt_index_find(parent->index, &key);
    struct dt_node *node = NULL;

    if (found) {
        *ret_node = found->node;
        return 0;
    }
    if (dt_grow(&parent->children, parent->n_children, sizeof(struct dt_node *)) < 0 ||
        node_new(name, unit, &node) < 0)
        return -ENOMEM;
    node->parent = parent;
    node->index = parent->index;
    key = child_key(parent, node->name, node->unit);
    if (dt_index_add(parent->index, &key, (struct dt_found){node, parent->n_children}) < 0) {
        node_free(node);
        return -ENOMEM;
    }
    parent->children[parent->n_children++] = node;
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

int dt_put_property(struct dt_node *node, const char *name, struct dt_property **ret_property)
{
    struct dt_key key = property_key(node, name);
    const struct dt_found *found = dt_index_find(node->index, &key);
    struct dt_property *property;
    char *copy = NULL;

    if (found) {
        *ret_property = &node->properties[found->at];
        clear_property(*ret_property);
        return 0;
    }
    if (dt_grow(&node->properties, node->n_properties, sizeof(*node->properties)) < 0 ||
        copy_text(name, &copy) < 0)
        return -ENOMEM;
    key = property_key(node, copy);
    if (dt_index_add(node->index, &key, (struct dt_found){node, node->n_properties}) < 0) {
        free(copy);
        return -ENOMEM;
    }
    property = &node->properties[node->n_properties++];
    *property = (struct dt_property){.name = copy};
    *ret_property = property;
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
    for (unsigned int i = 0; i < node->n_properties; i++) {
        key = property_key(node, node->properties[i].name);
        if (node->properties[i].name)
            dt_index_remove(node->index, &key);
    }
    for (unsigned int i = 0; i < node->n_children; i++) {
        if (!node->children[i])
            continue;
        key = child_key(node, node->children[i]->name, node->children[i]->unit);
        dt_index_remove(node->index, &key);
        forget_node(node->children[i]);
    }
}

void dt_remove_child(struct dt_node *parent, struct dt_node *child)
{
    struct dt_key key = child_key(parent, child->name, child->unit);
    unsigned int at = dt_index_find(parent->index, &key)->at;

    dt_index_remove(parent->index, &key);
    forget_node(child);
    node_free(child);
    parent->children[at] = NULL;
}

void dt_remove_property(struct dt_node *node, const char *name)
{
    struct dt_key key = property_key(node, name);
    const struct dt_found *found = dt_index_find(node->index, &key);
    struct dt_property *property;

    if (!found)
        return;
    property = &node->properties[found->at];
    dt_index_remove(node->index, &key);
    clear_property(property);
    free(TAKE(property->name));
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
            key = property_key(node, node->properties[n].name);
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
            key = child_key(node, child->name, child->unit);
            dt_index_move(node->index, &key, n);
        }
        dt_close_gaps(child);
        n++;
    }
    node->n_children = n;
}
