/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_MODEL_H
#define PLAN_MODEL_H

/*
 * The wishes and the machine as the search sees them: dense arrays, nothing but numbers. What may
 * never be chosen (offline, not granted, reserved, isolated, named by another instance) is not in
 * it at all, so that no later step can choose it.
 */

#include "cost.h"
#include "plan.h"

/* The CPUs of one core that counts may be given. */
struct model_core {
    unsigned int first; /* index in model_node.cpus; they follow one another */
    unsigned int n_cpus;
    int llc;
    int kind;               /* of hybrid CPUs: rank of efficiency, 0 the least; -1 all alike */
    bool whole;             /* these are all its online CPUs */
    bool beside_named;      /* instances name CPUs of its LLC */
    unsigned int n_waiting; /* of its CPUs latency-sensitive instances name so many */
};

struct model_node {
    unsigned int id;
    uint64_t bytes;     /* room for instances: 0 when not usable */
    bool usable;        /* memory may go here: granted, has some, size known */
    bool ordinary;      /* usable, and may be chosen without being named */
    uint64_t bandwidth; /* MiB/s for weights, 0 unknown */
    unsigned int *cpus; /* kernel ids, by LLC and core */
    unsigned int n_cpus;
    struct model_core *cores;
    unsigned int n_cores;
    struct region *holes; /* where addresses may be chosen: ascending, apart, whole pages */
    unsigned int n_holes;
};

struct holding;

/* What one instance needs. The refusal changes copies of these to see what would fit. */
struct demand {
    const struct wish *wish;
    unsigned int n_cpus;
    unsigned int *fixed;      /* by node_idx: CPUs named by the spec; NULL when they are chosen */
    const unsigned int *only; /* by node_idx: its CPUs may be dealt out in this way and no other, to
                                 see what would be if; borrowed; NULL: as is best */
    uint64_t bytes;
    const uint64_t *given; /* by node_idx: bytes that the spec names by address, which are all of
                              its memory; NULL when the nodes are chosen */
    enum cpu_affinity affinity;
    enum memory_policy policy;
    enum smt_rule smt;
    unsigned int weight;    /* how much its costs count */
    bool latency_sensitive; /* an access counts more */
    uint64_t traffic;       /* to memory, bytes a second, 0 not said */
    bool *preferred;        /* by node_idx; NULL none were given */
    int near;               /* node_idx or -1 */
    unsigned int n_spread;  /* nodes that an even spread would use */
    bool *spread_over;      /* by node_idx: these */
    struct holding *now;    /* what it has (move.h); NULL: it is nowhere yet */
};

struct model {
    const struct wishes *wishes;
    bool use_free;          /* nodes' bytes are what is free now */
    unsigned int budget_ms; /* see plan_options; never 0 */
    bool addresses;         /* of memory that the spec gives no address one is chosen */
    uint64_t unit;          /* bytes are dealt out in these: 1, with addresses a page */
    unsigned int n_nodes;
    struct model_node *nodes;
    struct cost_table costs;
    struct demand *demands; /* one an instance, in the spec's order */
    unsigned int n_demands;
    struct move_prices prices; /* as given */
    enum move_pricing pricing;
    unsigned int max_now; /* nodes on which any demand has memory now */
};

int model_init(struct model *model, const struct wishes *wishes,
               const struct plan_options *options);
void model_fini(struct model *model);

/* Of all memory that is for instances, the pieces that no instance names: what model_init does,
 * again after a demand's `given` was changed. -ENOMEM. */
int model_find_holes(struct model *model);

/* The rules for CPUs by node that hold whatever anything costs. */
bool model_counts_allowed(const struct model *model, const struct demand *demand,
                          const unsigned int *counts);
/* Whether memory of demand may lie on node, its CPUs being where counts says. */
bool model_memory_allowed(const struct model *model, const struct demand *demand,
                          const unsigned int *counts, unsigned int node);

static inline bool demand_interleaves(const struct demand *demand)
{
    return demand->policy == MEMORY_POLICY_INTERLEAVE ||
           demand->policy == MEMORY_POLICY_WEIGHTED_INTERLEAVE;
}

#endif
