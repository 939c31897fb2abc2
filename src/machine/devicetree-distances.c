/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The distances between the nodes of a device tree, which Kerf has written in three shapes: the
 * whole matrix on one node (or the same on several), a row on each, and <node distance> pairs on
 * each. Nothing says which it is, so the one is taken that most of the properties fit; and what is
 * then wrong with one is said of that.
 */

#include "devicetree-read.h"

#include "set.h"

#include <inttypes.h>
#include <limits.h>

#define LOCAL UINT64_C(10)
#define NONE UINT_MAX
#define DISTANCE_MAX 99999u /* as of sysfs */

enum shape {
    SHAPE_WHOLE,
    SHAPE_ROWS,
    SHAPE_PAIRS,
    N_SHAPES,
};

/* What one node says. */
struct row {
    const struct dt_node *where;
    const struct dt_property *property; /* NULL: nothing */
    uint64_t *cells;
    unsigned int n;
    /* Once the shape is known: which row's cells hold the distances from this node, and which of
     * them, by index of the node that the distance is to; NONE. */
    unsigned int from;
    unsigned int *cell_of;
};

struct distances {
    struct tree_reader *reader;
    struct row *rows;  /* by index of the node */
    unsigned int n;    /* nodes */
    unsigned int told; /* rows with a property */
};

static bool is_local(uint64_t distance)
{
    return distance == 0 || distance == LOCAL;
}

static bool fits_pairs(const struct distances *d, unsigned int from)
{
    const struct machine *machine = d->reader->machine;
    const struct row *row = &d->rows[from];

    for (unsigned int i = 0; i + 1 < row->n; i += 2) {
        if (row->cells[i] > SET_ID_MAX || !machine_node(machine, (unsigned int)row->cells[i]))
            return false;
    }
    return row->n % 2 == 0;
}

static bool is_same_row(const struct row *a, const struct row *b)
{
    for (unsigned int i = 0; i < a->n && a->n == b->n; i++) {
        if (a->cells[i] != b->cells[i])
            return false;
    }
    return a->n == b->n;
}

/* On several nodes it is the same on each, and could be no pairs. */
static bool says_one_matrix(const struct distances *d, unsigned int from)
{
    for (unsigned int i = 0; i < d->n; i++) {
        if (d->rows[i].property && !is_same_row(&d->rows[i], &d->rows[from]))
            return false;
    }
    return d->told == 1 || !fits_pairs(d, from);
}

static bool fits_whole(const struct distances *d, unsigned int from)
{
    const struct row *row = &d->rows[from];

    if (row->n != d->n * d->n || !says_one_matrix(d, from))
        return false;
    for (unsigned int i = 0; i < d->n; i++) {
        if (row->cells[i * d->n + i] != row->cells[0])
            return false;
    }
    return is_local(row->cells[0]);
}

static bool fits_row(const struct distances *d, unsigned int from)
{
    return d->rows[from].n == d->n && is_local(d->rows[from].cells[from]);
}

/* What the numbers of numbers speak for, where no row makes sense in any shape. */
static enum shape guess_shape(const struct distances *d)
{
    bool even = true;

    for (unsigned int i = 0; i < d->n; i++) {
        const struct row *row = &d->rows[i];

        if (d->told == 1 && row->property && row->n == d->n * d->n)
            return SHAPE_WHOLE;
        even = even && row->n % 2 == 0 && row->n != d->n;
    }
    return even ? SHAPE_PAIRS : SHAPE_ROWS;
}

/* The shape that most rows fit. */
static enum shape find_shape(const struct distances *d)
{
    static bool (*const fits[N_SHAPES])(const struct distances *, unsigned int) = {
        [SHAPE_WHOLE] = fits_whole, [SHAPE_ROWS] = fits_row, [SHAPE_PAIRS] = fits_pairs};
    unsigned int score[N_SHAPES] = {0};
    unsigned int best = 0;

