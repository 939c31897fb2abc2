/* SPDX-License-Identifier: Apache-2.0 */
/* What kind of memory the nodes of a device tree have, and what access to it costs: Kerf has a word
 * for the kind, the rest are our own. */

#include "devicetree-read.h"

#include <inttypes.h>
#include <limits.h>
#include <string.h>

static const char *kind_word(unsigned int kind)
{
    return node_kind_name((enum node_kind)kind);
}

static int read_kind(const struct tree_reader *reader, const struct dt_node *where,
                     struct node *node)
{
    static const struct tree_words words = {"kind of memory", kind_word, NODE_KIND_UNKNOWN,
                                            NODE_KIND_GPU + 1};
    unsigned int kind = node->kind;
    int r = tree_word(reader, where, "memory-type", &words, &kind);

    node->kind = (enum node_kind)kind;
    return r;
}

static int read_tier(const struct tree_reader *reader, const struct dt_node *where,
                     struct node *node)
{
    uint32_t tier = UINT32_MAX;
    int r = tree_u32(reader, where, "numaplace,tier", &tier);

    if (r == 0 && dt_property(where, "numaplace,tier") && tier > INT32_MAX)
        return tree_fail(reader, where, tree_mark(where, "numaplace,tier"),
                         "tier %u is too large a number", tier);
    if (r == 0)
        node->tier = (int)tier;
    return r;
}

static int read_initiators(const struct tree_reader *reader, const struct dt_node *where,
                           struct node *node)
{
    autoset hwloc_bitmap_t initiators = NULL;
    unsigned int id;
    int r = tree_ids(reader, where, "numaplace,initiators", &initiators);

    if (r < 0 || !initiators)
        return r;
    hwloc_bitmap_foreach_begin(id, initiators)
    {
        if (!machine_node(reader->machine, id))
            return tree_fail(reader, where, tree_mark(where, "numaplace,initiators"),
                             "node %u, an initiator of node %u, does not exist", id, node->id);
    }
    hwloc_bitmap_foreach_end();
    return hwloc_bitmap_copy(node->initiators, initiators) < 0 ? -ENOMEM : 0;
}

/* As many numbers as there are nodes, of 32 or 64 bits: how much room they take says which. In text
 * that dtc made of a blob those of 64 are two cells each. NULL where there is no such row. */
static int read_row(const struct tree_reader *reader, const struct dt_node *where, const char *name,
                    uint64_t **ret_values)
{
    const struct dt_property *row = dt_property(where, name);
    unsigned int n_nodes = reader->machine->n_nodes;
    autofree uint64_t *values = NULL;
    unsigned int n;
    int r = row ? dt_get_cells(reader->dt, where, row, 32, &values, &n, reader->err) : 0;

    if (r < 0 || !row)
        return r;
    if (n == 2 * n_nodes) {
        for (unsigned int i = 0; i < n_nodes; i++)
            values[i] = values[2 * i] << 32 | values[2 * i + 1];
    } else if (n != n_nodes) {
        return tree_fail(reader, where, row->at, "`%s` has %u numbers for %u nodes", name, n,
                         n_nodes);
    }
    *ret_values = TAKE(values);
    return 0;
}

static const char *source_word(unsigned int source)
{
    return matrix_source_name((enum matrix_source)source);
}

static int read_source(const struct tree_reader *reader, const char *name, unsigned int *ret_source)
{
    static const struct tree_words words = {"source", source_word, MATRIX_SLIT, MATRIX_GIVEN};
    const struct dt_node *where = tree_numa_nodes(reader);

    return where ? tree_word(reader, where, name, &words, ret_source) : 0;
}

/* A matrix that nobody says anything of is absent; one whose source is told is there, unknown as it
 * may be. */
int tree_read_matrix(const struct tree_reader *reader, const char *rows, const char *source_name,
                     struct matrix *matrix)
{
    const struct machine *machine = reader->machine;
    unsigned int source = MATRIX_ABSENT;
    int r = read_source(reader, source_name, &source);

