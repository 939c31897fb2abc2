/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_CLI_IRQ_PLAN_H
#define CLI_CLI_IRQ_PLAN_H

/* What `irq plan` and `irq apply` begin with: a device as it is, and where its interrupts should
 * go. */

#include "cli-irq.h"
#include "irq-options.h"
#include "irq-plan.h"

struct irq_work {
    struct irq_view view;
    struct nic *nic;
    struct irq_plan *plan;
};

/* Reads and plans. EXIT_DONE, or the exit status after a message: EXIT_NO_PLACEMENT where no CPU
 * is left for interrupts. work is zeroed, and the caller's to
 * finish in either case. */
int cli_irq_plan(const char *device, const struct irq_options *options, struct irq_work *work);
void irq_work_fini(struct irq_work *work);

#define autoirqwork CLEANUP(irq_work_fini)

#endif
