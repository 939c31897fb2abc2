/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_RENDER_IRQ_H
#define CLI_RENDER_IRQ_H

/* Interrupts for people and for programs. What prints does so on stdout and returns 0 or -ENOMEM.
 */

#include "irq-devices.h"

#include <jansson.h>

/* One line a device. */
int render_irq(const struct irq_look *look);

/* What `irq show` is about. */
struct irq_subject {
    const char *device;
    struct nic *nic; /* NULL: it is no network device */
    struct irq_device sum;
};

/* Its queues. */
int render_irq_show(const struct irq_look *look, const struct irq_subject *subject);

/* Who else moves interrupts, in sentences. */
int render_irq_rewriters(const struct irq_look *look);

/* docs/irq-schema.json. NULL when out of memory. */
json_t *json_irq(const struct irq_look *look);
json_t *json_irq_show(const struct irq_look *look, const struct irq_subject *subject);

#endif
