/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Primal simplex: see lp.h.
 *
 * Many rows are full at once in what it is made for, so each limit is given a little more room than
 * it has, no two the same: no step is then for nothing, and it does not go round in circles.
 */

#include "lp.h"

#include "mem.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#define TINY 1e-9      /* what is smaller counts as 0 */
#define PIVOT_MIN 1e-7 /* and as no pivot */
#define MORE_ROOM 1e-7 /* of the first row; of the second twice that, and so on */

static int grow(void **items, size_t size, size_t n, size_t *max)
{
    size_t larger_max = *max ? *max * 2 : 256;
    void *larger;

    if (n <= *max)
        return 0;
    while (larger_max < n)
        larger_max *= 2;
    larger = realloc(*items, larger_max * size);
    if (!larger)
        return -ENOMEM;
    *items = larger;
    *max = larger_max;
    return 0;
}

static double cost_of(const struct lp *lp, unsigned int column)
{
    return lp->columns[column].banned ? lp->never : lp->columns[column].cost;
}

static const struct lp_entry *entries_of(const struct lp *lp, unsigned int column)
{
    return &lp->entries[lp->columns[column].first_entry];
}

unsigned int lp_add(struct lp *lp, double cost, const struct lp_entry *entries, unsigned int n)
{
    size_t max = lp->max_columns;

    if (grow((void **)&lp->columns, sizeof(*lp->columns), (size_t)lp->n_columns + 1, &max) < 0)
        return LP_NONE;
    lp->max_columns = (unsigned int)max;
    if (grow((void **)&lp->entries, sizeof(*lp->entries), lp->n_entries + n, &lp->max_entries) < 0)
        return LP_NONE;
    lp->columns[lp->n_columns] =
        (struct lp_column){.cost = cost, .first_entry = lp->n_entries, .n_entries = n};
    memcpy(&lp->entries[lp->n_entries], entries, n * sizeof(*entries));
    lp->n_entries += n;
    return lp->n_columns++;
}

static int add_slacks(struct lp *lp, const struct lp_row *rows)
{
    for (unsigned int i = 0; i < lp->n_rows; i++) {
        struct lp_entry entry = {i, 1};

        if (lp_add(lp, rows[i].equal ? lp->never : 0, &entry, 1) == LP_NONE)
            return -ENOMEM;
        lp->columns[i].basic = true;
        lp->basis[i] = i;
        lp->inverse[(size_t)i * lp->n_rows + i] = 1;
        lp->value[i] = rows[i].room + (rows[i].equal ? 0 : MORE_ROOM * (i + 1));
        lp->dual[i] = lp->columns[i].cost;
    }
    return 0;
}

int lp_init(struct lp *lp, const struct lp_row *rows, unsigned int n_rows, double never)
{
    *lp = (struct lp){.n_rows = n_rows, .never = never};
    lp->basis = calloc(n_rows + 1, sizeof(*lp->basis));
    lp->inverse = calloc((size_t)n_rows * n_rows + 1, sizeof(*lp->inverse));
    lp->value = calloc(n_rows + 1, sizeof(*lp->value));
    lp->dual = calloc(n_rows + 1, sizeof(*lp->dual));
    lp->direction = calloc(n_rows + 1, sizeof(*lp->direction));
    if (!lp->basis || !lp->inverse || !lp->value || !lp->dual || !lp->direction)
        return -ENOMEM;
    return add_slacks(lp, rows);
}

void lp_fini(struct lp *lp)
{
    free(lp->columns);
    free(lp->entries);
    free(lp->basis);
    free(lp->inverse);
    free(lp->value);
    free(lp->dual);
    free(lp->direction);
    *lp = (struct lp){0};
}

void lp_ban(struct lp *lp, unsigned int column, bool banned)
{
    lp->columns[column].banned = banned;
}

void lp_reprice(struct lp *lp)
{
    unsigned int n = lp->n_rows;

    memset(lp->dual, 0, n * sizeof(*lp->dual));
    for (unsigned int i = 0; i < n; i++) {
        const double *row = &lp->inverse[(size_t)i * n];
        double cost = cost_of(lp, lp->basis[i]);

        for (unsigned int j = 0; cost != 0 && j < n; j++)
            lp->dual[j] += cost * row[j];
    }
    lp->n_steps += (unsigned long)n * n;
}

