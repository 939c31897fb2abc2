/* SPDX-License-Identifier: Apache-2.0 */
/* A blob says bytes. Which words hold what: so that its text is what a person would write, and that
 * a blob of a text says for sure which CPUs and which memory it names. */

#include "cpu-cells.h"
#include "spec-convert.h"

#include <string.h>

enum word_type {
    TYPE_CPUS,       /* as wide as the tree has them */
    TYPE_CELLS,      /* numbers of 32 bits */
    TYPE_WIDE,       /* numbers of 64 bits */
    TYPE_STRINGS,    /* one or more */
    TYPE_REFERENCES, /* phandles */
    TYPES,
};

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static const char *const *const words[TYPES] = {
    [TYPE_CPUS] = WORDS("cpus", "available", "host-reserved", "numaplace,absent",
                        "numaplace,offline", "numaplace,isolated", "numaplace,not-granted",
                        "numaplace,host-reserved", "numaplace,available"),
    [TYPE_CELLS] = WORDS(
        "total", "id", "cpu-count", "numa-nodes", "numa-node", "numa-node-id", "node-id",
        "socket-id", "level", "distance-matrix", "sriov-vfs", "host-reserved-vf", "available-vfs",
        "namespaces", "host-reserved-ns", "available-ns", "vf-id", "namespace-id", "sq-entries",
        "cq-entries", "shim-data-pages", "phandle", "linux,phandle", "#address-cells",
        "#size-cells", "numa-balancing", "demotion", "zone-reclaim-mode", "irqbalance",
        "cgroup-version", "numaplace,pid", "numaplace,tier", "numaplace,initiators",
        "numaplace,distance", "numaplace,latency-ns", "numaplace,bandwidth-mibps"),
    [TYPE_WIDE] = WORDS("memory-base", "memory-size", "memory-bytes", "memory-pool-base",
                        "memory-pool-bytes", "base", "size", "reg", "total-bytes",
                        "host-reserved-bytes", "pages", "free", "numaplace,host-reserved-bytes",
                        "numaplace,total-bytes", "numaplace,free-bytes", "numaplace,cache-bytes"),
    [TYPE_STRINGS] =
        WORDS("compatible", "model", "status", "device-name", "device-names", "device-type",
              "pci-id", "memory-type", "type", "cpu-affinity", "memory-policy", "instance-name",
              "mk,instance", "target-path", "kernel", "transparent-huge-pages", "numaplace,smt",
              "numaplace,near", "numaplace,irqs", "numaplace,run", "numaplace,cgroup",
              "numaplace,unit", "numaplace,vm", "numaplace,class", "numaplace,distance-source",
              "numaplace,latency-source", "numaplace,bandwidth-source"),
    [TYPE_REFERENCES] = WORDS("devices", "parent", "target"),
};

/* TYPES: nobody knows. */
static enum word_type type_of(const char *word)
{
    enum word_type type = 0;

    for (; type < TYPES; type++) {
        for (const char *const *known = words[type]; *known; known++) {
            if (strcmp(*known, word) == 0)
                return type;
        }
    }
    return type;
}

struct typer {
    const struct dt *dt;
    unsigned int cpu_bits;
};

static int type_numbers(const struct typer *typer, struct dt_node *node,
                        const struct dt_property *property, enum word_type type)
{
    autofree uint64_t *numbers = NULL;
    unsigned int n;
    int r;

    if (type == TYPE_CPUS)
        r = dt_get_cpu_numbers(typer->dt, node, property, typer->cpu_bits, &numbers, &n, NULL);
    else if (type == TYPE_CELLS)
        r = dt_get_cells(typer->dt, node, property, 32, &numbers, &n, NULL);
    else
        r = dt_get_u64s(typer->dt, node, property, &numbers, &n, NULL);
    if (r < 0)
        return r;
    if (type == TYPE_WIDE && property->values[0].size > sizeof(uint32_t))
        return dt_put_u64s(node, property->name, numbers, n);
    r = dt_put_cells(node, property->name, 32, numbers, n);
    if (r == 0 && type == TYPE_WIDE && numbers[0] > UINT16_MAX)
        property->values[0].form = DT_HEX; /* an address, most likely */
    return r;
}

