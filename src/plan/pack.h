/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_PACK_H
#define PLAN_PACK_H

/* Pieces of memory into holes, each piece whole in one of them: bin packing, by best fit first and
 * then by trying all ways, up to a limit. */

#include "region.h"

struct pack_item {
    uint64_t bytes;   /* whole pages */
    unsigned int tag; /* the caller's own */
    uint64_t base;    /* the answer */
    int hole;         /* scratch */
};

enum pack_outcome {
    PACK_DONE = 0,
    PACK_NONE = 1,    /* there is no way */
    PACK_UNKNOWN = 2, /* none was found within the limit */
};

struct pack_effort {
    uint64_t bytes;      /* that best fit alone found room for; only when not PACK_DONE */
    unsigned long steps; /* added to */
};

/* Packs all items, which it sorts, the largest first; holes (ascending, apart, whole pages) are
 * left without what the items have of them. Items lie at 2 MiB boundaries, unless they are smaller
 * or that leaves too little room. When not PACK_DONE, holes are as before. */
int pack(struct region *holes, unsigned int n_holes, struct pack_item *items, unsigned int n_items,
         struct pack_effort *effort);

#endif
