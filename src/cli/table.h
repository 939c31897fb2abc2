/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

/*
 * Text in columns. Columns first, then cells, row by row from left to right. Control characters,
 * which names of processes and files may hold, are shown as "?". A failure (out of memory) is kept
 * and told by table_print.
 */

#include <stdbool.h>
#include <stdio.h>

struct table;

struct table *table_new(void);                 /* NULL when out of memory, which all accept */
struct table *table_free(struct table *table); /* returns NULL */
void table_column(struct table *table, bool right_aligned, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void table_cell(struct table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* For a cell that could not be made. */
void table_fail(struct table *table);
/* Leaves out columns whose cells are all empty: what a source never tells needs no room. */
void table_drop_empty(struct table *table);
/* The titles and every row. 0 or -ENOMEM. */
int table_print(const struct table *table, FILE *stream);

static inline void cleanup_table(struct table **table)
{
    (void)table_free(*table);
}
#define autotable CLEANUP(cleanup_table)

#endif
