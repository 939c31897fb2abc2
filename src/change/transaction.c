/* SPDX-License-Identifier: Apache-2.0 */
/* The engine of apply. Rollback is in rollback.c. */

#include "transaction.h"

#include <string.h>

static int held(const struct change *change, int64_t holder, struct np_error *err)
{
    autofree char *text = change_kind(change->kind)->describe(change);

    error_set(err, -EBUSY, "\"%s\" (%s) is held by transaction %lld already", change->instance,
              text ? text : change_kind(change->kind)->name, (long long)holder);
    error_hint(err, "`numaplace rollback %lld` lets go of it", (long long)holder);
    return -EBUSY;
}

/* The old value of what several transactions share is the one before the first of them. */
static int inherit(const struct held *others, struct change *change, int64_t *ret_holder,
                   struct np_error *err)
{
    autojson json_t *old = NULL;
    int r = held_find(others, change, ret_holder, &old, err);

    if (r < 0 || *ret_holder == 0)
        return r;
    if (!change->shared)
        return held(change, *ret_holder, err);
    json_decref(change->old);
    change->old = TAKE(old);
    return change->old ? 0 : -ENOMEM;
}

static int refuse_existing(const struct change *change, struct np_error *err)
{
    const char *path = json_string_value(json_object_get(change->subject, "path"));

    error_set(err, -EEXIST, "cgroup /%s for \"%s\" exists already, and no transaction made it",
              path ? path : "", change->instance);
    error_hint(err, "remove it (rmdir), or give the instance another name");
    return -EEXIST;
}

static int prepare(const struct change_context *context, const struct held *others,
                   struct change *change, bool *ret_needless, struct np_error *err)
{
    bool creates = json_is_true(json_object_get(change->wanted, "create"));
    int64_t holder;
    int r = change_kind(change->kind)->read(context, change, err);

    if (r == 0)
        r = inherit(others, change, &holder, err);
    if (r < 0)
        return r;
    if (creates && !change->shared && !json_is_null(change->old))
        return refuse_existing(change, err);
    *ret_needless = change->shared && holder == 0 && json_equal(change->old, change->wanted);
    return 0;
}

static void drop(struct changes *changes, unsigned int i)
{
    change_fini(&changes->list[i]);
    changes->n--;
    memmove(&changes->list[i], &changes->list[i + 1], (changes->n - i) * sizeof(changes->list[0]));
}

int transaction_prepare(const struct change_context *context, struct changes *changes,
                        struct np_error *err)
{
    autoheld struct held *others = NULL;
    int r = journal_held(context->journal, &others, err);

    for (unsigned int i = 0; r == 0 && i < changes->n;) {
        bool needless;

        r = prepare(context, others, &changes->list[i], &needless, err);
        if (r == 0 && needless)
            drop(changes, i);
        else
            i++;
    }
    return r;
}

static int make(const struct change_context *context, struct change *change, struct np_error *err)
{
    int r;

    context_step(context, "make");
    r = context_stopped(context, err);
    if (r < 0)
        return r;
    r = change_kind(change->kind)->make(context, change, err);
    if (r < 0)
        return r;
    context_step(context, "made");
    change->state = CHANGE_MADE;
    return change_kind(change->kind)->evident ? 0
                                              : journal_put_change(context->journal, change, err);
}

/* First what encloses, then what settles in it. */
static int make_all(const struct change_context *context, struct changes *changes,
                    struct np_error *err)
{
    for (int settles = 0; settles <= 1; settles++) {
        for (unsigned int i = 0; i < changes->n; i++) {
            int r = 0;

            if (change_kind(changes->list[i].kind)->settles == settles)
                r = make(context, &changes->list[i], err);
            if (r < 0)
                return r;
        }
    }
    return 0;
}

/* A command that has done its work already is not a failure, and is worth a word. */
static int note_ended(struct change *change)
{
    const char *log = json_string_value(json_object_get(change->wanted, "log"));

    char *note;

    if (asprintf(&note, "the command of \"%s\" has ended already; what it printed is in %s",
                 change->instance, log ? log : "its log") < 0)
        return -ENOMEM;
    free(change->note);
    change->note = note;
    return 0;
}

static int read_back(const struct change_context *context, struct change *change,
                     struct np_error *err)
{
    const struct change_kind *kind = change_kind(change->kind);
    autofree char *text = NULL, *found = NULL;
    autojson json_t *now = NULL;
    int r = kind->look(context, change, &now, err);

    if (r < 0 || r == STANDING_IN_PLACE)
        return r;
    if (r == STANDING_PENDING)
        return 0;
    if (r == STANDING_GONE && change->kind == CHANGE_SPAWN)
        return note_ended(change);
    text = kind->describe(change);
    found = change_tell(change, now);
    return error_set(err, -EREMOTEIO, "\"%s\": asked for %s, and the kernel made it %s",
                     change->instance, text ? text : kind->name, found ? found : "something else");
}

static int make_and_read_back(const struct change_context *context, struct transaction *transaction,
                              struct np_error *err)
{
    int r = make_all(context, &transaction->changes, err);

    for (unsigned int i = 0; r == 0 && i < transaction->changes.n; i++)
        r = read_back(context, &transaction->changes.list[i], err);
    if (r < 0)
        return r;
    context_step(context, "read-back");
    transaction->state = TRANSACTION_APPLIED;
    return journal_put_applied(context->journal, transaction, err);
}

static bool anything_made(const struct changes *changes)
{
    for (unsigned int i = 0; i < changes->n; i++) {
        if (changes->list[i].state != CHANGE_INTENDED)
            return true;
    }
    return false;
}

static int undo_failed(const struct change_context *context, struct transaction *transaction)
{
    struct change_context to_the_end = *context;
    bool made = anything_made(&transaction->changes);
    int r;

    to_the_end.stop = NULL;                                   /* who asked to end wants this */
    r = transaction_rollback(&to_the_end, transaction, NULL); /* the notes tell; the first error is
                                                                 what the caller wants to hear */

    if (r != ROLLBACK_DONE)
        return APPLY_PARTLY;
    return made ? APPLY_ROLLED_BACK : APPLY_UNTOUCHED;
}

int transaction_apply(const struct change_context *context, struct transaction *transaction,
                      const struct applied *applied, unsigned int n_applied, bool keep,
                      struct np_error *err)
{
    int r = journal_begin(context->journal, transaction, applied, n_applied, err);

    if (r < 0)
        return r;
    context_step(context, "intended");
    r = make_and_read_back(context, transaction, err);
    if (r == 0) {
        context_step(context, "applied");
        return APPLY_DONE;
    }
    if (!keep)
        return undo_failed(context, transaction);
    transaction->state = TRANSACTION_FAILED;
    /* If even this cannot be written it stays "applying", which rollback takes up as well. */
    (void)journal_put_transaction(context->journal, transaction, NULL);
    return APPLY_PARTLY;
}
