/* SPDX-License-Identifier: Apache-2.0 */
/* A spec as a tree of Kerf's form. */

#include "spec-write.h"

#include "machine-devicetree.h"

#include <ctype.h>
#include <string.h>

static const char depends[] =
    "a tree names CPUs and nodes by number: --from MACHINE says which these are";

static struct dt_node *child_of(const struct dt_node *parent, const char *name)
{
    for (unsigned int i = 0; i < parent->n_children; i++) {
        if (strcmp(parent->children[i]->name, name) == 0)
            return parent->children[i];
    }
    return NULL;
}

static int get_child(struct dt_node *parent, const char *name, struct dt_node **ret_child)
{
    *ret_child = child_of(parent, name);
    return *ret_child ? 0 : dt_add_node(parent, name, NULL, ret_child);
}

/* An empty list is none: a tree has no word for it. */
static int put_set(struct dt_node *node, const char *name, unsigned int bits,
                   hwloc_const_bitmap_t set)
{
    int n = hwloc_bitmap_weight(set);
    autofree uint64_t *cells = calloc(n > 0 ? (size_t)n : 1, sizeof(*cells));
    unsigned int i = 0;
    int id;

    if (n == 0)
        return 0;
    if (!cells)
        return -ENOMEM;
    hwloc_bitmap_foreach_begin(id, set)
    {
        cells[i++] = (uint64_t)id;
    }
    hwloc_bitmap_foreach_end();
    return dt_put_cells(node, name, bits, cells, i);
}

static int put_regions(struct dt_node *node, const struct region *regions, unsigned int n)
{
    autofree uint64_t *numbers = calloc(2 * (size_t)n + 1, sizeof(*numbers));
    int r;

    if (!numbers)
        return -ENOMEM;
    for (unsigned int i = 0; i < n; i++) {
        numbers[i] = regions[i].base;
        numbers[n + i] = regions[i].bytes;
    }
    r = dt_put_u64s(node, "memory-base", numbers, n);
    return r == 0 ? dt_put_u64s(node, "memory-bytes", numbers + n, n) : r;
}

/* resources */

/* "!4-31" is what instances may have, 4-31, said from the other side. */
static bool is_all_but(const struct set_expr *expr)
{
    return expr->invert && !expr->all && !expr->relative && !expr->same;
}

/* Where the lists of CPUs stand, and what they are called: as a part of the hardware, if that is
 * described. */
struct cpu_place {
    struct dt_node *node;
    const char *reserved, *available;
};

static int find_cpu_place(struct dt *dt, struct cpu_place *ret_place)
{
    struct dt_node *resources;
    int r;

    if (!devicetree_has_machine(dt)) {
        ret_place->reserved = "numaplace,host-reserved";
        ret_place->available = "numaplace,available";
        return get_child(dt->root, "instances", &ret_place->node);
    }
    ret_place->reserved = "host-reserved";
    ret_place->available = "available";
    r = get_child(dt->root, "resources", &resources);
    return r == 0 ? get_child(resources, "cpus", &ret_place->node) : r;
}

static int put_reserved(const struct spec *spec, const struct cpu_place *place,
                        struct losses *losses)
{
    const struct set_expr *reserved = &spec->reserved_cpus;
    autofree char *text = NULL;

    if (set_expr_is_plain(reserved))
        return put_set(place->node, place->reserved, 64, reserved->bits);
    if (is_all_but(reserved) && !spec->pool_cpus_given)
        return put_set(place->node, place->available, 64, reserved->bits);
    text = set_expr_text(reserved);
    return text ? losses_add(losses, "host", spec->reserved_cpus_at,
                             format_text("reserved CPUs \"%s\"", text), depends)
                : -ENOMEM;
}

