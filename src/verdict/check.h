/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VERDICT_CHECK_H
#define VERDICT_CHECK_H

/* Is this wish sound on this machine? Every rule adds what it finds; nothing is changed and nothing
 * is chosen. */

#include "finding.h"
#include "plan.h"
#include "root.h"

struct check_options {
    bool use_free;           /* judge memory against what is free now, too */
    const struct root *root; /* of the running system, for what the targets name; NULL: they are
                                not looked for, as on any machine but the running one */
    const struct machine *described; /* the one that the spec's file describes, where wishes are
                                        held against another; NULL: it is the same, or none is */
};

/* Appends to findings. 0 whatever was found; a negative errno only when it could not judge:
 * -ENOMEM. */
int check_wishes(const struct wishes *wishes, const struct check_options *options,
                 struct findings *findings);

/* A plan of these wishes: what shows only when all is placed. Appends to findings. 0 or -ENOMEM. */
int check_plan(const struct plan *plan, struct findings *findings);

/* A machine that a file describes, held against the one that the wishes are for: what differs, each
 * by what follows from it. Appends to findings. 0 or -ENOMEM. */
int check_machines(const struct machine *described, const struct machine *found,
                   struct findings *findings);

#endif
