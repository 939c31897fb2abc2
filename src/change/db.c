/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The journal's file. A rollback journal (SQLite's default) rather than a write-ahead log: it is
 * one plain file, which `status` and `verify` of users without write permission can open too. Each
 * commit is on disk (synchronous=FULL) before the change it speaks of is made.
 */

#include "db.h"

#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#define SCHEMA_VERSION 1
#define BUSY_TIMEOUT_MS 5000

static const char schema[] =
    "CREATE TABLE transactions("
    " id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " boot TEXT NOT NULL,"
    " spec_file TEXT NOT NULL,"
    " plan TEXT NOT NULL,"
    " state TEXT NOT NULL,"
    " started TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ','now')),"
    " ended TEXT) STRICT;"
    "CREATE TABLE placements("
    " transaction_id INTEGER NOT NULL REFERENCES transactions(id) ON DELETE CASCADE,"
    " seq INTEGER NOT NULL,"
    " instance TEXT NOT NULL,"
    " pid INTEGER NOT NULL,"
    " start_ticks INTEGER NOT NULL,"
    " cpus TEXT NOT NULL,"
    " mem_nodes TEXT NOT NULL,"
    " policy TEXT NOT NULL,"
    " shares TEXT NOT NULL,"
    " cgroup TEXT,"
    " PRIMARY KEY(transaction_id, seq)) STRICT;"
    "CREATE TABLE changes("
    " id INTEGER PRIMARY KEY,"
    " transaction_id INTEGER NOT NULL REFERENCES transactions(id) ON DELETE CASCADE,"
    " seq INTEGER NOT NULL,"
    " kind TEXT NOT NULL,"
    " instance TEXT NOT NULL,"
    " shared INTEGER NOT NULL,"
    " state TEXT NOT NULL,"
    " subject TEXT NOT NULL,"
    " wanted TEXT NOT NULL,"
    " old TEXT NOT NULL,"
    " found TEXT,"
    " note TEXT,"
    " UNIQUE(transaction_id, seq)) STRICT;";

static const struct {
    int answer;
    int code;
} answers[] = {
    {SQLITE_FULL, -ENOSPC},  {SQLITE_NOMEM, -ENOMEM},    {SQLITE_BUSY, -EBUSY},
    {SQLITE_LOCKED, -EBUSY}, {SQLITE_READONLY, -EACCES}, {SQLITE_CANTOPEN, -EACCES},
    {SQLITE_PERM, -EACCES},  {SQLITE_CORRUPT, -EBADMSG}, {SQLITE_NOTADB, -EBADMSG},
};

static int errno_of(const struct db *db)
{
    int answer = db->handle ? sqlite3_errcode(db->handle) & 0xff : SQLITE_NOMEM;
    int system = db->handle ? sqlite3_system_errno(db->handle) : 0;

    for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
        if (answers[i].answer == answer)
            return answers[i].code;
    }
    return answer == SQLITE_IOERR && system > 0 ? -system : -EIO;
}

static int explain_access(const struct db *db, struct np_error *err)
{
    int system = sqlite3_system_errno(db->handle);

    error_set(err, -EACCES, "cannot %s the journal %s: %s", db->read_only ? "read" : "write",
              db->path, system > 0 ? strerror(system) : sqlite3_errmsg(db->handle));
    if (db->read_only)
        error_hint(err, "become the user whose journal it is, or name another with --state-dir");
    else
        error_hint(err, "choose a place that you may write to with --state-dir");
    return -EACCES;
}

/* The message for what SQLite just answered; returns the errno. */
static int db_error(const struct db *db, struct np_error *err)
{
    const char *text = db->handle ? sqlite3_errmsg(db->handle) : "out of memory";
    int r = errno_of(db);

    switch (r) {
    case -ENOSPC:
    case -EDQUOT:
        error_set(err, r, "no space left for the journal %s", db->path);
        error_hint(err, "free some space there, or choose another place with --state-dir");
        break;
    case -EBADMSG:
        error_set(err, r, "the journal %s is damaged: %s", db->path, text);
        error_hint(err, "move it away to go on without it; what it recorded can then only be put "
                        "back by hand");
        break;
    case -EACCES:
        return explain_access(db, err);
    case -EBUSY:
        error_set(err, r, "the journal %s is in use by another program", db->path);
        break;
    default:
        error_set(err, r, "journal %s: %s", db->path, text);
    }
    return r;
}

static int bind_all(sqlite3_stmt *statement, const char *types, va_list args)
{
    for (int i = 0; types[i]; i++) {
        int answer;

        if (types[i] == 'i')
            answer = sqlite3_bind_int64(statement, i + 1, va_arg(args, int64_t));
        else
            answer =
                sqlite3_bind_text(statement, i + 1, va_arg(args, const char *), -1, SQLITE_STATIC);
        if (answer != SQLITE_OK)
            return -ENOMEM;
    }
    return 0;
}

static int prepare(const struct db *db, sqlite3_stmt **ret_statement, const char *sql,
                   const char *types, va_list args)
{
    sqlite3_stmt *statement;
    int r;

    if (sqlite3_prepare_v2(db->handle, sql, -1, &statement, NULL) != SQLITE_OK)
        return errno_of(db);
    r = bind_all(statement, types, args);
    if (r < 0)
        (void)sqlite3_finalize(statement); /* was never stepped */
    else
        *ret_statement = statement;
    return r;
}

int db_prepare(const struct db *db, sqlite3_stmt **ret_statement, struct np_error *err,
               const char *sql, const char *types, ...)
{
    va_list args;
    int r;

    va_start(args, types);
    r = prepare(db, ret_statement, sql, types, args);
    va_end(args);
    return r < 0 ? db_error(db, err) : 0;
}

