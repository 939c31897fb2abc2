/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_IRQ_LINK_H
#define CLI_IRQ_LINK_H

/* How an interrupt goes from its device to CPUs: what both drawings of interrupts, the picture and
 * the text, are made of. */

#include "interrupts.h"

enum link_side {
    LINK_ALIGNED,  /* all its CPUs are on the device's node */
    LINK_CROSSING, /* none is */
    LINK_EITHER,   /* it may go to both kinds, and the kernel does not tell which it is */
    LINK_UNKNOWN,  /* nobody knows the node of the device or of a CPU */
    LINK_SIDES,
};

/* What is told of so many interrupts: "crossing to another node". */
const char *link_side_words(enum link_side side);

struct irq_link {
    const struct irq *irq;
    hwloc_const_bitmap_t cpus; /* that takes it, or until that is told, that may */
    hwloc_bitmap_t nodes;      /* of these */
    enum link_side side;
};

/* The links of one device, by kind and number of queue, those of no queue last. */
struct irq_links {
    const char *device;
    int node; /* kernel id, -1 unknown */
    struct irq_link *links;
    unsigned int n;
};

/* node is the device's, -1 unknown. -ENOMEM. */
int irq_links_init(struct irq_links *links, const struct machine *machine,
                   const struct interrupts *interrupts, const char *device, int node);
void irq_links_fini(struct irq_links *links);

/* How many of each. */
void irq_links_count(const struct irq_links *links, unsigned int ret_counts[LINK_SIDES]);

/* "rx 3", "tx 3", "rx+tx 3"; "" for an interrupt of no queue. */
#define LINK_QUEUE_MAX 24
const char *irq_link_queue(const struct irq *irq, char text[LINK_QUEUE_MAX]);

#endif
