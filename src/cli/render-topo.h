/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_RENDER_TOPO_H
#define CLI_RENDER_TOPO_H

/* A machine for people and for programs. What prints does so on stdout and returns 0 or -ENOMEM. */

#include "machine.h"

#include <jansson.h>
#include <stdio.h>

enum {
    TOPO_LABEL_WIDTH = 15, /* of what stands before the text of a line */
};

/* One screen. all: one row a node, however many there are. */
int render_topo(const struct machine *machine, bool all);

/* Matrices, side by side where there is room; folded from 17 nodes on unless all is set. */
int render_matrices(const struct machine *machine, bool all);

/* CPUs that nothing will be placed on, caches, settings of the host. */
int render_topo_foot(const struct machine *machine);

/* One CPU, node or device. */
int render_cpu(const struct machine *machine, const struct cpu *cpu);
int render_node(const struct machine *machine, const struct node *node);
int render_device(const struct machine *machine, const struct device *device);

/* `numactl -H` of version 2.0.16, byte for byte. */
int render_numactl(const struct machine *machine);

/* A picture. */
int svg_topo(const struct machine *machine);

/* A device tree of Kerf's form, as text and as blob. */
int dts_topo(const struct machine *machine);
int dtb_topo(const struct machine *machine);

/* docs/topo-schema.json. NULL when out of memory. */
json_t *json_topo(const struct machine *machine);
json_t *json_cpu(const struct cpu *cpu);
json_t *json_node(const struct machine *machine, const struct node *node);
json_t *json_device(const struct device *device);

#endif
