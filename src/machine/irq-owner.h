/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MACHINE_IRQ_OWNER_H
#define MACHINE_IRQ_OWNER_H

/*
 * Which device an interrupt belongs to. The bus knows (msi_irqs of each PCI function), and is asked
 * first: names of interrupts lag behind when udev renames a device. Where it does not tell, names
 * are all there is.
 */

#include "interrupts.h"

struct irq_owners;

int irq_owners_read(const struct root *root, const struct machine *machine,
                    struct irq_owners **ret_owners);
struct irq_owners *irq_owners_free(struct irq_owners *owners); /* returns NULL */

/* Fills in device, pci and node of an interrupt of which number and name are known. */
int irq_owners_find(const struct irq_owners *owners, struct irq *irq);

static inline void cleanup_irq_owners(struct irq_owners **owners)
{
    (void)irq_owners_free(*owners);
}
#define autoirqowners CLEANUP(cleanup_irq_owners)

#endif
