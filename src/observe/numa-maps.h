/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OBSERVE_NUMA_MAPS_H
#define OBSERVE_NUMA_MAPS_H

/* The whole of a numa_maps file, as a stream. */

#include "observation.h"

/* Reads fd to its end. -EINVAL with *ret_line for a line that is not understood; else the kernel's
 * error. The caller frees the mappings, each with mapping_fini. */
int numa_maps_read(int fd, struct mapping **ret_mappings, unsigned int *ret_n,
                   unsigned int *ret_line);
void mappings_free(struct mapping *mappings, unsigned int n);

#endif
