/* SPDX-License-Identifier: Apache-2.0 */
/* Finding nodes and properties, and saying where they are. */

#include "dt-index.h"
#include "dt-make.h"

#include <stdarg.h>
#include <string.h>

unsigned int dt_property_at(const struct dt_node *node, const char *name)
{
    const struct dt_key key = dt_property_key(node, name);
    const struct dt_found *found;

    if (node->properties_indexed) {
        found = dt_index_find(node->index, &key);
        return found ? found->at : node->n_properties;
    }
    for (unsigned int i = 0; i < node->n_properties; i++) {
        if (node->properties[i].name && strcmp(node->properties[i].name, name) == 0)
            return i;
    }
    return node->n_properties;
}

const struct dt_property *dt_property(const struct dt_node *node, const char *name)
{
    unsigned int at = dt_property_at(node, name);

    return at < node->n_properties ? &node->properties[at] : NULL;
}

static bool same_unit(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

unsigned int dt_child_at(const struct dt_node *node, const char *name, const char *unit)
{
    const struct dt_key key = dt_child_key(node, name, unit);
    const struct dt_found *found;

    if (node->children_indexed) {
        found = dt_index_find(node->index, &key);
        return found ? found->at : node->n_children;
    }
    for (unsigned int i = 0; i < node->n_children; i++) {
        const struct dt_node *child = node->children[i];

        if (child && strcmp(child->name, name) == 0 && same_unit(child->unit, unit))
            return i;
    }
    return node->n_children;
}

struct dt_node *dt_child_exactly(const struct dt_node *parent, const char *name)
{
    char bare[DT_NAME_MAX + 1];
    size_t length = strcspn(name, "@");
    unsigned int at;

    if (length >= sizeof(bare))
        return NULL;
    memcpy(bare, name, length);
    bare[length] = '\0';
    at = dt_child_at(parent, bare, name[length] ? name + length + 1 : NULL);
    return at < parent->n_children ? parent->children[at] : NULL;
}

const struct dt_node *dt_child(const struct dt_node *node, const char *name)
{
    unsigned int at = dt_child_at(node, name, NULL);

    if (at < node->n_children)
        return node->children[at];
    for (unsigned int i = 0; i < node->n_children; i++) {
        if (node->children[i] && strcmp(node->children[i]->name, name) == 0)
            return node->children[i];
    }
    return NULL;
}

unsigned int dt_depth(const struct dt_node *node)
{
    unsigned int depth = 0;

    for (; node->parent; node = node->parent)
        depth++;
    return depth;
}

const struct dt_node *dt_find(const struct dt *dt, const char *path)
{
    const struct dt_node *node = dt->root;
    char step[DT_NAME_MAX + 1];

    if (path[0] != '/')
        return NULL;
    while (node && *path) {
        size_t length;

        path += strspn(path, "/");
        length = strcspn(path, "/");
        if (length >= sizeof(step))
            return NULL;
        memcpy(step, path, length);
        step[length] = '\0';
        path += length;
        if (length)
            node = strchr(step, '@') ? dt_child_exactly(node, step) : dt_child(node, step);
    }
    return node;
}

const struct dt_node *dt_labelled(const struct dt *dt, const char *label)
{
    const struct dt_key key = {.kind = DT_KEY_LABEL, .name = label};
    const struct dt_found *found = dt_index_find(dt->index, &key);

    return found ? found->node : NULL;
}

const struct dt_node *dt_by_phandle(const struct dt *dt, uint32_t phandle)
{
    const struct dt_key key = {.kind = DT_KEY_PHANDLE, .phandle = phandle};
    const struct dt_found *found = dt_index_find(dt->index, &key);

    return found ? found->node : NULL;
}

/* "/a/b@0" from its end on, which is at `end` of a buffer; returns where it begins. */
static char *write_path(char *end, const struct dt_node *node)
{
    for (; node->parent; node = node->parent) {
        if (node->unit) {
            end -= strlen(node->unit);
            memcpy(end, node->unit, strlen(node->unit));
            *--end = '@';
        }
        end -= strlen(node->name);
        memcpy(end, node->name, strlen(node->name));
        *--end = '/';
    }
    return end;
}

char *dt_path(const struct dt_node *node)
{
    size_t length = 0;
    char *path;

    if (!node->parent)
        return strdup("/");
    for (const struct dt_node *n = node; n->parent; n = n->parent)
        length += 1 + strlen(n->name) + (n->unit ? 1 + strlen(n->unit) : 0);
    path = malloc(length + 1);
    if (!path)
        return NULL;
    path[length] = '\0';
    (void)write_path(path + length, node);
    return path;
}

int dt_fail(const struct dt *dt, const struct dt_node *node, struct mark at, struct np_error *err,
            const char *format, ...)
{
    autofree char *path = dt_path(node);
    char text[sizeof(err->text)];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args); /* cut, never overrun */
    va_end(args);
    (void)error_set(err, -EINVAL, "%s: %s", path ? path : "", text);
    error_at(err, mark_file(at, dt->file), at.line, at.column);
    return -EINVAL;
}
