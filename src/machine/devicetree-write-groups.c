/* SPDX-License-Identifier: Apache-2.0 */
/* Groups of CPUs as a device tree: sockets { socket@0 { cpus = <...>; }; } to cores and caches. */

#include "devicetree-write.h"

#include <stddef.h>

/* A kind of group: CPUs with the same number at offset in struct cpu are one. */
struct group_words {
    const char *section;
    const char *member;
    size_t offset;
};

static int group_of(const struct cpu *cpu, const struct group_words *words)
{
    return *(const int *)((const char *)cpu + words->offset);
}

/* The CPUs from first on that are in its group. */
static hwloc_bitmap_t collect(const struct machine *machine, const struct group_words *words,
                              unsigned int first)
{
    int group = group_of(&machine->cpus[first], words);
    autoset hwloc_bitmap_t cpus = hwloc_bitmap_alloc();

    for (unsigned int i = first; cpus && i < machine->n_cpus; i++) {
        if (group_of(&machine->cpus[i], words) == group &&
            hwloc_bitmap_set(cpus, machine->cpus[i].id) < 0)
            return NULL;
    }
    return TAKE(cpus);
}

static int put_group(struct dt_node *section, const struct group_words *words, unsigned int number,
                     hwloc_const_bitmap_t cpus)
{
    struct dt_node *member;
    int r = tree_add_numbered(section, words->member, number, &member);

    return r < 0 ? r : tree_put_cpus(member, "cpus", cpus);
}

static bool has_groups(const struct machine *machine, const struct group_words *words)
{
    for (unsigned int i = 0; i < machine->n_cpus; i++) {
        if (group_of(&machine->cpus[i], words) >= 0)
            return true;
    }
    return false;
}

static int put_groups(struct dt_node *parent, const struct machine *machine,
                      const struct group_words *words)
{
    autoset hwloc_bitmap_t written = hwloc_bitmap_alloc();
    struct dt_node *section;
    int r = written ? dt_add_node(parent, words->section, NULL, &section) : -ENOMEM;

    for (unsigned int i = 0; r == 0 && i < machine->n_cpus; i++) {
        int group = group_of(&machine->cpus[i], words);
        autoset hwloc_bitmap_t cpus = NULL;

        if (group < 0 || hwloc_bitmap_isset(written, machine->cpus[i].id))
            continue;
        cpus = collect(machine, words, i);
        if (!cpus || hwloc_bitmap_or(written, written, cpus) < 0)
            return -ENOMEM;
        r = put_group(section, words, (unsigned int)group, cpus);
    }
    return r;
}

static int put_cache(struct dt_node *section, const struct cache *cache)
{
    static const char *const letters[] = {
        [CACHE_UNIFIED] = "", [CACHE_DATA] = "d", [CACHE_INSTRUCTION] = "i"};
    struct dt_node *node;
    char name[16];
    int r;

    (void)snprintf(name, sizeof(name), "l%u%s", cache->level, letters[cache->type]);
    r = tree_add_numbered(section, name, (unsigned int)hwloc_bitmap_first(cache->cpus), &node);
    if (r == 0)
        r = dt_put_u32(node, "level", cache->level);
    if (r == 0 && cache->bytes != UNKNOWN_U64)
        r = dt_put_u64(node, "size", cache->bytes);
    return r < 0 ? r : tree_put_cpus(node, "cpus", cache->cpus);
}

static int put_caches(struct dt_node *parent, const struct machine *machine)
{
    struct dt_node *section;
    int r = 0;

    if (machine->n_caches > 0)
        r = dt_add_node(parent, "caches", NULL, &section);
    for (unsigned int i = 0; r == 0 && i < machine->n_caches; i++)
        r = put_cache(section, &machine->caches[i]);
    return r;
}

/* Whether the caches say already which is each CPU's last. They are by ascending level. */
static int tell_llcs(const struct machine *machine, bool *ret_tell)
{
    autofree int *last = malloc((machine->n_cpus + 1) * sizeof(*last));
    unsigned int id;

    if (!last)
        return -ENOMEM;
    for (unsigned int i = 0; i < machine->n_cpus; i++)
        last[i] = -1;
    for (unsigned int i = 0; i < machine->n_caches; i++) {
        const struct cache *cache = &machine->caches[i];

        hwloc_bitmap_foreach_begin(id, cache->cpus)
        {
            const struct cpu *cpu = machine_cpu(machine, id);

            if (cpu && cache->type != CACHE_INSTRUCTION)
                last[cpu - machine->cpus] = hwloc_bitmap_first(cache->cpus);
        }
        hwloc_bitmap_foreach_end();
    }
    *ret_tell = true;
    for (unsigned int i = 0; i < machine->n_cpus; i++)
        *ret_tell = *ret_tell && last[i] == machine->cpus[i].llc;
    return 0;
}

int tree_put_topology(struct dt_node *cpus, const struct machine *machine)
{
    static const struct group_words groups[] = {
        {"sockets", "socket", offsetof(struct cpu, package)},
        {"dies", "die", offsetof(struct cpu, die)},
        {"clusters", "cluster", offsetof(struct cpu, cluster)},
        {"cores", "core", offsetof(struct cpu, core)},
        {"kinds", "kind", offsetof(struct cpu, kind)},
    };
    static const struct group_words llcs = {"llcs", "llc", offsetof(struct cpu, llc)};
    bool told = false;
    int r = tell_llcs(machine, &told);

    for (size_t i = 0; r == 0 && i < ARRAY_SIZE(groups); i++) {
        if (has_groups(machine, &groups[i]))
            r = put_groups(cpus, machine, &groups[i]);
    }
    if (r == 0)
        r = put_caches(cpus, machine);
    return r < 0 || told ? r : put_groups(cpus, machine, &llcs);
}
