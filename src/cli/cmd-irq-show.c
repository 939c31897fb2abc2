/* SPDX-License-Identifier: Apache-2.0 */
/* numaplace irq show: the queues of one device, their interrupts, and where these are taken. */

#include "irq-drawing.h"
#include "irq-verbs.h"
#include "near.h"
#include "render-irq.h"

#include <string.h>

static const struct cli_option options[] = {
    IRQ_LOOK_OPTION_ROWS,
    {0},
};

/* Interrupts belong to controllers, people speak of disks; and of PCI addresses, and netdev:eth0.
 * The caller frees; NULL when out of memory. */
static char *canonical_name(const struct machine *machine, const char *name)
{
    const struct device *device = near_find(machine, name);

    return device ? irq_device_name(device) : strdup(name);
}

static int sum_up(const struct irq_look *look, struct irq_subject *subject)
{
    const struct machine *machine = look->view.machine;
    const struct device *device = machine_device(machine, subject->device);
    struct irq none = {.node = device ? device->node : -1};
    struct irq_device *sum = &subject->sum;
    int r = 0;

    *sum = (struct irq_device){.name = subject->device,
                               .pci = device ? device->pci : NULL,
                               .node = irq_device_node(machine, &none),
                               .taken_by = hwloc_bitmap_alloc()};
    if (!sum->taken_by)
        return -ENOMEM;
    for (unsigned int i = 0; r == 0 && i < look->view.interrupts->n_irqs; i++) {
        const struct irq *irq = &look->view.interrupts->irqs[i];

        if (!irq->device || strcmp(irq->device, subject->device) != 0)
            continue;
        sum->pci = irq->pci;
        sum->node = irq_device_node(machine, irq);
        r = irq_device_add(sum, look, irq);
    }
    return r;
}

/* The device and, of a network device, its queues. EXIT_DONE, or the exit status after a message.
 */
static int read_subject(const struct irq_look *look, struct irq_subject *subject)
{
    const struct device *device = machine_device(look->view.machine, subject->device);
    struct np_error err = {0};
    int r = sum_up(look, subject);

    if (r == 0 && device && device->class == DEVICE_NET)
        r = nic_read(look->view.root, look->view.machine, subject->device, &subject->nic, &err);
    else if (r == 0 && subject->sum.n_irqs == 0) {
        r = error_set(&err, -ENODEV, "no interrupt belongs to a device \"%.64s\"", subject->device);
        error_hint(&err, "`numaplace irq` lists the devices that have some");
    }
    if (r == 0)
        return EXIT_DONE;
    cli_error(&err, r);
    return EXIT_FAILED;
}

static int print(const struct irq_look *look, const struct irq_subject *subject,
                 enum irq_format format)
{
    switch (format) {
    case IRQ_FORMAT_JSON:
        return cli_print_json(json_irq_show(look, subject));
    case IRQ_FORMAT_TREE:
        return irq_draw_tree(&look->view, subject->device);
    case IRQ_FORMAT_SVG:
        return irq_draw_svg(&look->view, subject->device);
    case IRQ_FORMAT_TEXT:
        break;
    }
    return render_irq_show(look, subject);
}

static int show(const struct irq_look_options *opts, const char *name)
{
    struct irq_look look = {0};
    struct irq_subject subject = {0};
    autofree char *device = NULL;
    int status = irq_look(opts, &look);
    int r = 0;

    if (status == EXIT_DONE) {
        device = canonical_name(look.view.machine, name);
        subject.device = device;
        status = device ? read_subject(&look, &subject) : EXIT_FAILED;
    }
    if (status == EXIT_DONE)
        r = print(&look, &subject, opts->format);
    hwloc_bitmap_free(subject.sum.taken_by);
    (void)nic_free(subject.nic);
    irq_look_fini(&look);
    if (r == 0)
        return status;
    cli_error(&(struct np_error){0}, r);
    return EXIT_FAILED;
}

static int run_irq_show(int argc, char **argv)
{
    struct cli_args args = {.command = &command_irq_show, .argc = argc, .argv = argv};
    struct irq_look_options opts = {0};

    if (!irq_look_parse(&args, &opts))
        return args.exit;
    if (args.next + 1 != argc)
        return cli_usage(&command_irq_show, "one device must be named");
    return show(&opts, argv[args.next]);
}

const struct command command_irq_show = {
    .name = "irq show",
    .synopsis = "[OPTION]... DEVICE",
    .summary = "the queues of a device: their interrupts, CPUs and nodes",
    .details = "LINK is aligned where an interrupt is taken on the node of its device, crossing "
               "elsewhere. COUNT\nis since boot. RPS, FLOWS (of RFS) and XPS are what the kernel "
               "spreads packets by in software.\n",
    .options = options,
    .run = run_irq_show,
};
