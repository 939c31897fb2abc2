/* SPDX-License-Identifier: Apache-2.0 */
/* numaplace irq: interrupts by device, and the verbs that look closer or change something. */

#include "commands.h"
#include "irq-drawing.h"
#include "irq-verbs.h"
#include "render-irq.h"
#include "word.h"

#include <string.h>

static const struct cli_option options[] = {
    IRQ_LOOK_OPTION_ROWS,
    {0},
};

static const struct command *const verbs[] = {
    &command_irq_show,
    &command_irq_plan,
    &command_irq_apply,
    &command_irq_export,
    NULL, /* ends the table */
};

/* argv[1] is the verb's name. */
static int run_verb(const struct command *verb, int argc, char **argv)
{
    char name[48];

    (void)snprintf(name, sizeof(name), "numaplace %s", verb->name);
    argv[1] = name; /* getopt begins its messages with it */
    return verb->run(argc - 1, argv + 1);
}

static const struct command *find_verb(const char *word)
{
    for (const struct command *const *verb = verbs; *verb; verb++) {
        if (strcmp(cli_verb(&command_irq, *verb), word) == 0)
            return *verb;
    }
    return NULL;
}

static int print(const struct irq_look *look, enum irq_format format)
{
    switch (format) {
    case IRQ_FORMAT_JSON:
        return cli_print_json(json_irq(look));
    case IRQ_FORMAT_TREE:
        return irq_draw_tree(&look->view, NULL);
    case IRQ_FORMAT_SVG:
        return irq_draw_svg(&look->view, NULL);
    case IRQ_FORMAT_TEXT:
        break;
    }
    return render_irq(look);
}

static int show_all(const struct irq_look_options *opts)
{
    struct irq_look look = {0};
    int status = irq_look(opts, &look);
    int r = status == EXIT_DONE ? print(&look, opts->format) : 0;

    irq_look_fini(&look);
    if (r == 0)
        return status;
    cli_error(&(struct np_error){0}, r);
    return EXIT_FAILED;
}

static int no_such_verb(const char *word)
{
    const char *names[ARRAY_SIZE(verbs)] = {NULL};
    const char *meant;
    char list[80];

    for (size_t i = 0; verbs[i]; i++)
        names[i] = cli_verb(&command_irq, verbs[i]);
    meant = word_nearest(word, names);
    if (meant)
        return cli_usage(&command_irq, "\"%s\" is no verb: was %s meant?", word, meant);
    return cli_usage(&command_irq, "\"%s\" is none of the verbs %s", word,
                     word_join(names, list, sizeof(list)));
}

static int run_irq(int argc, char **argv)
{
    struct cli_args args = {.command = &command_irq, .argc = argc, .argv = argv};
    const struct command *verb = argc > 1 ? find_verb(argv[1]) : NULL;
    struct irq_look_options opts = {0};

    if (verb)
        return run_verb(verb, argc, argv);
    if (!irq_look_parse(&args, &opts))
        return args.exit;
    if (args.next < argc && find_verb(argv[args.next]))
        return cli_usage(&command_irq, "%s goes before its options", argv[args.next]);
    if (args.next < argc)
        return no_such_verb(argv[args.next]);
    return show_all(&opts);
}

const struct command command_irq = {
    .name = "irq",
    .synopsis = "[OPTION]... | VERB [OPTION]... DEVICE",
    .summary = "interrupts: which CPU of which node takes those of which device",
    .details =
        "ALIGNED counts the interrupts that are taken on the node of their device. FIXED "
        "ones cannot be\nmoved: the kernel or their chip places them. COUNT is since boot.\n",
    .options = options,
    .verbs = verbs,
    .run = run_irq,
};
