/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What kind of memory each node has: huge pages, memory tiers, what firmware's HMAT says of latency
 * and bandwidth, and the kind itself where something says it.
 *
 * The kernel tells HMAT's values only between a node and the CPUs that reach it best; every other
 * pair stays unknown.
 */

#include "machine-read.h"

#include "set.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define NODE_DIR "sys/devices/system/node"
#define TIER_DIR "sys/devices/virtual/memory_tiering"
#define DAX_DIR "sys/bus/dax/devices"
#define NVIDIA_DIR "proc/driver/nvidia/gpus"

static uint64_t read_count(const struct root *root, unsigned int node, const char *pool,
                           const char *file)
{
    uint64_t value;
    int r = root_read_u64(root, &value, NODE_DIR "/node%u/hugepages/%s/%s", node, pool, file);

    return r < 0 ? UNKNOWN_U64 : value;
}

static int compare_pools(const void *a, const void *b)
{
    const struct huge_pool *left = a, *right = b;

    return left->page_bytes < right->page_bytes ? -1 : left->page_bytes > right->page_bytes;
}

void huge_sort(struct node *node)
{
    qsort(node->huge, node->n_huge, sizeof(*node->huge), compare_pools);
}

/* A pool whose size or total is not understood is left out. */
static int read_huge(struct node *node, const struct root *root)
{
    autostrv char **pools = NULL;
    size_t n = 0;
    int r = root_list(root, &pools, NODE_DIR "/node%u/hugepages", node->id);

    if (r < 0)
        return unless_memory(r);
    while (pools[n])
        n++;
    node->huge = calloc(n + 1, sizeof(*node->huge));
    if (!node->huge)
        return -ENOMEM;
    for (char **pool = pools; *pool; pool++) {
        struct huge_pool found;
        uint64_t kib;
        int length = 0;

        if (sscanf(*pool, "hugepages-%10" SCNu64 "kB%n", &kib, &length) != 1 || (*pool)[length] ||
            kib == 0 || (kib & (kib - 1)) != 0)
            continue;
        found.page_bytes = kib * KIB;
        found.total_pages = read_count(root, node->id, *pool, "nr_hugepages");
        found.free_pages = read_count(root, node->id, *pool, "free_hugepages");
        if (found.total_pages == UNKNOWN_U64)
            continue;
        if (found.free_pages != UNKNOWN_U64 && found.free_pages > found.total_pages)
            found.free_pages = UNKNOWN_U64;
        node->huge[node->n_huge++] = found;
    }
    huge_sort(node);
    return 0;
}

static void set_tier(struct machine *machine, hwloc_const_bitmap_t nodes, int tier)
{
    for (unsigned int i = 0; i < machine->n_nodes; i++) {
        if (hwloc_bitmap_isset(nodes, machine->nodes[i].id))
            machine->nodes[i].tier = tier;
    }
}

static int read_tiers(struct machine *machine, const struct root *root)
{
    autostrv char **names = NULL;
    int r = root_list(root, &names, TIER_DIR);

    for (char **name = names; r == 0 && *name; name++) {
        autoset hwloc_bitmap_t nodes = NULL;
        int tier, length = 0;

        if (sscanf(*name, "memory_tier%5d%n", &tier, &length) != 1 || (*name)[length] || tier < 0)
            continue;
        r = root_read_set(root, &nodes, TIER_DIR "/%s/nodelist", *name);
        if (r == 0)
            set_tier(machine, nodes, tier);
        else
            r = unless_memory(r);
    }
    return unless_memory(r);
}

/* access1 knows CPUs only; access0 also has initiators without CPUs, such as accelerators. */
static int read_initiators(const struct machine *machine, struct node *node,
                           const struct root *root, const char **ret_class)
{
    static const char *const classes[] = {"access1", "access0"};

    for (size_t i = 0; i < ARRAY_SIZE(classes); i++) {
        autostrv char **names = NULL;
        int r = root_list(root, &names, NODE_DIR "/node%u/%s/initiators", node->id, classes[i]);

        if (r == -ENOMEM)
            return r;
        for (char **name = names; name && *name; name++) {
            unsigned int id;
            int length = 0;

            if (sscanf(*name, "node%5u%n", &id, &length) != 1 || (*name)[length] ||
                !machine_node(machine, id))
                continue;
            if (hwloc_bitmap_set(node->initiators, id) < 0)
                return -ENOMEM;
        }
        *ret_class = classes[i];
        if (!hwloc_bitmap_iszero(node->initiators))
            return 0;
    }
    return 0;
}