double lp_reduced(const struct lp *lp, double cost, const struct lp_entry *entries, unsigned int n)
{
    for (unsigned int i = 0; i < n; i++)
        cost -= lp->dual[entries[i].row] * entries[i].value;
    return cost;
}

/* The column that gains most by each part of it, or LP_NONE. */
static unsigned int who_enters(struct lp *lp)
{
    unsigned int best = LP_NONE;
    double least = -TINY;

    for (unsigned int j = 0; j < lp->n_columns; j++) {
        const struct lp_column *column = &lp->columns[j];
        double reduced;

        if (column->basic || column->banned)
            continue;
        reduced = lp_reduced(lp, column->cost, entries_of(lp, j), column->n_entries);
        if (reduced < least) {
            least = reduced;
            best = j;
        }
    }
    lp->n_steps += lp->n_entries;
    return best;
}

static void find_direction(struct lp *lp, unsigned int column)
{
    const struct lp_entry *entries = entries_of(lp, column);

    for (unsigned int i = 0; i < lp->n_rows; i++) {
        const double *row = &lp->inverse[(size_t)i * lp->n_rows];

        lp->direction[i] = 0;
        for (unsigned int j = 0; j < lp->columns[column].n_entries; j++)
            lp->direction[i] += row[entries[j].row] * entries[j].value;
    }
    lp->n_steps += (unsigned long)lp->n_rows * lp->columns[column].n_entries;
}

/* The row whose column is the first to be used up; of equal ones the one with the surest pivot. */
static unsigned int who_leaves(const struct lp *lp)
{
    unsigned int best = LP_NONE;
    double least = INFINITY;

    for (unsigned int i = 0; i < lp->n_rows; i++) {
        double ratio;

        if (lp->direction[i] < PIVOT_MIN)
            continue;
        ratio = lp->value[i] > 0 ? lp->value[i] / lp->direction[i] : 0;
        if (ratio < least - TINY ||
            (ratio < least + TINY && lp->direction[i] > lp->direction[best])) {
            least = ratio < least ? ratio : least;
            best = i;
        }
    }
    return best;
}

static void pivot(struct lp *lp, unsigned int leaving, unsigned int column)
{
    unsigned int n = lp->n_rows;
    double *of = &lp->inverse[(size_t)leaving * n];
    double by = lp->direction[leaving], gain;

    gain = lp_reduced(lp, lp->columns[column].cost, entries_of(lp, column),
                      lp->columns[column].n_entries);
    for (unsigned int j = 0; j < n; j++) {
        of[j] /= by;
        lp->dual[j] += gain * of[j];
    }
    lp->value[leaving] = lp->value[leaving] > 0 ? lp->value[leaving] / by : 0;
    for (unsigned int i = 0; i < n; i++) {
        double *row = &lp->inverse[(size_t)i * n], factor = lp->direction[i];

        if (i == leaving || factor == 0)
            continue;
        for (unsigned int j = 0; j < n; j++)
            row[j] -= factor * of[j];
        lp->value[i] -= factor * lp->value[leaving];
        lp->n_steps += n;
    }
    lp->columns[lp->basis[leaving]].basic = false;
    lp->columns[column].basic = true;
    lp->basis[leaving] = column;
}

bool lp_solve(struct lp *lp, unsigned int n_pivots)
{
    for (unsigned int i = 0; i < n_pivots; i++) {
        unsigned int column = who_enters(lp), leaving;

        if (column == LP_NONE)
            return true;
        find_direction(lp, column);
        leaving = who_leaves(lp);
        if (leaving == LP_NONE)
            return true; /* no limit: not with costs that are not negative */
        pivot(lp, leaving, column);
    }
    return false;
}

double lp_cost(const struct lp *lp)
{
    double cost = 0;

    for (unsigned int i = 0; i < lp->n_rows; i++)
        cost += cost_of(lp, lp->basis[i]) * lp->value[i];
    return cost;
}
