/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_REGION_H
#define BASE_REGION_H

/* A piece of the physical address space: [base, base + bytes), never beyond 2^64. */

#include <stdbool.h>
#include <stdint.h>

struct region {
    uint64_t base;
    uint64_t bytes;
};

/* What a and b have in common. False, and nothing is written, when they are apart. */
bool region_common(struct region a, struct region b, struct region *ret_common);
/* Bytes of it; 0 when they are apart. */
uint64_t region_common_bytes(struct region a, struct region b);

/* The smallest page there is: no kernel hands out less. */
enum { REGION_PAGE_BYTES = 4096 };

/* Cuts it to the whole pages in it. False, and it stays as it is, when there is none. */
bool region_keep_pages(struct region *region);

#define REGION_TEXT_MAX 48
/* The first and the last address: "0x800000000-0xbffffffff"; of an empty one its base alone.
 * Returns text. */
const char *region_format(struct region region, char text[REGION_TEXT_MAX]);

#endif
