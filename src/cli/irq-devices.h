/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_IRQ_DEVICES_H
#define CLI_IRQ_DEVICES_H

/* Interrupts summed up by the device that they belong to. */

#include "irq-look.h"

struct irq_device {
    const char *name;  /* NULL: all of which no device is known */
    const char *pci;   /* NULL none */
    const char *what;  /* what its first interrupt is called, where the name is only an address */
    int node;          /* -1 unknown */
    unsigned int rank; /* network devices first, then block devices, then others */
    unsigned int n_irqs;
    unsigned int n_queues[4]; /* by enum queue_kind */
    unsigned int n_fixed, n_unknown;
    unsigned int n_aligned, n_crossing;
    hwloc_bitmap_t taken_by;
    double count; /* as irq_look_count() */
};

struct irq_devices {
    struct irq_device *devices;
    unsigned int n;
};

/* Network devices without interrupts too: those that are down. -ENOMEM only. All names are the
 * look's; the caller finishes it, in either case. */
int irq_devices_make(const struct irq_look *look, struct irq_devices *ret_devices);
void irq_devices_fini(struct irq_devices *devices);

/* One interrupt counted in. */
int irq_device_add(struct irq_device *device, const struct irq_look *look, const struct irq *irq);

#endif
