/* SPDX-License-Identifier: Apache-2.0 */
/* Minimum cost flow by successive shortest paths: see flow.h. */

#include "flow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A value before it was changed: of a source's bytes on a node, or (NOBODY) of the node's room. */
struct flow_change {
    unsigned int source;
    unsigned int node;
    uint64_t before;
};

/* How the shortest path came to a node: from another one, whose bytes of source move over. */
struct flow_step {
    unsigned int from;
    unsigned int source;
};

/* The cheapest way for bytes that lie on one node to another. */
struct flow_move {
    cost128 extra; /* for each of them; FLOW_NEVER: none may */
    unsigned int source;
};

#define NOBODY ((unsigned int)-1)

int flow_init(struct flow *flow, unsigned int n_nodes, const uint64_t *room)
{
    *flow = (struct flow){.n_nodes = n_nodes};
    flow->room = calloc(n_nodes + 1, sizeof(*flow->room));
    flow->distance = calloc(n_nodes + 1, sizeof(*flow->distance));
    flow->step = calloc(n_nodes + 1, sizeof(*flow->step));
    flow->moves = calloc((size_t)n_nodes * n_nodes + 1, sizeof(*flow->moves));
    flow->listed = calloc(n_nodes + 1, sizeof(*flow->listed));
    if (!flow->room || !flow->distance || !flow->step || !flow->moves || !flow->listed) {
        flow_fini(flow);
        return -ENOMEM;
    }
    memcpy(flow->room, room, n_nodes * sizeof(*room));
    return 0;
}

void flow_fini(struct flow *flow)
{
    free(flow->room);
    free(flow->per_byte);
    free(flow->bytes);
    free(flow->log);
    free(flow->distance);
    free(flow->step);
    free(flow->moves);
    free(flow->listed);
    *flow = (struct flow){0};
}

static int grow_sources(struct flow *flow)
{
    unsigned int max = flow->max_sources ? flow->max_sources * 2 : 16;
    size_t cells = (size_t)max * flow->n_nodes;
    void *larger;

    if (flow->n_sources < flow->max_sources)
        return 0;
    larger = realloc(flow->per_byte, cells * sizeof(*flow->per_byte));
    if (!larger)
        return -ENOMEM;
    flow->per_byte = larger;
    larger = realloc(flow->bytes, cells * sizeof(*flow->bytes));
    if (!larger)
        return -ENOMEM;
    flow->bytes = larger;
    flow->max_sources = max;
    return 0;
}

/* Makes sure that a path, which is at most n_nodes long, can be logged. */
static int grow_log(struct flow *flow)
{
    size_t need = flow->n_log + 2 * (size_t)flow->n_nodes + 2;
    struct flow_change *larger;

    if (need <= flow->max_log)
        return 0;
    larger = realloc(flow->log, 2 * need * sizeof(*larger));
    if (!larger)
        return -ENOMEM;
    flow->log = larger;
    flow->max_log = 2 * need;
    return 0;
}

static uint64_t *cell(struct flow *flow, unsigned int source, unsigned int node)
{
    return source == NOBODY ? &flow->room[node]
                            : &flow->bytes[(size_t)source * flow->n_nodes + node];
}

/* Bytes of source that lie on from could go elsewhere. */
static void offer_moves(struct flow *flow, unsigned int source, unsigned int from)
{
    const cost128 *per_byte = &flow->per_byte[(size_t)source * flow->n_nodes];
    struct flow_move *moves = &flow->moves[(size_t)from * flow->n_nodes];

    for (unsigned int to = 0; to < flow->n_nodes; to++) {
        if (per_byte[to] != FLOW_NEVER && per_byte[to] - per_byte[from] < moves[to].extra)
            moves[to] = (struct flow_move){per_byte[to] - per_byte[from], source};
    }
    flow->work += flow->n_nodes;
}

static void list_moves(struct flow *flow, unsigned int from)
{
    for (unsigned int to = 0; to < flow->n_nodes; to++)
        flow->moves[(size_t)from * flow->n_nodes + to] = (struct flow_move){FLOW_NEVER, NOBODY};
    for (unsigned int s = 0; s < flow->n_sources; s++) {
        if (*cell(flow, s, from) > 0)
            offer_moves(flow, s, from);
    }
    flow->listed[from] = true;
}

/* None of source's bytes are on from any more. */
static void withdraw_moves(struct flow *flow, unsigned int source, unsigned int from)
{
    const struct flow_move *moves = &flow->moves[(size_t)from * flow->n_nodes];

    for (unsigned int to = 0; to < flow->n_nodes && flow->listed[from]; to++)
        flow->listed[from] = moves[to].source != source;
}

static void set(struct flow *flow, unsigned int source, unsigned int node, uint64_t value)
{
    uint64_t *at = cell(flow, source, node), before = *at;

    *at = value;
    if (source == NOBODY || !flow->listed[node])
        return;
    if (before == 0 && value > 0)
        offer_moves(flow, source, node);
    else if (before > 0 && value == 0)
        withdraw_moves(flow, source, node);
}

