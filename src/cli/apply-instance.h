/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_APPLY_INSTANCE_H
#define CLI_APPLY_INSTANCE_H

/*
 * Applying one instance of a file, while others of it may run already. All applies of one file make
 * the same plan, whatever is free at the moment: so that each instance gets what `plan` says, and
 * never what another has.
 */

#include "journal.h"
#include "plan.h"

/* Nothing at all is to be done: -EINVAL with a message that says how there would be. */
int apply_check_targets(const struct plan *plan, struct np_error *err);

/* The memory of the plan's first placement is free now. -ENOSPC with a message. */
int apply_check_free(const struct plan *plan, struct np_error *err);

/* None of what is applied of the same file has any of its CPUs, as it could after the file was
 * changed. -EEXIST with a message. */
int apply_check_others(const struct placement *placement, const struct applied *applied,
                       unsigned int n, struct np_error *err);

#endif
