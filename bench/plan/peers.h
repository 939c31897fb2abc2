/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BENCH_PLAN_PEERS_H
#define BENCH_PLAN_PEERS_H

/*
 * What others place by, as their documentation says it: one instance after the other in the order
 * of the file, none moved again. They know CPUs and memory, and nothing of policies, preferred
 * nodes and SMT rules. docs/planner.md has the sources.
 */

#include "model.h"

enum peer {
    PEER_SINGLE_NUMA_NODE, /* Kubernetes' Topology Manager */
    PEER_BEST_EFFORT,      /* the same, its softest policy */
    PEER_NUMAD,
    N_PEERS,
};

enum {
    PEER_NODES_MAX = 8, /* Kubernetes does not start with more */
};

extern const char *const peer_names[N_PEERS];

/* What is left, and what one instance got of it, by node_idx. */
struct peer_node {
    unsigned int n_cpus;
    uint64_t bytes;
    unsigned int
        group; /* Kubernetes: nodes whose memory is given together with this one's; 0 none */
};

struct peer_share {
    unsigned int counts[PEER_NODES_MAX];
    uint64_t bytes[PEER_NODES_MAX];
};

struct peer_state {
    enum peer peer;
    unsigned int n_nodes;
    struct peer_node nodes[PEER_NODES_MAX];
};

void peer_start(struct peer_state *state, enum peer peer, const struct model *model);
/* False: refused, and nothing is taken. */
bool peer_place(struct peer_state *state, const struct demand *demand,
                struct peer_share *ret_share);

#endif
