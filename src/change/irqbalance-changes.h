/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CHANGE_IRQBALANCE_CHANGES_H
#define CHANGE_IRQBALANCE_CHANGES_H

/* What keeps irqbalance from moving interrupts back that are being placed. */

#include "change.h"
#include "irq-plan.h"
#include "preflight.h"

enum irqbalance_mode {
    IRQBALANCE_BAN,    /* it is told to leave them alone */
    IRQBALANCE_STOP,   /* it is ended until the rollback */
    IRQBALANCE_IGNORE, /* it may move them */
};

/* "ban", "stop", "ignore"; -1 for another. */
int irqbalance_mode_from_name(const char *name);

struct irqbalance_request {
    enum irqbalance_mode mode;
    const struct irq_plan *plan;
    const char *instance;
    struct notes *notes; /* what is no change and worth knowing */
};

/* Adds the changes that mode calls for, none where no irqbalance runs. To be called before the
 * changes of the interrupts themselves are added: it must know before they move, and be free again
 * after they are back. */
int irqbalance_add_changes(const struct change_context *context,
                           const struct irqbalance_request *request, struct changes *changes,
                           struct np_error *err);

#endif
