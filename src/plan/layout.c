/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes to nodes, and to places in them: see layout.h. */

#include "layout.h"

#include "mem.h"
#include "memory.h"
#include "pack.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS_MAX = 16 }; /* dealings of the bytes */

/* What one dealing works with. */
struct attempt {
    const struct model *model;
    const unsigned int *counts;
    struct layout *layout;
    uint64_t *room;          /* by node_idx: what it may give */
    struct region *holes;    /* of all nodes, one node's after the other's; used up */
    struct pack_item *items; /* scratch */
    bool free;               /* some bytes could lie elsewhere */
};

uint64_t layout_bytes(const struct layout *layout, unsigned int demand, unsigned int node)
{
    unsigned int of = demand - layout->first;
    uint64_t bytes = 0;

    for (unsigned int i = layout->first_source[of]; i < layout->first_source[of + 1]; i++)
        bytes += layout->flow.bytes[(size_t)i * layout->flow.n_nodes + node];
    return bytes;
}

static struct region *region_of(const struct attempt *attempt, unsigned int i, unsigned int node)
{
    return &attempt->layout->regions[(size_t)i * attempt->model->n_nodes + node];
}

/* Bytes of demand number i of the layout that want a place on node. */
static uint64_t wanted(const struct attempt *attempt, unsigned int i, unsigned int node)
{
    unsigned int demand = attempt->layout->first + i;

    return attempt->model->demands[demand].given ? 0 : layout_bytes(attempt->layout, demand, node);
}

static bool has_choice(const struct sources *sources)
{
    for (unsigned int i = 0; i < sources->n_sources; i++) {
        unsigned int n = 0;

        for (unsigned int j = 0; j < sources->n_nodes; j++)
            n += sources->sources[i].per_byte[j] != FLOW_NEVER;
        if (n > 1)
            return true;
    }
    return false;
}

/* The cheapest bytes by node. A flow_outcome. */
static int deal(struct attempt *attempt)
{
    const struct model *model = attempt->model;
    struct layout *layout = attempt->layout;
    struct sources sources = {0};
    int r = flow_init(&layout->flow, model->n_nodes, attempt->room);

    if (r == 0)
        r = sources_init(&sources, model);
    for (unsigned int i = 0; r == FLOW_PLACED && i < layout->n; i++) {
        unsigned int demand = layout->first + i;

        memory_sources(model, &model->demands[demand],
                       &attempt->counts[(size_t)demand * model->n_nodes], &sources);
        attempt->free |= has_choice(&sources);
        r = sources_add(&sources, &layout->flow);
        layout->first_source[i + 1] = layout->flow.n_sources;
    }
    sources_fini(&sources);
    return r;
}

static struct region *holes_of(const struct attempt *attempt, unsigned int node)
{
    struct region *holes = attempt->holes;

    for (unsigned int i = 0; i < node; i++)
        holes += attempt->model->nodes[i].n_holes;
    return holes;
}

static void reset_holes(const struct attempt *attempt)
{
    const struct model *model = attempt->model;
    struct region *holes = attempt->holes;

    for (unsigned int i = 0; i < model->n_nodes; i++) {
        if (model->nodes[i].n_holes > 0)
            memcpy(holes, model->nodes[i].holes, model->nodes[i].n_holes * sizeof(*holes));
        holes += model->nodes[i].n_holes;
    }
    memset(attempt->layout->regions, 0,
           (size_t)attempt->layout->n * model->n_nodes * sizeof(*attempt->layout->regions));
}

/* Shares on two nodes that adjoin, at the border: below ends where above begins. */
static bool touch(const struct attempt *attempt, unsigned int i, unsigned int below,
                  unsigned int above)
{
    uint64_t low = wanted(attempt, i, below), high = wanted(attempt, i, above);

    for (unsigned int b = 0; b < attempt->model->nodes[below].n_holes; b++) {
        struct region *under = &holes_of(attempt, below)[b];

        for (unsigned int a = 0; a < attempt->model->nodes[above].n_holes; a++) {
            struct region *over = &holes_of(attempt, above)[a];
            uint64_t border = over->base;

            if (under->base + under->bytes != border || under->bytes < low || over->bytes < high)
                continue;
            *region_of(attempt, i, below) = (struct region){border - low, low};
            *region_of(attempt, i, above) = (struct region){border, high};
            under->bytes -= low;
            over->base += high;
            over->bytes -= high;
            return true;
        }
    }
    return false;
}

static bool touch_all(const struct attempt *attempt)
{
    bool any = false;

    for (unsigned int i = 0; i < attempt->layout->n; i++) {
        unsigned int nodes[2] = {0}, n = 0;

        for (unsigned int j = 0; j < attempt->model->n_nodes; j++) {
            if (wanted(attempt, i, j) > 0) {
                nodes[n % 2] = j;
                n++;
            }
        }
        if (n == 2)
            any |= touch(attempt, i, nodes[0], nodes[1]) || touch(attempt, i, nodes[1], nodes[0]);
    }
    return any;
}

/* All shares on node that have no place yet. A pack_outcome. */
static int pack_node(const struct attempt *attempt, unsigned int node, struct pack_effort *effort)
{
    unsigned int n = 0;
    int outcome;

    for (unsigned int i = 0; i < attempt->layout->n; i++) {
        uint64_t bytes = wanted(attempt, i, node);

        if (bytes > 0 && region_of(attempt, i, node)->bytes == 0)
            attempt->items[n++] = (struct pack_item){.bytes = bytes, .tag = i};
    }
    outcome = pack(holes_of(attempt, node), attempt->model->nodes[node].n_holes, attempt->items, n,
                   effort);
    for (unsigned int i = 0; outcome == PACK_DONE && i < n; i++) {
        const struct pack_item *item = &attempt->items[i];

        *region_of(attempt, item->tag, node) = (struct region){item->base, item->bytes};
    }
    return outcome;
}

