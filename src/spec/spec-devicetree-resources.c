/* SPDX-License-Identifier: Apache-2.0 */
/* What /resources says to a spec: which CPUs and memory instances may have. What of it is hardware
 * is the machine's to read. */

#include "machine-devicetree.h"
#include "spec-devicetree.h"

#include <string.h>

struct cpu_list {
    const char *name;
    bool *given;
    struct set_expr *expr;
    struct mark *at;
};

static int read_list(const struct tree_reader *reader, const struct dt_node *node,
                     const struct cpu_list *list)
{
    const struct dt_property *property = dt_property(node, list->name);
    autofree char *path = NULL;

    if (!property)
        return 0;
    if (*list->given)
        return dt_fail(reader->dt, node, property->at, reader->err,
                       "`%s` says again what another list has said", property->name);
    list->expr->bits = hwloc_bitmap_alloc();
    path = dt_path(node);
    if (!list->expr->bits || !path)
        return -ENOMEM;
    *list->given = true;
    *list->at = property->at;
    return tree_read_cpus(reader, node, property, path, list->expr->bits);
}

/* reserved and available: what the lists are called in node. */
static int read_lists(const struct tree_reader *reader, const struct dt_node *node,
                      const char *reserved, const char *available)
{
    struct spec *spec = reader->spec;
    const struct cpu_list lists[] = {
        {reserved, &spec->reserved_cpus_given, &spec->reserved_cpus, &spec->reserved_cpus_at},
        {available, &spec->pool_cpus_given, &spec->pool_cpus, &spec->pool_cpus_at},
    };
    int r = 0;

    for (size_t i = 0; i < ARRAY_SIZE(lists) && node && r == 0; i++)
        r = lists[i].name ? read_list(reader, node, &lists[i]) : 0;
    return r;
}

/* cpus { host-reserved available }, or flat: cpus = <...>. Where no hardware is described, of which
 * `cpus` would be a part, /instances says it in our words. */
static int read_cpus(const struct tree_reader *reader)
{
    int r = read_lists(reader, dt_find(reader->dt, "/resources"), NULL, "cpus");

    if (r == 0)
        r = read_lists(reader, dt_find(reader->dt, "/resources/cpus"), "host-reserved",
                       "available");
    if (r == 0)
        r = read_lists(reader, dt_find(reader->dt, "/instances"), "numaplace,host-reserved",
                       "numaplace,available");
    return r;
}

static int empty_pool(const struct tree_reader *reader, const struct dt_node *node, struct mark at)
{
    int r =
        dt_fail(reader->dt, node, at, reader->err, "a pool of 0 bytes leaves instances no memory");

    error_hint(reader->err, "say how much, or leave the pool out: any memory is then theirs");
    return r;
}

static int add_pool(const struct tree_reader *reader, const struct dt_node *node, struct pool pool)
{
    struct spec *spec = reader->spec;
    struct pool *pools;

    if (pool.region.bytes == 0)
        return empty_pool(reader, node, pool.at);
    if (pool.region.base + pool.region.bytes < pool.region.base)
        return dt_fail(reader->dt, node, pool.at, reader->err,
                       "the pool at 0x%llx reaches beyond 2^64",
                       (unsigned long long)pool.region.base);
    pools = reallocarray(spec->pools, spec->n_pools + 1, sizeof(*pools));
    if (!pools)
        return -ENOMEM;
    spec->pools = pools;
    pools[spec->n_pools++] = pool;
    return 0;
}

/* Lists of equal length. */
static int read_pools(const struct tree_reader *reader, const struct dt_node *node,
                      const struct dt_property *base, const struct dt_property *bytes)
{
    autofree uint64_t *bases = NULL, *sizes = NULL;
    unsigned int n, n_sizes;
    int r;

    if (!base && !bytes)
        return 0;
    if (!base || !bytes)
        return dt_fail(reader->dt, node, base ? base->at : bytes->at, reader->err,
                       "a pool has a base and a size: `%s` stands alone",
                       base ? base->name : bytes->name);
    r = dt_get_u64s(reader->dt, node, base, &bases, &n, reader->err);
    if (r == 0)
        r = dt_get_u64s(reader->dt, node, bytes, &sizes, &n_sizes, reader->err);
    if (r == 0 && n != n_sizes)
        r = dt_fail(reader->dt, node, bytes->at, reader->err,
                    "`%s` says %u bases and `%s` %u sizes", base->name, n, bytes->name, n_sizes);
    for (unsigned int i = 0; i < n && r == 0; i++)
        r = add_pool(reader, node,
                     (struct pool){.region = {.base = bases[i], .bytes = sizes[i]},
                                   .at = base->at,
                                   .bytes_at = bytes->at});
    return r;
}

