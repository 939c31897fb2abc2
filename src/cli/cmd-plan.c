/* SPDX-License-Identifier: Apache-2.0 */
/* numaplace plan: what would be done, why, and how good it is. Nothing is changed. */

#include "change-session.h"
#include "cli-plan.h"
#include "cli-replan.h"
#include "commands.h"
#include "json-util.h"
#include "plan-compare.h"
#include "plan-explain.h"
#include "plan-svg.h"
#include "plan-tree.h"
#include "render-findings.h"
#include "render-plan.h"

#include <string.h>

enum {
    OPTION_FROM,
    OPTION_OVERLAY,
    OPTION_FREE,
    OPTION_EXPLAIN,
    OPTION_COMPARE,
    OPTION_WITHOUT_NODE,
    OPTION_FROM_CURRENT,
    OPTION_FROM_PLAN,
    OPTION_PRICE,
    OPTION_STATE_DIR,
    OPTION_BUDGET,
    OPTION_JSON,
    OPTION_SVG,
    OPTION_DTS,
};

static const struct cli_option options[] = {
    [OPTION_FROM] = {"from", 'f', "SOURCE", "plan for this machine, not the file's own"},
    [OPTION_OVERLAY] = CLI_OPTION_OVERLAY,
    [OPTION_FREE] = {"free", 0, NULL, "memory is what is free now, not what the nodes have"},
    [OPTION_EXPLAIN] = {"explain", 'e', "NAME", "why this instance is where it is"},
    [OPTION_COMPARE] = {"compare", 0, "OTHER", "against a `plan --json`, or on another machine"},
    [OPTION_WITHOUT_NODE] = CLI_OPTION_WITHOUT_NODE,
    [OPTION_FROM_CURRENT] = {"from-current", 0, NULL, "what to move of what is applied of SPEC"},
    [OPTION_FROM_PLAN] = {"from-plan", 0, "FILE", "what to move from this plan: `plan --json`"},
    [OPTION_PRICE] = {"price", 0, "LIST", "of moving: bytes=,cpus=,irqs= in local accesses"},
    [OPTION_STATE_DIR] = CLI_OPTION_STATE_DIR,
    [OPTION_BUDGET] = CLI_OPTION_BUDGET,
    [OPTION_JSON] = {"json", 'j', NULL, "the plan, or why there is none, as JSON"},
    [OPTION_SVG] = {"svg", 0, NULL, "a picture of the plan on the machine"},
    [OPTION_DTS] = {"dts", 0, NULL, "the device tree with what was chosen filled in"},
    {0},
};

enum { NAMES_MAX = 8 }; /* instances that a message lists */

struct plan_arguments {
    struct spec_request request;
    const char *explain; /* name of an instance; NULL: none */
    struct replan_request replan;
    struct compare_request compare;
    unsigned int budget_ms; /* 0: the planner's own */
    char **overlays;        /* owned */
    bool from_current;
    bool priced; /* --price was given */
    bool json;
    bool svg;
    bool dts;
};

/* A plan, a refusal, or the findings alone. */
struct answer {
    struct plan *plan;
    struct explanation *explanation; /* NULL: not asked for, or no plan */
    struct current *current;         /* where instances are now; NULL: nobody said */
    struct replan replan;            /* its plan is handed over to plan */
    struct refusal refusal;
    int verdict; /* enum plan_verdict */
};

static void answer_fini(struct answer *answer)
{
    explanation_free(answer->explanation);
    replan_fini(&answer->replan);
    current_free(answer->current);
    plan_free(answer->plan);
    refusal_fini(&answer->refusal);
}

static const char *const verdict_names[] = {
    [PLAN_VERDICT_MADE] = "placed",
    [PLAN_VERDICT_IMPOSSIBLE] = "impossible",
    [PLAN_VERDICT_UNSOUND] = "unsound",
};

static json_t *json_moves_of(const struct plan_arguments *arguments, const struct answer *answer)
{
    if (!answer->current || !answer->plan)
        return json_null();
    return json_replan(&answer->replan, answer->plan, &arguments->replan.prices);
}

