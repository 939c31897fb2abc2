/* SPDX-License-Identifier: Apache-2.0 */
/* The pages of one process by node, as text: what kinds there are, then the mappings. */

#include "render-pages.h"

#include "set.h"
#include "table.h"
#include "text.h"

#include <inttypes.h>
#include <string.h>

enum { LARGEST_SHOWN = 15 };

static uint64_t bytes_of(const struct mapping *mapping)
{
    return mapping_pages(mapping) * mapping->page_bytes;
}

static uint64_t bytes_on(const struct mapping *mapping, unsigned int node)
{
    for (unsigned int i = 0; i < mapping->n_by_node; i++) {
        if (mapping->by_node[i].node == node)
            return mapping->by_node[i].pages * mapping->page_bytes;
    }
    return 0;
}

static void cell_size(struct table *table, uint64_t bytes)
{
    char text[SIZE_TEXT_MAX];

    table_cell(table, "%s", bytes ? size_format(bytes, text) : "-");
}

static void columns_of_nodes(struct table *table, hwloc_const_bitmap_t nodes)
{
    unsigned int node;

    hwloc_bitmap_foreach_begin(node, nodes)
    {
        table_column(table, true, "NODE %u", node);
    }
    hwloc_bitmap_foreach_end();
    table_column(table, true, "TOTAL");
}

static void row_of_classes(struct table *table, const struct observation *observation,
                           hwloc_const_bitmap_t nodes, unsigned int class_mask)
{
    uint64_t total = 0;
    unsigned int node;

    hwloc_bitmap_foreach_begin(node, nodes)
    {
        uint64_t bytes = observation_bytes(observation, class_mask, node);

        total += bytes;
        cell_size(table, bytes);
    }
    hwloc_bitmap_foreach_end();
    cell_size(table, total);
}

static bool has_pages(const struct observation *observation, enum mapping_class mapping_class)
{
    for (unsigned int i = 0; i < observation->n_mappings; i++) {
        if (observation->mappings[i].class == mapping_class &&
            observation->mappings[i].n_by_node > 0)
            return true;
    }
    return false;
}

static int print_classes(const struct observation *observation, hwloc_const_bitmap_t nodes)
{
    autotable struct table *table = table_new();

    table_column(table, false, "CLASS");
    columns_of_nodes(table, nodes);
    for (enum mapping_class kind = 0; kind < MAPPING_CLASS_COUNT; kind++) {
        if (!has_pages(observation, kind))
            continue;
        table_cell(table, "%s", mapping_class_name(kind));
        row_of_classes(table, observation, nodes, 1u << kind);
    }
    table_cell(table, "total");
    row_of_classes(table, observation, nodes, MAPPING_CLASS_ALL);
    return table_print(table, stdout);
}

static void row_of_mapping(struct table *table, const struct mapping *mapping,
                           hwloc_const_bitmap_t nodes)
{
    unsigned int node;

    table_cell(table, "%" PRIx64, mapping->start);
    table_cell(table, "%s", mapping_class_name(mapping->class));
    table_cell(table, "%s", mapping->policy);
    cell_size(table, mapping->page_bytes);
    hwloc_bitmap_foreach_begin(node, nodes)
    {
        cell_size(table, bytes_on(mapping, node));
    }
    hwloc_bitmap_foreach_end();
    cell_size(table, bytes_of(mapping));
    table_cell(table, "%s", mapping->file ? mapping->file : "");
}

static int compare_bytes(const void *a, const void *b)
{
    const struct mapping *x = *(const struct mapping *const *)a;
    const struct mapping *y = *(const struct mapping *const *)b;

    if (bytes_of(x) != bytes_of(y))
        return bytes_of(x) < bytes_of(y) ? 1 : -1;
    return x->start < y->start ? -1 : x->start > y->start;
}

static int print_mappings(const struct mapping *const *mappings, unsigned int n,
                          hwloc_const_bitmap_t nodes)
{
    autotable struct table *table = table_new();

    table_column(table, true, "ADDRESS");
    table_column(table, false, "CLASS");
    table_column(table, false, "POLICY");
    table_column(table, true, "PAGE");
    columns_of_nodes(table, nodes);
    table_column(table, false, "FILE");
    for (unsigned int i = 0; i < n; i++)
        row_of_mapping(table, mappings[i], nodes);
    return table_print(table, stdout);
}

static int print_largest(const struct observation *observation, hwloc_const_bitmap_t nodes,
                         bool all)
{
    autofree const struct mapping **sorted = calloc(observation->n_mappings + 1, sizeof(*sorted));
    unsigned int n = 0, shown;
    char size[SIZE_TEXT_MAX];
    uint64_t rest = 0;
    int r;

    if (!sorted)
        return -ENOMEM;
    for (unsigned int i = 0; i < observation->n_mappings; i++) {
        if (all || observation->mappings[i].n_by_node > 0)
            sorted[n++] = &observation->mappings[i];
    }
    if (!all)
        qsort(sorted, n, sizeof(*sorted), compare_bytes);
    shown = all || n < LARGEST_SHOWN ? n : LARGEST_SHOWN;
    r = print_mappings(sorted, shown, nodes);
    for (unsigned int i = shown; i < n; i++)
        rest += bytes_of(sorted[i]);
    if (shown < n)
        printf("and %u smaller mappings with %s; --all shows every one\n", n - shown,
               size_format(rest, size));
    return r;
}

int render_pages(const struct observation *observation, bool all)
{
    autoset hwloc_bitmap_t nodes = observation_nodes(observation);
    autofree char *list = nodes ? set_format(nodes) : NULL;
    char size[SIZE_TEXT_MAX];
    uint64_t total = 0;
    int r;

    if (!list)
        return -ENOMEM;
    for (unsigned int i = 0; i < observation->n_mappings; i++)
        total += bytes_of(&observation->mappings[i]);
    text_put(stdout, observation->comm);
    printf(" (pid %d): %s in memory, on node%s %s", (int)observation->id.pid,
           size_format(total, size), hwloc_bitmap_weight(nodes) == 1 ? "" : "s", list);
    if (observation->swap_bytes != UNKNOWN_U64 && observation->swap_bytes > 0)
        printf("; %s in swap", size_format(observation->swap_bytes, size));
    printf("\n\n");
    r = print_classes(observation, nodes);
    if (r < 0)
        return r;
    printf("\n");
    return print_largest(observation, nodes, all);
}
