/* SPDX-License-Identifier: Apache-2.0 */
/* numaplace status: what numaplace has applied here, and what has drifted. */

#include "change-session.h"
#include "commands.h"
#include "json-util.h"

enum { OPTION_JSON, OPTION_STATE_DIR };

static const struct cli_option options[] = {
    [OPTION_JSON] = {"json", 'j', NULL, "all transactions with their changes, as JSON"},
    [OPTION_STATE_DIR] = CLI_OPTION_STATE_DIR,
    {0},
};

struct status {
    const struct change_context *context;
    bool drifted;
    json_t *transactions; /* NULL: text is printed */
};

/* What became of it, apart from being applied. */
static const char *way_out(enum transaction_state state)
{
    switch (state) {
    case TRANSACTION_APPLYING:
        return "was interrupted while it was applied: `numaplace rollback` puts back what was made";
    case TRANSACTION_ROLLING_BACK:
        return "was interrupted while it was rolled back: `numaplace rollback` goes on";
    case TRANSACTION_FAILED:
        return "failed in part: `numaplace rollback` puts back what is left";
    default:
        return NULL;
    }
}

static int show_change(struct status *status, const struct transaction *transaction,
                       const struct change *change, json_t *list)
{
    autojson json_t *now = NULL;
    struct np_error err = {0};
    int standing = transaction_look(status->context, transaction, change, &now, &err);
    const char *word = standing < 0 ? "unknown" : standing_name((enum standing)standing);
    int r;

    status->drifted |=
        standing == STANDING_FORMER || standing == STANDING_MIXED || standing == STANDING_FOREIGN;
    if (list)
        return json_array_append_new(list, json_change(change, word, now));
    r = render_change(change, word, stdout);
    if (standing < 0)
        printf("  %12s %s\n", "", err.text);
    else if (standing == STANDING_FOREIGN || standing == STANDING_MIXED ||
             standing == STANDING_PENDING) {
        autofree char *text = change_tell(change, now);

        if (!text)
            return -ENOMEM;
        printf("  %12s now: %s\n", "", text);
    }
    return r;
}

static bool has_file(const struct transaction *transaction)
{
    return transaction->spec_file[0] == '/';
}

static int show_transaction(struct status *status, const struct transaction *transaction)
{
    json_t *list = status->transactions ? json_array() : NULL;
    const char *trouble = way_out(transaction->state);
    int r = 0;

    status->drifted |= trouble != NULL;
    if (!list)
        printf("transaction %lld: %s %s %s %s%s\n", (long long)transaction->id,
               transaction_state_name(transaction->state), transaction->started,
               has_file(transaction) ? "from" : "by", transaction->spec_file,
               transaction->same_boot ? "" : " (before the last restart: nothing of it is left)");
    if (!list && trouble)
        printf("  %s\n", trouble);
    for (unsigned int i = 0; r == 0 && i < transaction->changes.n; i++)
        r = show_change(status, transaction, &transaction->changes.list[i], list);
    if (!list || r < 0) {
        json_decref(list);
        return r;
    }
    return json_array_append_new(
        status->transactions,
        json_pack("{s:I, s:s, s:o, s:o, s:o, s:b, s:o}", "transaction", (json_int_t)transaction->id,
                  "state", transaction_state_name(transaction->state), "file",
                  json_text(has_file(transaction) ? transaction->spec_file : NULL), "command",
                  json_text(has_file(transaction) ? NULL : transaction->spec_file), "started",
                  json_text(transaction->started), "same_boot", transaction->same_boot, "changes",
                  list));
}

static int show_all(struct status *status, struct np_error *err)
{
    autofree int64_t *ids = NULL;
    unsigned int n = 0;
    int r = journal_open_transactions(status->context->journal, &ids, &n, err);

    for (unsigned int i = 0; r == 0 && i < n; i++) {
        autotransaction struct transaction *transaction = NULL;

        r = journal_load(status->context->journal, ids[i], &transaction, err);
        if (r == 0)
            r = show_transaction(status, transaction);
    }
    if (r == 0 && n == 0 && !status->transactions)
        printf("nothing is applied here\n");
    return r;
}

static int show(const char *state_dir, bool json)
{
    autosession struct change_session session = {0};
    struct status status = {.context = &session.context,
                            .transactions = json ? json_array() : NULL};
    struct np_error err = {0};
    int r = change_session_open(&session, state_dir, true, &err);

    if (r == 0)
        r = show_all(&status, &err);
    if (r == 0 && json)
        r = cli_print_json(json_pack("{s:b, s:O}", "drifted", status.drifted, "transactions",
                                     status.transactions));
    json_decref(status.transactions);
    if (r < 0) {
        cli_error(&err, r);
        return EXIT_FAILED;
    }
    return status.drifted ? EXIT_DRIFTED : EXIT_DONE;
}

static int run_status(int argc, char **argv)
{
    struct cli_args args = {.command = &command_status, .argc = argc, .argv = argv};
    const char *state_dir = NULL;
    bool json = false;
    int option;

    while ((option = cli_next(&args)) >= 0) {
        switch (option) {
        case OPTION_JSON:
            json = true;
            break;
        case OPTION_STATE_DIR:
            state_dir = args.value;
            break;
        }
    }
    if (option == CLI_STOP)
        return args.exit;
    if (args.next != argc)
        return cli_usage(&command_status, "there is nothing to name: \"%s\"", argv[args.next]);
    return show(state_dir, json);
}

const struct command command_status = {
    .name = "status",
    .synopsis = "[OPTION]...",
    .summary = "what is applied here, and what has drifted",
    .details = "Exit status: 0 all is in place, or has ended; 6 something is not.\n",
    .options = options,
    .run = run_status,
};
