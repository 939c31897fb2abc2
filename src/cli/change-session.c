/* SPDX-License-Identifier: Apache-2.0 */
/* Opening what changes work on, and writing them. */

#include "change-session.h"

#include "json-util.h"

#include <string.h>

int change_session_open(struct change_session *session, const char *state_dir, bool read_only,
                        struct np_error *err)
{
    int r = root_open("/", &session->root, err);

    if (r == 0)
        r = journal_open(state_dir, read_only, &session->context.journal, err);
    if (r == 0 && !read_only)
        r = journal_lock(session->context.journal, err);
    if (r < 0)
        return r;
    session->context.root = session->root;
    r = cpuset_find(session->root, &session->cpuset, err);
    if (r == 0)
        session->context.cpuset = &session->cpuset;
    return r == -ENOENT ? 0 : r; /* a machine without cpuset cgroups is a machine too */
}

int cli_take_irqbalance(const struct command *command, const char *value,
                        enum irqbalance_mode *ret_mode)
{
    int mode = irqbalance_mode_from_name(value);

    if (mode < 0)
        return cli_usage(command, "--irqbalance=%s: ban, stop or ignore is wanted", value);
    *ret_mode = (enum irqbalance_mode)mode;
    return EXIT_DONE;
}

void change_session_close(struct change_session *session)
{
    session->context.journal = journal_free(session->context.journal);
    cpuset_fini(&session->cpuset);
    session->root = root_free(session->root);
}

int change_session_refuse_unfinished(const struct change_session *session, struct np_error *err)
{
    struct journal *journal = session->context.journal;
    autofree int64_t *ids = NULL;
    unsigned int n = 0;
    int r = journal_open_transactions(journal, &ids, &n, err);

    for (unsigned int i = 0; r == 0 && i < n; i++) {
        autotransaction struct transaction *transaction = NULL;

        r = journal_load(journal, ids[i], &transaction, err);
        if (r < 0 || !transaction->same_boot || transaction->state == TRANSACTION_APPLIED)
            continue;
        error_set(err, -EBUSY, "transaction %lld %s", (long long)ids[i],
                  transaction->state == TRANSACTION_FAILED ? "failed in part" : "was interrupted");
        error_hint(err, "`numaplace rollback %lld` first", (long long)ids[i]);
        r = -EBUSY;
    }
    return r;
}

int render_change(const struct change *change, const char *word, FILE *stream)
{
    autofree char *text = change_kind(change->kind)->describe(change);

    if (!text)
        return -ENOMEM;
    fprintf(stream, "  %-12s ", change->instance);
    if (word)
        fprintf(stream, "%-12s ", word);
    fprintf(stream, "%s\n", text);
    if (change->note)
        fprintf(stream, "  %12s %s\n", "", change->note);
    return 0;
}

/* Where each page was is for the journal only: it may be megabytes. */
static json_t *without_runs(const json_t *value)
{
    json_t *copy = json_copy((json_t *)(uintptr_t)value); /* which does not change it */

    if (json_is_object(copy))
        (void)json_object_del(copy, "runs"); /* most have none */
    return copy;
}

json_t *json_change(const struct change *change, const char *word, const json_t *now)
{
    autofree char *text = change_kind(change->kind)->describe(change);

    return json_pack("{s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:s, s:o, s:o}", "instance",
                     json_text(change->instance), "kind", change_kind(change->kind)->name,
                     "subject", json_copy(change->subject), "wanted", json_copy(change->wanted),
                     "old", change->old ? without_runs(change->old) : json_null(), "now",
                     now ? without_runs(now) : json_null(), "standing", json_text(word), "state",
                     change_state_name(change->state), "text", json_text(text), "note",
                     json_text(change->note));
}
