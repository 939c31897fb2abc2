/* SPDX-License-Identifier: Apache-2.0 */
/* Rules: memory that is given by physical address. Where each byte of it lies, and that nobody else
 * has it. */

#include "check-rules.h"
#include "kerf-words.h"

enum {
    RANGES_NAMED_MAX = 4,
    FIRMWARE_PARTS = 64, /* one in so many bytes of a running machine may be firmware's */
};

/* "0x800000000-0x9ffffffff (8 GiB)" */
#define PIECE_TEXT_MAX (REGION_TEXT_MAX + SIZE_TEXT_MAX + 4)
static const char *piece_text(struct region region, char made[PIECE_TEXT_MAX])
{
    char addresses[REGION_TEXT_MAX], size[SIZE_TEXT_MAX];

    (void)snprintf(made, PIECE_TEXT_MAX, "%s (%s)", region_format(region, addresses),
                   size_format(region.bytes, size));
    return made;
}

static void put_part(FILE *stream, bool first, bool last, uint64_t bytes)
{
    char size[SIZE_TEXT_MAX];

    fprintf(stream, "%s%s on ", first ? "" : last ? " and " : ", ", size_format(bytes, size));
}

static unsigned int count_parts(const struct check *check, const struct survey *survey)
{
    unsigned int n = survey->nowhere > 0;

    for (unsigned int i = 0; i < check->node_extents.n_owners; i++)
        n += survey->bytes[i] > 0;
    return n;
}

/* "4 GiB on node 0, 2 GiB on node 1 and 1 GiB on no node (0x...-0x...)" */
static char *survey_text(const struct check *check, const struct survey *survey)
{
    unsigned int n = count_parts(check, survey), done = 0;
    char hole[REGION_TEXT_MAX], *made = NULL;
    size_t size;
    FILE *stream = open_memstream(&made, &size);

    if (!stream)
        return NULL;
    for (unsigned int i = 0; i < check->node_extents.n_owners; i++) {
        if (survey->bytes[i] == 0)
            continue;
        put_part(stream, done == 0, done + 1 == n, survey->bytes[i]);
        fprintf(stream, "node %u", check->machine->nodes[i].id);
        done++;
    }
    if (survey->nowhere > 0) {
        put_part(stream, done == 0, true, survey->nowhere);
        fprintf(stream, "no node (%s", region_format(survey->hole, hole));
        if (survey->n_holes > 1)
            fprintf(stream, " and %u more", survey->n_holes - 1);
        fputc(')', stream);
    }
    if (fclose(stream) != 0) {
        free(made);
        return NULL;
    }
    return made;
}

/* "node 0 has 0x0-0x7ffffffff, node 1 0x800000000-0xfffffffff" */
static char *ranges_text(const struct check *check)
{
    const struct extents *ranges = &check->node_extents;
    char addresses[REGION_TEXT_MAX], *made = NULL;
    size_t size;
    FILE *stream;

    if (ranges->n > RANGES_NAMED_MAX)
        return text("`numaplace topo` shows where the nodes' memory is");
    stream = open_memstream(&made, &size);
    if (!stream)
        return NULL;
    for (unsigned int i = 0; i < ranges->n; i++)
        fprintf(stream, "%snode %u %s%s", i ? ", " : "",
                check->machine->nodes[ranges->extents[i].owner].id, i ? "" : "has ",
                region_format(ranges->extents[i].region, addresses));
    if (fclose(stream) != 0) {
        free(made);
        return NULL;
    }
    return made;
}

/* A tree tells exactly where memory is. Of a machine that is held against it, firmware keeps pages
 * here and there, and no tree says which. */
static bool is_firmware(const struct check *check, struct region region, uint64_t nowhere)
{
    return (check->machine->live || check->options->described) &&
           nowhere <= region.bytes / FIRMWARE_PARTS;
}

/* Where all of it is: told when it is not all on one node. */
static int check_on_nodes(const struct check *check, struct place place, struct region region)
{
    autosurvey struct survey survey = {0};
    autofree char *parts = NULL;
    char addresses[REGION_TEXT_MAX];
    int r = extents_survey(&check->node_extents, region, &survey);

    if (r < 0 || (survey.nowhere == 0 && count_parts(check, &survey) == 1))
        return r;
    parts = survey_text(check, &survey);
    if (!parts)
        return -ENOMEM;
    (void)region_format(region, addresses);
    if (survey.nowhere > 0 && !is_firmware(check, region, survey.nowhere))
        return report(check, place, CODE_REGION_OUTSIDE_NODES,
                      text("memory %s has %s", addresses, parts), ranges_text(check));
    return report(check, place, CODE_REGION_SPANS_NODES, text("memory %s has %s", addresses, parts),
                  NULL);
}

