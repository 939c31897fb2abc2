/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names in blobs. A blob's references are numbers; its labels stand in /__symbols__ (label = path),
 * and an overlay says in /__fixups__ (label = "path:property:offset") and /__local_fixups__ (a
 * shadow of the tree, with offsets) which bytes are references. All become what a text would say.
 */

#include "dtb.h"

#include "dt-make.h"

#include <string.h>

#define LABELS_MAX 64 /* of one node */

static const struct mark nowhere = {0};

/* Bytes of a property that are a reference. */
struct fixup {
    const struct dt_node *node;
    struct dt_property *property;
    size_t offset;
    const char *label; /* NULL: the node whose phandle stands there */
};

struct fixups {
    struct dt *dt;
    struct fixup *all;
    size_t n;
    struct np_error *err;
};

static void fixups_fini(struct fixups *fixups)
{
    free(fixups->all);
}
#define autofixups CLEANUP(fixups_fini)

static struct dt_node *exact_child(const struct dt_node *parent, const char *name, const char *unit)
{
    unsigned int at = dt_child_at(parent, name, unit);

    return at < parent->n_children ? parent->children[at] : NULL;
}

/* Blobs say whole paths, each part with its unit: one look into the index a part. */
static struct dt_node *exact_path(const struct dt *dt, const char *path)
{
    struct dt_node *node = *path == '/' ? dt->root : NULL;

    for (const char *part = path + 1; node && *part;) {
        size_t length = strcspn(part, "/");
        char name[DT_NAME_MAX + 1];

        if (length == 0 || length >= sizeof(name))
            return NULL;
        memcpy(name, part, length);
        name[length] = '\0';
        node = dt_child_exactly(node, name);
        part += length + (part[length] == '/');
    }
    return node;
}

/* The property is gone on to be changed; NULL when there is none. */
static struct dt_property *find_property(struct dt_node *node, const char *name)
{
    unsigned int at = dt_property_at(node, name);

    return at < node->n_properties ? &node->properties[at] : NULL;
}

/* At that byte of the property of that name. */
static int add_fixup(struct fixups *fixups, struct dt_node *node, const char *name, size_t offset,
                     const char *label)
{
    struct dt_property *property = find_property(node, name);

    if (!property)
        return dt_fail(fixups->dt, node, nowhere, fixups->err,
                       "it has no `%s`, in which there should be a reference", name);
    if (dt_grow(&fixups->all, fixups->n, sizeof(*fixups->all)) < 0)
        return -ENOMEM;
    fixups->all[fixups->n++] =
        (struct fixup){.node = node, .property = property, .offset = offset, .label = label};
    return 0;
}

static struct dt_node *special(const struct dt *dt, const char *name)
{
    return exact_child(dt->root, name, NULL);
}

static bool is_label(const char *text)
{
    return text[0] && !(text[0] >= '0' && text[0] <= '9') && strlen(text) <= DT_NAME_MAX &&
           strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") ==
               strlen(text);
}

static bool has_room_for_label(const struct dt_node *node)
{
    unsigned int n = 0;

    while (node->labels && node->labels[n])
        n++;
    return n < LABELS_MAX;
}

/* The bytes of a property of a blob; "" for a flag. */
static const char *bytes_of(const struct dt_property *property, size_t *ret_size)
{
    *ret_size = property->n_values ? property->values->size : 0;
    return property->n_values ? property->values->text : "";
}

static int take_symbol(struct dt *dt, const struct dt_node *symbols,
                       const struct dt_property *property, struct np_error *err)
{
    size_t size;
    const char *path = bytes_of(property, &size);
    struct dt_node *node = NULL;

    if (!is_label(property->name))
        return dt_fail(dt, symbols, nowhere, err, "`%s` is no label", property->name);
    if (size == strlen(path) + 1)
        node = exact_path(dt, path);
    if (!node)
        return dt_fail(dt, symbols, nowhere, err, "the label `%s` has no path of a node: `%s`",
                       property->name, path);
    if (!has_room_for_label(node))
        return dt_fail(dt, node, nowhere, err, "it has more than %d labels", LABELS_MAX);
    return dt_add_label(node, property->name);
}

