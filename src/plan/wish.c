/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A spec held against one machine. The one idea: after this nothing is an expression any more, so
 * that check and plan judge the same sets and cannot disagree about what "!0-3" means.
 */

#include "plan.h"

#include <string.h>

/* What "all", "!" and "+" refer to. */
struct universe {
    hwloc_bitmap_t cpus;  /* online and granted */
    hwloc_bitmap_t nodes; /* granted, with memory */
};

static void cleanup_universe(struct universe *universe)
{
    hwloc_bitmap_free(universe->cpus);
    hwloc_bitmap_free(universe->nodes);
}

static int fail_at(const struct spec *spec, struct mark at, int code, struct np_error *err)
{
    error_at(err, mark_file(at, spec->file), at.line, at.column);
    return code;
}

static int override_devices(struct machine *machine, const struct spec *spec)
{
    int r = 0;

    for (unsigned int i = 0; r == 0 && i < spec->n_devices; i++) {
        if (machine_node(machine, spec->devices[i].node))
            r = machine_override_device(machine, spec->devices[i].name, spec->devices[i].node);
    }
    return r;
}

static int resolve_reserved(const struct universe *universe, struct wishes *wishes,
                            struct np_error *err)
{
    const struct spec *spec = wishes->spec;

    if (spec->reserved_cpus_given) {
        int r = set_expr_resolve(&spec->reserved_cpus, universe->cpus, &wishes->reserved_cpus, err);

        if (r < 0)
            return fail_at(spec, spec->reserved_cpus_at, r, err);
    } else {
        wishes->reserved_cpus = hwloc_bitmap_alloc();
    }
    /* One more: calloc(0) may be NULL. */
    wishes->reserved_bytes = calloc(wishes->machine->n_nodes + 1, sizeof(uint64_t));
    if (!wishes->reserved_cpus || !wishes->reserved_bytes)
        return -ENOMEM;
    for (unsigned int i = 0; i < spec->n_reserved_memory; i++) {
        const struct node_bytes *reserved = &spec->reserved_memory[i];
        int idx = machine_node_idx(wishes->machine, reserved->node);

        if (idx >= 0)
            wishes->reserved_bytes[idx] = reserved->bytes;
    }
    return 0;
}

static int resolve_pool(const struct universe *universe, struct wishes *wishes,
                        struct np_error *err)
{
    const struct spec *spec = wishes->spec;
    int r;

    if (!spec->pool_cpus_given)
        return 0;
    r = set_expr_resolve(&spec->pool_cpus, universe->cpus, &wishes->pool_cpus, err);
    return r < 0 ? fail_at(spec, spec->pool_cpus_at, r, err) : 0;
}

static bool tells_ranges(const struct machine *machine)
{
    for (unsigned int i = 0; i < machine->n_nodes; i++) {
        if (machine->nodes[i].n_ranges > 0)
            return true;
    }
    return false;
}

static uint64_t bytes_of_node(const struct instance *instance, const struct node *node)
{
    uint64_t bytes = 0;

    for (unsigned int i = 0; i < instance->n_regions; i++) {
        for (unsigned int j = 0; j < node->n_ranges; j++)
            bytes += region_common_bytes(instance->regions[i], node->ranges[j]);
    }
    return bytes;
}

static int resolve_regions(const struct machine *machine, struct wish *wish)
{
    if (wish->instance->n_regions == 0 || !tells_ranges(machine))
        return 0;
    wish->region_bytes = calloc(machine->n_nodes, sizeof(uint64_t));
    if (!wish->region_bytes)
        return -ENOMEM;
    for (unsigned int i = 0; i < machine->n_nodes; i++)
        wish->region_bytes[i] = bytes_of_node(wish->instance, &machine->nodes[i]);
    return 0;
}

/* What is not in the pool is the host's. A CPU outside that an instance names is left to check,
 * which tells where it stands. */
static int reserve_cpus_off_pool(struct wishes *wishes)
{
    for (unsigned int i = 0; wishes->pool_cpus && i < wishes->machine->n_cpus; i++) {
        unsigned int cpu = wishes->machine->cpus[i].id;
        bool named = false;

        for (unsigned int j = 0; j < wishes->n_wishes; j++)
            named |= wishes->wishes[j].cpus && hwloc_bitmap_isset(wishes->wishes[j].cpus, cpu);
        if (!named && !hwloc_bitmap_isset(wishes->pool_cpus, cpu) &&
            hwloc_bitmap_set(wishes->reserved_cpus, cpu) < 0)
            return -ENOMEM;
    }
    return 0;
}

static uint64_t pool_bytes_of(const struct spec *spec, const struct node *node)
{
    uint64_t bytes = 0;

    for (unsigned int i = 0; i < spec->n_pools; i++) {
        for (unsigned int j = 0; j < node->n_ranges; j++)
            bytes += region_common_bytes(spec->pools[i].region, node->ranges[j]);
    }
    return bytes;
}

/* Of a node whose ranges are unknown nothing can be said but its size. */
static void reserve_bytes_off_pools(struct wishes *wishes)
{
    for (unsigned int i = 0; wishes->spec->n_pools > 0 && i < wishes->machine->n_nodes; i++) {
        const struct node *node = &wishes->machine->nodes[i];
        uint64_t pool = pool_bytes_of(wishes->spec, node);

        if (node->n_ranges == 0 || node->total_bytes == UNKNOWN_U64 || pool >= node->total_bytes)
            continue;
        if (wishes->reserved_bytes[i] < node->total_bytes - pool)
            wishes->reserved_bytes[i] = node->total_bytes - pool;
    }
}

