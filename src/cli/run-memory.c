/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run --memory: whether the nodes that the program's memory is to come from can hold it, asked
 * before it starts, since afterwards the answer is an out-of-memory kill (bind) or memory elsewhere
 * (all other policies). Page cache of files counts as room: the kernel drops it.
 */

#include "run.h"

#include "machine.h"
#include "numa-calls.h"
#include "set.h"
#include "size.h"

#include <inttypes.h>
#include <string.h>

/* The nodes that memory will come from: the policy's; without any, those of the CPUs; never empty
 * on a machine with memory. */
static int memory_nodes(const struct machine *machine, const struct run_binding *binding,
                        int *ret_mode, hwloc_bitmap_t *ret_nodes)
{
    autoset hwloc_bitmap_t nodes = NULL, cpus = NULL, usable = machine_usable_nodes(machine);
    int r = usable ? 0 : -ENOMEM;

    *ret_mode = binding->mode;
    if (r == 0 && binding->mode == BINDING_KEEP_POLICY)
        r = numa_get_mempolicy(ret_mode, &nodes); /* an outer numactl's, perhaps */
    else if (r == 0 && binding->nodes)
        r = (nodes = hwloc_bitmap_dup(binding->nodes)) ? 0 : -ENOMEM;
    if (r == 0 && (!nodes || hwloc_bitmap_iszero(nodes))) {
        if (binding->cpus)
            r = (cpus = hwloc_bitmap_dup(binding->cpus)) ? 0 : -ENOMEM;
        else
            r = numa_get_affinity(0, &cpus);
        hwloc_bitmap_free(nodes);
        nodes = r == 0 ? machine_nodes_of_cpus(machine, cpus) : NULL;
        if (r == 0 && (!nodes || hwloc_bitmap_and(nodes, nodes, usable) < 0))
            r = -ENOMEM;
    }
    if (r < 0)
        return r;
    *ret_nodes = hwloc_bitmap_iszero(nodes) ? TAKE(usable) : TAKE(nodes);
    return 0;
}

struct room {
    uint64_t free_bytes;
    uint64_t cache_bytes;
};

/* A hypervisor that takes back free memory makes a guest's node look small, not /proc/meminfo.
 * Which node it gives it back to is only certain when there is one. */
static void count_ballooned(const struct root *root, const struct machine *machine,
                            struct room *room)
{
    static const char key[] = "MemAvailable:";
    autofree char *meminfo = NULL;
    const char *line;
    uint64_t kib;

    if (machine->n_nodes != 1 || root_read(root, &meminfo, "proc/meminfo") < 0)
        return;
    line = strstr(meminfo, key);
    if (line && sscanf(line + strlen(key), "%" SCNu64, &kib) == 1 && kib < UINT64_MAX / KIB &&
        kib * KIB > room->free_bytes + room->cache_bytes)
        room->free_bytes = kib * KIB - room->cache_bytes;
}

static bool add_room(const struct machine *machine, int node_id, struct room *room)
{
    const struct node *node = machine_node(machine, (unsigned int)node_id);

    if (!node || node->free_bytes == UNKNOWN_U64)
        return false;
    room->free_bytes += node->free_bytes;
    room->cache_bytes += node->cache_bytes == UNKNOWN_U64 ? 0 : node->cache_bytes;
    return true;
}

/* set is one node, or all that share what is needed. */
static int judge(hwloc_const_bitmap_t set, const struct room *room, uint64_t needed,
                 const char *what, struct np_error *err)
{
    uint64_t has = room->free_bytes + room->cache_bytes;
    char need_text[SIZE_TEXT_MAX], has_text[SIZE_TEXT_MAX], free_text[SIZE_TEXT_MAX];
    char cache_text[SIZE_TEXT_MAX], lack_text[SIZE_TEXT_MAX];
    autofree char *nodes = set_format(set);

    if (has >= needed)
        return 0;
    if (!nodes)
        return -ENOMEM;
    error_set(err, -ENOSPC,
              "node%s %s lack%s %s for %s: %s needed, %s there (%s free, %s of page cache)",
              hwloc_bitmap_weight(set) == 1 ? "" : "s", nodes,
              hwloc_bitmap_weight(set) == 1 ? "s" : "", size_format(needed - has, lack_text), what,
              size_format(needed, need_text), size_format(has, has_text),
              size_format(room->free_bytes, free_text), size_format(room->cache_bytes, cache_text));
    error_hint(err, "ask for less, name more nodes, or free memory there; `numaplace ps` shows who "
                    "has it");
    return -ENOSPC;
}

static uint64_t weight(const struct root *root, int mode, int node)
{
    uint64_t weight = 1;

    if (mode == NUMA_MPOL_WEIGHTED_INTERLEAVE) /* stays 1 where the kernel does not tell */
        (void)root_read_u64(root, &weight, "sys/kernel/mm/mempolicy/weighted_interleave/node%d",
                            node);
    return weight;
}

/* Interleaving gives each node its share, so each must hold its own. */
static int judge_shares(const struct root *root, const struct machine *machine, int mode,
                        hwloc_const_bitmap_t nodes, uint64_t needed, struct np_error *err)
{
    uint64_t weights = 0;

    for (int node = hwloc_bitmap_first(nodes); node != -1; node = hwloc_bitmap_next(nodes, node))
        weights += weight(root, mode, node);
    for (int node = hwloc_bitmap_first(nodes); node != -1; node = hwloc_bitmap_next(nodes, node)) {
        double share = (double)needed * (double)weight(root, mode, node) / (double)weights;
        autoset hwloc_bitmap_t one = hwloc_bitmap_alloc();
        struct room room = {0};
        int r;

        if (!one || hwloc_bitmap_only(one, (unsigned int)node) < 0)
            return -ENOMEM;
        if (!add_room(machine, node, &room))
            continue;
        r = judge(one, &room, (uint64_t)share, "its share", err);
        if (r < 0)
            return r;
    }
    return 0;
}

int run_check_memory(const struct root *root, const struct machine *machine,
                     const struct run_binding *binding, uint64_t needed, struct np_error *err)
{
    autoset hwloc_bitmap_t nodes = NULL;
    struct room room = {0};
    int mode;
    int r = memory_nodes(machine, binding, &mode, &nodes);

    if (r < 0)
        return r;
    for (int node = hwloc_bitmap_first(nodes); node != -1; node = hwloc_bitmap_next(nodes, node)) {
        if (!add_room(machine, node, &room))
            return error_set(err, -ENODATA, "--memory: nobody tells how much of node %d is free",
                             node);
    }
    count_ballooned(root, machine, &room);
    r = judge(nodes, &room, needed, "the program", err);
    if (r == 0 && hwloc_bitmap_weight(nodes) > 1 &&
        (mode == MPOL_INTERLEAVE || mode == NUMA_MPOL_WEIGHTED_INTERLEAVE))
        r = judge_shares(root, machine, mode, nodes, needed, err);
    return r;
}
