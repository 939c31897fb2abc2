/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_CHANGE_SESSION_H
#define CLI_CHANGE_SESSION_H

/* What apply, status and rollback share: the journal and the machine's cgroups opened, and changes
 * written for people and for programs. */

#include "cli.h"
#include "cpuset.h"
#include "irqbalance-changes.h"
#include "transaction.h"

#include <stdio.h>

/* The row for a command's options. */
#define CLI_OPTION_STATE_DIR                                                                       \
    {                                                                                              \
        .name = "state-dir", .argument = "DIR",                                                    \
        .help = "where the journal is, not /var/lib/numaplace or ~/.local/state/numaplace"         \
    }

#define CLI_OPTION_IRQBALANCE                                                                      \
    {                                                                                              \
        .name = "irqbalance", .argument = "WHAT",                                                  \
        .help = "where it runs: ban (it leaves these alone; the default), stop or ignore"          \
    }

struct change_session {
    struct root *root;
    struct cpuset cpuset;
    struct change_context context;
};

/* read_only: no lock is taken and nothing is created. The caller calls change_session_close()
 * whatever is returned, on a struct that was zero before. */
int change_session_open(struct change_session *session, const char *state_dir, bool read_only,
                        struct np_error *err);
void change_session_close(struct change_session *session);

/* An apply or rollback that was interrupted comes first: -EBUSY with a message when there is one.
 */
int change_session_refuse_unfinished(const struct change_session *session, struct np_error *err);

/* The argument of CLI_OPTION_IRQBALANCE. EXIT_DONE, or EXIT_USAGE after a message. */
int cli_take_irqbalance(const struct command *command, const char *value,
                        enum irqbalance_mode *ret_mode);

#define autosession CLEANUP(change_session_close)

/* "  db   in place  pid 812: CPUs 0-7 -> 4-5": one line, and what went wrong with it below. word is
 * what the line says of it, NULL nothing. */
int render_change(const struct change *change, const char *word, FILE *stream);

/* NULL when out of memory. Long values (the runs of pages) are left out. now may be NULL. */
json_t *json_change(const struct change *change, const char *word, const json_t *now);

#endif
