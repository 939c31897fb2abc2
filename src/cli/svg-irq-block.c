/* SPDX-License-Identifier: Apache-2.0 */
/* The layout: see svg-irq-block.h. */

#include "svg-irq-block.h"

#include "cli-machine.h"
#include "irq-text.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

enum {
    NODE_GAP = 14,
    GAP_FAN = 60,   /* from the device to its queues */
    GAP_QUEUE = 26, /* from a queue to its interrupt */
    LINKS_LEAST = 150,
    LINKS_MOST = 400,
    LINKS_SLOPE = 5, /* height over width of a link that goes all the way down */
    NAME_SHOWN = 28,
    SET_SHOWN = 12,
};

/* The CPUs that packets of a queue are steered to, or that send on it. */
static int add_steering(const struct nic *nic, const struct irq *irq, bool sends, char text[64])
{
    const struct nic_queue *queue = sends ? nic_find_queue(nic->tx, nic->n_tx, irq->queue)
                                          : nic_find_queue(nic->rx, nic->n_rx, irq->queue);
    autofree char *cpus = NULL;
    size_t length = strlen(text);

    if (!queue || hwloc_bitmap_iszero(queue->cpus))
        return 0;
    cpus = cli_set_text(queue->cpus);
    if (!cpus)
        return -ENOMEM;
    (void)snprintf(text + length, 64 - length, "%s%s %.*s%s", length > 0 ? ", " : "",
                   sends ? "xps" : "rps", SET_SHOWN, cpus, strlen(cpus) > SET_SHOWN ? ".." : "");
    return 0;
}

int irq_block_describe(const struct svg_irq_device *device, const struct irq_path *path,
                       struct irq_row_text *text)
{
    const struct irq *irq = path->irq;
    bool receives = irq->queue_kind == QUEUE_RX || irq->queue_kind == QUEUE_COMBINED;
    bool sends = irq->queue_kind == QUEUE_TX || irq->queue_kind == QUEUE_COMBINED;
    int r = 0;

    text->queue[0] = text->steering[0] = '\0';
    if (irq_has_queue(irq))
        (void)irq_queue_text(irq->queue_kind, irq->queue, text->queue);
    (void)snprintf(text->irq, sizeof(text->irq), "irq %u", irq->irq);
    (void)snprintf(text->name, sizeof(text->name), "%.*s%s%s", NAME_SHOWN, irq->name,
                   irq->mobility == IRQ_FIXED ? ", fixed" : "",
                   irq_is_pending(irq) ? ", pending" : "");
    if (device->nic && receives)
        r = add_steering(device->nic, irq, false, text->steering);
    if (r == 0 && device->nic && sends)
        r = add_steering(device->nic, irq, true, text->steering);
    return r;
}

int irq_chip_second_x(const char *first)
{
    return BLOCK_PAD + svg_text_width(strlen(first), BLOCK_CHIP_FONT) + BLOCK_PAD;
}

/* The chip with both texts. */
static int chip_width(const char *first, const char *second)
{
    int width = irq_chip_second_x(first);

    return second[0] ? width + svg_text_width(strlen(second), BLOCK_CHIP_FONT) + BLOCK_PAD : width;
}

static int larger(int a, int b)
{
    return a > b ? a : b;
}

static int wider(int width, const char *text, int size)
{
    return larger(width, svg_text_width(strlen(text), size));
}

static int measure_rows(struct irq_block *block)
{
    const struct irq_paths *paths = &block->device->paths;
    int r = 0;

    for (unsigned int i = 0; r == 0 && i < paths->n; i++) {
        struct irq_row_text text;

        r = irq_block_describe(block->device, &paths->paths[i], &text);
        if (r < 0)
            break;
        block->widths.queue = larger(block->widths.queue, chip_width(text.queue, text.steering));
        block->widths.irq = larger(block->widths.irq, chip_width(text.irq, text.name));
    }
    block->left_height = (int)paths->n * BLOCK_ROW;
    return r;
}

static struct irq_target *find_target(struct irq_block *block, int node)
{
    for (unsigned int i = 0; i < block->n_targets; i++) {
        if (block->targets[i].node == node)
            return &block->targets[i];
    }
    return NULL;
}

static struct irq_target *need_target(struct irq_block *block, int node)
{
    struct irq_target *target = find_target(block, node);
    hwloc_bitmap_t cpus;

    if (target)
        return target;
    cpus = hwloc_bitmap_alloc();
    if (!cpus)
        return NULL;
    target = &block->targets[block->n_targets++];
    *target = (struct irq_target){.node = node, .cpus = cpus};
    return target;
}

static int node_of(const struct machine *machine, int cpu)
{
    const struct cpu *c = machine_cpu(machine, (unsigned int)cpu);

    return c ? c->node : -1;
}

/* One CPU is shown in its node; of several only the nodes. */
static int add_path_targets(struct irq_block *block, const struct irq_path *path)
{
    int cpu = hwloc_bitmap_weight(path->cpus) == 1 ? hwloc_bitmap_first(path->cpus) : -1;
    struct irq_target *target;

    if (cpu >= 0) {
        target = need_target(block, node_of(block->machine, cpu));
        return target && hwloc_bitmap_set(target->cpus, (unsigned int)cpu) == 0 ? 0 : -ENOMEM;
    }
    for (int node = hwloc_bitmap_first(path->nodes); node != -1;
         node = hwloc_bitmap_next(path->nodes, node)) {
        target = need_target(block, node);
        if (!target)
            return -ENOMEM;
        target->shared = true;
    }
    return 0;
}

