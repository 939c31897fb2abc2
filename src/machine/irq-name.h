/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MACHINE_IRQ_NAME_H
#define MACHINE_IRQ_NAME_H

/*
 * What the name of an interrupt's action tells of the queue that it belongs to. There is no rule
 * that drivers follow, only habits: the name of the device or of the driver, a word for what it
 * carries, a number. docs/irq.md lists them.
 */

#include "interrupts.h"

struct irq_queue {
    enum queue_kind kind;
    int number;      /* -1 none */
    bool is_managed; /* drivers of this habit let the kernel place it, and nobody else */
};

/* Of several actions ("nvme0q0, nvme0q1") the first that has a queue. device may be NULL; with it
 * names of nothing but a number are understood, too. */
struct irq_queue irq_name_queue(const char *name, const char *device);

/* Whether one of the actions is called as the device, and no more: the one interrupt of a device
 * without queues, or the one beside those of its queues that tells of the link. */
bool irq_name_is_whole(const char *name, const char *device);

/* Whether one of the words of name, as drivers separate them, is device. */
bool irq_name_has(const char *name, const char *device);

/* "3" of "virtio3-input.0"; -1 when it is no virtio device's. */
int irq_name_virtio(const char *name);

#endif
