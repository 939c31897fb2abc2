/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_COMPLETION_H
#define CLI_COMPLETION_H

/* Completion for shells, made from the commands' own tables. */

#include "cli.h"

/* Prints bash's; commands end with NULL. */
void completion_bash(const struct command *const *commands);

#endif
