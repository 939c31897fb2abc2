/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CHANGE_TERMINATE_H
#define CHANGE_TERMINATE_H

/* Ending what we started, and nothing else. */

#include "change.h"
#include "proc.h"

/*
 * Ends the process and what it started: all of its session, as long as its leader lives, and of
 * its cgroup ("" none) all that is of its session. SIGTERM first, SIGKILL after a grace of five
 * seconds. With context->force, whatever is in the cgroup. -ESRCH: there was nothing to end.
 * -EBUSY: something does not end.
 */
int terminate_family(const struct change_context *context, const struct proc_id *leader,
                     const char *cgroup);

#endif