static int rank(const struct irq_target *target)
{
    return target->node < 0 ? INT_MAX : target->node;
}

static int compare_targets(const void *a, const void *b)
{
    const struct irq_target *left = a, *right = b;

    return (rank(left) > rank(right)) - (rank(left) < rank(right));
}

static void put_first(struct irq_block *block, int node)
{
    struct irq_target *target = find_target(block, node);
    struct irq_target first;

    if (!target)
        return;
    first = *target;
    memmove(&block->targets[1], &block->targets[0],
            (size_t)(target - block->targets) * sizeof(first));
    block->targets[0] = first;
}

static int rows_of(const struct irq_target *target)
{
    int n = hwloc_bitmap_weight(target->cpus);

    return n > 0 ? n : 1;
}

void irq_target_title(const struct irq_target *target, char title[40])
{
    if (target->node < 0)
        (void)snprintf(title, 40, "node unknown");
    else
        (void)snprintf(title, 40, "node %d", target->node);
}

static void measure_targets(struct irq_block *block)
{
    block->widths.node = svg_text_width(strlen("one of its CPUs"), BLOCK_CHIP_FONT) + 2 * BLOCK_PAD;
    for (unsigned int i = 0; i < block->n_targets; i++) {
        struct irq_target *target = &block->targets[i];

        target->place.height = BLOCK_NODE_HEAD + rows_of(target) * BLOCK_ROW + BLOCK_PAD / 2;
        block->right_height += target->place.height + (i > 0 ? NODE_GAP : 0);
    }
}

static int find_targets(struct irq_block *block)
{
    const struct irq_paths *paths = &block->device->paths;
    int r = 0;

    block->targets = calloc(block->machine->n_nodes + 2, sizeof(*block->targets));
    if (!block->targets)
        return -ENOMEM;
    if (paths->node >= 0 && !need_target(block, paths->node))
        return -ENOMEM;
    for (unsigned int i = 0; r == 0 && i < paths->n; i++)
        r = add_path_targets(block, &paths->paths[i]);
    qsort(block->targets, block->n_targets, sizeof(*block->targets), compare_targets);
    if (paths->node >= 0)
        put_first(block, paths->node);
    measure_targets(block);
    return r;
}

static int links_width(const struct irq_block *block)
{
    int width = irq_block_height(block) / LINKS_SLOPE;

    return width < LINKS_LEAST ? LINKS_LEAST : width > LINKS_MOST ? LINKS_MOST : width;
}

void irq_widths_widen(struct irq_widths *widths, const struct irq_widths *others)
{
    widths->device = larger(widths->device, others->device);
    widths->queue = larger(widths->queue, others->queue);
    widths->irq = larger(widths->irq, others->irq);
    widths->links = larger(widths->links, others->links);
    widths->node = larger(widths->node, others->node);
}

void irq_block_fini(struct irq_block *block)
{
    for (unsigned int i = 0; i < block->n_targets; i++)
        hwloc_bitmap_free(block->targets[i].cpus);
    free(block->targets);
}

int irq_block_init(struct irq_block *block, const struct machine *machine,
                   const struct svg_irq_device *device)
{
    const struct nic *nic = device->nic;
    int r;

    *block = (struct irq_block){.machine = machine, .device = device};
    block->widths.device =
        wider(svg_text_width(strlen("node unknown"), BLOCK_FONT), device->paths.device, BLOCK_FONT);
    if (nic && nic->driver)
        block->widths.device = wider(block->widths.device, nic->driver, BLOCK_CHIP_FONT);
    if (nic && nic->pci)
        block->widths.device = wider(block->widths.device, nic->pci, BLOCK_CHIP_FONT);
    block->widths.device += 2 * BLOCK_PAD;
    r = measure_rows(block);
    if (r == 0)
        r = find_targets(block);
    block->widths.links = links_width(block);
    return r;
}

int irq_block_device_height(const struct irq_block *block)
{
    const struct nic *nic = block->device->nic;

    return (2 + (nic && nic->driver) + (nic && nic->pci)) * SVG_LINE + BLOCK_PAD;
}

int irq_block_height(const struct irq_block *block)
{
    return larger(irq_block_device_height(block), larger(block->left_height, block->right_height));
}

int irq_block_queue_x(const struct irq_block *block)
{
    return SVG_MARGIN + block->widths.device + GAP_FAN;
}

int irq_block_irq_x(const struct irq_block *block)
{
    return irq_block_queue_x(block) + block->widths.queue + GAP_QUEUE;
}

int irq_block_node_x(const struct irq_block *block)
{
    return irq_block_irq_x(block) + block->widths.irq + block->widths.links;
}

int irq_block_width(const struct irq_block *block)
{
    return irq_block_node_x(block) + block->widths.node + SVG_MARGIN;
}

int irq_block_row_y(const struct irq_block *block, unsigned int row)
{
    return block->y + (irq_block_height(block) - block->left_height) / 2 + (int)row * BLOCK_ROW;
}

void irq_block_place(struct irq_block *block, int y)
{
    block->y = y;
    y += (irq_block_height(block) - block->right_height) / 2;
    for (unsigned int i = 0; i < block->n_targets; i++) {
        struct svg_box *place = &block->targets[i].place;

        place->x = irq_block_node_x(block);
        place->y = y;
        place->width = block->widths.node;
        y += place->height + NODE_GAP;
    }
}
