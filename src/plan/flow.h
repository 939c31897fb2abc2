/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_FLOW_H
#define PLAN_FLOW_H

/*
 * Memory onto nodes, at the least cost. A source is an amount of bytes and what each of them costs
 * on each node. Sources are added one after the other; the whole stays optimal after each
 * (successive shortest paths), earlier sources giving way where that is cheaper or the only
 * possibility. Integers throughout: the same input gives the same bytes everywhere.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Cost of bytes in 2^-40 of COST_LOCAL's unit: fine enough for 1 TiB, and no rounding error can
 * make a search go round in circles. */
__extension__ typedef __int128 cost128;
#define COST_SHIFT 40
#define FLOW_NEVER ((cost128)1 << 120)

struct flow_change;

struct flow {
    unsigned int n_nodes;
    uint64_t *room;    /* by node_idx: bytes left */
    cost128 *per_byte; /* [source * n_nodes + node_idx]; FLOW_NEVER where it may not go */
    uint64_t *bytes;   /* the same shape: what lies where */
    unsigned int n_sources;
    unsigned int max_sources;
    cost128 total;
    struct flow_change *log; /* former values, for going back */
    size_t n_log;
    size_t max_log;
    unsigned long work; /* steps taken, for the search's limit */
    cost128 *distance;  /* of the shortest paths, by node_idx */
    struct flow_step *step;
    struct flow_move *moves; /* [from_idx * n_nodes + to_idx]: cheapest way to make room */
    bool *listed;            /* by from_idx: its moves are right */
};

struct flow_mark {
    unsigned int n_sources;
    size_t n_log;
    cost128 total;
};

int flow_init(struct flow *flow, unsigned int n_nodes, const uint64_t *room);
void flow_fini(struct flow *flow);

enum flow_outcome {
    FLOW_PLACED = 0,
    FLOW_NO_ROOM = 1, /* go back to a mark before going on */
};

/* per_byte is by node_idx and copied. A flow_outcome or -ENOMEM. */
int flow_add(struct flow *flow, uint64_t bytes, const cost128 *per_byte);
struct flow_mark flow_mark(const struct flow *flow);
void flow_back(struct flow *flow, struct flow_mark mark);

#endif
