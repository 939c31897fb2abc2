/* SPDX-License-Identifier: Apache-2.0 */
/* Groups of CPUs in a device tree, from sockets to cores, and what follows from caches. Kerf has a
 * word for cores alone; the others are written in the same manner. */

#include "devicetree-read.h"

#include <limits.h>
#include <stddef.h>
#include <string.h>

/* A kind of group: section { member@N { cpus = <...>; }; }. */
struct group_words {
    const char *section;
    const char *member;
    const char *number; /* the property that says N, too; NULL: N is only a name */
    bool is_numbered;   /* CPUs are told N; else the first CPU of their group */
    size_t offset;      /* in struct cpu */
};

const struct dt_node *tree_section(const struct tree_reader *reader, const char *name)
{
    const struct dt_node *topology = dt_child(reader->resources, "topology");
    const struct dt_node *places[] = {reader->cpus, topology, reader->resources};

    for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
        const struct dt_node *section = places[i] ? dt_child(places[i], name) : NULL;

        if (section)
            return section;
    }
    return NULL;
}

int tree_member_cpus(const struct tree_reader *reader, const struct dt_node *member,
                     hwloc_bitmap_t *ret_cpus)
{
    autoset hwloc_bitmap_t cpus = NULL;
    int r = tree_cpus(reader, member, "cpus", &cpus);

    if (r == 0 && (!cpus || hwloc_bitmap_iszero(cpus)))
        r = tree_fail(reader, member, tree_mark(member, "cpus"), "it says no `cpus`");
    if (r == 0)
        *ret_cpus = TAKE(cpus);
    return r;
}

int tree_claim_cpus(const struct tree_reader *reader, const struct dt_node *member,
                    hwloc_const_bitmap_t cpus, hwloc_bitmap_t claimed)
{
    autoset hwloc_bitmap_t twice = hwloc_bitmap_alloc();

    if (!twice || hwloc_bitmap_and(twice, cpus, claimed) < 0)
        return -ENOMEM;
    if (!hwloc_bitmap_iszero(twice))
        return tree_fail(reader, member, tree_mark(member, "cpus"),
                         "CPU %d is in another %s already", hwloc_bitmap_first(twice),
                         member->name);
    return hwloc_bitmap_or(claimed, claimed, cpus) < 0 ? -ENOMEM : 0;
}

static int read_member(const struct tree_reader *reader, const struct group_words *words,
                       const struct dt_node *member, hwloc_bitmap_t claimed)
{
    autoset hwloc_bitmap_t cpus = NULL;
    unsigned int number = 0;
    int r = tree_member_cpus(reader, member, &cpus);

    if (r == 0)
        r = tree_claim_cpus(reader, member, cpus, claimed);
    if (r == 0 && words->is_numbered)
        r = tree_number(reader, member, words->number, INT_MAX, &number);
    if (r == 0)
        put_fact(reader->machine, cpus, words->offset,
                 words->is_numbered ? (int)number : hwloc_bitmap_first(cpus));
    return r;
}

static int read_groups(const struct tree_reader *reader, const struct group_words *words)
{
    const struct dt_node *section = tree_section(reader, words->section);
    autoset hwloc_bitmap_t claimed = hwloc_bitmap_alloc();
    int r = claimed ? 0 : -ENOMEM;

    for (unsigned int i = 0; r == 0 && section && i < section->n_children; i++) {
        const struct dt_node *member = section->children[i];

        if (strcmp(member->name, words->member) == 0)
            r = read_member(reader, words, member, claimed);
    }
    return r;
}

/* Threads of one core are each other's siblings. */
static int fill_siblings(struct machine *machine)
{
    for (unsigned int i = 0; i < machine->n_cpus; i++) {
        struct cpu *cpu = &machine->cpus[i];
        struct cpu *first =
            cpu->core < 0 ? NULL : machine_cpu_mutable(machine, (unsigned int)cpu->core);

        if (first && hwloc_bitmap_set(first->siblings, cpu->id) < 0)
            return -ENOMEM;
    }
    for (unsigned int i = 0; i < machine->n_cpus; i++) {
        struct cpu *cpu = &machine->cpus[i];
        const struct cpu *first =
            cpu->core < 0 ? NULL : machine_cpu(machine, (unsigned int)cpu->core);

        if (first && first != cpu && hwloc_bitmap_copy(cpu->siblings, first->siblings) < 0)
            return -ENOMEM;
    }
    return 0;
}

/* Who shares a CPU's largest cache has no larger one without it. */
static int check_nesting(const struct tree_reader *reader)
{
    const struct dt_node *caches = tree_section(reader, "caches");
    const struct machine *machine = reader->machine;

    for (unsigned int i = 0; caches && i < machine->n_cpus; i++) {
        const struct cpu *cpu = &machine->cpus[i];

        if (cpu->llc >= 0 && machine_cpu(machine, (unsigned int)cpu->llc)->llc != cpu->llc)
            return tree_fail(reader, caches, caches->at,
                             "CPU %u shares its largest cache with CPU %d, which has a larger one "
                             "that CPU %u is not in",
                             cpu->id, cpu->llc, cpu->id);
    }
    return 0;
}

/* The last of a CPU's caches, unless groups say otherwise. */
static int read_llcs(const struct tree_reader *reader)
{
    static const struct group_words words = {"llcs", "llc", NULL, false, offsetof(struct cpu, llc)};

    if (!tree_section(reader, words.section))
        return check_nesting(reader);
    for (unsigned int i = 0; i < reader->machine->n_cpus; i++)
        reader->machine->cpus[i].llc = -1;
    return read_groups(reader, &words);
}

int tree_read_topology(const struct tree_reader *reader)
{
    static const struct group_words groups[] = {
        {"sockets", "socket", "socket-id", true, offsetof(struct cpu, package)},
        {"dies", "die", NULL, false, offsetof(struct cpu, die)},
        {"clusters", "cluster", NULL, false, offsetof(struct cpu, cluster)},
        {"cores", "core", NULL, false, offsetof(struct cpu, core)},
        {"kinds", "kind", NULL, true, offsetof(struct cpu, kind)},
    };
    int r = 0;

    for (size_t i = 0; r == 0 && i < ARRAY_SIZE(groups); i++)
        r = read_groups(reader, &groups[i]);
    if (r == 0)
        r = fill_siblings(reader->machine);
    if (r == 0)
        r = tree_read_caches(reader);
    return r < 0 ? r : read_llcs(reader);
}
