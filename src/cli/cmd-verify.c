/* SPDX-License-Identifier: Apache-2.0 */
/* numaplace verify: is it where it should be? */

#include "commands.h"
#include "render-verdict.h"

#include <string.h>

enum { OPTION_JSON, OPTION_ROOT, OPTION_VERBOSE };

static const struct cli_option options[] = {
    [OPTION_JSON] = {"json", 'j', NULL, "the verdict with all its findings, as JSON"},
    [OPTION_ROOT] = {"root", 0, "DIR", "read /proc and /sys below DIR instead of /"},
    [OPTION_VERBOSE] = {"verbose", 'v', NULL, "notes too: what was not judged, and why"},
    {0},
};

struct verify_options {
    bool json;
    bool verbose;
    const char *root;
};

/* What all processes are verified with, and what became of it. */
struct session {
    const struct verify_options *opts;
    const struct root *root;
    const struct machine *machine;
    bool in_place;
    json_t *verdicts; /* with --json */
};

static int print(struct session *session, const struct verdict_report *report)
{
    session->in_place &= report->verdict->in_place;
    if (!session->opts->json)
        return render_verdict(report, session->opts->verbose, stdout);
    return json_array_append_new(session->verdicts, json_verdict(report)) == 0 ? 0 : -ENOMEM;
}

static int verify_pid(struct session *session, pid_t pid, struct np_error *err)
{
    autoobservation struct observation *observation = NULL;
    struct findings findings = {0};
    struct verdict verdict = {0};
    char subject[64];
    struct expectation expectation = {.subject = subject};
    int r = observe_process(session->root, pid, OBSERVE_ALL, &observation, err);

    if (r == 0)
        r = observation_need_pages(observation, err);
    if (r < 0)
        return r;
    (void)snprintf(subject, sizeof(subject), "%s (pid %d)", observation->comm, (int)pid);
    r = verify_process(session->machine, &expectation, observation, &verdict, &findings);
    if (r == 0)
        r = print(session, &(struct verdict_report){.expectation = &expectation,
                                                    .verdict = &verdict,
                                                    .observation = observation,
                                                    .findings = &findings});
    verdict_fini(&verdict);
    findings_fini(&findings);
    return r;
}

static int verify(const struct verify_options *opts, const char *target, struct np_error *err)
{
    automachine struct machine *machine = NULL;
    autoroot struct root *root = NULL;
    struct session session = {.opts = opts, .in_place = true, .verdicts = json_array()};
    pid_t pid;
    int r = root_open(opts->root, &root, err);

    if (r == 0)
        r = machine_load(strcmp(opts->root, "/") == 0 ? "live" : opts->root,
                         MACHINE_NODES | MACHINE_SETTINGS, &machine, err);
    session.root = root;
    session.machine = machine;
    if (r == 0)
        r = cli_parse_pid(target, &pid, err);
    if (r == 0)
        r = verify_pid(&session, pid, err);
    if (r == 0 && opts->json)
        r = cli_print_json(
            json_pack("{s:b, s:O}", "in_place", session.in_place, "verdicts", session.verdicts));
    json_decref(session.verdicts);
    if (r < 0)
        return r;
    return session.in_place ? EXIT_DONE : EXIT_DRIFTED;
}

static int run_verify(int argc, char **argv)
{
    struct cli_args args = {.command = &command_verify, .argc = argc, .argv = argv};
    struct verify_options opts = {.root = "/"};
    struct np_error err = {0};
    int option, r;

    while ((option = cli_next(&args)) >= 0) {
        switch (option) {
        case OPTION_JSON:
            opts.json = true;
            break;
        case OPTION_ROOT:
            opts.root = args.value;
            break;
        case OPTION_VERBOSE:
            opts.verbose = true;
            break;
        }
    }
    if (option == CLI_STOP)
        return args.exit;
    if (argc - args.next != 1)
        return cli_usage(&command_verify, "one process id is wanted");
    r = verify(&opts, argv[args.next], &err);
    if (r >= 0)
        return r;
    cli_error(&err, r);
    return EXIT_FAILED;
}

const struct command command_verify = {
    .name = "verify",
    .synopsis = "[OPTION]... PID",
    .summary = "is every page and thread where it should be?",
    .options = options,
    .run = run_verify,
};
