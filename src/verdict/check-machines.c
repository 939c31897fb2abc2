/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A machine that a file describes, against the one that is there. An error is what makes a
 * placement land elsewhere than the file says; a warning what may make it worse or not fit; a note
 * what changes nothing for it.
 */

#include "check.h"
#include "extents.h"

#include <inttypes.h>
#include <string.h>

struct compare {
    const struct machine *described;
    const struct machine *found;
    struct findings *findings;
};

static int tell(const struct compare *compare, enum finding_code code, char *fact, char *way_out)
{
    const struct place place = {.subject = SUBJECT_HOST};

    return findings_add(compare->findings, code, place, fact, way_out);
}

/* "CPUs 3-4 are <words>", when there are any. */
static int tell_set(const struct compare *compare, enum finding_code code, const char *noun,
                    hwloc_const_bitmap_t set, const char *words)
{
    autofree char *list = NULL;

    if (hwloc_bitmap_iszero(set))
        return 0;
    list = text_set(noun, set);
    return list ? tell(compare, code,
                       text("%s %s %s", list, hwloc_bitmap_weight(set) == 1 ? "is" : "are", words),
                       NULL)
                : -ENOMEM;
}

/* Nodes of a that b does not have. The caller frees; NULL when out of memory. */
static hwloc_bitmap_t nodes_only_of(const struct machine *a, const struct machine *b)
{
    autoset hwloc_bitmap_t set = hwloc_bitmap_alloc();

    for (unsigned int i = 0; set && i < a->n_nodes; i++) {
        if (!machine_node(b, a->nodes[i].id) && hwloc_bitmap_set(set, a->nodes[i].id) < 0)
            return NULL;
    }
    return TAKE(set);
}

static int compare_nodes(const struct compare *compare)
{
    autoset hwloc_bitmap_t missing = nodes_only_of(compare->described, compare->found);
    autoset hwloc_bitmap_t extra = nodes_only_of(compare->found, compare->described);
    int r;

    if (!missing || !extra)
        return -ENOMEM;
    r = tell_set(compare, CODE_MACHINE_NODE_MISSING, "node", missing,
                 "described, and not on this machine");
    return r < 0 ? r
                 : tell_set(compare, CODE_MACHINE_NODE_EXTRA, "node", extra,
                            "on this machine, and not described");
}

/* CPUs of a that b does not have. */
static hwloc_bitmap_t cpus_only_of(const struct machine *a, const struct machine *b)
{
    autoset hwloc_bitmap_t set = hwloc_bitmap_alloc();

    for (unsigned int i = 0; set && i < a->n_cpus; i++) {
        if (!machine_cpu(b, a->cpus[i].id) && hwloc_bitmap_set(set, a->cpus[i].id) < 0)
            return NULL;
    }
    return TAKE(set);
}

static hwloc_bitmap_t cpus_gone_offline(const struct compare *compare)
{
    autoset hwloc_bitmap_t set = hwloc_bitmap_alloc();

    for (unsigned int i = 0; set && i < compare->described->n_cpus; i++) {
        const struct cpu *described = &compare->described->cpus[i];
        const struct cpu *found = machine_cpu(compare->found, described->id);

        if (found && described->online && !found->online &&
            hwloc_bitmap_set(set, described->id) < 0)
            return NULL;
    }
    return TAKE(set);
}

static int compare_cpus(const struct compare *compare)
{
    autoset hwloc_bitmap_t missing = cpus_only_of(compare->described, compare->found);
    autoset hwloc_bitmap_t extra = cpus_only_of(compare->found, compare->described);
    autoset hwloc_bitmap_t offline = cpus_gone_offline(compare);
    int r;

    if (!missing || !extra || !offline)
        return -ENOMEM;
    r = tell_set(compare, CODE_MACHINE_CPU_MISSING, "CPU", missing,
                 "described, and not on this machine");
    if (r == 0)
        r = tell_set(compare, CODE_MACHINE_CPU_EXTRA, "CPU", extra,
                     "on this machine, and not described");
    return r < 0 ? r
                 : tell_set(compare, CODE_MACHINE_CPU_OFFLINE, "CPU", offline,
                            "offline on this machine, and described as online");
}

/* The node where a described CPU is found to be, when that is another one; -1 when not. */
static int node_elsewhere(const struct compare *compare, const struct cpu *described)
{
    const struct cpu *found = machine_cpu(compare->found, described->id);

    return found && found->node >= 0 && described->node >= 0 && found->node != described->node
               ? found->node
               : -1;
}

/* All CPUs that are described on one node and found on another, from the first of them on; those
 * are taken out of rest. */
