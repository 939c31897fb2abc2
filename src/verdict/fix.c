/* SPDX-License-Identifier: Apache-2.0 */
/* The smallest change that would make a tree sound: runs the parts, and has what they share. */

#include "fixer.h"

#include <string.h>

typedef int (*fix_part)(struct fixer *);

/* CPUs come before what is chosen by their nodes. */
static const fix_part parts[] = {fix_host, fix_pools, fix_names,  fix_ids,
                                 fix_cpus, fix_nodes, fix_memory, fix_claims};

/* These say who meets whom, and stand at the later one, which is not always the one that yields:
 * the part that settles it says it itself. */
static const enum finding_code conflicts[] = {CODE_CPU_OVERLAP, CODE_REGION_OVERLAP,
                                              CODE_CLAIM_TWICE};

static bool is_conflict(const struct finding *finding)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(conflicts); i++) {
        if (strcmp(finding->code, finding_kinds[conflicts[i]].code) == 0)
            return true;
    }
    return false;
}

static bool is_at(const struct finding *finding, struct mark at)
{
    return at.line > 0 && mark_is_same(finding->at, at);
}

char *fixer_reason(const struct fixer *fixer, struct mark at, char *conflict, char *outcome)
{
    autofree char *taken_conflict = conflict, *taken_outcome = outcome;
    const struct findings *findings = fixer->findings;
    const char *separator = "";
    char *made = NULL;
    size_t size;
    FILE *stream = outcome ? open_memstream(&made, &size) : NULL;

    if (!stream)
        return NULL;
    for (unsigned int i = 0; i < findings->n_findings; i++) {
        const struct finding *finding = &findings->findings[i];

        if (finding->severity != SEVERITY_ERROR || !is_at(finding, at) || is_conflict(finding))
            continue;
        fprintf(stream, "%s%s", separator, finding->fact);
        separator = "; ";
    }
    if (conflict)
        fprintf(stream, "%s%s", separator, conflict);
    fprintf(stream, "%s%s", separator[0] || conflict ? ": " : "", outcome);
    if (fclose(stream) != 0) {
        free(made);
        return NULL;
    }
    return made;
}

static struct mark mark_of(const struct fixer *fixer, unsigned int instance,
                           enum fix_property property)
{
    static const enum instance_key keys[] = {
        [FIX_NAME] = KEY_NAME,
        [FIX_ID] = KEY_ID,
        [FIX_CPUS] = KEY_CPUS,
        [FIX_CPU_COUNT] = KEY_CPUS,
        [FIX_MEMORY_BASE] = KEY_REGIONS,
        [FIX_MEMORY_BYTES] = KEY_MEMORY,
        [FIX_NUMA_NODES] = KEY_NUMA_NODES,
        [FIX_DEVICES] = KEY_CLAIMS,
    };

    if (property == FIX_AVAILABLE)
        return fixer->wishes->spec->pool_cpus_at;
    if (property == FIX_HOST_RESERVED)
        return fixer->wishes->spec->reserved_cpus_at;
    if (instance == FIX_HOST) /* there may be several pools: who changes one says which */
        return (struct mark){0};
    return fixer_instance(fixer, instance)->at[keys[property]];
}

struct fix_change *fixer_change(struct fixer *fixer, unsigned int instance,
                                enum fix_property property, char *reason)
{
    struct fix *fix = fixer->fix;
    struct fix_change *larger =
        reason ? reallocarray(fix->changes, fix->n_changes + 1, sizeof(*larger)) : NULL;

    if (!larger) {
        free(reason);
        return NULL;
    }
    fix->changes = larger;
    larger[fix->n_changes] = (struct fix_change){.instance = instance,
                                                 .property = property,
                                                 .at = mark_of(fixer, instance, property),
                                                 .reason = reason};
    return &larger[fix->n_changes++];
}

int change_numbers(struct fix_change *change, const uint64_t *numbers, unsigned int n)
{
    change->numbers = calloc(n + 1, sizeof(*numbers));
    if (!change->numbers)
        return -ENOMEM;
    memcpy(change->numbers, numbers, n * sizeof(*numbers));
    change->n_numbers = n;
    return 0;
}

int change_set(struct fix_change *change, hwloc_const_bitmap_t set)
{
    change->numbers = calloc((size_t)hwloc_bitmap_weight(set) + 1, sizeof(*change->numbers));
    if (!change->numbers)
        return -ENOMEM;
    for (int id = hwloc_bitmap_first(set); id != -1; id = hwloc_bitmap_next(set, id))
        change->numbers[change->n_numbers++] = (uint64_t)id;
    return 0;
}

int fixer_unmet(struct fixer *fixer, char *line)
{
    struct fix *fix = fixer->fix;
    char **larger = line ? reallocarray(fix->unmet, fix->n_unmet + 2, sizeof(*larger)) : NULL;

    if (!larger) {
        free(line);
        return -ENOMEM;
    }
    fix->unmet = larger;
    larger[fix->n_unmet++] = line;
    larger[fix->n_unmet] = NULL;
    return 0;
}

static int compare_changes(const void *a, const void *b)
{
    const struct fix_change *x = a, *y = b;

    if (x->instance != y->instance)
        return x->instance < y->instance ? -1 : 1;
    if (x->property != y->property)
        return (int)x->property - (int)y->property;
    return x->at.line < y->at.line ? -1 : x->at.line > y->at.line;
}

static void fixer_fini(struct fixer *fixer)
{
    for (unsigned int i = 0; fixer->cpus && i < fixer->wishes->n_wishes; i++)
        hwloc_bitmap_free(fixer->cpus[i]);
    free(fixer->cpus);
}

int fix_propose(const struct wishes *wishes, const struct check_options *options,
                const struct findings *findings, struct fix *ret_fix)
{
    autofix struct fix fix = {0};
    CLEANUP(fixer_fini)
    struct fixer fixer = {.wishes = wishes,
                          .machine = wishes->machine,
                          .options = options,
                          .findings = findings,
                          .cpus = calloc(wishes->n_wishes + 1, sizeof(hwloc_bitmap_t)),
                          .fix = &fix};
    int r = fixer.cpus ? 0 : -ENOMEM;

    for (unsigned int i = 0; r == 0 && i < ARRAY_SIZE(parts); i++)
        r = parts[i](&fixer);
    if (r < 0)
        return r;
    if (fix.n_changes > 0)
        qsort(fix.changes, fix.n_changes, sizeof(*fix.changes), compare_changes);
    *ret_fix = fix;
    fix = (struct fix){0};
    return 0;
}

void fix_fini(struct fix *fix)
{
    for (unsigned int i = 0; i < fix->n_changes; i++) {
        free(fix->changes[i].numbers);
        strv_free(fix->changes[i].words);
        free(fix->changes[i].reason);
    }
    free(fix->changes);
    strv_free(fix->unmet);
    *fix = (struct fix){0};
}
