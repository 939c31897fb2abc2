/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The matrices. Each becomes a block of lines, so that blocks can stand side by side. A large one
 * is folded: first twins become one row, which loses nothing; what is still too large is counted,
 * so many nodes at such a distance, and `topo node N` has the rest.
 */

#include "render-topo.h"

#include "cli-machine.h"
#include "table.h"
#include "text.h"
#include "topo-fold.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

enum {
    FOLD_FROM = 17, /* nodes; fewer are shown one by one */
    GROUPS_MAX = 16,
    LEVELS_MAX = 14,
    BLOCK_GAP = 4,
    INDENT = 2,
};

struct block {
    char *title;
    char *text; /* lines, each ended by a newline */
    size_t width;
};

static void block_fini(struct block *block)
{
    free(block->title);
    free(block->text);
    *block = (struct block){0};
}

static size_t measure(const char *text)
{
    size_t width = 0;

    while (*text) {
        size_t length = strcspn(text, "\n");

        if (length > width)
            width = length;
        text += length + (text[length] == '\n');
    }
    return width;
}

static uint64_t value_at(const struct machine *machine, const struct matrix *matrix,
                         unsigned int from_idx, unsigned int to_idx)
{
    return matrix->value[(size_t)from_idx * machine->n_nodes + to_idx];
}

static void cell_value(struct table *table, uint64_t value)
{
    if (value == UNKNOWN_U64)
        table_cell(table, "-");
    else
        table_cell(table, "%" PRIu64, value);
}

static bool row_is_known(const struct machine *machine, const struct matrix *matrix,
                         unsigned int from_idx)
{
    for (unsigned int i = 0; i < machine->n_nodes; i++) {
        if (value_at(machine, matrix, from_idx, i) != UNKNOWN_U64)
            return true;
    }
    return false;
}

static int table_of_nodes(const struct machine *machine, const struct matrix *matrix, FILE *stream)
{
    autotable struct table *table = table_new();

    table_column(table, true, "%s", "");
    for (unsigned int i = 0; i < machine->n_nodes; i++)
        table_column(table, true, "%u", machine->nodes[i].id);
    for (unsigned int i = 0; i < machine->n_nodes; i++) {
        if (!row_is_known(machine, matrix, i))
            continue;
        table_cell(table, "%u", machine->nodes[i].id);
        for (unsigned int j = 0; j < machine->n_nodes; j++)
            cell_value(table, value_at(machine, matrix, i, j));
    }
    return table_print(table, stream);
}

/* The two smallest nodes of a group, by index; the second is -1 when there is only one. */
static void find_members(const struct machine *machine, const struct fold *fold, unsigned int group,
                         int members[2])
{
    members[0] = members[1] = -1;
    for (unsigned int i = 0; i < machine->n_nodes && members[1] < 0; i++) {
        if (fold->group_of[i] == group)
            members[members[0] >= 0] = (int)i;
    }
}

static void cell_groups(struct table *table, const struct machine *machine,
                        const struct matrix *matrix, const int from[2], const int to[2])
{
    uint64_t value = value_at(machine, matrix, (unsigned int)from[0], (unsigned int)to[0]);

    if (from[0] == to[0] && to[1] >= 0 && value != UNKNOWN_U64)
        table_cell(table, "%" PRIu64 "/%" PRIu64, value,
                   value_at(machine, matrix, (unsigned int)from[0], (unsigned int)to[1]));
    else
        cell_value(table, value);
}

static int table_of_groups(const struct machine *machine, const struct matrix *matrix,
                           const struct fold *fold, FILE *stream)
{
    autotable struct table *table = table_new();
    int from[2], to[2];

    table_column(table, true, "%s", "");
    for (unsigned int pass = 0; pass < 2; pass++) {
        for (unsigned int i = 0; i < fold->n_groups; i++) {
            autoset hwloc_bitmap_t nodes = fold_group(machine, fold, i);
            autofree char *text = nodes ? cli_set_text(nodes) : NULL;

            if (!text)
                return -ENOMEM;
            if (pass == 0) {
                table_column(table, true, "%s", text);
                continue;
            }
            table_cell(table, "%s", text);
            find_members(machine, fold, i, from);
            for (unsigned int j = 0; j < fold->n_groups; j++) {
                find_members(machine, fold, j, to);
                cell_groups(table, machine, matrix, from, to);
            }
        }
    }
    return table_print(table, stream);
}

