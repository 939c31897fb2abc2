/* SPDX-License-Identifier: Apache-2.0 */
/* numaplace irq show: the queues of one device, their interrupts, and where these are taken. */

#include "irq-drawing.h"
#include "irq-verbs.h"
#include "render-irq.h"

enum { OPTION_FROM, OPTION_JSON, OPTION_TREE, OPTION_SVG };

static const struct cli_option options[] = {
    [OPTION_FROM] = CLI_OPTION_FROM,
    [OPTION_JSON] = {"json", 'j', NULL, "as JSON"},
    [OPTION_TREE] = {"tree", 0, NULL, "a drawing of the links, in text"},
    [OPTION_SVG] = {"svg", 0, NULL, "a picture of them"},
    {0},
};

static int show_json(const struct irq_view *view, const char *device)
{
    return cli_print_json(json_irq_show(view, device));
}

static int show(const char *from, const char *device,
                int (*print)(const struct irq_view *view, const char *device))
{
    struct irq_view view = {0};
    int status = cli_read_interrupts(from, 0, &view);
    int r = 0;

    if (status == EXIT_DONE)
        r = print(&view, device);
    irq_view_fini(&view);
    if (r == 0)
        return status;
    cli_error(&(struct np_error){0}, r);
    return EXIT_FAILED;
}

static int run_irq_show(int argc, char **argv)
{
    struct cli_args args = {.command = &command_irq_show, .argc = argc, .argv = argv};
    const char *from = NULL;
    int (*print)(const struct irq_view *view, const char *device) = render_irq_show;
    int option;

    while ((option = cli_next(&args)) >= 0) {
        switch (option) {
        case OPTION_FROM:
            from = args.value;
            break;
        case OPTION_JSON:
            print = show_json;
            break;
        case OPTION_TREE:
            print = irq_draw_tree;
            break;
        case OPTION_SVG:
            print = irq_draw_svg;
            break;
        }
    }
    if (option == CLI_STOP)
        return args.exit;
    if (args.next + 1 != argc)
        return cli_usage(&command_irq_show, "one device must be named");
    return show(from, argv[args.next], print);
}

const struct command command_irq_show = {
    .name = "irq show",
    .synopsis = "[OPTION]... DEVICE",
    .summary = "the queues of a device: interrupts, CPUs, nodes",
    .options = options,
    .run = run_irq_show,
};
