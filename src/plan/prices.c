/* SPDX-License-Identifier: Apache-2.0 */
/* What options cost with the prices of room: see prices.h. */

#include "prices.h"

#include <errno.h>
#include <string.h>

static size_t n_pieces(const struct kinds *kinds)
{
    return (size_t)kinds->model->n_nodes * kinds->n_sizes;
}

int prices_init(struct prices *prices, const struct kinds *kinds)
{
    const struct model *model = kinds->model;

    *prices = (struct prices){
        .cpu = calloc(model->n_nodes + 1, sizeof(*prices->cpu)),
        .byte = calloc(model->n_nodes + 1, sizeof(*prices->byte)),
        .rate = calloc(cost_cells(model) + 1, sizeof(*prices->rate)),
        .piece = calloc(n_pieces(kinds) + 1, sizeof(*prices->piece)),
    };
    return prices->cpu && prices->byte && prices->rate && prices->piece ? 0 : -ENOMEM;
}

void prices_fini(struct prices *prices)
{
    free(prices->cpu);
    free(prices->byte);
    free(prices->rate);
    free(prices->piece);
    *prices = (struct prices){0};
}

void prices_copy(struct prices *to, const struct prices *from, const struct kinds *kinds)
{
    const struct model *model = kinds->model;

    memcpy(to->cpu, from->cpu, model->n_nodes * sizeof(*to->cpu));
    memcpy(to->byte, from->byte, model->n_nodes * sizeof(*to->byte));
    memcpy(to->rate, from->rate, cost_cells(model) * sizeof(*to->rate));
    memcpy(to->piece, from->piece, n_pieces(kinds) * sizeof(*to->piece));
    to->pieces = from->pieces;
}

/* Of all pieces that n CPUs of node make. */
static cost128 pieces_of(const struct prices *prices, const struct kinds *kinds, unsigned int node,
                         unsigned int n)
{
    const cost128 *piece = &prices->piece[(size_t)node * kinds->n_sizes];
    cost128 sum = 0;

    for (unsigned int i = 0; prices->pieces && i < kinds->n_sizes; i++)
        sum += piece[i] * (n / kinds->sizes[i]);
    return sum;
}

cost128 prices_room(const struct prices *prices, const struct kinds *kinds)
{
    const struct model *model = kinds->model;
    cost128 sum = 0;

    for (unsigned int i = 0; i < model->n_nodes; i++)
        sum += prices->cpu[i] * model->nodes[i].n_cpus +
               prices->byte[i] * (cost128)model->nodes[i].bytes +
               pieces_of(prices, kinds, i, model->nodes[i].n_cpus);
    for (size_t i = 0; i < cost_cells(model); i++) {
        if (prices->rate[i] > 0)
            sum += prices->rate[i] * (cost128)(cost_capacity(model, i) * MIB);
    }
    return sum;
}

cost128 prices_cheapest_byte(const struct prices *prices, const struct model *model)
{
    cost128 least = FLOW_NEVER;

    for (unsigned int i = 0; i < model->n_nodes; i++) {
        if (model->nodes[i].usable && prices->byte[i] < least)
            least = prices->byte[i];
    }
    return least == FLOW_NEVER ? 0 : least;
}

static cost128 arc_price(const struct prices *prices, const struct option_arc *arc)
{
    return arc->per_byte + (arc->node == ANY_NODE ? 0 : prices->byte[arc->node]);
}

unsigned int prices_arc(const struct prices *prices, const struct option_arc *arcs, unsigned int n)
{
    cost128 least = arc_price(prices, &arcs[0]);
    unsigned int best = 0;

    for (unsigned int i = 1; i < n && arcs[i].per_byte < least; i++) {
        cost128 price = arc_price(prices, &arcs[i]);

        if (price < least) {
            least = price;
            best = i;
        }
    }
    return best;
}

cost128 prices_option(const struct prices *prices, const struct kinds *kinds,
                      const struct option *option)
{
    const struct option_part *parts = option_parts(kinds, option);
    const struct option_source *sources = option_sources(kinds, option);
    const struct option_ask *asks = option_asks(kinds, option);
    cost128 sum = option->cost;

    for (unsigned int i = 0; i < option->n_parts; i++)
        sum += prices->cpu[parts[i].node] * parts[i].cpus +
               prices->byte[parts[i].node] * (cost128)parts[i].bytes +
               pieces_of(prices, kinds, parts[i].node, parts[i].cpus);
    for (unsigned int i = 0; i < option->n_sources; i++) {
        const struct option_arc *arcs = source_arcs(kinds, &sources[i]);
        unsigned int arc = prices_arc(prices, arcs, sources[i].n_arcs);

        sum += (arc_price(prices, &arcs[arc]) - arcs[0].per_byte) * (cost128)sources[i].bytes;
    }
    for (unsigned int i = 0; i < option->n_asks; i++)
        sum += prices->rate[asks[i].cell] * (cost128)asks[i].rate;
    return sum;
}

cost128 prices_shape(const struct prices *prices, const struct model *model,
                     const struct demand *demand, const struct shape *shape)
{
    cost128 sum = shape->bound + prices_cheapest_byte(prices, model) * (cost128)demand->bytes;

    for (unsigned int i = 0; !demand->fixed && i < model->n_nodes; i++)
        sum += prices->cpu[i] * shape->counts[i];
    return sum;
}
