/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VERDICT_FIXER_H
#define VERDICT_FIXER_H

/* What the parts of fix.c share. A part is a file that knows one kind of property. */

#include "fix.h"

struct fixer {
    const struct wishes *wishes;
    const struct machine *machine;
    const struct check_options *options;
    const struct findings *findings;
    hwloc_bitmap_t *cpus; /* by instance: those it will have; NULL: the planner chooses */
    struct fix *fix;
};

/* Each adds what it finds. 0 or -ENOMEM. */
int fix_names(struct fixer *fixer);
int fix_ids(struct fixer *fixer);
int fix_host(struct fixer *fixer);
int fix_pools(struct fixer *fixer);
int fix_cpus(struct fixer *fixer);   /* fills fixer->cpus */
int fix_nodes(struct fixer *fixer);  /* behind it: nodes of those CPUs */
int fix_memory(struct fixer *fixer); /* behind it, too */
int fix_claims(struct fixer *fixer);

/* A change of a property, still without a value. The pointer is good until the next one. Takes over
 * reason; NULL when out of memory, as with a NULL reason. */
struct fix_change *fixer_change(struct fixer *fixer, unsigned int instance,
                                enum fix_property property, char *reason);
int change_numbers(struct fix_change *change, const uint64_t *numbers, unsigned int n);
int change_set(struct fix_change *change, hwloc_const_bitmap_t set);
/* Adds a line to those for which there is no change; taken over. */
int fixer_unmet(struct fixer *fixer, char *line);

/* Why: what check says is wrong at that place, then conflict (NULL: none), then what is done about
 * it: "CPU 0 is reserved for the host, CPU 9 also belongs to "web": CPUs 12-13 of node 0 are free".
 * Takes over conflict and outcome. The caller frees; NULL when out of memory. */
char *fixer_reason(const struct fixer *fixer, struct mark at, char *conflict, char *outcome);

static inline const struct instance *fixer_instance(const struct fixer *fixer,
                                                    unsigned int instance)
{
    return fixer->wishes->wishes[instance].instance;
}

#endif
