/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VERDICT_FINDING_H
#define VERDICT_FINDING_H

/*
 * A finding is one thing that differs from what it should be: check and verify speak in findings.
 * The code is stable and documented in numaplace-findings(7): scripts match on it, never on the
 * text.
 */

#include "codes.h"
#include "spec.h"

#define SUBJECT_HOST "host" /* the machine as a whole */

/* Whom a finding is about, and where in the file that was written. */
struct place {
    const char *subject; /* instance, process, device or SUBJECT_HOST */
    bool is_instance;    /* subject is an instance's name */
    struct mark at;      /* in the spec's file unless it says which; line 0: nowhere */
};

struct finding {
    const char *code; /* static: "cpu-offline"; see codes.h */
    enum severity severity;
    char *subject;
    bool is_instance;
    char *fact;    /* one sentence without the subject */
    char *way_out; /* NULL when there is none */
    struct mark at;
};

struct findings {
    const char *file;        /* borrowed; NULL when no file is concerned */
    enum spec_format format; /* of that file: how findings are told */
    struct finding *findings;
    unsigned int n_findings;
};

/* Appends, with the word and severity of code; the subject is copied, fact and way_out (may be
 * NULL) are formatted by the caller, as with text(), and taken over, also on failure. -ENOMEM. */
int findings_add(struct findings *findings, enum finding_code code, struct place place, char *fact,
                 char *way_out);
void findings_fini(struct findings *findings);
unsigned int findings_count(const struct findings *findings, enum severity severity);
const char *severity_name(enum severity severity);

/* Formats. The caller frees; NULL when out of memory. */
char *text(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* "node 3", "nodes 0-1", "no node". The caller frees; NULL when out of memory. */
char *text_set(const char *noun, hwloc_const_bitmap_t set);

#endif