/* What the host keeps is not available, where the hardware said that all is. */
static int shrink_available(const struct spec *spec, const struct dt *dt,
                            const struct cpu_place *place)
{
    const struct dt_property *available = dt_property(place->node, place->available);
    autoset hwloc_bitmap_t left = hwloc_bitmap_alloc();
    autofree uint64_t *cpus = NULL;
    unsigned int n = 0;
    int r = available ? dt_get_cells(dt, place->node, available, 64, &cpus, &n, NULL) : 0;

    if (r < 0 || !left)
        return -ENOMEM;
    for (unsigned int i = 0; i < n; i++) {
        if (!hwloc_bitmap_isset(spec->reserved_cpus.bits, (unsigned int)cpus[i]) &&
            hwloc_bitmap_set(left, (unsigned int)cpus[i]) < 0)
            return -ENOMEM;
    }
    return put_set(place->node, place->available, 64, left);
}

static int put_cpus(const struct spec *spec, struct dt *dt, struct losses *losses)
{
    struct cpu_place place = {0};
    int r;

    if (!spec->reserved_cpus_given && !spec->pool_cpus_given)
        return 0;
    r = find_cpu_place(dt, &place);
    if (r == 0 && spec->reserved_cpus_given)
        r = put_reserved(spec, &place, losses);
    if (r == 0 && !spec->pool_cpus_given && set_expr_is_plain(&spec->reserved_cpus))
        r = shrink_available(spec, dt, &place);
    if (r == 0 && spec->pool_cpus_given)
        r = put_set(place.node, place.available, 64, spec->pool_cpus.bits);
    return r;
}

static int put_pools(const struct spec *spec, struct dt_node *resources)
{
    autofree struct region *regions = calloc(spec->n_pools + 1, sizeof(*regions));

    if (!regions)
        return -ENOMEM;
    for (unsigned int i = 0; i < spec->n_pools; i++)
        regions[i] = spec->pools[i].region;
    return spec->n_pools > 0 ? put_regions(resources, regions, spec->n_pools) : 0;
}

static int put_reserved_memory(const struct spec *spec, struct dt_node *resources)
{
    for (unsigned int i = 0; i < spec->n_reserved_memory; i++) {
        const struct node_bytes *reserved = &spec->reserved_memory[i];
        autofree char *unit = format_text("%x", reserved->node);
        struct dt_node *memory;
        int r = unit ? dt_add_node(resources, "memory", unit, &memory) : -ENOMEM;

        if (r == 0)
            r = dt_put_u32(memory, "numa-node-id", reserved->node);
        if (r == 0)
            r = dt_put_u64(memory, "numaplace,host-reserved-bytes", reserved->bytes);
        if (r < 0)
            return r;
    }
    return 0;
}

static int find_device(const struct dt_node *devices, const char *name, struct dt_node **ret_device)
{
    *ret_device = NULL;
    for (unsigned int i = 0; i < devices->n_children && !*ret_device; i++) {
        autofree char *called = devicetree_device_name(devices->children[i]);

        if (!called)
            return -ENOMEM;
        if (strcmp(called, name) == 0)
            *ret_device = devices->children[i];
    }
    return 0;
}

/* dtc takes letters, digits and _ only, and no digit first. */
static bool can_be_label(const char *name)
{
    if (!isalpha((unsigned char)name[0]) && name[0] != '_')
        return false;
    for (const char *p = name; *p; p++) {
        if (!isalnum((unsigned char)*p) && *p != '_')
            return false;
    }
    return true;
}

static int add_device(struct dt_node *devices, const char *name, struct dt_node **ret_device)
{
    autofree char *unit = format_text("%u", devices->n_children);
    int r = unit ? dt_add_node(devices, "device", unit, ret_device) : -ENOMEM;

    if (r == 0 && can_be_label(name))
        r = dt_add_label(*ret_device, name);
    return r == 0 ? dt_put_string(*ret_device, "device-name", name) : r;
}

static int put_devices(const struct spec *spec, struct dt_node *resources)
{
    struct dt_node *devices;
    int r = spec->n_devices > 0 ? get_child(resources, "devices", &devices) : 0;

    for (unsigned int i = 0; i < spec->n_devices && r == 0; i++) {
        struct dt_node *device;

        r = find_device(devices, spec->devices[i].name, &device);
        if (r == 0 && !device)
            r = add_device(devices, spec->devices[i].name, &device);
        if (r == 0)
            r = dt_put_u32(device, "numa-node", spec->devices[i].node);
    }
    return r;
}