/* What did not go in, and where. */
struct failure {
    unsigned int node;
    uint64_t packed;
};

static int pack_all(const struct attempt *attempt, struct failure *ret_failure)
{
    struct pack_effort effort = {0};
    int outcome = PACK_DONE;

    for (unsigned int i = 0; outcome == PACK_DONE && i < attempt->model->n_nodes; i++) {
        outcome = pack_node(attempt, i, &effort);
        *ret_failure = (struct failure){i, effort.bytes};
    }
    attempt->layout->steps += effort.steps;
    return outcome;
}

static int place(const struct attempt *attempt, struct failure *ret_failure)
{
    reset_holes(attempt);
    if (touch_all(attempt)) {
        if (pack_all(attempt, ret_failure) == PACK_DONE)
            return PACK_DONE;
        reset_holes(attempt);
    }
    return pack_all(attempt, ret_failure);
}

/* Less than it gave: what went in, or the largest piece if that is more and still less. */
static uint64_t lower_room(const struct attempt *attempt, const struct failure *failure)
{
    const struct model_node *node = &attempt->model->nodes[failure->node];
    uint64_t given = 0, used = 0, largest = 0;

    for (unsigned int i = 0; i < attempt->layout->n; i++) {
        const struct demand *demand = &attempt->model->demands[attempt->layout->first + i];

        given += demand->given ? demand->given[failure->node] : 0;
        used += wanted(attempt, i, failure->node);
    }
    for (unsigned int i = 0; i < node->n_holes; i++) {
        if (node->holes[i].bytes > largest)
            largest = node->holes[i].bytes;
    }
    return given + (largest > failure->packed && largest < used ? largest : failure->packed);
}

static int deal_and_place(struct attempt *attempt)
{
    struct layout *layout = attempt->layout;
    struct failure failure;
    int r = deal(attempt), outcome;

    layout->proven = true;
    for (unsigned int round = 1; layout->regions && r == FLOW_PLACED; round++) {
        outcome = place(attempt, &failure);
        if (outcome == PACK_DONE)
            return LAYOUT_MADE;
        layout->proven = layout->proven && outcome == PACK_NONE && !attempt->free;
        if (!attempt->free || round == ROUNDS_MAX)
            return LAYOUT_NONE;
        attempt->room[failure.node] = lower_room(attempt, &failure);
        flow_fini(&layout->flow);
        r = deal(attempt);
    }
    return r == FLOW_NO_ROOM ? LAYOUT_NONE : r;
}

static unsigned int count_holes(const struct model *model)
{
    unsigned int n = 0;

    for (unsigned int i = 0; i < model->n_nodes; i++)
        n += model->nodes[i].n_holes;
    return n;
}

int layout_make(const struct model *model, const unsigned int *counts, unsigned int first,
                unsigned int n, struct layout *ret_layout)
{
    autofree uint64_t *room = calloc(model->n_nodes + 1, sizeof(*room));
    autofree struct region *holes = calloc(count_holes(model) + 1, sizeof(*holes));
    autofree struct pack_item *items = calloc(n + 1, sizeof(*items));
    struct attempt attempt = {model,        counts,         .layout = ret_layout,
                              .room = room, .holes = holes, .items = items};

    *ret_layout = (struct layout){.first = first, .n = n};
    ret_layout->first_source = calloc(n + 1, sizeof(*ret_layout->first_source));
    if (model->addresses)
        ret_layout->regions = calloc((size_t)n * model->n_nodes + 1, sizeof(struct region));
    if (!room || !holes || !items || !ret_layout->first_source ||
        (model->addresses && !ret_layout->regions))
        return -ENOMEM;
    for (unsigned int i = 0; i < model->n_nodes; i++)
        room[i] = model->nodes[i].bytes;
    return deal_and_place(&attempt);
}

void layout_fini(struct layout *layout)
{
    flow_fini(&layout->flow);
    free(layout->first_source);
    free(layout->regions);
    *layout = (struct layout){0};
}

static int compare_regions(const void *a, const void *b)
{
    const struct region *x = a, *y = b;

    return x->base < y->base ? -1 : x->base > y->base;
}

/* Ascending, and one of those that touch. */
static unsigned int join(struct region *regions, unsigned int n)
{
    unsigned int n_joined = 0;

    qsort(regions, n, sizeof(*regions), compare_regions);
    for (unsigned int i = 0; i < n; i++) {
        struct region *last = n_joined ? &regions[n_joined - 1] : NULL;

        if (last && last->base + last->bytes == regions[i].base)
            last->bytes += regions[i].bytes;
        else
            regions[n_joined++] = regions[i];
    }
    return n_joined;
}

int layout_regions(const struct model *model, const struct layout *layout, unsigned int demand,
                   struct region **ret_regions, unsigned int *ret_n)
{
    const struct instance *instance = model->demands[demand].wish->instance;
    unsigned int room = instance->n_regions ? instance->n_regions : model->n_nodes, n = 0;
    struct region *regions = calloc(room + 1, sizeof(*regions));

    if (!regions)
        return -ENOMEM;
    for (; n < instance->n_regions; n++)
        regions[n] = instance->regions[n];
    if (instance->n_regions == 0 && layout->regions) {
        const struct region *chosen =
            &layout->regions[(size_t)(demand - layout->first) * model->n_nodes];

        for (unsigned int i = 0; i < model->n_nodes; i++) {
            if (chosen[i].bytes > 0)
                regions[n++] = chosen[i];
        }
        n = join(regions, n);
    }
    *ret_regions = regions;
    *ret_n = n;
    return 0;
}
