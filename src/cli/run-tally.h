/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_RUN_TALLY_H
#define CLI_RUN_TALLY_H

/* What `run --verify` found: a verdict for each process, of which only those worth naming are kept,
 * so that a build with thousands of processes needs no more memory than one. */

#include "run-trace.h"
#include "run.h"
#include "verify.h"

#define TALLY_NAMED_MAX 8

struct judged {
    struct observation *observation;
    struct verdict verdict;
    struct findings findings;
    char subject[64];
};

struct tally {
    const struct run_binding *binding;
    struct machine *machine; /* read when the first process is judged */
    int error;               /* negative: not all could be judged; this has been said */
    struct judged named[TALLY_NAMED_MAX + 1]; /* what is astray first, then by size; one to spare */
    unsigned int n_named;
    unsigned int n_rest; /* judged, but not named */
    unsigned int n_rest_astray;
    uint64_t rest_largest_bytes;
    unsigned int n_unseen; /* killed, or gone, before there was a look */
};

/* Judges what was seen of a process, and takes it over. */
void tally_add(struct tally *tally, struct traced_process *process);

/* To stderr. EXIT_DONE, EXIT_DRIFTED if any was not in place, EXIT_FAILED. */
int tally_report(struct tally *tally, const char *program);
void tally_fini(struct tally *tally);

#endif
