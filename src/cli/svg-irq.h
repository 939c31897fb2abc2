/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_SVG_IRQ_H
#define CLI_SVG_IRQ_H

/* The picture of interrupts: from a device over its queues to the CPUs and nodes that take them. */

#include "irq-path.h"

/* One device of a picture. */
struct svg_irq_device {
    struct irq_paths paths;
    const struct nic *nic; /* NULL: it is none */
};

/* All on one page, below one another. To stdout. 0 or -ENOMEM. */
int svg_irqs(const struct machine *machine, const struct svg_irq_device *devices, unsigned int n);

#endif