/* From every initiator of node; the kernel writes 0 for what HMAT does not have. */
static int put_access(struct machine *machine, struct matrix *matrix, const struct root *root,
                      const struct node *node, const char *file)
{
    unsigned int from;
    uint64_t value;
    int r = root_read_u64(root, &value, "%s", file);

    if (r < 0 || value == 0 || value == UNKNOWN_U64)
        return unless_memory(r);
    r = matrix_make(machine, matrix, MATRIX_HMAT);
    if (r < 0)
        return r;
    hwloc_bitmap_foreach_begin(from, node->initiators)
    {
        matrix_put(machine, matrix, from, node->id, value);
    }
    hwloc_bitmap_foreach_end();
    return 0;
}

static int read_hmat(struct machine *machine, struct node *node, const struct root *root)
{
    const char *class = NULL;
    char file[128];
    int r = read_initiators(machine, node, root, &class);

    if (r < 0 || hwloc_bitmap_iszero(node->initiators))
        return r;
    (void)snprintf(file, sizeof(file), NODE_DIR "/node%u/%s/initiators/read_latency", node->id,
                   class);
    r = put_access(machine, &machine->latency_ns, root, node, file);
    (void)snprintf(file, sizeof(file), NODE_DIR "/node%u/%s/initiators/read_bandwidth", node->id,
                   class);
    return r < 0 ? r : put_access(machine, &machine->bandwidth_mibps, root, node, file);
}

/* Memory that became a node through the dax driver: where the device hangs says what it is. Memory
 * that firmware only set aside ("hmem") may be either, and stays unknown. */
static int read_dax_kinds(struct machine *machine, const struct root *root)
{
    autostrv char **names = NULL;
    int r = root_list(root, &names, DAX_DIR);

    for (char **name = names; r == 0 && *name; name++) {
        autofree char *target = NULL;
        struct node *node;
        int id;

        r = root_readlink(root, &target, DAX_DIR "/%s", *name);
        if (r == 0)
            r = root_read_int(root, &id, DAX_DIR "/%s/target_node", *name);
        if (r < 0) {
            r = unless_memory(r);
            continue;
        }
        node = id < 0 ? NULL : machine_node_mutable(machine, (unsigned int)id);
        if (node && strstr(target, "/ndbus"))
            node->kind = NODE_KIND_PMEM;
        else if (node && (strstr(target, "/ACPI0017:") || strstr(target, "/cxl")))
            node->kind = NODE_KIND_CXL;
    }
    return unless_memory(r);
}

/* Grace Hopper and its like: the driver says which node a GPU's memory is. */
static int read_gpu_kinds(struct machine *machine, const struct root *root)
{
    autostrv char **names = NULL;
    int r = root_list(root, &names, NVIDIA_DIR);

    for (char **name = names; r == 0 && *name; name++) {
        autofree char *text = NULL;
        struct node *node;
        unsigned int id;

        r = unless_memory(root_read(root, &text, NVIDIA_DIR "/%s/numa_status", *name));
        if (!text || sscanf(text, "Node: %5u", &id) != 1)
            continue;
        node = machine_node_mutable(machine, id);
        if (node)
            node->kind = NODE_KIND_GPU;
    }
    return unless_memory(r);
}

/* Memory next to CPUs is DRAM unless something said otherwise. Memory without CPUs, whatever its
 * tier (the kernel puts into DRAM's what it knows nothing about), is not: it stays unknown. */
void assume_dram(struct machine *machine)
{
    for (unsigned int i = 0; i < machine->n_nodes; i++) {
        struct node *node = &machine->nodes[i];

        if (node->kind == NODE_KIND_UNKNOWN && !hwloc_bitmap_iszero(node->cpus) &&
            node->total_bytes != UNKNOWN_U64 && node->total_bytes > 0)
            node->kind = NODE_KIND_DRAM;
    }
}

int read_attrs(struct machine *machine, const struct root *root)
{
    int r = read_tiers(machine, root);

    for (unsigned int i = 0; r == 0 && i < machine->n_nodes; i++) {
        r = read_huge(&machine->nodes[i], root);
        if (r == 0)
            r = read_hmat(machine, &machine->nodes[i], root);
    }
    if (r == 0)
        r = read_dax_kinds(machine, root);
    if (r == 0)
        r = read_gpu_kinds(machine, root);
    if (r == 0)
        assume_dram(machine);
    return r;
}
