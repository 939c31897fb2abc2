/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_SET_H
#define BASE_SET_H

/*
 * Sets of small numbers: CPUs, nodes. Everywhere a set is an hwloc bitmap; this module reads and
 * writes their texts. The one idea: a user's text is first parsed into an expression (which can be
 * checked without a machine) and then resolved against what exists.
 */

#include "error.h"
#include "mem.h"

#include <stdbool.h>

/* No kernel has more CPUs or nodes; a larger number is a typing error, not a machine. */
#define SET_ID_MAX 65535u

/* The kernel's list format, strictly: "0-3,8", stride "0-31:2/8" as bitmap_parselist defines it, ""
 * for the empty set. The caller frees *ret_set. */
int set_parse_list(const char *text, hwloc_bitmap_t *ret_set, struct np_error *err);

/* The kernel's mask format: comma-separated groups of 32 bits in hex, the highest first:
 * "ff,ffffc000". */
int set_parse_mask(const char *text, hwloc_bitmap_t *ret_set, struct np_error *err);

/* The set as "0-3,8" ("" when empty). The caller frees; NULL when out of memory. */
char *set_format(hwloc_const_bitmap_t set);

/* The same in the kernel's mask format, "0" when empty: "3,ffffc000". */
char *set_format_mask(hwloc_const_bitmap_t set);

/* The single number in a set, or -1. */
int set_only(hwloc_const_bitmap_t set);

/*
 * What numactl and its neighbours accept: "0-3,8", "0-31:2", "0xff", "ff,ffffc000" (a
 * comma-separated mask needs at least one group of eight digits), "all", "same", leading "!" (all
 * but), leading "+" (counted within the allowed ones), and libvirt's "0-7,^3".
 */
struct set_expr {
    hwloc_bitmap_t bits; /* owned; empty for "all" and "same" */
    bool all;
    bool same;     /* "same": what another option said; the caller knows which */
    bool invert;   /* "!": all of the universe but these */
    bool relative; /* "+": n means the n-th of the universe */
};

int set_expr_parse(const char *text, struct set_expr *ret_expr, struct np_error *err);
void set_expr_fini(struct set_expr *expr);

/* The numbers that expr means. universe is what "all", "!" and "+" refer to. A plain set is
 * returned as written, whether its members are in universe or not: saying that they are not is the
 * caller's, who knows what they are. -ERANGE for "+n" beyond the universe. "same" is -EINVAL here.
 * The caller frees *ret_set. */
int set_expr_resolve(const struct set_expr *expr, hwloc_const_bitmap_t universe,
                     hwloc_bitmap_t *ret_set, struct np_error *err);

#endif