static void change(struct flow *flow, unsigned int source, unsigned int node, uint64_t value)
{
    flow->log[flow->n_log++] = (struct flow_change){source, node, *cell(flow, source, node)};
    set(flow, source, node, value);
}

/* One round over all moves of bytes that lie on from to another node. */
static bool relax_from(struct flow *flow, unsigned int from)
{
    const struct flow_move *moves = &flow->moves[(size_t)from * flow->n_nodes];
    bool shorter = false;

    if (!flow->listed[from])
        list_moves(flow, from);
    flow->work += flow->n_nodes;
    for (unsigned int to = 0; to < flow->n_nodes; to++) {
        cost128 distance = flow->distance[from] + moves[to].extra;

        if (moves[to].extra == FLOW_NEVER || distance >= flow->distance[to])
            continue;
        flow->distance[to] = distance;
        flow->step[to] = (struct flow_step){from, moves[to].source};
        shorter = true;
    }
    return shorter;
}

/* The cheapest node for the last source if it has room: nothing is nearer. -1: it has none. */
static int find_at_once(struct flow *flow)
{
    const cost128 *per_byte = &flow->per_byte[(size_t)(flow->n_sources - 1) * flow->n_nodes];
    int best = -1;

    for (unsigned int i = 0; i < flow->n_nodes; i++) {
        if (per_byte[i] != FLOW_NEVER && (best < 0 || per_byte[i] < per_byte[best] ||
                                          (per_byte[i] == per_byte[best] && flow->room[best] == 0)))
            best = (int)i;
    }
    if (best < 0 || flow->room[best] == 0)
        return -1;
    flow->distance[best] = per_byte[best];
    flow->step[best] = (struct flow_step){NOBODY, flow->n_sources - 1};
    return best;
}

/* The nearest node with room for the last source, or -1. A node that is entered when full passes
 * on what lies there. */
static int find_path(struct flow *flow)
{
    const cost128 *per_byte = &flow->per_byte[(size_t)(flow->n_sources - 1) * flow->n_nodes];
    bool shorter = true;
    int best = -1;

    for (unsigned int i = 0; i < flow->n_nodes; i++) {
        flow->distance[i] = per_byte[i];
        flow->step[i] = (struct flow_step){NOBODY, flow->n_sources - 1};
    }
    while (shorter) {
        shorter = false;
        for (unsigned int i = 0; i < flow->n_nodes; i++) {
            if (flow->room[i] == 0 && flow->distance[i] < FLOW_NEVER)
                shorter |= relax_from(flow, i);
        }
    }
    for (unsigned int i = 0; i < flow->n_nodes; i++) {
        if (flow->room[i] > 0 && flow->distance[i] < FLOW_NEVER &&
            (best < 0 || flow->distance[i] < flow->distance[best]))
            best = (int)i;
    }
    return best;
}

/* Sends at most bytes along the path that ends at node. Returns how many. */
static uint64_t send(struct flow *flow, unsigned int node, uint64_t bytes)
{
    unsigned int to;

    if (flow->room[node] < bytes)
        bytes = flow->room[node];
    for (to = node; flow->step[to].from != NOBODY; to = flow->step[to].from) {
        uint64_t there = *cell(flow, flow->step[to].source, flow->step[to].from);

        if (there < bytes)
            bytes = there;
    }
    change(flow, NOBODY, node, flow->room[node] - bytes);
    for (to = node; flow->step[to].from != NOBODY; to = flow->step[to].from) {
        const struct flow_step *step = &flow->step[to];

        change(flow, step->source, to, *cell(flow, step->source, to) + bytes);
        change(flow, step->source, step->from, *cell(flow, step->source, step->from) - bytes);
    }
    change(flow, flow->step[to].source, to, *cell(flow, flow->step[to].source, to) + bytes);
    flow->total += flow->distance[node] * (cost128)bytes;
    return bytes;
}

int flow_add(struct flow *flow, uint64_t bytes, const cost128 *per_byte)
{
    int r = grow_sources(flow);

    if (r < 0)
        return r;
    memcpy(&flow->per_byte[(size_t)flow->n_sources * flow->n_nodes], per_byte,
           flow->n_nodes * sizeof(*per_byte));
    memset(&flow->bytes[(size_t)flow->n_sources * flow->n_nodes], 0,
           flow->n_nodes * sizeof(*flow->bytes));
    flow->n_sources++;
    while (bytes > 0) {
        int node = find_at_once(flow);

        if (node < 0)
            node = find_path(flow);
        if (node < 0)
            return FLOW_NO_ROOM;
        r = grow_log(flow);
        if (r < 0)
            return r;
        bytes -= send(flow, (unsigned int)node, bytes);
    }
    return FLOW_PLACED;
}

struct flow_mark flow_mark(const struct flow *flow)
{
    return (struct flow_mark){flow->n_sources, flow->n_log, flow->total};
}

void flow_back(struct flow *flow, struct flow_mark mark)
{
    while (flow->n_log > mark.n_log) {
        const struct flow_change *c = &flow->log[--flow->n_log];

        set(flow, c->source, c->node, c->before);
    }
    flow->n_sources = mark.n_sources;
    flow->total = mark.total;
}
