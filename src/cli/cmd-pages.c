/* SPDX-License-Identifier: Apache-2.0 */
/* numaplace pages PID: where the memory of one process is. */

#include "cli.h"
#include "commands.h"
#include "render-pages.h"

enum { OPTION_ALL, OPTION_JSON, OPTION_ROOT };

static const struct cli_option options[] = {
    [OPTION_ALL] = {"all", 'a', NULL, "every mapping, by address, also those without pages"},
    [OPTION_JSON] = {"json", 'j', NULL, "everything, as JSON"},
    [OPTION_ROOT] = {"root", 0, "DIR", "read /proc below DIR instead of /"},
    {0},
};

struct pages_options {
    bool all;
    bool json;
    const char *root;
};

static int print(const struct pages_options *opts, const struct observation *observation)
{
    int r =
        opts->json ? cli_print_json(json_pages(observation)) : render_pages(observation, opts->all);

    if (r == 0)
        return EXIT_DONE;
    cli_error(&(struct np_error){0}, r);
    return EXIT_FAILED;
}

static int look(const struct pages_options *opts, pid_t pid)
{
    autoobservation struct observation *observation = NULL;
    autoroot struct root *root = NULL;
    struct np_error err = {0};
    int r = root_open(opts->root, &root, &err);

    if (r == 0)
        r = observe_process(root, pid, OBSERVE_PAGES, &observation, &err);
    if (r == 0)
        r = observation_need_pages(observation, &err);
    if (r < 0) {
        cli_error(&err, r);
        return EXIT_FAILED;
    }
    return print(opts, observation);
}

static int run_pages(int argc, char **argv)
{
    struct cli_args args = {.command = &command_pages, .argc = argc, .argv = argv};
    struct pages_options opts = {.root = "/"};
    struct np_error err;
    pid_t pid;
    int option;

    while ((option = cli_next(&args)) >= 0) {
        switch (option) {
        case OPTION_ALL:
            opts.all = true;
            break;
        case OPTION_JSON:
            opts.json = true;
            break;
        case OPTION_ROOT:
            opts.root = args.value;
            break;
        }
    }
    if (option == CLI_STOP)
        return args.exit;
    if (argc - args.next != 1)
        return cli_usage(&command_pages, "one process id is wanted");
    if (cli_parse_pid(argv[args.next], &pid, &err) < 0)
        return cli_usage(&command_pages, "%s", err.text);
    return look(&opts, pid);
}

const struct command command_pages = {
    .name = "pages",
    .synopsis = "[OPTION]... PID",
    .summary = "where the memory of a process is, mapping by mapping",
    .options = options,
    .run = run_pages,
};
