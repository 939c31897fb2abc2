/* SPDX-License-Identifier: Apache-2.0 */
/* What kind of memory the nodes of a device tree have, and what access to it costs: Kerf has a word
 * for the kind, the rest are our own. */

#include "devicetree-read.h"

#include <inttypes.h>
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

/* <size pages>, <size pages>, ... The caller frees; n counts numbers. */
static int read_pairs(const struct tree_reader *reader, const struct dt_node *where,
                      const char *name, uint64_t **ret_values, unsigned int *ret_n)
{
    const struct dt_property *property = dt_property(where, name);
    autofree uint64_t *values = NULL;
    unsigned int n = 0;
    int r = property ? dt_get_u64s(reader->dt, where, property, &values, &n, reader->err) : 0;

    if (r == 0 && n % 2 == 1)
        return tree_fail(reader, where, property->at,
                         "`%s` has %u numbers: each size of pages wants a number of them", name, n);
    if (r == 0) {
        *ret_values = TAKE(values);
        *ret_n = n;
    }
    return r;
}

static struct huge_pool *find_pool(struct node *node, uint64_t page_bytes)
{
    for (unsigned int i = 0; i < node->n_huge; i++) {
        if (node->huge[i].page_bytes == page_bytes)
            return &node->huge[i];
    }
    return NULL;
}

static int read_pools(const struct tree_reader *reader, const struct dt_node *where,
                      struct node *node)
{
    static const char name[] = "numaplace,huge-pages";
    autofree uint64_t *pairs = NULL;
    unsigned int n = 0;
    int r = read_pairs(reader, where, name, &pairs, &n);

    if (r < 0)
        return r;
    node->huge = calloc(n / 2 + 1, sizeof(*node->huge));
    if (!node->huge)
        return -ENOMEM;
    for (unsigned int i = 0; i < n; i += 2) {
        if (pairs[i] == 0 || (pairs[i] & (pairs[i] - 1)) != 0 || find_pool(node, pairs[i]))
            return tree_fail(reader, where, tree_mark(where, name),
                             "huge pages of %" PRIu64 " bytes are no power of two, or said twice",
                             pairs[i]);
        node->huge[node->n_huge++] = (struct huge_pool){pairs[i], pairs[i + 1], UNKNOWN_U64};
    }
    huge_sort(node);
    return 0;
}

static int read_free_pages(const struct tree_reader *reader, const struct dt_node *where,
                           struct node *node)
{
    static const char name[] = "numaplace,huge-pages-free";
    autofree uint64_t *pairs = NULL;
    unsigned int n = 0;
    int r = read_pairs(reader, where, name, &pairs, &n);

    for (unsigned int i = 0; r == 0 && i < n; i += 2) {
        struct huge_pool *pool = find_pool(node, pairs[i]);

        if (!pool || pairs[i + 1] > pool->total_pages)
            return tree_fail(reader, where, tree_mark(where, name),
                             "%" PRIu64 " huge pages of %" PRIu64 " bytes are free, and node %u "
                             "has %" PRIu64,
                             pairs[i + 1], pairs[i], node->id, pool ? pool->total_pages : 0);
        pool->free_pages = pairs[i + 1];
    }
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
    if (r == 0)
        r = read_pools(reader, where, node);
    return r < 0 ? r : read_free_pages(reader, where, node);
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
