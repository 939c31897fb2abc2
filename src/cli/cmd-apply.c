/* SPDX-License-Identifier: Apache-2.0 */
/* numaplace apply: do what the plan says, as one transaction. */

#include "apply-instance.h"
#include "apply-irqs.h"
#include "apply-report.h"
#include "change-session.h"
#include "changes-from-plan.h"
#include "cli-plan.h"
#include "cli-spec.h"
#include "commands.h"
#include "json-util.h"
#include "preflight.h"
#include "render-findings.h"
#include "render-plan.h"
#include "stop-signals.h"

#include <string.h>

enum {
    OPTION_OVERLAY,
    OPTION_INSTANCE,
    OPTION_DRY_RUN,
    OPTION_KEEP,
    OPTION_NO_CGROUP,
    OPTION_BUDGET,
    OPTION_IRQBALANCE,
    OPTION_JSON,
    OPTION_STATE_DIR
};

static const struct cli_option options[] = {
    [OPTION_OVERLAY] = CLI_OPTION_OVERLAY,
    [OPTION_INSTANCE] = {"instance", 'i', "NAME", "start COMMAND where this instance belongs"},
    [OPTION_DRY_RUN] = {"dry-run", 'n', NULL, "only say what would be changed, in order"},
    [OPTION_KEEP] = {"keep", 0, NULL, "when a change fails, keep those before it"},
    [OPTION_NO_CGROUP] = {"no-cgroup", 0, NULL, "place by affinity and memory policy alone"},
    [OPTION_BUDGET] = CLI_OPTION_BUDGET,
    [OPTION_IRQBALANCE] = CLI_OPTION_IRQBALANCE,
    [OPTION_JSON] = {"json", 'j', NULL, "the transaction with its changes, as JSON"},
    [OPTION_STATE_DIR] = CLI_OPTION_STATE_DIR,
    {0},
};

struct apply_arguments {
    const char *path;
    char **overlays;
    const char *instance; /* NULL: all of the file */
    char **command;       /* its words, NULL-terminated */
    const char *state_dir;
    unsigned int budget_ms; /* 0: the planner's own */
    bool dry_run;
    bool keep;
    bool no_cgroup;
    enum irqbalance_mode irqbalance;
    bool json;
};

/* Everything on the way from the file to the transaction. */
struct apply {
    const struct apply_arguments *arguments;
    struct loaded_spec loaded;
    struct plan *plan;
    struct change_session session;
    struct notes notes;
    struct transaction *transaction;
    struct plan scope; /* what of the plan is applied: all, or one placement; borrowed from it */
    struct applied *applied; /* one a placement of that */
};

static void apply_fini(struct apply *apply)
{
    if (apply->applied)
        applied_free(apply->applied, apply->scope.n_placements);
    (void)transaction_free(apply->transaction);
    notes_fini(&apply->notes);
    change_session_close(&apply->session);
    apply->plan = plan_free(apply->plan);
    loaded_spec_fini(&apply->loaded);
}

/* 0, or the exit status after a message. */
static int fail(const struct np_error *err, int code, int status)
{
    cli_error(err, code);
    return status;
}

static int refuse_captured(const struct loaded_spec *loaded)
{
    struct np_error err = {0};

    error_set(&err, -EINVAL, "%s is not the running machine: nothing can be changed on it",
              loaded->machine->source);
    error_hint(&err, "`numaplace plan` says what would be done there");
    error_at(&err, loaded->spec->file, loaded->spec->machine_at.line,
             loaded->spec->machine_at.column);
    return fail(&err, -EINVAL, EXIT_INVALID);
}

/* The file, and the machine that it is held against. */
static int load(struct apply *apply)
{
    const struct apply_arguments *arguments = apply->arguments;
    struct spec_request request = {
        .path = arguments->path,
        .overlays = arguments->overlays,
        .parts = MACHINE_ALL,
        .use_free = !arguments->instance,
        .running = true,
        .instance = arguments->instance,
        .command = arguments->command,
    };
    struct np_error err = {0};
    int r = cli_spec_load(&request, &apply->loaded, &err);

    if (r < 0)
        return fail(&err, r, cli_spec_exit(r));
    if (!apply->loaded.machine->live)
        return refuse_captured(&apply->loaded);
    return EXIT_DONE;
}

/* What of the plan is applied; and what a plan that does not look at what is free leaves to be
 * asked. */
static int choose_scope(struct apply *apply)
{
    const char *instance = apply->arguments->instance;
    struct np_error err = {0};
    int r;

    apply->scope = *apply->plan;
    if (!instance) {
        r = apply_check_targets(apply->plan, &err);
        return r < 0 ? fail(&err, r, EXIT_FAILED) : EXIT_DONE;
    }
    while (strcmp(apply->scope.placements->instance->name, instance) != 0)
        apply->scope.placements++; /* there is one, or the spec would not have been loaded */
    apply->scope.n_placements = 1;
    r = apply_check_free(&apply->scope, &err);
    return r < 0 ? fail(&err, r, EXIT_NO_PLACEMENT) : EXIT_DONE;
}