static int print_json(const struct plan_arguments *arguments, const struct loaded_spec *loaded,
                      const struct answer *answer)
{
    bool impossible = answer->verdict == PLAN_VERDICT_IMPOSSIBLE;
    json_t *json = json_pack(
        "{s:o, s:o, s:s, s:n, s:o, s:o, s:o, s:o}", "file", json_text(loaded->spec->file),
        "machine", json_text(loaded->machine->source), "outcome", verdict_names[answer->verdict],
        "error", "plan", answer->plan ? json_plan(answer->plan) : json_null(), "replan",
        json_moves_of(arguments, answer), "refusal",
        impossible ? json_refusal(&answer->refusal) : json_null(), "findings",
        json_findings(&loaded->findings));

    if (json && answer->explanation &&
        json_object_set_new(json, "explanation",
                            json_explanation(answer->plan, answer->explanation)) < 0) {
        json_decref(json);
        json = NULL;
    }
    return cli_print_json(json);
}

/* A file that is not understood has neither plan nor findings. */
static int print_json_error(const struct np_error *err)
{
    bool located = err->line > 0;

    return cli_print_json(json_pack("{s:o, s:n, s:s, s:{s:o, s:o, s:o, s:o}, s:n, s:n, s:n, s:[]}",
                                    "file", json_text(err->file[0] ? err->file : NULL), "machine",
                                    "outcome", "error", "error", "text", json_text(err->text),
                                    "hint", json_text(err->hint[0] ? err->hint : NULL), "line",
                                    located ? json_integer(err->line) : json_null(), "column",
                                    located ? json_integer(err->column) : json_null(), "plan",
                                    "replan", "refusal", "findings"));
}

/* What check found is said first; a shortage only if the planner does not say more about it. */
static int print_text(const struct loaded_spec *loaded, const struct answer *answer)
{
    if (answer->verdict == PLAN_VERDICT_IMPOSSIBLE) {
        cli_plan_refuse(loaded->spec, &answer->refusal);
        return 0;
    }
    render_findings(&loaded->findings, SEVERITY_WARNING, stderr);
    if (answer->explanation)
        return render_explanation(answer->plan, answer->explanation, stdout);
    if (!answer->plan)
        return 0;
    if (answer->current) {
        int r = render_replan(&answer->replan, answer->plan, stdout);

        if (r < 0)
            return r;
        putchar('\n');
    }
    return render_plan(answer->plan, stdout);
}

static int print(const struct plan_arguments *arguments, const struct loaded_spec *loaded,
                 const struct answer *answer, struct np_error *err)
{
    if (arguments->json)
        return print_json(arguments, loaded, answer);
    if ((!arguments->dts && !arguments->svg) || !answer->plan)
        return print_text(loaded, answer);
    render_findings(&loaded->findings, SEVERITY_WARNING, stderr);
    if (arguments->svg)
        return svg_plan(answer->plan);
    return plan_tree_print(loaded, answer->plan, err);
}

static int exit_of(const struct answer *answer)
{
    switch (answer->verdict) {
    case PLAN_VERDICT_MADE:
        return EXIT_DONE;
    case PLAN_VERDICT_IMPOSSIBLE:
        return EXIT_NO_PLACEMENT;
    default:
        return EXIT_INVALID;
    }
}

static int fail(const struct plan_arguments *arguments, const struct np_error *err, int code)
{
    if (arguments->json && err->code != 0 && print_json_error(err) < 0)
        return EXIT_FAILED;
    cli_error(err, code);
    return cli_spec_exit(code);
}

static struct plan_options options_of(const struct plan_arguments *arguments,
                                      const struct answer *answer)
{
    return (struct plan_options){
        .use_free = arguments->request.use_free,
        .current = answer->current,
        .prices = arguments->replan.prices,
        .budget_ms = arguments->budget_ms,
    };
}

static int make(const struct plan_arguments *arguments, const struct loaded_spec *loaded,
                struct answer *answer, struct np_error *err)
{
    struct plan_options by = options_of(arguments, answer);
    int r;

