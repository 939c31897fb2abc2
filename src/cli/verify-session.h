/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_VERIFY_SESSION_H
#define CLI_VERIFY_SESSION_H

/* `numaplace verify`: what it was asked for, and what became of it so far. */

#include "journal.h"
#include "machine.h"
#include "verify.h"

struct verify_session {
    const struct root *root;
    const struct machine *machine;
    struct journal *journal; /* NULL below another root */
    bool verbose;
    json_t *verdicts; /* with --json: arrays that are filled; else NULL, and text is printed */
    json_t *devices;
    bool in_place; /* of everything so far */
};

/* One process by its own policy; subject is its name and pid. */
int verify_by_own_policy(struct verify_session *session, pid_t pid, struct np_error *err);

/* Every process of an instance: those in its cgroup, or the one that was applied and what it
 * started since. */
int verify_instance(struct verify_session *session, const struct applied *applied,
                    struct np_error *err);

#endif
