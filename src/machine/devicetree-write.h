/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MACHINE_DEVICETREE_WRITE_H
#define MACHINE_DEVICETREE_WRITE_H

/* Inside the writer of machines as device trees: its parts. All fail with -ENOMEM only, and what is
 * not known is not written. */

#include "devicetree.h"
#include "machine.h"

/* A child name@number. */
int tree_add_numbered(struct dt_node *parent, const char *name, unsigned int number,
                      struct dt_node **ret_node);
/* A list of CPUs, as wide as Kerf writes them; nothing for the empty set. */
int tree_put_cpus(struct dt_node *node, const char *name, hwloc_const_bitmap_t cpus);
/* Other small numbers. The empty set is an empty list. */
int tree_put_ids(struct dt_node *node, const char *name, hwloc_const_bitmap_t ids);

int tree_put_topology(struct dt_node *cpus, const struct machine *machine);
int tree_put_nodes(struct dt_node *resources, const struct machine *machine);
int tree_put_devices(struct dt_node *resources, const struct machine *machine);

#endif