static int make_plan(struct apply *apply)
{
    struct plan_options plan_options = {.use_free = !apply->arguments->instance,
                                        .budget_ms = apply->arguments->budget_ms};
    struct refusal refusal = {0};
    struct np_error err = {0};
    int r = cli_plan_make(&apply->loaded, &plan_options, &apply->plan, &refusal, &err);

    if (r < 0)
        return fail(&err, r, EXIT_FAILED);
    if (r == PLAN_VERDICT_IMPOSSIBLE) {
        cli_plan_refuse(apply->loaded.spec, &refusal);
        refusal_fini(&refusal);
        return EXIT_NO_PLACEMENT;
    }
    render_findings(&apply->loaded.findings, SEVERITY_WARNING, stderr);
    if (r == PLAN_VERDICT_MADE)
        return choose_scope(apply);
    cli_message("%s is not sound; nothing was changed", apply->loaded.spec->file);
    return EXIT_INVALID;
}

/* Which cgroups there are to work with, and what that means. */
static int choose_cgroups(struct apply *apply)
{
    struct change_context *context = &apply->session.context;
    int r;

    if (apply->arguments->no_cgroup)
        context->cpuset = NULL;
    if (!context->cpuset || cpuset_writable(context->root, context->cpuset) == 0)
        return 0;
    context->cpuset = NULL;
    r = notes_add(&apply->notes, "no writable cpuset cgroup: commands are bound by affinity and "
                                 "memory policy only, which they can change themselves");
    return r;
}

static bool is_to_be_applied(const struct apply *apply, const char *instance)
{
    const char *only = apply->arguments->instance;

    return only ? strcmp(only, instance) == 0 : spec_instance(apply->loaded.spec, instance) != NULL;
}

static int refuse_again(struct apply *apply, const char *spec_file, struct np_error *err)
{
    struct applied *applied = NULL;
    unsigned int n = 0;
    int r = journal_applied(apply->session.context.journal, spec_file, &applied, &n, err);

    for (unsigned int i = 0; r == 0 && i < n; i++) {
        if (!applied[i].same_boot || !is_to_be_applied(apply, applied[i].instance))
            continue;
        error_set(err, -EEXIST, "\"%s\" of this file is applied already, as transaction %lld",
                  applied[i].instance, (long long)applied[i].transaction);
        error_hint(err, "`numaplace rollback %lld` first", (long long)applied[i].transaction);
        r = -EEXIST;
    }
    if (r == 0 && apply->arguments->instance)
        r = apply_check_others(apply->scope.placements, applied, n, err);
    applied_free(applied, n);
    return r;
}

/* Before the instances' own: a command finds its interrupts where they will be. */
static int add_irqs(struct apply *apply, struct np_error *err)
{
    int r = 0;

    for (unsigned int i = 0; r == 0 && i < apply->scope.n_placements; i++) {
        const struct placement *placement = &apply->scope.placements[i];
        struct irqs_request request = {.plan = placement->irqs,
                                       .instance = placement->instance->name,
                                       .irqbalance = apply->arguments->irqbalance,
                                       .notes = &apply->notes};

        if (placement->irqs)
            r = apply_irqs_add(&apply->session.context, &request, &apply->transaction->changes,
                               err);
    }
    return r;
}

static int check_irqs(const struct apply *apply, struct np_error *err)
{
    int r = 0;

    for (unsigned int i = 0; r == 0 && i < apply->scope.n_placements; i++) {
        if (apply->scope.placements[i].irqs)
            r = irq_plan_check(apply->session.root, apply->scope.placements[i].irqs, err);
    }
    return r;
}

/* Until here nothing is changed, and after here nothing is refused that could have been. */
static int prepare(struct apply *apply, struct np_error *err)
{
    struct change_context *context = &apply->session.context;
    struct transaction *transaction = calloc(1, sizeof(*transaction));
    autojson json_t *plan = json_plan(apply->plan);
    int r;

    apply->transaction = transaction;
    if (!transaction)
        return -ENOMEM;
    transaction->spec_file = realpath(apply->arguments->path, NULL);
    transaction->plan = json_dumps(plan, JSON_COMPACT);
    if (!transaction->spec_file || !transaction->plan)
        return -ENOMEM;
    r = change_session_open(&apply->session, apply->arguments->state_dir, apply->arguments->dry_run,
                            err);
    if (r == 0)
        r = choose_cgroups(apply);
    if (r == 0)
        r = preflight(context->root, &apply->scope, context->cpuset, &apply->notes, err);
    if (r == 0)
        r = change_session_refuse_unfinished(&apply->session, err);
    if (r == 0)
        r = refuse_again(apply, transaction->spec_file, err);
    if (r == 0)
        r = add_irqs(apply, err);
    if (r == 0)
        r = changes_from_plan(context, &apply->scope, &transaction->changes, &apply->applied, err);
    if (r == 0)
        r = transaction_prepare(context, &transaction->changes, err);
    return r < 0 ? r : check_irqs(apply, err);
}

