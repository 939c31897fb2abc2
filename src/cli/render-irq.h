/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_RENDER_IRQ_H
#define CLI_RENDER_IRQ_H

/* Interrupts for people and for programs. What prints does so on stdout and returns 0 or -ENOMEM.
 */

#include "cli-irq.h"

#include <jansson.h>

/* One line a device. */
int render_irq(const struct irq_view *view);
/* The queues of one. */
int render_irq_show(const struct irq_view *view, const char *device);

/* docs/irq-schema.json. NULL when out of memory. */
json_t *json_irq(const struct irq_view *view);
json_t *json_irq_show(const struct irq_view *view, const char *device);

#endif
