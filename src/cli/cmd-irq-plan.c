/* SPDX-License-Identifier: Apache-2.0 */
/* numaplace irq plan: where the interrupts of a device should go, and why. Nothing is changed. */

#include "cli-irq-plan.h"
#include "irq-verbs.h"
#include "render-irq-plan.h"

enum { OPTION_FROM = IRQ_OPTION_COUNT };

static const struct cli_option options[] = {
    IRQ_OPTION_ROWS,
    [OPTION_FROM] = CLI_OPTION_FROM,
    {0},
};

static int plan(const char *device, const struct irq_options *opts)
{
    autoirqwork struct irq_work work = {0};
    int status = cli_irq_plan(device, opts, &work);
    int r;

    if (status != EXIT_DONE)
        return status;
    r = opts->json ? cli_print_json(json_irq_plan(work.plan)) : render_irq_plan(work.plan, stdout);
    if (r == 0)
        return EXIT_DONE;
    cli_error(&(struct np_error){0}, r);
    return EXIT_FAILED;
}

static int run_irq_plan(int argc, char **argv)
{
    struct cli_args args = {.command = &command_irq_plan, .argc = argc, .argv = argv};
    struct irq_options opts = IRQ_OPTIONS_DEFAULT;
    int option, status = EXIT_DONE;

    while (status == EXIT_DONE && (option = cli_next(&args)) >= 0) {
        if (option == OPTION_FROM)
            opts.from = args.value;
        else
            status = irq_options_take(&command_irq_plan, option, args.value, &opts);
    }
    if (status == EXIT_DONE && option == CLI_STOP)
        return args.exit;
    if (status == EXIT_DONE)
        status = irq_options_check(&command_irq_plan, &opts);
    if (status != EXIT_DONE)
        return status;
    if (args.next + 1 != argc)
        return cli_usage(&command_irq_plan, "one network device must be named");
    return plan(argv[args.next], &opts);
}

const struct command command_irq_plan = {
    .name = "irq plan",
    .synopsis = "[OPTION]... DEVICE",
    .summary = "where the interrupts of a network device should go, and why",
    .details =
        "Without --cpus and --near-app they go to the CPUs of the device's node: cores "
        "first, SMT siblings\nafter them, isolated CPUs never.\n"
        "Exit status: 0 there is a plan; 1 there is none, since what was named does not exist "
        "or is not known;\n4 there is none, since no CPU is left for interrupts.\n",
    .options = options,
    .run = run_irq_plan,
};