    for (unsigned int i = 0; i < d->n; i++) {
        for (unsigned int shape = 0; d->rows[i].property && shape < N_SHAPES; shape++)
            score[shape] += fits[shape](d, i);
    }
    for (unsigned int shape = 0; shape < N_SHAPES; shape++) {
        if (score[shape] > score[best])
            best = shape;
    }
    return score[best] > 0 ? (enum shape)best : guess_shape(d);
}

static int fail_count(const struct distances *d, const struct row *row)
{
    int r = tree_fail(d->reader, row->where, row->property->at,
                      "`distance-matrix` has %u numbers, and there are %u nodes", row->n, d->n);

    error_hint(d->reader->err,
               "write %u on each node, %u on one node, or <node distance> pairs on each", d->n,
               d->n * d->n);
    return r;
}

/* The one property speaks for all nodes. */
static void lay_out_whole(struct distances *d)
{
    unsigned int whole = 0;

    while (!d->rows[whole].property)
        whole++;
    for (unsigned int from = 0; from < d->n; from++) {
        d->rows[from].from = whole;
        for (unsigned int to = 0; to < d->n; to++)
            d->rows[from].cell_of[to] = from * d->n + to;
    }
}

static int lay_out_row(const struct distances *d, struct row *row)
{
    int r;

    if (!row->property) {
        r = tree_fail(d->reader, row->where, row->where->at,
                      "it has no `distance-matrix`, and other nodes have");
        error_hint(d->reader->err, "write its %u distances", d->n);
        return r;
    }
    if (row->n != d->n)
        return fail_count(d, row);
    for (unsigned int to = 0; to < d->n; to++)
        row->cell_of[to] = to;
    return 0;
}

/* A pair that is not there is a distance that is not known. */
static int lay_out_pairs(const struct distances *d, struct row *row)
{
    const struct machine *machine = d->reader->machine;

    if (row->n % 2 == 1)
        return fail_count(d, row);
    for (unsigned int i = 0; i < row->n; i += 2) {
        uint64_t id = row->cells[i];
        int to = id > SET_ID_MAX ? -1 : machine_node_idx(machine, (unsigned int)id);

        if (to < 0)
            return tree_fail(d->reader, row->where, tree_cell(row->property, i, row->n),
                             "it has a distance to node %" PRIu64 ", which does not exist", id);
        if (row->cell_of[to] != NONE)
            return tree_fail(d->reader, row->where, tree_cell(row->property, i, row->n),
                             "it has two distances to node %" PRIu64, id);
        row->cell_of[to] = i + 1;
    }
    return 0;
}

static int lay_out(struct distances *d)
{
    enum shape shape = find_shape(d);
    int r = 0;

    if (shape == SHAPE_WHOLE)
        lay_out_whole(d);
    for (unsigned int i = 0; r == 0 && shape != SHAPE_WHOLE && i < d->n; i++)
        r = shape == SHAPE_ROWS ? lay_out_row(d, &d->rows[i]) : lay_out_pairs(d, &d->rows[i]);
    return r;
}

/* NULL when it is not told; else where it is written. */
static const uint64_t *find_distance(const struct distances *d, unsigned int from, unsigned int to,
                                     struct mark *ret_at)
{
    unsigned int cell = d->rows[from].cell_of[to];
    const struct row *row = &d->rows[d->rows[from].from];

    if (cell == NONE)
        return NULL;
    *ret_at = tree_cell(row->property, cell, row->n);
    return &row->cells[cell];
}

static int fail_distance(const struct distances *d, unsigned int from, unsigned int to,
                         const char *why)
{
    const struct machine *machine = d->reader->machine;
    struct mark at;
    const uint64_t *value = find_distance(d, from, to, &at);

    return tree_fail(d->reader, d->rows[d->rows[from].from].where, at,
                     "the distance from node %u to node %u is %" PRIu64 ": %s",
                     machine->nodes[from].id, machine->nodes[to].id, *value, why);
}