/* Kerf has called these differently over time. */
static const struct dt_property *any_property(const struct dt_node *node, const char *const *names)
{
    for (; *names; names++) {
        const struct dt_property *property = dt_property(node, *names);

        if (property)
            return property;
    }
    return NULL;
}

static const char *const size_names[] = {"size", "memory-size", "memory-bytes", NULL};
static const char *const base_names[] = {"base", "memory-base", NULL};
static const char *const node_names[] = {"numa-node-id", "numa-node", NULL};
static const char reserved_name[] = "numaplace,host-reserved-bytes";

/* What instances may have of nodes of which no base is said. */
struct node_share {
    unsigned int node;
    uint64_t bytes;
    struct mark at;
};

struct shares {
    struct node_share *shares;
    unsigned int n;
};

static void shares_fini(struct shares *shares)
{
    free(shares->shares);
}

static int reserve(struct spec *spec, unsigned int node, uint64_t bytes, struct mark at)
{
    struct node_bytes *reserved =
        reallocarray(spec->reserved_memory, spec->n_reserved_memory + 1, sizeof(*reserved));

    if (!reserved)
        return -ENOMEM;
    spec->reserved_memory = reserved;
    reserved[spec->n_reserved_memory++] =
        (struct node_bytes){.node = node, .bytes = bytes, .at = at};
    return 0;
}

static int add_share(struct shares *shares, struct node_share share)
{
    struct node_share *all;

    for (unsigned int i = 0; i < shares->n; i++) {
        if (shares->shares[i].node == share.node) {
            if (__builtin_add_overflow(shares->shares[i].bytes, share.bytes,
                                       &shares->shares[i].bytes))
                return -ERANGE;
            return 0;
        }
    }
    all = reallocarray(shares->shares, shares->n + 1, sizeof(*all));
    if (!all)
        return -ENOMEM;
    shares->shares = all;
    all[shares->n++] = share;
    return 0;
}

/* memory@N of a node: how much instances may have of it, or what the host keeps. */
static int read_share(const struct tree_reader *reader, const struct dt_node *memory,
                      struct shares *shares)
{
    const struct dt_property *size = any_property(memory, size_names);
    const struct dt_property *reserved = dt_property(memory, reserved_name);
    const struct dt_property *of = any_property(memory, node_names);
    struct node_share share = {.at = memory->at};
    int r;

    if (!of || (!size && !reserved))
        return dt_fail(reader->dt, memory, memory->at, reader->err,
                       "memory needs its node and a size, or a base and a size");
    r = dt_get_u32(reader->dt, memory, of, &share.node, reader->err);
    if (r == 0 && share.node > SET_ID_MAX)
        r = dt_fail(reader->dt, memory, of->at, reader->err, "%u is no number of a node",
                    share.node);
    if (r == 0)
        r = dt_get_u64(reader->dt, memory, size ? size : reserved, &share.bytes, reader->err);
    if (r < 0)
        return r;
    if (!size)
        return reserve(reader->spec, share.node, share.bytes, reserved->at);
    r = add_share(shares, share);
    return r == -ERANGE ? dt_fail(reader->dt, memory, size->at, reader->err,
                                  "the sizes for node %u reach beyond 2^64", share.node)
                        : r;
}

static int reserve_rest_of(const struct tree_reader *reader, const struct node *node,
                           const struct shares *shares)
{
    struct node_share share = {.node = node->id, .at = dt_find(reader->dt, "/resources")->at};

    for (unsigned int i = 0; i < shares->n; i++) {
        if (shares->shares[i].node == node->id)
            share = shares->shares[i];
    }
    if (node->total_bytes == UNKNOWN_U64 || share.bytes >= node->total_bytes)
        return 0;
    return reserve(reader->spec, node->id, node->total_bytes - share.bytes, share.at);
}

