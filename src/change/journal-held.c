/* SPDX-License-Identifier: Apache-2.0 */
/* Who holds a subject: compared here and not in SQL, where each of a hundred changes would ask the
 * whole journal again. */

#include "journal-private.h"

#include <string.h>

struct holding {
    int64_t change;
    int64_t transaction;
    enum change_kind_id kind;
    char *subject; /* as subject_key() */
};

struct held {
    const struct journal *journal;
    struct holding *list; /* the oldest first */
    unsigned int n;
};

/* The command's name is for people: it may have changed. The caller frees; NULL when out of memory.
 */
static char *subject_key(const json_t *subject)
{
    autojson json_t *copy = json_copy((json_t *)(uintptr_t)subject); /* which does not change it */

    if (!copy)
        return NULL;
    (void)json_object_del(copy, "comm"); /* most have none */
    return json_dumps(copy, JSON_COMPACT | JSON_SORT_KEYS);
}

struct held *held_free(struct held *held)
{
    if (held) {
        for (unsigned int i = 0; i < held->n; i++)
            free(held->list[i].subject);
        free(held->list);
        free(held);
    }
    return NULL;
}

/* What does not make sense holds nothing: whoever loads its transaction is told of the damage. */
static int add(struct held *held, sqlite3_stmt *s)
{
    autojson json_t *subject = json_loads(db_text(s, 3), 0, NULL);
    int kind = change_kind_from_name(db_text(s, 2));
    struct holding *larger;

    if (!subject || kind < 0)
        return 0;
    larger = realloc(held->list, (held->n + 1) * sizeof(*larger));
    if (!larger)
        return -ENOMEM;
    held->list = larger;
    larger[held->n] = (struct holding){
        .change = sqlite3_column_int64(s, 0),
        .transaction = sqlite3_column_int64(s, 1),
        .kind = (enum change_kind_id)kind,
        .subject = subject_key(subject),
    };
    return larger[held->n++].subject ? 0 : -ENOMEM;
}

int journal_held(struct journal *journal, struct held **ret_held, struct np_error *err)
{
    autostatement sqlite3_stmt *statement = NULL;
    autoheld struct held *held = calloc(1, sizeof(*held));
    int r;

    if (!held)
        return -ENOMEM;
    held->journal = journal;
    /* CROSS: transactions first, of which few are open */
    r = db_prepare(&journal->db, &statement, err,
                   "SELECT c.id, c.transaction_id, c.kind, c.subject FROM transactions t"
                   " CROSS JOIN changes c ON c.transaction_id = t.id"
                   " WHERE t.boot = ? AND t.state <> 'rolled-back'"
                   " AND c.state IN ('intended', 'made', 'stuck') ORDER BY c.id",
                   "t", journal->boot);
    while (r == 0 && (r = db_step(&journal->db, statement, err)) > 0)
        r = add(held, statement);
    if (r == 0)
        *ret_held = TAKE(held);
    return r;
}

static int read_old(const struct journal *journal, int64_t change, json_t **ret_old,
                    struct np_error *err)
{
    autostatement sqlite3_stmt *statement = NULL;
    int r = db_prepare(&journal->db, &statement, err, "SELECT old FROM changes WHERE id = ?", "i",
                       change);

    if (r == 0)
        r = db_step(&journal->db, statement, err);
    if (r < 0)
        return r;
    *ret_old = json_loads(db_text(statement, 0), JSON_DECODE_ANY, NULL);
    return 0;
}

/* A change that is not in the journal yet (id 0) is in no transaction: everyone is another. */
static int64_t transaction_of(const struct held *held, int64_t change)
{
    for (unsigned int i = 0; change != 0 && i < held->n; i++) {
        if (held->list[i].change == change)
            return held->list[i].transaction;
    }
    return 0;
}

int held_find(const struct held *held, const struct change *change, int64_t *ret_transaction,
              json_t **ret_old, struct np_error *err)
{
    autofree char *subject = subject_key(change->subject);
    int64_t own = transaction_of(held, change->id);

    if (!subject)
        return -ENOMEM;
    for (unsigned int i = 0; i < held->n; i++) {
        const struct holding *holding = &held->list[i];

        if (holding->transaction == own || holding->kind != change->kind ||
            strcmp(holding->subject, subject) != 0)
            continue;
        *ret_transaction = holding->transaction;
        return ret_old ? read_old(held->journal, holding->change, ret_old, err) : 0;
    }
    *ret_transaction = 0;
    return 0;
}

int journal_holder(struct journal *journal, const struct change *change, int64_t *ret_transaction,
                   json_t **ret_old, struct np_error *err)
{
    autoheld struct held *held = NULL;
    int r = journal_held(journal, &held, err);

    return r < 0 ? r : held_find(held, change, ret_transaction, ret_old, err);
}
