/* SPDX-License-Identifier: Apache-2.0 */
/* Reads what `numaplace irq` and `irq show` tell. */

#include "irq-look.h"

#include <math.h>
#include <string.h>
#include <time.h>

/* Longer is a slip. */
#define INTERVAL_MAX 3600.0

void irq_look_fini(struct irq_look *look)
{
    irqbalance_fini(&look->irqbalance);
    irq_rewriters_fini(&look->rewriters);
    look->before = interrupts_free(look->before);
    irq_view_fini(&look->view);
}

static void wait_for(double seconds)
{
    struct timespec rest = {.tv_sec = (time_t)seconds, .tv_nsec = (long)(fmod(seconds, 1.0) * 1e9)};

    while (clock_nanosleep(CLOCK_MONOTONIC, 0, &rest, &rest) == EINTR)
        ;
}

static int sample_again(double seconds, struct irq_look *look, struct np_error *err)
{
    look->before = look->view.interrupts;
    look->view.interrupts = NULL;
    wait_for(seconds);
    return interrupts_read(look->view.root, look->view.machine, &look->view.interrupts, err);
}

/* EXIT_DONE, or EXIT_USAGE after a message. */
static int take_interval(const struct command *command, const char *text, double *ret_seconds)
{
    char *end;
    double seconds = strtod(text, &end);

    if (end == text || *end || !(seconds > 0 && seconds <= INTERVAL_MAX))
        return cli_usage(command, "--interval=%s: more than 0, and at most %g seconds", text,
                         INTERVAL_MAX);
    *ret_seconds = seconds;
    return EXIT_DONE;
}

static int take_format(const struct command *command, enum irq_format format,
                       struct irq_look_options *opts)
{
    if (opts->format != IRQ_FORMAT_TEXT && opts->format != format)
        return cli_usage(command, "--json, --tree and --svg exclude each other");
    opts->format = format;
    return EXIT_DONE;
}

static int take_option(const struct cli_args *args, int option, struct irq_look_options *opts)
{
    switch (option) {
    case IRQ_LOOK_FROM:
        opts->from = args->value;
        return EXIT_DONE;
    case IRQ_LOOK_JSON:
        return take_format(args->command, IRQ_FORMAT_JSON, opts);
    case IRQ_LOOK_TREE:
        return take_format(args->command, IRQ_FORMAT_TREE, opts);
    case IRQ_LOOK_SVG:
        return take_format(args->command, IRQ_FORMAT_SVG, opts);
    default:
        return take_interval(args->command, args->value, &opts->interval);
    }
}

bool irq_look_parse(struct cli_args *args, struct irq_look_options *opts)
{
    int option;

    args->exit = EXIT_DONE;
    while (args->exit == EXIT_DONE && (option = cli_next(args)) >= 0)
        args->exit = take_option(args, option, opts);
    if (args->exit == EXIT_DONE && option != CLI_STOP && opts->interval > 0 && opts->from &&
        strcmp(opts->from, "live") != 0)
        args->exit = cli_usage(args->command, "--interval counts on the running machine only");
    return args->exit == EXIT_DONE && option != CLI_STOP;
}

int irq_look(const struct irq_look_options *opts, struct irq_look *look)
{
    struct np_error err = {0};
    int status = cli_read_interrupts(opts->from, 0, &look->view);
    int r = 0;

    if (status != EXIT_DONE)
        return status;
    if (opts->interval > 0)
        r = sample_again(opts->interval, look, &err);
    if (r == 0)
        r = irq_rewriters_read(look->view.root, &look->rewriters);
    if (r == 0)
        r = irqbalance_look(look->view.root, IRQBALANCE_GLANCE_MS, &look->irqbalance);
    if (r == 0)
        return EXIT_DONE;
    cli_error(&err, r);
    return EXIT_FAILED;
}

double irq_look_count(const struct irq_look *look, const struct irq *irq, int cpu_idx)
{
    const struct interrupts *interrupts = look->view.interrupts;
    unsigned int first = cpu_idx < 0 ? 0 : (unsigned int)cpu_idx;
    unsigned int last = cpu_idx < 0 ? interrupts->n_cpus : first + 1;
    double seconds = 1;
    uint64_t count = 0;

    if (look->before)
        seconds = (double)(interrupts->taken_ns - look->before->taken_ns) / 1e9;
    for (unsigned int i = first; i < last; i++)
        count += look->before ? interrupts_since(look->before, interrupts, irq, i) : irq->counts[i];
    return (double)count / seconds;
}
