/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packages, dies, last level caches, cores and kinds of CPUs, as hwloc sees them; clusters from
 * sysfs, since hwloc merges a cluster that equals a cache into it.
 */

#include "machine-read.h"

#include "topology-load.h"

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

/* hwloc ranks kinds by efficiency; a negative rank means that it could not. */
static int fill_kinds(struct machine *machine, hwloc_topology_t topology)
{
    autoset hwloc_bitmap_t cpus = hwloc_bitmap_alloc();
    int n = hwloc_cpukinds_get_nr(topology, 0);

    if (!cpus)
        return -ENOMEM;
    for (unsigned int i = 0; n > 1 && i < (unsigned int)n; i++) {
        int efficiency;
        unsigned int id;

        if (hwloc_cpukinds_get_info(topology, i, cpus, &efficiency, NULL, NULL, 0) < 0)
            continue;
        hwloc_bitmap_foreach_begin(id, cpus)
        {
            struct cpu *cpu = machine_cpu_mutable(machine, id);

            if (cpu)
                cpu->kind = efficiency;
        }
        hwloc_bitmap_foreach_end();
    }
    return 0;
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
    return fill_kinds(machine, topology);
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
        unsigned int id;
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
        hwloc_bitmap_foreach_begin(id, cluster)
        {
            struct cpu *cpu = machine_cpu_mutable(machine, id);

            if (cpu)
                cpu->cluster = (int)first->id;
        }
        hwloc_bitmap_foreach_end();
    }
    return 0;
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

int read_topology(struct machine *machine, const struct root *root, struct np_error *err)
{
    bool live = root_is_live(root);
    hwloc_topology_t topology = NULL;
    int r;

    if (!is_told(root))
        return 0;
    r = topology_load(live ? TOPOLOGY_LIVE : TOPOLOGY_TREE, root_path(root), &topology);
    if (r < 0)
        return error_set(err, r, "hwloc cannot read the topology of %s: %s",
                         live ? "this machine" : "this tree", strerror(-r));
    r = fill_topology(machine, topology);
    hwloc_topology_destroy(topology);
    return r < 0 ? r : read_clusters(machine, root);
}
