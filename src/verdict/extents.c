/* SPDX-License-Identifier: Apache-2.0 */
/* Who has which piece of the physical address space. */

#include "extents.h"

#include <errno.h>

int extents_add(struct extents *extents, struct region region, unsigned int owner)
{
    struct extent *larger;

    if (region.bytes == 0)
        return 0;
    larger = reallocarray(extents->extents, extents->n + 1, sizeof(*larger));
    if (!larger)
        return -ENOMEM;
    larger[extents->n] = (struct extent){.region = region, .owner = owner, .order = extents->n};
    extents->extents = larger;
    extents->n++;
    if (owner >= extents->n_owners)
        extents->n_owners = owner + 1;
    return 0;
}

int extents_add_all(struct extents *extents, const struct region *regions, unsigned int n,
                    unsigned int owner)
{
    int r = 0;

    for (unsigned int i = 0; r == 0 && i < n; i++)
        r = extents_add(extents, regions[i], owner);
    return r;
}

static int compare(const void *a, const void *b)
{
    const struct extent *x = a, *y = b;

    if (x->region.base != y->region.base)
        return x->region.base < y->region.base ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

void extents_sort(struct extents *extents)
{
    if (extents->n > 1)
        qsort(extents->extents, extents->n, sizeof(*extents->extents), compare);
}

void extents_fini(struct extents *extents)
{
    free(extents->extents);
    *extents = (struct extents){0};
}

static void add_hole(struct survey *survey, uint64_t base, uint64_t bytes)
{
    if (bytes == 0)
        return;
    survey->n_holes++;
    if (bytes > survey->hole.bytes)
        survey->hole = (struct region){.base = base, .bytes = bytes};
    survey->nowhere += bytes;
}

int extents_survey(const struct extents *extents, struct region region, struct survey *ret_survey)
{
    struct survey survey = {.bytes = calloc(extents->n_owners + 1, sizeof(uint64_t))};
    struct region rest = region, common;

    if (!survey.bytes)
        return -ENOMEM;
    for (unsigned int i = 0; i < extents->n && rest.bytes > 0; i++) {
        const struct extent *extent = &extents->extents[i];

        if (!region_common(rest, extent->region, &common))
            continue;
        add_hole(&survey, rest.base, common.base - rest.base);
        survey.bytes[extent->owner] += common.bytes;
        rest.bytes -= common.base - rest.base + common.bytes;
        rest.base = common.base + common.bytes;
    }
    add_hole(&survey, rest.base, rest.bytes);
    *ret_survey = survey;
    return 0;
}

void survey_fini(struct survey *survey)
{
    free(survey->bytes);
    *survey = (struct survey){0};
}

static void note_clash(struct clash *clashes, const struct extent *a, const struct extent *b)
{
    const struct extent *earlier = a->order < b->order ? a : b;
    const struct extent *later = earlier == a ? b : a;
    struct clash *clash = &clashes[later->order];
    struct region common;

    if (!region_common(a->region, b->region, &common))
        return;
    if (clash->n_others++ == 0 || earlier->owner < clash->first) {
        clash->first = earlier->owner;
        clash->common = common;
    }
}

int extents_clashes(const struct extents *extents, struct clash **ret_clashes)
{
    autofree struct clash *clashes = calloc(extents->n + 1, sizeof(*clashes));
    autofree const struct extent **open = calloc(extents->n + 1, sizeof(*open));
    unsigned int n_open = 0; /* those that may reach what comes */

    if (!clashes || !open)
        return -ENOMEM;
    for (unsigned int i = 0; i < extents->n; i++) {
        const struct extent *extent = &extents->extents[i];
        unsigned int n_kept = 0;

        for (unsigned int j = 0; j < n_open; j++) {
            if (open[j]->region.base + (open[j]->region.bytes - 1) < extent->region.base)
                continue;
            note_clash(clashes, open[j], extent);
            open[n_kept++] = open[j];
        }
        open[n_kept++] = extent;
        n_open = n_kept;
    }
    *ret_clashes = TAKE(clashes);
    return 0;
}
