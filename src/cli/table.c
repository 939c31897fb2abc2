/* SPDX-License-Identifier: Apache-2.0 */
/* Text in columns, each as wide as its widest cell. */

#include "table.h"

#include "mem.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#define COLUMN_GAP 2

struct column {
    bool right_aligned;
    bool dropped;
    int width;
};

struct table {
    struct column *columns;
    size_t n_columns;
    char **cells; /* the titles, then row by row */
    size_t n_cells;
    bool failed;
};

struct table *table_new(void)
{
    return calloc(1, sizeof(struct table));
}

struct table *table_free(struct table *table)
{
    if (!table)
        return NULL;
    for (size_t i = 0; i < table->n_cells; i++)
        free(table->cells[i]);
    free(table->cells);
    free(table->columns);
    free(table);
    return NULL;
}

/* Characters on the screen: bytes of UTF-8 but those that continue one. */
static int width_of(const char *text)
{
    int width = 0;

    for (; *text; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

static void add_cell(struct table *table, struct column *column, const char *format, va_list args)
{
    char **larger = reallocarray(table->cells, table->n_cells + 1, sizeof(*larger));
    char *text;

    if (larger)
        table->cells = larger;
    if (!larger || vasprintf(&text, format, args) < 0) {
        table->failed = true;
        return;
    }
    for (char *c = text; *c; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = '?';
    }
    table->cells[table->n_cells++] = text;
    if (width_of(text) > column->width)
        column->width = width_of(text);
}

void table_column(struct table *table, bool right_aligned, const char *format, ...)
{
    struct column *larger;
    va_list args;

    if (!table || table->failed)
        return;
    larger = reallocarray(table->columns, table->n_columns + 1, sizeof(*larger));
    if (!larger) {
        table->failed = true;
        return;
    }
    table->columns = larger;
    table->columns[table->n_columns] = (struct column){.right_aligned = right_aligned};
    va_start(args, format);
    add_cell(table, &table->columns[table->n_columns++], format, args);
    va_end(args);
}

void table_cell(struct table *table, const char *format, ...)
{
    va_list args;

    if (!table || table->failed)
        return;
    va_start(args, format);
    add_cell(table, &table->columns[table->n_cells % table->n_columns], format, args);
    va_end(args);
}

void table_fail(struct table *table)
{
    if (table)
        table->failed = true;
}

static bool is_empty(const struct table *table, size_t column)
{
    for (size_t i = table->n_columns + column; i < table->n_cells; i += table->n_columns) {
        if (table->cells[i][0])
            return false;
    }
    return true;
}

void table_drop_empty(struct table *table)
{
    for (size_t i = 0; table && !table->failed && i < table->n_columns; i++)
        table->columns[i].dropped = is_empty(table, i);
}

static void print_row(const struct table *table, char *const *cells, FILE *stream)
{
    int gap = 0; /* printed only when something follows: no spaces at the end of a line */

    for (size_t i = 0; i < table->n_columns; i++) {
        int padding = table->columns[i].width - width_of(cells[i]);

        if (table->columns[i].dropped)
            continue;
        if (table->columns[i].right_aligned)
            gap += padding;
        if (cells[i][0]) {
            fprintf(stream, "%*s%s", gap, "", cells[i]);
            gap = 0;
        }
        gap += COLUMN_GAP + (table->columns[i].right_aligned ? 0 : padding);
    }
    fputc('\n', stream);
}

int table_print(const struct table *table, FILE *stream)
{
    if (!table || table->failed)
        return -ENOMEM;
    for (size_t i = 0; i + table->n_columns <= table->n_cells; i += table->n_columns)
        print_row(table, table->cells + i, stream);
    return 0;
}
