/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the journal. A row that does not make sense is damage, and said to be. */

#include "journal-private.h"

#include <string.h>

static int damaged(const struct journal *journal, const char *what, struct np_error *err)
{
    error_set(err, -EBADMSG, "the journal %s is damaged: a %s does not make sense",
              journal->db.path, what);
    error_hint(err, "move it away to go on without it; what it recorded can then only be put back "
                    "by hand");
    return -EBADMSG;
}

static json_t *json_of(sqlite3_stmt *statement, int column)
{
    if (sqlite3_column_type(statement, column) == SQLITE_NULL)
        return NULL;
    return json_loads(db_text(statement, column), JSON_DECODE_ANY, NULL);
}

static int policy_from_name(const char *name)
{
    for (int i = 0; i <= MEMORY_POLICY_WEIGHTED_INTERLEAVE; i++) {
        if (strcmp(memory_policy_name((enum memory_policy)i), name) == 0)
            return i;
    }
    return -1;
}

static int read_shares(const char *text, struct applied *applied)
{
    autojson json_t *json = json_loads(text, 0, NULL);
    const char *node;
    json_t *bytes;

    if (!json_is_object(json))
        return -EBADMSG;
    applied->shares = calloc(json_object_size(json) + 1, sizeof(*applied->shares));
    if (!applied->shares)
        return -ENOMEM;
    json_object_foreach(json, node, bytes)
    {
        applied->shares[applied->n_shares++] = (struct share){
            .node = (unsigned int)strtoul(node, NULL, 10),
            .bytes = (uint64_t)json_integer_value(bytes),
        };
    }
    return 0;
}

#define APPLIED_COLUMNS                                                                            \
    "t.id, t.boot, t.spec_file, p.instance, p.pid, p.start_ticks, p.cpus, p.mem_nodes, p.policy,"  \
    " p.shares, p.cgroup"

/* Half-built on failure: the caller's applied_free takes it. */
static int read_applied(const struct journal *journal, sqlite3_stmt *s, struct applied *applied)
{
    int policy = policy_from_name(db_text(s, 8));

    *applied = (struct applied){
        .transaction = sqlite3_column_int64(s, 0),
        .same_boot = strcmp(db_text(s, 1), journal->boot) == 0,
        .spec_file = db_text_copy(s, 2),
        .instance = db_text_copy(s, 3),
        .id = {.pid = (pid_t)sqlite3_column_int64(s, 4),
               .start_ticks = (uint64_t)sqlite3_column_int64(s, 5)},
        .policy = (enum memory_policy)(policy < 0 ? 0 : policy),
        .cgroup = db_text_copy(s, 10),
    };
    if (!applied->spec_file || !applied->instance)
        return -ENOMEM;
    if (policy < 0 || set_parse_list(db_text(s, 6), &applied->cpus, NULL) < 0 ||
        set_parse_list(db_text(s, 7), &applied->mem_nodes, NULL) < 0)
        return -EBADMSG;
    return read_shares(db_text(s, 9), applied);
}

static int collect_applied(struct journal *journal, sqlite3_stmt *statement, struct applied **list,
                           unsigned int *n, struct np_error *err)
{
    int r;

    while ((r = db_step(&journal->db, statement, err)) > 0) {
        struct applied *larger = realloc(*list, (*n + 1) * sizeof(*larger));

        if (!larger)
            return -ENOMEM;
        *list = larger;
        r = read_applied(journal, statement, &larger[(*n)++]);
        if (r == -EBADMSG)
            return damaged(journal, "placement", err);
        if (r < 0)
            return r;
    }
    return r;
}

int journal_applied(struct journal *journal, const char *spec_file, struct applied **ret_applied,
                    unsigned int *ret_n, struct np_error *err)
{
    autostatement sqlite3_stmt *statement = NULL;
    struct applied *applied = NULL;
    unsigned int n = 0;
    int r = db_prepare(&journal->db, &statement, err,
                       "SELECT " APPLIED_COLUMNS
                       " FROM transactions t JOIN placements p ON p.transaction_id = t.id"
                       " WHERE t.state <> 'rolled-back' AND t.spec_file = coalesce(?, t.spec_file)"
                       " ORDER BY t.id, p.seq",
                       "t", spec_file);

    if (r == 0)
        r = collect_applied(journal, statement, &applied, &n, err);
    if (r < 0) {
        applied_free(applied, n);
        return r;
    }
    *ret_applied = applied;
    *ret_n = n;
    return 0;
}

void applied_free(struct applied *applied, unsigned int n)
{
    for (unsigned int i = 0; i < n; i++) {
        free(applied[i].spec_file);
        free(applied[i].instance);
        hwloc_bitmap_free(applied[i].cpus);
        hwloc_bitmap_free(applied[i].mem_nodes);
        free(applied[i].shares);
        free(applied[i].cgroup);
    }
    free(applied);
}

