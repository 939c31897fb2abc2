/* SPDX-License-Identifier: Apache-2.0 */
/* numaplace check: is this wish sound on this machine? Nothing is changed. */

#include "cli-plan.h"
#include "cli-spec.h"
#include "commands.h"
#include "json-util.h"
#include "proposal.h"
#include "render-findings.h"
#include "render-proposal.h"

#include <string.h>

enum {
    OPTION_FROM,
    OPTION_OVERLAY,
    OPTION_FREE,
    OPTION_WITHOUT_NODE,
    OPTION_STRICT,
    OPTION_FIX,
    OPTION_JSON,
};

static const struct cli_option options[] = {
    [OPTION_FROM] = {"from", 'f', "SOURCE", "check against this machine, not the file's own"},
    [OPTION_OVERLAY] = CLI_OPTION_OVERLAY,
    [OPTION_FREE] = {"free", 0, NULL, "judge memory by what is free now, too"},
    [OPTION_WITHOUT_NODE] = CLI_OPTION_WITHOUT_NODE,
    [OPTION_STRICT] = {"strict", 0, NULL, "warnings count as errors"},
    [OPTION_FIX] = {"fix", 0, NULL, "of a device tree: propose the smallest change, as a diff"},
    [OPTION_JSON] = {"json", 'j', NULL, "all findings, as JSON"},
    {0},
};

struct check_arguments {
    struct spec_request request;
    bool strict;
    bool fix;
    bool json;
};

static void print_text(const struct loaded_spec *loaded, bool sound)
{
    char counts[COUNTS_TEXT_MAX];

    render_findings(&loaded->findings, SEVERITY_NOTE, stdout);
    printf("%s: %s", loaded->spec->file, sound ? "sound" : "not sound");
    if (strcmp(loaded->spec->file, loaded->machine->source) !=
        0) /* a tree may be its own machine */
        printf(" on %s", loaded->machine->source);
    printf(": %s\n", cli_counts_text(&loaded->findings, counts));
}

/* proposal: NULL, none was asked for. */
static int print_json(const struct loaded_spec *loaded, bool sound, const struct proposal *proposal)
{
    const struct findings *findings = &loaded->findings;
    json_t *json = json_pack(
        "{s:o, s:o, s:b, s:i, s:i, s:i, s:n, s:o}", "file", json_text(loaded->spec->file),
        "machine", json_text(loaded->machine->source), "sound", (int)sound, "errors",
        (int)findings_count(findings, SEVERITY_ERROR), "warnings",
        (int)findings_count(findings, SEVERITY_WARNING), "notes",
        (int)findings_count(findings, SEVERITY_NOTE), "error", "findings", json_findings(findings));

    if (json && proposal && json_object_set_new(json, "fix", json_proposal(proposal))) {
        json_decref(json);
        json = NULL;
    }
    return cli_print_json(json);
}

/* A file that is not understood has no findings, but one error. */
static int print_json_error(const char *path, const struct np_error *err)
{
    bool located = err->line > 0;

    return cli_print_json(json_pack(
        "{s:o, s:n, s:b, s:i, s:i, s:i, s:{s:o, s:o, s:o, s:o, s:o}, s:[]}", "file",
        json_text(path), "machine", "sound", 0, "errors", 1, "warnings", 0, "notes", 0, "error",
        "text", json_text(err->text), "hint", json_text(err->hint[0] ? err->hint : NULL), "file",
        json_text(err->file[0] ? err->file : NULL), "line",
        located ? json_integer(err->line) : json_null(), "column",
        located ? json_integer(err->column) : json_null(), "findings"));
}

static int fail(const struct check_arguments *arguments, const struct np_error *err, int code)
{
    if (arguments->json && err->code != 0 && print_json_error(arguments->request.path, err) < 0)
        return EXIT_FAILED;
    cli_error(err, code);
    return cli_spec_exit(code);
}

static bool wants_a_plan(const struct spec *spec)
{
    for (unsigned int i = 0; i < spec->n_instances; i++) {
        if (instance_says(&spec->instances[i], KEY_BANDWIDTH) || spec->instances[i].irqs)
            return true;
    }
    return false;
}

/* What shows only in a plan. That there is none is the rules' to find, and plan's to explain. */
static int check_planned(const struct check_arguments *arguments, struct loaded_spec *loaded,
                         struct np_error *err)
{
    autoplan struct plan *plan = NULL;
    struct refusal refusal = {0};
    int r = 0;

    if (!wants_a_plan(loaded->spec))
        return 0;
    r = cli_plan_make(loaded, &(struct plan_options){.use_free = arguments->request.use_free},
                      &plan, &refusal, err);
    if (r == PLAN_VERDICT_MADE)
        r = check_plan(plan, &loaded->findings);
    refusal_fini(&refusal);
    return r < 0 ? r : 0;
}

static int check(const struct check_arguments *arguments)
{
    autoloaded struct loaded_spec loaded = {0};
    autoproposal struct proposal proposal = {0};
    struct np_error err = {0};
    bool sound;
    int r = cli_spec_load(&arguments->request, &loaded, &err);

    if (r == 0)
        r = check_planned(arguments, &loaded, &err);
    if (r < 0)
        return fail(arguments, &err, r);
    if (arguments->fix)
        r = proposal_make(&arguments->request, &loaded, &proposal, &err);
    if (r < 0)
        return fail(arguments, &err, r);
    sound = cli_spec_is_sound(&loaded, arguments->strict ? SEVERITY_WARNING : SEVERITY_ERROR);
    if (!arguments->json)
        print_text(&loaded, sound);
    else if (print_json(&loaded, sound, arguments->fix ? &proposal : NULL) < 0)
        return EXIT_FAILED;
    if (arguments->fix && !arguments->json)
        render_proposal(&proposal, stdout);
    return sound ? EXIT_DONE : EXIT_INVALID;
}

static int run_check(int argc, char **argv)
{
    struct cli_args args = {.command = &command_check, .argc = argc, .argv = argv};
    struct check_arguments arguments = {.request.parts = MACHINE_ALL};
    autofree char **overlays = NULL;
    int option;

    while ((option = cli_next(&args)) >= 0) {
        switch (option) {
        case OPTION_FROM:
            arguments.request.from = args.value;
            break;
        case OPTION_OVERLAY:
            if (cli_add_overlay(&overlays, args.value) < 0)
                return EXIT_FAILED;
            break;
        case OPTION_FREE:
            arguments.request.use_free = true;
            break;
        case OPTION_WITHOUT_NODE:
            arguments.request.without = args.value;
            break;
        case OPTION_STRICT:
            arguments.strict = true;
            break;
        case OPTION_FIX:
            arguments.fix = true;
            break;
        case OPTION_JSON:
            arguments.json = true;
            break;
        }
    }
    if (option == CLI_STOP)
        return args.exit;
    if (argc - args.next != 1)
        return cli_usage(&command_check, "one placement file is wanted");
    arguments.request.path = argv[args.next];
    arguments.request.overlays = overlays;
    return check(&arguments);
}

const struct command command_check = {
    .name = "check",
    .synopsis = "[OPTION]... SPEC",
    .summary = "is this placement file sound on this machine?",
    .details = "SPEC is a placement file, see numaplace-spec(5); what is found is explained in "
               "numaplace-findings(7).\nExit status: 0 sound (there may be warnings), 3 not.\n",
    .options = options,
    .run = run_check,
};
