/* SPDX-License-Identifier: Apache-2.0 */
/* The machine as a data structure: making and freeing it, finding things in it. */

#include "machine-read.h"

#include "set.h"

#include <string.h>

static void node_fini(struct node *node)
{
    free(node->huge);
    hwloc_bitmap_free(node->cpus);
    hwloc_bitmap_free(node->initiators);
    free(node->ranges);
}

static void parts_fini(struct device_parts *parts)
{
    hwloc_bitmap_free(parts->reserved);
    hwloc_bitmap_free(parts->available);
}

static void device_fini(struct device *device)
{
    free(device->name);
    free(device->pci);
    free(device->compatible);
    parts_fini(&device->vfs);
    parts_fini(&device->namespaces);
}

struct machine *machine_free(struct machine *machine)
{
    if (!machine)
        return NULL;
    for (unsigned int i = 0; i < machine->n_nodes; i++)
        node_fini(&machine->nodes[i]);
    for (unsigned int i = 0; i < machine->n_cpus; i++)
        hwloc_bitmap_free(machine->cpus[i].siblings);
    for (unsigned int i = 0; i < machine->n_caches; i++)
        hwloc_bitmap_free(machine->caches[i].cpus);
    for (unsigned int i = 0; i < machine->n_devices; i++)
        device_fini(&machine->devices[i]);
    free(machine->source);
    free(machine->nodes);
    free(machine->cpus);
    free(machine->caches);
    free(machine->distance.value);
    free(machine->latency_ns.value);
    free(machine->bandwidth_mibps.value);
    free(machine->devices);
    free(machine->settings.thp);
    free(machine->settings.kernel);
    free(machine);
    return NULL;
}

int machine_new(const char *source, unsigned int parts, struct machine **ret_machine)
{
    automachine struct machine *machine = calloc(1, sizeof(*machine));

    if (!machine)
        return -ENOMEM;
    machine->parts = parts;
    machine->source = strdup(source);
    if (!machine->source)
        return -ENOMEM;
    machine->settings = (struct settings){
        .numa_balancing = -1,
        .demotion = -1,
        .zone_reclaim_mode = -1,
        .irqbalance = -1,
        .cgroup_version = -1,
    };
    *ret_machine = TAKE(machine);
    return 0;
}

/* -EINVAL for a set that no machine has, such as an infinite one. */
static int count_ids(hwloc_const_bitmap_t ids, unsigned int *ret_n)
{
    int n = hwloc_bitmap_weight(ids);

    if (n < 0 || hwloc_bitmap_last(ids) > (int)SET_ID_MAX)
        return -EINVAL;
    *ret_n = (unsigned int)n;
    return 0;
}

int machine_set_nodes(struct machine *machine, hwloc_const_bitmap_t ids)
{
    unsigned int n, id;
    int r = count_ids(ids, &n);

    if (r < 0)
        return r;
    machine->nodes = calloc(n + 1, sizeof(*machine->nodes));
    if (!machine->nodes)
        return -ENOMEM;
    hwloc_bitmap_foreach_begin(id, ids)
    {
        struct node *node = &machine->nodes[machine->n_nodes++];

        *node = (struct node){
            .id = id,
            .kind = NODE_KIND_UNKNOWN,
            .tier = -1,
            .total_bytes = UNKNOWN_U64,
            .free_bytes = UNKNOWN_U64,
            .cache_bytes = UNKNOWN_U64,
            .cpus = hwloc_bitmap_alloc(),
            .initiators = hwloc_bitmap_alloc(),
        };
        if (!node->cpus || !node->initiators)
            return -ENOMEM;
    }
    hwloc_bitmap_foreach_end();
    return 0;
}

