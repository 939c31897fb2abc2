/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CHANGE_IRQBALANCE_CHANGES_H
#define CHANGE_IRQBALANCE_CHANGES_H

/* What keeps irqbalance from moving interrupts back that are being placed. */

#include "change.h"
#include "preflight.h"

enum irqbalance_mode {
    IRQBALANCE_BAN,    /* it is told to leave them alone */
    IRQBALANCE_STOP,   /* it is ended until the rollback */
    IRQBALANCE_IGNORE, /* it may move them */
};

/* "ban", "stop", "ignore". -EINVAL with a message. */
int irqbalance_mode_parse(const char *text, enum irqbalance_mode *ret_mode, struct np_error *err);

/* Adds the changes that mode calls for, none where no irqbalance runs. To be called before the
 * changes of the interrupts themselves are added: it must know before they move, and be free again
 * after they are back. What is not a change and worth knowing becomes a note. */
int irqbalance_add_changes(const struct change_context *context, enum irqbalance_mode mode,
                           hwloc_const_bitmap_t irqs, const char *instance, struct changes *changes,
                           struct notes *notes, struct np_error *err);

#endif
