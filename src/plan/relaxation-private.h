/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_RELAXATION_PRIVATE_H
#define PLAN_RELAXATION_PRIVATE_H

/* What relaxation.c shares with relaxation-rows.c, which knows the limits, and
 * relaxation-columns.c, which knows the options. */

#include "relaxation.h"

#define RELAXATION_UNIT ((double)((cost128)COST_LOCAL << COST_SHIFT))
#define RELAXATION_STEPS 64 /* multiplications of the program make a step of work */

static inline unsigned int relaxation_cpu_row(const struct relaxation *relaxation,
                                              unsigned int node)
{
    return relaxation->n + node;
}

/* Limits: bytes by node, then cells, then pieces. */
static inline unsigned int relaxation_cell_limit(const struct relaxation *relaxation, size_t cell)
{
    return relaxation->kinds->model->n_nodes + (unsigned int)cell;
}

static inline unsigned int relaxation_piece_limit(const struct relaxation *relaxation,
                                                  unsigned int node, unsigned int size)
{
    return relaxation->kinds->model->n_nodes + (unsigned int)cost_cells(relaxation->kinds->model) +
           node * relaxation->kinds->n_sizes + size;
}

/* The price of the room of a limit, 0 where it has no row. */
static inline double relaxation_price(const struct relaxation *relaxation, unsigned int limit)
{
    unsigned int row = relaxation->limit_row[limit];
    double dual = row == LP_NONE ? 0 : relaxation->lp.dual[row];

    return dual < 0 ? -dual : 0;
}

static inline const struct kind *relaxation_kind(const struct relaxation *relaxation,
                                                 unsigned int demand)
{
    const struct kinds *kinds = relaxation->kinds;

    return &kinds->kinds[kinds->of[relaxation->first + demand]];
}

static inline const struct demand *relaxation_demand(const struct relaxation *relaxation,
                                                     unsigned int demand)
{
    return &relaxation->kinds->model->demands[relaxation->first + demand];
}

static inline const struct relaxed_column *relaxation_columns(const struct relaxation *relaxation)
{
    return relaxation->columns.items;
}

static inline bool relaxation_is_demand(const struct relaxation *relaxation, unsigned int row)
{
    unsigned int column = relaxation->lp.basis[row];

    return column >= relaxation->lp.n_rows &&
           relaxation_columns(relaxation)[column - relaxation->lp.n_rows].option != NO_CHOICE;
}

static inline const struct relaxed_column *relaxation_column_in(const struct relaxation *relaxation,
                                                                unsigned int row)
{
    return &relaxation_columns(relaxation)[relaxation->lp.basis[row] - relaxation->lp.n_rows];
}

/* Of a column, what it takes of each limit: use is told of each. */
void relaxation_each_use(const struct relaxation *relaxation, const struct relaxed_column *column,
                         void (*use)(const struct relaxation *relaxation, unsigned int limit,
                                     double amount, void *data),
                         void *data);
/* After the program was solved: what CPUs cost, so many together, with the pieces that they make.
 */
void relaxation_price_cpus(struct relaxation *relaxation);
/* -ENOMEM. */
int relaxation_add_column(struct relaxation *relaxation, double cost,
                          const struct relaxed_column *column);
/* Makes the option that gains most a column, if one does: *ret_added says so. -ENOMEM. */
int relaxation_look_at_options(struct relaxation *relaxation, unsigned int demand, bool *ret_added);

bool relaxation_is_excluded(const struct relaxed_demand *demand, unsigned int option);

/* Gives rows to the limits that the solution does not keep: whether there are any. */
bool relaxation_find_broken(struct relaxation *relaxation);
/* The program with the rows that there are now and the columns that the solution had. -ENOMEM. */
int relaxation_begin_again(struct relaxation *relaxation);

#endif
