/* SPDX-License-Identifier: Apache-2.0 */
/* NUMA nodes as a device tree, and what lies between them. */

#include "devicetree-write.h"

#define LOCAL 10u

static hwloc_bitmap_t cpus_of(const struct machine *machine, const struct node *node)
{
    autoset hwloc_bitmap_t cpus = hwloc_bitmap_alloc();

    for (unsigned int i = 0; cpus && i < machine->n_cpus; i++) {
        if (machine->cpus[i].node == (int)node->id &&
            hwloc_bitmap_set(cpus, machine->cpus[i].id) < 0)
            return NULL;
    }
    return TAKE(cpus);
}

static int put_bytes(struct dt_node *where, const char *name, uint64_t bytes)
{
    return bytes == UNKNOWN_U64 ? 0 : dt_put_u64(where, name, bytes);
}

/* What ranges make together is seldom all that the kernel manages. */
static int put_total(struct dt_node *where, const struct node *node, uint64_t sum)
{
    if (node->total_bytes == UNKNOWN_U64)
        return dt_put_flag(where, "numaplace,total-unknown");
    return node->total_bytes == sum ? 0
                                    : dt_put_u64(where, "numaplace,total-bytes", node->total_bytes);
}

static int put_ranges(struct dt_node *where, const struct node *node)
{
    autofree uint64_t *bases = calloc(node->n_ranges + 1, sizeof(*bases));
    autofree uint64_t *sizes = calloc(node->n_ranges + 1, sizeof(*sizes));
    uint64_t sum = 0;
    int r;

    if (!bases || !sizes)
        return -ENOMEM;
    for (unsigned int i = 0; i < node->n_ranges; i++) {
        bases[i] = node->ranges[i].base;
        sizes[i] = node->ranges[i].bytes;
        sum += sizes[i];
    }
    r = dt_put_u64s(where, "memory-base", bases, node->n_ranges);
    if (r == 0)
        r = dt_put_u64s(where, "memory-size", sizes, node->n_ranges);
    return r < 0 ? r : put_total(where, node, sum);
}

/* Where it is not known where the memory is, there still may be some. */
static int put_memory(struct dt_node *where, const struct node *node)
{
    return node->n_ranges > 0 ? put_ranges(where, node)
                              : put_bytes(where, "memory-size", node->total_bytes);
}

/* In one cell where that holds it: counts are small, and easier to read so. */
static int put_count(struct dt_node *where, const char *name, uint64_t count)
{
    if (count == UNKNOWN_U64)
        return 0;
    return count > UINT32_MAX ? dt_put_u64(where, name, count)
                              : dt_put_u32(where, name, (uint32_t)count);
}

static int put_pool(struct dt_node *where, const struct huge_pool *pool)
{
    struct dt_node *child;
    int r = tree_add_numbered(where, "numaplace,hugepages", (unsigned int)(pool->page_bytes / KIB),
                              &child);

    if (r == 0)
        r = put_count(child, "pages", pool->total_pages);
    return r < 0 ? r : put_count(child, "free", pool->free_pages);
}

static int put_attrs(struct dt_node *where, const struct node *node)
{
    int r = put_bytes(where, "numaplace,free-bytes", node->free_bytes);

    if (r == 0)
        r = put_bytes(where, "numaplace,cache-bytes", node->cache_bytes);
    if (r == 0 && node->tier >= 0)
        r = dt_put_u32(where, "numaplace,tier", (uint32_t)node->tier);
    if (r == 0 && !hwloc_bitmap_iszero(node->initiators))
        r = tree_put_ids(where, "numaplace,initiators", node->initiators);
    if (r == 0 && !node->granted)
        r = dt_put_flag(where, "numaplace,memory-not-granted");
    for (unsigned int i = 0; r == 0 && i < node->n_huge; i++)
        r = put_pool(where, &node->huge[i]);
    return r;
}

/* Whether distance-matrix can say it: all are known, 10 is local, and nothing is nearer. */
static bool is_plain(const struct machine *machine)
{
    const struct matrix *matrix = &machine->distance;

    for (size_t i = 0; i < (size_t)machine->n_nodes * machine->n_nodes; i++) {
        bool own = i / machine->n_nodes == i % machine->n_nodes;
        uint64_t value = matrix->value[i];

        if (value < LOCAL || value > UINT16_MAX || (own && value != LOCAL))
            return false;
    }
    return true;
}

struct matrix_words {
    const char *row;
    const char *source;
    const struct matrix *matrix;
};

/* Row idx; what is not known is 0 there. */
static int put_row(struct dt_node *where, const struct matrix_words *words, unsigned int n,
                   unsigned int idx)
{
    autofree uint64_t *values = calloc(n, sizeof(*values));
    bool wide = false;

    if (!values)
        return -ENOMEM;
    for (unsigned int i = 0; i < n; i++) {
        uint64_t value = words->matrix->value[(size_t)idx * n + i];

        values[i] = value == UNKNOWN_U64 ? 0 : value;
        wide = wide || values[i] > UINT32_MAX;
    }
    return wide ? dt_put_u64s(where, words->row, values, n)
                : dt_put_cells(where, words->row, 32, values, n);
}

/* A row on each node, and on all nodes who says so. */
static int put_matrix(struct dt_node *all, const struct machine *machine,
                      const struct matrix_words *words)
{
    int r;

    if (words->matrix->source == MATRIX_ABSENT)
        return 0;
    r = dt_put_string(all, words->source, matrix_source_name(words->matrix->source));
    for (unsigned int i = 0; r == 0 && i < machine->n_nodes; i++)
        r = put_row(all->children[i], words, machine->n_nodes, i);
    return r;
}

static int put_matrices(struct dt_node *all, const struct machine *machine)
{
    bool plain = machine->distance.value && is_plain(machine);
    const struct matrix_words matrices[] = {
        {plain ? "distance-matrix" : "numaplace,distance", "numaplace,distance-source",
         &machine->distance},
        {"numaplace,latency-ns", "numaplace,latency-source", &machine->latency_ns},
        {"numaplace,bandwidth-mibps", "numaplace,bandwidth-source", &machine->bandwidth_mibps},
    };
    int r = 0;

    for (size_t i = 0; r == 0 && i < ARRAY_SIZE(matrices); i++)
        r = put_matrix(all, machine, &matrices[i]);
    return r;
}

static int put_node(struct dt_node *all, const struct machine *machine, const struct node *node)
{
    autoset hwloc_bitmap_t cpus = cpus_of(machine, node);
    struct dt_node *where;
    int r = cpus ? tree_add_numbered(all, "node", node->id, &where) : -ENOMEM;

    if (r == 0)
        r = dt_put_u32(where, "node-id", node->id);
    if (r == 0)
        r = put_memory(where, node);
    if (r == 0)
        r = dt_put_string(where, "memory-type", node_kind_name(node->kind));
    if (r == 0)
        r = tree_put_cpus(where, "cpus", cpus);
    return r < 0 ? r : put_attrs(where, node);
}

int tree_put_nodes(struct dt_node *resources, const struct machine *machine)
{
    struct dt_node *topology, *all;
    int r = dt_add_node(resources, "topology", NULL, &topology);

    if (r == 0)
        r = dt_add_node(topology, "numa-nodes", NULL, &all);
    for (unsigned int i = 0; r == 0 && i < machine->n_nodes; i++)
        r = put_node(all, machine, &machine->nodes[i]);
    return r < 0 ? r : put_matrices(all, machine);
}
