/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_LP_H
#define PLAN_LP_H

/*
 * A small linear program to which columns are added while it is solved: least cost of x >= 0 with
 * A x <= room in some rows and A x = room in the others. Primal simplex with the inverse of the
 * basis kept dense: for some hundred rows.
 *
 * Its numbers are binary fractions and only as good as these. They lead a search, and prove
 * nothing: what is proven is counted again in integers.
 */

#include <stdbool.h>
#include <stddef.h>

#define LP_NONE ((unsigned int)-1)

struct lp_entry {
    unsigned int row;
    double value;
};

struct lp_column {
    double cost;
    size_t first_entry;
    unsigned int n_entries;
    bool basic;
    bool banned; /* as dear as what stands for "not possible" */
};

struct lp {
    unsigned int n_rows;
    struct lp_column *columns; /* the first n_rows are what is left of the room of each row; where
                                  it must be 0, that is as dear as not possible */
    unsigned int n_columns;
    unsigned int max_columns;
    struct lp_entry *entries;
    size_t n_entries;
    size_t max_entries;
    double never;          /* a cost that is never paid while anything else is possible */
    unsigned int *basis;   /* column by row */
    double *inverse;       /* [row * n_rows + row] */
    double *value;         /* of the basic column, by row */
    double *dual;          /* price of the room of each row: 0 or less where it is a limit */
    double *direction;     /* scratch, by row */
    unsigned long n_steps; /* multiplications, for a limit of the work */
};

struct lp_row {
    double room; /* not negative */
    bool equal;
};

/* 0 or -ENOMEM. */
int lp_init(struct lp *lp, const struct lp_row *rows, unsigned int n_rows, double never);
void lp_fini(struct lp *lp);

/* Its number, LP_NONE when out of memory. */
unsigned int lp_add(struct lp *lp, double cost, const struct lp_entry *entries, unsigned int n);

/* Bans a column or lifts that. The placement of columns stays possible; dual is right after
 * lp_reprice. */
void lp_ban(struct lp *lp, unsigned int column, bool banned);
void lp_reprice(struct lp *lp);

/* Solves over the columns that there are: false when n_pivots did not do. */
bool lp_solve(struct lp *lp, unsigned int n_pivots);

/* What the entries cost beyond what dual pays for them. */
double lp_reduced(const struct lp *lp, double cost, const struct lp_entry *entries, unsigned int n);

double lp_cost(const struct lp *lp);

#endif
