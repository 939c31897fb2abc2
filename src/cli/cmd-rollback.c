/* SPDX-License-Identifier: Apache-2.0 */
/* numaplace rollback: put everything back. */

#include "change-session.h"
#include "commands.h"
#include "json-util.h"
#include "stop-signals.h"

#include <string.h>

enum { OPTION_FORCE, OPTION_JSON, OPTION_STATE_DIR };

static const struct cli_option options[] = {
    [OPTION_FORCE] = {"force", 0, NULL, "put back what somebody else changed since, too"},
    [OPTION_JSON] = {"json", 'j', NULL, "what became of each change, as JSON"},
    [OPTION_STATE_DIR] = CLI_OPTION_STATE_DIR,
    {0},
};

struct rollback_arguments {
    int64_t id; /* 0: all */
    const char *state_dir;
    bool force;
    bool json;
};

struct work {
    const struct change_context *context;
    json_t *transactions; /* NULL: text is printed */
    bool partly;
};

static bool parse_id(const char *text, int64_t *ret_id)
{
    char *end;

    errno = 0;
    *ret_id = strtoll(text, &end, 10);
    return errno == 0 && end != text && *end == '\0' && *ret_id > 0;
}

static const char *outcome_text(const struct transaction *transaction, int outcome)
{
    switch (outcome) {
    case ROLLBACK_DONE:
        return "rolled back";
    case -EINTR:
        return transaction->state == TRANSACTION_ROLLING_BACK ? "stopped while it was rolled back"
                                                              : "not rolled back yet";
    default:
        return "not all could be put back";
    }
}

static int print_text(const struct transaction *transaction, int outcome)
{
    int r = 0;

    printf("transaction %lld: %s\n", (long long)transaction->id,
           outcome_text(transaction, outcome));
    for (unsigned int i = transaction->changes.n; r == 0 && i-- > 0;) {
        const struct change *change = &transaction->changes.list[i];

        r = render_change(change, change_state_name(change->state), stdout);
    }
    return r;
}

static int add_json(struct work *work, const struct transaction *transaction, int outcome)
{
    json_t *changes = json_array();

    for (unsigned int i = transaction->changes.n; i-- > 0;) {
        const struct change *change = &transaction->changes.list[i];

        if (json_array_append_new(changes, json_change(change, NULL, NULL)) < 0) {
            json_decref(changes);
            return -ENOMEM;
        }
    }
    return json_array_append_new(work->transactions,
                                 json_pack("{s:I, s:s, s:b, s:o}", "transaction",
                                           (json_int_t)transaction->id, "state",
                                           transaction_state_name(transaction->state), "complete",
                                           outcome == ROLLBACK_DONE, "changes", changes)) < 0
               ? -ENOMEM
               : 0;
}

static bool has_left(const struct transaction *transaction)
{
    for (unsigned int i = 0; i < transaction->changes.n; i++) {
        if (transaction->changes.list[i].state == CHANGE_LEFT)
            return true;
    }
    return false;
}

static int refuse_again(const struct transaction *transaction, struct np_error *err)
{
    error_set(err, -EALREADY, "transaction %lld is rolled back already",
              (long long)transaction->id);
    if (has_left(transaction))
        error_hint(err, "--force puts back what was left to somebody else, too");
    return -EALREADY;
}

static int roll_back(struct work *work, int64_t id, struct np_error *err)
{
    autotransaction struct transaction *transaction = NULL;
    int outcome, r = journal_load(work->context->journal, id, &transaction, err);

    if (r < 0)
        return r;
    if (transaction->state == TRANSACTION_ROLLED_BACK &&
        !(work->context->force && has_left(transaction)))
        return refuse_again(transaction, err);
    outcome = transaction_rollback(work->context, transaction, err);
    r = work->transactions ? add_json(work, transaction, outcome)
                           : print_text(transaction, outcome);
    work->partly |= outcome != ROLLBACK_DONE;
    return outcome < 0 ? outcome : r;
}

/* The newest first: what it found is what those before it had made. */
static int roll_back_all(struct work *work, struct np_error *err)
{
    autofree int64_t *ids = NULL;
    unsigned int n = 0;
    int r = journal_open_transactions(work->context->journal, &ids, &n, err);

    if (r == 0 && n == 0 && !work->transactions)
        printf("nothing is applied here\n");
    while (r == 0 && n-- > 0)
        r = roll_back(work, ids[n], err);
    return r;
}

/* Where there is no journal, none is created to say so. */
static int open_session(const struct rollback_arguments *arguments, struct change_session *session,
                        struct np_error *err)
{
    int r = change_session_open(session, arguments->state_dir, true, err);

    if (r < 0 || journal_is_absent(session->context.journal))
        return r;
    change_session_close(session);
    *session = (struct change_session){0};
    return change_session_open(session, arguments->state_dir, false, err);
}

static int run_with(const struct rollback_arguments *arguments)
{
    autosession struct change_session session = {0};
    struct work work = {.context = &session.context,
                        .transactions = arguments->json ? json_array() : NULL};
    struct np_error err = {0};
    int r = open_session(arguments, &session, &err);

    session.context.force = arguments->force;
    session.context.stop =
        stop_signals_catch("numaplace: stopping after the change that is being undone\n");
    if (r == 0)
        r = arguments->id ? roll_back(&work, arguments->id, &err) : roll_back_all(&work, &err);
    if (arguments->json && json_array_size(work.transactions) + (r == 0) > 0)
        (void)cli_print_json(json_pack("{s:O}", "transactions", work.transactions));
    json_decref(work.transactions);
    if (r < 0)
        cli_error(&err, r);
    if (work.partly)
        return EXIT_PARTLY;
    return r < 0 ? EXIT_FAILED : EXIT_DONE;
}

static int run_rollback(int argc, char **argv)
{
    struct cli_args args = {.command = &command_rollback, .argc = argc, .argv = argv};
    struct rollback_arguments arguments = {0};
    int option;

    while ((option = cli_next(&args)) >= 0) {
        switch (option) {
        case OPTION_FORCE:
            arguments.force = true;
            break;
        case OPTION_JSON:
            arguments.json = true;
            break;
        case OPTION_STATE_DIR:
            arguments.state_dir = args.value;
            break;
        }
    }
    if (option == CLI_STOP)
        return args.exit;
    if (argc - args.next > 1)
        return cli_usage(&command_rollback, "at most one transaction is wanted");
    if (argc - args.next == 1 && !parse_id(argv[args.next], &arguments.id))
        return cli_usage(&command_rollback, "\"%s\" is not the number of a transaction",
                         argv[args.next]);
    return run_with(&arguments);
}

const struct command command_rollback = {
    .name = "rollback",
    .synopsis = "[OPTION]... [ID]",
    .summary = "put back what apply changed",
    .details = "ID is a transaction that `numaplace status` lists; without one, all are put back, "
               "the newest first.\nExit status: 0 all is as it was; 5 something was left: it is "
               "named, with the reason.\n",
    .options = options,
    .run = run_rollback,
};
