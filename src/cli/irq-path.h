/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_IRQ_PATH_H
#define CLI_IRQ_PATH_H

/* How an interrupt goes from its device to CPUs: what both drawings of interrupts, the picture and
 * the text, are made of. */

#include "interrupts.h"

enum path_side {
    PATH_ALIGNED,  /* all its CPUs are on the device's node */
    PATH_CROSSING, /* none is */
    PATH_EITHER,   /* it may go to both kinds, and the kernel does not tell which it is */
    PATH_UNKNOWN,  /* nobody knows the node of the device or of a CPU */
    PATH_SIDES,
};

/* What is told of so many interrupts: "crossing to another node". */
const char *path_side_words(enum path_side side);

struct irq_path {
    const struct irq *irq;
    hwloc_const_bitmap_t cpus; /* that takes it, or until that is told, that may */
    hwloc_bitmap_t nodes;      /* of these */
    enum path_side side;
    bool pending; /* it was moved, and goes to irq->allowed from its next interrupt on */
};

/* The paths of one device, by kind and number of queue, those of no queue last. */
struct irq_paths {
    const char *device;
    int node; /* kernel id, -1 unknown */
    struct irq_path *paths;
    unsigned int n;
};

/* node is the device's, -1 unknown. -ENOMEM. */
int irq_paths_init(struct irq_paths *paths, const struct machine *machine,
                   const struct interrupts *interrupts, const char *device, int node);
void irq_paths_fini(struct irq_paths *paths);

/* How many of each. */
void irq_paths_count(const struct irq_paths *paths, unsigned int ret_counts[PATH_SIDES]);

/* "rx 3", "tx 3", "rx+tx 3"; "" for an interrupt of no queue. */
#define PATH_QUEUE_MAX 24
const char *irq_path_queue(const struct irq *irq, char text[PATH_QUEUE_MAX]);

#endif
