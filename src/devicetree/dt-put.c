/* SPDX-License-Identifier: Apache-2.0 */
/* Properties made by hand: what a value of each kind is. */

#include "dt-make.h"

#include <string.h>

static int add_cell(struct dt_property *property, uint64_t number, unsigned int bits,
                    enum dt_form form, unsigned int group)
{
    const struct dt_value value = {
        .kind = DT_CELL, .group = group, .bits = bits, .form = form, .number = number};

    return dt_add_value(property, &value);
}

/* A string, bytes or a reference; a NUL is put behind. */
static int add_text(struct dt_property *property, const struct dt_value *like, const void *text,
                    size_t size)
{
    struct dt_value value = *like;

    value.text = malloc(size + 1);
    if (!value.text)
        return -ENOMEM;
    if (size)
        memcpy(value.text, text, size);
    value.text[size] = '\0';
    value.size = size;
    return dt_add_value(property, &value);
}

static int put_texts(struct dt_node *node, const char *name, const char *const *texts,
                     const struct dt_value *like)
{
    struct dt_property *property;
    int r = dt_put_property(node, name, &property);

    for (unsigned int i = 0; r >= 0 && texts[i]; i++) {
        struct dt_value value = *like;

        value.group = i;
        r = add_text(property, &value, texts[i], strlen(texts[i]));
    }
    return r;
}

int dt_put_flag(struct dt_node *node, const char *name)
{
    struct dt_property *property;

    return dt_put_property(node, name, &property);
}

int dt_put_u32(struct dt_node *node, const char *name, uint32_t value)
{
    const uint64_t values[] = {value};

    return dt_put_cells(node, name, 32, values, 1);
}

int dt_put_u64(struct dt_node *node, const char *name, uint64_t value)
{
    return dt_put_u64s(node, name, &value, 1);
}

int dt_put_u64s(struct dt_node *node, const char *name, const uint64_t *values, unsigned int n)
{
    struct dt_property *property;
    int r = dt_put_property(node, name, &property);

    for (unsigned int i = 0; r >= 0 && i < n; i++)
        r = add_cell(property, values[i], 64, DT_WIDE, i);
    return r;
}

int dt_put_cells(struct dt_node *node, const char *name, unsigned int bits, const uint64_t *values,
                 unsigned int n)
{
    struct dt_property *property;
    int r = dt_put_property(node, name, &property);

    for (unsigned int i = 0; r >= 0 && i < n; i++)
        r = add_cell(property, values[i], bits, DT_DECIMAL, 0);
    return r;
}

int dt_put_string(struct dt_node *node, const char *name, const char *text)
{
    const char *const texts[] = {text, NULL};

    return dt_put_strings(node, name, texts);
}

int dt_put_strings(struct dt_node *node, const char *name, const char *const *texts)
{
    return put_texts(node, name, texts, &(const struct dt_value){.kind = DT_STRING});
}

int dt_put_references(struct dt_node *node, const char *name, const char *const *labels)
{
    return put_texts(node, name, labels,
                     &(const struct dt_value){.kind = DT_REFERENCE, .bits = 32});
}

int dt_put_bytes(struct dt_node *node, const char *name, const void *bytes, size_t size)
{
    struct dt_property *property;
    int r = dt_put_property(node, name, &property);

    if (r < 0 || size == 0)
        return r;
    return add_text(property, &(const struct dt_value){.kind = DT_BYTES}, bytes, size);
}

int dt_put_copy(struct dt_node *node, const struct dt_property *property)
{
    struct dt_property *copy;
    int r = dt_put_property(node, property->name, &copy);

    if (r < 0)
        return r;
    copy->at = property->at;
    for (unsigned int i = 0; r >= 0 && i < property->n_values; i++) {
        const struct dt_value *value = &property->values[i];

        r = value->text ? add_text(copy, value, value->text, value->size)
                        : dt_add_value(copy, value);
    }
    return r;
}
