/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LIB_LIB_H
#define LIB_LIB_H

/* What the parts of the public library share. */

#include "machine.h"

#include <numaplace/numaplace.h>

/* np_machine is struct machine; callers never see inside. */
static inline const struct machine *inside(const struct np_machine *machine)
{
    return (const struct machine *)(const void *)machine;
}

/* The kernel id of the node of a device. root is the machine's tree, NULL for one that has none. */
int lib_device_node(const struct machine *machine, const struct root *root, const char *name,
                    unsigned int *ret_node, struct np_error *err);

/* -EINVAL for one that does not exist. */
int lib_check_flags(unsigned int flags, struct np_error *err);

/* Makes cpus and memory of node the calling thread's, or neither. flags are checked. */
int lib_pin(const struct machine *machine, hwloc_const_bitmap_t cpus, unsigned int node,
            unsigned int flags, struct np_error *err);

#endif
