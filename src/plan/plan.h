/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_PLAN_H
#define PLAN_PLAN_H

/*
 * What should be where, and why. Pure functions: no I/O, no system calls, no clock; the same
 * machine and spec give the same plan, byte for byte. The machine must have been read with
 * MACHINE_TOPOLOGY and, for costs, MACHINE_ATTRS; device overrides of the spec must have been put
 * into it (wishes_resolve does).
 */

#include "current.h"
#include "irq-plan.h"
#include "machine.h"
#include "region-set.h"
#include "spec.h"

/* A spec held against one machine: every expression resolved, still nothing chosen. Made first,
 * used by check and plan alike. */
struct wish {
    const struct instance *instance;
    hwloc_bitmap_t cpus;    /* resolved, NULL when the planner chooses */
    hwloc_bitmap_t nodes;   /* preferred nodes resolved, NULL when none were given */
    const char *near;       /* device: the instance's, or else that of its irqs; NULL none */
    int near_node;          /* -1: no device asked for, or its node is unknown */
    const struct nic *nic;  /* that it wants the interrupts of; NULL: none, or nobody tells of it */
    uint64_t *region_bytes; /* by node_idx: what its regions have of each; NULL when it names none,
                               or no node tells where its memory is */
};

struct wishes {
    const struct machine *machine;
    const struct spec *spec;
    const struct interrupts *interrupts; /* as they are now; NULL: nobody wants any, or nobody
                                            tells. This and nic are set by whoever can read */
    hwloc_bitmap_t reserved_cpus; /* never NULL; with what is off the pool and nobody names */
    uint64_t *reserved_bytes;     /* by node_idx; at least what is off the pools */
    uint64_t *held_bytes;         /* by node_idx: what instances have already, which is not free and
                                     theirs to have; NULL: nothing */
    hwloc_bitmap_t pool_cpus;     /* instances may have no others; NULL: any */
    struct wish *wishes;          /* one an instance, in the spec's order */
    unsigned int n_wishes;
};

/* Resolves every expression. The wishes may still name CPUs, nodes and devices that do not exist
 * (their overrides and reserved bytes are left out, a device's node is -1): judging is check's
 * work, which tells of all of them at once. This only fails on what has no meaning at all (-ERANGE
 * "+9") and then points into the file. */
int wishes_resolve(struct machine *machine, const struct spec *spec, struct wishes **ret_wishes,
                   struct np_error *err);
struct wishes *wishes_free(struct wishes *wishes); /* returns NULL */
/* What is free now, and what these have, is what they may be given. -ENOMEM. */
int wishes_hold(struct wishes *wishes, const struct current *current);
/* The same without one of them: its array is the caller's to free, all else is borrowed from
 * wishes. -ENOMEM. */
int wishes_without(const struct wishes *wishes, unsigned int wish, struct wishes *ret_wishes);
/* Memory that may be chosen though nobody named it: plain memory of a node that has CPUs; never
 * HBM, CXL, GPU memory and the like. */
bool wishes_node_is_ordinary(const struct wishes *wishes, unsigned int node_idx);
/* Bytes of a node that instances may have: what it has (with use_free at most what is free now)
 * less what the host keeps; 0 when the node is not granted, UNKNOWN_U64 when unknown. */
uint64_t wishes_capacity(const struct wishes *wishes, unsigned int node_idx, bool use_free);
/* Where in the physical address space a node has memory for instances: its own, as far as it is in
 * a pool. In order; none where the node does not tell. -ENOMEM. The caller ends it. */
int wishes_room(const struct wishes *wishes, unsigned int node_idx, struct region_set *ret_room);

enum plan_stage {
    PLAN_SEARCHING,  /* for a placement, and for a cheaper one */
    PLAN_REFUSING,   /* there is none: for what would help */
    PLAN_EXPLAINING, /* plan_explain: why an instance is where it is */
};

/* How far planning is. */
struct plan_progress {
    enum plan_stage stage;
    unsigned long done; /* work of this stage, in any unit; may begin anew when a stage does */
    unsigned long most; /* and the most that it may come to; 0: not known. May change */
    bool found;         /* PLAN_SEARCHING: there is a placement that costs: */
    double best;        /* in local accesses, with the price of getting there */
    double bound;       /* and none costs less than this; 0: not known yet */
};

/* Who is told of it while it goes on: up to thousands of times a second. Whatever it does it cannot
 * change the plan. */
struct plan_watch {
    void (*tell)(void *data, const struct plan_progress *progress); /* NULL: nobody */
    void *data;
};

static inline void plan_watch_tell(const struct plan_watch *watch,
                                   const struct plan_progress *progress)
{
    if (watch->tell)
        watch->tell(watch->data, progress);
}

struct plan_options {
    bool use_free;                 /* capacity of a node is what is free now, not what it has */
    const struct current *current; /* where instances are now; NULL: nowhere yet */
    struct move_prices prices;     /* what it costs to move them from there */
    enum move_pricing pricing;
    unsigned int budget_ms;  /* of looking for a cheaper placement, in work of about that time: the
                                same number gives the same plan everywhere; 0: the default */
    struct plan_watch watch; /* zeroed: nobody */
};

#define PLAN_BUDGET_MS 100
#define PLAN_BUDGET_MAX_MS 600000

struct share {
    unsigned int node; /* kernel id */
    uint64_t bytes;
};

