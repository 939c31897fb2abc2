/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

/*
 * One line on stderr that says how far planning is. Only on a terminal, only once it has taken a
 * second, and erased when it is over: what is printed is the same with and without it.
 */

#include "plan.h"

#include <stdint.h>

struct progress {
    uint64_t begin_ns;
    uint64_t shown_ns; /* when the line was last written; 0: it is not there */
    bool terminal;
};

void progress_begin(struct progress *progress);
/* For plan_options; progress must not move while planning goes on. */
struct plan_watch progress_watch(struct progress *progress);
/* Before anything else is printed. */
void progress_end(struct progress *progress);

#endif
