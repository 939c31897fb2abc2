/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_CLI_REPLAN_H
#define CLI_CLI_REPLAN_H

/* Planning for what runs already: where it is now, what moving costs, and the advice. */

#include "replan.h"

#include <jansson.h>
#include <stdio.h>

struct replan_request {
    const char *from_plan;     /* a file that `plan --json` wrote; NULL none */
    const char *applied_spec;  /* the placement file that is applied here; NULL none */
    const char *state_dir;     /* of the journal; NULL: as usual */
    struct move_prices prices; /* what moving costs */
};

/* Where instances are, by whichever was asked for; *ret_current is NULL when none was. -EINVAL,
 * -ENOENT and others with a message. The caller frees. */
int cli_current_load(const struct replan_request *request, struct current **ret_current,
                     struct np_error *err);
/* Of what `plan --json` wrote. */
int cli_current_from_plan(const char *path, struct current **ret_current, struct np_error *err);
/* Of what is applied here of a placement file, as its processes are found now. */
int cli_current_from_applied(const char *spec_path, const char *state_dir,
                             struct current **ret_current, struct np_error *err);

/* "bytes=0.02,cpus=0": in local accesses for a GiB, a CPU, an interrupt; what is not named stays as
 * it is. -EINVAL with a message. */
int cli_parse_prices(const char *text, struct move_prices *prices, struct np_error *err);

/* The advice, and what moves. 0 or -ENOMEM. */
int render_replan(const struct replan *replan, const struct plan *plan, FILE *stream);
/* {"advice": .., "moves": [..], ..}, see numaplace-plan(1). NULL when out of memory. */
json_t *json_replan(const struct replan *replan, const struct plan *plan,
                    const struct move_prices *prices);

#endif