int machine_set_cpus(struct machine *machine, hwloc_const_bitmap_t ids)
{
    unsigned int n, id;
    int r = count_ids(ids, &n);

    if (r < 0)
        return r;
    machine->cpus = calloc(n + 1, sizeof(*machine->cpus));
    if (!machine->cpus)
        return -ENOMEM;
    hwloc_bitmap_foreach_begin(id, ids)
    {
        struct cpu *cpu = &machine->cpus[machine->n_cpus++];

        *cpu = (struct cpu){
            .id = id,
            .node = -1,
            .package = -1,
            .die = -1,
            .cluster = -1,
            .llc = -1,
            .core = -1,
            .siblings = hwloc_bitmap_alloc(),
            .kind = -1,
        };
        if (!cpu->siblings)
            return -ENOMEM;
    }
    hwloc_bitmap_foreach_end();
    return 0;
}

/* Both arrays start with the id and are sorted by it; ids are mostly dense, so the id itself is
 * looked at first. */
int machine_node_idx(const struct machine *machine, unsigned int node)
{
    if (node < machine->n_nodes && machine->nodes[node].id == node)
        return (int)node;
    for (unsigned int i = 0; i < machine->n_nodes; i++) {
        if (machine->nodes[i].id == node)
            return (int)i;
    }
    return -1;
}

const struct node *machine_node(const struct machine *machine, unsigned int node)
{
    int idx = machine_node_idx(machine, node);

    return idx < 0 ? NULL : &machine->nodes[idx];
}

struct node *machine_node_mutable(struct machine *machine, unsigned int node)
{
    return (struct node *)machine_node(machine, node); /* ours to change, as machine is */
}

static int compare_cpu(const void *key, const void *member)
{
    unsigned int id = *(const unsigned int *)key;
    const struct cpu *cpu = member;

    return id < cpu->id ? -1 : id > cpu->id;
}

struct cpu *machine_cpu_mutable(struct machine *machine, unsigned int cpu)
{
    if (cpu < machine->n_cpus && machine->cpus[cpu].id == cpu)
        return &machine->cpus[cpu];
    return bsearch(&cpu, machine->cpus, machine->n_cpus, sizeof(*machine->cpus), compare_cpu);
}

void put_fact(struct machine *machine, hwloc_const_bitmap_t cpus, size_t offset, int value)
{
    int last = machine->n_cpus ? (int)machine->cpus[machine->n_cpus - 1].id : -1;

    for (int id = hwloc_bitmap_first(cpus); id >= 0 && id <= last;
         id = hwloc_bitmap_next(cpus, id)) {
        struct cpu *cpu = machine_cpu_mutable(machine, (unsigned int)id);

        if (cpu)
            *(int *)((char *)cpu + offset) = value;
    }
}

const struct cpu *machine_cpu(const struct machine *machine, unsigned int cpu)
{
    return machine_cpu_mutable((struct machine *)machine, cpu); /* handed out as const again */
}

const struct device *machine_device(const struct machine *machine, const char *name)
{
    for (unsigned int i = 0; i < machine->n_devices; i++) {
        if (strcmp(machine->devices[i].name, name) == 0)
            return &machine->devices[i];
    }
    return NULL;
}

int machine_add_cache(struct machine *machine, struct cache cache)
{
    struct cache *larger;

    if (hwloc_bitmap_iszero(cache.cpus)) {
        hwloc_bitmap_free(cache.cpus);
        return -EINVAL;
    }
    larger = reallocarray(machine->caches, machine->n_caches + 1, sizeof(*larger));
    if (!larger) {
        hwloc_bitmap_free(cache.cpus);
        return -ENOMEM;
    }
    machine->caches = larger;
    larger[machine->n_caches++] = cache;
    return 0;
}

int machine_compare_caches(const void *a, const void *b)
{
    const struct cache *left = a, *right = b;

    if (left->level != right->level)
        return left->level < right->level ? -1 : 1;
    if (left->type != right->type)
        return (int)left->type - (int)right->type;
    return hwloc_bitmap_first(left->cpus) - hwloc_bitmap_first(right->cpus);
}

void machine_order_caches(struct machine *machine)
{
    if (machine->n_caches > 0)
        qsort(machine->caches, machine->n_caches, sizeof(*machine->caches), machine_compare_caches);
}