    if (r == 0 && source != MATRIX_ABSENT)
        r = matrix_make(machine, matrix, (enum matrix_source)source);
    for (unsigned int i = 0; r == 0 && reader->nodes && i < machine->n_nodes; i++) {
        autofree uint64_t *row = NULL;

        r = read_row(reader, reader->nodes[i], rows, &row);
        if (r == 0 && row)
            r = matrix_make(machine, matrix, MATRIX_GIVEN);
        for (unsigned int j = 0; r == 0 && row && j < machine->n_nodes; j++)
            matrix->value[(size_t)i * machine->n_nodes + j] = row[j] ? row[j] : UNKNOWN_U64;
    }
    return r;
}

static bool is_pool(const struct dt_node *child)
{
    return strcmp(child->name, "numaplace,hugepages") == 0;
}

static int read_pool(const struct tree_reader *reader, const struct dt_node *where,
                     struct node *node)
{
    struct huge_pool pool = {.free_pages = UNKNOWN_U64};
    unsigned int kib;
    int r = tree_number(reader, where, NULL, UINT_MAX, &kib);

    if (r == 0)
        r = tree_u64(reader, where, "pages", &pool.total_pages);
    if (r == 0)
        r = tree_u64(reader, where, "free", &pool.free_pages);
    if (r < 0)
        return r;
    pool.page_bytes = kib * KIB;
    if (kib == 0 || (kib & (kib - 1)) != 0)
        return tree_fail(reader, where, where->at, "%u KiB is no size of pages", kib);
    for (unsigned int i = 0; i < node->n_huge; i++) {
        if (node->huge[i].page_bytes == pool.page_bytes)
            return tree_fail(reader, where, where->at, "there are two pools of %u KiB", kib);
    }
    if (pool.free_pages != UNKNOWN_U64 && pool.free_pages > pool.total_pages)
        return tree_fail(reader, where, tree_mark(where, "free"),
                         "%" PRIu64 " pages are free, and there are %" PRIu64, pool.free_pages,
                         pool.total_pages);
    node->huge[node->n_huge++] = pool;
    return 0;
}

/* numaplace,hugepages@2048 { pages = <512>; free = <7>; }; */
static int read_pools(const struct tree_reader *reader, const struct dt_node *where,
                      struct node *node)
{
    int r = 0;

    node->huge = calloc(where->n_children + 1, sizeof(*node->huge));
    if (!node->huge)
        return -ENOMEM;
    for (unsigned int i = 0; r == 0 && i < where->n_children; i++) {
        if (is_pool(where->children[i]))
            r = read_pool(reader, where->children[i], node);
    }
    huge_sort(node);
    return r;
}

static int read_attrs_of(const struct tree_reader *reader, const struct dt_node *where,
                         struct node *node)
{
    int r = read_kind(reader, where, node);

    if (r == 0)
        r = read_tier(reader, where, node);
    if (r == 0)
        r = read_initiators(reader, where, node);
    return r < 0 ? r : read_pools(reader, where, node);
}

/* What the tree says of a node's kind comes after what is assumed where it says nothing. */
int tree_read_attrs(const struct tree_reader *reader)
{
    struct machine *machine = reader->machine;
    int r = 0;

    assume_dram(machine);
    for (unsigned int i = 0; r == 0 && reader->nodes && i < machine->n_nodes; i++)
        r = read_attrs_of(reader, reader->nodes[i], &machine->nodes[i]);
    if (r == 0)
        r = tree_read_matrix(reader, "numaplace,latency-ns", "numaplace,latency-source",
                             &machine->latency_ns);
    if (r == 0)
        r = tree_read_matrix(reader, "numaplace,bandwidth-mibps", "numaplace,bandwidth-source",
                             &machine->bandwidth_mibps);
    return r;
}
