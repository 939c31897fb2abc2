/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CHANGE_TRANSACTION_H
#define CHANGE_TRANSACTION_H

/*
 * Making and undoing the changes of a plan as one. See change.h for the order of things. In
 * contexts, journal must be open for writing and locked.
 */

#include "journal.h"

/* Reads all old values and refuses what cannot be made; changes nothing. A subject that another
 * transaction holds is -EBUSY, unless the change is shared. */
int transaction_prepare(const struct change_context *context, struct changes *changes,
                        struct np_error *err);

enum apply_outcome {
    APPLY_DONE = 0,
    APPLY_UNTOUCHED = 1,   /* failed at the first change: nothing is different */
    APPLY_ROLLED_BACK = 2, /* failed; what had been made is put back */
    APPLY_PARTLY = 3,      /* failed; what had been made was kept, or could not all be put back: the
                              changes' states and notes say what */
};

/* Makes prepared changes. A negative errno: the journal could not be written, nothing is different.
 * err tells why for every outcome but APPLY_DONE. keep: on failure, leave what has been made. A
 * request to stop counts as a failure. */
int transaction_apply(const struct change_context *context, struct transaction *transaction,
                      const struct applied *applied, unsigned int n_applied, bool keep,
                      struct np_error *err);

enum rollback_outcome {
    ROLLBACK_DONE = 0,   /* all is as before, or gone */
    ROLLBACK_PARTLY = 1, /* something was left or stuck: the changes' states and notes say what */
};

/* Puts everything back. May be called again after it was interrupted at any point. A negative
 * errno: the journal could not be written; the values are put back as far as possible even then.
 * -EINTR: stopped on request; the message says how to go on. */
int transaction_rollback(const struct change_context *context, struct transaction *transaction,
                         struct np_error *err);

/* How a change stands now, by its kind; after a restart of the machine it is gone. */
int transaction_look(const struct change_context *context, const struct transaction *transaction,
                     const struct change *change, json_t **ret_now, struct np_error *err);

#endif
