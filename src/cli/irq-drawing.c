/* SPDX-License-Identifier: Apache-2.0 */
/* What is drawn, and in text how: see irq-drawing.h. The picture is svg-irq.c's. */

#include "irq-drawing.h"

#include "irq-text.h"
#include "svg-irq.h"
#include "text.h"

#include <errno.h>
#include <string.h>

struct drawing {
    struct svg_irq_device *devices;
    struct nic **nics; /* those of devices; NULL for what is no network device */
    unsigned int n;
};

static void drawing_fini(struct drawing *drawing)
{
    for (unsigned int i = 0; i < drawing->n; i++) {
        irq_paths_fini(&drawing->devices[i].paths);
        (void)nic_free(drawing->nics[i]);
    }
    free(drawing->devices);
    free(drawing->nics);
}

static bool has_device(const struct drawing *drawing, const char *name)
{
    for (unsigned int i = 0; i < drawing->n; i++) {
        if (strcmp(drawing->devices[i].paths.device, name) == 0)
            return true;
    }
    return false;
}

static int add_device(struct drawing *drawing, const struct irq_view *view, const char *name)
{
    struct svg_irq_device *device = &drawing->devices[drawing->n];
    struct nic **nic = &drawing->nics[drawing->n];
    int r = nic_read(view->root, view->machine, name, nic, NULL);

    if (r == 0)
        device->nic = *nic;
    else if (r != -ENODEV)
        return r;
    r = irq_paths_init(&device->paths, view->machine, view->interrupts, name);
    if (r < 0) {
        *nic = nic_free(*nic);
        return r;
    }
    if (device->paths.n == 0 && *nic) /* most drivers ask for interrupts when the link goes up */
        device->paths.node = (*nic)->node;
    drawing->n++;
    return 0;
}

static int compare_devices(const void *a, const void *b)
{
    const struct svg_irq_device *left = a, *right = b;

    return strverscmp(left->paths.device, right->paths.device);
}

static int drawing_init(struct drawing *drawing, const struct irq_view *view, const char *device)
{
    const struct interrupts *interrupts = view->interrupts;
    int r = 0;

    *drawing = (struct drawing){
        .devices = calloc(interrupts->n_irqs + 1, sizeof(*drawing->devices)),
        .nics = calloc(interrupts->n_irqs + 1, sizeof(struct nic *)),
    };
    if (!drawing->devices || !drawing->nics)
        return -ENOMEM;
    if (device)
        r = add_device(drawing, view, device);
    for (unsigned int i = 0; r == 0 && !device && i < interrupts->n_irqs; i++) {
        const char *name = interrupts->irqs[i].device;

        if (name && !has_device(drawing, name))
            r = add_device(drawing, view, name);
    }
    qsort(drawing->devices, drawing->n, sizeof(*drawing->devices), compare_devices);
    return r;
}

int irq_draw_svg(const struct irq_view *view, const char *device)
{
    struct drawing drawing;
    int r = drawing_init(&drawing, view, device);

    if (r == 0)
        r = svg_irqs(view->machine, drawing.devices, drawing.n);
    drawing_fini(&drawing);
    return r;
}

struct columns {
    int first, irq;
};

/* Its queue, or where it has none its own name. */
static const char *first_word(const struct irq *irq, char queue[QUEUE_TEXT_MAX])
{
    return irq_has_queue(irq) ? irq_queue_text(irq->queue_kind, irq->queue, queue) : irq->name;
}

static void measure(const struct irq_path *path, struct columns *columns)
{
    char queue[QUEUE_TEXT_MAX];
    int first = (int)strlen(first_word(path->irq, queue));
    int irq = snprintf(NULL, 0, "%u", path->irq->irq);

    columns->first = first > columns->first ? first : columns->first;
    columns->irq = irq > columns->irq ? irq : columns->irq;
}

static void put_dashes(int n)
{
    while (n-- > 0)
        putchar('-');
}

/* "|-- rx 3 --- irq 31 -x-> CPU 0, node 0" */
static int put_path(const struct irq_path *path, const struct columns *columns, bool last)
{
    static const char *const arrows[] = {[IRQ_SIDE_ALIGNED] = "--->",
                                         [IRQ_SIDE_CROSSING] = "-x->",
                                         [IRQ_SIDE_EITHER] = "-?->",
                                         [IRQ_SIDE_UNKNOWN] = "-?->"};
    autofree char *cpus = cli_set_text(path->cpus), *nodes = cli_set_text(path->nodes);
    autofree char *next = cli_set_text(path->irq->allowed);
    char queue[QUEUE_TEXT_MAX];
    const char *word = first_word(path->irq, queue);

    if (!cpus || !nodes || !next)
        return -ENOMEM;
    printf("%s ", last ? "`--" : "|--");
    text_put(stdout, word);
    putchar(word[0] ? ' ' : '-');
    put_dashes(columns->first - (int)strlen(word) + 3);
    printf(" irq %*u %s CPU %s, ", columns->irq, path->irq->irq, arrows[path->side], cpus);
    if (hwloc_bitmap_iszero(path->nodes))
        printf("node unknown");
    else
        printf("node%s %s", hwloc_bitmap_weight(path->nodes) == 1 ? "" : "s", nodes);
    if (irq_is_pending(path->irq))
        printf(", from the next one on CPU %s", next);
    putchar('\n');
    return 0;
}

static void put_counts(const struct irq_paths *paths)
{
    unsigned int counts[IRQ_SIDES];
    const char *separator = " ";

    if (paths->n == 0)
        printf(" no interrupt");
    irq_paths_count(paths, counts);
    for (enum irq_side side = 0; side < IRQ_SIDES; side++) {
        if (counts[side] == 0)
            continue;
        printf("%s%u %s", separator, counts[side],
               side == IRQ_SIDE_UNKNOWN ? "unknown" : irq_side_name(side));
        separator = ", ";
    }
    putchar('\n');
}

static int put_device(const struct irq_paths *paths)
{
    struct columns columns = {0};
    int r = 0;

    text_put(stdout, paths->device);
    if (paths->node < 0)
        printf(", node unknown:");
    else
        printf(", node %d:", paths->node);
    put_counts(paths);
    for (unsigned int i = 0; i < paths->n; i++)
        measure(&paths->paths[i], &columns);
    for (unsigned int i = 0; r == 0 && i < paths->n; i++)
        r = put_path(&paths->paths[i], &columns, i + 1 == paths->n);
    return r;
}

int irq_draw_tree(const struct irq_view *view, const char *device)
{
    struct drawing drawing;
    int r = drawing_init(&drawing, view, device);

    for (unsigned int i = 0; r == 0 && i < drawing.n; i++)
        r = put_device(&drawing.devices[i].paths);
    drawing_fini(&drawing);
    return r;
}
