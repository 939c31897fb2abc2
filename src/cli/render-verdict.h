/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_RENDER_VERDICT_H
#define CLI_RENDER_VERDICT_H

/* One verdict with all that led to it, as text and as JSON. */

#include "verify.h"

#include <jansson.h>
#include <stdio.h>

struct verdict_report {
    const struct expectation *expectation;
    const struct verdict *verdict;
    const struct observation *observation; /* NULL: there was no process to look at */
    const struct findings *findings;       /* of this verdict alone */
};

/* "database: in place: 512 MiB of 512 MiB on node 1, 6 of 6 threads on CPUs 4-7", then what is
 * not, and why. verbose: notes too. 0 or -ENOMEM. */
int render_verdict(const struct verdict_report *report, bool verbose, FILE *stream);

/* NULL when out of memory. */
json_t *json_verdict(const struct verdict_report *report);

#endif
