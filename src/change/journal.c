/* SPDX-License-Identifier: Apache-2.0 */
/* The journal as an object: where it lives, who holds it, and writing to it. Reading is in
 * journal-read.c. */

#include "journal-private.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

/* Rolled-back transactions are kept for looking things up, and not for ever. */
#define KEPT_TRANSACTIONS 100

static const char *const state_names[TRANSACTION_STATE_COUNT] = {
    [TRANSACTION_APPLYING] = "applying",       [TRANSACTION_APPLIED] = "applied",
    [TRANSACTION_FAILED] = "failed",           [TRANSACTION_ROLLING_BACK] = "rolling-back",
    [TRANSACTION_ROLLED_BACK] = "rolled-back",
};

const char *transaction_state_name(enum transaction_state state)
{
    return state_names[state];
}

int transaction_state_from_name(const char *name)
{
    for (int i = 0; i < TRANSACTION_STATE_COUNT; i++) {
        if (strcmp(state_names[i], name) == 0)
            return i;
    }
    return -1;
}

static int default_directory(char **ret_directory, struct np_error *err)
{
    const char *given = secure_getenv("NUMAPLACE_STATE_DIR");
    const char *state = secure_getenv("XDG_STATE_HOME");
    const char *home = secure_getenv("HOME");
    char *directory;
    int n;

    if (given && given[0])
        n = asprintf(&directory, "%s", given);
    else if (geteuid() == 0)
        n = asprintf(&directory, "/var/lib/numaplace");
    else if (state && state[0])
        n = asprintf(&directory, "%s/numaplace", state);
    else if (home && home[0])
        n = asprintf(&directory, "%s/.local/state/numaplace", home);
    else {
        error_set(err, -ENOENT, "no place for the journal: $HOME is not set");
        error_hint(err, "say where with --state-dir");
        return -ENOENT;
    }
    if (n < 0)
        return -ENOMEM;
    *ret_directory = directory;
    return 0;
}

static int make_directories(const char *directory, struct np_error *err)
{
    char path[PATH_MAX];
    int n = snprintf(path, sizeof(path), "%s", directory);

    if (n < 0 || (size_t)n >= sizeof(path))
        return error_set(err, -ENAMETOOLONG, "the state directory's name is too long");
    for (char *slash = strchr(path + 1, '/');; slash = strchr(slash + 1, '/')) {
        if (slash)
            *slash = '\0';
        if (mkdir(path, 0755) < 0 && errno != EEXIST) {
            int r = -errno;

            error_set(err, r, "cannot create the state directory %s: %s", path, strerror(-r));
            error_hint(err, "choose a place that you may write to with --state-dir");
            return r;
        }
        if (!slash)
            return 0;
        *slash = '/';
    }
}

static int open_in(struct journal *journal, bool read_only, struct np_error *err)
{
    autofree char *path = NULL;
    autoroot struct root *root = NULL;
    int r;

    if (!read_only) {
        r = make_directories(journal->directory, err);
        if (r < 0)
            return r;
    }
    r = root_open("/", &root, err);
    if (r < 0)
        return r;
    r = root_read(root, &journal->boot, "proc/sys/kernel/random/boot_id");
    if (r < 0)
        return error_set(err, r, "cannot read /proc/sys/kernel/random/boot_id: %s", strerror(-r));
    if (asprintf(&path, "%s/journal.sqlite", journal->directory) < 0)
        return -ENOMEM;
    return db_open(path, read_only, &journal->db, err);
}

int journal_open(const char *directory, bool read_only, struct journal **ret_journal,
                 struct np_error *err)
{
    struct journal *journal = calloc(1, sizeof(*journal));
    int r = 0;

    if (!journal)
        return -ENOMEM;
    journal->lock_fd = -1;
    if (directory) {
        journal->directory = strdup(directory);
        r = journal->directory ? 0 : -ENOMEM;
    } else {
        r = default_directory(&journal->directory, err);
    }
    if (r == 0)
        r = open_in(journal, read_only, err);
    if (r < 0) {
        (void)journal_free(journal);
        return r;
    }
    *ret_journal = journal;
    return 0;
}

struct journal *journal_free(struct journal *journal)
{
    if (journal) {
        db_close(&journal->db);
        cleanup_close(&journal->lock_fd);
        free(journal->directory);
        free(journal->boot);
        free(journal);
    }
    return NULL;
}

bool journal_is_absent(const struct journal *journal)
{
    return journal->db.absent;
}

const char *journal_directory(const struct journal *journal)
{
    return journal->directory;
}

static int say_who_holds(int fd, struct np_error *err)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

    /* 0: it let go just now, or is in a pid namespace that we do not see */
    if (fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK && lock.l_pid > 0)
        error_set(err, -EBUSY, "another numaplace is changing this machine (pid %d)",
                  (int)lock.l_pid);
    else
        error_set(err, -EBUSY, "another numaplace is changing this machine");
    error_hint(err, "wait until it has ended");
    return -EBUSY;
}

