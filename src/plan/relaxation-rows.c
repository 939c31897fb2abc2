/* SPDX-License-Identifier: Apache-2.0 */
/* The limits of a relaxation and its rows: see relaxation.h. */

#include "relaxation-private.h"

#include "size.h"

#include <errno.h>
#include <string.h>

#define OVER 1e-5    /* a limit is not kept by more than this */
#define FAR_MORE 1e3 /* times */

enum {
    SHARES = 32,
};

static double room_of(const struct relaxation *relaxation, unsigned int limit)
{
    const struct kinds *kinds = relaxation->kinds;
    const struct model *model = kinds->model;
    unsigned int first_piece = relaxation_piece_limit(relaxation, 0, 0);

    if (limit < model->n_nodes)
        return (double)model->nodes[limit].bytes / relaxation->byte_unit;
    if (limit >= first_piece)
        return model->nodes[(limit - first_piece) / kinds->n_sizes].n_cpus /
               kinds->sizes[(limit - first_piece) % kinds->n_sizes];
    return (double)(cost_capacity(model, limit - model->n_nodes) * MIB) / relaxation->rate_unit;
}

/* Costs as binary fractions. */
static void convert_costs(struct relaxation *relaxation)
{
    const struct kinds *kinds = relaxation->kinds;
    const struct option_arc *arcs = kinds->arcs.items;
    const struct option_source *sources = kinds->sources.items;
    const struct option *options = kinds->options.items;

    for (size_t i = 0; i < kinds->options.n; i++)
        relaxation->cost[i] = (double)options[i].cost / RELAXATION_UNIT;
    for (size_t i = 0; i < kinds->sources.n; i++) {
        for (unsigned int j = 0; j < sources[i].n_arcs; j++) {
            const struct option_arc *arc = &arcs[sources[i].first_arc + j];

            relaxation->arc_cost[sources[i].first_arc + j] =
                (double)(arc->per_byte - arcs[sources[i].first_arc].per_byte) / RELAXATION_UNIT *
                relaxation->byte_unit;
        }
    }
}

/* An option with its bytes on the dearest nodes; FLOW_NEVER when these are not known. */
static cost128 most_of(const struct kinds *kinds, const struct option *option)
{
    const struct option_source *sources = option_sources(kinds, option);
    cost128 most = option->cost;

    for (unsigned int i = 0; i < option->n_sources; i++) {
        const struct option_arc *arcs = source_arcs(kinds, &sources[i]);
        const struct option_arc *last = &arcs[sources[i].n_arcs - 1];

        if (last->node == ANY_NODE)
            return FLOW_NEVER;
        most += (last->per_byte - arcs[0].per_byte) * (cost128)sources[i].bytes;
    }
    return most;
}

/* No placement costs more than this: FLOW_NEVER when it is not known. */
static cost128 find_most(const struct relaxation *relaxation)
{
    const struct model *model = relaxation->kinds->model;
    cost128 sum = 0, traffic = 0;

    for (unsigned int k = 0; k < relaxation->kinds->n_kinds; k++) {
        const struct kind *kind = &relaxation->kinds->kinds[k];
        cost128 most = 0;

        for (unsigned int i = 0; i < kind->n_options; i++) {
            cost128 cost = most_of(relaxation->kinds, kind_option(relaxation->kinds, kind, i));

            most = cost > most ? cost : most;
        }
        if (most == FLOW_NEVER || !kind->all)
            return FLOW_NEVER;
        sum += most * kind->n_demands;
        traffic += (cost128)kind->demand->traffic * kind->n_demands;
    }
    for (size_t i = 0; i < cost_cells(model); i++)
        sum += cost_of_excess(model, i) * traffic;
    return sum;
}

/* Entries that the longest column can have. */
static size_t longest_column(const struct kinds *kinds)
{
    const struct option *options = kinds->options.items;
    size_t most = 0;

    for (size_t i = 0; i < kinds->options.n; i++) {
        size_t n = 1 + (2 + kinds->n_sizes) * options[i].n_parts + options[i].n_sources +
                   options[i].n_asks;

        most = n > most ? n : most;
    }
    return most;
}

