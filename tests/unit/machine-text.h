/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_MACHINE_TEXT_H
#define TESTS_UNIT_MACHINE_TEXT_H

/* Everything in a machine as text, for comparing two; but for what changes from one moment to the
 * next (free memory and free huge pages) and where it was read from. */

#include "machine.h"
#include "set.h"

#include <inttypes.h>

static inline void text_set(FILE *file, const char *what, hwloc_const_bitmap_t set)
{
    autofree char *list = set_format(set);

    fprintf(file, " %s=%s", what, list);
}

static inline void text_node(FILE *file, const struct node *node)
{
    fprintf(file, "node %u %s tier=%d total=%" PRIu64 " granted=%d", node->id,
            node_kind_name(node->kind), node->tier, node->total_bytes, node->granted);
    text_set(file, "cpus", node->cpus);
    text_set(file, "initiators", node->initiators);
    for (unsigned int i = 0; i < node->n_huge; i++)
        fprintf(file, " %" PRIu64 "x%" PRIu64, node->huge[i].total_pages, node->huge[i].page_bytes);
    for (unsigned int i = 0; i < node->n_ranges; i++)
        fprintf(file, " 0x%" PRIx64 "+0x%" PRIx64, node->ranges[i].base, node->ranges[i].bytes);
    fputc('\n', file);
}

static inline void text_cpu(FILE *file, const struct cpu *cpu)
{
    fprintf(file, "cpu %u node=%d package=%d die=%d cluster=%d llc=%d core=%d kind=%d", cpu->id,
            cpu->node, cpu->package, cpu->die, cpu->cluster, cpu->llc, cpu->core, cpu->kind);
    text_set(file, "siblings", cpu->siblings);
    fprintf(file, " online=%d isolated=%d granted=%d\n", cpu->online, cpu->isolated, cpu->granted);
}

static inline void text_matrix(FILE *file, const char *what, const struct machine *machine,
                               const struct matrix *matrix)
{
    fprintf(file, "%s %s", what, matrix_source_name(matrix->source));
    for (size_t i = 0; matrix->value && i < (size_t)machine->n_nodes * machine->n_nodes; i++)
        fprintf(file, " %" PRId64, (int64_t)matrix->value[i]);
    fputc('\n', file);
}

static inline void text_parts(FILE *file, const char *what, const struct device_parts *parts)
{
    fprintf(file, "  %s total=%d", what, parts->total);
    if (parts->reserved)
        text_set(file, "reserved", parts->reserved);
    if (parts->available)
        text_set(file, "available", parts->available);
    fputc('\n', file);
}

/* The caller frees. */
static inline char *machine_text(const struct machine *machine)
{
    const struct settings *settings = &machine->settings;
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);

    assert_non_null(file);
    for (unsigned int i = 0; i < machine->n_nodes; i++)
        text_node(file, &machine->nodes[i]);
    for (unsigned int i = 0; i < machine->n_cpus; i++)
        text_cpu(file, &machine->cpus[i]);
    for (unsigned int i = 0; i < machine->n_caches; i++) {
        const struct cache *cache = &machine->caches[i];

        fprintf(file, "cache level=%u type=%d bytes=%" PRId64, cache->level, (int)cache->type,
                (int64_t)cache->bytes);
        text_set(file, "cpus", cache->cpus);
        fputc('\n', file);
    }
    text_matrix(file, "distance", machine, &machine->distance);
    text_matrix(file, "latency", machine, &machine->latency_ns);
    text_matrix(file, "bandwidth", machine, &machine->bandwidth_mibps);
    for (unsigned int i = 0; i < machine->n_devices; i++) {
        const struct device *device = &machine->devices[i];

        fprintf(file, "%s %s pci=%s node=%d compatible=%s\n", device_class_name(device->class),
                device->name, device->pci ? device->pci : "none", device->node,
                device->compatible ? device->compatible : "none");
        text_parts(file, "vfs", &device->vfs);
        text_parts(file, "namespaces", &device->namespaces);
    }
    fprintf(file, "balancing=%d demotion=%d reclaim=%d thp=%s irqbalance=%d cgroup=%d kernel=%s\n",
            settings->numa_balancing, settings->demotion, settings->zone_reclaim_mode,
            settings->thp ? settings->thp : "unknown", settings->irqbalance,
            settings->cgroup_version, settings->kernel ? settings->kernel : "unknown");
    assert_int_equal(fclose(file), 0);
    return text;
}

/* The same with what is free, in use and overridden, for two that were taken at one moment. The
 * caller frees. */
static inline char *machine_text_whole(const struct machine *machine)
{
    autofree char *rest = machine_text(machine);
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);

    assert_non_null(file);
    fputs(rest, file);
    for (unsigned int i = 0; i < machine->n_nodes; i++) {
        const struct node *node = &machine->nodes[i];

        fprintf(file, "node %u free=%" PRId64 " cache=%" PRId64, node->id,
                (int64_t)node->free_bytes, (int64_t)node->cache_bytes);
        for (unsigned int j = 0; j < node->n_huge; j++)
            fprintf(file, " %" PRId64, (int64_t)node->huge[j].free_pages);
        fputc('\n', file);
    }
    for (unsigned int i = 0; i < machine->n_devices; i++)
        fprintf(file, "%s overridden=%d\n", machine->devices[i].name,
                machine->devices[i].node_overridden);
    assert_int_equal(fclose(file), 0);
    return text;
}

#endif
