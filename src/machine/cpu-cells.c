/* SPDX-License-Identifier: Apache-2.0 */
/* The one idea: a list of CPUs is a set, so what would be CPU 0 again and again is the high half of
 * 64 bits. */

#include "cpu-cells.h"

#include <string.h>

#define CELL 4u

/* What the lists seen so far say. */
struct evidence {
    bool narrow;  /* one that cannot be of 64 bits */
    bool wide;    /* one that cannot be of 32 bits: it would hold CPU 0 twice */
    bool twofold; /* one that can be either */
};

static bool is_cpu_list(const struct dt_property *property)
{
    static const char *const names[] = {"cpus", "available", "host-reserved"};

    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (strcmp(property->name, names[i]) == 0)
            return property->n_values == 1 && property->values[0].kind == DT_BYTES;
    }
    return false;
}

static bool is_zero(const char *cell)
{
    return memcmp(cell, "\0\0\0", CELL) == 0;
}

static void weigh_list(const struct dt_value *list, struct evidence *evidence)
{
    size_t n = list->size / CELL;

    if (n == 0 || list->size % CELL != 0)
        return; /* no list of either width: whoever reads it says so */
    evidence->narrow |= n % 2 == 1;
    for (size_t i = 0; i < n; i += 2)
        evidence->narrow |= !is_zero(list->text + i * CELL);
    if (n > 2 || (n == 2 && is_zero(list->text + CELL)))
        evidence->wide = true;
    else
        evidence->twofold = true;
}

static void weigh_node(const struct dt_node *node, struct evidence *evidence)
{
    for (unsigned int i = 0; i < node->n_properties; i++) {
        if (is_cpu_list(&node->properties[i]))
            weigh_list(&node->properties[i].values[0], evidence);
    }
    for (unsigned int i = 0; i < node->n_children; i++)
        weigh_node(node->children[i], evidence);
}

unsigned int dt_cpu_bits(const struct dt *dt, bool *ret_ambiguous)
{
    struct evidence evidence = {0};

    weigh_node(dt->root, &evidence);
    if (ret_ambiguous)
        *ret_ambiguous = evidence.twofold && !evidence.wide && !evidence.narrow;
    return evidence.narrow ? 32 : 64;
}
