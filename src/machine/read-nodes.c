/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nodes, CPUs and distances from sysfs.
 *
 * This is on the path of every start of a program under numaplace, so it reads a handful of small
 * files and nothing else: three a node and five in all.
 */

#include "machine-read.h"

#include "set.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define NODE_DIR "sys/devices/system/node"
#define CPU_DIR "sys/devices/system/cpu"

/* The numbers N of all entries called prefixN; the empty set when there is no such directory. */
static int list_ids(const struct root *root, const char *dir, const char *prefix,
                    hwloc_bitmap_t *ret_ids)
{
    autostrv char **names = NULL;
    autoset hwloc_bitmap_t ids = hwloc_bitmap_alloc();
    size_t length = strlen(prefix);
    int r;

    if (!ids)
        return -ENOMEM;
    r = root_list(root, &names, "%s", dir);
    if (r == -ENOMEM)
        return r;
    for (char **name = names; name && *name; name++) {
        const char *digits = *name + length;

        if (strncmp(*name, prefix, length) != 0 || strlen(digits) > 5 || digits[0] == '\0' ||
            digits[strspn(digits, "0123456789")] != '\0')
            continue;
        if (hwloc_bitmap_set(ids, (unsigned int)strtoul(digits, NULL, 10)) < 0)
            return -ENOMEM;
    }
    *ret_ids = TAKE(ids);
    return 0;
}

/* The set in a file, or failing that the ids of a directory's entries. */
static int read_ids(const struct root *root, const char *dir, const char *file, const char *prefix,
                    hwloc_bitmap_t *ret_ids)
{
    int r = root_read_set(root, ret_ids, "%s/%s", dir, file);

    if (r < 0 && r != -ENOMEM)
        r = list_ids(root, dir, prefix, ret_ids);
    return r;
}

/* Kernels before 2.6.26, and trees captured on them, have only the mask. */
static int read_node_cpus(const struct root *root, unsigned int node, hwloc_bitmap_t *ret_cpus)
{
    autofree char *mask = NULL;
    int r = root_read_set(root, ret_cpus, NODE_DIR "/node%u/cpulist", node);

    if (r == 0 || r == -ENOMEM)
        return r;
    r = root_read(root, &mask, NODE_DIR "/node%u/cpumap", node);
    if (r == 0)
        r = set_parse_mask(mask, ret_cpus, NULL);
    return r;
}

/* "Node 0 MemTotal:   16777216 kB" to bytes; unknown when there is no such line. */
static uint64_t meminfo_bytes(const char *meminfo, const char *key)
{
    const char *line = strstr(meminfo, key);
    uint64_t kib;

    if (!line || sscanf(line + strlen(key), " %" SCNu64 " kB", &kib) != 1 ||
        kib > UINT64_MAX / KIB / 2)
        return UNKNOWN_U64;
    return kib * KIB;
}

static void parse_meminfo(struct node *node, const char *meminfo)
{
    uint64_t active = meminfo_bytes(meminfo, "Active(file):");
    uint64_t inactive = meminfo_bytes(meminfo, "Inactive(file):");

    if (active != UNKNOWN_U64 && inactive != UNKNOWN_U64)
        node->cache_bytes = active + inactive;
    node->total_bytes = meminfo_bytes(meminfo, "MemTotal:");
    node->free_bytes = meminfo_bytes(meminfo, "MemFree:");
    if (node->free_bytes != UNKNOWN_U64 && node->free_bytes > node->total_bytes)
        node->free_bytes = UNKNOWN_U64;
}

static int read_node(struct node *node, const struct root *root)
{
    autofree char *meminfo = NULL;
    hwloc_bitmap_t cpus;
    int r = read_node_cpus(root, node->id, &cpus);

    if (r == 0) {
        hwloc_bitmap_free(node->cpus);
        node->cpus = cpus;
    } else if (r == -ENOMEM) {
        return r;
    }
    r = root_read(root, &meminfo, NODE_DIR "/node%u/meminfo", node->id);
    if (r == 0)
        parse_meminfo(node, meminfo);
    return r == -ENOMEM ? r : 0;
}

/* Moves *p behind the next number. False: there is none, or one that no firmware means. */
static bool next_distance(const char **p, unsigned long *ret_value)
{
    const char *digits = *p + strspn(*p, " ");
    size_t n = strspn(digits, "0123456789");

    if (n == 0 || n > 5)
        return false;
    *ret_value = strtoul(digits, NULL, 10);
    *p = digits + n;
    return true;
}

/* A row has one number for each node that is online, in ascending order. A row that has not, or
 * that holds something else, is unknown as a whole. */
static int parse_distances(struct machine *machine, unsigned int from_idx, const char *text)
{
    unsigned long value;
    const char *p = text;
    uint64_t *row;
    int r;

    for (unsigned int i = 0; i < machine->n_nodes; i++) {
        if (!next_distance(&p, &value))
            return 0;
    }
    if (p[strspn(p, " \n")] != '\0')
        return 0;
    r = matrix_make(machine, &machine->distance, MATRIX_SLIT);
    if (r < 0)
        return r;
    row = &machine->distance.value[(size_t)from_idx * machine->n_nodes];
    p = text;
    for (unsigned int i = 0; i < machine->n_nodes && next_distance(&p, &value); i++)
        row[i] = value == 0 ? UNKNOWN_U64 : value; /* no distance is 0: firmware left it out */
    return 0;
}

