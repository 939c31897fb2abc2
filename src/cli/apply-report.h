/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_APPLY_REPORT_H
#define CLI_APPLY_REPORT_H

/* What an apply says, of a placement file or of a device: notes before it, then what became of each
 * change, and the exit status for that. */

#include "preflight.h"
#include "transaction.h"

struct apply_report {
    const struct transaction *transaction;
    const struct notes *notes;
    bool json; /* notes are part of it then */
};

void apply_report_notes(const struct apply_report *report);

/* What would be changed. The exit status. */
int apply_report_dry_run(const struct apply_report *report);

/* outcome: what transaction_apply() returned, with its message. The exit status. */
int apply_report_outcome(const struct apply_report *report, int outcome,
                         const struct np_error *err);

#endif