struct placement {
    const struct instance *instance;
    hwloc_bitmap_t cpus;      /* exactly these */
    hwloc_bitmap_t cpu_nodes; /* nodes of these */
    hwloc_bitmap_t mem_nodes; /* nodes that the kernel's policy will name */
    struct share *shares;     /* bytes expected per node, by node id; empty: no memory was said */
    unsigned int n_shares;
    struct irq_plan *irqs;  /* of the device that it wants the interrupts of; NULL: wants none */
    struct region *regions; /* where exactly, by address: as the spec says or as plan_regions chose;
                              none otherwise */
    unsigned int n_regions;
    double cost;         /* mean cost of a memory access (cost.h), in plan.cost_unit; 0: unknown, or
                            no memory was said */
    double local_cost;   /* the same if all were local: what it is measured against */
    double own_cost;     /* what of plan.cost is its own: all but saturation, in local accesses */
    char *cpu_reason;    /* why these CPUs, one line */
    char *memory_reason; /* why these nodes, one line */
};

/* What is left on a node for others. */
struct spare {
    unsigned int node;   /* kernel id */
    hwloc_bitmap_t cpus; /* that a count could be given */
    uint64_t bytes;      /* 0 also where no memory may be placed */
};

struct moves;

/* Memory traffic that instances said, where it is expected: in bytes a second. */
struct traffic {
    int from;          /* node of the CPUs; -1: of all together, what is asked of the node itself */
    unsigned int to;   /* node of the memory */
    uint64_t asked;    /* not 0 */
    uint64_t capacity; /* 0 unknown */
};

/* What different instances have CPUs of. */
struct sharing {
    unsigned int n_cores;
    unsigned int n_llcs;
};

/* The largest instance that still fits on one node: the node with the most CPUs left, then the most
 * memory. */
struct largest_left {
    unsigned int node;
    unsigned int n_cpus;
    unsigned int n_cores; /* of which no thread is given */
    uint64_t bytes;
};

struct plan {
    const struct machine *machine; /* borrowed, outlives the plan */
    const struct spec *spec;       /* borrowed */
    struct placement *placements;  /* one an instance, in the spec's order */
    unsigned int n_placements;
    struct spare *spares; /* one a node, by node id */
    unsigned int n_spares;
    struct traffic *traffic; /* by node, then by link */
    unsigned int n_traffic;
    /* Secondary figures: as small, and as large, as the cost leaves a choice. */
    struct sharing sharing;
    struct largest_left left;
    enum matrix_source cost_source;
    const char *cost_unit; /* "ns", "SLIT", or "" */
    double access;         /* sum over instances of their mean access, in that unit */
    double cost;           /* what was made small (cost.h), in local accesses */
    double bound;          /* no placement costs less, with the price of getting there */
    double gap;            /* (cost - bound) / cost, both with that price: 0 is proven optimal */
    struct moves *moves;   /* from where instances are now; NULL: nobody said where (moves.h) */
};

/* One change that makes a placement possible: found by planning with it. */
enum fit_kind {
    FIT_MEMORY, /* memory lowered to bytes */
    FIT_CPUS,   /* CPUs lowered to cpus */
    FIT_POLICY, /* memory-policy changed to policy */
    FIT_AFFINITY,
    FIT_SMT,
    FIT_BASE,      /* its memory where there is room, and not at the addresses that it names */
    FIT_LEAVE_OUT, /* the instance itself is not there */
};

struct fit {
    enum fit_kind kind;
    uint64_t bytes;
    unsigned int cpus;
    enum memory_policy policy;
    enum cpu_affinity affinity;
    enum smt_rule smt;
};

#define FITS_MAX 6

struct change_wanted {
    const struct instance *instance; /* borrowed from the spec */
    struct fit fit;
};

#define REMEDY_CHANGES_MAX 3
#define REMEDIES_MAX 8

/* Changes that are enough together. */
struct remedy {
    struct change_wanted changes[REMEDY_CHANGES_MAX];
    unsigned int n_changes;
};

/* Why there is no placement, and the smallest changes with each of which there would be one. */
struct refusal {
    char *instance; /* the first whose wish cannot be met beside those before it in the spec */
    char *reason;
    char *way_out;      /* the remedies in words, or a first step; NULL: nothing was found */
    char *fit_instance; /* whose fits these are: the same instance, if that helps; NULL none */
    struct fit fits[FITS_MAX]; /* each enough by itself, the smallest first */
    unsigned int n_fits;
    struct remedy remedies[REMEDIES_MAX]; /* each enough for the whole file; all as small as the
                                             smallest that was found; best first */
    unsigned int n_remedies;
    bool proven;    /* false: none was found within the limit of the search */
    bool cut_short; /* what would help was looked for up to a limit: less may be enough */
};

enum plan_outcome {
    PLAN_MADE = 0,
    PLAN_IMPOSSIBLE = 1,
};

/* Chooses. PLAN_MADE with *ret_plan, which the caller frees; PLAN_IMPOSSIBLE with *ret_refusal,
 * which the caller ends with refusal_fini; or a negative errno. */
int plan_make(const struct wishes *wishes, const struct plan_options *options,
              struct plan **ret_plan, struct refusal *ret_refusal, struct np_error *err);
struct plan *plan_free(struct plan *plan); /* returns NULL */
void refusal_fini(struct refusal *refusal);

static inline void cleanup_wishes(struct wishes **wishes)
{
    (void)wishes_free(*wishes);
}
static inline void cleanup_plan(struct plan **plan)
{
    (void)plan_free(*plan);
}
#define autowishes CLEANUP(cleanup_wishes)
#define autoplan CLEANUP(cleanup_plan)

#endif