static int read_distances(struct machine *machine, const struct root *root)
{
    int r = 0;

    for (unsigned int i = 0; r == 0 && i < machine->n_nodes; i++) {
        autofree char *text = NULL;

        r = root_read(root, &text, NODE_DIR "/node%u/distance", machine->nodes[i].id);
        if (r == 0)
            r = parse_distances(machine, i, text);
        else if (r != -ENOMEM)
            r = 0;
    }
    return r;
}

/* Online CPUs, and whether the tree told; a node's list has only such. */
static int read_online(const struct machine *machine, const struct root *root,
                       hwloc_const_bitmap_t all, hwloc_bitmap_t *ret_online)
{
    autoset hwloc_bitmap_t online = NULL;
    int r = root_read_set(root, ret_online, CPU_DIR "/online");

    if (r == 0 || r == -ENOMEM)
        return r;
    online = hwloc_bitmap_alloc();
    if (!online)
        return -ENOMEM;
    for (unsigned int i = 0; i < machine->n_nodes; i++) {
        if (hwloc_bitmap_or(online, online, machine->nodes[i].cpus) < 0)
            return -ENOMEM;
    }
    if (hwloc_bitmap_iszero(online) && hwloc_bitmap_copy(online, all) < 0)
        return -ENOMEM;
    *ret_online = TAKE(online);
    return 0;
}

/* A CPU that is offline is in no node's list, but its directory still has a link to its node. */
static int read_offline_node(struct cpu *cpu, const struct root *root)
{
    autoset hwloc_bitmap_t nodes = NULL;
    char dir[64];
    int r;

    (void)snprintf(dir, sizeof(dir), CPU_DIR "/cpu%u", cpu->id); /* an unsigned int fits */
    r = list_ids(root, dir, "node", &nodes);
    if (r == 0)
        cpu->node = set_only(nodes);
    return r;
}

static int read_cpus(struct machine *machine, const struct root *root)
{
    autoset hwloc_bitmap_t ids = NULL;
    autoset hwloc_bitmap_t online = NULL;
    int r = read_ids(root, CPU_DIR, "present", "cpu", &ids);

    for (unsigned int i = 0; r == 0 && i < machine->n_nodes; i++)
        r = hwloc_bitmap_or(ids, ids, machine->nodes[i].cpus) < 0 ? -ENOMEM : 0;
    if (r == 0)
        r = read_online(machine, root, ids, &online);
    if (r == 0)
        r = hwloc_bitmap_or(ids, ids, online) < 0 ? -ENOMEM : machine_set_cpus(machine, ids);
    for (unsigned int i = 0; r == 0 && i < machine->n_cpus; i++) {
        struct cpu *cpu = &machine->cpus[i];

        cpu->online = hwloc_bitmap_isset(online, cpu->id) == 1;
        if (!cpu->online)
            r = read_offline_node(cpu, root);
    }
    return r;
}

/* From the nodes' lists to the CPUs. */
static void place_cpus(struct machine *machine)
{
    unsigned int id;

    for (unsigned int i = 0; i < machine->n_nodes; i++) {
        const struct node *node = &machine->nodes[i];

        hwloc_bitmap_foreach_begin(id, node->cpus)
        {
            struct cpu *cpu = machine_cpu_mutable(machine, id);

            if (cpu)
                cpu->node = (int)node->id;
        }
        hwloc_bitmap_foreach_end();
    }
}

/* A kernel that is built without NUMA has one node and does not say so. It is taken for that only
 * when /proc/meminfo is there: a tree without either says nothing about nodes. */
static int read_without_numa(struct machine *machine, const struct root *root)
{
    autofree char *meminfo = NULL;
    autoset hwloc_bitmap_t ids = NULL;
    struct node *node;
    int r = root_read(root, &meminfo, "proc/meminfo");

    ids = hwloc_bitmap_alloc();
    if (!ids || (r == 0 && hwloc_bitmap_set(ids, 0) < 0))
        return -ENOMEM;
    if (machine_set_nodes(machine, ids) < 0)
        return -ENOMEM;
    if (r < 0)
        return r == -ENOMEM ? r : read_cpus(machine, root);
    r = read_cpus(machine, root);
    node = &machine->nodes[0];
    parse_meminfo(node, meminfo);
    for (unsigned int i = 0; r == 0 && i < machine->n_cpus; i++) {
        machine->cpus[i].node = 0;
        if (machine->cpus[i].online && hwloc_bitmap_set(node->cpus, machine->cpus[i].id) < 0)
            r = -ENOMEM;
    }
    return r;
}

static int read_numa(struct machine *machine, const struct root *root)
{
    autoset hwloc_bitmap_t ids = NULL;
    int r = read_ids(root, NODE_DIR, "online", "node", &ids);

    if (r == 0)
        r = machine_set_nodes(machine, ids);
    for (unsigned int i = 0; r == 0 && i < machine->n_nodes; i++)
        r = read_node(&machine->nodes[i], root);
    if (r == 0)
        r = read_cpus(machine, root);
    if (r == 0)
        r = read_distances(machine, root);
    if (r == 0)
        place_cpus(machine);
    return r;
}

int read_nodes(struct machine *machine, const struct root *root)
{
    int r = root_has(root, NODE_DIR) ? read_numa(machine, root) : read_without_numa(machine, root);

    return r < 0 ? r : read_granted(machine, root);
}