static int tell_elsewhere(const struct compare *compare, unsigned int first_idx,
                          hwloc_bitmap_t told)
{
    const struct machine *described = compare->described;
    int from = described->cpus[first_idx].node;
    int to = node_elsewhere(compare, &described->cpus[first_idx]);
    autoset hwloc_bitmap_t moved = hwloc_bitmap_alloc();
    autofree char *list = NULL;

    if (!moved)
        return -ENOMEM;
    for (unsigned int i = first_idx; i < described->n_cpus; i++) {
        const struct cpu *cpu = &described->cpus[i];

        if (cpu->node == from && node_elsewhere(compare, cpu) == to &&
            hwloc_bitmap_set(moved, cpu->id) < 0)
            return -ENOMEM;
    }
    list = text_set("CPU", moved);
    if (!list || hwloc_bitmap_or(told, told, moved) < 0)
        return -ENOMEM;
    return tell(compare, CODE_MACHINE_CPU_ELSEWHERE,
                text("%s %s described on node %d, and on node %d here", list,
                     hwloc_bitmap_weight(moved) == 1 ? "is" : "are", from, to),
                text("correct the nodes' cpus"));
}

static int compare_cpu_nodes(const struct compare *compare)
{
    autoset hwloc_bitmap_t told = hwloc_bitmap_alloc();
    int r = told ? 0 : -ENOMEM;

    for (unsigned int i = 0; r == 0 && i < compare->described->n_cpus; i++) {
        const struct cpu *cpu = &compare->described->cpus[i];

        if (!hwloc_bitmap_isset(told, cpu->id) && node_elsewhere(compare, cpu) >= 0)
            r = tell_elsewhere(compare, i, told);
    }
    return r;
}

/*
 * What a kernel may lack of a node without its being another machine: one byte in 64 is its table
 * of pages, as much again is firmware's, the crash kernel's and its own image's, of which small
 * nodes have no less.
 */
static uint64_t kernel_share(uint64_t bytes)
{
    return bytes / 32 + 64 * MIB;
}

static int compare_size(const struct compare *compare, const struct node *described,
                        const struct node *found)
{
    uint64_t said = described->total_bytes, has = found->total_bytes;
    char said_text[SIZE_TEXT_MAX], has_text[SIZE_TEXT_MAX];

    if (said == UNKNOWN_U64 || has == UNKNOWN_U64)
        return 0;
    (void)size_format(said, said_text);
    (void)size_format(has, has_text);
    if (has < said && said - has > kernel_share(said))
        return tell(compare, CODE_MACHINE_MEMORY_LESS,
                    text("node %u has %s, and %s are described", found->id, has_text, said_text),
                    text("correct its memory-size"));
    if (has > said && has - said > kernel_share(said))
        return tell(compare, CODE_MACHINE_MEMORY_MORE,
                    text("node %u has %s, and %s are described", found->id, has_text, said_text),
                    NULL);
    return 0;
}

/* One range of a described node, against where the found nodes are. */
static int compare_range(const struct compare *compare, const struct node *described,
                         struct region range, const struct extents *found)
{
    autosurvey struct survey survey = {0};
    char addresses[REGION_TEXT_MAX], bytes[SIZE_TEXT_MAX], hole[REGION_TEXT_MAX];
    int r = extents_survey(found, range, &survey);

    (void)region_format(range, addresses);
    for (unsigned int i = 0; r == 0 && i < found->n_owners; i++) {
        unsigned int id = compare->found->nodes[i].id;

        if (survey.bytes[i] > 0 && id != described->id)
            r = tell(compare, CODE_MACHINE_MEMORY_ELSEWHERE,
                     text("memory %s is described on node %u, and %s of it are on node %u here",
                          addresses, described->id, size_format(survey.bytes[i], bytes), id),
                     text("correct the nodes' memory-base and memory-size"));
    }
    if (r < 0 || survey.nowhere <= kernel_share(range.bytes) ||
        !machine_node(compare->found, described->id)) /* machine-node-missing tells */
        return r;
    return tell(compare, CODE_MACHINE_MEMORY_ABSENT,
                text("memory %s is described on node %u, and %s of it are on no node here (%s%s)",
                     addresses, described->id, size_format(survey.nowhere, bytes),
                     region_format(survey.hole, hole), survey.n_holes > 1 ? " and more" : ""),
                text("correct the node's memory-base and memory-size"));
}

static int compare_memory(const struct compare *compare)
{
    autoextents struct extents found = {0};
    int r = 0;

    for (unsigned int i = 0; r == 0 && i < compare->found->n_nodes; i++)
        r = extents_add_all(&found, compare->found->nodes[i].ranges,
                            compare->found->nodes[i].n_ranges, i);
    extents_sort(&found);
    for (unsigned int i = 0; r == 0 && i < compare->described->n_nodes; i++) {
        const struct node *described = &compare->described->nodes[i];
        const struct node *same = machine_node(compare->found, described->id);

        if (same)
            r = compare_size(compare, described, same);
        for (unsigned int j = 0; r == 0 && found.n > 0 && j < described->n_ranges; j++)
            r = compare_range(compare, described, described->ranges[j], &found);
    }
    return r;
}

