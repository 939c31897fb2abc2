/* SPDX-License-Identifier: Apache-2.0 */
/* numaplace ps: processes by node, those with the most memory first. */

#include "commands.h"
#include "render-ps.h"

#include <string.h>

enum { OPTION_ALL, OPTION_JSON, OPTION_ROOT };

static const struct cli_option options[] = {
    [OPTION_ALL] = {"all", 'a', NULL, "kernel threads too, and processes that are not ours"},
    [OPTION_JSON] = {"json", 'j', NULL, "as JSON"},
    [OPTION_ROOT] = {"root", 0, "DIR", "read /proc and /sys below DIR instead of /"},
    {0},
};

struct ps_options {
    bool all;
    bool json;
    const char *root;
};

static unsigned int count_untold(const struct process_list *list, int pages_error)
{
    unsigned int n = 0;

    for (unsigned int i = 0; i < list->n; i++)
        n += list->processes[i].pages_error == pages_error;
    return n;
}

/* What the table could not say. */
static void explain_untold(const struct process_list *list)
{
    unsigned int hidden = count_untold(list, -EACCES);

    if (hidden > 0)
        cli_message("the memory of %u process%s may not be looked at: run as root, or with "
                    "CAP_SYS_PTRACE",
                    hidden, hidden == 1 ? "" : "es");
    if (count_untold(list, -ENOENT) > 0)
        cli_message("there is no /proc/PID/numa_maps, which tells where memory is: the kernel "
                    "needs CONFIG_NUMA");
}

static int print(const struct ps_options *opts, const struct machine *machine,
                 const struct process_list *list)
{
    int r = opts->json ? cli_print_json(json_ps(machine, list, opts->all))
                       : render_ps(machine, list, opts->all);

    explain_untold(list);
    return r;
}

static int look(const struct ps_options *opts, struct np_error *err)
{
    automachine struct machine *machine = NULL;
    autoroot struct root *root = NULL;
    struct process_list list = {0};
    int r = root_open(opts->root, &root, err);

    if (r == 0)
        r = machine_load(strcmp(opts->root, "/") == 0 ? "live" : opts->root, MACHINE_NODES,
                         &machine, err);
    if (r == 0)
        r = process_list_read(root, machine, &list, err);
    if (r == 0)
        r = print(opts, machine, &list);
    process_list_fini(&list);
    return r;
}

static int run_ps(int argc, char **argv)
{
    struct cli_args args = {.command = &command_ps, .argc = argc, .argv = argv};
    struct ps_options opts = {.root = "/"};
    struct np_error err = {0};
    int option, r;

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
    if (args.next < argc)
        return cli_usage(&command_ps, "\"%s\" is not expected here", argv[args.next]);
    r = look(&opts, &err);
    if (r == 0)
        return EXIT_DONE;
    cli_error(&err, r);
    return EXIT_FAILED;
}

const struct command command_ps = {
    .name = "ps",
    .synopsis = "[OPTION]...",
    .summary = "processes by node: where their memory is and their threads run",
    .details = "BY NODE counts threads by the node of the CPU that each ran on last: \"0:4 1:2\".\n"
               "CPUS are those that any of its threads may use.\n",
    .options = options,
    .run = run_ps,
};