#define CHANGE_COLUMNS "id, kind, instance, shared, state, subject, wanted, old, found, note"

static int read_change(sqlite3_stmt *s, struct changes *changes)
{
    int kind = change_kind_from_name(db_text(s, 1));
    int state = change_state_from_name(db_text(s, 4));
    struct change *change;
    int r;

    if (kind < 0 || state < 0)
        return -EBADMSG;
    r = changes_add(changes, (enum change_kind_id)kind, db_text(s, 2), json_of(s, 5),
                    json_of(s, 6));
    if (r < 0)
        return -EBADMSG; /* JSON that does not parse; memory for a few bytes there was before */
    change = &changes->list[changes->n - 1];
    change->id = sqlite3_column_int64(s, 0);
    change->shared = sqlite3_column_int64(s, 3) != 0;
    change->state = (enum change_state)state;
    change->old = json_of(s, 7);
    change->found = json_of(s, 8);
    change->note = db_text_copy(s, 9);
    return change->old ? 0 : -EBADMSG;
}

static int load_changes(struct journal *journal, struct transaction *transaction,
                        struct np_error *err)
{
    autostatement sqlite3_stmt *statement = NULL;
    int r = db_prepare(&journal->db, &statement, err,
                       "SELECT " CHANGE_COLUMNS " FROM changes WHERE transaction_id=? ORDER BY seq",
                       "i", transaction->id);

    if (r < 0)
        return r;
    while ((r = db_step(&journal->db, statement, err)) > 0) {
        if (read_change(statement, &transaction->changes) < 0)
            return damaged(journal, "change", err);
    }
    return r;
}

static int load_transaction(struct journal *journal, struct transaction *transaction,
                            struct np_error *err)
{
    autostatement sqlite3_stmt *s = NULL;
    int state;
    int r = db_prepare(&journal->db, &s, err,
                       "SELECT state, boot, spec_file, plan, started, ended FROM transactions"
                       " WHERE id=?",
                       "i", transaction->id);

    if (r == 0)
        r = db_step(&journal->db, s, err);
    if (r < 0)
        return r;
    if (r == 0) {
        error_set(err, -ENOENT, "there is no transaction %lld in the journal %s",
                  (long long)transaction->id, journal->db.path);
        error_hint(err, "`numaplace status` lists what is applied");
        return -ENOENT;
    }
    state = transaction_state_from_name(db_text(s, 0));
    if (state < 0)
        return damaged(journal, "transaction", err);
    transaction->state = (enum transaction_state)state;
    transaction->same_boot = strcmp(db_text(s, 1), journal->boot) == 0;
    transaction->spec_file = db_text_copy(s, 2);
    transaction->plan = db_text_copy(s, 3);
    transaction->started = db_text_copy(s, 4);
    transaction->ended = db_text_copy(s, 5);
    if (!transaction->spec_file || !transaction->plan || !transaction->started)
        return -ENOMEM;
    return 0;
}

int journal_load(struct journal *journal, int64_t id, struct transaction **ret_transaction,
                 struct np_error *err)
{
    autotransaction struct transaction *transaction = calloc(1, sizeof(*transaction));
    int r;

    if (!transaction)
        return -ENOMEM;
    transaction->id = id;
    r = load_transaction(journal, transaction, err);
    if (r == 0)
        r = load_changes(journal, transaction, err);
    if (r == 0)
        *ret_transaction = TAKE(transaction);
    return r;
}

struct transaction *transaction_free(struct transaction *transaction)
{
    if (transaction) {
        changes_fini(&transaction->changes);
        free(transaction->spec_file);
        free(transaction->plan);
        free(transaction->started);
        free(transaction->ended);
        free(transaction);
    }
    return NULL;
}

int journal_open_transactions(struct journal *journal, int64_t **ret_ids, unsigned int *ret_n,
                              struct np_error *err)
{
    autostatement sqlite3_stmt *statement = NULL;
    autofree int64_t *ids = NULL;
    unsigned int n = 0;
    int r = db_prepare(&journal->db, &statement, err,
                       "SELECT id FROM transactions WHERE state <> 'rolled-back' ORDER BY id", "");

    if (r < 0)
        return r;
    while ((r = db_step(&journal->db, statement, err)) > 0) {
        int64_t *larger = realloc(ids, (n + 1) * sizeof(*ids));

        if (!larger)
            return -ENOMEM;
        ids = larger;
        ids[n++] = sqlite3_column_int64(statement, 0);
    }
    if (r < 0)
        return r;
    *ret_ids = TAKE(ids);
    *ret_n = n;
    return 0;
}
