/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MACHINE_CPU_CELLS_H
#define MACHINE_CPU_CELLS_H

/*
 * How wide the CPU numbers of a tree are. Kerf wrote lists of CPUs ("cpus", "available",
 * "host-reserved") in cells of 32 bits, and now writes 64; a blob does not say which. One list
 * alone can often be read both ways, so the whole tree decides, once.
 */

#include "devicetree.h"

/* 32 or 64, for dt_get_cells. 64 unless some list cannot be of 64 bits: an odd number of cells, or
 * a number above 32 bits. *ret_ambiguous (NULL: not wanted) where no list tells: <0 5> is CPU 5, or
 * CPUs 0 and 5. A tree read from text has numbers, not bytes: 64, and not ambiguous. */
unsigned int dt_cpu_bits(const struct dt *dt, bool *ret_ambiguous);

#endif
