/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VERDICT_EXTENTS_H
#define VERDICT_EXTENTS_H

/*
 * Pieces of the physical address space and whose they are: nodes' ranges, memory pools, instances'
 * regions. Sorted by address, so that who meets whom is found in one walk.
 */

#include "mem.h"
#include "region.h"

struct extent {
    struct region region;
    unsigned int owner; /* what the caller counts: node_idx, pool, instance */
    unsigned int order; /* in which it was added */
};

struct extents {
    struct extent *extents;
    unsigned int n;
    unsigned int n_owners; /* the largest owner and one */
};

/* An empty region is left out. 0 or -ENOMEM. */
int extents_add(struct extents *extents, struct region region, unsigned int owner);
int extents_add_all(struct extents *extents, const struct region *regions, unsigned int n,
                    unsigned int owner);
/* Once, after the last one was added. */
void extents_sort(struct extents *extents);
void extents_fini(struct extents *extents);

/* What a region has of each owner, and of nobody. */
struct survey {
    uint64_t *bytes; /* by owner */
    uint64_t nowhere;
    unsigned int n_holes; /* parts of it that nobody has */
    struct region hole;   /* the largest of them */
};

/* Extents that share addresses count for the first only. 0 or -ENOMEM; the caller ends it with
 * survey_fini. */
int extents_survey(const struct extents *extents, struct region region, struct survey *ret_survey);
void survey_fini(struct survey *survey);

/* For an extent that shares addresses with some that were added before it. */
struct clash {
    unsigned int n_others; /* 0: it shares none */
    unsigned int first;    /* the owner of the first of them ... */
    struct region common;  /* ... and what is shared with that one */
};

/* Into an array by order, which the caller frees. 0 or -ENOMEM. */
int extents_clashes(const struct extents *extents, struct clash **ret_clashes);

#define autoextents CLEANUP(extents_fini)
#define autosurvey CLEANUP(survey_fini)

#endif