static int explain_lock(const char *path, int code, struct np_error *err)
{
    error_set(err, code, "cannot open the lock %s: %s", path, strerror(-code));
    if (code == -EACCES || code == -EPERM)
        error_hint(err, "become the user whose journal this is, or use your own with --state-dir");
    return code;
}

/* A record lock and not flock(2): a child has no part in it. Else one that waits to be started
 * would hold on to it after we were killed. */
int journal_lock(struct journal *journal, struct np_error *err)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    autofree char *path = NULL;
    autoclose int fd = -1;
    int r;

    if (asprintf(&path, "%s/lock", journal->directory) < 0)
        return -ENOMEM;
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0)
        return explain_lock(path, -errno, err);
    if (fcntl(fd, F_SETLK, &lock) < 0) {
        r = -errno;
        return r == -EAGAIN || r == -EACCES
                   ? say_who_holds(fd, err)
                   : error_set(err, r, "cannot lock %s: %s", path, strerror(-r));
    }
    journal->lock_fd = fd;
    fd = -1;
    return 0;
}

static int begin(struct journal *journal, struct np_error *err)
{
    return db_run(&journal->db, err, "BEGIN IMMEDIATE", "");
}

static int commit(struct journal *journal, int r, struct np_error *err)
{
    if (r == 0)
        r = db_run(&journal->db, err, "COMMIT", "");
    if (r < 0)
        (void)db_run(&journal->db, NULL, "ROLLBACK", ""); /* SQLite may have done so itself */
    return r;
}

static int put_transaction(struct journal *journal, struct transaction *transaction,
                           struct np_error *err)
{
    int r = db_run(&journal->db, err,
                   "INSERT INTO transactions(boot, spec_file, plan, state) VALUES(?,?,?,?)", "tttt",
                   journal->boot, transaction->spec_file, transaction->plan,
                   state_names[TRANSACTION_APPLYING]);

    if (r == 0) {
        transaction->id = sqlite3_last_insert_rowid(journal->db.handle);
        transaction->state = TRANSACTION_APPLYING;
        transaction->same_boot = true;
    }
    return r;
}

static char *shares_text(const struct applied *applied)
{
    autojson json_t *shares = json_object();

    for (unsigned int i = 0; i < applied->n_shares; i++) {
        char node[16];

        (void)snprintf(node, sizeof(node), "%u", applied->shares[i].node);
        (void)json_object_set_new(shares, node, json_integer((json_int_t)applied->shares[i].bytes));
    }
    return json_dumps(shares, JSON_COMPACT);
}

static int put_placement(struct journal *journal, int64_t transaction, unsigned int seq,
                         const struct applied *applied, struct np_error *err)
{
    autofree char *cpus = set_format(applied->cpus);
    autofree char *nodes = set_format(applied->mem_nodes);
    autofree char *shares = shares_text(applied);

    if (!cpus || !nodes || !shares)
        return -ENOMEM;
    return db_run(&journal->db, err, "INSERT INTO placements VALUES(?,?,?,?,?,?,?,?,?,?)",
                  "iitiittttt", transaction, (int64_t)seq, applied->instance,
                  (int64_t)applied->id.pid, (int64_t)applied->id.start_ticks, cpus, nodes,
                  memory_policy_name(applied->policy), shares, applied->cgroup);
}

/* Where a change goes, and the statement that puts it there, for the next one. */
struct place {
    struct journal *journal;
    int64_t transaction;
    sqlite3_stmt *statement;
};

static int insert_change(struct place *place, unsigned int seq, struct change *change,
                         struct np_error *err)
{
    autofree char *subject = json_dumps(change->subject, JSON_COMPACT);
    autofree char *wanted = json_dumps(change->wanted, JSON_COMPACT);
    autofree char *old = json_dumps(change->old, JSON_COMPACT | JSON_ENCODE_ANY);
    int r;

    if (!subject || !wanted || !old)
        return -ENOMEM;
    r = db_repeat(&place->journal->db, &place->statement, err,
                  "INSERT INTO changes(transaction_id, seq, kind, instance, shared, state, subject,"
                  " wanted, old) VALUES(?,?,?,?,?,?,?,?,?)",
                  "iittitttt", place->transaction, (int64_t)seq, change_kind(change->kind)->name,
                  change->instance, (int64_t)change->shared, change_state_name(CHANGE_INTENDED),
                  subject, wanted, old);
    if (r == 0) {
        change->id = sqlite3_last_insert_rowid(place->journal->db.handle);
        change->state = CHANGE_INTENDED;
    }
    return r;
}

static int insert_changes(struct journal *journal, struct transaction *transaction,
                          struct np_error *err)
{
    struct place place = {journal, transaction->id, NULL};
    int r = 0;

    for (unsigned int i = 0; r == 0 && i < transaction->changes.n; i++)
        r = insert_change(&place, i, &transaction->changes.list[i], err);
    cleanup_statement(&place.statement);
    return r;
}