static int sign_of(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

/* What is known on both sides from one node. */
struct distance {
    unsigned int to;
    uint64_t said, found;
};

/* Into row, which has room for all described nodes. How many there are. */
static unsigned int read_row(const struct compare *compare, unsigned int from, struct distance *row)
{
    const struct machine *said = compare->described, *found = compare->found;
    unsigned int n = 0;

    for (unsigned int i = 0; i < said->n_nodes; i++) {
        struct distance distance = {.to = said->nodes[i].id};

        distance.said = matrix_get(said, &said->distance, from, distance.to);
        distance.found = matrix_get(found, &found->distance, from, distance.to);
        if (distance.said > 0 && distance.found > 0)
            row[n++] = distance;
    }
    return n;
}

/* The first two nodes that stand otherwise to each other than is described. */
static bool find_disorder(const struct distance *row, unsigned int n, const struct distance **ret_a,
                          const struct distance **ret_b)
{
    for (unsigned int i = 0; i < n; i++) {
        for (unsigned int j = i + 1; j < n; j++) {
            if (sign_of(row[i].said, row[j].said) == sign_of(row[i].found, row[j].found))
                continue;
            *ret_a = &row[i];
            *ret_b = &row[j];
            return true;
        }
    }
    return false;
}

/* Distances that differ and change no order. */
struct tally {
    unsigned int n_differ, n;
    unsigned int from; /* the first of them */
    struct distance first;
};

static void count_values(struct tally *tally, unsigned int from, const struct distance *row,
                         unsigned int n)
{
    for (unsigned int i = 0; i < n; i++) {
        tally->n++;
        if (row[i].said == row[i].found)
            continue;
        if (tally->n_differ++ == 0) {
            tally->from = from;
            tally->first = row[i];
        }
    }
}

/* One finding for each node whose neighbours come in another order; of the others the numbers. */
static int compare_row(const struct compare *compare, unsigned int from, struct distance *row,
                       struct tally *tally)
{
    const struct distance *a, *b;
    unsigned int n = read_row(compare, from, row);

    if (!find_disorder(row, n, &a, &b)) {
        count_values(tally, from, row, n);
        return 0;
    }
    return tell(compare, CODE_MACHINE_DISTANCE_ORDER,
                text("from node %u, nodes %u and %u are at %" PRIu64 " and %" PRIu64
                     ", and described at %" PRIu64 " and %" PRIu64,
                     from, a->to, b->to, a->found, b->found, a->said, b->said),
                text("correct the distance-matrix: it says which node is the nearer"));
}

static int compare_distances(const struct compare *compare)
{
    const struct machine *described = compare->described;
    autofree struct distance *row = calloc(described->n_nodes + 1, sizeof(*row));
    struct tally tally = {0};
    int r = row ? 0 : -ENOMEM;

    for (unsigned int i = 0; r == 0 && i < described->n_nodes; i++)
        r = compare_row(compare, described->nodes[i].id, row, &tally);
    if (r < 0 || tally.n_differ == 0)
        return r;
    return tell(compare, CODE_MACHINE_DISTANCE_VALUE,
                text("%u of %u distances differ and change no order: from node %u to node %u it is "
                     "%" PRIu64 ", and %" PRIu64 " is described",
                     tally.n_differ, tally.n, tally.from, tally.first.to, tally.first.found,
                     tally.first.said),
                NULL);
}

/* By where it is on PCI, or else by name: what one calls eth0 is enp1s0 to another. */
static const struct device *find_same(const struct machine *machine, const struct device *device)
{
    for (unsigned int i = 0; device->pci && i < machine->n_devices; i++) {
        if (machine->devices[i].pci && strcmp(machine->devices[i].pci, device->pci) == 0)
            return &machine->devices[i];
    }
    return machine_device(machine, device->name);
}

static int compare_device(const struct compare *compare, const struct device *described)
{
    const struct device *found = find_same(compare->found, described);

    if (!found)
        return tell(compare, CODE_MACHINE_DEVICE_MISSING,
                    text("device \"%s\"%s%s is described, and not on this machine", described->name,
                         described->pci ? " at " : "", described->pci ? described->pci : ""),
                    NULL);
    if (found->node < 0 || described->node < 0 || found->node == described->node)
        return 0;
    return tell(compare, CODE_MACHINE_DEVICE_ELSEWHERE,
                text("device \"%s\" is described on node %d, and on node %d here", described->name,
                     described->node, found->node),
                text("correct its numa-node"));
}

/* Devices that are not described are none of the file's business. */
static int compare_devices(const struct compare *compare)
{
    int r = 0;

    for (unsigned int i = 0; r == 0 && i < compare->described->n_devices; i++)
        r = compare_device(compare, &compare->described->devices[i]);
    return r;
}

int check_machines(const struct machine *described, const struct machine *found,
                   struct findings *findings)
{
    static int (*const comparisons[])(const struct compare *) = {
        compare_nodes,  compare_cpus,      compare_cpu_nodes,
        compare_memory, compare_distances, compare_devices,
    };
    const struct compare compare = {.described = described, .found = found, .findings = findings};
    int r = 0;

    for (unsigned int i = 0; r == 0 && i < ARRAY_SIZE(comparisons); i++)
        r = comparisons[i](&compare);
    return r;
}
