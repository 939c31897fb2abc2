/* SPDX-License-Identifier: Apache-2.0 */
/* What must hold of every machine, wherever it was read from. A captured tree that breaks one of
 * these contradicts itself. */

#include "machine-read.h"

#include <stddef.h>
#include <string.h>

/* The node of those before that has some of region, too. */
static const struct node *find_overlapped(const struct machine *machine, const struct node *before,
                                          const struct region *region)
{
    for (const struct node *node = machine->nodes; node < before; node++) {
        for (unsigned int i = 0; i < node->n_ranges; i++) {
            if (region_common_bytes(*region, node->ranges[i]) > 0)
                return node;
        }
    }
    return NULL;
}

static int check_ranges(const struct machine *machine, const struct node *node,
                        struct np_error *err)
{
    for (unsigned int i = 0; i < node->n_ranges; i++) {
        const struct region *region = &node->ranges[i];
        unsigned long long base = region->base;
        const struct node *other;

        if (region->bytes == 0 || region->bytes > UINT64_MAX - region->base)
            return error_set(err, -EINVAL,
                             "the memory of node %u at 0x%llx is empty, or ends beyond 64 bits",
                             node->id, base);
        if (i > 0 && base < node->ranges[i - 1].base + node->ranges[i - 1].bytes)
            return error_set(err, -EINVAL,
                             "the memory of node %u at 0x%llx is not behind what comes before it",
                             node->id, base);
        other = find_overlapped(machine, node, region);
        if (other)
            return error_set(err, -EINVAL, "the memory of node %u at 0x%llx is node %u's, too",
                             node->id, base, other->id);
    }
    return 0;
}

static int check_huge(const struct node *node, struct np_error *err)
{
    for (unsigned int i = 0; i < node->n_huge; i++) {
        const struct huge_pool *pool = &node->huge[i];

        if (pool->page_bytes == 0 || (pool->page_bytes & (pool->page_bytes - 1)) != 0)
            return error_set(err, -EINVAL, "node %u has huge pages of %llu bytes", node->id,
                             (unsigned long long)pool->page_bytes);
        if (pool->free_pages != UNKNOWN_U64 && pool->free_pages > pool->total_pages)
            return error_set(err, -EINVAL, "node %u has more free huge pages than huge pages",
                             node->id);
        if (i > 0 && pool->page_bytes <= node->huge[i - 1].page_bytes)
            return error_set(err, -EINVAL, "huge page sizes of node %u are not ascending",
                             node->id);
    }
    return 0;
}

static int check_cpus(const struct machine *machine, const struct node *node, struct np_error *err)
{
    unsigned int id;

    hwloc_bitmap_foreach_begin(id, node->cpus)
    {
        const struct cpu *cpu = machine_cpu(machine, id);

        if (!cpu)
            return error_set(err, -EINVAL, "node %u has CPU %u, which does not exist", node->id,
                             id);
        if (cpu->node != (int)node->id)
            return error_set(err, -EINVAL, "CPU %u is on node %u and on node %d", id, node->id,
                             cpu->node);
        if (!cpu->online)
            return error_set(err, -EINVAL, "node %u has CPU %u, which is offline", node->id, id);
    }
    hwloc_bitmap_foreach_end();
    return 0;
}

static int check_node(const struct machine *machine, const struct node *node, struct np_error *err)
{
    unsigned int id;
    int r;

    if (node->free_bytes != UNKNOWN_U64 && node->free_bytes > node->total_bytes)
        return error_set(err, -EINVAL, "node %u has more free memory than memory", node->id);
    r = check_huge(node, err);
    if (r == 0)
        r = check_cpus(machine, node, err);
    if (r < 0)
        return r;
    hwloc_bitmap_foreach_begin(id, node->initiators)
    {
        if (!machine_node(machine, id))
            return error_set(err, -EINVAL,
                             "node %u has node %u, which does not exist, as initiator", node->id,
                             id);
    }
    hwloc_bitmap_foreach_end();
    return 0;
}

/* A group is named by its smallest CPU, which therefore is a member of it. */
static int check_groups(const struct machine *machine, const struct cpu *cpu, struct np_error *err)
{
    static const struct {
        const char *what;
        size_t offset;
    } groups[] = {
        {"die", offsetof(struct cpu, die)},
        {"cluster", offsetof(struct cpu, cluster)},
        {"last level cache", offsetof(struct cpu, llc)},
        {"core", offsetof(struct cpu, core)},
    };

    for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
        int name = *(const int *)((const char *)cpu + groups[i].offset);
        const struct cpu *first = name < 0 ? NULL : machine_cpu(machine, (unsigned int)name);

        if (name < 0)
            continue;
        if (!first || name > (int)cpu->id ||
            *(const int *)((const char *)first + groups[i].offset) != name)
            return error_set(err, -EINVAL, "CPU %u is in %s %d, which does not start there",
                             cpu->id, groups[i].what, name);
    }
    return 0;
}

static int check_siblings(const struct machine *machine, const struct cpu *cpu,
                          struct np_error *err)
{
    unsigned int id;

    if (hwloc_bitmap_iszero(cpu->siblings))
        return 0;
    if (!hwloc_bitmap_isset(cpu->siblings, cpu->id))
        return error_set(err, -EINVAL, "CPU %u is not among its own siblings", cpu->id);
    hwloc_bitmap_foreach_begin(id, cpu->siblings)
    {
        const struct cpu *sibling = machine_cpu(machine, id);

        if (!sibling)
            return error_set(err, -EINVAL, "CPU %u has CPU %u, which does not exist, as sibling",
                             cpu->id, id);
        if (!hwloc_bitmap_isequal(sibling->siblings, cpu->siblings) || sibling->core != cpu->core)
            return error_set(err, -EINVAL, "CPUs %u and %u differ about who their siblings are",
                             cpu->id, id);
    }
    hwloc_bitmap_foreach_end();
    return 0;
}

