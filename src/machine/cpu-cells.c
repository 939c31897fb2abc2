/* SPDX-License-Identifier: Apache-2.0 */
/* The one idea: a list of CPUs is a set, so what would be CPU 0 again and again is the high half of
 * 64 bits. */

#include "cpu-cells.h"

#include "set.h"

#include <inttypes.h>
#include <string.h>

#define CELL 4u

/* What the lists seen so far say. */
struct evidence {
    bool bytes;   /* there are lists of a blob */
    bool narrow;  /* one that cannot be of 64 bits */
    bool wide;    /* one that cannot be of 32 bits: it would hold CPU 0 twice */
    bool twofold; /* one that can be either */
};

static bool is_cpu_list(const struct dt_property *property)
{
    static const char *const names[] = {"cpus", "available", "host-reserved"};

    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (strcmp(property->name, names[i]) == 0)
            return true;
    }
    return false;
}

static bool is_bytes(const struct dt_property *list)
{
    return list->n_values == 1 && list->values[0].kind == DT_BYTES;
}

/* Cells of 32 bits: 0 where it is no list of such. */
static size_t count_cells(const struct dt_property *list)
{
    if (is_bytes(list))
        return list->values[0].size % CELL == 0 ? list->values[0].size / CELL : 0;
    for (unsigned int i = 0; i < list->n_values; i++) {
        if (list->values[i].kind != DT_CELL || list->values[i].bits != 32)
            return 0;
    }
    return list->n_values;
}

static bool is_zero(const struct dt_property *list, size_t cell)
{
    if (is_bytes(list))
        return memcmp(list->values[0].text + cell * CELL, "\0\0\0", CELL) == 0;
    return list->values[cell].number == 0;
}

static void weigh_list(const struct dt_property *list, struct evidence *evidence)
{
    size_t n = count_cells(list);

    if (n == 0)
        return;
    evidence->bytes |= is_bytes(list);
    evidence->narrow |= n % 2 == 1;
    for (size_t i = 0; i < n; i += 2)
        evidence->narrow |= !is_zero(list, i);
    if (n > 2 || (n == 2 && is_zero(list, 1)))
        evidence->wide = true;
    else
        evidence->twofold = true;
}

static void weigh_node(const struct dt_node *node, struct evidence *evidence)
{
    for (unsigned int i = 0; i < node->n_properties; i++) {
        if (is_cpu_list(&node->properties[i]))
            weigh_list(&node->properties[i], evidence);
    }
    for (unsigned int i = 0; i < node->n_children; i++)
        weigh_node(node->children[i], evidence);
}

unsigned int dt_cpu_bits(const struct dt *dt, bool *ret_ambiguous)
{
    struct evidence evidence = {0};

    weigh_node(dt->root, &evidence);
    if (ret_ambiguous)
        *ret_ambiguous = evidence.bytes && !evidence.wide && !evidence.narrow;
    if (evidence.narrow)
        return 32;
    return evidence.wide || evidence.bytes ? 64 : 32;
}

/* In text that dtc made of 64-bit lists each number is two cells, of which the first is 0. */
static void join_pairs(uint64_t *values, unsigned int *n)
{
    for (unsigned int i = 0; i < *n / 2; i++)
        values[i] = values[2 * i + 1];
    *n /= 2;
}

int dt_get_cpu_numbers(const struct dt *dt, const struct dt_node *node,
                       const struct dt_property *property, unsigned int bits,
                       uint64_t **ret_numbers, unsigned int *ret_n, struct np_error *err)
{
    int r = dt_get_cells(dt, node, property, bits, ret_numbers, ret_n, err);

    if (r == 0 && bits == 64 && !is_bytes(property) && count_cells(property) > 0)
        join_pairs(*ret_numbers, ret_n);
    return r;
}

int dt_get_cpus(const struct dt *dt, const struct dt_node *node, const struct dt_property *property,
                unsigned int bits, hwloc_bitmap_t *ret_cpus, struct np_error *err)
{
    autoset hwloc_bitmap_t cpus = hwloc_bitmap_alloc();
    autofree uint64_t *values = NULL;
    unsigned int n = 0;
    int r = cpus ? 0 : -ENOMEM;

    if (r == 0 && property->n_values > 0) /* <> is the empty set */
        r = dt_get_cpu_numbers(dt, node, property, bits, &values, &n, err);
    if (r < 0)
        return r;
    for (unsigned int i = 0; i < n; i++) {
        if (values[i] > SET_ID_MAX)
            return dt_fail(dt, node,
                           n == property->n_values ? property->values[i].at : property->at, err,
                           "`%s` has CPU %" PRIu64 ", and no kernel knows more than %u",
                           property->name, values[i], SET_ID_MAX);
        if (hwloc_bitmap_set(cpus, (unsigned int)values[i]) < 0)
            return -ENOMEM;
    }
    *ret_cpus = TAKE(cpus);
    return 0;
}
