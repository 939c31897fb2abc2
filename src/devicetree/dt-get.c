/* SPDX-License-Identifier: Apache-2.0 */
/* What a property holds, asked for by what it should be: text that has kinds of values, and a blob
 * that has bytes, give the same answer. */

#include "devicetree.h"

#include <inttypes.h>
#include <string.h>

/* A property, and whom to tell what is wrong with it. */
struct getter {
    const struct dt *dt;
    const struct dt_node *node;
    const struct dt_property *property;
    struct np_error *err;
};

#define FAIL(g, at, format, ...)                                                                   \
    dt_fail((g)->dt, (g)->node, at, (g)->err, "`%s` " format, (g)->property->name, ##__VA_ARGS__)

static const char *const kind_names[] = {
    [DT_CELL] = "a number",
    [DT_STRING] = "a string",
    [DT_BYTES] = "bytes",
    [DT_REFERENCE] = "a reference",
};

static uint64_t read_be(const char *bytes, unsigned int n)
{
    uint64_t number = 0;

    for (unsigned int i = 0; i < n; i++)
        number = number << 8 | (unsigned char)bytes[i];
    return number;
}

static int no_memory(const struct getter *g)
{
    return error_set(g->err, -ENOMEM, "no memory for the values of `%s`", g->property->name);
}

/* -EINVAL unless all values are of that kind, and there is one. */
static int require_kind(const struct getter *g, enum dt_value_kind kind, const char *wanted)
{
    const struct dt_property *property = g->property;

    if (property->n_values == 0)
        return FAIL(g, property->at, "has no value: it should hold %s", wanted);
    for (unsigned int i = 0; i < property->n_values; i++) {
        const struct dt_value *value = &property->values[i];

        if (value->kind == DT_REFERENCE && kind != DT_REFERENCE)
            return FAIL(g, value->at, "refers to &%s: it should hold %s", value->text, wanted);
        if (value->kind == DT_STRING && kind != DT_STRING)
            return FAIL(g, value->at, "holds \"%.64s\": it should hold %s", value->text, wanted);
        if (value->kind != kind)
            return FAIL(g, value->at, "holds %s: it should hold %s", kind_names[value->kind],
                        wanted);
    }
    return 0;
}

/* A blob's property, or a text's [bytes] alone. */
static bool is_bytes(const struct dt_property *property)
{
    return property->n_values == 1 && property->values[0].kind == DT_BYTES;
}

/* The number that the cells first to first+1 say together, high half first. */
static int join_pair(const struct getter *g, unsigned int first, uint64_t *ret_number)
{
    const struct dt_value *high = &g->property->values[first], *low = high + 1;

    if (high->number > UINT32_MAX)
        return FAIL(g, high->at, "has a high cell of more than 32 bits, 0x%" PRIx64, high->number);
    if (high->number && low->number > UINT32_MAX)
        return FAIL(g, high->at,
                    "has a high cell 0x%" PRIx64 " before 0x%" PRIx64 ", which fills 64 bits alone",
                    high->number, low->number);
    *ret_number = high->number << 32 | low->number;
    return 0;
}

/* The numbers of the cells first to first+n-1, which stand in one <...>: as pairs of 32-bit cells,
 * or each alone. At most n of them go to numbers. */
static int join_group(const struct getter *g, unsigned int first, unsigned int n, uint64_t *numbers,
                      unsigned int *n_numbers)
{
    const struct dt_value *values = &g->property->values[first];
    unsigned int step = n > 1 && values[0].bits == 32 ? 2 : 1;

    if (n % step)
        return FAIL(g, values[0].at, "holds %u cells in one <...>, which are no 64-bit numbers", n);
    for (unsigned int i = 0; i < n; i += step) {
        int r = 0;

        if (step == 1)
            numbers[*n_numbers] = values[i].number;
        else
            r = join_pair(g, first + i, &numbers[*n_numbers]);
        if (r < 0)
            return r;
        (*n_numbers)++;
    }
    return 0;
}

static int join_cells(const struct getter *g, uint64_t *numbers, unsigned int *n_numbers)
{
    const struct dt_property *property = g->property;
    unsigned int first = 0;

    for (unsigned int i = 1; i <= property->n_values; i++) {
        int r;

        if (i < property->n_values && property->values[i].group == property->values[first].group)
            continue;
        r = join_group(g, first, i - first, numbers, n_numbers);
        if (r < 0)
            return r;
        first = i;
    }
    return 0;
}

/* The numbers of width bytes that the property's bytes are. */
static int split_bytes(const struct getter *g, unsigned int width, uint64_t **ret_numbers,
                       unsigned int *ret_n)
{
    const struct dt_value *value = &g->property->values[0];
    unsigned int n = (unsigned int)(value->size / width);
    uint64_t *numbers;

    if (value->size % width)
        return FAIL(g, value->at, "holds %zu bytes, which are no numbers of %u bits", value->size,
                    width * 8);
    numbers = calloc(n ? n : 1, sizeof(*numbers));
    if (!numbers)
        return no_memory(g);
    for (unsigned int i = 0; i < n; i++)
        numbers[i] = read_be(value->text + (size_t)i * width, width);
    *ret_numbers = numbers;
    *ret_n = n;
    return 0;
}

static int get_u64s(const struct getter *g, uint64_t **ret_values, unsigned int *ret_n)
{
    autofree uint64_t *numbers = NULL;
    unsigned int n = 0;
    int r;

    if (is_bytes(g->property))
        return split_bytes(g, g->property->values[0].size == 4 ? 4 : 8, ret_values, ret_n);
    r = require_kind(g, DT_CELL, "64-bit numbers as <0x0 0x80000000>");
    if (r < 0)
        return r;
    numbers = calloc(g->property->n_values, sizeof(*numbers));
    if (!numbers)
        return no_memory(g);
    r = join_cells(g, numbers, &n);
    if (r < 0)
        return r;
    *ret_values = TAKE(numbers);
    *ret_n = n;
    return 0;
}

int dt_get_u64s(const struct dt *dt, const struct dt_node *node, const struct dt_property *property,
                uint64_t **ret_values, unsigned int *ret_n, struct np_error *err)
{
    return get_u64s(&(const struct getter){dt, node, property, err}, ret_values, ret_n);
}

int dt_get_u64(const struct dt *dt, const struct dt_node *node, const struct dt_property *property,
               uint64_t *ret_value, struct np_error *err)
{
    const struct getter g = {dt, node, property, err};
    autofree uint64_t *numbers = NULL;
    unsigned int n;
    int r = get_u64s(&g, &numbers, &n);

    if (r < 0)
        return r;
    if (n != 1)
        return FAIL(&g, property->at, "holds %u numbers of 64 bits where one is wanted", n);
    *ret_value = numbers[0];
    return 0;
}

int dt_get_cells(const struct dt *dt, const struct dt_node *node,
                 const struct dt_property *property, unsigned int bits, uint64_t **ret_values,
                 unsigned int *ret_n, struct np_error *err)
{
    const struct getter g = {dt, node, property, err};
    uint64_t *numbers;
    int r;

    if (is_bytes(property))
        return split_bytes(&g, bits / 8, ret_values, ret_n);
    r = require_kind(&g, DT_CELL, "numbers as <0 1 2>");
    if (r < 0)
        return r;
    numbers = calloc(property->n_values, sizeof(*numbers));
    if (!numbers)
        return no_memory(&g);
    for (unsigned int i = 0; i < property->n_values; i++)
        numbers[i] = property->values[i].number;
    *ret_values = numbers;
    *ret_n = property->n_values;
    return 0;
}

int dt_get_u32(const struct dt *dt, const struct dt_node *node, const struct dt_property *property,
               uint32_t *ret_value, struct np_error *err)
{
    const struct getter g = {dt, node, property, err};
    autofree uint64_t *numbers = NULL;
    unsigned int n;
    int r = dt_get_cells(dt, node, property, 32, &numbers, &n, err);

    if (r < 0)
        return r;
    if (n != 1)
        return FAIL(&g, property->at, "holds %u numbers where one is wanted", n);
    if (numbers[0] > UINT32_MAX)
        return FAIL(&g, property->values[0].at, "is 0x%" PRIx64 ", which 32 bits cannot hold",
                    numbers[0]);
    *ret_value = (uint32_t)numbers[0];
    return 0;
}

/* Checks that bytes are strings, each with its NUL, and counts them. */
static int count_strings(const struct getter *g, unsigned int *ret_n)
{
    const struct dt_property *property = g->property;
    unsigned int n = 0;

    if (is_bytes(property)) {
        const struct dt_value *value = &property->values[0];

        if (value->size == 0 || value->text[value->size - 1] != '\0')
            return FAIL(g, value->at, "holds bytes that are no string: it should hold a string");
        for (size_t i = 0; i < value->size; i++)
            n += value->text[i] == '\0';
        *ret_n = n;
        return 0;
    }
    for (unsigned int i = 0; i < property->n_values; i++) {
        const struct dt_value *value = &property->values[i];

        if (value->kind == DT_STRING && strlen(value->text) != value->size)
            return FAIL(g, value->at, "holds a string with a NUL byte in it");
    }
    *ret_n = property->n_values;
    return require_kind(g, DT_STRING, "a string");
}

int dt_get_string(const struct dt *dt, const struct dt_node *node,
                  const struct dt_property *property, const char **ret_text, struct np_error *err)
{
    const struct getter g = {dt, node, property, err};
    unsigned int n;
    int r = count_strings(&g, &n);

    if (r < 0)
        return r;
    if (n != 1)
        return FAIL(&g, property->at, "holds %u strings where one is wanted", n);
    *ret_text = property->values[0].text;
    return 0;
}

int dt_get_strings(const struct dt *dt, const struct dt_node *node,
                   const struct dt_property *property, char ***ret_texts, struct np_error *err)
{
    const struct getter g = {dt, node, property, err};
    autostrv char **texts = NULL;
    const char *next = property->n_values ? property->values[0].text : NULL;
    unsigned int n;
    int r = count_strings(&g, &n);

    if (r < 0)
        return r;
    texts = calloc((size_t)n + 1, sizeof(*texts));
    if (!texts)
        return no_memory(&g);
    for (unsigned int i = 0; i < n; i++) {
        const char *text = is_bytes(property) ? next : property->values[i].text;

        texts[i] = strdup(text);
        if (!texts[i])
            return no_memory(&g);
        next = text + strlen(text) + 1;
    }
    *ret_texts = TAKE(texts);
    return 0;
}

/* The node that a label, a path or a number in a cell names. */
static struct dt_reference resolve(const struct getter *g, const struct dt_value *value)
{
    struct dt_reference reference = {.at = value->at};

    if (value->kind == DT_CELL) {
        reference.phandle = value->number;
        if (value->number <= UINT32_MAX)
            reference.node = dt_by_phandle(g->dt, (uint32_t)value->number);
        return reference;
    }
    reference.text = value->text;
    reference.node =
        value->text[0] == '/' ? dt_find(g->dt, value->text) : dt_labelled(g->dt, value->text);
    return reference;
}

/* Those of a blob: phandles. */
static int resolve_bytes(const struct getter *g, struct dt_reference **ret_references,
                         unsigned int *ret_n)
{
    autofree uint64_t *phandles = NULL;
    struct dt_reference *references;
    unsigned int n;
    int r = split_bytes(g, 4, &phandles, &n);

    if (r < 0)
        return r;
    references = calloc(n ? n : 1, sizeof(*references));
    if (!references)
        return no_memory(g);
    for (unsigned int i = 0; i < n; i++) {
        references[i].at = g->property->at;
        references[i].phandle = phandles[i];
        references[i].node = dt_by_phandle(g->dt, (uint32_t)phandles[i]);
    }
    *ret_references = references;
    *ret_n = n;
    return 0;
}

int dt_get_references(const struct dt *dt, const struct dt_node *node,
                      const struct dt_property *property, struct dt_reference **ret_references,
                      unsigned int *ret_n, struct np_error *err)
{
    const struct getter g = {dt, node, property, err};
    struct dt_reference *references;

    if (is_bytes(property))
        return resolve_bytes(&g, ret_references, ret_n);
    if (property->n_values == 0)
        return FAIL(&g, property->at, "has no value: it should hold references as <&label>");
    for (unsigned int i = 0; i < property->n_values; i++) {
        const struct dt_value *value = &property->values[i];

        if (value->kind != DT_REFERENCE && value->kind != DT_CELL)
            return FAIL(&g, value->at, "holds %s: it should hold references as <&label>",
                        kind_names[value->kind]);
    }
    references = calloc(property->n_values, sizeof(*references));
    if (!references)
        return no_memory(&g);
    for (unsigned int i = 0; i < property->n_values; i++)
        references[i] = resolve(&g, &property->values[i]);
    *ret_references = references;
    *ret_n = property->n_values;
    return 0;
}
