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

/* Who has a part of the machine. */
struct svg_owner {
    const char *name;
    const char *colour;
};

/* What a plan puts on a machine: what its owners have is drawn in their colours. */
struct svg_layer {
    const struct svg_owner *owners;
    unsigned int n_owners;
    /* NULL: nobody's */
    const struct svg_owner *(*cpu_owner)(const struct svg_layer *layer, unsigned int cpu);
    uint64_t (*bytes_of)(const struct svg_layer *layer, unsigned int owner, unsigned int node);
    /* The device whose interrupts go there; NULL: none */
    const char *(*irqs_of)(const struct svg_layer *layer, unsigned int cpu);
    const void *context; /* theirs */
};

struct svg_scene {
    const struct machine *machine;
    const struct svg_layer *layer; /* NULL: the machine as it is */
    bool folded;                   /* CPUs are counted, not drawn one by one */
};

/* A node's box, at least so wide and high (0, 0: as small as it can be). -ENOMEM. */
int svg_node(FILE *stream, const struct svg_scene *scene, const struct node *node,
             const struct svg_box *at, struct extent *ret_extent);

enum { SVG_LINE = 15 }; /* height of a line of text in a node */

/* A bar of a node's memory, of which a part is filled, and what it says in words. Returns its
 * height. */
int svg_memory(FILE *stream, const struct svg_scene *scene, const struct node *node,
               const struct svg_box *at);

/* The nodes of a machine in a grid; all boxes are as large as the largest. */
struct svg_grid {
    struct extent box;
    int columns;
    int *row_heights;
    int n_rows;
    int gap_x, gap_y; /* between boxes */
};

enum {
    SVG_MARGIN = 16, /* of a page */
    SVG_GAP = 12,    /* between boxes */
    SVG_HEAD = 30,   /* of a page: its title */
    SVG_PAGE_MIN = 680,
};

/* The style of a page. */
extern const char svg_style[];

/* Measures: gap_x and gap_y are as they were set. -ENOMEM. */
int svg_grid_init(struct svg_grid *grid, const struct svg_scene *scene);
void svg_grid_fini(struct svg_grid *grid);
/* Draws all nodes at SVG_MARGIN, from y on, and moves y below them. -ENOMEM. */
int svg_grid_draw(FILE *stream, const struct svg_grid *grid, const struct svg_scene *scene, int *y);
/* Where node number i stands in a grid that begins at y. */
struct svg_box svg_grid_place(const struct svg_grid *grid, unsigned int i, int y);
/* Width of a page with the grid. */
int svg_grid_width(const struct svg_grid *grid);

/* A swatch and what it means; moves x behind it. */
void svg_key(FILE *stream, const struct svg_box *swatch, int *x, const char *what);
void svg_title(FILE *stream, const char *title, int page_width);

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