static int resolve_wish(const struct wishes *wishes, const struct universe *universe,
                        struct wish *wish, struct np_error *err)
{
    const struct instance *instance = wish->instance;
    const struct device *near;
    int r;

    if (instance->cpus_given) {
        r = set_expr_resolve(&instance->cpus, universe->cpus, &wish->cpus, err);
        if (r < 0)
            return fail_at(wishes->spec, instance->at[KEY_CPUS], r, err);
    }
    if (instance->nodes_given) {
        r = set_expr_resolve(&instance->numa_nodes, universe->nodes, &wish->nodes, err);
        if (r < 0)
            return fail_at(wishes->spec, instance->at[KEY_NUMA_NODES], r, err);
    }
    wish->near = instance->near ? instance->near : instance->irqs;
    near = wish->near ? machine_device(wishes->machine, wish->near) : NULL;
    wish->near_node = near ? machine_node_of_device(wishes->machine, near->node) : -1;
    return resolve_regions(wishes->machine, wish);
}

int wishes_resolve(struct machine *machine, const struct spec *spec, struct wishes **ret_wishes,
                   struct np_error *err)
{
    CLEANUP(cleanup_universe) struct universe universe = {0};
    autowishes struct wishes *wishes = calloc(1, sizeof(*wishes));
    int r;

    if (!wishes)
        return -ENOMEM;
    wishes->machine = machine;
    wishes->spec = spec;
    wishes->wishes = calloc(spec->n_instances + 1, sizeof(*wishes->wishes));
    universe.cpus = machine_usable_cpus(machine);
    universe.nodes = machine_usable_nodes(machine);
    if (!wishes->wishes || !universe.cpus || !universe.nodes)
        return -ENOMEM;
    wishes->n_wishes = spec->n_instances;
    r = override_devices(machine, spec);
    if (r < 0)
        return r;
    r = resolve_reserved(&universe, wishes, err);
    if (r == 0)
        r = resolve_pool(&universe, wishes, err);
    for (unsigned int i = 0; r == 0 && i < spec->n_instances; i++) {
        wishes->wishes[i] = (struct wish){.instance = &spec->instances[i]};
        r = resolve_wish(wishes, &universe, &wishes->wishes[i], err);
    }
    if (r == 0)
        r = reserve_cpus_off_pool(wishes);
    if (r < 0)
        return r;
    reserve_bytes_off_pools(wishes);
    *ret_wishes = TAKE(wishes);
    return 0;
}

int wishes_without(const struct wishes *wishes, unsigned int wish, struct wishes *ret_wishes)
{
    struct wish *rest = calloc(wishes->n_wishes, sizeof(*rest));
    unsigned int n = 0;

    if (!rest)
        return -ENOMEM;
    for (unsigned int i = 0; i < wishes->n_wishes; i++) {
        if (i != wish)
            rest[n++] = wishes->wishes[i];
    }
    *ret_wishes = *wishes;
    ret_wishes->wishes = rest;
    ret_wishes->n_wishes = n;
    return 0;
}

int wishes_hold(struct wishes *wishes, const struct current *current)
{
    wishes->held_bytes = calloc(wishes->machine->n_nodes + 1, sizeof(uint64_t));
    if (!wishes->held_bytes)
        return -ENOMEM;
    for (unsigned int i = 0; i < current->n_instances; i++) {
        const struct current_instance *instance = &current->instances[i];

        for (unsigned int j = 0; j < instance->n_shares; j++) {
            int node = machine_node_idx(wishes->machine, instance->shares[j].node);

            if (node >= 0)
                wishes->held_bytes[node] += instance->shares[j].bytes;
        }
    }
    return 0;
}

struct wishes *wishes_free(struct wishes *wishes)
{
    if (!wishes)
        return NULL;
    for (unsigned int i = 0; i < wishes->n_wishes; i++) {
        hwloc_bitmap_free(wishes->wishes[i].cpus);
        hwloc_bitmap_free(wishes->wishes[i].nodes);
        free(wishes->wishes[i].region_bytes);
    }
    hwloc_bitmap_free(wishes->reserved_cpus);
    hwloc_bitmap_free(wishes->pool_cpus);
    free(wishes->reserved_bytes);
    free(wishes->held_bytes);
    free(wishes->wishes);
    free(wishes);
    return NULL;
}

/* A node that never has CPUs is a special kind of memory, whatever it calls itself. */
static bool has_any_cpu(const struct machine *machine, unsigned int node)
{
    for (unsigned int i = 0; i < machine->n_cpus; i++) {
        if (machine->cpus[i].node == (int)node)
            return true;
    }
    return false;
}

bool wishes_node_is_ordinary(const struct wishes *wishes, unsigned int node_idx)
{
    const struct node *node = &wishes->machine->nodes[node_idx];

    return (node->kind == NODE_KIND_DRAM || node->kind == NODE_KIND_UNKNOWN) &&
           has_any_cpu(wishes->machine, node->id);
}

uint64_t wishes_capacity(const struct wishes *wishes, unsigned int node_idx, bool use_free)
{
    const struct node *node = &wishes->machine->nodes[node_idx];
    uint64_t reserved = wishes->reserved_bytes[node_idx];
    uint64_t held = wishes->held_bytes ? wishes->held_bytes[node_idx] : 0;
    uint64_t bytes;

    if (!node->granted)
        return 0;
    if (node->total_bytes == UNKNOWN_U64 || (use_free && node->free_bytes == UNKNOWN_U64))
        return UNKNOWN_U64;
    bytes = node->total_bytes > reserved ? node->total_bytes - reserved : 0;
    /* What the host keeps is mostly in use already: it does not come off what is free as well. */
    if (use_free && node->free_bytes + held < bytes)
        bytes = node->free_bytes + held;
    return bytes;
}
