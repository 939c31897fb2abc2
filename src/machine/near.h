/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MACHINE_NEAR_H
#define MACHINE_NEAR_H

/* What `--near` means on a machine: one that runs, one that was captured, or one that only a
 * description of is there. Names are those of locate.h. */

#include "machine.h"
#include "root.h"

/* The device of the machine's list that text names; NULL when it is none of these. */
const struct device *near_find(const struct machine *machine, const char *text);

/*
 * The kernel id of the node of device. root is the tree of the machine for what is not in its list,
 * and NULL for a machine that has none. On a machine with one node everything is near, whatever the
 * firmware tells. Errors are those of locate_device, and -ENOTSUP for what only a running machine
 * could tell. All with a message.
 */
int near_node(const struct machine *machine, const struct root *root, const char *device,
              unsigned int *ret_node, struct np_error *err);

#endif