/* A share of what the largest node has, so that numbers are of the order of CPUs. */
static double unit_of(uint64_t largest)
{
    return largest > 0 ? (double)largest / SHARES : 1;
}

static void choose_units(struct relaxation *relaxation)
{
    const struct model *model = relaxation->kinds->model;
    uint64_t bytes = 0, rate = 0;

    for (unsigned int i = 0; i < model->n_nodes; i++)
        bytes = model->nodes[i].bytes > bytes ? model->nodes[i].bytes : bytes;
    for (size_t i = 0; i < cost_cells(model); i++)
        rate = cost_capacity(model, i) > rate ? cost_capacity(model, i) : rate;
    relaxation->byte_unit = unit_of(bytes);
    relaxation->rate_unit = unit_of(rate * MIB);
}

static void count_limits(struct relaxation *relaxation)
{
    const struct model *model = relaxation->kinds->model;

    relaxation->n_limits = relaxation_piece_limit(relaxation, model->n_nodes, 0);
    relaxation->n_rows = relaxation->n + model->n_nodes;
    for (unsigned int i = 0; i < model->n_nodes; i++) {
        if (model->nodes[i].n_cpus > relaxation->most_cpus)
            relaxation->most_cpus = model->nodes[i].n_cpus;
    }
}

/* Far more than any placement costs: a part of it is, too. */
static double never_cost(const struct relaxation *relaxation)
{
    const struct kinds *kinds = relaxation->kinds;
    double most = 1;

    if (relaxation->most != FLOW_NEVER)
        return FAR_MORE * (1 + (double)relaxation->most / RELAXATION_UNIT);
    for (size_t i = 0; i < kinds->options.n; i++)
        most = relaxation->cost[i] > most ? relaxation->cost[i] : most;
    return FAR_MORE * most;
}

static int init_program(struct relaxation *relaxation)
{
    const struct model *model = relaxation->kinds->model;
    autofree struct lp_row *rows = calloc(relaxation->n_rows + 1, sizeof(*rows));

    if (!rows)
        return -ENOMEM;
    for (unsigned int i = 0; i < relaxation->n; i++)
        rows[i] = (struct lp_row){1, true};
    for (unsigned int i = 0; i < model->n_nodes; i++)
        rows[relaxation_cpu_row(relaxation, i)].room = model->nodes[i].n_cpus;
    for (unsigned int i = 0; i < relaxation->n_limits; i++) {
        if (relaxation->limit_row[i] != LP_NONE)
            rows[relaxation->limit_row[i]].room = room_of(relaxation, i);
    }
    return lp_init(&relaxation->lp, rows, relaxation->n_rows, never_cost(relaxation));
}

int relaxation_init(struct relaxation *relaxation, const struct kinds *kinds, unsigned int first,
                    unsigned int n)
{
    const struct model *model = kinds->model;

    *relaxation = (struct relaxation){.kinds = kinds, .first = first, .n = n};
    count_limits(relaxation);
    relaxation->limit_row = calloc(relaxation->n_limits + 1, sizeof(*relaxation->limit_row));
    relaxation->mean = calloc(n + 1, sizeof(*relaxation->mean));
    relaxation->use = calloc(relaxation->n_limits + 1, sizeof(*relaxation->use));
    relaxation->demands = calloc(n + 1, sizeof(*relaxation->demands));
    relaxation->cost = calloc(kinds->options.n + 1, sizeof(*relaxation->cost));
    relaxation->arc_cost = calloc(kinds->arcs.n + 1, sizeof(*relaxation->arc_cost));
    relaxation->cpus_price = calloc((size_t)model->n_nodes * (relaxation->most_cpus + 1) + 1,
                                    sizeof(*relaxation->cpus_price));
    relaxation->entries = calloc(longest_column(kinds) + 1, sizeof(*relaxation->entries));
    if (prices_init(&relaxation->prices, kinds) < 0 || !relaxation->limit_row ||
        !relaxation->mean || !relaxation->use || !relaxation->demands || !relaxation->cost ||
        !relaxation->arc_cost || !relaxation->cpus_price || !relaxation->entries)
        return -ENOMEM;
    for (unsigned int i = 0; i < n; i++)
        relaxation->demands[i].only = NO_CHOICE;
    for (unsigned int i = 0; i < relaxation->n_limits; i++)
        relaxation->limit_row[i] = LP_NONE;
    choose_units(relaxation);
    convert_costs(relaxation);
    relaxation->most = find_most(relaxation);
    return init_program(relaxation);
}