static int check_in_pool(const struct check *check, struct place place, struct region region)
{
    const struct extents *pools = &check->pool_extents;
    autosurvey struct survey survey = {0};
    char whole[PIECE_TEXT_MAX], hole[PIECE_TEXT_MAX], first[REGION_TEXT_MAX];
    int r;

    if (pools->n == 0)
        return 0;
    r = extents_survey(pools, region, &survey);
    if (r < 0 || survey.nowhere == 0)
        return r;
    return report(check, place, CODE_REGION_OUTSIDE_POOL,
                  text("memory %s is not all in the memory pool: %s%s outside",
                       piece_text(region, whole), piece_text(survey.hole, hole),
                       survey.n_holes > 1 ? " and more are" : " is"),
                  text("the pool is %s%s", region_format(pools->extents[0].region, first),
                       pools->n > 1 ? " and more" : ""));
}

static int check_alignment(const struct check *check, const struct subject *subject,
                           struct region region)
{
    char addresses[PIECE_TEXT_MAX];
    bool of_base = region.base % REGION_PAGE_BYTES != 0;

    if (!of_base && region.bytes % REGION_PAGE_BYTES == 0)
        return 0;
    return report(check, place_of(subject, of_base ? KEY_REGIONS : KEY_MEMORY),
                  CODE_REGION_UNALIGNED,
                  text("memory %s does not %s at a page of 4 KiB", piece_text(region, addresses),
                       of_base ? "begin" : "end"),
                  text("make %s a multiple of 0x1000", of_base ? "memory-base" : "memory-bytes"));
}

static int check_each(const struct check *check, const struct subject *subject)
{
    const struct instance *instance = subject->instance;
    struct place place = place_of(subject, KEY_REGIONS);
    int r = 0;

    for (unsigned int i = 0; r == 0 && i < instance->n_regions; i++) {
        struct region region = instance->regions[i];

        if (region.bytes == 0)
            continue; /* memory-zero tells */
        r = check_alignment(check, subject, region);
        if (r == 0)
            r = check_in_pool(check, place, region);
        if (r == 0 && check->node_extents.n > 0)
            r = check_on_nodes(check, place, region);
    }
    return r;
}

static int check_zero(const struct check *check, const struct subject *subject)
{
    const struct instance *instance = subject->instance;
    bool zero =
        is_tree(check) && instance_says(instance, KEY_MEMORY) && instance->memory_bytes == 0;

    for (unsigned int i = 0; i < instance->n_regions; i++)
        zero = zero || instance->regions[i].bytes == 0;
    if (!zero)
        return 0;
    return report(check, place_of(subject, KEY_MEMORY), CODE_MEMORY_ZERO,
                  text("memory of 0 bytes is no memory"),
                  text("say how much, or leave the memory out"));
}

static int check_judged(const struct check *check, const struct subject *subject)
{
    if (subject->instance->n_regions == 0 || subject->region_nodes)
        return 0;
    return report(check, place_of(subject, KEY_REGIONS), CODE_MEMORY_UNJUDGED,
                  text("which node has it is not known: the machine does not tell where its nodes' "
                       "memory is"),
                  NULL);
}

/* Is a policy of this key asked for in so many words? */
static bool asks_local(const struct subject *subject, enum instance_key key)
{
    const struct instance *instance = subject->instance;

    return instance_says(instance, key) &&
           (key == KEY_MEMORY_POLICY ? instance->memory_policy == MEMORY_POLICY_LOCAL
                                     : instance->cpu_affinity == CPU_AFFINITY_LOCAL);
}

static bool is_remote(const struct subject *subject)
{
    return subject->cpu_nodes && subject->region_nodes &&
           !hwloc_bitmap_iszero(subject->cpu_nodes) &&
           !hwloc_bitmap_isincluded(subject->region_nodes, subject->cpu_nodes);
}

static int report_remote(const struct check *check, const struct subject *subject,
                         enum instance_key key, char *fact)
{
    autofree char *cpu_nodes = text_set("node", subject->cpu_nodes);

    if (!cpu_nodes) {
        free(fact);
        return -ENOMEM;
    }
    return report(check, place_of(subject, key), CODE_REGION_REMOTE, fact,
                  text("give it memory of %s, or CPUs where the memory is", cpu_nodes));
}

/* Both policies may ask for it; where neither does, memory that is wholly elsewhere is still worth
 * a word unless it is spread or bound on purpose. */
static int check_remote(const struct check *check, const struct subject *subject)
{
    bool by_policy = asks_local(subject, KEY_MEMORY_POLICY);
    bool by_affinity = asks_local(subject, KEY_CPU_AFFINITY);
    autofree char *cpu_nodes = NULL, *nodes = NULL;
    int r = 0;

    if (!is_remote(subject))
        return 0;
    if (by_policy)
        r = report_remote(check, subject, KEY_MEMORY_POLICY,
                          kerf_memory_remote(subject->cpu_nodes, subject->region_nodes));
    if (r == 0 && by_affinity)
        r = report_remote(check, subject, KEY_CPU_AFFINITY,
                          kerf_affinity_remote(subject->cpu_nodes, subject->region_nodes));
    if (by_policy || by_affinity || subject->instance->memory_policy != MEMORY_POLICY_LOCAL ||
        hwloc_bitmap_intersects(subject->region_nodes, subject->cpu_nodes))
        return r;
    cpu_nodes = text_set("node", subject->cpu_nodes);
    nodes = text_set("node", subject->region_nodes);
    if (!cpu_nodes || !nodes)
        return -ENOMEM;
    return report_remote(check, subject, KEY_REGIONS,
                         text("its CPUs are on %s and its memory is on %s", cpu_nodes, nodes));
}

