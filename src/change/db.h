/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CHANGE_DB_H
#define CHANGE_DB_H

/*
 * The journal's file: opening it safely, its schema, and statements in one call each. The one idea:
 * SQLite's many ways to say no become an errno and a message that names the file here, once.
 */

#include "error.h"
#include "mem.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

struct db {
    sqlite3 *handle;
    char *path; /* for messages */
    bool read_only;
    bool absent; /* opened for reading, and there is no file */
};

/* read_only: a file that does not exist reads as an empty database. Creates the schema where there
 * is none; refuses a newer one. */
int db_open(const char *path, bool read_only, struct db *ret_db, struct np_error *err);
void db_close(struct db *db);

/*
 * A statement with its parameters bound. One letter of types per parameter:
 *   i  int64_t      t  const char * (NULL binds NULL; must outlive the statement)
 */
int db_prepare(const struct db *db, sqlite3_stmt **ret_statement, struct np_error *err,
               const char *sql, const char *types, ...);
/* 1: there is a row; 0: no more. */
int db_step(const struct db *db, sqlite3_stmt *statement, struct np_error *err);
/* For statements without rows. */
int db_run(const struct db *db, struct np_error *err, const char *sql, const char *types, ...);

/* The same for a statement that is run again and again: *statement is NULL at first, and kept for
 * the next time. */
int db_repeat(const struct db *db, sqlite3_stmt **statement, struct np_error *err, const char *sql,
              const char *types, ...);

/* The column's text, "" for NULL; lives until the next step. */
const char *db_text(sqlite3_stmt *statement, int column);
/* A copy; NULL for NULL, and when out of memory. */
char *db_text_copy(sqlite3_stmt *statement, int column);

static inline void cleanup_statement(sqlite3_stmt **statement)
{
    (void)sqlite3_finalize(*statement); /* repeats the error of the last step */
}
#define autostatement CLEANUP(cleanup_statement)

#endif
