/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_IRQ_VERBS_H
#define CLI_IRQ_VERBS_H

/* The verbs of `numaplace irq`: commands of their own, one cmd-irq-<verb>.c and one row in
 * cmd-irq.c's table each. */

#include "cli.h"

extern const struct command command_irq_show;
extern const struct command command_irq_plan;
extern const struct command command_irq_export;
extern const struct command command_irq_apply;

#endif
