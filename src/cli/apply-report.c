/* SPDX-License-Identifier: Apache-2.0 */
/* The outcome is printed also when it is a failure: what could not be put back is in it. */

#include "apply-report.h"

#include "change-session.h"
#include "cli.h"
#include "json-util.h"

static const char *outcome_name(int outcome)
{
    switch (outcome) {
    case APPLY_DONE:
        return "applied";
    case APPLY_UNTOUCHED:
        return "failed, nothing was changed";
    case APPLY_ROLLED_BACK:
        return "failed, rolled back";
    default:
        return "failed, partly applied";
    }
}

static json_t *json_notes(const struct notes *notes)
{
    json_t *list = json_array();

    for (unsigned int i = 0; i < notes->n; i++)
        (void)json_array_append_new(list, json_text(notes->list[i])); /* NULL is refused below */
    return list;
}

static int print_json(const struct apply_report *report, const char *outcome)
{
    const struct transaction *transaction = report->transaction;
    json_t *list = json_array();

    for (unsigned int i = 0; i < transaction->changes.n; i++) {
        if (json_array_append_new(list, json_change(&transaction->changes.list[i], NULL, NULL)) <
            0) {
            json_decref(list);
            return -ENOMEM;
        }
    }
    return cli_print_json(
        json_pack("{s:o, s:s, s:o, s:o}", "transaction",
                  transaction->id ? json_integer((json_int_t)transaction->id) : json_null(),
                  "outcome", outcome, "changes", list, "notes", json_notes(report->notes)));
}

static int print_changes(const struct apply_report *report, bool states)
{
    const struct changes *changes = &report->transaction->changes;
    int r = 0;

    for (unsigned int i = 0; r == 0 && i < changes->n; i++)
        r = render_change(&changes->list[i],
                          states ? change_state_name(changes->list[i].state) : NULL, stdout);
    return r;
}

static int print(const struct apply_report *report, int outcome)
{
    if (report->json)
        return print_json(report, outcome_name(outcome));
    printf("transaction %lld: %s\n", (long long)report->transaction->id, outcome_name(outcome));
    return print_changes(report, outcome != APPLY_DONE);
}

void apply_report_notes(const struct apply_report *report)
{
    for (unsigned int i = 0; !report->json && i < report->notes->n; i++)
        cli_message("note: %s", report->notes->list[i]);
}

int apply_report_dry_run(const struct apply_report *report)
{
    int r = report->json ? print_json(report, "dry run") : print_changes(report, false);

    return r < 0 ? EXIT_FAILED : EXIT_DONE;
}

int apply_report_outcome(const struct apply_report *report, int outcome, const struct np_error *err)
{
    if (outcome >= 0 && print(report, outcome) < 0)
        cli_message("out of memory: not all could be printed");
    if (outcome == APPLY_DONE)
        return EXIT_DONE;
    cli_error(err, outcome < 0 ? outcome : err->code);
    return outcome < 0 || outcome == APPLY_UNTOUCHED ? EXIT_FAILED : EXIT_PARTLY;
}
