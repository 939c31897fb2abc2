/* SPDX-License-Identifier: Apache-2.0 */
/* What is drawn, and in text how: see irq-drawing.h. The picture is svg-irq.c's. */

#include "irq-drawing.h"

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
        irq_links_fini(&drawing->devices[i].links);
        (void)nic_free(drawing->nics[i]);
    }
    free(drawing->devices);
    free(drawing->nics);
}

static bool has_device(const struct drawing *drawing, const char *name)
{
    for (unsigned int i = 0; i < drawing->n; i++) {
        if (strcmp(drawing->devices[i].links.device, name) == 0)
            return true;
    }
    return false;
}

/* irq is one of the device's. */
static int add_device(struct drawing *drawing, const struct irq_view *view, const struct irq *irq)
{
    struct svg_irq_device *device = &drawing->devices[drawing->n];
    struct nic **nic = &drawing->nics[drawing->n];
    int r = nic_read(view->root, view->machine, irq->device, nic, NULL);

    if (r == 0)
        device->nic = *nic;
    else if (r != -ENODEV)
        return r;
    r = irq_links_init(&device->links, view->machine, view->interrupts, irq->device, irq->node);
    if (r < 0)
        *nic = nic_free(*nic);
    else
        drawing->n++;
    return r;
}

static int compare_devices(const void *a, const void *b)
{
    const struct svg_irq_device *left = a, *right = b;

    return strverscmp(left->links.device, right->links.device);
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
    for (unsigned int i = 0; r == 0 && i < interrupts->n_irqs; i++) {
        const struct irq *irq = &interrupts->irqs[i];

        if (irq->device && (!device || strcmp(irq->device, device) == 0) &&
            !has_device(drawing, irq->device))
            r = add_device(drawing, view, irq);
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
static const char *first_word(const struct irq *irq, char queue[LINK_QUEUE_MAX])
{
    const char *word = irq_link_queue(irq, queue);

    return word[0] ? word : irq->name;
}

static void measure(const struct irq_link *link, struct columns *columns)
{
    char queue[LINK_QUEUE_MAX];
    int first = (int)strlen(first_word(link->irq, queue));
    int irq = snprintf(NULL, 0, "%u", link->irq->irq);

    columns->first = first > columns->first ? first : columns->first;
    columns->irq = irq > columns->irq ? irq : columns->irq;
}

static void put_dashes(int n)
{
    while (n-- > 0)
        putchar('-');
}

/* "|-- rx 3 --- irq 31 -x-> CPU 0, node 0" */
static int put_link(const struct irq_link *link, const struct columns *columns, bool last)
{
    static const char *const arrows[] = {[LINK_ALIGNED] = "--->",
                                         [LINK_CROSSING] = "-x->",
                                         [LINK_EITHER] = "-?->",
                                         [LINK_UNKNOWN] = "-?->"};
    autofree char *cpus = cli_set_text(link->cpus), *nodes = cli_set_text(link->nodes);
    char queue[LINK_QUEUE_MAX];
    const char *word = first_word(link->irq, queue);

    if (!cpus || !nodes)
        return -ENOMEM;
    printf("%s ", last ? "`--" : "|--");
    text_put(stdout, word);
    putchar(word[0] ? ' ' : '-');
    put_dashes(columns->first - (int)strlen(word) + 3);
    printf(" irq %*u %s CPU %s, ", columns->irq, link->irq->irq, arrows[link->side], cpus);
    if (hwloc_bitmap_iszero(link->nodes))
        printf("node unknown\n");
    else
        printf("node%s %s\n", hwloc_bitmap_weight(link->nodes) == 1 ? "" : "s", nodes);
    return 0;
}

static void put_counts(const struct irq_links *links)
{
    unsigned int counts[LINK_SIDES];
    const char *separator = "";

    irq_links_count(links, counts);
    for (enum link_side side = 0; side < LINK_SIDES; side++) {
        if (counts[side] == 0)
            continue;
        printf("%s%u %s", separator, counts[side], link_side_words(side));
        separator = ", ";
    }
    putchar('\n');
}

static int put_device(const struct irq_links *links)
{
    struct columns columns = {0};
    int r = 0;

    text_put(stdout, links->device);
    if (links->node < 0)
        printf(", node unknown: ");
    else
        printf(", node %d: ", links->node);
    put_counts(links);
    for (unsigned int i = 0; i < links->n; i++)
        measure(&links->links[i], &columns);
    for (unsigned int i = 0; r == 0 && i < links->n; i++)
        r = put_link(&links->links[i], &columns, i + 1 == links->n);
    return r;
}

int irq_draw_tree(const struct irq_view *view, const char *device)
{
    struct drawing drawing;
    int r = drawing_init(&drawing, view, device);

    for (unsigned int i = 0; r == 0 && i < drawing.n; i++)
        r = put_device(&drawing.devices[i].links);
    drawing_fini(&drawing);
    return r;
}