static int make_changes(struct apply *apply, const struct apply_report *report)
{
    struct np_error err = {0};
    int outcome;

    apply->session.context.stop = stop_signals_catch(
        apply->arguments->keep ? "numaplace: stopping; what was changed is kept\n"
                               : "numaplace: stopping; what was changed is put back\n");
    outcome = transaction_apply(&apply->session.context, apply->transaction, apply->applied,
                                apply->scope.n_placements, apply->arguments->keep, &err);
    return apply_report_outcome(report, outcome, &err);
}

static int run_steps(struct apply *apply)
{
    struct apply_report report = {.notes = &apply->notes, .json = apply->arguments->json};
    struct np_error err = {0};
    int status = load(apply), r;

    if (status == EXIT_DONE)
        status = make_plan(apply);
    if (status != EXIT_DONE)
        return status;
    r = prepare(apply, &err);
    apply_report_notes(&report);
    if (r < 0)
        return fail(&err, r, EXIT_FAILED);
    report.transaction = apply->transaction;
    return apply->arguments->dry_run ? apply_report_dry_run(&report) : make_changes(apply, &report);
}

/* EXIT_DONE, or the exit status after a message. */
static int take_option(int option, const char *value, struct apply_arguments *arguments)
{
    switch (option) {
    case OPTION_OVERLAY:
        return cli_add_overlay(&arguments->overlays, value) < 0 ? EXIT_FAILED : EXIT_DONE;
    case OPTION_INSTANCE:
        arguments->instance = value;
        break;
    case OPTION_DRY_RUN:
        arguments->dry_run = true;
        break;
    case OPTION_KEEP:
        arguments->keep = true;
        break;
    case OPTION_NO_CGROUP:
        arguments->no_cgroup = true;
        break;
    case OPTION_BUDGET:
        return cli_take_budget(&command_apply, value, &arguments->budget_ms);
    case OPTION_IRQBALANCE:
        return cli_take_irqbalance(&command_apply, value, &arguments->irqbalance);
    case OPTION_JSON:
        arguments->json = true;
        break;
    case OPTION_STATE_DIR:
        arguments->state_dir = value;
        break;
    }
    return EXIT_DONE;
}

/* EXIT_DONE, or EXIT_USAGE after a message. */
static int take_operands(int n, char **operands, struct apply_arguments *arguments)
{
    if (!arguments->instance && n != 1)
        return cli_usage(&command_apply, "one placement file is wanted; a command needs "
                                         "--instance");
    if (arguments->instance && n < 2)
        return cli_usage(&command_apply, "--instance wants a placement file and a command: SPEC -- "
                                         "COMMAND...");
    arguments->path = operands[0];
    arguments->command = &operands[1];
    return EXIT_DONE;
}

static void cleanup_arguments(struct apply_arguments *arguments)
{
    free(arguments->overlays);
}

static int run_apply(int argc, char **argv)
{
    struct cli_args args = {.command = &command_apply, .argc = argc, .argv = argv};
    CLEANUP(cleanup_arguments) struct apply_arguments arguments = {0};
    struct apply apply = {.arguments = &arguments};
    int option, status = EXIT_DONE;

    while (status == EXIT_DONE && (option = cli_next(&args)) >= 0)
        status = take_option(option, args.value, &arguments);
    if (status != EXIT_DONE)
        return status;
    if (option == CLI_STOP)
        return args.exit;
    status = take_operands(argc - args.next, argv + args.next, &arguments);
    if (status != EXIT_DONE)
        return status;
    status = run_steps(&apply);
    apply_fini(&apply);
    return status;
}

const struct command command_apply = {
    .name = "apply",
    .synopsis = "[OPTION]... SPEC [--instance=NAME -- COMMAND...]",
    .summary = "do what the plan says, as one transaction",
    .details = "Everything is checked and planned first; a change that fails undoes those before "
               "it.\n`numaplace rollback` puts everything back.\n"
               "Exit status: 0 applied; 1 failed, nothing changed; 3 SPEC is not sound; 4 there is "
               "no placement; 5 failed after something had been changed (what could not be put "
               "back is named).\n",
    .options = options,
    .run = run_apply,
};
