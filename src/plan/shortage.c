/* SPDX-License-Identifier: Apache-2.0 */
/* Too little in all, seen without a search: see shortage.h. */

#include "shortage.h"

#include "memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Amounts, by the nodes that they may be taken of. */
struct claims {
    const struct model *model;
    uint64_t *single; /* by node_idx: of that node and no other */
    bool *nodes;      /* [claim * n_nodes + node_idx] */
    uint64_t *amounts;
    unsigned int n;
    unsigned int max;
    unsigned int *counts; /* scratch, by node_idx */
    bool *mask;           /* scratch, the same shape */
};

static int claims_init(struct claims *claims, const struct model *model)
{
    *claims = (struct claims){.model = model};
    claims->single = calloc(model->n_nodes + 1, sizeof(*claims->single));
    claims->counts = calloc(model->n_nodes + 1, sizeof(*claims->counts));
    claims->mask = calloc(model->n_nodes + 1, sizeof(*claims->mask));
    return claims->single && claims->counts && claims->mask ? 0 : -ENOMEM;
}

static void claims_fini(struct claims *claims)
{
    free(claims->single);
    free(claims->nodes);
    free(claims->amounts);
    free(claims->counts);
    free(claims->mask);
}

static int grow(struct claims *claims)
{
    unsigned int max = claims->max ? claims->max * 2 : 64;
    void *larger;

    if (claims->n < claims->max)
        return 0;
    larger = realloc(claims->nodes, (size_t)max * claims->model->n_nodes + 1);
    if (!larger)
        return -ENOMEM;
    claims->nodes = larger;
    larger = realloc(claims->amounts, max * sizeof(*claims->amounts));
    if (!larger)
        return -ENOMEM;
    claims->amounts = larger;
    claims->max = max;
    return 0;
}

/* The one node of the mask, or -1. */
static int only_node(const struct claims *claims)
{
    int only = -1;

    for (unsigned int i = 0; i < claims->model->n_nodes; i++) {
        if (claims->mask[i] && only >= 0)
            return -1;
        if (claims->mask[i])
            only = (int)i;
    }
    return only;
}

/* Of the nodes in the mask: with what others want of the same nodes it is one claim. */
static int add_claim(struct claims *claims, uint64_t amount)
{
    size_t n_nodes = claims->model->n_nodes;
    int only = only_node(claims);
    unsigned int i = 0;

    if (only >= 0) {
        claims->single[only] += amount;
        return 0;
    }
    while (i < claims->n && memcmp(&claims->nodes[i * n_nodes], claims->mask, n_nodes) != 0)
        i++;
    if (i == claims->n) {
        int r = grow(claims);

        if (r < 0)
            return r;
        memcpy(&claims->nodes[i * n_nodes], claims->mask, n_nodes);
        claims->amounts[claims->n++] = 0;
    }
    claims->amounts[i] += amount;
    return 0;
}

/* A flow_outcome, or -ENOMEM. What has no choice first: it is never moved aside. */
static int put_claims(const struct claims *claims, struct flow *flow)
{
    unsigned int n_nodes = claims->model->n_nodes;
    autofree cost128 *costs = calloc(n_nodes + 1, sizeof(*costs));
    int r = costs ? FLOW_PLACED : -ENOMEM;

    for (unsigned int i = 0; r == FLOW_PLACED && i < n_nodes; i++) {
        for (unsigned int j = 0; j < n_nodes; j++)
            costs[j] = j == i ? 0 : FLOW_NEVER;
        if (claims->single[i] > 0)
            r = flow_add(flow, claims->single[i], costs);
    }
    for (unsigned int i = 0; r == FLOW_PLACED && i < claims->n; i++) {
        for (unsigned int j = 0; j < n_nodes; j++)
            costs[j] = claims->nodes[(size_t)i * n_nodes + j] ? 0 : FLOW_NEVER;
        r = flow_add(flow, claims->amounts[i], costs);
    }
    return r;
}

/* The nodes on which CPUs of demand may be in some placement. The rule is asked with as few other
 * nodes as it ever needs. */
static void mask_cpus(struct claims *claims, const struct demand *demand)
{
    const struct model *model = claims->model;
    bool all = demand_interleaves(demand) && demand->preferred && !demand->given;

    for (unsigned int i = 0; i < model->n_nodes; i++)
        claims->counts[i] = all && demand->preferred[i];
    for (unsigned int i = 0; i < model->n_nodes; i++) {
        unsigned int was = claims->counts[i];

        claims->counts[i] = 1;
        claims->mask[i] = demand->only ? demand->only[i] > 0
                                       : model->nodes[i].n_cpus > 0 &&
                                             model_counts_allowed(model, demand, claims->counts);
        claims->counts[i] = was;
    }
}

static int claim_cpus(struct claims *claims, const struct demand *demand)
{
    if (demand->fixed || demand->n_cpus == 0)
        return 0;
    mask_cpus(claims, demand);
    return add_claim(claims, demand->n_cpus);
}

