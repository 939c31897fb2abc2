/* SPDX-License-Identifier: Apache-2.0 */
/* Facts in the words of Kerf's documentation. */

#include "kerf-words.h"

#include "finding.h"

/* "[0, 1]" */
static char *list_of(hwloc_const_bitmap_t set)
{
    char *list = NULL;
    size_t size;
    FILE *stream = open_memstream(&list, &size);
    const char *comma = "";

    if (!stream)
        return NULL;
    fputc('[', stream);
    for (int id = hwloc_bitmap_first(set); id != -1; id = hwloc_bitmap_next(set, id)) {
        fprintf(stream, "%s%d", comma, id);
        comma = ", ";
    }
    fputc(']', stream);
    if (fclose(stream) != 0) {
        free(list);
        return NULL;
    }
    return list;
}

char *kerf_node_unknown(unsigned int node)
{
    return text("NUMA node %u does not exist in hardware topology", node);
}

char *kerf_cpu_remote(unsigned int cpu, int node, hwloc_const_bitmap_t configured)
{
    autofree char *nodes = list_of(configured);

    if (!nodes)
        return NULL;
    return text("CPU %u is in NUMA node %d, but instance is configured for NUMA nodes %s. This may "
                "cause performance issues due to remote memory access.",
                cpu, node, nodes);
}

char *kerf_compact_split(hwloc_const_bitmap_t cpu_nodes)
{
    autofree char *nodes = list_of(cpu_nodes);

    if (!nodes)
        return NULL;
    return text("Compact CPU affinity requested but CPUs span multiple NUMA nodes: %s", nodes);
}

char *kerf_spread_single(int node)
{
    return text("Spread CPU affinity requested but CPUs are from single NUMA node %d", node);
}

/* Kerf knows memory on one node only: of several, the sentence gets a list. */
static char *say_apart(const char *requested, hwloc_const_bitmap_t cpu_nodes,
                       hwloc_const_bitmap_t mem_nodes)
{
    autofree char *of_cpus = list_of(cpu_nodes);
    autofree char *of_memory = list_of(mem_nodes);

    if (!of_cpus || !of_memory)
        return NULL;
    if (hwloc_bitmap_weight(mem_nodes) == 1)
        return text("%s requested but CPUs are from NUMA nodes %s while memory is on NUMA node %d",
                    requested, of_cpus, hwloc_bitmap_first(mem_nodes));
    return text("%s requested but CPUs are from NUMA nodes %s while memory is on NUMA nodes %s",
                requested, of_cpus, of_memory);
}

char *kerf_memory_remote(hwloc_const_bitmap_t cpu_nodes, hwloc_const_bitmap_t mem_nodes)
{
    return say_apart("Local memory policy", cpu_nodes, mem_nodes);
}

char *kerf_affinity_remote(hwloc_const_bitmap_t cpu_nodes, hwloc_const_bitmap_t mem_nodes)
{
    return say_apart("Local affinity", cpu_nodes, mem_nodes);
}
