/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MACHINE_SELECTION_H
#define MACHINE_SELECTION_H

/*
 * CPUs and nodes as they are written on numactl's command line, with numactl 2.0.16's meaning:
 *   [!][+]TERM[,TERM]...   TERM is N, N-N, or - as the last one - "all" or a device (locate.h)
 * "+" counts within the granted ones, "!" takes all but these. Numbers may be hexadecimal (0x3 is
 * CPU 3, not a mask) and octal. Of a range only the ends must be granted: what is not in between is
 * left out. What numactl refuses may still be one of our own notations (set.h): strides, "^3",
 * masks with commas.
 */

#include "root.h"

struct selection_scope {
    const struct root *root;       /* to locate devices; NULL: none may be named */
    hwloc_const_bitmap_t granted;  /* "all", and what "+" counts in */
    hwloc_const_bitmap_t valid;    /* what a number may be */
    hwloc_const_bitmap_t universe; /* what "!" leaves the rest of */
};

struct selection {
    hwloc_bitmap_t set;
    hwloc_bitmap_t outside; /* named, and not valid: saying why is the caller's */
    bool exact;             /* numbers only: whoever wrote them expects every one */
};

/* -EINVAL not understood, -ERANGE too large a number, or what locate_device says. "same" is the
 * caller's to replace by the text that it stands for. */
int selection_parse(const struct selection_scope *scope, const char *text,
                    struct selection *ret_selection, struct np_error *err);
void selection_fini(struct selection *selection);

#endif