static bool exists(const struct check *check, unsigned int id)
{
    return machine_node(check->machine, id) != NULL;
}

/* The nodes named, as far as there are any, against those where its addresses are. */
static int check_named(const struct check *check, const struct subject *subject)
{
    bool bound = subject->instance->memory_policy == MEMORY_POLICY_BIND;
    autofree char *named = NULL, *nodes = NULL;
    autoset hwloc_bitmap_t real = NULL;
    int r;

    if (!subject->wish->nodes || !subject->region_nodes ||
        hwloc_bitmap_isincluded(subject->region_nodes, subject->wish->nodes) ||
        (!bound && is_remote(subject))) /* region-remote tells */
        return 0;
    r = set_filter(check, subject->wish->nodes, exists, &real);
    if (r < 0 || hwloc_bitmap_iszero(real))
        return r;
    named = text_set("node", subject->wish->nodes);
    nodes = text_set("node", subject->region_nodes);
    if (!named || !nodes)
        return -ENOMEM;
    return report(check, place_of(subject, KEY_REGIONS),
                  bound ? CODE_REGION_NOT_BOUND : CODE_REGION_ELSEWHERE,
                  text("memory is %s %s, and its addresses are on %s",
                       bound ? "to be bound to" : "preferred on", named, nodes),
                  text("give it memory of %s, or name the nodes where it is", named));
}

const subject_rule region_rules[] = {
    check_zero, check_each, check_judged, check_remote, check_named, NULL,
};

/* All regions together */

static int collect(const struct check *check, struct extents *extents)
{
    int r = 0;

    for (unsigned int i = 0; r == 0 && i < check->n_subjects; i++)
        r = extents_add_all(extents, check->subjects[i].instance->regions,
                            check->subjects[i].instance->n_regions, i);
    return r;
}

static int report_overlap(const struct check *check, const struct extent *extent,
                          const struct clash *clash)
{
    const struct subject *subject = &check->subjects[extent->owner];
    const char *other = check->subjects[clash->first].instance->name;
    char addresses[REGION_TEXT_MAX], common[PIECE_TEXT_MAX];
    autofree char *others = clash->n_others == 1
                                ? text("\"%s\"", other)
                                : text("\"%s\" and %u more", other, clash->n_others - 1);

    if (!others)
        return -ENOMEM;
    return report(
        check, place_of(subject, KEY_REGIONS), CODE_REGION_OVERLAP,
        text("memory %s overlaps that of %s: both have %s",
             region_format(extent->region, addresses), others, piece_text(clash->common, common)),
        text("give each its own memory, or leave memory-base out and let `numaplace plan` "
             "choose"));
}

/* The same memory of several instances is told at all but the first. */
static int check_overlaps(const struct check *check)
{
    autoextents struct extents extents = {0};
    autofree struct clash *clashes = NULL;
    int r = collect(check, &extents);

    if (r < 0)
        return r;
    extents_sort(&extents);
    r = extents_clashes(&extents, &clashes);
    for (unsigned int i = 0; r == 0 && i < extents.n; i++) {
        const struct extent *extent = &extents.extents[i];

        if (clashes[extent->order].n_others > 0)
            r = report_overlap(check, extent, &clashes[extent->order]);
    }
    return r;
}

static int report_pool_short(const struct check *check, const struct subject *subject, uint64_t has,
                             uint64_t before)
{
    char wanted[SIZE_TEXT_MAX], had[SIZE_TEXT_MAX], left[SIZE_TEXT_MAX], lacking[SIZE_TEXT_MAX];
    uint64_t bytes = subject->instance->memory_bytes;

    return report(
        check, place_of(subject, KEY_MEMORY), CODE_POOL_SHORT,
        text("wants %s, and of the memory pool of %s the instances before it leave %s",
             size_format(bytes, wanted), size_format(has, had), size_format(has - before, left)),
        text("lower one by %s, or enlarge the pool", size_format(bytes - (has - before), lacking)));
}

/* Told at the first instance for which the pools no longer suffice. */
static int check_pool_sum(const struct check *check)
{
    uint64_t has = pool_bytes(check), sum = 0;

    for (unsigned int i = 0; check->pool_extents.n > 0 && i < check->n_subjects; i++) {
        const struct subject *subject = &check->subjects[i];
        uint64_t bytes = subject->instance->memory_bytes;

        if (bytes > has && check->node_extents.n > 0)
            continue; /* too much alone: memory-short or region-outside-pool tells */
        if (bytes > has - sum)
            return report_pool_short(check, subject, has, sum);
        sum += bytes;
    }
    return 0;
}

const whole_rule region_sum_rules[] = {check_overlaps, check_pool_sum, NULL};