static int check_cpu(const struct machine *machine, const struct cpu *cpu, struct np_error *err)
{
    const struct node *node;
    int r;

    if (cpu->node >= 0) {
        node = machine_node(machine, (unsigned int)cpu->node);
        if (!node)
            return error_set(err, -EINVAL, "CPU %u is on node %d, which does not exist", cpu->id,
                             cpu->node);
        if (cpu->online && !hwloc_bitmap_isset(node->cpus, cpu->id))
            return error_set(err, -EINVAL, "CPU %u is on node %d, which does not have it", cpu->id,
                             cpu->node);
    }
    r = check_groups(machine, cpu, err);
    return r < 0 ? r : check_siblings(machine, cpu, err);
}

static int check_matrix(const struct machine *machine, const struct matrix *matrix,
                        const char *what, struct np_error *err)
{
    size_t n = (size_t)machine->n_nodes * machine->n_nodes;

    if ((matrix->source == MATRIX_ABSENT) != (matrix->value == NULL))
        return error_set(err, -EINVAL, "the %s matrix has a source and no values, or the reverse",
                         what);
    for (size_t i = 0; matrix->value && i < n; i++) {
        if (matrix->value[i] == 0)
            return error_set(err, -EINVAL, "%s from node %u to node %u is 0", what,
                             machine->nodes[i / machine->n_nodes].id,
                             machine->nodes[i % machine->n_nodes].id);
    }
    return 0;
}

static int check_device(const struct machine *machine, unsigned int idx, struct np_error *err)
{
    const struct device *device = &machine->devices[idx];

    if (device->node >= 0 && !device->node_overridden &&
        !machine_node(machine, (unsigned int)device->node))
        return error_set(err, -EINVAL, "device %s is on node %d, which does not exist",
                         device->name, device->node);
    for (unsigned int i = 0; i < idx; i++) {
        if (machine->devices[i].class == device->class &&
            strcmp(machine->devices[i].name, device->name) == 0)
            return error_set(err, -EINVAL, "there are two %s devices %s",
                             device_class_name(device->class), device->name);
    }
    return 0;
}

/* Of one level and type, a CPU has one. */
static int check_caches(const struct machine *machine, struct np_error *err)
{
    autoset hwloc_bitmap_t seen = hwloc_bitmap_alloc();
    autoset hwloc_bitmap_t cpus = hwloc_bitmap_alloc();
    int r = seen && cpus ? 0 : -ENOMEM;

    for (unsigned int i = 0; r == 0 && i < machine->n_cpus; i++)
        r = hwloc_bitmap_set(cpus, machine->cpus[i].id) < 0 ? -ENOMEM : 0;
    for (unsigned int i = 0; r == 0 && i < machine->n_caches; i++) {
        const struct cache *cache = &machine->caches[i];
        const struct cache *before = i > 0 ? cache - 1 : cache;
        int first = hwloc_bitmap_first(cache->cpus);

        if (cache->level != before->level || cache->type != before->type)
            hwloc_bitmap_zero(seen);
        if (cache->level == 0 || cache->bytes == 0 || first < 0)
            return error_set(err, -EINVAL, "a cache of level %u has no CPUs or no size",
                             cache->level);
        if (machine_compare_caches(before, cache) > 0)
            return error_set(err, -EINVAL,
                             "the cache of level %u at CPU %d comes after that of level %u",
                             cache->level, first, before->level);
        if (!hwloc_bitmap_isincluded(cache->cpus, cpus))
            return error_set(err, -EINVAL,
                             "the cache of level %u at CPU %d has CPUs that do not exist",
                             cache->level, first);
        if (hwloc_bitmap_intersects(cache->cpus, seen))
            return error_set(err, -EINVAL,
                             "the cache of level %u at CPU %d is not the only one there",
                             cache->level, first);
        r = hwloc_bitmap_or(seen, seen, cache->cpus) < 0 ? -ENOMEM : 0;
    }
    return r;
}

static int check_order(const struct machine *machine, struct np_error *err)
{
    for (unsigned int i = 1; i < machine->n_nodes; i++) {
        if (machine->nodes[i].id <= machine->nodes[i - 1].id)
            return error_set(err, -EINVAL, "node %u comes after node %u", machine->nodes[i].id,
                             machine->nodes[i - 1].id);
    }
    for (unsigned int i = 1; i < machine->n_cpus; i++) {
        if (machine->cpus[i].id <= machine->cpus[i - 1].id)
            return error_set(err, -EINVAL, "CPU %u comes after CPU %u", machine->cpus[i].id,
                             machine->cpus[i - 1].id);
    }
    return 0;
}

int machine_check(const struct machine *machine, struct np_error *err)
{
    int r = check_order(machine, err);

    for (unsigned int i = 0; r == 0 && i < machine->n_nodes; i++)
        r = check_node(machine, &machine->nodes[i], err);
    for (unsigned int i = 0; r == 0 && i < machine->n_nodes; i++)
        r = check_ranges(machine, &machine->nodes[i], err);
    for (unsigned int i = 0; r == 0 && i < machine->n_cpus; i++)
        r = check_cpu(machine, &machine->cpus[i], err);
    if (r == 0)
        r = check_caches(machine, err);
    if (r == 0)
        r = check_matrix(machine, &machine->distance, "distance", err);
    if (r == 0)
        r = check_matrix(machine, &machine->latency_ns, "latency", err);
    if (r == 0)
        r = check_matrix(machine, &machine->bandwidth_mibps, "bandwidth", err);
    for (unsigned int i = 0; r == 0 && i < machine->n_devices; i++)
        r = check_device(machine, i, err);
    return r;
}
