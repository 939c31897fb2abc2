/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_REGION_SET_H
#define BASE_REGION_SET_H

/* Pieces of the physical address space, as many as wanted. */

#include "mem.h"
#include "region.h"

#include <stdbool.h>

struct region_set {
    struct region *regions; /* ascending and apart, after region_set_order */
    unsigned int n;
};

/* Adds [base, base + bytes) at the end. -ERANGE for a piece that is empty or that has the last byte
 * before 2^64, where no machine has memory: so that every end is a number. */
int region_set_add(struct region_set *set, uint64_t base, uint64_t bytes);
/* Puts pieces in order; those that touch or overlap become one. */
void region_set_order(struct region_set *set);
void region_set_fini(struct region_set *set);

/* What both have; both in order, and so is the outcome. The caller ends it. */
int region_set_common(const struct region_set *a, const struct region_set *b,
                      struct region_set *ret_set);
/* Takes away what lies in cut. Keeps the order. -ENOMEM, and then set is as it was. */
int region_set_cut(struct region_set *set, struct region cut);
uint64_t region_set_bytes(const struct region_set *set);

#define autoregions CLEANUP(region_set_fini)

#endif