static int compare_u64(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

/* The distinct values in ascending order, unknown last; the caller frees. */
static uint64_t *find_levels(const struct machine *machine, const struct matrix *matrix,
                             unsigned int *ret_n)
{
    size_t n = (size_t)machine->n_nodes * machine->n_nodes, n_levels = 0;
    uint64_t *levels = malloc((n + 1) * sizeof(*levels));

    if (!levels)
        return NULL;
    memcpy(levels, matrix->value, n * sizeof(*levels));
    qsort(levels, n, sizeof(*levels), compare_u64);
    for (size_t i = 0; i < n; i++) {
        if (n_levels == 0 || levels[i] != levels[n_levels - 1])
            levels[n_levels++] = levels[i];
    }
    *ret_n = (unsigned int)n_levels;
    return levels;
}

static unsigned int count_at(const struct machine *machine, const struct matrix *matrix,
                             unsigned int from_idx, uint64_t value)
{
    unsigned int n = 0;

    for (unsigned int i = 0; i < machine->n_nodes; i++)
        n += value_at(machine, matrix, from_idx, i) == value;
    return n;
}

static bool same_counts(const struct machine *machine, const struct matrix *matrix, unsigned int a,
                        unsigned int b)
{
    for (unsigned int i = 0; i < machine->n_nodes; i++) {
        uint64_t value = value_at(machine, matrix, a, i);

        if (count_at(machine, matrix, a, value) != count_at(machine, matrix, b, value))
            return false;
    }
    return true;
}

/* The nodes whose rows have the same counts as that of from_idx; NULL when an earlier row already
 * stands for them (*ret_done) or out of memory. */
static hwloc_bitmap_t rows_like(const struct machine *machine, const struct matrix *matrix,
                                unsigned int from_idx, bool *ret_done)
{
    hwloc_bitmap_t nodes;

    *ret_done = false;
    for (unsigned int i = 0; i < from_idx && !*ret_done; i++)
        *ret_done = same_counts(machine, matrix, i, from_idx);
    nodes = *ret_done ? NULL : hwloc_bitmap_alloc();
    for (unsigned int i = from_idx; nodes && i < machine->n_nodes; i++) {
        if (same_counts(machine, matrix, from_idx, i))
            hwloc_bitmap_set(nodes, machine->nodes[i].id);
    }
    return nodes;
}

static int table_of_counts(const struct machine *machine, const struct matrix *matrix,
                           const uint64_t *levels, unsigned int n_levels, FILE *stream)
{
    autotable struct table *table = table_new();

    fprintf(stream, "how many nodes at which distance; `numaplace topo node N` names them\n");
    table_column(table, true, "from");
    for (unsigned int i = 0; i < n_levels; i++)
        table_column(table, true, levels[i] == UNKNOWN_U64 ? "-" : "%" PRIu64, levels[i]);
    for (unsigned int i = 0; i < machine->n_nodes; i++) {
        bool done;
        autoset hwloc_bitmap_t nodes = rows_like(machine, matrix, i, &done);
        autofree char *text = nodes ? cli_set_text(nodes) : NULL;

        if (done)
            continue;
        if (!text)
            return -ENOMEM;
        table_cell(table, "%s", text);
        for (unsigned int j = 0; j < n_levels; j++) {
            unsigned int n = count_at(machine, matrix, i, levels[j]);

            if (n > 0)
                table_cell(table, "%u", n);
            else
                table_cell(table, "-");
        }
    }
    return table_print(table, stream);
}

static int write_folded(const struct machine *machine, const struct matrix *matrix, FILE *stream)
{
    autofold struct fold fold = {0};
    autofree uint64_t *levels = NULL;
    unsigned int n_levels = 0;
    int r = fold_twins(machine, matrix, &fold);

    if (r < 0)
        return r;
    if (fold.n_groups <= GROUPS_MAX)
        return table_of_groups(machine, matrix, &fold, stream);
    levels = find_levels(machine, matrix, &n_levels);
    if (!levels)
        return -ENOMEM;
    if (n_levels <= LEVELS_MAX)
        return table_of_counts(machine, matrix, levels, n_levels, stream);
    fprintf(stream, "%" PRIu64 " to %" PRIu64 "\n", levels[0],
            levels[n_levels - 1 - (levels[n_levels - 1] == UNKNOWN_U64)]);
    return 0;
}

static int make_block(const struct machine *machine, const struct matrix *matrix, const char *what,
                      bool all, struct block *ret_block)
{
    size_t length;
    FILE *stream = open_memstream(&ret_block->text, &length);
    int r;

    if (!stream)
        return -ENOMEM;
    if (all || machine->n_nodes < FOLD_FROM)
        r = table_of_nodes(machine, matrix, stream);
    else
        r = write_folded(machine, matrix, stream);
    if (fclose(stream) != 0 && r == 0)
        r = -ENOMEM;
    if (r == 0 &&
        asprintf(&ret_block->title, "%s (%s)", what, matrix_source_name(matrix->source)) < 0) {
        ret_block->title = NULL;
        r = -ENOMEM;
    }
    if (r < 0)
        return r;
    ret_block->width = measure(ret_block->text) + INDENT;
    if (strlen(ret_block->title) > ret_block->width)
        ret_block->width = strlen(ret_block->title);
    return 0;
}

/* One line of each block; false when all are exhausted. */
static bool print_line(const char **lines, const struct block *blocks, unsigned int n)
{
    size_t owed = 0;
    bool any = false;

    for (unsigned int i = 0; i < n; i++)
        any |= *lines[i] != '\0';
    for (unsigned int i = 0; any && i < n; i++) {
        size_t length = strcspn(lines[i], "\n");

        if (length > 0) {
            printf("%*s%.*s", (int)owed + INDENT, "", (int)length, lines[i]);
            owed = 0;
        }
        owed += blocks[i].width + BLOCK_GAP - (length > 0 ? length + INDENT : 0);
        lines[i] += length + (lines[i][length] == '\n');
    }
    if (any)
        printf("\n");
    return any;
}

static void print_side_by_side(const struct block *blocks, unsigned int n)
{
    const char *lines[3];

    for (unsigned int i = 0; i < n; i++) {
        bool last = i == n - 1;

        lines[i] = blocks[i].text;
        printf("%-*s", last ? 0 : (int)blocks[i].width + BLOCK_GAP, blocks[i].title);
    }
    printf("\n");
    while (print_line(lines, blocks, n))
        ;
}

static void print_blocks(const struct block *blocks, unsigned int n)
{
    unsigned int screen = text_width(stdout);

    for (unsigned int i = 0; i < n;) {
        size_t width = blocks[i].width;
        unsigned int end = i + 1;

        while (end < n && width + BLOCK_GAP + blocks[end].width <= screen)
            width += BLOCK_GAP + blocks[end++].width;
        printf("\n");
        print_side_by_side(blocks + i, end - i);
        i = end;
    }
}

int render_matrices(const struct machine *machine, bool all)
{
    const struct {
        const struct matrix *matrix;
        const char *what;
    } known[] = {
        {&machine->distance, "Distance"},
        {&machine->latency_ns, "Latency, ns"},
        {&machine->bandwidth_mibps, "Bandwidth, MiB/s"},
    };
    struct block blocks[ARRAY_SIZE(known)] = {0};
    unsigned int n = 0;
    int r = 0;

    for (size_t i = 0; i < ARRAY_SIZE(known) && r == 0; i++) {
        if (known[i].matrix->value)
            r = make_block(machine, known[i].matrix, known[i].what, all, &blocks[n++]);
    }
    if (r == 0)
        print_blocks(blocks, n);
    for (size_t i = 0; i < ARRAY_SIZE(blocks); i++)
        block_fini(&blocks[i]);
    return r;
}
