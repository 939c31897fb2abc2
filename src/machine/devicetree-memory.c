/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much memory the nodes of a device tree have, and where. No two nodes have the same piece.
 *
 * In a tree without numa-nodes the one node has what the tree says of memory at all: the total that
 * old trees tell, or else the pools for instances.
 */

#include "devicetree-read.h"

#include <inttypes.h>
#include <string.h>

/* Two properties that say where memory is: as many bases as sizes. */
struct memory_words {
    const char *base;
    const char *bytes;
};

/* A range, and where it was written. */
struct piece {
    struct region region;
    const struct dt_node *where;
    struct mark at;
    unsigned int node; /* kernel id */
};

/* Pieces in the order of the text; more than their nodes' ranges only while they are checked. */
struct pieces {
    struct piece *piece;
    unsigned int n;
};

/* Bytes and ranges of one node, so far. */
struct amount {
    uint64_t bytes; /* UNKNOWN_U64: nothing was said */
    struct pieces *pieces;
    unsigned int node;
};

/* Where value n of a property of one number a group stands. */
static struct mark group_mark(const struct dt_property *property, unsigned int n)
{
    for (unsigned int i = 0; i < property->n_values; i++) {
        if (property->values[i].group == n)
            return property->values[i].at;
    }
    return property->at;
}

static int add_piece(struct pieces *pieces, const struct piece *piece)
{
    struct piece *larger = reallocarray(pieces->piece, pieces->n + 1, sizeof(*larger));

    if (!larger)
        return -ENOMEM;
    pieces->piece = larger;
    larger[pieces->n++] = *piece;
    return 0;
}

/* base NULL: it is not said where the memory is. */
static int add_bytes(const struct tree_reader *reader, const struct piece *piece,
                     const uint64_t *base, struct amount *amount)
{
    struct piece added = *piece;
    uint64_t sum = amount->bytes == UNKNOWN_U64 ? 0 : amount->bytes;

    if (piece->region.bytes >= UNKNOWN_U64 - sum)
        return tree_fail(reader, piece->where, piece->at, "there is more memory than 64 bits hold");
    amount->bytes = sum + piece->region.bytes;
    if (!base || piece->region.bytes == 0)
        return 0;
    if (piece->region.bytes >= UINT64_MAX - *base)
        return tree_fail(reader, piece->where, piece->at,
                         "0x%" PRIx64 " bytes at 0x%" PRIx64 " end beyond 64 bits",
                         piece->region.bytes, *base);
    added.region.base = *base;
    added.node = amount->node;
    return add_piece(amount->pieces, &added);
}

static int read_amount(const struct tree_reader *reader, const struct dt_node *where,
                       const struct memory_words *words, struct amount *amount)
{
    const struct dt_property *base = dt_property(where, words->base);
    const struct dt_property *bytes = dt_property(where, words->bytes);
    autofree uint64_t *bases = NULL;
    autofree uint64_t *sizes = NULL;
    unsigned int n_bases = 0, n_sizes = 0;
    int r = 0;

    if (base && !bytes)
        return tree_fail(reader, where, base->at, "`%s` is told, and no `%s`", words->base,
                         words->bytes);
    if (base)
        r = dt_get_u64s(reader->dt, where, base, &bases, &n_bases, reader->err);
    if (r == 0 && bytes)
        r = dt_get_u64s(reader->dt, where, bytes, &sizes, &n_sizes, reader->err);
    if (r == 0 && n_sizes != (base ? n_bases : !!bytes))
        r = tree_fail(reader, where, bytes->at, "`%s` has %u numbers, and `%s` %u", words->bytes,
                      n_sizes, words->base, n_bases);
    for (unsigned int i = 0; r == 0 && i < n_sizes; i++) {
        const struct piece piece = {
            .region.bytes = sizes[i], .where = where, .at = group_mark(base ? base : bytes, i)};

        r = add_bytes(reader, &piece, base ? &bases[i] : NULL, amount);
    }
    return r;
}

/* What our own words say of a node instead of the sum of its ranges, and of what is in use. */
static int read_use(const struct tree_reader *reader, const struct dt_node *where,
                    struct node *node)
{
    int r;

    if (dt_property(where, "numaplace,total-unknown"))
        node->total_bytes = UNKNOWN_U64;
    r = tree_u64(reader, where, "numaplace,total-bytes", &node->total_bytes);
    if (r == 0)
        r = tree_u64(reader, where, "numaplace,free-bytes", &node->free_bytes);
    if (r == 0)
        r = tree_u64(reader, where, "numaplace,cache-bytes", &node->cache_bytes);
    if (r == 0 && node->free_bytes != UNKNOWN_U64 && node->free_bytes > node->total_bytes)
        r = tree_fail(reader, where, tree_mark(where, "numaplace,free-bytes"),
                      "%" PRIu64 " bytes are free, and node %u has %" PRIu64, node->free_bytes,
                      node->id, node->total_bytes);
    return r;
}

