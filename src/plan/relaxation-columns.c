/* SPDX-License-Identifier: Apache-2.0 */
/* The options of a relaxation as columns: see relaxation.h. */

#include "relaxation-private.h"

#include <errno.h>
#include <math.h>

#define PAYS 1e-7 /* a column that gains less does not */

/* The arc that is cheapest with the program's prices. */
static unsigned int best_arc(const struct relaxation *relaxation,
                             const struct option_source *source, double *ret_cost)
{
    const struct option_arc *arcs = source_arcs(relaxation->kinds, source);
    const double *extra = &relaxation->arc_cost[source->first_arc];
    unsigned int best = 0;

    *ret_cost = INFINITY;
    for (unsigned int i = 0; i < source->n_arcs && extra[i] < *ret_cost; i++) {
        double cost =
            extra[i] + (arcs[i].node == ANY_NODE ? 0 : relaxation_price(relaxation, arcs[i].node));

        if (cost < *ret_cost) {
            *ret_cost = cost;
            best = i;
        }
    }
    return best;
}

void relaxation_price_cpus(struct relaxation *relaxation)
{
    const struct kinds *kinds = relaxation->kinds;
    double *price = relaxation->cpus_price;

    for (unsigned int i = 0; i < kinds->model->n_nodes; i++) {
        double dual = relaxation->lp.dual[relaxation_cpu_row(relaxation, i)];

        for (unsigned int n = 0; n <= relaxation->most_cpus; n++)
            *price++ = dual < 0 ? -dual * n : 0;
        for (unsigned int j = 0; j < kinds->n_sizes; j++) {
            double piece = relaxation_price(relaxation, relaxation_piece_limit(relaxation, i, j));

            for (unsigned int n = kinds->sizes[j]; piece > 0 && n <= relaxation->most_cpus; n++)
                price[(int)n - (int)relaxation->most_cpus - 1] += piece * (n / kinds->sizes[j]);
        }
    }
}

/* An option with its prices paid; stops where that is more than enough. */
static double priced(const struct relaxation *relaxation, const struct option *option, double cost,
                     double enough)
{
    const struct kinds *kinds = relaxation->kinds;
    const struct option_part *parts = option_parts(kinds, option);
    const struct option_source *sources = option_sources(kinds, option);
    const struct option_ask *asks = option_asks(kinds, option);
    size_t row = relaxation->most_cpus + 1;

    for (unsigned int i = 0; i < option->n_parts && cost < enough; i++)
        cost += relaxation->cpus_price[parts[i].node * row + parts[i].cpus] +
                relaxation_price(relaxation, parts[i].node) * (double)parts[i].bytes /
                    relaxation->byte_unit;
    for (unsigned int i = 0; i < option->n_asks && cost < enough; i++)
        cost += relaxation_price(relaxation, relaxation_cell_limit(relaxation, asks[i].cell)) *
                (double)asks[i].rate / relaxation->rate_unit;
    for (unsigned int i = 0; i < option->n_sources && cost < enough; i++) {
        double extra;

        (void)best_arc(relaxation, &sources[i], &extra);
        cost += extra * (double)sources[i].bytes / relaxation->byte_unit;
    }
    return cost;
}

void relaxation_each_use(const struct relaxation *relaxation, const struct relaxed_column *column,
                         void (*use)(const struct relaxation *relaxation, unsigned int limit,
                                     double amount, void *data),
                         void *data)
{
    const struct kinds *kinds = relaxation->kinds;
    const struct option *option =
        kind_option(kinds, relaxation_kind(relaxation, column->demand), column->option);
    const struct option_part *parts = option_parts(kinds, option);
    const struct option_source *sources = option_sources(kinds, option);
    const struct option_ask *asks = option_asks(kinds, option);
    const unsigned int *nodes = (const unsigned int *)relaxation->nodes.items + column->first_node;

    for (unsigned int i = 0; i < option->n_parts; i++) {
        if (parts[i].bytes > 0)
            use(relaxation, parts[i].node, (double)parts[i].bytes / relaxation->byte_unit, data);
        for (unsigned int j = 0; j < kinds->n_sizes && kinds->sizes[j] <= parts[i].cpus; j++)
            use(relaxation, relaxation_piece_limit(relaxation, parts[i].node, j),
                parts[i].cpus / kinds->sizes[j], data);
    }
    for (unsigned int i = 0; i < option->n_sources; i++) {
        if (nodes[i] != ANY_NODE)
            use(relaxation, nodes[i], (double)sources[i].bytes / relaxation->byte_unit, data);
    }
    for (unsigned int i = 0; i < option->n_asks; i++)
        use(relaxation, relaxation_cell_limit(relaxation, asks[i].cell),
            (double)asks[i].rate / relaxation->rate_unit, data);
}

