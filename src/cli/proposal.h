/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_PROPOSAL_H
#define CLI_PROPOSAL_H

/* From a fix, which is of wishes, to one of the file that its author wrote: as a diff, and proven:
 * the changed text is read and checked again, in memory. */

#include "cli-spec.h"
#include "fix.h"

struct dt_edits;

/* A property that says something else then. */
struct proposal_change {
    unsigned int instance; /* in the spec's order, or FIX_HOST */
    char *subject;         /* the instance's name, "host" */
    enum fix_property kind;
    unsigned int line; /* of the host's: where it is written; there may be several pools */
    char *property;    /* its name in the file; "name" is the node's own */
    char *before;      /* as written; NULL: it was not */
    char *after;       /* NULL: it goes */
    char *reason;
};

struct proposal {
    struct proposal_change *changes;
    unsigned int n_changes;
    char *diff;               /* NULL: there is none that makes it sound */
    struct findings findings; /* what is found with all changes made */
    struct spec *spec;        /* of the changed text: marks of findings borrow from it */
    char **unmet;             /* what no change was found for; ends with NULL, may be NULL */
    unsigned int n_unmet;
};

/* For a file that was read from request. 0 also when nothing was found, or nothing is wrong (an
 * empty diff). -ENOTSUP with a message for a file whose text cannot be changed. The caller calls
 * proposal_fini() whatever is returned, on a struct that was zero before. */
int proposal_make(const struct spec_request *request, const struct loaded_spec *loaded,
                  struct proposal *proposal, struct np_error *err);
void proposal_fini(struct proposal *proposal);

/* Adds what a fix changes in the tree of spec to edits, and to what the proposal tells. */
int proposal_add(const struct spec *spec, const struct fix *fix, struct dt_edits *edits,
                 struct proposal *proposal);
/* Adds a line, taken over. */
int proposal_unmet(struct proposal *proposal, char *line);

#define autoproposal CLEANUP(proposal_fini)

#endif
