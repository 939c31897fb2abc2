/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine of rollback: first look at everything and write down what was found (undoing one
 * change may alter what another looks like), then undo in reverse order, what encloses before what
 * settles. A journal that cannot be written does not stop the values from being put back.
 */

#include "transaction.h"

#include <string.h>

/* Not after a restart of the machine, nor when the cgroup hierarchy itself is gone. */
static bool is_reachable(const struct change_context *context,
                         const struct transaction *transaction, const struct change *change)
{
    bool in_cgroups = change->kind == CHANGE_CONTROLLER || change->kind == CHANGE_CGROUP ||
                      change->kind == CHANGE_ATTACH;

    return transaction->same_boot && (context->cpuset || !in_cgroups);
}

int transaction_look(const struct change_context *context, const struct transaction *transaction,
                     const struct change *change, json_t **ret_now, struct np_error *err)
{
    if (is_reachable(context, transaction, change))
        return change_kind(change->kind)->look(context, change, ret_now, err);
    *ret_now = json_null();
    return STANDING_GONE;
}

static bool is_open(const struct change_context *context, const struct change *change)
{
    return change->state == CHANGE_INTENDED || change->state == CHANGE_MADE ||
           change->state == CHANGE_STUCK || (change->state == CHANGE_LEFT && context->force);
}

/* What cannot be looked at now is undone without a comparison. */
static int find(const struct change_context *context, const struct transaction *transaction,
                struct change *change)
{
    json_t *now = NULL;
    int r = transaction_look(context, transaction, change, &now, NULL);

    json_decref(change->found);
    change->found = r < 0 ? json_incref(change->wanted) : now;
    return change->found ? 0 : -ENOMEM;
}

/* An interrupted rollback goes on with what it had found: by now its own work is in the way. */
static int find_all(const struct change_context *context, struct transaction *transaction,
                    struct np_error *err)
{
    bool goes_on = transaction->state == TRANSACTION_ROLLING_BACK;

    for (unsigned int i = 0; i < transaction->changes.n; i++) {
        struct change *change = &transaction->changes.list[i];
        int r = 0;

        if (is_open(context, change) && !(goes_on && change->found))
            r = find(context, transaction, change);
        if (r < 0)
            return r;
    }
    transaction->state = TRANSACTION_ROLLING_BACK;
    return journal_put_transaction(context->journal, transaction, err);
}

static void set_note(struct change *change, const struct np_error *err)
{
    free(change->note);
    if (asprintf(&change->note, "%s%s%s", err->text, err->hint[0] ? "; " : "", err->hint) < 0)
        change->note = NULL; /* out of memory: the state alone must tell */
}

/* True: another transaction needs it still. */
static bool is_needed(const struct change_context *context, struct change *change)
{
    struct np_error why;
    int64_t holder = 0;

    if (!change->shared || journal_holder(context->journal, change, &holder, NULL, NULL) < 0 ||
        holder == 0)
        return false;
    (void)error_set(&why, -EBUSY, "transaction %lld needs it still", (long long)holder);
    set_note(change, &why);
    return true;
}

static enum change_state state_after(int outcome)
{
    switch (outcome) {
    case UNDO_DONE:
        return CHANGE_UNDONE;
    case UNDO_GONE:
        return CHANGE_VANISHED;
    case UNDO_FOREIGN:
        return CHANGE_LEFT;
    default:
        return CHANGE_STUCK;
    }
}

static int undo(const struct change_context *context, const struct transaction *transaction,
                struct change *change, struct np_error *err)
{
    struct np_error why = {0};
    int r = UNDO_GONE;

    free(change->note);
    change->note = NULL;
    context_step(context, "undo");
    if (is_reachable(context, transaction, change))
        r = is_needed(context, change) ? UNDO_DONE
                                       : change_kind(change->kind)->undo(context, change, &why);
    context_step(context, "undone");
    change->state = state_after(r);
    if (r < 0 && !why.code)
        (void)error_set(&why, r, "%s", strerror(-r));
    if (why.code)
        set_note(change, &why);
    return change_kind(change->kind)->evident ? 0
                                              : journal_put_change(context->journal, change, err);
}

/* 0, or -EINTR: what is still to be undone waits for the next rollback. */
static int stop(const struct change_context *context, const struct transaction *transaction,
                struct np_error *err)
{
    unsigned int n = 0;
    int r = context_stopped(context, err);

    if (r == 0)
        return 0;
    for (unsigned int i = 0; i < transaction->changes.n; i++)
        n += is_open(context, &transaction->changes.list[i]);
    error_hint(err, "%u of %u changes are still to be undone: `numaplace rollback%s %lld` goes on",
               n, transaction->changes.n, context->force ? " --force" : "",
               (long long)transaction->id);
    return r;
}

/* Returns the journal's first error, after all has been undone, or -EINTR at once. */
static int undo_all(const struct change_context *context, struct transaction *transaction,
                    struct np_error *err)
{
    struct changes *changes = &transaction->changes;
    int first = 0;

    for (int settles = 0; settles <= 1; settles++) {
        for (unsigned int i = changes->n; i-- > 0;) {
            struct change *change = &changes->list[i];
            int r;

            if (change_kind(change->kind)->settles != settles || !is_open(context, change))
                continue;
            r = stop(context, transaction, err);
            if (r < 0)
                return r;
            r = undo(context, transaction, change, first ? NULL : err);
            if (r < 0 && !first)
                first = r;
        }
    }
    return first;
}

int transaction_rollback(const struct change_context *context, struct transaction *transaction,
                         struct np_error *err)
{
    bool stuck = false, left = false;
    int found, undone, r = stop(context, transaction, err);

    if (r < 0)
        return r;
    found = find_all(context, transaction, err);
    if (found == -ENOMEM)
        return found;
    context_step(context, "found");
    undone = undo_all(context, transaction, found < 0 ? NULL : err);
    for (unsigned int i = 0; i < transaction->changes.n; i++) {
        stuck |= transaction->changes.list[i].state == CHANGE_STUCK;
        left |= transaction->changes.list[i].state == CHANGE_LEFT;
    }
    if (found < 0 || undone < 0)
        return found < 0 ? found : undone;
    transaction->state = stuck ? TRANSACTION_FAILED : TRANSACTION_ROLLED_BACK;
    r = journal_put_transaction(context->journal, transaction, err);
    if (r < 0)
        return r;
    return stuck || left ? ROLLBACK_PARTLY : ROLLBACK_DONE;
}
