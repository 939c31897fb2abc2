/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_EXPLAIN_H
#define PLAN_EXPLAIN_H

/*
 * Why one instance of a plan is where it is: the ways to place it that were possible or nearly so,
 * what each costs or what is in its way, and what would have to be different for a cheaper one.
 * Nothing is guessed from the plan: an option is planned with, once with the others where they are
 * and once with them free to move; a constraint is named when a plan without it is cheaper for the
 * instance.
 */

#include "given.h"
#include "plan.h"

/* What a plan with the instance so costs beyond the plan that is explained, in local accesses:
 * negative if it is cheaper, which only a plan that is not proven optimal leaves. */
struct option_price {
    bool possible;
    bool proven; /* that there is none, or that it costs no less */
    double extra;
};

enum obstacle {
    OBSTACLE_NONE,
    OBSTACLE_CPUS,   /* nodes of it have fewer CPUs left */
    OBSTACLE_CORES,  /* as many, but not as its smt rule wants them */
    OBSTACLE_MEMORY, /* too little for it */
    OBSTACLE_AFFINITY,
    OBSTACLE_POLICY, /* none of its memory may be there */
};

/* Who has what an option lacks. */
struct holder {
    const struct instance *instance;
    unsigned int cpus;
    uint64_t bytes;
};

#define HOLDERS_MAX 4

struct option {
    unsigned int *cpus; /* by node_idx */
    hwloc_bitmap_t nodes;
    bool chosen;
    struct option_price stay;  /* with the others' CPUs on their nodes */
    struct option_price moved; /* with the others wherever is best then */
    bool costed;               /* its cost is known: it is possible at least by itself */
    struct own_cost cost;      /* its own so, in the best placement found; else by itself */
    enum obstacle obstacle;    /* of stay; if not even by itself, that; else NONE */
    bool alone;                /* the obstacle is there whatever the others do */
    hwloc_bitmap_t lacking;    /* nodes that lack it */
    unsigned int lacks_cpus;
    uint64_t lacks_bytes;
    struct holder holders[HOLDERS_MAX]; /* most first; of OBSTACLE_CPUS and OBSTACLE_MEMORY */
    unsigned int n_holders;
};

enum binding_kind {
    BINDING_CPUS,     /* so many more on the node */
    BINDING_MEMORY,   /* so many bytes more on the node */
    BINDING_INSTANCE, /* without that one */
    BINDING_SMT,      /* without its smt rule */
    BINDING_AFFINITY, /* without cpu-affinity local */
};

/* A constraint without which the instance itself costs less. */
struct binding {
    enum binding_kind kind;
    unsigned int node; /* kernel id */
    unsigned int cpus;
    uint64_t bytes;
    const struct instance *without;
    hwloc_bitmap_t nodes; /* where its CPUs would be */
    double gain;          /* in local accesses */
};

#define BINDINGS_MAX 8

struct explanation {
    const struct instance *instance;
    struct option *options; /* the chosen one first, then the possible by price, then the others */
    unsigned int n_options;
    unsigned int n_more; /* not planned with: they cost no less by themselves */
    bool near_only;      /* the file is large: only others on the nodes of an option were let go */
    double alone;        /* what it costs with the machine for itself, in local accesses */
    struct binding bindings[BINDINGS_MAX]; /* what helps most first */
    unsigned int n_bindings;
};

/* Of the placement number instance of a plan that plan_make made of the wishes with the options. 0
 * with *ret_explanation, which the caller frees, or a negative errno. */
int plan_explain(const struct wishes *wishes, const struct plan_options *options,
                 const struct plan *plan, unsigned int instance,
                 struct explanation **ret_explanation, struct np_error *err);
struct explanation *explanation_free(struct explanation *explanation); /* returns NULL */

static inline void cleanup_explanation(struct explanation **explanation)
{
    (void)explanation_free(*explanation);
}
#define autoexplanation CLEANUP(cleanup_explanation)

#endif