void relaxation_fini(struct relaxation *relaxation)
{
    for (unsigned int i = 0; relaxation->demands && i < relaxation->n; i++)
        free(relaxation->demands[i].excluded);
    lp_fini(&relaxation->lp);
    prices_fini(&relaxation->prices);
    free(relaxation->limit_row);
    free(relaxation->mean);
    free(relaxation->use);
    free(relaxation->demands);
    free(relaxation->columns.items);
    free(relaxation->nodes.items);
    free(relaxation->cost);
    free(relaxation->arc_cost);
    free(relaxation->cpus_price);
    free(relaxation->entries);
    *relaxation = (struct relaxation){0};
}

static void add_use(const struct relaxation *relaxation, unsigned int limit, double amount,
                    void *data)
{
    relaxation->use[limit] += amount * *(const double *)data;
}

bool relaxation_find_broken(struct relaxation *relaxation)
{
    const struct model *model = relaxation->kinds->model;
    unsigned int before = relaxation->n_rows;

    memset(relaxation->use, 0, relaxation->n_limits * sizeof(*relaxation->use));
    for (unsigned int i = 0; i < relaxation->lp.n_rows; i++) {
        if (relaxation_is_demand(relaxation, i))
            relaxation_each_use(relaxation, relaxation_column_in(relaxation, i), add_use,
                                &relaxation->lp.value[i]);
    }
    for (unsigned int i = 0; i < relaxation->n_limits; i++) {
        bool unlimited = i >= model->n_nodes && i < relaxation_piece_limit(relaxation, 0, 0) &&
                         cost_capacity(model, i - model->n_nodes) == 0;

        if (!unlimited && relaxation->limit_row[i] == LP_NONE &&
            relaxation->use[i] > room_of(relaxation, i) + OVER)
            relaxation->limit_row[i] = relaxation->n_rows++;
    }
    relaxation->work += relaxation->n_limits / RELAXATION_STEPS;
    return relaxation->n_rows > before;
}

/* What a cell is asked for beyond what it gives. */
static int add_excesses(struct relaxation *relaxation)
{
    const struct model *model = relaxation->kinds->model;
    struct relaxed_column none = {.option = NO_CHOICE};
    int r = 0;

    for (size_t i = 0; r == 0 && i < cost_cells(model); i++) {
        struct lp_entry entry = {relaxation->limit_row[relaxation_cell_limit(relaxation, i)], -1};

        if (entry.row == LP_NONE)
            continue;
        if (lp_add(&relaxation->lp,
                   (double)cost_of_excess(model, i) / RELAXATION_UNIT * relaxation->rate_unit,
                   &entry, 1) == LP_NONE)
            return -ENOMEM;
        r = growing_add(&relaxation->columns, sizeof(none), &none);
    }
    return r;
}

int relaxation_begin_again(struct relaxation *relaxation)
{
    struct lp old = relaxation->lp;
    struct growing columns = relaxation->columns;
    const struct relaxed_column *column = columns.items;
    int r;

    relaxation->columns = (struct growing){0};
    r = init_program(relaxation);
    if (r == 0)
        r = add_excesses(relaxation);
    for (unsigned int i = old.n_rows; r == 0 && i < old.n_columns; i++, column++) {
        if (old.columns[i].basic && column->option != NO_CHOICE)
            r = relaxation_add_column(relaxation, old.columns[i].cost, column);
    }
    relaxation->lp.n_steps += old.n_steps;
    free(columns.items);
    lp_fini(&old);
    return r;
}
