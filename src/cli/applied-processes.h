/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_APPLIED_PROCESSES_H
#define CLI_APPLIED_PROCESSES_H

#include "journal.h"

struct pids {
    pid_t *pids;
    size_t n;
};

/* Who belongs to the instance now: the process that was applied and what it started, also when
 * somebody took it out of its cgroup, and what else is in there. Adds them to pids; none when all
 * have ended. The caller frees pids->pids, also on failure. */
int applied_processes(const struct root *root, const struct applied *applied, struct pids *pids);

#endif
