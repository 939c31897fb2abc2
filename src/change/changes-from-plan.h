/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CHANGE_CHANGES_FROM_PLAN_H
#define CHANGE_CHANGES_FROM_PLAN_H

/* The ordered list of changes that make a plan true, and what the journal will say is applied. */

#include "journal.h"

/* *ret_applied has one entry an instance, in the plan's order, its strings its own; the caller
 * frees with applied_free. Nothing is changed. */
int changes_from_plan(const struct change_context *context, const struct plan *plan,
                      struct changes *changes, struct applied **ret_applied, struct np_error *err);

#endif
