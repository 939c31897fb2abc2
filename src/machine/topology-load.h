/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MACHINE_TOPOLOGY_LOAD_H
#define MACHINE_TOPOLOGY_LOAD_H

/* Loading an hwloc topology from the source that is meant, whatever the environment says. */

#include <hwloc.h>

enum topology_from {
    TOPOLOGY_LIVE,      /* source: NULL */
    TOPOLOGY_XML,       /* source: a file */
    TOPOLOGY_SYNTHETIC, /* source: the description */
};

/* From LIVE only what concerns CPUs is read, from XML and SYNTHETIC everything. Returns 0 or a
 * negative errno. The caller destroys the topology. Where the environment speaks to hwloc, it is
 * changed meanwhile. */
int topology_load(enum topology_from from, const char *source, hwloc_topology_t *ret_topology);

#endif