static void write_entry(const struct relaxation *relaxation, unsigned int limit, double amount,
                        void *data)
{
    struct lp_entry **entry = data;

    if (relaxation->limit_row[limit] != LP_NONE)
        *(*entry)++ = (struct lp_entry){relaxation->limit_row[limit], amount};
}

int relaxation_add_column(struct relaxation *relaxation, double cost,
                          const struct relaxed_column *column)
{
    const struct kinds *kinds = relaxation->kinds;
    const struct option *option =
        kind_option(kinds, relaxation_kind(relaxation, column->demand), column->option);
    const struct option_part *parts = option_parts(kinds, option);
    struct lp_entry *entry = relaxation->entries;

    *entry++ = (struct lp_entry){column->demand, 1};
    for (unsigned int i = 0; i < option->n_parts; i++) {
        if (parts[i].cpus > 0)
            *entry++ =
                (struct lp_entry){relaxation_cpu_row(relaxation, parts[i].node), parts[i].cpus};
    }
    relaxation_each_use(relaxation, column, write_entry, &entry);
    if (lp_add(&relaxation->lp, cost, relaxation->entries,
               (unsigned int)(entry - relaxation->entries)) == LP_NONE)
        return -ENOMEM;
    return growing_add(&relaxation->columns, sizeof(*column), column);
}

/* The column of an option, its bytes where they are cheapest now. */
static int add_option_column(struct relaxation *relaxation, unsigned int demand, unsigned int which)
{
    const struct kinds *kinds = relaxation->kinds;
    const struct kind *kind = relaxation_kind(relaxation, demand);
    const struct option *option = kind_option(kinds, kind, which);
    const struct option_source *sources = option_sources(kinds, option);
    struct relaxed_column column = {demand, which, relaxation->nodes.n};
    double cost = relaxation->cost[kind->first_option + which];
    int r = 0;

    for (unsigned int i = 0; r == 0 && i < option->n_sources; i++) {
        double extra;
        unsigned int arc = best_arc(relaxation, &sources[i], &extra);
        unsigned int node = source_arcs(kinds, &sources[i])[arc].node;

        cost += relaxation->arc_cost[sources[i].first_arc + arc] * (double)sources[i].bytes /
                relaxation->byte_unit;
        r = growing_add(&relaxation->nodes, sizeof(node), &node);
    }
    return r < 0 ? r : relaxation_add_column(relaxation, cost, &column);
}

int relaxation_look_at_options(struct relaxation *relaxation, unsigned int demand, bool *ret_added)
{
    const struct relaxed_demand *d = &relaxation->demands[demand];
    const struct kind *kind = relaxation_kind(relaxation, demand);
    const double *cost = &relaxation->cost[kind->first_option];
    double least = relaxation->lp.dual[demand] - PAYS;
    unsigned int best = kind->n_options, i;

    for (i = 0; i < kind->n_options && cost[i] < least; i++) {
        double paid;

        if (relaxation_is_excluded(d, i))
            continue;
        paid = priced(relaxation, kind_option(relaxation->kinds, kind, i), cost[i], least);
        if (paid < least) {
            least = paid;
            best = i;
        }
    }
    relaxation->work += 1 + i / 8;
    if (best == kind->n_options)
        return 0;
    *ret_added = true;
    return add_option_column(relaxation, demand, best);
}
