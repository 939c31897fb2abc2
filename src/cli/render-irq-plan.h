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

/* The schema is in numaplace-irq(1). NULL when out of memory. */
json_t *json_irq_plan(const struct irq_plan *plan);

#endif
