/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CHANGE_CHANGES_FROM_IRQ_PLAN_H
#define CHANGE_CHANGES_FROM_IRQ_PLAN_H

/* From the plan of a device's interrupts to changes, and whether the device is still the one that
 * was planned for. */

#include "change.h"
#include "irq-plan.h"

/* Appends them as changes of instance: all interrupts and XPS masks, also where they are right
 * already, so that it is noticed when somebody moves them; and RPS where there is or was any.
 * -ENODEV: the device is gone. */
int changes_from_irq_plan(const struct change_context *context, const struct irq_plan *plan,
                          const char *instance, struct changes *changes, struct np_error *err);

/* -ENODEV or -ESTALE, with what has become of the device since it was planned. To be asked when the
 * former values are read, which finds interrupts that were renumbered, and nothing is written yet.
 * It is refused and not planned again: what was shown, or was planned together with it, would not
 * be what is done. */
int irq_plan_check(const struct root *root, const struct irq_plan *plan, struct np_error *err);

/* The queues of a device, by direction. -ENODEV: there is no such device. */
int count_queues(const struct root *root, const char *device, unsigned int *ret_rx,
                 unsigned int *ret_tx);

#endif