static int put_resources(const struct spec *spec, struct dt_node *root)
{
    struct dt_node *resources;
    int r;

    if (spec->n_pools == 0 && spec->n_reserved_memory == 0 && spec->n_devices == 0)
        return 0;
    r = get_child(root, "resources", &resources);
    if (r == 0)
        r = put_pools(spec, resources);
    if (r == 0)
        r = put_reserved_memory(spec, resources);
    return r == 0 ? put_devices(spec, resources) : r;
}

/* instances */

/* A set of an instance, if it names its members. */
static int put_expr(const struct instance *instance, enum instance_key key,
                    const struct set_expr *expr, struct dt_node *node, struct losses *losses)
{
    bool is_cpus = key == KEY_CPUS;
    autofree char *text = NULL;

    if (set_expr_is_plain(expr))
        return put_set(node, is_cpus ? "cpus" : "numa-nodes", is_cpus ? 64 : 32, expr->bits);
    text = set_expr_text(expr);
    return text ? losses_add(losses, instance->name, instance->at[key],
                             format_text("%s \"%s\"", is_cpus ? "cpus" : "numa-nodes", text),
                             depends)
                : -ENOMEM;
}

static int put_claims(const struct instance *instance, struct dt_node *node)
{
    autofree const char **names = calloc(instance->n_claims + 1, sizeof(char *));

    if (!names)
        return -ENOMEM;
    for (unsigned int i = 0; i < instance->n_claims; i++)
        names[i] = instance->claims[i].text;
    return instance->n_claims > 0 ? dt_put_strings(node, "device-names", names) : 0;
}

static int put_what_it_gets(const struct instance *instance, struct dt_node *node,
                            struct losses *losses)
{
    int r = 0;

    if (instance->cpus_given)
        r = put_expr(instance, KEY_CPUS, &instance->cpus, node, losses);
    else if (instance->cpu_count > 0)
        r = dt_put_u32(node, "cpu-count", instance->cpu_count);
    if (r == 0 && instance->n_regions > 0)
        r = put_regions(node, instance->regions, instance->n_regions);
    else if (r == 0 && instance->memory_bytes > 0)
        r = dt_put_u64(node, "memory-bytes", instance->memory_bytes);
    if (r == 0 && instance->nodes_given)
        r = put_expr(instance, KEY_NUMA_NODES, &instance->numa_nodes, node, losses);
    return r == 0 ? put_claims(instance, node) : r;
}

static int put_workload(const struct instance *instance, struct dt_node *node)
{
    const struct workload *workload = &instance->workload;
    int r = 0;

    if (instance_says(instance, KEY_BANDWIDTH))
        r = dt_put_u64(node, "numaplace,memory-bandwidth", workload->bandwidth);
    if (r == 0 && instance_says(instance, KEY_LATENCY))
        r = workload->latency_sensitive ? dt_put_flag(node, "numaplace,latency-sensitive")
                                        : dt_put_u32(node, "numaplace,latency-sensitive", 0);
    if (r == 0 && instance_says(instance, KEY_WEIGHT))
        r = dt_put_u32(node, "numaplace,weight", workload->weight);
    return r;
}

/* What was left at its default stays unsaid. */
static int put_how(const struct instance *instance, struct dt_node *node)
{
    int r = 0;

    if (instance_says(instance, KEY_CPU_AFFINITY))
        r = dt_put_string(node, "cpu-affinity", cpu_affinity_name(instance->cpu_affinity));
    if (r == 0 && instance_says(instance, KEY_MEMORY_POLICY))
        r = dt_put_string(node, "memory-policy", memory_policy_name(instance->memory_policy));
    if (r == 0 && instance_says(instance, KEY_SMT))
        r = dt_put_string(node, "numaplace,smt", smt_rule_name(instance->smt));
    if (r == 0 && instance->near)
        r = dt_put_string(node, "numaplace,near", instance->near);
    if (r == 0 && instance->irqs)
        r = dt_put_string(node, "numaplace,irqs", instance->irqs);
    return r == 0 ? put_workload(instance, node) : r;
}

