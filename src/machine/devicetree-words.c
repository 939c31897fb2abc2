/* SPDX-License-Identifier: Apache-2.0 */
/* All words of /resources: those that make a machine, those that the spec takes from there, and
 * those of Kerf's that say nothing about placing. */

#include "machine-devicetree.h"

#include <string.h>

/* A node: what it is called ("*": anything), what it can say, and what can be in it. */
struct scope {
    const char *name;
    const char *const *properties; /* NULL-terminated */
    const struct scope *children;  /* ends with name NULL; NULL none */
};

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* sockets { socket@0 { cpus = <...>; }; }, and all that are like it. */
#define GROUP(section, member, ...)                                                                \
    {                                                                                              \
        .name = section, .properties = WORDS(NULL), .children = (const struct scope[])             \
        {                                                                                          \
            {.name = member, .properties = WORDS("cpus", ##__VA_ARGS__)}, {0},                     \
        }                                                                                          \
    }

#define GROUPS                                                                                     \
    GROUP("sockets", "socket", "socket-id"), GROUP("dies", "die"), GROUP("clusters", "cluster"),   \
        GROUP("cores", "core"), GROUP("caches", "*", "level", "type", "size"),                     \
        GROUP("llcs", "llc"), GROUP("kinds", "kind")

static const struct scope numa_node[] = {
    {.name = "numaplace,hugepages", .properties = WORDS("pages", "free")},
    {0},
};

static const struct scope numa_nodes[] = {
    {.name = "node",
     .properties = WORDS("node-id", "memory-base", "memory-size", "memory-type", "cpus",
                         "distance-matrix", "numaplace,total-bytes", "numaplace,total-unknown",
                         "numaplace,free-bytes", "numaplace,cache-bytes", "numaplace,tier",
                         "numaplace,initiators", "numaplace,memory-not-granted",
                         "numaplace,distance", "numaplace,latency-ns", "numaplace,bandwidth-mibps"),
     .children = numa_node},
    {0},
};

static const struct scope topology[] = {
    {.name = "numa-nodes",
     .properties = WORDS("numaplace,distance-source", "numaplace,latency-source",
                         "numaplace,bandwidth-source"),
     .children = numa_nodes},
    GROUPS,
    {0},
};

static const struct scope cpus[] = {GROUPS, {0}};

static const struct scope devices[] = {
    {.name = "*",
     .properties = WORDS("compatible", "device-name", "device-type", "device-id", "vendor-id",
                         "pci-id", "memory", "numa-node", "numa-node-id", "sriov-vfs",
                         "host-reserved-vf", "available-vfs", "namespaces", "host-reserved-ns",
                         "available-ns", "numaplace,class", "numaplace,node-overridden")},
    {0},
};

static const struct scope pools[] = {
    {.name = "pool", .properties = WORDS("base", "size", "numa-node", "numa-node-id")},
    {0},
};

static const struct scope resources[] = {
    {.name = "cpus",
     .properties = WORDS("total", "host-reserved", "available", "numaplace,absent",
                         "numaplace,offline", "numaplace,isolated", "numaplace,not-granted"),
     .children = cpus},
    {.name = "topology", .properties = WORDS(NULL), .children = topology},
    {.name = "memory",
     .properties =
         WORDS("total-bytes", "host-reserved-bytes", "memory-pool-base", "memory-pool-bytes",
               "base", "size", "memory-base", "memory-size", "memory-bytes", "numa-node",
               "numa-node-id", "numaplace,host-reserved-bytes")},
    {.name = "memory-pools", .properties = WORDS(NULL), .children = pools},
    {.name = "devices", .properties = WORDS(NULL), .children = devices},
    {.name = "numaplace,settings",
     .properties = WORDS("kernel", "numa-balancing", "demotion", "zone-reclaim-mode",
                         "transparent-huge-pages", "irqbalance", "cgroup-version")},
    GROUPS,
    {0},
};

static const struct scope top = {
    .name = "resources",
    .properties = WORDS("cpus", "memory-base", "memory-bytes"),
    .children = resources,
};

/* NULL for a node that nobody knows. */
static const struct scope *find_scope(const struct dt_node *node)
{
    const struct scope *above;

    if (!node->parent)
        return NULL;
    if (!node->parent->parent)
        return strcmp(node->name, top.name) == 0 ? &top : NULL;
    above = find_scope(node->parent);
    if (!above || !above->children)
        return NULL;
    for (const struct scope *scope = above->children; scope->name; scope++) {
        if (strcmp(scope->name, "*") == 0 || strcmp(scope->name, node->name) == 0)
            return scope;
    }
    return NULL;
}

const char *const *devicetree_words(const struct dt_node *node)
{
    const struct scope *scope = find_scope(node);

    return scope ? scope->properties : NULL;
}

bool devicetree_knows(const struct dt_node *node, const char *property)
{
    const char *const *words = devicetree_words(node);

    if (!words || !property)
        return words;
    while (*words && strcmp(*words, property) != 0)
        words++;
    return *words;
}
