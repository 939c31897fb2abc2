/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packages, dies, caches and cores, on the running machine as hwloc sees them. From
 * sysfs always: clusters, since hwloc merges a cluster that equals a cache into it, and kinds of
 * CPUs, since hwloc takes a faster clock for a kind.
 */

#include "machine-read.h"

#include "topology-load.h"

#include <stddef.h>
#include <string.h>

static int known_index(const struct hwloc_obj *obj)
{
    return obj->os_index == HWLOC_UNKNOWN_INDEX ? -1 : (int)obj->os_index;
}

/* Writes down what is above a CPU, from the core to the package. */
static void fill_cpu(struct cpu *cpu, hwloc_obj_t pu)
{
    for (hwloc_obj_t obj = pu->parent; obj; obj = obj->parent) {
        int first = hwloc_bitmap_first(obj->cpuset);

        if (obj->type == HWLOC_OBJ_PACKAGE)
            cpu->package = known_index(obj);
        else if (obj->type == HWLOC_OBJ_DIE)
            cpu->die = first;
        else if (obj->type == HWLOC_OBJ_CORE)
            cpu->core = first;
        else if (hwloc_obj_type_is_dcache(obj->type))
            cpu->llc = first; /* the last one seen is the largest */
        else if (obj->type == HWLOC_OBJ_GROUP && obj->subtype &&
                 strcmp(obj->subtype, "Cluster") == 0)
            cpu->cluster = first;
    }
}

/* hwloc makes a size up for a cache of which a synthetic description gives none. */
static bool is_size_told(hwloc_topology_t topology, hwloc_obj_type_t type)
{
    const char *description =
        hwloc_obj_get_info_by_name(hwloc_get_root_obj(topology), "SyntheticDescription");
    int depth = 0;

    if (!description)
        return true;
    for (const char *p = description; *p; p++) {
        hwloc_obj_type_t found;
        bool starts = depth == 0 && (p == description || p[-1] == ' ');

        depth += (*p == '(') - (*p == ')');
        if (starts && hwloc_type_sscanf(p, &found, NULL, 0) == 0 && found == type) {
            const char *attributes = p + strcspn(p, " (");

            return *attributes == '(' &&
                   memmem(attributes, strcspn(attributes, ")"), "size=", strlen("size="));
        }
    }
    return false;
}

/* The caches of one of hwloc's levels: all of one type. */
static int add_caches(struct machine *machine, hwloc_topology_t topology, int depth)
{
    static const enum cache_type types[] = {
        [HWLOC_OBJ_CACHE_UNIFIED] = CACHE_UNIFIED,
        [HWLOC_OBJ_CACHE_DATA] = CACHE_DATA,
        [HWLOC_OBJ_CACHE_INSTRUCTION] = CACHE_INSTRUCTION,
    };
    hwloc_obj_t obj = NULL;
    bool told = is_size_told(topology, hwloc_get_depth_type(topology, depth));
    int r = 0;

    while (r == 0 && (obj = hwloc_get_next_obj_by_depth(topology, depth, obj))) {
        struct cache cache = {
            .level = obj->attr->cache.depth,
            .type = types[obj->attr->cache.type],
            .bytes = told && obj->attr->cache.size ? obj->attr->cache.size : UNKNOWN_U64,
            .cpus = hwloc_bitmap_dup(obj->cpuset),
        };

        r = cache.cpus ? machine_add_cache(machine, cache) : -ENOMEM;
    }
    return r;
}

/* By level, not by type: where a core's other threads are offline, its L1 is above it, and below
 * the other cores. */
static int fill_caches(struct machine *machine, hwloc_topology_t topology)
{
    int r = 0;

    for (int depth = 0; r == 0 && depth < hwloc_topology_get_depth(topology); depth++) {
        if (hwloc_obj_type_is_cache(hwloc_get_depth_type(topology, depth)))
            r = add_caches(machine, topology, depth);
    }
    machine_order_caches(machine);
    return r;
}

int fill_topology(struct machine *machine, hwloc_topology_t topology)
{
    hwloc_obj_t pu = NULL;

    while ((pu = hwloc_get_next_obj_by_type(topology, HWLOC_OBJ_PU, pu))) {
        hwloc_obj_t core = hwloc_get_ancestor_obj_by_type(topology, HWLOC_OBJ_CORE, pu);
        struct cpu *cpu = machine_cpu_mutable(machine, pu->os_index);

        if (!cpu)
            continue;
        fill_cpu(cpu, pu);
        if (core && hwloc_bitmap_copy(cpu->siblings, core->cpuset) < 0)
            return -ENOMEM;
    }
    return fill_caches(machine, topology);
}

