/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The linear program of a placement: see relaxation.h.
 *
 * Rows: one a demand, which must have 1 of its options; CPUs by node; and of further limits those
 * that a solution without them did not keep: GiB by node, GiB a second by cell, and pieces of
 * nodes.
 */

#include "relaxation-private.h"

#include <errno.h>
#include <string.h>

enum {
    PIVOTS_A_ROW = 40, /* at most, between two looks at the options */
    LOOKS_MAX = 400,   /* at the options, for one solution */
};

#define WHOLE 1e-3 /* so near to 1 is 1 */

bool relaxation_is_excluded(const struct relaxed_demand *demand, unsigned int option)
{
    const struct exclusion exclusion = {demand->excluded, demand->n_excluded};

    return is_excluded(&exclusion, option) || (demand->only != NO_CHOICE && demand->only != option);
}

/* Bans the columns that are ruled out, and no others. */
static void ban_columns(struct relaxation *relaxation)
{
    const struct relaxed_column *columns = relaxation_columns(relaxation);

    for (size_t i = 0; i < relaxation->columns.n; i++) {
        if (columns[i].option != NO_CHOICE)
            lp_ban(
                &relaxation->lp, relaxation->lp.n_rows + (unsigned int)i,
                relaxation_is_excluded(&relaxation->demands[columns[i].demand], columns[i].option));
    }
    relaxation->work += relaxation->columns.n / RELAXATION_STEPS;
}

void relaxation_allow_all(struct relaxation *relaxation)
{
    for (unsigned int i = 0; i < relaxation->n; i++) {
        relaxation->demands[i].only = NO_CHOICE;
        relaxation->demands[i].n_excluded = 0;
    }
}

int relaxation_exclude(struct relaxation *relaxation, unsigned int demand, unsigned int option)
{
    struct relaxed_demand *d = &relaxation->demands[demand];

    if (d->n_excluded == d->max_excluded) {
        unsigned int max = 2 * d->max_excluded + 8;
        unsigned int *larger = reallocarray(d->excluded, max, sizeof(*larger));

        if (!larger)
            return -ENOMEM;
        d->excluded = larger;
        d->max_excluded = max;
    }
    d->excluded[d->n_excluded++] = option;
    return 0;
}

void relaxation_require(struct relaxation *relaxation, unsigned int demand, unsigned int option)
{
    relaxation->demands[demand].only = option;
}

static cost128 to_cost(double price)
{
    return (cost128)(price * RELAXATION_UNIT);
}

static void write_prices(struct relaxation *relaxation)
{
    const struct kinds *kinds = relaxation->kinds;
    const struct model *model = kinds->model;
    struct prices *prices = &relaxation->prices;

    prices->pieces = false;
    for (unsigned int i = 0; i < model->n_nodes; i++) {
        double dual = relaxation->lp.dual[relaxation_cpu_row(relaxation, i)];

        prices->cpu[i] = dual < 0 ? to_cost(-dual) : 0;
        prices->byte[i] = to_cost(relaxation_price(relaxation, i) / relaxation->byte_unit);
        for (unsigned int j = 0; j < kinds->n_sizes; j++) {
            cost128 price =
                to_cost(relaxation_price(relaxation, relaxation_piece_limit(relaxation, i, j)));

            prices->piece[(size_t)i * kinds->n_sizes + j] = price;
            prices->pieces |= price > 0;
        }
    }
    for (size_t i = 0; i < cost_cells(model); i++) {
        cost128 most = cost_of_excess(model, i);
        cost128 price = to_cost(relaxation_price(relaxation, relaxation_cell_limit(relaxation, i)) /
                                relaxation->rate_unit);

        prices->rate[i] = price < most ? price : most;
    }
}

/* Over the options, with the limits that have rows. */
static int solve(struct relaxation *relaxation)
{
    struct lp *lp = &relaxation->lp;
    unsigned long before = lp->n_steps;
    bool added = true;
    int r = 0;

    ban_columns(relaxation);
    lp_reprice(lp);
    for (unsigned int look = 0; r == 0 && added && look < LOOKS_MAX; look++) {
        (void)lp_solve(lp, PIVOTS_A_ROW * lp->n_rows);
        relaxation_price_cpus(relaxation);
        added = false;
        for (unsigned int i = 0; r == 0 && i < relaxation->n; i++)
            r = relaxation_look_at_options(relaxation, i, &added);
    }
    relaxation->work += (lp->n_steps - before) / RELAXATION_STEPS;
    return r;
}