int machine_withdraw(struct machine *machine, hwloc_const_bitmap_t nodes, struct np_error *err)
{
    for (int id = hwloc_bitmap_first(nodes); id >= 0; id = hwloc_bitmap_next(nodes, id)) {
        int r;

        if (machine_node(machine, (unsigned int)id))
            continue;
        r = error_set(err, -EINVAL, "node %d, which is to be done without, does not exist", id);
        error_hint(err, "`numaplace topo` shows the nodes of the machine");
        return r;
    }
    for (unsigned int i = 0; i < machine->n_nodes; i++) {
        struct node *node = &machine->nodes[i];

        if (!hwloc_bitmap_isset(nodes, node->id))
            continue;
        node->withdrawn = true;
        node->granted = false;
    }
    for (unsigned int i = 0; i < machine->n_cpus; i++) {
        struct cpu *cpu = &machine->cpus[i];

        if (cpu->node >= 0 && hwloc_bitmap_isset(nodes, (unsigned int)cpu->node))
            cpu->granted = false;
    }
    return 0;
}

hwloc_bitmap_t machine_usable_cpus(const struct machine *machine)
{
    autoset hwloc_bitmap_t set = hwloc_bitmap_alloc();

    for (unsigned int i = 0; set && i < machine->n_cpus; i++) {
        const struct cpu *cpu = &machine->cpus[i];

        if (cpu->online && cpu->granted && hwloc_bitmap_set(set, cpu->id) < 0)
            return NULL;
    }
    return TAKE(set);
}

hwloc_bitmap_t machine_usable_nodes(const struct machine *machine)
{
    autoset hwloc_bitmap_t set = hwloc_bitmap_alloc();

    for (unsigned int i = 0; set && i < machine->n_nodes; i++) {
        const struct node *node = &machine->nodes[i];

        if (node->granted && node->total_bytes != 0 && hwloc_bitmap_set(set, node->id) < 0)
            return NULL;
    }
    return TAKE(set);
}

hwloc_bitmap_t machine_nodes_of_cpus(const struct machine *machine, hwloc_const_bitmap_t cpus)
{
    autoset hwloc_bitmap_t set = hwloc_bitmap_alloc();
    int last = machine->n_cpus > 0 ? (int)machine->cpus[machine->n_cpus - 1].id : -1;

    /* A set may be infinite. */
    for (int id = hwloc_bitmap_first(cpus); set && id >= 0 && id <= last;
         id = hwloc_bitmap_next(cpus, id)) {
        const struct cpu *cpu = machine_cpu(machine, (unsigned int)id);

        if (cpu && cpu->node >= 0 && hwloc_bitmap_set(set, (unsigned int)cpu->node) < 0)
            return NULL;
    }
    return TAKE(set);
}

hwloc_bitmap_t machine_cpus_of_nodes(const struct machine *machine, hwloc_const_bitmap_t nodes)
{
    autoset hwloc_bitmap_t set = hwloc_bitmap_alloc();

    for (unsigned int i = 0; set && i < machine->n_nodes; i++) {
        const struct node *node = &machine->nodes[i];

        if (hwloc_bitmap_isset(nodes, node->id) && hwloc_bitmap_or(set, set, node->cpus) < 0)
            return NULL;
    }
    return TAKE(set);
}

static int compare_devices(const void *a, const void *b)
{
    const struct device *left = a, *right = b;

    return left->class != right->class ? (int)left->class - (int)right->class
                                       : strverscmp(left->name, right->name);
}

void machine_order_devices(struct machine *machine)
{
    if (machine->n_devices > 0)
        qsort(machine->devices, machine->n_devices, sizeof(*machine->devices), compare_devices);
}

