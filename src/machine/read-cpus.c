/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packages to cores from sysfs alone, for captured trees: hwloc could only read them as
 * directories, through the environment, and would follow their links to the running machine. The
 * tests hold the two against each other.
 *
 * Every group (package, core, cache) lists its CPUs in the directory of each; it is read in that of
 * its first, and written down for all.
 */

#include "machine-read.h"

#include "set.h"

#include <stddef.h>
#include <string.h>

#define CPU_DIR "sys/devices/system/cpu"

/* The online CPUs in one of the files, as a list or as a mask; kernels before 5.3 have the second
 * name. -ENODATA when neither is there. */
static int read_group(const struct root *root, hwloc_const_bitmap_t online, unsigned int cpu,
                      const char *const names[2], hwloc_bitmap_t *ret_group)
{
    for (size_t i = 0; i < 2 && names[i]; i++) {
        autofree char *mask = NULL;
        hwloc_bitmap_t group;
        int r = root_read(root, &mask, CPU_DIR "/cpu%u/%s", cpu, names[i]);

        if (r == 0)
            r = set_parse_mask(mask, &group, NULL);
        if (r == -ENOMEM)
            return r;
        if (r < 0)
            continue;
        (void)hwloc_bitmap_and(group, group, online); /* does not grow */
        *ret_group = group;
        return 0;
    }
    return -ENODATA;
}

/* Whether cpu is the one in whose directory the group is read. */
static bool is_first(hwloc_const_bitmap_t group, unsigned int cpu)
{
    return hwloc_bitmap_first(group) == (int)cpu;
}

static int read_core(struct machine *machine, const struct root *root, hwloc_const_bitmap_t online,
                     unsigned int first)
{
    static const char *const names[] = {"topology/core_cpus", "topology/thread_siblings"};
    autoset hwloc_bitmap_t group = NULL;
    unsigned int id;
    int r = read_group(root, online, first, names, &group);

    if (r < 0 || !is_first(group, first))
        return unless_memory(r);
    hwloc_bitmap_foreach_begin(id, group)
    {
        struct cpu *cpu = machine_cpu_mutable(machine, id);

        if (!cpu)
            continue;
        cpu->core = (int)first;
        if (hwloc_bitmap_copy(cpu->siblings, group) < 0)
            return -ENOMEM;
    }
    hwloc_bitmap_foreach_end();
    return 0;
}

/* A die that is a whole package is how the kernel says that there are none. */
static int read_package(struct machine *machine, const struct root *root,
                        hwloc_const_bitmap_t online, unsigned int first)
{
    static const char *const package_names[] = {"topology/package_cpus", "topology/core_siblings"};
    static const char *const die_names[] = {"topology/die_cpus", NULL};
    autoset hwloc_bitmap_t package = NULL;
    autoset hwloc_bitmap_t die = NULL;
    int package_id = -1;
    int r = read_group(root, online, first, package_names, &package);

    if (r == 0)
        r = unless_memory(read_group(root, online, first, die_names, &die));
    if (r < 0)
        return unless_memory(r);
    if (is_first(package, first)) {
        r = root_read_int(root, &package_id, CPU_DIR "/cpu%u/topology/physical_package_id", first);
        put_fact(machine, package, offsetof(struct cpu, package), package_id);
    }
    if (die && is_first(die, first) && !hwloc_bitmap_isequal(die, package))
        put_fact(machine, die, offsetof(struct cpu, die), (int)first);
    return unless_memory(r);
}

/* levels[idx of a CPU] is the level of the cache that its llc names so far. */
static int read_cache(struct machine *machine, const struct root *root, hwloc_const_bitmap_t online,
                      unsigned int first, const char *index, int *levels)
{
    autoset hwloc_bitmap_t group = NULL;
    autofree char *type = NULL;
    autofree char *file = NULL;
    int level, r;

    if (asprintf(&file, "cache/%s/shared_cpu_map", index) < 0)
        return -ENOMEM;
    r = read_group(root, online, first, (const char *const[2]){file, NULL}, &group);
    if (r < 0 || !is_first(group, first))
        return unless_memory(r);
    r = root_read(root, &type, CPU_DIR "/cpu%u/cache/%s/type", first, index);
    if (r == 0)
        r = root_read_int(root, &level, CPU_DIR "/cpu%u/cache/%s/level", first, index);
    if (r < 0 || (strcmp(type, "Unified") != 0 && strcmp(type, "Data") != 0))
        return unless_memory(r);
    for (unsigned int i = 0; i < machine->n_cpus; i++) {
        if (level > levels[i] && hwloc_bitmap_isset(group, machine->cpus[i].id)) {
            levels[i] = level;
            machine->cpus[i].llc = (int)first;
        }
    }
    return 0;
}

static int read_caches(struct machine *machine, const struct root *root,
                       hwloc_const_bitmap_t online, unsigned int cpu, int *levels)
{
    autostrv char **names = NULL;
    int r = root_list(root, &names, CPU_DIR "/cpu%u/cache", cpu);

    for (char **name = names; r == 0 && *name; name++) {
        if (strncmp(*name, "index", 5) == 0)
            r = read_cache(machine, root, online, cpu, *name, levels);
    }
    return unless_memory(r);
}

int read_cpu_groups(struct machine *machine, const struct root *root)
{
    autoset hwloc_bitmap_t online = hwloc_bitmap_alloc();
    autofree int *levels = calloc(machine->n_cpus + 1, sizeof(*levels));
    int r = online && levels ? 0 : -ENOMEM;

    for (unsigned int i = 0; r == 0 && i < machine->n_cpus; i++) {
        if (machine->cpus[i].online && hwloc_bitmap_set(online, machine->cpus[i].id) < 0)
            r = -ENOMEM;
    }
    for (unsigned int i = 0; r == 0 && i < machine->n_cpus; i++) {
        unsigned int id = machine->cpus[i].id;

        if (!machine->cpus[i].online)
            continue;
        r = read_core(machine, root, online, id);
        if (r == 0)
            r = read_package(machine, root, online, id);
        if (r == 0)
            r = read_caches(machine, root, online, id, levels);
    }
    return r;
}
