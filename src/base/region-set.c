/* SPDX-License-Identifier: Apache-2.0 */
/* All operations go through their pieces once, from low to high. */

#include "region-set.h"

#include <errno.h>
#include <stdlib.h>

static uint64_t end_of(const struct region *region)
{
    return region->base + region->bytes;
}

int region_set_add(struct region_set *set, uint64_t base, uint64_t bytes)
{
    struct region *larger;

    if (bytes == 0 || bytes > UINT64_MAX - base)
        return -ERANGE;
    /* Room grows by doubling: it is full when their number is a power of two. */
    if ((set->n & (set->n - 1)) == 0) {
        larger = reallocarray(set->regions, set->n ? 2 * (size_t)set->n : 1, sizeof(*larger));
        if (!larger)
            return -ENOMEM;
        set->regions = larger;
    }
    set->regions[set->n++] = (struct region){.base = base, .bytes = bytes};
    return 0;
}

static int compare(const void *a, const void *b)
{
    const struct region *left = a, *right = b;

    return left->base < right->base ? -1 : left->base > right->base;
}

void region_set_order(struct region_set *set)
{
    unsigned int n = 0;

    if (set->n == 0)
        return;
    qsort(set->regions, set->n, sizeof(*set->regions), compare);
    for (unsigned int i = 1; i < set->n; i++) {
        struct region *at = &set->regions[n];
        const struct region *next = &set->regions[i];

        if (next->base > end_of(at))
            set->regions[++n] = *next;
        else if (end_of(next) > end_of(at))
            at->bytes = end_of(next) - at->base;
    }
    set->n = n + 1;
}

void region_set_fini(struct region_set *set)
{
    free(set->regions);
    *set = (struct region_set){0};
}

int region_set_common(const struct region_set *a, const struct region_set *b,
                      struct region_set *ret_set)
{
    autoregions struct region_set common = {0};
    unsigned int i = 0, j = 0;

    while (i < a->n && j < b->n) {
        const struct region *x = &a->regions[i], *y = &b->regions[j];
        struct region both;
        int r = region_common(*x, *y, &both) ? region_set_add(&common, both.base, both.bytes) : 0;

        if (r < 0)
            return r;
        if (end_of(x) <= end_of(y))
            i++;
        else
            j++;
    }
    *ret_set = common;
    common = (struct region_set){0};
    return 0;
}

static int add_unless_empty(struct region_set *set, uint64_t base, uint64_t bytes)
{
    return bytes == 0 ? 0 : region_set_add(set, base, bytes);
}

int region_set_cut(struct region_set *set, struct region cut)
{
    autoregions struct region_set left = {0};
    int r = 0;

    for (unsigned int i = 0; r == 0 && i < set->n; i++) {
        struct region piece = set->regions[i], gone;

        if (!region_common(piece, cut, &gone)) {
            r = region_set_add(&left, piece.base, piece.bytes);
            continue;
        }
        r = add_unless_empty(&left, piece.base, gone.base - piece.base);
        if (r == 0)
            r = add_unless_empty(&left, end_of(&gone), end_of(&piece) - end_of(&gone));
    }
    if (r < 0)
        return r;
    region_set_fini(set);
    *set = left;
    left = (struct region_set){0};
    return 0;
}

uint64_t region_set_bytes(const struct region_set *set)
{
    uint64_t bytes = 0;

    for (unsigned int i = 0; i < set->n; i++)
        bytes += set->regions[i].bytes;
    return bytes;
}
