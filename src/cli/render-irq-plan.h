/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_RENDER_IRQ_PLAN_H
#define CLI_RENDER_IRQ_PLAN_H

/* Where interrupts should go, for people and for programs. */

#include "plan.h"

#include <jansson.h>
#include <stdio.h>

/* Every mask that would be written. 0 or -ENOMEM. */
int render_irq_plan(const struct irq_plan *plan, FILE *stream);

/* A line for each device whose interrupts an instance wants; nothing where none does. 0 or
 * -ENOMEM. */
int render_plan_irqs(const struct plan *plan, FILE *stream);

/* "rx 3", "rx+tx 0"; "-" for what is of no queue. Returns text. */
#define QUEUE_TEXT_MAX 24
const char *irq_queue_text(enum queue_kind kind, int queue, char text[QUEUE_TEXT_MAX]);

/* The schema is in numaplace-irq(1). NULL when out of memory. */
json_t *json_irq_plan(const struct irq_plan *plan);

#endif