/* What is left of each node is the host's; of nodes that no memory@N speaks of, all. */
static int reserve_rest(const struct tree_reader *reader, const struct shares *shares)
{
    automachine struct machine *machine = NULL;
    int r = 0;

    if (shares->n == 0)
        return 0;
    if (!devicetree_has_machine(reader->dt))
        return spec_remark(reader->spec, REMARK_ASSUMED, "/resources/memory", shares->shares[0].at,
                           format_text("how large the nodes are is not said here: instances may "
                                       "have all of them"),
                           strdup("say it in /resources/topology, or give memory a base"));
    r = machine_from_devicetree(reader->dt, MACHINE_NODES, &machine, reader->err);
    for (unsigned int i = 0; r == 0 && i < machine->n_nodes; i++)
        r = reserve_rest_of(reader, &machine->nodes[i], shares);
    return r;
}

/* One memory@N or pool@N: by address, or so much of a node. */
static int read_piece(const struct tree_reader *reader, const struct dt_node *memory,
                      struct shares *shares)
{
    const struct dt_property *base = any_property(memory, base_names);
    const struct dt_property *reg = dt_property(memory, "reg");
    struct region region;
    int r;

    if (base)
        return read_pools(reader, memory, base, any_property(memory, size_names));
    if (!reg)
        return read_share(reader, memory, shares);
    r = tree_read_region(reader, memory, reg, &region);
    return r < 0 ? r
                 : add_pool(reader, memory,
                            (struct pool){.region = region, .at = reg->at, .bytes_at = reg->at});
}

static int read_pool_nodes(const struct tree_reader *reader, const struct dt_node *pools,
                           struct shares *shares)
{
    int r = 0;

    for (unsigned int i = 0; i < pools->n_children && r == 0; i++) {
        if (strcmp(pools->children[i]->name, "pool") == 0)
            r = read_piece(reader, pools->children[i], shares);
    }
    return r;
}

static int read_memory_node(const struct tree_reader *reader, const struct dt_node *memory,
                            struct shares *shares)
{
    if (memory->unit)
        return read_piece(reader, memory, shares);
    return read_pools(reader, memory, dt_property(memory, "memory-pool-base"),
                      dt_property(memory, "memory-pool-bytes"));
}

static int read_memory(const struct tree_reader *reader, const struct dt_node *resources)
{
    __attribute__((cleanup(shares_fini))) struct shares shares = {0};
    int r = read_pools(reader, resources, dt_property(resources, "memory-base"),
                       dt_property(resources, "memory-bytes"));

    for (unsigned int i = 0; i < resources->n_children && r == 0; i++) {
        if (strcmp(resources->children[i]->name, "memory") == 0)
            r = read_memory_node(reader, resources->children[i], &shares);
        else if (strcmp(resources->children[i]->name, "memory-pools") == 0)
            r = read_pool_nodes(reader, resources->children[i], &shares);
    }
    return r == 0 ? reserve_rest(reader, &shares) : r;
}

static int override_device(const struct tree_reader *reader, const struct dt_node *device)
{
    const struct dt_property *of = any_property(device, node_names);
    struct spec *spec = reader->spec;
    struct device_override *devices;
    struct device_override override = {0};
    int r;

    if (!of)
        return 0;
    override.at = of->at;
    r = dt_get_u32(reader->dt, device, of, &override.node, reader->err);
    if (r < 0)
        return r;
    devices = reallocarray(spec->devices, spec->n_devices + 1, sizeof(*devices));
    if (!devices)
        return -ENOMEM;
    spec->devices = devices;
    override.name = devicetree_device_name(device);
    if (!override.name)
        return -ENOMEM;
    devices[spec->n_devices++] = override;
    return 0;
}

/* Where the tree is no machine, what it says of devices holds for the one that runs. */
static int read_devices(const struct tree_reader *reader, const struct dt_node *resources)
{
    const struct dt_node *devices = dt_child(resources, "devices");
    int r = 0;

    if (devicetree_has_machine(reader->dt))
        return 0;
    for (unsigned int i = 0; devices && i < devices->n_children && r == 0; i++)
        r = override_device(reader, devices->children[i]);
    return r;
}

int tree_read_resources(const struct tree_reader *reader)
{
    const struct dt_node *resources = dt_find(reader->dt, "/resources");
    int r = read_cpus(reader);

    if (r == 0 && resources)
        r = read_memory(reader, resources);
    return r == 0 && resources ? read_devices(reader, resources) : r;
}
