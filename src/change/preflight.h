/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CHANGE_PREFLIGHT_H
#define CHANGE_PREFLIGHT_H

/* What can be known before anything is changed: refused here is refused without a trace. */

#include "cpuset.h"
#include "plan.h"

/* What will be done otherwise than the file's words suggest, one text each; to be shown before
 * starting. */
struct notes {
    char **list; /* NULL-terminated once there is one */
    unsigned int n;
};

int notes_add(struct notes *notes, const char *format, ...) __attribute__((format(printf, 2, 3)));
void notes_fini(struct notes *notes);

/* Every instance can be handled: its kind of target, its command, its process and our rights over
 * it, its memory policy on this kernel. -ENOTSUP, -ENOENT, -EACCES, -EPERM, -ESRCH with a message.
 * cpuset NULL: no cgroups will be used. */
int preflight(const struct root *root, const struct plan *plan, const struct cpuset *cpuset,
              struct notes *notes, struct np_error *err);

#endif