    if (!answer->current)
        return cli_plan_make(loaded, &by, &answer->plan, &answer->refusal, err);
    r = cli_replan_make(loaded, &by, &answer->replan, &answer->refusal, err);
    answer->plan = TAKE(answer->replan.plan);
    return r;
}

static void hint_names(const struct spec *spec, struct np_error *err)
{
    autofree char *names = NULL;
    size_t length;
    FILE *stream = open_memstream(&names, &length);

    if (!stream)
        return; /* a hint less */
    for (unsigned int i = 0; i < spec->n_instances && i < NAMES_MAX; i++)
        fprintf(stream, "%s%s", i ? ", " : "", spec->instances[i].name);
    if (spec->n_instances > NAMES_MAX)
        fprintf(stream, " and %u more", spec->n_instances - NAMES_MAX);
    if (fclose(stream) == 0 && spec->n_instances > 0)
        error_hint(err, "its instances are %s", names);
}

static int check_name(const struct plan_arguments *arguments, const struct spec *spec,
                      struct np_error *err)
{
    if (!arguments->explain || spec_instance(spec, arguments->explain))
        return 0;
    error_set(err, -EINVAL, "%s has no instance \"%s\", which --explain could explain", spec->file,
              arguments->explain);
    hint_names(spec, err);
    return -EINVAL;
}

static int explain(const struct plan_arguments *arguments, const struct loaded_spec *loaded,
                   struct answer *answer, struct np_error *err)
{
    struct plan_options chosen_by = options_of(arguments, answer);
    unsigned int i = 0;

    if (!arguments->explain || !answer->plan)
        return 0;
    while (strcmp(answer->plan->placements[i].instance->name, arguments->explain) != 0)
        i++;
    return cli_plan_explain(loaded, &chosen_by, answer->plan, i, &answer->explanation, err);
}

static int plan(const struct plan_arguments *arguments)
{
    autoloaded struct loaded_spec loaded = {0};
    CLEANUP(answer_fini) struct answer answer = {0};
    struct spec_request request = arguments->request;
    struct np_error err = {0};
    int r = cli_current_load(&arguments->replan, &answer.current, &err);

    request.current = answer.current;
    if (r == 0)
        r = cli_spec_load(&request, &loaded, &err);
    if (r == 0 && arguments->dts)
        r = plan_tree_check(&arguments->request, loaded.spec, &err);
    if (r == 0)
        r = check_name(arguments, loaded.spec, &err);
    if (r == 0)
        r = make(arguments, &loaded, &answer, &err);
    if (r < 0)
        return fail(arguments, &err, r);
    answer.verdict = r;
    r = explain(arguments, &loaded, &answer, &err);
    if (r == 0)
        r = print(arguments, &loaded, &answer, &err);
    return r < 0 ? fail(arguments, &err, r) : exit_of(&answer);
}

/* Two plans need no placement file. */
static int compare(struct plan_arguments *arguments, int n_operands, char **operands)
{
    if (arguments->explain || arguments->svg || arguments->dts || arguments->replan.from_plan)
        return cli_usage(&command_plan, "--compare is by itself, or with --json");
    if (n_operands > 1)
        return cli_usage(&command_plan, "one placement file is wanted");
    if (n_operands == 0 && arguments->compare.n_sides == 1)
        return cli_usage(&command_plan, "--compare wants a placement file to compare with, or "
                                        "another --compare");
    arguments->request.path = n_operands == 1 ? operands[0] : NULL;
    arguments->request.overlays = arguments->overlays;
    arguments->compare.spec = &arguments->request;
    arguments->compare.budget_ms = arguments->budget_ms;
    arguments->compare.json = arguments->json;
    return plan_compare(&arguments->compare);
}

