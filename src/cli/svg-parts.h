/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_SVG_PARTS_H
#define CLI_SVG_PARTS_H

/* The parts of a machine's picture. Each draws itself at x, y and returns the room that it takes;
 * with a NULL stream it only measures. */

#include "machine.h"
#include "svg.h"

struct extent {
    int width, height;
};

/* Fill of a node's memory in use and of its free memory. */
const char *svg_kind_colour(enum node_kind kind, bool in_use);
/* The CSS class of a CPU: its state. */
const char *svg_cpu_class(const struct cpu *cpu);

/* A node's box, at least so wide and high (0, 0: as small as it can be). -ENOMEM. */
int svg_node(FILE *stream, const struct machine *machine, const struct node *node,
             const struct svg_box *at, struct extent *ret_extent);

/* Chips of the devices on node (-1: of those whose node is unknown), wrapped at at->width. */
struct extent svg_devices(FILE *stream, const struct machine *machine, int node,
                          const struct svg_box *at);

/* A matrix as a heat map; nothing for one that is absent. */
struct svg_matrix {
    const struct matrix *matrix;
    const char *title;
    bool more_is_better;
};
struct extent svg_matrix(FILE *stream, const struct machine *machine,
                         const struct svg_matrix *matrix, int x, int y);

#endif