static int put_target(const struct instance *instance, struct dt_node *node)
{
    switch (instance->target) {
    case TARGET_NONE:
        return 0;
    case TARGET_RUN:
        return dt_put_strings(node, "numaplace,run", (const char *const *)instance->run);
    case TARGET_PID:
        return dt_put_u32(node, "numaplace,pid", (uint32_t)instance->pid);
    case TARGET_CGROUP:
        return dt_put_string(node, "numaplace,cgroup", instance->target_name);
    case TARGET_UNIT:
        return dt_put_string(node, "numaplace,unit", instance->target_name);
    case TARGET_VM:
        return dt_put_string(node, "numaplace,vm", instance->target_name);
    }
    return 0;
}

/* Node names are shorter than ours may be, and have no '_' in dtc's own checks; both are read. */
static int put_instance(const struct instance *instance, struct dt_node *instances,
                        struct losses *losses)
{
    struct dt_node *node, *resources;
    int r = dt_add_node(instances, instance->name, NULL, &node);

    if (r == 0 && instance->id_given)
        r = dt_put_u32(node, "id", instance->id);
    if (r == 0)
        r = put_target(instance, node);
    if (r == 0)
        r = dt_add_node(node, "resources", NULL, &resources);
    if (r == 0)
        r = put_what_it_gets(instance, resources, losses);
    if (r == 0)
        r = put_how(instance, resources);
    for (char **what = instance->kerf_only; what && *what && r == 0; what++)
        r = losses_add(losses, instance->name, instance->at[KEY_NAME], strdup(*what),
                       "it is kept only where a tree is written from a tree");
    return r;
}

int spec_to_devicetree(const struct spec *spec, struct dt *dt, struct losses *losses)
{
    struct dt_node *instances;
    int r = lose_unknown(spec, losses);

    dt->multikernel = true;
    if (r == 0 && !dt_property(dt->root, "compatible"))
        r = dt_put_string(dt->root, "compatible", "linux,multikernel-host");
    if (r == 0 && strcmp(spec->machine, "live") != 0 && !devicetree_has_machine(dt))
        r = losses_add(losses, "host", spec->machine_at,
                       format_text("machine \"%s\"", spec->machine),
                       "a tree names no other file: --from puts that machine into it");
    if (r == 0)
        r = put_cpus(spec, dt, losses);
    if (r == 0)
        r = put_resources(spec, dt->root);
    if (r == 0)
        r = get_child(dt->root, "instances", &instances);
    for (unsigned int i = 0; i < spec->n_instances && r == 0; i++)
        r = put_instance(&spec->instances[i], instances, losses);
    return r;
}

static int define_reference(const struct claim *claim, struct dt *dt)
{
    const char *const parents[] = {claim->device, NULL};
    bool vf = claim->kind == CLAIM_VF;
    struct dt_node *node;
    int r = dt_add_node(dt->root, vf ? "vf" : "ns", claim->text, &node);

    if (r == 0)
        r = dt_add_label(node, claim->text);
    if (r == 0)
        r = dt_put_references(node, "parent", parents);
    return r == 0 ? dt_put_u32(node, vf ? "vf-id" : "namespace-id", claim->number) : r;
}

int spec_define_references(const struct spec *spec, struct dt *dt)
{
    int r = 0;

    for (unsigned int i = 0; i < spec->n_instances; i++) {
        const struct instance *instance = &spec->instances[i];

        for (unsigned int j = 0; j < instance->n_claims && r == 0; j++) {
            const struct claim *claim = &instance->claims[j];

            if (claim->kind != CLAIM_WHOLE && claim->device && can_be_label(claim->text) &&
                !dt_labelled(dt, claim->text) && dt_labelled(dt, claim->device))
                r = define_reference(claim, dt);
        }
    }
    return r;
}
