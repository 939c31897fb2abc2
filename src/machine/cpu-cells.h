/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MACHINE_CPU_CELLS_H
#define MACHINE_CPU_CELLS_H

/*
 * How wide the CPU numbers of a tree are. Kerf wrote lists of CPUs ("cpus", "available",
 * "host-reserved") in cells of 32 bits, and now writes 64; a blob does not say which. One list
 * alone can often be read both ways, so the whole tree decides, once.
 */

#include "devicetree.h"

/* 32 or 64, for the others here. Of a blob 64 unless some list cannot be of 64 bits: an odd number
 * of cells, or a number above 32 bits. *ret_ambiguous (NULL: not wanted) where no list tells: <0 5>
 * is CPU 5, or CPUs 0 and 5. Of a text 32, a number a cell; 64 where every list is of pairs that
 * begin with 0, as dtc writes the text of a blob. */
unsigned int dt_cpu_bits(const struct dt *dt, bool *ret_ambiguous);

/* A list of CPUs as it is written. -EINVAL, located. The caller frees *ret_numbers. */
int dt_get_cpu_numbers(const struct dt *dt, const struct dt_node *node,
                       const struct dt_property *property, unsigned int bits,
                       uint64_t **ret_numbers, unsigned int *ret_n, struct np_error *err);

/* A list of CPUs as a set. -EINVAL, located, also for a number that no machine has. The caller
 * frees *ret_cpus. */
int dt_get_cpus(const struct dt *dt, const struct dt_node *node, const struct dt_property *property,
                unsigned int bits, hwloc_bitmap_t *ret_cpus, struct np_error *err);

#endif