int dtb_take_symbols(struct dt *dt, struct np_error *err)
{
    const struct dt_node *symbols = special(dt, "__symbols__");

    for (unsigned int i = 0; symbols && i < symbols->n_properties; i++) {
        int r = take_symbol(dt, symbols, &symbols->properties[i], err);

        if (r < 0)
            return r;
    }
    return 0;
}

/* "path:property:offset" */
static int take_place(struct fixups *fixups, const struct dt_node *from, const char *label,
                      const char *place)
{
    autofree char *path = strdup(place);
    char *name = path ? strchr(path, ':') : NULL, *offset, *end;
    struct dt_node *node;
    unsigned long number;

    if (!path)
        return -ENOMEM;
    if (!name || !(offset = strchr(name + 1, ':')) || !is_label(label))
        return dt_fail(fixups->dt, from, nowhere, fixups->err,
                       "`%s` is no place of a reference to `%s`", place, label);
    *name++ = '\0';
    *offset++ = '\0';
    errno = 0;
    number = strtoul(offset, &end, 10);
    node = exact_path(fixups->dt, path);
    if (!node || errno || end == offset || *end || number > DT_PROPERTY_BYTES_MAX)
        return dt_fail(fixups->dt, from, nowhere, fixups->err,
                       "the place of a reference to `%s` is not there: `%s`", label, place);
    return add_fixup(fixups, node, name, number, label);
}

static int collect_fixups(struct fixups *fixups, const struct dt_node *node)
{
    for (unsigned int i = 0; i < node->n_properties; i++) {
        const struct dt_property *property = &node->properties[i];
        size_t size;
        const char *places = bytes_of(property, &size);

        if (size == 0 || places[size - 1] != '\0')
            return dt_fail(fixups->dt, node, nowhere, fixups->err,
                           "`%s` has no list of places that a reference to it stands in",
                           property->name);
        for (size_t at = 0; at < size; at += strlen(places + at) + 1) {
            int r = take_place(fixups, node, property->name, places + at);

            if (r < 0)
                return r;
        }
    }
    return 0;
}

/* One property of the shadow: where in the real one of its name references are. */
static int collect_offsets(struct fixups *fixups, const struct dt_node *shadow,
                           const struct dt_property *property, struct dt_node *node)
{
    size_t size;
    const char *offsets = bytes_of(property, &size);
    int r = 0;

    if (size == 0 || size % 4 != 0)
        return dt_fail(fixups->dt, shadow, nowhere, fixups->err, "`%s` is no list of offsets",
                       property->name);
    for (size_t at = 0; r == 0 && at < size; at += 4)
        r = add_fixup(fixups, node, property->name, dtb_u32(offsets + at), NULL);
    return r;
}

static int collect_local(struct fixups *fixups, const struct dt_node *shadow, struct dt_node *node)
{
    int r = 0;

    for (unsigned int i = 0; r == 0 && i < shadow->n_properties; i++)
        r = collect_offsets(fixups, shadow, &shadow->properties[i], node);
    for (unsigned int i = 0; r == 0 && i < shadow->n_children; i++) {
        const struct dt_node *below = shadow->children[i];
        struct dt_node *child = exact_child(node, below->name, below->unit);

        r = child ? collect_local(fixups, below, child)
                  : dt_fail(fixups->dt, below, nowhere, fixups->err,
                            "there is no node of this path without /__local_fixups__");
    }
    return r;
}

static int compare_fixups(const void *a, const void *b)
{
    const struct fixup *x = a, *y = b;

    if (x->property != y->property)
        return (uintptr_t)x->property < (uintptr_t)y->property ? -1 : 1;
    return (x->offset > y->offset) - (x->offset < y->offset);
}

/* What stands between references: cells where it can be. */
static int add_between(struct dt_property *property, const char *bytes, size_t size,
                       unsigned int *group)
{
    int r = 0;

    if (size % 4 != 0) {
        struct dt_value value = {.kind = DT_BYTES, .text = malloc(size + 1), .size = size};

        if (!value.text)
            return -ENOMEM;
        memcpy(value.text, bytes, size);
        value.text[size] = '\0';
        value.group = ++*group;
        ++*group;
        return dt_add_value(property, &value);
    }
    for (size_t at = 0; r == 0 && at < size; at += 4) {
        const struct dt_value value = {.kind = DT_CELL,
                                       .group = *group,
                                       .bits = 32,
                                       .form = DT_HEX,
                                       .number = dtb_u32(bytes + at)};

        r = dt_add_value(property, &value);
    }
    return r;
}

