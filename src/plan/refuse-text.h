/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_REFUSE_TEXT_H
#define PLAN_REFUSE_TEXT_H

/* A refusal in words. */

#include "fits.h"

/* Fills instance, fit_instance, reason and way_out from the fits: culprit is the question that has
 * no answer, solved the one that the fits answer. 0 or -ENOMEM; what is filled is refusal_fini's.
 */
int refusal_write(const struct question *culprit, const struct question *solved,
                  struct refusal *refusal);

#endif