static int type_strings(const struct typer *typer, struct dt_node *node,
                        const struct dt_property *property)
{
    autostrv char **texts = NULL;
    int r = dt_get_strings(typer->dt, node, property, &texts, NULL);

    return r < 0 ? r : dt_put_strings(node, property->name, (const char *const *)texts);
}

/* By label, if all have one. */
static int type_references(const struct typer *typer, struct dt_node *node,
                           const struct dt_property *property)
{
    autofree struct dt_reference *references = NULL;
    autofree const char **labels = NULL;
    unsigned int n;
    int r = dt_get_references(typer->dt, node, property, &references, &n, NULL);

    if (r < 0)
        return r;
    labels = calloc(n + 1, sizeof(*labels));
    if (!labels)
        return -ENOMEM;
    for (unsigned int i = 0; i < n; i++) {
        if (!references[i].node || !references[i].node->labels)
            return type_numbers(typer, node, property, TYPE_CELLS);
        labels[i] = references[i].node->labels[0];
    }
    return dt_put_references(node, property->name, labels);
}

/* What does not hold what its word says stays as it is: whoever reads it says so. */
static int type_property(const struct typer *typer, struct dt_node *node,
                         const struct dt_property *property)
{
    enum word_type type = type_of(property->name);
    int r = 0;

    if (property->n_values != 1 || property->values[0].kind != DT_BYTES || type == TYPES)
        return 0;
    if (type == TYPE_STRINGS)
        r = type_strings(typer, node, property);
    else if (type == TYPE_REFERENCES)
        r = type_references(typer, node, property);
    else
        r = type_numbers(typer, node, property, type);
    return r == -EINVAL ? 0 : r;
}

static int type_node(const struct typer *typer, struct dt_node *node)
{
    int r = 0;

    for (unsigned int i = 0; i < node->n_properties && r == 0; i++)
        r = type_property(typer, node, &node->properties[i]);
    for (unsigned int i = 0; i < node->n_children && r == 0; i++)
        r = type_node(typer, node->children[i]);
    return r;
}

static bool is_list_of_memory(const struct dt_property *list)
{
    return list->n_values > 1 && strncmp(list->name, "memory-", strlen("memory-")) == 0 &&
           type_of(list->name) == TYPE_WIDE;
}

/* Numbers that are all that their <...> holds; in a pair of cells one has 64 bits already. */
static void widen_memory(struct dt_property *list)
{
    for (unsigned int i = 0; i < list->n_values; i++) {
        struct dt_value *value = &list->values[i];

        if ((i == 0 || value[-1].group != value->group) &&
            (i + 1 == list->n_values || value[1].group != value->group) && value->kind == DT_CELL &&
            value->bits == 32)
            value->bits = 64;
    }
}

static int widen_list(const struct typer *typer, struct dt_node *node, struct dt_property *list)
{
    autofree uint64_t *numbers = NULL;
    unsigned int n;
    int r;

    if (is_list_of_memory(list))
        widen_memory(list);
    if (type_of(list->name) != TYPE_CPUS || list->n_values == 0 || list->values[0].kind != DT_CELL)
        return 0;
    r = dt_get_cpu_numbers(typer->dt, node, list, typer->cpu_bits, &numbers, &n, NULL);
    if (r == 0)
        r = dt_put_cells(node, list->name, 64, numbers, n);
    return r == -EINVAL ? 0 : r;
}

static int widen_node(const struct typer *typer, struct dt_node *node)
{
    int r = 0;

    for (unsigned int i = 0; i < node->n_properties && r == 0; i++)
        r = widen_list(typer, node, &node->properties[i]);
    for (unsigned int i = 0; i < node->n_children && r == 0; i++)
        r = widen_node(typer, node->children[i]);
    return r;
}

int spec_widen_lists(struct dt *dt)
{
    const struct typer typer = {dt, dt_cpu_bits(dt, NULL)};

    return widen_node(&typer, dt->root);
}

int spec_type_blob(struct dt *dt)
{
    const struct typer typer = {dt, dt_cpu_bits(dt, NULL)};

    return dt->text ? 0 : type_node(&typer, dt->root);
}