int machine_override_device(struct machine *machine, const char *name, unsigned int node)
{
    struct device *device = (struct device *)machine_device(machine, name);
    struct device *larger;
    char *copy;

    if (!device) {
        copy = strdup(name);
        if (!copy)
            return -ENOMEM;
        larger = reallocarray(machine->devices, machine->n_devices + 1, sizeof(*larger));
        if (!larger) {
            free(copy);
            return -ENOMEM;
        }
        machine->devices = larger;
        device = &larger[machine->n_devices++];
        *device = (struct device){
            .name = copy, .class = DEVICE_NET, .vfs.total = -1, .namespaces.total = -1};
    }
    device->node = (int)node;
    device->node_overridden = true;
    return 0;
}

int matrix_make(const struct machine *machine, struct matrix *matrix, enum matrix_source source)
{
    size_t n = (size_t)machine->n_nodes * machine->n_nodes;

    if (matrix->value)
        return 0;
    matrix->value = malloc((n + 1) * sizeof(*matrix->value));
    if (!matrix->value)
        return -ENOMEM;
    for (size_t i = 0; i < n; i++)
        matrix->value[i] = UNKNOWN_U64;
    matrix->source = source;
    return 0;
}

int machine_node_of_device(const struct machine *machine, int told)
{
    return told < 0 && machine->n_nodes == 1 ? (int)machine->nodes[0].id : told;
}

void matrix_put(const struct machine *machine, struct matrix *matrix, unsigned int from,
                unsigned int to, uint64_t value)
{
    int from_idx = machine_node_idx(machine, from);
    int to_idx = machine_node_idx(machine, to);

    if (from_idx >= 0 && to_idx >= 0)
        matrix->value[(size_t)from_idx * machine->n_nodes + (size_t)to_idx] = value;
}

bool machine_knows_cpus(const struct machine *machine, const struct node *node)
{
    if (!hwloc_bitmap_iszero(node->cpus))
        return true;
    for (unsigned int i = 0; i < machine->n_cpus; i++) {
        if (machine->cpus[i].online && machine->cpus[i].node < 0)
            return false;
    }
    return true;
}

bool machine_knows_ranges(const struct machine *machine)
{
    for (unsigned int i = 0; i < machine->n_nodes; i++) {
        if (machine->nodes[i].total_bytes != 0 && machine->nodes[i].n_ranges == 0)
            return false;
    }
    return true;
}

uint64_t matrix_get(const struct machine *machine, const struct matrix *matrix, unsigned int from,
                    unsigned int to)
{
    int from_idx = machine_node_idx(machine, from);
    int to_idx = machine_node_idx(machine, to);
    uint64_t value;

    if (!matrix->value || from_idx < 0 || to_idx < 0)
        return 0;
    value = matrix->value[(size_t)from_idx * machine->n_nodes + (size_t)to_idx];
    return value == UNKNOWN_U64 ? 0 : value;
}

const char *node_kind_name(enum node_kind kind)
{
    static const char *const names[] = {
        [NODE_KIND_UNKNOWN] = "unknown", [NODE_KIND_DRAM] = "dram", [NODE_KIND_HBM] = "hbm",
        [NODE_KIND_CXL] = "cxl",         [NODE_KIND_PMEM] = "pmem", [NODE_KIND_GPU] = "gpu",
    };

    return names[kind];
}

const char *matrix_source_name(enum matrix_source source)
{
    static const char *const names[] = {
        [MATRIX_ABSENT] = "absent",     [MATRIX_SLIT] = "slit",   [MATRIX_HMAT] = "hmat",
        [MATRIX_MEASURED] = "measured", [MATRIX_GIVEN] = "given",
    };

    return names[source];
}

const char *cache_type_name(enum cache_type type)
{
    static const char *const names[] = {
        [CACHE_UNIFIED] = "unified",
        [CACHE_DATA] = "data",
        [CACHE_INSTRUCTION] = "instruction",
    };

    return names[type];
}

const char *device_class_name(enum device_class device_class)
{
    static const char *const names[] = {
        [DEVICE_NET] = "net",
        [DEVICE_BLOCK] = "block",
        [DEVICE_GPU] = "gpu",
        [DEVICE_OTHER] = "other",
    };

    return names[device_class];
}
