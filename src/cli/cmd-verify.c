/* SPDX-License-Identifier: Apache-2.0 */
/* numaplace verify: is it where it should be? */

#include "change-session.h"
#include "commands.h"
#include "verify-nics.h"

#include <string.h>

enum { OPTION_JSON, OPTION_ROOT, OPTION_STATE_DIR, OPTION_VERBOSE };

static const struct cli_option options[] = {
    [OPTION_JSON] = {"json", 'j', NULL, "the verdicts with all their findings, as JSON"},
    [OPTION_ROOT] = {"root", 0, "DIR", "read /proc and /sys below DIR instead of /"},
    [OPTION_STATE_DIR] = CLI_OPTION_STATE_DIR,
    [OPTION_VERBOSE] = {"verbose", 'v', NULL, "notes too: what was not judged, and why"},
    {0},
};

struct verify_options {
    bool json;
    bool verbose;
    const char *root;
    const char *state_dir;
};

/* What the journal holds of a placement file, or of all of them; empty below another root, where
 * no journal is. */
struct record {
    struct applied *applied;
    unsigned int n;
};

static int read_record(const struct verify_session *session, const char *spec_file,
                       struct record *ret_record, struct np_error *err)
{
    return session->journal ? journal_applied(session->journal, spec_file, &ret_record->applied,
                                              &ret_record->n, err)
                            : 0;
}

static const struct applied *find_applied(const struct record *record, const struct root *root,
                                          pid_t pid)
{
    for (unsigned int i = 0; i < record->n; i++) {
        if (record->applied[i].id.pid == pid && record->applied[i].same_boot &&
            proc_is_same(root, &record->applied[i].id))
            return &record->applied[i];
    }
    return NULL;
}

/* A process that was applied is held against what was asked for it, any other against its own
 * policy. */
static int verify_pid(struct verify_session *session, pid_t pid, struct np_error *err)
{
    struct record record = {0};
    const struct applied *applied;
    int r = read_record(session, NULL, &record, err);

    if (r < 0)
        return r;
    applied = find_applied(&record, session->root, pid);
    if (applied)
        r = verify_instance(session, applied, err);
    else
        r = verify_by_own_policy(session, pid, err);
    applied_free(record.applied, record.n);
    return r;
}

/* What is not applied at all is not in place; that nothing is asked for is no lie. */
static void tell_nothing_applied(struct verify_session *session, const char *spec)
{
    if (spec) {
        cli_message("%s is not applied here: `numaplace apply %s` does that", spec, spec);
        session->in_place = false;
    } else {
        cli_message("nothing is applied here; `numaplace verify PID` judges any process by its "
                    "own policy");
    }
}

/* spec NULL: everything that is applied. */
static int verify_applied(struct verify_session *session, const char *spec, struct np_error *err)
{
    autofree char *spec_file = spec ? realpath(spec, NULL) : NULL;
    struct record record = {0};
    unsigned int n_devices = 0;
    int r;

    if (spec && !spec_file) {
        r = -errno;
        return error_set(err, r, "cannot find the placement file %s: %s", spec, strerror(-r));
    }
    r = read_record(session, spec_file, &record, err);
    for (unsigned int i = 0; r == 0 && i < record.n; i++)
        r = verify_instance(session, &record.applied[i], err);
    if (r == 0)
        r = verify_nics(session, spec_file, &n_devices, err);
    if (r == 0 && record.n + n_devices == 0)
        tell_nothing_applied(session, spec);
    applied_free(record.applied, record.n);
    return r;
}

/* All digits is a process; a file of such a name is reached as ./123. */
static int verify_target(struct verify_session *session, const char *target, struct np_error *err)
{
    pid_t pid;
    int r;

    if (!target || target[strspn(target, "0123456789")] != '\0')
        return verify_applied(session, target, err);
    r = cli_parse_pid(target, &pid, err);
    return r < 0 ? r : verify_pid(session, pid, err);
}

static int verify(const struct verify_options *opts, const char *target, struct np_error *err)
{
    automachine struct machine *machine = NULL;
    autojournal struct journal *journal = NULL;
    autoroot struct root *root = NULL;
    struct verify_session session = {.verbose = opts->verbose, .in_place = true};
    int r = root_open(opts->root, &root, err);

    if (r == 0)
        r = machine_load(root_is_live(root) ? "live" : opts->root, MACHINE_NODES | MACHINE_SETTINGS,
                         &machine, err);
    if (r == 0 && root_is_live(root))
        r = journal_open(opts->state_dir, true, &journal, err);
    if (r < 0)
        return r;
    session.root = root;
    session.journal = journal;
    session.machine = machine;
    session.verdicts = opts->json ? json_array() : NULL;
    session.devices = opts->json ? json_array() : NULL;
    r = verify_target(&session, target, err);
    if (r == 0 && opts->json)
        r = cli_print_json(json_pack("{s:b, s:O, s:O}", "in_place", session.in_place, "verdicts",
                                     session.verdicts, "devices", session.devices));
    json_decref(session.verdicts);
    json_decref(session.devices);
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
        case OPTION_STATE_DIR:
            opts.state_dir = args.value;
            break;
        case OPTION_VERBOSE:
            opts.verbose = true;
            break;
        }
    }
    if (option == CLI_STOP)
        return args.exit;
    if (argc - args.next > 1)
        return cli_usage(&command_verify, "one placement file or process id is wanted");
    r = verify(&opts, argv[args.next], &err);
    if (r >= 0)
        return r;
    cli_error(&err, r);
    return EXIT_FAILED;
}

const struct command command_verify = {
    .name = "verify",
    .synopsis = "[OPTION]... [SPEC|PID]",
    .summary = "is every page, thread and interrupt where it should be?",
    .details = "SPEC is a placement file that was applied; without it, all that is applied here is "
               "verified. A\n"
               "process that was not applied is held against its own memory policies.\n"
               "Exit status: 0 all is in place, 6 it is not.\n",
    .options = options,
    .run = run_verify,
};
