/* SPDX-License-Identifier: Apache-2.0 */
/* Another place in physical memory for a region: see find-place.h. */

#include "find-place.h"

#define LARGE_PAGE_BYTES (UINT64_C(2) << 20)

/* The place in hole that is nearest to where it was. */
static bool nearest_in(struct region hole, struct region was, uint64_t page, uint64_t *ret_base)
{
    uint64_t skipped = -hole.base % page, room, base;

    if (hole.bytes < skipped || hole.bytes - skipped < was.bytes)
        return false;
    hole.base += skipped;
    room = hole.bytes - skipped - was.bytes;
    room -= room % page;
    base = was.base - was.base % page;
    if (base < hole.base)
        base = hole.base;
    else if (base - hole.base > room)
        base = hole.base + room;
    *ret_base = base;
    return true;
}

static uint64_t apart(uint64_t a, uint64_t b)
{
    return a > b ? a - b : b - a;
}

static bool find_nearest(const struct region_set *holes, struct region was, uint64_t page,
                         uint64_t *ret_base)
{
    bool found = false;

    for (unsigned int i = 0; i < holes->n; i++) {
        uint64_t base;

        if (!nearest_in(holes->regions[i], was, page, &base) ||
            (found && apart(base, was.base) >= apart(*ret_base, was.base)))
            continue;
        *ret_base = base;
        found = true;
    }
    return found;
}

bool place_whole(const struct region_set *holes, struct region was, struct region *ret_place)
{
    bool large = was.base % LARGE_PAGE_BYTES == 0 && was.bytes >= LARGE_PAGE_BYTES;

    ret_place->bytes = was.bytes;
    return (large && find_nearest(holes, was, LARGE_PAGE_BYTES, &ret_place->base)) ||
           find_nearest(holes, was, REGION_PAGE_BYTES, &ret_place->base);
}

bool place_shorter(const struct region_set *holes, struct region was, struct region *ret_place)
{
    for (unsigned int i = 0; was.base % REGION_PAGE_BYTES == 0 && i < holes->n; i++) {
        if (region_common(holes->regions[i], was, ret_place) && ret_place->base == was.base &&
            region_keep_pages(ret_place))
            return true;
    }
    return false;
}

bool place_largest(const struct region_set *holes, struct region *ret_place)
{
    bool found = false;

    for (unsigned int i = 0; i < holes->n; i++) {
        struct region hole = holes->regions[i];

        if (!region_keep_pages(&hole) || (found && hole.bytes <= ret_place->bytes))
            continue;
        *ret_place = hole;
        found = true;
    }
    return found;
}
