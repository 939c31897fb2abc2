/* SPDX-License-Identifier: Apache-2.0 */
/* The rules that others place by: see peers.h. */

#include "peers.h"

const char *const peer_names[N_PEERS] = {
    [PEER_SINGLE_NUMA_NODE] = "Topology Manager, single-numa-node",
    [PEER_BEST_EFFORT] = "Topology Manager, best-effort",
    [PEER_NUMAD] = "numad",
};

void peer_start(struct peer_state *state, enum peer peer, const struct model *model)
{
    *state = (struct peer_state){.peer = peer, .n_nodes = model->n_nodes};
    for (unsigned int i = 0; i < model->n_nodes; i++)
        state->nodes[i] = (struct peer_node){model->nodes[i].n_cpus, model->nodes[i].bytes, 0};
}

static void take_cpus(struct peer_state *state, struct peer_share *share, unsigned int node,
                      unsigned int *left)
{
    unsigned int n = state->nodes[node].n_cpus < *left ? state->nodes[node].n_cpus : *left;

    state->nodes[node].n_cpus -= n;
    share->counts[node] += n;
    *left -= n;
}

static void take_bytes(struct peer_state *state, struct peer_share *share, unsigned int node,
                       uint64_t *left)
{
    uint64_t n = state->nodes[node].bytes < *left ? state->nodes[node].bytes : *left;

    state->nodes[node].bytes -= n;
    share->bytes[node] += n;
    *left -= n;
}

/* Kubernetes. A hint is a set of nodes that has enough; the narrowest one wins. */

static unsigned int width(unsigned int nodes)
{
    return (unsigned int)__builtin_popcount(nodes);
}

static bool has_cpus(const struct peer_state *state, unsigned int nodes, unsigned int n_cpus)
{
    unsigned int n = 0;

    for (unsigned int i = 0; i < state->n_nodes; i++)
        n += nodes >> i & 1 ? state->nodes[i].n_cpus : 0;
    return n >= n_cpus;
}

/* The Memory Manager gives memory of several nodes as a group, and no node is in two. */
static bool has_bytes(const struct peer_state *state, unsigned int nodes, uint64_t bytes)
{
    uint64_t n = 0;

    for (unsigned int i = 0; i < state->n_nodes; i++) {
        const struct peer_node *node = &state->nodes[i];

        if (!(nodes >> i & 1))
            continue;
        if (bytes > 0 && node->group != 0 && node->group != nodes)
            return false;
        n += node->bytes;
    }
    return n >= bytes;
}

/* 0 when there is none. */
static unsigned int narrowest(const struct peer_state *state, unsigned int n_cpus, uint64_t bytes)
{
    unsigned int best = 0;

    for (unsigned int nodes = 1; nodes < 1u << state->n_nodes; nodes++) {
        if ((best == 0 || width(nodes) < width(best)) && has_cpus(state, nodes, n_cpus) &&
            has_bytes(state, nodes, bytes))
            best = nodes;
    }
    return best;
}

/* Of the nodes, those with the fewest CPUs left first, as the CPU Manager packs. */
static void take_cpus_of(struct peer_state *state, struct peer_share *share, unsigned int nodes,
                         unsigned int *left)
{
    while (*left > 0 && nodes != 0) {
        int best = -1;

        for (unsigned int i = 0; i < state->n_nodes; i++) {
            if (nodes >> i & 1 && (best < 0 || state->nodes[i].n_cpus < state->nodes[best].n_cpus))
                best = (int)i;
        }
        take_cpus(state, share, (unsigned int)best, left);
        nodes &= ~(1u << best);
    }
}

static bool kubernetes_place(struct peer_state *state, const struct demand *demand,
                             struct peer_share *share)
{
    unsigned int all = (1u << state->n_nodes) - 1, cpus = demand->n_cpus;
    unsigned int nodes = narrowest(state, demand->n_cpus, demand->bytes);
    uint64_t bytes = demand->bytes;

    if (state->peer == PEER_SINGLE_NUMA_NODE && width(nodes) != 1)
        return false;
    /* Nothing has enough of both: best-effort admits it, with CPUs from anywhere. */
    if (nodes == 0)
        nodes = narrowest(state, 0, demand->bytes);
    if (nodes == 0 || !has_cpus(state, all, demand->n_cpus))
        return false;
    take_cpus_of(state, share, nodes, &cpus);
    take_cpus_of(state, share, all & ~nodes, &cpus);
    for (unsigned int i = 0; i < state->n_nodes; i++) {
        if (!(nodes >> i & 1) || demand->bytes == 0)
            continue;
        state->nodes[i].group = nodes;
        take_bytes(state, share, i, &bytes);
    }
    return true;
}

/* CPUs times memory, as far as they are needed; a node that has only one of them comes last. */
static double numad_size(const struct peer_node *node, unsigned int cpus, uint64_t bytes)
{
    double n = cpus > 0 ? node->n_cpus : 0, gib = bytes > 0 ? (double)node->bytes / GIB : 0;

    if (cpus == 0 || bytes == 0)
        return n + gib;
    return n * gib + (n + gib) / 1000;
}

/* The node with the most gives what it has; then the next. */
static bool numad_place(struct peer_state *state, const struct demand *demand,
                        struct peer_share *share)
{
    unsigned int cpus = demand->n_cpus;
    uint64_t bytes = demand->bytes;

    while (cpus > 0 || bytes > 0) {
        double most = 0;
        int best = -1;

        for (unsigned int i = 0; i < state->n_nodes; i++) {
            double size = numad_size(&state->nodes[i], cpus, bytes);

            if (size > most) {
                most = size;
                best = (int)i;
            }
        }
        if (best < 0)
            return false;
        take_cpus(state, share, (unsigned int)best, &cpus);
        take_bytes(state, share, (unsigned int)best, &bytes);
    }
    return true;
}

bool peer_place(struct peer_state *state, const struct demand *demand, struct peer_share *ret_share)
{
    struct peer_state before = *state;
    bool placed;

    *ret_share = (struct peer_share){0};
    placed = state->peer == PEER_NUMAD ? numad_place(state, demand, ret_share)
                                       : kubernetes_place(state, demand, ret_share);
    if (!placed)
        *state = before;
    return placed;
}
