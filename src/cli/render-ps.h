/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_RENDER_PS_H
#define CLI_RENDER_PS_H

/* `numaplace ps`: every process by node, as text and as JSON. */

#include "process-list.h"

#include <jansson.h>

/* all: kernel threads too, and processes whose memory may not be looked at. 0 or -ENOMEM. */
int render_ps(const struct machine *machine, const struct process_list *list, bool all);
/* NULL when out of memory. */
json_t *json_ps(const struct machine *machine, const struct process_list *list, bool all);

/* Whether a process is shown. */
bool ps_shows(const struct process_summary *process, bool all);

#endif
