/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

/* The commands: one line each, in the order of the table in main.c. */

#include "cli.h"

extern const struct command command_topo;
extern const struct command command_check;
extern const struct command command_plan;
extern const struct command command_apply;
extern const struct command command_status;
extern const struct command command_verify;
extern const struct command command_rollback;
extern const struct command command_run;
extern const struct command command_snapshot;
extern const struct command command_convert;
extern const struct command command_ps;
extern const struct command command_pages;
extern const struct command command_irq;

#endif