int db_step(const struct db *db, sqlite3_stmt *statement, struct np_error *err)
{
    int answer = sqlite3_step(statement);

    if (answer == SQLITE_ROW)
        return 1;
    return answer == SQLITE_DONE ? 0 : db_error(db, err);
}

static int run(const struct db *db, sqlite3_stmt **statement, struct np_error *err, const char *sql,
               const char *types, va_list args)
{
    int r;

    if (*statement) {
        (void)sqlite3_reset(*statement); /* repeats the error of the last step */
        r = bind_all(*statement, types, args);
    } else {
        r = prepare(db, statement, sql, types, args);
    }
    if (r < 0)
        return db_error(db, err);
    do
        r = db_step(db, *statement, err);
    while (r > 0);
    return r;
}

int db_run(const struct db *db, struct np_error *err, const char *sql, const char *types, ...)
{
    autostatement sqlite3_stmt *statement = NULL;
    va_list args;
    int r;

    va_start(args, types);
    r = run(db, &statement, err, sql, types, args);
    va_end(args);
    return r;
}

int db_repeat(const struct db *db, sqlite3_stmt **statement, struct np_error *err, const char *sql,
              const char *types, ...)
{
    va_list args;
    int r;

    va_start(args, types);
    r = run(db, statement, err, sql, types, args);
    va_end(args);
    return r;
}

const char *db_text(sqlite3_stmt *statement, int column)
{
    const unsigned char *text = sqlite3_column_text(statement, column);

    return text ? (const char *)text : "";
}

char *db_text_copy(sqlite3_stmt *statement, int column)
{
    const unsigned char *text = sqlite3_column_text(statement, column);

    return text ? strdup((const char *)text) : NULL;
}

static int query_version(const struct db *db, int64_t *ret_version, struct np_error *err)
{
    autostatement sqlite3_stmt *statement = NULL;
    int r = db_prepare(db, &statement, err, "PRAGMA user_version", "");

    if (r == 0)
        r = db_step(db, statement, err);
    if (r < 0)
        return r;
    *ret_version = sqlite3_column_int64(statement, 0);
    return 0;
}

/* In one commit: a crash leaves either no schema or all of it. */
static int create_schema(const struct db *db, struct np_error *err)
{
    char sql[sizeof(schema) + 64];
    int r;

    (void)snprintf(sql, sizeof(sql), "BEGIN IMMEDIATE;%sPRAGMA user_version=%d;COMMIT", schema,
                   SCHEMA_VERSION);
    if (sqlite3_exec(db->handle, sql, NULL, NULL, NULL) == SQLITE_OK)
        return 0;
    r = db_error(db, err);
    (void)sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL); /* may have happened already */
    return r;
}

static int check_schema(const struct db *db, struct np_error *err)
{
    int64_t version;
    int r = query_version(db, &version, err);

    if (r < 0)
        return r;
    if (version == 0)
        return create_schema(db, err);
    if (version > SCHEMA_VERSION) {
        error_set(
            err, -EPROTONOSUPPORT,
            "the journal %s was written by a newer numaplace (format %lld, this one knows %d)",
            db->path, (long long)version, SCHEMA_VERSION);
        error_hint(err, "use that version, or another place with --state-dir");
        return -EPROTONOSUPPORT;
    }
    return 0;
}

static int check_integrity(const struct db *db, struct np_error *err)
{
    autostatement sqlite3_stmt *statement = NULL;
    int r = db_prepare(db, &statement, err, "PRAGMA quick_check(1)", "");

    if (r == 0)
        r = db_step(db, statement, err);
    if (r < 0)
        return r;
    if (strcmp(db_text(statement, 0), "ok") == 0)
        return 0;
    error_set(err, -EBADMSG, "the journal %s is damaged: %s", db->path, db_text(statement, 0));
    error_hint(err, "move it away to go on without it; what it recorded can then only be put back "
                    "by hand");
    return -EBADMSG;
}

static int configure(const struct db *db, struct np_error *err)
{
    static const char pragmas[] = "PRAGMA journal_mode=DELETE;PRAGMA synchronous=FULL;"
                                  "PRAGMA foreign_keys=ON";

    (void)sqlite3_busy_timeout(db->handle, BUSY_TIMEOUT_MS); /* cannot fail on an open handle */
    if (sqlite3_exec(db->handle, pragmas, NULL, NULL, NULL) != SQLITE_OK)
        return db_error(db, err);
    return check_schema(db, err);
}

/* Nothing in it: it is not there, or its writer has not come to the schema yet. */
static bool is_absent(const char *path)
{
    struct stat info;

    return stat(path, &info) < 0 ? errno == ENOENT : info.st_size == 0;
}

/* What a writer that was killed left half done, SQLite takes back when the file is opened next, and
 * only if it may write: so a reader that may, opens it so. */
static int open_flags(const char *path, bool read_only, bool absent)
{
    if (!read_only || absent)
        return SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    return access(path, W_OK) == 0 ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
}

int db_open(const char *path, bool read_only, struct db *ret_db, struct np_error *err)
{
    struct db db = {
        .path = strdup(path), .read_only = read_only, .absent = read_only && is_absent(path)};
    int flags = open_flags(path, read_only, db.absent);
    int r;

    if (!db.path)
        return -ENOMEM;
    if (sqlite3_open_v2(db.absent ? ":memory:" : path, &db.handle, flags, NULL) != SQLITE_OK)
        r = db_error(&db, err);
    else
        r = configure(&db, err);
    if (r == 0 && !read_only)
        r = check_integrity(&db, err);
    if (r < 0)
        db_close(&db);
    else
        *ret_db = db;
    return r;
}

void db_close(struct db *db)
{
    (void)sqlite3_close(db->handle); /* all statements are finalized: cannot be busy */
    free(db->path);
    *db = (struct db){0};
}