/* What is to be added to every value: local where they tell what is beyond it. */
static int find_offset(const struct distances *d, uint64_t *ret_offset)
{
    const uint64_t *first = NULL;

    for (unsigned int i = 0; i < d->n; i++) {
        struct mark at;
        const uint64_t *own = find_distance(d, i, i, &at);

        if (!own)
            continue;
        if (!is_local(*own))
            return fail_distance(d, i, i,
                                 "to itself a node has 10, or 0 in a matrix of what is "
                                 "beyond local");
        if (!first && *own == 0) {
            d->reader->adds_local = true;
            d->reader->adds_local_at = at;
        }
        first = first ? first : own;
        if (*own != *first)
            return fail_distance(d, i, i, "other nodes have another one to themselves");
    }
    *ret_offset = first && *first == 0 ? LOCAL : 0;
    return 0;
}

static int put_distance(const struct distances *d, unsigned int from, unsigned int to,
                        uint64_t offset)
{
    struct machine *machine = d->reader->machine;
    uint64_t *value = &machine->distance.value[(size_t)from * d->n + to];
    struct mark at;
    const uint64_t *told = find_distance(d, from, to, &at);

    if (!told) {
        *value = from == to ? LOCAL : UNKNOWN_U64;
        return 0;
    }
    if (from != to && (*told == 0 || *told + offset < LOCAL))
        return fail_distance(d, from, to, "nothing is nearer than local, which is 10");
    if (*told > DISTANCE_MAX)
        return fail_distance(d, from, to, "no firmware means that");
    *value = *told + offset;
    return 0;
}

static int put_distances(const struct distances *d)
{
    struct machine *machine = d->reader->machine;
    uint64_t offset = 0;
    int r = find_offset(d, &offset);

    if (r == 0)
        r = matrix_make(machine, &machine->distance, MATRIX_GIVEN);
    for (unsigned int i = 0; r == 0 && i < d->n; i++) {
        for (unsigned int j = 0; r == 0 && j < d->n; j++)
            r = put_distance(d, i, j, offset);
    }
    return r;
}

static int read_row(struct distances *d, unsigned int i)
{
    struct row *row = &d->rows[i];
    int r = 0;

    row->where = d->reader->nodes[i];
    row->property = dt_property(row->where, "distance-matrix");
    row->from = i;
    row->cell_of = malloc((d->n + 1) * sizeof(*row->cell_of));
    if (!row->cell_of)
        return -ENOMEM;
    for (unsigned int to = 0; to < d->n; to++)
        row->cell_of[to] = NONE;
    if (row->property)
        r = dt_get_cells(d->reader->dt, row->where, row->property, 32, &row->cells, &row->n,
                         d->reader->err);
    d->told += row->property != NULL;
    return r;
}

static int read_rows(struct distances *d)
{
    int r = 0;

    d->rows = calloc(d->n + 1, sizeof(*d->rows));
    if (!d->rows)
        return -ENOMEM;
    for (unsigned int i = 0; r == 0 && i < d->n; i++)
        r = read_row(d, i);
    if (r == 0 && d->told > 0)
        r = lay_out(d);
    return r < 0 || d->told == 0 ? r : put_distances(d);
}

static void distances_fini(struct distances *d)
{
    for (unsigned int i = 0; d->rows && i < d->n; i++) {
        free(d->rows[i].cells);
        free(d->rows[i].cell_of);
    }
    free(d->rows);
}

/* Our own matrix says what Kerf's cannot, such as distances that are not known. */
int tree_read_distances(struct tree_reader *reader)
{
    struct machine *machine = reader->machine;
    struct distances distances = {.reader = reader, .n = machine->n_nodes};
    int r;

    if (!reader->nodes)
        return 0;
    r = tree_read_matrix(reader, "numaplace,distance", "numaplace,distance-source",
                         &machine->distance);
    if (r == 0)
        r = read_rows(&distances);
    distances_fini(&distances);
    return r;
}