/* What was applied before the machine was restarted is gone, and those that are long rolled back
 * are history. */
static int tidy(struct journal *journal, struct np_error *err)
{
    int r = db_run(&journal->db, err,
                   "UPDATE changes SET state='vanished' WHERE state IN ('intended','made','stuck')"
                   " AND transaction_id IN (SELECT id FROM transactions WHERE boot <> ?)",
                   "t", journal->boot);

    if (r == 0)
        r = db_run(&journal->db, err, "UPDATE transactions SET state='rolled-back' WHERE boot <> ?",
                   "t", journal->boot);
    if (r == 0)
        r = db_run(&journal->db, err,
                   "DELETE FROM transactions WHERE state = 'rolled-back' AND id <="
                   " (SELECT max(id) FROM transactions) - ?",
                   "i", (int64_t)KEPT_TRANSACTIONS);
    return r;
}

static int put_all(struct journal *journal, struct transaction *transaction,
                   const struct applied *applied, unsigned int n_applied, struct np_error *err)
{
    int r = tidy(journal, err);

    if (r == 0)
        r = put_transaction(journal, transaction, err);
    for (unsigned int i = 0; r == 0 && i < n_applied; i++)
        r = put_placement(journal, transaction->id, i, &applied[i], err);
    return r < 0 ? r : insert_changes(journal, transaction, err);
}

int journal_begin(struct journal *journal, struct transaction *transaction,
                  const struct applied *applied, unsigned int n_applied, struct np_error *err)
{
    int r = begin(journal, err);

    if (r == 0)
        r = commit(journal, put_all(journal, transaction, applied, n_applied, err), err);
    return r;
}

static int put_change(const struct journal *journal, sqlite3_stmt **statement,
                      const struct change *change, struct np_error *err)
{
    autofree char *subject = json_dumps(change->subject, JSON_COMPACT);
    autofree char *wanted = json_dumps(change->wanted, JSON_COMPACT);
    autofree char *found =
        change->found ? json_dumps(change->found, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;

    if (!subject || !wanted || (change->found && !found))
        return -ENOMEM;
    return db_repeat(&journal->db, statement, err,
                     "UPDATE changes SET state=?, subject=?, wanted=?, found=?, note=? WHERE id=?",
                     "ttttti", change_state_name(change->state), subject, wanted, found,
                     change->note, change->id);
}

int journal_put_change(struct journal *journal, const struct change *change, struct np_error *err)
{
    autostatement sqlite3_stmt *statement = NULL;

    return put_change(journal, &statement, change, err);
}

static int put_progress(struct journal *journal, const struct transaction *transaction,
                        struct np_error *err)
{
    autostatement sqlite3_stmt *statement = NULL;
    int r = journal_put_state(journal, transaction->id, transaction->state, err);

    for (unsigned int i = 0; r == 0 && i < transaction->changes.n; i++)
        r = put_change(journal, &statement, &transaction->changes.list[i], err);
    return r;
}

/* What make() found out of a change has been written, or comes with a note. */
static int put_applied(struct journal *journal, const struct transaction *transaction,
                       struct np_error *err)
{
    autostatement sqlite3_stmt *statement = NULL;
    int r = journal_put_state(journal, transaction->id, TRANSACTION_APPLIED, err);

    if (r == 0)
        r = db_run(&journal->db, err, "UPDATE changes SET state=? WHERE transaction_id=?", "ti",
                   change_state_name(CHANGE_MADE), transaction->id);
    for (unsigned int i = 0; r == 0 && i < transaction->changes.n; i++) {
        if (transaction->changes.list[i].note)
            r = put_change(journal, &statement, &transaction->changes.list[i], err);
    }
    return r;
}

int journal_put_applied(struct journal *journal, const struct transaction *transaction,
                        struct np_error *err)
{
    int r = begin(journal, err);

    return r < 0 ? r : commit(journal, put_applied(journal, transaction, err), err);
}

int journal_put_transaction(struct journal *journal, const struct transaction *transaction,
                            struct np_error *err)
{
    int r = begin(journal, err);

    return r < 0 ? r : commit(journal, put_progress(journal, transaction, err), err);
}

int journal_put_state(struct journal *journal, int64_t transaction, enum transaction_state state,
                      struct np_error *err)
{
    return db_run(&journal->db, err,
                  "UPDATE transactions SET state=?, ended=strftime('%Y-%m-%dT%H:%M:%SZ','now')"
                  " WHERE id=?",
                  "ti", state_names[state], transaction);
}

int journal_put_process(struct journal *journal, int64_t change, const struct proc_id *id,
                        struct np_error *err)
{
    return db_run(&journal->db, err,
                  "UPDATE placements SET pid=?, start_ticks=? WHERE (transaction_id, instance) ="
                  " (SELECT transaction_id, instance FROM changes WHERE id=?)",
                  "iii", (int64_t)id->pid, (int64_t)id->start_ticks, change);
}
