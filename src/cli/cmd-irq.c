/* SPDX-License-Identifier: Apache-2.0 */
/* numaplace irq: interrupts by device, and the verbs that look closer or change something. */

#include "cli-irq.h"
#include "commands.h"
#include "irq-drawing.h"
#include "irq-verbs.h"
#include "render-irq.h"

#include <string.h>

enum { OPTION_FROM, OPTION_JSON, OPTION_TREE, OPTION_SVG };

static const struct cli_option options[] = {
    [OPTION_FROM] = CLI_OPTION_FROM,
    [OPTION_JSON] = {"json", 'j', NULL, "every interrupt, as JSON"},
    [OPTION_TREE] = {"tree", 0, NULL, "a drawing of how they go to CPUs, in text"},
    [OPTION_SVG] = {"svg", 0, NULL, "a picture of that"},
    {0},
};

static const struct command *const verbs[] = {
    &command_irq_show, &command_irq_plan, &command_irq_apply, NULL, /* ends the table */
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

static int print_json(const struct irq_view *view)
{
    return cli_print_json(json_irq(view));
}

static int print_tree(const struct irq_view *view)
{
    return irq_draw_tree(view, NULL);
}

static int print_svg(const struct irq_view *view)
{
    return irq_draw_svg(view, NULL);
}

static int show_all(const char *from, int (*print)(const struct irq_view *view))
{
    struct irq_view view = {0};
    int status = cli_read_interrupts(from, 0, &view);
    int r = 0;

    if (status == EXIT_DONE)
        r = print(&view);
    irq_view_fini(&view);
    if (r == 0)
        return status;
    cli_error(&(struct np_error){0}, r);
    return EXIT_FAILED;
}

static int run_irq(int argc, char **argv)
{
    struct cli_args args = {.command = &command_irq, .argc = argc, .argv = argv};
    const struct command *verb = argc > 1 ? find_verb(argv[1]) : NULL;
    const char *from = NULL;
    int (*print)(const struct irq_view *view) = render_irq;
    int option;

    if (verb)
        return run_verb(verb, argc, argv);
    while ((option = cli_next(&args)) >= 0) {
        switch (option) {
        case OPTION_FROM:
            from = args.value;
            break;
        case OPTION_JSON:
            print = print_json;
            break;
        case OPTION_TREE:
            print = print_tree;
            break;
        case OPTION_SVG:
            print = print_svg;
            break;
        }
    }
    if (option == CLI_STOP)
        return args.exit;
    if (args.next < argc && find_verb(argv[args.next]))
        return cli_usage(&command_irq, "%s goes before its options", argv[args.next]);
    if (args.next < argc)
        return cli_usage(&command_irq,
                         "\"%s\" is not a verb: `numaplace irq show %s` shows a device",
                         argv[args.next], argv[args.next]);
    return show_all(from, print);
}

const struct command command_irq = {
    .name = "irq",
    .synopsis = "[OPTION]... | VERB [OPTION]... DEVICE",
    .summary = "interrupts: which CPU of which node takes those of which device",
    .options = options,
    .verbs = verbs,
    .run = run_irq,
};
