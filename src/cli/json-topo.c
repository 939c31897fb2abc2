/* SPDX-License-Identifier: Apache-2.0 */
/* A machine as JSON, complete: docs/topo-schema.json says what each member means. What is unknown
 * is null, parts that were not read too. */

#include "json-util.h"
#include "render-topo.h"

/* Appends item, which it takes over; false, with the array freed, when out of memory. */
static bool append(json_t **array, json_t *item)
{
    if (json_array_append_new(*array, item) == 0)
        return true;
    json_decref(*array);
    *array = NULL;
    return false;
}

static json_t *json_huge_pages(const struct node *node)
{
    json_t *pools = json_array();

    for (unsigned int i = 0; i < node->n_huge; i++) {
        const struct huge_pool *pool = &node->huge[i];

        if (!append(&pools, json_pack("{s:o, s:o, s:o}", "page_bytes", json_bytes(pool->page_bytes),
                                      "total", json_bytes(pool->total_pages), "free",
                                      json_bytes(pool->free_pages))))
            return NULL;
    }
    return pools;
}

/* A node without memory has none; one with memory, whose place is not told, has null. */
static json_t *json_ranges(const struct node *node)
{
    json_t *ranges;

    if (node->n_ranges == 0 && node->total_bytes != 0)
        return json_null();
    ranges = json_array();
    for (unsigned int i = 0; i < node->n_ranges; i++) {
        const struct region *range = &node->ranges[i];

        if (!append(&ranges, json_pack("{s:o, s:o}", "base", json_bytes(range->base), "bytes",
                                       json_bytes(range->bytes))))
            return NULL;
    }
    return ranges;
}

json_t *json_node(const struct machine *machine, const struct node *node)
{
    bool known = machine_knows_cpus(machine, node);
    bool reached = node->initiators && !hwloc_bitmap_iszero(node->initiators);

    return json_pack("{s:i, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b}", "id", (int)node->id,
                     "kind", node_kind_name(node->kind), "tier", json_int(node->tier),
                     "total_bytes", json_bytes(node->total_bytes), "free_bytes",
                     json_bytes(node->free_bytes), "huge_pages", json_huge_pages(node), "ranges",
                     json_ranges(node), "cpus", json_set(known ? node->cpus : NULL), "initiators",
                     json_set(reached ? node->initiators : NULL), "granted", node->granted);
}

json_t *json_cpu(const struct cpu *cpu)
{
    bool known = cpu->siblings && !hwloc_bitmap_iszero(cpu->siblings);

    return json_pack("{s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:b, s:b}", "id",
                     (int)cpu->id, "node", json_int(cpu->node), "package", json_int(cpu->package),
                     "die", json_int(cpu->die), "cluster", json_int(cpu->cluster), "llc",
                     json_int(cpu->llc), "core", json_int(cpu->core), "siblings",
                     json_set(known ? cpu->siblings : NULL), "kind", json_int(cpu->kind), "online",
                     cpu->online, "isolated", cpu->isolated, "granted", cpu->granted);
}

/* No CPU is without any: none is unknown. */
static json_t *json_caches(const struct machine *machine)
{
    json_t *caches;

    if (machine->n_caches == 0)
        return json_null();
    caches = json_array();
    for (unsigned int i = 0; i < machine->n_caches; i++) {
        const struct cache *cache = &machine->caches[i];

        if (!append(&caches, json_pack("{s:i, s:s, s:o, s:o}", "level", (int)cache->level, "type",
                                       cache_type_name(cache->type), "bytes",
                                       json_bytes(cache->bytes), "cpus", json_set(cache->cpus))))
            return NULL;
    }
    return caches;
}

static json_t *json_parts(const struct device_parts *parts)
{
    if (parts->total < 0 && !parts->reserved && !parts->available)
        return json_null();
    return json_pack("{s:o, s:o, s:o}", "total", json_int(parts->total), "reserved",
                     json_set(parts->reserved), "available", json_set(parts->available));
}

json_t *json_device(const struct device *device)
{
    return json_pack("{s:s, s:s, s:o, s:o, s:b, s:o, s:o, s:o}", "name", device->name, "class",
                     device_class_name(device->class), "pci", json_text(device->pci), "node",
                     json_int(device->node), "node_overridden", device->node_overridden,
                     "compatible", json_text(device->compatible), "vfs", json_parts(&device->vfs),
                     "namespaces", json_parts(&device->namespaces));
}

static json_t *json_nodes(const struct machine *machine)
{
    json_t *nodes = json_array();

    for (unsigned int i = 0; i < machine->n_nodes; i++) {
        if (!append(&nodes, json_node(machine, &machine->nodes[i])))
            return NULL;
    }
    return nodes;
}

static json_t *json_cpus(const struct machine *machine)
{
    json_t *cpus = json_array();

    for (unsigned int i = 0; i < machine->n_cpus; i++) {
        if (!append(&cpus, json_cpu(&machine->cpus[i])))
            return NULL;
    }
    return cpus;
}

static json_t *json_devices(const struct machine *machine)
{
    json_t *devices;

    if (!(machine->parts & MACHINE_DEVICES))
        return json_null();
    devices = json_array();
    for (unsigned int i = 0; i < machine->n_devices; i++) {
        if (!append(&devices, json_device(&machine->devices[i])))
            return NULL;
    }
    return devices;
}

static json_t *json_values(const struct machine *machine, const struct matrix *matrix)
{
    json_t *rows = json_array();

    for (unsigned int i = 0; i < machine->n_nodes; i++) {
        json_t *row = json_array();

        for (unsigned int j = 0; j < machine->n_nodes; j++) {
            if (!append(&row, json_bytes(matrix->value[i * machine->n_nodes + j])))
                break;
        }
        if (!append(&rows, row))
            return NULL;
    }
    return rows;
}

static json_t *json_matrix(const struct machine *machine, const struct matrix *matrix)
{
    if (!matrix->value)
        return json_null();
    return json_pack("{s:s, s:o}", "source", matrix_source_name(matrix->source), "values",
                     json_values(machine, matrix));
}

static json_t *json_settings(const struct machine *machine)
{
    const struct settings *settings = &machine->settings;

    if (!(machine->parts & MACHINE_SETTINGS))
        return json_null();
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "kernel", json_text(settings->kernel),
                     "numa_balancing", json_int(settings->numa_balancing), "demotion",
                     json_flag(settings->demotion), "zone_reclaim_mode",
                     json_int(settings->zone_reclaim_mode), "transparent_huge_pages",
                     json_text(settings->thp), "irqbalance", json_flag(settings->irqbalance),
                     "cgroup_version", json_int(settings->cgroup_version));
}

json_t *json_topo(const struct machine *machine)
{
    return json_pack("{s:i, s:o, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "version", 1,
                     "source", json_text(machine->source), "live", machine->live, "nodes",
                     json_nodes(machine), "cpus", json_cpus(machine), "caches",
                     json_caches(machine), "distance", json_matrix(machine, &machine->distance),
                     "latency_ns", json_matrix(machine, &machine->latency_ns), "bandwidth_mibps",
                     json_matrix(machine, &machine->bandwidth_mibps), "devices",
                     json_devices(machine), "settings", json_settings(machine));
}
