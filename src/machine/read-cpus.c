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

static int parse_type(const char *text, enum cache_type *ret_type)
{
    static const char *const names[] = {
        [CACHE_UNIFIED] = "Unified",
        [CACHE_DATA] = "Data",
        [CACHE_INSTRUCTION] = "Instruction",
    };

    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (strcmp(text, names[i]) == 0) {
            *ret_type = (enum cache_type)i;
            return 0;
        }
    }
    return -EINVAL;
}

/* Level, type and size; only the last may be missing. */
static int read_cache_facts(const struct root *root, unsigned int cpu, const char *index,
                            struct cache *cache)
{
    autofree char *type = NULL;
    autofree char *size = NULL;
    int level, r;

    r = root_read(root, &type, CPU_DIR "/cpu%u/cache/%s/type", cpu, index);
    if (r == 0)
        r = parse_type(type, &cache->type);
    if (r == 0)
        r = root_read_int(root, &level, CPU_DIR "/cpu%u/cache/%s/level", cpu, index);
    if (r < 0 || level < 1)
        return r < 0 ? r : -EINVAL;
    cache->level = (unsigned int)level;
    cache->bytes = UNKNOWN_U64;
    r = root_read(root, &size, CPU_DIR "/cpu%u/cache/%s/size", cpu, index);
    if (r == 0 && (size_parse(size, &cache->bytes, NULL) < 0 || cache->bytes == 0))
        cache->bytes = UNKNOWN_U64;
    return unless_memory(r);
}

/* levels[idx of a CPU] is the level of the cache that its llc names so far. */
static void put_llc(struct machine *machine, const struct cache *cache, unsigned int *levels)
{
    for (unsigned int i = 0; cache->type != CACHE_INSTRUCTION && i < machine->n_cpus; i++) {
        if (cache->level > levels[i] && hwloc_bitmap_isset(cache->cpus, machine->cpus[i].id)) {
            levels[i] = cache->level;
            machine->cpus[i].llc = hwloc_bitmap_first(cache->cpus);
        }
    }
}

static int read_cache(struct machine *machine, const struct root *root, hwloc_const_bitmap_t online,
                      unsigned int first, const char *index, unsigned int *levels)
{
    autoset hwloc_bitmap_t group = NULL;
    autofree char *file = NULL;
    struct cache cache;
    int r;

    if (asprintf(&file, "cache/%s/shared_cpu_map", index) < 0)
        return -ENOMEM;
    r = read_group(root, online, first, (const char *const[2]){file, NULL}, &group);
    if (r < 0 || !is_first(group, first))
        return unless_memory(r);
    r = read_cache_facts(root, first, index, &cache);
    if (r < 0)
        return unless_memory(r);
    cache.cpus = TAKE(group);
    put_llc(machine, &cache, levels);
    return machine_add_cache(machine, cache);
}

static int read_caches(struct machine *machine, const struct root *root,
                       hwloc_const_bitmap_t online, unsigned int cpu, unsigned int *levels)
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
    autofree unsigned int *levels = calloc(machine->n_cpus + 1, sizeof(*levels));
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
    machine_order_caches(machine);
    return r;
}
