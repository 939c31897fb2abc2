/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CHANGE_BIND_H
#define CHANGE_BIND_H

/*
 * Binding at birth: the calling thread takes on CPUs and a memory policy, which the program that it
 * then executes inherits before it has touched a page. Binding late leaves what was touched first
 * where it was.
 */

#include "mem.h"
#include "root.h"

#include <stdbool.h>

#define BINDING_KEEP_POLICY (-1)

struct binding {
    hwloc_const_bitmap_t cpus;  /* NULL: as inherited */
    int mode;                   /* MPOL_*, or BINDING_KEEP_POLICY: as inherited */
    hwloc_const_bitmap_t nodes; /* NULL or empty for MPOL_DEFAULT and MPOL_LOCAL */
    bool balancing; /* with MPOL_BIND: the kernel may move pages within nodes (Linux 5.12) */
};

enum bind_step {
    BIND_CPUS,
    BIND_POLICY,
};

/* What the kernel made of it: it takes away, without a word, the CPUs and nodes that it does not
 * grant. */
struct bound {
    hwloc_bitmap_t lost_cpus;  /* asked for, not given; empty: none */
    hwloc_bitmap_t lost_nodes; /* likewise */
    bool balancing_lost;       /* the kernel does not know balancing; bound without it */
};

/* CPUs first, then the policy. A negative errno as the kernel gave it, *ret_step says to what.
 * Prints nothing, and allocates: it may follow the fork of a single-threaded process only. */
int bind_self(const struct binding *binding, struct bound *ret_bound, enum bind_step *ret_step);
void bound_fini(struct bound *bound);

/* Fills err with why the kernel refused binding with code, and with the way out. Returns code. */
int bind_explain(const struct root *root, const struct binding *binding, enum bind_step step,
                 int code, struct np_error *err);

/* Why these may not be used: "CPU 3 is offline; node ...", empty when nothing speaks against them.
 * The caller frees; NULL when out of memory. */
char *bind_reason_cpus(const struct root *root, hwloc_const_bitmap_t cpus);
char *bind_reason_nodes(const struct root *root, hwloc_const_bitmap_t nodes);
/* The same for CPUs that the kernel took away from a binding that is in force. */
char *bind_reason_lost_cpus(const struct root *root, hwloc_const_bitmap_t lost);

#endif
