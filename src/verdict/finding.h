/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VERDICT_FINDING_H
#define VERDICT_FINDING_H

/*
 * A finding is one thing that differs from what it should be: check, verify and (later) doctor all
 * speak in findings. The code is stable and documented in numaplace-findings(7): scripts match on
 * it, never on the text.
 */

#include "spec.h"

enum severity {
    SEVERITY_NOTE,    /* good to know; does not change the exit status */
    SEVERITY_WARNING, /* will work, and not as well as it could */
    SEVERITY_ERROR,   /* will not work, or is not so */
};

struct finding {
    const char *code; /* static: "cpu-offline" */
    enum severity severity;
    char *subject;  /* instance, process or "host" */
    char *fact;     /* one sentence without the subject */
    char *way_out;  /* NULL when there is none */
    struct mark at; /* in the spec's file; line 0: none */
};

struct findings {
    const char *file; /* borrowed; NULL when no file is concerned */
    struct finding *findings;
    unsigned int n_findings;
};

/* Appends; subject is copied, fact and way_out (may be NULL) are formatted by the caller and taken
 * over, also on failure. -ENOMEM. */
int findings_add(struct findings *findings, const char *code, enum severity severity,
                 const char *subject, struct mark at, char *fact, char *way_out);
void findings_fini(struct findings *findings);
unsigned int findings_count(const struct findings *findings, enum severity severity);
const char *severity_name(enum severity severity);

#endif
