/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_COST_H
#define PLAN_COST_H

/*
 * What a placement costs: the one place that knows. Everything is relative to a local access, in
 * millionths, so that a preference and a distance can be added; docs/cost-model.md gives the model
 * and its sources.
 *
 * The cost of an instance is the sum of
 *   access     mean cost of its memory accesses. Under memory-policy local each CPU works on the
 *              memory that it touched first: its part of the bytes. Under all other policies every
 *              CPU reaches every byte alike. When no memory was said: the nearest memory.
 *   affinity   compact and local: each node beyond the first, and the mean distance between its
 *              CPUs. spread: CPUs above or below an even share, and concentration.
 *   preference the part of its CPUs and bytes that is off its preferred nodes
 *   near       mean distance of its CPUs to the device's node
 * each times the instance's weight; for an instance that is latency-sensitive, access and near
 * count COST_LATENCY_FACTOR times. The cost of a plan is the sum of its instances', and
 *   saturation of each node and link what it is asked for beyond what it gives, in parts of that
 */

#include "flow.h"
#include "machine.h"

#include <stddef.h>

struct model;
struct demand;

#define COST_LOCAL INT64_C(1000000)

/* A cost in 2^-COST_SHIFT of the unit in local accesses, to millionths: what is finer is rounding
 * of the cost of a byte. */
static inline double cost_in_accesses(cost128 cost)
{
    cost128 half = (cost128)1 << (COST_SHIFT - 1);

    return (double)((cost + half) >> COST_SHIFT) / (double)COST_LOCAL;
}

/* Weights, in local accesses: what one is ready to pay for. They are apart by more than any usual
 * distance (SLIT 10 to 40), so that keeping together goes before being near and being near before
 * a cheaper access. */
enum {
    COST_WEIGHT_AFFINITY = 16,
    COST_WEIGHT_PREFERENCE = 16,
    COST_WEIGHT_NEAR = 4,
    COST_WEIGHT_SATURATION = 4, /* a node or link that is asked for twice what it gives */
    COST_LATENCY_FACTOR = 2,
};

/* The best complete matrix of a machine, made relative. */
struct cost_table {
    unsigned int n_nodes;
    int64_t *relative; /* [from_idx * n_nodes + to_idx], COST_LOCAL is the cheapest local access */
    double base;       /* what COST_LOCAL is in unit; 0 when source is MATRIX_ABSENT */
    enum matrix_source source;
    const char *unit; /* "ns", "SLIT", or "" */
    uint64_t *links;  /* [from_idx * n_nodes + to_idx], MiB/s from one node to another, 0 unknown;
                         NULL: all are */
};

/* Latency where it is known for every pair that matters, else the distance, else a guess good
 * enough to prefer the same node: twice for any other. -ENOMEM. */
int cost_table_init(struct cost_table *table, const struct machine *machine);
void cost_table_fini(struct cost_table *table);

/* What an instance costs, term by term. */
struct cost_terms {
    int64_t access;
    int64_t affinity;
    int64_t preference;
    int64_t near;
};

int64_t cost_terms_sum(const struct cost_terms *terms);

/* What depends on the CPUs only: affinity, preference of CPUs, near; and access when no memory was
 * said. counts is by node_idx. */
struct cost_terms cost_cpus_terms(const struct model *model, const struct demand *demand,
                                  const unsigned int *counts);
/* Their sum. */
int64_t cost_cpus(const struct model *model, const struct demand *demand,
                  const unsigned int *counts);

/* For bounds. The least affinity of CPUs that are on so many nodes or more. */
int64_t cost_affinity_least(const struct model *model, const struct demand *demand,
                            unsigned int n_used);
/* By how much affinity is more for each CPU that a node has beyond an even share. */
int64_t cost_uneven(const struct demand *demand);

/* One access to memory on node to by the CPUs of node from, or, for from -1, by all of them:
 * without weights, to tell people. */
int64_t cost_access(const struct model *model, const struct demand *demand,
                    const unsigned int *counts, int from, unsigned int to);

/* The same with weights, and what it costs that to is not a preferred node: what the choice is made
 * by. */
struct cost_terms cost_bytes_terms(const struct model *model, const struct demand *demand,
                                   const unsigned int *counts, int from, unsigned int to);
/* Their sum. */
int64_t cost_bytes(const struct model *model, const struct demand *demand,
                   const unsigned int *counts, int from, unsigned int to);

/* Traffic in bytes a second by cell. The first n_nodes are what is asked of each node; where links
 * are known, there are n_nodes * n_nodes more, what is asked of the link [from_idx * n_nodes +
 * to_idx]. It is where the policy puts pages first, a function of the CPUs only; what a full node
 * pushes away is not followed. */
size_t cost_cells(const struct model *model);
/* Adds what demand asks for to load. Nothing, unless it says its traffic. */
void cost_traffic(const struct model *model, const struct demand *demand,
                  const unsigned int *counts, uint64_t *load);
/* It grows with load, and costs together at least what its parts cost alone: of a partial plan, and
 * with what each of the others costs alone, it is a lower bound. In 2^-COST_SHIFT of the unit. */
cost128 cost_saturation(const struct model *model, const uint64_t *load);
/* The same of the cell for each byte a second beyond what it gives. */
cost128 cost_of_excess(const struct model *model, size_t cell);
/* MiB/s that the cell gives, 0 unknown. */
uint64_t cost_capacity(const struct model *model, size_t cell);

/* Mean over its CPUs of an access to their own node, in the table's unit; 0 without CPUs. */
double cost_if_local(const struct model *model, const unsigned int *counts);

#endif