static int read_node(const struct tree_reader *reader, unsigned int idx, struct pieces *pieces)
{
    static const struct memory_words words = {"memory-base", "memory-size"};
    struct node *node = &reader->machine->nodes[idx];
    struct amount amount = {UNKNOWN_U64, pieces, node->id};
    int r = read_amount(reader, reader->nodes[idx], &words, &amount);

    node->total_bytes = amount.bytes;
    return r < 0 ? r : read_use(reader, reader->nodes[idx], node);
}

/* The pools for instances, of old trees and new: "memory-base" of /resources, "memory" with
 * "memory-pool-base", "memory@N" with "size" alone, "memory-pools". */
static int read_pools(const struct tree_reader *reader, struct amount *amount)
{
    static const struct memory_words flat = {"memory-base", "memory-bytes"};
    static const struct memory_words old = {"memory-pool-base", "memory-pool-bytes"};
    static const struct memory_words pool = {"base", "size"};
    const struct dt_node *resources = reader->resources;
    const struct dt_node *pools = dt_child(resources, "memory-pools");
    int r = read_amount(reader, resources, &flat, amount);

    for (unsigned int i = 0; r == 0 && i < resources->n_children; i++) {
        const struct dt_node *child = resources->children[i];

        if (strcmp(child->name, "memory") == 0)
            r = read_amount(reader, child, child->unit ? &pool : &old, amount);
    }
    for (unsigned int i = 0; r == 0 && pools && i < pools->n_children; i++)
        r = read_amount(reader, pools->children[i], &pool, amount);
    return r;
}

static int read_one_node(const struct tree_reader *reader, struct pieces *pieces)
{
    const struct dt_node *memory = dt_child(reader->resources, "memory");
    struct node *node = &reader->machine->nodes[0];
    struct amount amount = {UNKNOWN_U64, pieces, node->id};
    int r = read_pools(reader, &amount);

    if (r == 0 && memory)
        r = tree_u64(reader, memory, "total-bytes", &amount.bytes);
    node->total_bytes = amount.bytes;
    return r;
}

static int compare_pieces(const void *a, const void *b)
{
    const struct piece *left = a, *right = b;

    return left->region.base < right->region.base ? -1 : left->region.base > right->region.base;
}

/* Of two pieces the one that was written later is wrong: people read from the top. */
static int fail_overlap(const struct tree_reader *reader, const struct piece *a,
                        const struct piece *b)
{
    bool b_later = b->at.line != a->at.line ? b->at.line > a->at.line : b->at.column > a->at.column;
    const struct piece *later = b_later ? b : a, *earlier = b_later ? a : b;

    return tree_fail(reader, later->where, later->at,
                     "memory of node %u at 0x%" PRIx64 " overlaps what node %u has from 0x%" PRIx64
                     " to 0x%" PRIx64,
                     later->node, later->region.base, earlier->node, earlier->region.base,
                     earlier->region.base + earlier->region.bytes);
}

static int put_range(const struct tree_reader *reader, const struct piece *piece)
{
    struct node *node = machine_node_mutable(reader->machine, piece->node);
    struct region *larger = reallocarray(node->ranges, node->n_ranges + 1, sizeof(*node->ranges));

    if (!larger)
        return -ENOMEM;
    node->ranges = larger;
    larger[node->n_ranges++] = piece->region;
    return 0;
}

/* In the order of addresses. */
static int put_ranges(const struct tree_reader *reader, struct pieces *pieces)
{
    int r = 0;

    if (pieces->n > 1)
        qsort(pieces->piece, pieces->n, sizeof(*pieces->piece), compare_pieces);
    for (unsigned int i = 0; r == 0 && i < pieces->n; i++) {
        const struct piece *piece = &pieces->piece[i];
        const struct region *before = i > 0 ? &piece[-1].region : NULL;

        if (before && before->base + before->bytes > piece->region.base)
            return fail_overlap(reader, &piece[-1], piece);
        if (reader->machine->parts & MACHINE_RANGES)
            r = put_range(reader, piece);
    }
    return r;
}

int tree_read_memory(const struct tree_reader *reader)
{
    struct pieces pieces = {0};
    int r = reader->nodes ? 0 : read_one_node(reader, &pieces);

    for (unsigned int i = 0; r == 0 && reader->nodes && i < reader->machine->n_nodes; i++)
        r = read_node(reader, i, &pieces);
    if (r == 0)
        r = put_ranges(reader, &pieces);
    free(pieces.piece);
    return r;
}
