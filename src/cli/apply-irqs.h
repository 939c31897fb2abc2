/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_APPLY_IRQS_H
#define CLI_APPLY_IRQS_H

/* The interrupts of a device as part of a transaction, of a placement file or of its own. */

#include "changes-from-irq-plan.h"
#include "irqbalance-changes.h"

struct irqs_request {
    const struct irq_plan *plan;
    const char *instance;
    enum irqbalance_mode irqbalance;
    struct notes *notes; /* on which CPUs and why, and what is left */
};

/* Adds what irqbalance must know and what moves the interrupts, in this order. */
int apply_irqs_add(const struct change_context *context, const struct irqs_request *request,
                   struct changes *changes, struct np_error *err);

#endif