/* An option that is only noted. EXIT_DONE, or the exit status after a message. */
static int take_option(int option, const char *value, struct plan_arguments *arguments)
{
    struct np_error err = {0};

    switch (option) {
    case OPTION_FROM:
        arguments->request.from = value;
        break;
    case OPTION_OVERLAY:
        if (cli_add_overlay(&arguments->overlays, value) < 0)
            return EXIT_FAILED;
        break;
    case OPTION_FREE:
        arguments->request.use_free = true;
        break;
    case OPTION_EXPLAIN:
        arguments->explain = value;
        break;
    case OPTION_COMPARE:
        if (arguments->compare.n_sides == ARRAY_SIZE(arguments->compare.sides))
            return cli_usage(&command_plan, "--compare compares two: it is given once or twice");
        arguments->compare.sides[arguments->compare.n_sides++] = value;
        break;
    case OPTION_WITHOUT_NODE:
        arguments->request.without = value;
        break;
    case OPTION_FROM_CURRENT:
        arguments->from_current = true;
        break;
    case OPTION_FROM_PLAN:
        arguments->replan.from_plan = value;
        break;
    case OPTION_PRICE:
        arguments->priced = true;
        if (cli_parse_prices(value, &arguments->replan.prices, &err) < 0) {
            cli_error(&err, err.code);
            return EXIT_USAGE;
        }
        break;
    case OPTION_STATE_DIR:
        arguments->replan.state_dir = value;
        break;
    case OPTION_BUDGET:
        return cli_take_budget(&command_plan, value, &arguments->budget_ms);
    case OPTION_JSON:
        arguments->json = true;
        break;
    case OPTION_SVG:
        arguments->svg = true;
        break;
    case OPTION_DTS:
        arguments->dts = true;
        break;
    }
    return EXIT_DONE;
}

/* Which options go together. EXIT_DONE, or the exit status after a message. */
static int check_options(const struct plan_arguments *arguments)
{
    if (arguments->json + arguments->svg + arguments->dts > 1)
        return cli_usage(&command_plan, "--json, --svg and --dts are ways to print: choose one");
    if (arguments->explain && (arguments->svg || arguments->dts))
        return cli_usage(&command_plan, "--explain is text or --json");
    if (arguments->from_current && arguments->replan.from_plan)
        return cli_usage(&command_plan,
                         "--from-current and --from-plan are two beginnings: choose one");
    if (arguments->from_current && arguments->compare.n_sides > 0)
        return cli_usage(&command_plan, "--compare is of plans, and not of what is applied");
    if (arguments->priced && !arguments->from_current && !arguments->replan.from_plan)
        return cli_usage(&command_plan, "--price is of moving: it wants --from-current or "
                                        "--from-plan");
    if (arguments->replan.state_dir && !arguments->from_current)
        return cli_usage(&command_plan, "--state-dir is of what is applied: it wants "
                                        "--from-current");
    return EXIT_DONE;
}

static void cleanup_arguments(struct plan_arguments *arguments)
{
    free(arguments->overlays);
}

static int run_plan(int argc, char **argv)
{
    struct cli_args args = {.command = &command_plan, .argc = argc, .argv = argv};
    CLEANUP(cleanup_arguments)
    struct plan_arguments arguments = {.request.parts = MACHINE_ALL,
                                       .replan.prices = MOVE_PRICES_DEFAULT};
    int option, status = EXIT_DONE;

    while (status == EXIT_DONE && (option = cli_next(&args)) >= 0)
        status = take_option(option, args.value, &arguments);
    if (status != EXIT_DONE)
        return status;
    if (option == CLI_STOP)
        return args.exit;
    status = check_options(&arguments);
    if (status != EXIT_DONE)
        return status;
    if (arguments.compare.n_sides > 0)
        return compare(&arguments, argc - args.next, argv + args.next);
    if (argc - args.next != 1)
        return cli_usage(&command_plan, "one placement file is wanted");
    arguments.request.path = argv[args.next];
    if (arguments.from_current)
        arguments.replan.applied_spec = arguments.request.path;
    arguments.request.overlays = arguments.overlays;
    return plan(&arguments);
}

const struct command command_plan = {
    .name = "plan",
    .synopsis = "[OPTION]... SPEC",
    .summary = "what would be done for this placement file, and why?",
    .details = "SPEC is a placement file, see numaplace-spec(5); how a placement is chosen is in "
               "numaplace-plan(1).\nExit status: 0 there is a plan, 3 the file is not sound, 4 no "
               "placement exists.\n",
    .options = options,
    .run = run_plan,
};
