/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_SVG_IRQ_BLOCK_H
#define CLI_SVG_IRQ_BLOCK_H

/* One device in a picture of interrupts, laid out: a row an interrupt on the left, on the right the
 * nodes with those of their CPUs that take any. All is as wide as its longest text. */

#include "irq-text.h"
#include "svg-irq.h"
#include "svg-parts.h"

enum {
    BLOCK_PAD = 10,
    BLOCK_ROW = 22,
    BLOCK_CHIP = 17, /* height of what stands in a row */
    BLOCK_CHIP_FONT = 10,
    BLOCK_FONT = 12,
    BLOCK_NODE_HEAD = 26,
};

/* A node that interrupts go to, or that the device is on. */
struct irq_target {
    int node;            /* -1: of CPUs whose node is unknown */
    hwloc_bitmap_t cpus; /* each takes at least one interrupt alone */
    bool shared;         /* interrupts go here that may be taken by several CPUs */
    struct svg_box place;
};

/* Of its columns, and of the room between the last two, which its links need. */
struct irq_widths {
    int device, queue, irq, links, node;
};

struct irq_block {
    const struct machine *machine;
    const struct svg_irq_device *device;
    struct irq_target *targets; /* the device's own node first */
    unsigned int n_targets;
    struct irq_widths widths;
    int left_height, right_height;
    int y; /* of its top */
};

/* What stands in a row: of each chip a first word, and what is said of it. */
struct irq_row_text {
    char queue[QUEUE_TEXT_MAX], steering[64];
    char irq[24], name[64];
};

/* -ENOMEM; block_fini in either case. */
int irq_block_init(struct irq_block *block, const struct machine *machine,
                   const struct svg_irq_device *device);
void irq_block_fini(struct irq_block *block);
/* Makes both as wide as the wider of them. */
void irq_widths_widen(struct irq_widths *widths, const struct irq_widths *others);
/* Its top is at y from now on. */
void irq_block_place(struct irq_block *block, int y);

int irq_block_device_height(const struct irq_block *block);
int irq_block_height(const struct irq_block *block);
int irq_block_width(const struct irq_block *block); /* with the margins of a page */
int irq_block_queue_x(const struct irq_block *block);
int irq_block_irq_x(const struct irq_block *block);
int irq_block_node_x(const struct irq_block *block);
/* Where the second text of a chip that begins with first stands, from its left. */
int irq_chip_second_x(const char *first);
int irq_block_row_y(const struct irq_block *block, unsigned int row);

/* -ENOMEM. */
int irq_block_describe(const struct svg_irq_device *device, const struct irq_path *path,
                       struct irq_row_text *text);
void irq_target_title(const struct irq_target *target, char title[40]);

#endif