/* One read a cluster. A cluster of one core is how the kernel says that there are none. */
static int read_clusters(struct machine *machine, const struct root *root)
{
    autoset hwloc_bitmap_t seen = hwloc_bitmap_alloc();

    if (!seen)
        return -ENOMEM;
    for (unsigned int i = 0; i < machine->n_cpus; i++) {
        const struct cpu *first = &machine->cpus[i];
        autoset hwloc_bitmap_t cluster = NULL;
        int r;

        if (!first->online || hwloc_bitmap_isset(seen, first->id))
            continue;
        r = root_read_set(root, &cluster, "sys/devices/system/cpu/cpu%u/topology/cluster_cpus_list",
                          first->id);
        if (r == -ENOMEM || (r == 0 && hwloc_bitmap_or(seen, seen, cluster) < 0))
            return -ENOMEM;
        if (r < 0 || hwloc_bitmap_first(cluster) != (int)first->id ||
            hwloc_bitmap_isincluded(cluster, first->siblings))
            continue;
        put_fact(machine, cluster, offsetof(struct cpu, cluster), (int)first->id);
    }
    return 0;
}

static int put_kind(struct machine *machine, const struct root *root, const char *file, int kind)
{
    autoset hwloc_bitmap_t cpus = NULL;
    int r = root_read_set(root, &cpus, "%s", file);

    if (r < 0)
        return r;
    put_fact(machine, cpus, offsetof(struct cpu, kind), kind);
    return 0;
}

static int compare_ints(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

/* Arm and others: how much a CPU can do, 1024 being the best. Its rank is the kind. */
static int read_capacities(struct machine *machine, const struct root *root)
{
    autofree int *capacity = calloc(machine->n_cpus + 1, sizeof(*capacity));
    autofree int *sorted = calloc(machine->n_cpus + 1, sizeof(*sorted));
    unsigned int n = 0;

    if (!capacity || !sorted)
        return -ENOMEM;
    for (unsigned int i = 0; i < machine->n_cpus; i++) {
        if (!machine->cpus[i].online)
            continue;
        if (root_read_int(root, &capacity[i], "sys/devices/system/cpu/cpu%u/cpu_capacity",
                          machine->cpus[i].id) < 0 ||
            capacity[i] <= 0)
            return 0;
        sorted[n++] = capacity[i];
    }
    qsort(sorted, n, sizeof(*sorted), compare_ints);
    if (n == 0 || sorted[0] == sorted[n - 1])
        return 0;
    for (unsigned int i = 0; i < machine->n_cpus; i++) {
        int kind = 0;

        for (unsigned int j = 1; j < n && sorted[j - 1] < capacity[i]; j++)
            kind += sorted[j] != sorted[j - 1];
        if (machine->cpus[i].online)
            machine->cpus[i].kind = kind;
    }
    return 0;
}

/* Intel's hybrids have a PMU for each kind. */
static int read_kinds(struct machine *machine, const struct root *root)
{
    int r = root_has(root, "sys/devices/cpu_atom/cpus")
                ? put_kind(machine, root, "sys/devices/cpu_core/cpus", 1)
                : -ENODATA;

    if (r == 0)
        return unless_memory(put_kind(machine, root, "sys/devices/cpu_atom/cpus", 0));
    return r == -ENOMEM ? r : read_capacities(machine, root);
}

/* hwloc looks at these before all else, and writes to stderr when it finds none. */
static bool is_told(const struct root *root)
{
    static const char *const names[] = {"package_cpus", "core_cpus", "core_siblings",
                                        "thread_siblings"};

    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (root_has(root, "sys/devices/system/cpu/cpu0/topology/%s", names[i]))
            return true;
    }
    return false;
}

static int read_live(struct machine *machine, struct np_error *err)
{
    hwloc_topology_t topology = NULL;
    int r = topology_load(TOPOLOGY_LIVE, NULL, &topology);

    if (r < 0)
        return error_set(err, r, "hwloc cannot read the topology of this machine: %s",
                         strerror(-r));
    r = fill_topology(machine, topology);
    hwloc_topology_destroy(topology);
    return r;
}

int read_topology(struct machine *machine, const struct root *root, struct np_error *err)
{
    int r = root_is_live(root) && is_told(root) ? read_live(machine, err)
                                                : read_cpu_groups(machine, root);

    if (r == 0)
        r = read_clusters(machine, root);
    return r < 0 ? r : read_kinds(machine, root);
}
