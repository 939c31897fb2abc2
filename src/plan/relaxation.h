/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_RELAXATION_H
#define PLAN_RELAXATION_H

/*
 * The placement of demands with fractions allowed, as a linear program: each demand is dealt out
 * over the options of its kind, CPUs, bytes and rates of nodes are limits. Its prices of room make
 * the best of all bounds of bound.h's sort, and what it deals out whole is mostly right.
 *
 * Options become columns as they begin to pay, and limits rows as they are not kept. Options may be
 * ruled out for a demand, or all but one: that is how a search goes on from here (branch.h).
 */

#include "bound.h"
#include "lp.h"

struct relaxed_demand {
    unsigned int only; /* option that it must have; NO_CHOICE: any but those */
    unsigned int *excluded;
    unsigned int n_excluded;
    unsigned int max_excluded;
};

#define NO_CHOICE ((unsigned int)-1)

/* What a column stands for: a part of a demand in an option. */
struct relaxed_column {
    unsigned int demand; /* from the first on */
    unsigned int
        option;        /* NO_CHOICE: of none, it is what a cell is asked for beyond what it gives */
    size_t first_node; /* of nodes: where each source's bytes are */
};

struct relaxation {
    const struct kinds *kinds;
    unsigned int first; /* of the demands, n of them */
    unsigned int n;
    struct lp lp;
    unsigned int *limit_row; /* by limit (relaxation.c): LP_NONE while it is kept anyway */
    unsigned int n_limits;
    unsigned int n_rows;            /* with those limits that have one */
    struct relaxed_demand *demands; /* n */
    struct growing columns;         /* struct relaxed_column, behind those of the rows */
    struct growing nodes;           /* unsigned int */
    cost128 most;                   /* no placement costs more; FLOW_NEVER: not known */
    double byte_unit;               /* bytes are counted in this */
    double rate_unit;               /* and bytes a second */
    double *cost;                   /* of all options of all kinds */
    double *arc_cost;               /* of all arcs, a unit, beyond the source's cheapest */
    double *cpus_price;             /* [node_idx * (most_cpus + 1) + CPUs], by the duals */
    unsigned int most_cpus;         /* that a node has */
    double *use;                    /* scratch, by limit */
    double *mean;                   /* scratch, by demand */
    struct lp_entry *entries;       /* scratch: a column */
    struct prices prices;
    unsigned long work;
};

/* 0 or -ENOMEM. */
int relaxation_init(struct relaxation *relaxation, const struct kinds *kinds, unsigned int first,
                    unsigned int n);
void relaxation_fini(struct relaxation *relaxation);

/* Rules nothing out; then rules out by and by, for demand from the first on: an option, or all but
 * it. relaxation_solve takes note. 0 or -ENOMEM. */
void relaxation_allow_all(struct relaxation *relaxation);
int relaxation_exclude(struct relaxation *relaxation, unsigned int demand, unsigned int option);
void relaxation_require(struct relaxation *relaxation, unsigned int demand, unsigned int option);

/* Solves it, and writes prices. 0 or -ENOMEM. */
int relaxation_solve(struct relaxation *relaxation);

/* What no placement of what is not ruled out costs less than: counted in integers. */
cost128 relaxation_bound(struct relaxation *relaxation, struct bound *bound);

/* The demand and option that is given in part, and that would cost most not to have: it is cheaper
 * than what else the demand is given. Of equal ones, that by which most CPUs are given. false: none
 * is given in part. */
struct relaxed_choice {
    unsigned int demand; /* from the first on */
    unsigned int option;
};
bool relaxation_choice(struct relaxation *relaxation, struct relaxed_choice *ret_choice);

/* Option by demand where all are given whole; false when some is not, or has no option. */
bool relaxation_whole(struct relaxation *relaxation, unsigned int *ret_options);

#endif