int relaxation_solve(struct relaxation *relaxation)
{
    int r = solve(relaxation);

    while (r == 0 && relaxation_find_broken(relaxation)) {
        r = relaxation_begin_again(relaxation);
        if (r == 0)
            r = solve(relaxation);
    }
    write_prices(relaxation);
    return r;
}

cost128 relaxation_bound(struct relaxation *relaxation, struct bound *bound)
{
    cost128 sum = -prices_room(&relaxation->prices, relaxation->kinds);
    unsigned long before = bound->work;

    for (unsigned int i = 0; i < relaxation->n; i++) {
        const struct relaxed_demand *d = &relaxation->demands[i];
        unsigned int k = relaxation->kinds->of[relaxation->first + i], choice;
        struct exclusion exclusion = {d->excluded, d->n_excluded};
        cost128 least;

        if (d->only != NO_CHOICE)
            least = prices_option(
                &relaxation->prices, relaxation->kinds,
                kind_option(relaxation->kinds, relaxation_kind(relaxation, i), d->only));
        else
            least = bound_least(bound, &relaxation->prices, k, &exclusion, &choice);
        if (least == FLOW_NEVER)
            return FLOW_NEVER;
        sum += least;
    }
    relaxation->work += bound->work - before;
    return sum;
}

/* How much of the option of the column in row its demand has. */
static double part_of(const struct relaxation *relaxation, unsigned int row)
{
    const struct lp *lp = &relaxation->lp;
    const struct relaxed_column *columns = relaxation_columns(relaxation);
    const struct relaxed_column *column = &columns[lp->basis[row] - lp->n_rows];
    double part = 0;

    for (unsigned int i = 0; i < lp->n_rows; i++) {
        const struct relaxed_column *other;

        if (lp->basis[i] < lp->n_rows)
            continue;
        other = &columns[lp->basis[i] - lp->n_rows];
        if (other->demand == column->demand && other->option == column->option)
            part += lp->value[i];
    }
    return part;
}

/* Of demands, what they cost in the solution. */
static void write_means(struct relaxation *relaxation)
{
    const struct lp *lp = &relaxation->lp;

    memset(relaxation->mean, 0, relaxation->n * sizeof(*relaxation->mean));
    for (unsigned int i = 0; i < lp->n_rows; i++) {
        if (relaxation_is_demand(relaxation, i))
            relaxation->mean[relaxation_column_in(relaxation, i)->demand] +=
                lp->columns[lp->basis[i]].cost * lp->value[i];
    }
}

bool relaxation_choice(struct relaxation *relaxation, struct relaxed_choice *ret_choice)
{
    const struct lp *lp = &relaxation->lp;
    double most_saved = 0, largest = 0;

    write_means(relaxation);
    for (unsigned int i = 0; i < lp->n_rows; i++) {
        const struct relaxed_column *column;
        double part, size, saved;

        if (!relaxation_is_demand(relaxation, i) || lp->value[i] < WHOLE)
            continue;
        column = relaxation_column_in(relaxation, i);
        part = part_of(relaxation, i);
        size = part * (1 + relaxation_demand(relaxation, column->demand)->n_cpus);
        saved = relaxation->mean[column->demand] - lp->columns[lp->basis[i]].cost;
        if (part > 1 - WHOLE || saved < most_saved - WHOLE ||
            (saved < most_saved + WHOLE && size < largest + WHOLE))
            continue;
        *ret_choice = (struct relaxed_choice){column->demand, column->option};
        most_saved = saved > most_saved ? saved : most_saved;
        largest = size;
    }
    relaxation->work += (unsigned long)lp->n_rows * lp->n_rows / RELAXATION_STEPS;
    return largest > 0;
}

bool relaxation_whole(struct relaxation *relaxation, unsigned int *ret_options)
{
    const struct lp *lp = &relaxation->lp;

    for (unsigned int i = 0; i < relaxation->n; i++)
        ret_options[i] = NO_CHOICE;
    for (unsigned int i = 0; i < lp->n_rows; i++) {
        struct relaxed_column column;

        if (!relaxation_is_demand(relaxation, i) || part_of(relaxation, i) < 1 - WHOLE)
            continue;
        column = relaxation_columns(relaxation)[lp->basis[i] - lp->n_rows];
        ret_options[column.demand] = column.option;
    }
    for (unsigned int i = 0; i < relaxation->n; i++) {
        if (ret_options[i] == NO_CHOICE)
            return false;
    }
    return true;
}
