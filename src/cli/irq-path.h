/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_IRQ_PATH_H
#define CLI_IRQ_PATH_H

/* How an interrupt goes from its device to CPUs: what both drawings of interrupts, the picture and
 * the text, are made of. */

#include "interrupts.h"

#define IRQ_SIDES (IRQ_SIDE_EITHER + 1)

struct irq_path {
    const struct irq *irq;
    hwloc_const_bitmap_t cpus; /* that takes it, or until that is told, that may */
    hwloc_bitmap_t nodes;      /* of these */
    enum irq_side side;
};

/* The paths of one device, by number and kind of queue, those of no queue last. */
struct irq_paths {
    const char *device;
    int node; /* kernel id, -1 unknown */
    struct irq_path *paths;
    unsigned int n;
};

/* -ENOMEM. */
int irq_paths_init(struct irq_paths *paths, const struct machine *machine,
                   const struct interrupts *interrupts, const char *device);
void irq_paths_fini(struct irq_paths *paths);

/* How many of each. */
void irq_paths_count(const struct irq_paths *paths, unsigned int ret_counts[IRQ_SIDES]);

bool irq_has_queue(const struct irq *irq);

#endif
