/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VERDICT_FIX_H
#define VERDICT_FIX_H

/*
 * The smallest change that would make a tree sound: the fewest properties, then the fewest CPUs,
 * bytes and parts of devices that move; between equals the later instance yields. What is proposed
 * is not proven here: whoever makes the change checks again.
 */

#include "check.h"

/* In the order in which an instance's are told. */
enum fix_property {
    FIX_NAME,
    FIX_ID,
    FIX_CPUS,
    FIX_CPU_COUNT,
    FIX_MEMORY_BASE,
    FIX_MEMORY_BYTES,
    FIX_NUMA_NODES,
    FIX_DEVICES,
    /* of the host */
    FIX_AVAILABLE,
    FIX_HOST_RESERVED,
    FIX_POOL_BASE,
    FIX_POOL_BYTES,
};

#define FIX_HOST UINT32_MAX /* an instance that is none */

struct fix_change {
    unsigned int instance; /* in the spec's order, or FIX_HOST */
    enum fix_property property;
    struct mark at;    /* of the property, of the name the instance; line 0: it is new */
    uint64_t *numbers; /* what it says then; neither numbers nor words: nothing */
    unsigned int n_numbers;
    char **words; /* FIX_NAME: the one. FIX_DEVICES: one a claim, "" dropped. Ends with
                     NULL */
    char *reason; /* one line */
};

struct fix {
    struct fix_change *changes; /* by instance, property, place */
    unsigned int n_changes;
    char **unmet; /* what no change was found for, and why, a line each; ends with NULL; may be
                     NULL */
    unsigned int n_unmet;
};

/* Findings are those of check for the same wishes and options: their facts are the reasons. 0 also
 * when there is nothing to propose, or -ENOMEM. The caller ends it with fix_fini. */
int fix_propose(const struct wishes *wishes, const struct check_options *options,
                const struct findings *findings, struct fix *ret_fix);
/* For a spec of which nothing else is wrong than that there is too little for all: what the planner
 * says is the least that one of them has to give up. */
int fix_lower(const struct wishes *wishes, const struct check_options *options,
              struct fix *ret_fix);
void fix_fini(struct fix *fix);

#define autofix CLEANUP(fix_fini)

#endif
