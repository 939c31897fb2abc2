/* SPDX-License-Identifier: Apache-2.0 */
/* numaplace irq apply: the interrupts and queues of a device to where they are planned, as one
 * transaction. */

#include "apply-irqs.h"
#include "apply-report.h"
#include "cli-irq-plan.h"
#include "irq-verbs.h"
#include "render-irq-plan.h"
#include "stop-signals.h"

enum { OPTION_DRY_RUN = IRQ_OPTION_COUNT, OPTION_IRQBALANCE };

static const struct cli_option options[] = {
    IRQ_OPTION_ROWS,
    [OPTION_DRY_RUN] = {"dry-run", 0, NULL, "only say what would be changed, in order"},
    [OPTION_IRQBALANCE] = CLI_OPTION_IRQBALANCE,
    {0},
};

struct irq_apply {
    const char *device;
    struct irq_options options;
    enum irqbalance_mode irqbalance;
    bool dry_run;
    struct irq_work work;
    struct change_session session;
    struct notes notes;
    struct transaction *transaction;
};

static void cleanup_irq_apply(struct irq_apply *apply)
{
    (void)transaction_free(apply->transaction);
    notes_fini(&apply->notes);
    change_session_close(&apply->session);
    irq_work_fini(&apply->work);
}

/* What the journal calls it where a placement file's name would be. */
static int begin_transaction(struct irq_apply *apply)
{
    struct transaction *transaction = calloc(1, sizeof(*transaction));
    autojson json_t *plan = json_irq_plan(apply->work.plan);

    apply->transaction = transaction;
    if (!transaction || !plan)
        return -ENOMEM;
    if (asprintf(&transaction->spec_file, "irq apply %s", apply->work.plan->device) < 0) {
        transaction->spec_file = NULL;
        return -ENOMEM;
    }
    transaction->plan = json_dumps(plan, JSON_COMPACT);
    return transaction->plan ? 0 : -ENOMEM;
}

/* Until here nothing is changed, and after here nothing is refused that could have been. */
static int prepare(struct irq_apply *apply, struct np_error *err)
{
    struct change_context *context = &apply->session.context;
    struct irqs_request request = {.plan = apply->work.plan,
                                   .instance = apply->work.plan->device,
                                   .irqbalance = apply->irqbalance,
                                   .notes = &apply->notes};
    int r = begin_transaction(apply);

    if (r == 0)
        r = change_session_open(&apply->session, apply->options.state_dir, apply->dry_run, err);
    if (r == 0)
        r = change_session_refuse_unfinished(&apply->session, err);
    if (r == 0)
        r = apply_irqs_add(context, &request, &apply->transaction->changes, err);
    if (r == 0)
        r = transaction_prepare(context, &apply->transaction->changes, err);
    return r < 0 ? r : irq_plan_check(context->root, apply->work.plan, err);
}

static int make_changes(struct irq_apply *apply, const struct apply_report *report)
{
    struct change_context *context = &apply->session.context;
    struct np_error err = {0};
    int outcome;

    context->stop = stop_signals_catch("numaplace: stopping; what was changed is put back\n");
    outcome = transaction_apply(context, apply->transaction, NULL, 0, false, &err);
    return apply_report_outcome(report, outcome, &err);
}

static int run(struct irq_apply *apply)
{
    struct apply_report report = {.notes = &apply->notes, .json = apply->options.json};
    struct np_error err = {0};
    int status = cli_irq_plan(apply->device, &apply->options, &apply->work), r;

    if (status != EXIT_DONE)
        return status;
    r = prepare(apply, &err);
    if (r < 0) {
        cli_error(&err, r);
        return EXIT_FAILED;
    }
    apply_report_notes(&report);
    report.transaction = apply->transaction;
    return apply->dry_run ? apply_report_dry_run(&report) : make_changes(apply, &report);
}

static int take_option(struct irq_apply *apply, int option, const char *value)
{
    switch (option) {
    case OPTION_DRY_RUN:
        apply->dry_run = true;
        return EXIT_DONE;
    case OPTION_IRQBALANCE:
        return cli_take_irqbalance(&command_irq_apply, value, &apply->irqbalance);
    default:
        return irq_options_take(&command_irq_apply, option, value, &apply->options);
    }
}

static int run_irq_apply(int argc, char **argv)
{
    struct cli_args args = {.command = &command_irq_apply, .argc = argc, .argv = argv};
    CLEANUP(cleanup_irq_apply) struct irq_apply apply = {.options = IRQ_OPTIONS_DEFAULT};
    int option, status = EXIT_DONE;

    while (status == EXIT_DONE && (option = cli_next(&args)) >= 0)
        status = take_option(&apply, option, args.value);
    if (status == EXIT_DONE && option == CLI_STOP)
        return args.exit;
    if (status == EXIT_DONE)
        status = irq_options_check(&command_irq_apply, &apply.options);
    if (status != EXIT_DONE)
        return status;
    if (args.next + 1 != argc)
        return cli_usage(&command_irq_apply, "one network device must be named");
    apply.device = argv[args.next];
    return run(&apply);
}

const struct command command_irq_apply = {
    .name = "irq apply",
    .synopsis = "[OPTION]... DEVICE",
    .summary = "the interrupts of a device to the CPUs of its node, as one transaction",
    .details = "The queues' sending CPUs (XPS) follow, and receiving CPUs (RPS) where there are "
               "fewer queues than\ncores. `numaplace rollback` puts everything back.\n"
               "Exit status: 0 applied; 1 failed, nothing changed; 4 no CPU is left for them; 5 "
               "failed after\nsomething had been changed (what could not be put back is named).\n",
    .options = options,
    .run = run_irq_apply,
};
