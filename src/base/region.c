/* SPDX-License-Identifier: Apache-2.0 */
/* Pieces of the physical address space. A region may end at 2^64, which is no number of 64 bits, so
 * all here is told by the last address instead of the end. */

#include "region.h"

#include <inttypes.h>
#include <stdio.h>

static uint64_t last_of(struct region region)
{
    return region.base + region.bytes - 1;
}

bool region_common(struct region a, struct region b, struct region *ret_common)
{
    uint64_t first, last;

    if (a.bytes == 0 || b.bytes == 0)
        return false;
    first = a.base > b.base ? a.base : b.base;
    last = last_of(a) < last_of(b) ? last_of(a) : last_of(b);
    if (first > last)
        return false;
    *ret_common = (struct region){.base = first, .bytes = last - first + 1};
    return true;
}

uint64_t region_common_bytes(struct region a, struct region b)
{
    struct region common;

    return region_common(a, b, &common) ? common.bytes : 0;
}

bool region_keep_pages(struct region *region)
{
    uint64_t before = -region->base % REGION_PAGE_BYTES;

    if (region->bytes < before + REGION_PAGE_BYTES)
        return false;
    region->base += before;
    region->bytes -= before;
    region->bytes -= region->bytes % REGION_PAGE_BYTES;
    return true;
}

const char *region_format(struct region region, char text[REGION_TEXT_MAX])
{
    if (region.bytes == 0)
        (void)snprintf(text, REGION_TEXT_MAX, "0x%" PRIx64, region.base);
    else
        (void)snprintf(text, REGION_TEXT_MAX, "0x%" PRIx64 "-0x%" PRIx64, region.base,
                       last_of(region));
    return text;
}