/* Its CPUs if they are known; else some on every node, which lets its memory be wherever it may. */
static void spread_cpus(struct claims *claims, const struct demand *demand)
{
    const unsigned int *known = demand->only ? demand->only : demand->fixed;

    for (unsigned int i = 0; i < claims->model->n_nodes; i++)
        claims->counts[i] = known ? known[i] : claims->model->nodes[i].n_cpus;
}

/* Whether its sources are the same wherever its CPUs are. */
static bool has_known_sources(const struct demand *demand)
{
    if (demand->only || demand->fixed || demand->n_cpus == 0 || demand->given)
        return true;
    return demand_interleaves(demand) &&
           (demand->preferred || demand->affinity != CPU_AFFINITY_LOCAL);
}

static int claim_sources(struct claims *claims, const struct sources *sources)
{
    int r = 0;

    for (unsigned int i = 0; r == 0 && i < sources->n_sources; i++) {
        for (unsigned int j = 0; j < claims->model->n_nodes; j++)
            claims->mask[j] = sources->sources[i].per_byte[j] != FLOW_NEVER;
        r = add_claim(claims, sources->sources[i].bytes);
    }
    return r;
}

static int claim_bytes(struct claims *claims, const struct demand *demand, struct sources *sources)
{
    const struct model *model = claims->model;

    if (demand->bytes == 0)
        return 0;
    spread_cpus(claims, demand);
    if (has_known_sources(demand)) {
        memory_sources(model, demand, claims->counts, sources);
        return claim_sources(claims, sources);
    }
    for (unsigned int i = 0; i < model->n_nodes; i++)
        claims->mask[i] = model_memory_allowed(model, demand, claims->counts, i);
    return add_claim(claims, demand->bytes);
}

/* Claims of both kinds, in the making. */
struct claimer {
    struct claims cpus;
    struct claims bytes;
    struct sources sources;
};

static int claimer_init(struct claimer *claimer, const struct model *model)
{
    int r = claims_init(&claimer->cpus, model);
    int also = claims_init(&claimer->bytes, model);

    claimer->sources = (struct sources){0};
    r = r < 0 ? r : also;
    return r < 0 ? r : sources_init(&claimer->sources, model);
}

static void claimer_fini(struct claimer *claimer)
{
    claims_fini(&claimer->cpus);
    claims_fini(&claimer->bytes);
    sources_fini(&claimer->sources);
}

static int claim(struct claimer *claimer, const struct demand *demand)
{
    int r = claim_cpus(&claimer->cpus, demand);

    return r < 0 ? r : claim_bytes(&claimer->bytes, demand, &claimer->sources);
}

static int put(const struct claimer *claimer, struct shortage *shortage)
{
    int r = put_claims(&claimer->cpus, &shortage->cpus);

    return r == FLOW_PLACED ? put_claims(&claimer->bytes, &shortage->bytes) : r;
}

static int init_flows(struct shortage *shortage)
{
    const struct model *model = shortage->model;
    autofree uint64_t *cpus = calloc(model->n_nodes + 1, sizeof(*cpus));
    autofree uint64_t *bytes = calloc(model->n_nodes + 1, sizeof(*bytes));
    int r;

    if (!cpus || !bytes)
        return -ENOMEM;
    for (unsigned int i = 0; i < model->n_nodes; i++) {
        cpus[i] = model->nodes[i].n_cpus;
        bytes[i] = model->nodes[i].bytes;
    }
    r = flow_init(&shortage->cpus, model->n_nodes, cpus);
    return r < 0 ? r : flow_init(&shortage->bytes, model->n_nodes, bytes);
}

int shortage_init(struct shortage *shortage, const struct model *model, unsigned int first,
                  unsigned int n, const struct demand *except)
{
    struct claimer claimer;
    int r = claimer_init(&claimer, model);

    *shortage = (struct shortage){.model = model};
    if (r == 0)
        r = init_flows(shortage);
    for (unsigned int i = 0; r == 0 && i < n; i++) {
        if (&model->demands[first + i] != except)
            r = claim(&claimer, &model->demands[first + i]);
    }
    if (r == 0)
        r = put(&claimer, shortage);
    shortage->is_short = r == FLOW_NO_ROOM;
    claimer_fini(&claimer);
    return r < 0 ? r : 0;
}

void shortage_fini(struct shortage *shortage)
{
    flow_fini(&shortage->cpus);
    flow_fini(&shortage->bytes);
}

int shortage_with(struct shortage *shortage, const struct demand *demand)
{
    struct flow_mark cpus = flow_mark(&shortage->cpus), bytes = flow_mark(&shortage->bytes);
    struct claimer claimer;
    int r;

    if (shortage->is_short)
        return 1;
    r = claimer_init(&claimer, shortage->model);
    if (r == 0)
        r = claim(&claimer, demand);
    if (r == 0)
        r = put(&claimer, shortage);
    flow_back(&shortage->cpus, cpus);
    flow_back(&shortage->bytes, bytes);
    claimer_fini(&claimer);
    return r < 0 ? r : r == FLOW_NO_ROOM;
}

int shortage_find(const struct model *model, unsigned int first, unsigned int n)
{
    struct shortage shortage;
    int r = shortage_init(&shortage, model, first, n, NULL);
    bool is_short = shortage.is_short;

    shortage_fini(&shortage);
    return r < 0 ? r : is_short;
}