/* As a text would name the node: by the label, or as that whose phandle stands in bytes. */
static int reference_text(const struct fixups *fixups, const struct fixup *fixup, const char *bytes,
                          char **ret_text)
{
    const struct dt_node *target;

    if (fixup->label) {
        *ret_text = strdup(fixup->label);
        return *ret_text ? 0 : -ENOMEM;
    }
    target = dt_by_phandle(fixups->dt, dtb_u32(bytes));
    if (!target)
        return dt_fail(fixups->dt, fixup->node, nowhere, fixups->err,
                       "`%s` refers to phandle %u, which no node has", fixup->property->name,
                       dtb_u32(bytes));
    *ret_text = target->labels ? strdup(target->labels[0]) : dt_path(target);
    return *ret_text ? 0 : -ENOMEM;
}

static int add_reference(const struct fixups *fixups, const struct fixup *fixup, const char *bytes,
                         unsigned int group)
{
    struct dt_value value = {.kind = DT_REFERENCE, .group = group, .bits = 32};
    int r = reference_text(fixups, fixup, bytes, &value.text);

    if (r < 0)
        return r;
    value.size = strlen(value.text);
    return dt_add_value(fixup->property, &value);
}

/* The fixups of one property, in order of their offsets. */
static int rebuild(const struct fixups *fixups, const struct fixup *first, size_t n)
{
    struct dt_property *property = first->property;
    size_t size, done = 0;
    const char *blob = bytes_of(property, &size);
    autofree struct dt_value *values = TAKE(property->values);
    autofree char *bytes = property->n_values ? (char *)blob : NULL;
    unsigned int group = 0;
    int r = 0;

    property->n_values = 0;
    for (size_t i = 0; r == 0 && i < n; i++) {
        size_t offset = first[i].offset;

        if (offset < done || offset > size || size - offset < 4)
            return dt_fail(fixups->dt, first->node, nowhere, fixups->err,
                           "`%s` has no reference at byte %zu", property->name, offset);
        r = add_between(property, blob + done, offset - done, &group);
        if (r == 0)
            r = add_reference(fixups, &first[i], blob + offset, group);
        done = offset + 4;
    }
    return r == 0 ? add_between(property, blob + done, size - done, &group) : r;
}

static int rebuild_all(const struct fixups *fixups)
{
    if (fixups->n > 0)
        qsort(fixups->all, fixups->n, sizeof(*fixups->all), compare_fixups);
    for (size_t i = 0, same; i < fixups->n; i += same) {
        int r;

        for (same = 1;
             i + same < fixups->n && fixups->all[i].property == fixups->all[i + same].property;)
            same++;
        r = rebuild(fixups, &fixups->all[i], same);
        if (r < 0)
            return r;
    }
    return 0;
}

/* Whether it can only be laid over another tree. */
static bool is_overlay(const struct dt *dt)
{
    for (unsigned int i = 0; i < dt->root->n_children; i++) {
        if (exact_child(dt->root->children[i], "__overlay__", NULL))
            return true;
    }
    return false;
}

int dtb_take_fixups(struct dt *dt, struct np_error *err)
{
    struct dt_node *names[] = {special(dt, "__fixups__"), special(dt, "__local_fixups__"),
                               special(dt, "__symbols__")};
    autofixups struct fixups fixups = {.dt = dt, .err = err};
    int r = names[0] ? collect_fixups(&fixups, names[0]) : 0;

    if (r == 0 && names[1])
        r = collect_local(&fixups, names[1], dt->root);
    if (r == 0)
        r = rebuild_all(&fixups);
    if (r < 0)
        return r;
    dt->plugin = names[0] || names[1] || is_overlay(dt);
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (names[i])
            dt_remove_child(dt->root, names[i]);
    }
    dt_close_gaps(dt->root);
    return 0;
}
