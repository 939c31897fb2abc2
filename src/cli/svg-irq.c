/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The picture of interrupts: see svg-irq.h. From left to right the device, its queues, their
 * interrupts, and the nodes with those of their CPUs that take any; a row an interrupt, so that
 * only the last links can cross. The page is laid out by drawing it to nowhere first.
 */

#include "svg-irq-block.h"

#include "cli-machine.h"

#include <errno.h>
#include <string.h>

enum {
    BLOCK_GAP = 30, /* between devices */
    LEGEND = 24,
};

struct irq_page {
    const char *title;
    struct irq_block *blocks;
    unsigned int n;
    int width, height;
};

static const char *const side_colours[] = {
    [IRQ_SIDE_ALIGNED] = "#2f7ed8",
    [IRQ_SIDE_CROSSING] = "#e06c00",
    [IRQ_SIDE_EITHER] = "#b08ad0",
    [IRQ_SIDE_UNKNOWN] = "#9a9a9a",
};
static const char *const side_words[] = {
    [IRQ_SIDE_ALIGNED] = "aligned: on the device's node",
    [IRQ_SIDE_CROSSING] = "crossing to another",
    [IRQ_SIDE_EITHER] = "either, not told yet",
    [IRQ_SIDE_UNKNOWN] = "of unknown node",
};
static const char fan_colour[] = "#c4c9d0", queue_colour[] = "#e2f0e6";

/* Middle of the left side of where link ends in target. */
static int end_y(const struct irq_target *target, const struct irq_path *path)
{
    int row = 0;

    if (hwloc_bitmap_weight(path->cpus) != 1)
        return target->place.y + BLOCK_NODE_HEAD / 2;
    for (int cpu = hwloc_bitmap_first(target->cpus); cpu != hwloc_bitmap_first(path->cpus);
         cpu = hwloc_bitmap_next(target->cpus, cpu))
        row++;
    return target->place.y + BLOCK_NODE_HEAD + row * BLOCK_ROW + BLOCK_CHIP / 2;
}

static void draw_path(FILE *stream, const struct irq_block *block, const struct irq_path *path,
                      int y)
{
    autofree char *cpus = cli_set_text(path->cpus);
    bool one = hwloc_bitmap_weight(path->cpus) == 1;
    char title[120];

    (void)snprintf(title, sizeof(title), "irq %u: CPU %.60s, %s", path->irq->irq, cpus ? cpus : "?",
                   side_words[path->side]);
    for (unsigned int i = 0; i < block->n_targets; i++) {
        const struct irq_target *target = &block->targets[i];
        bool ends_here =
            one ? hwloc_bitmap_intersects(target->cpus, path->cpus)
                : target->node >= 0 && hwloc_bitmap_isset(path->nodes, (unsigned int)target->node);

        if (!ends_here)
            continue;
        svg_draw_link(stream,
                      &(struct svg_link){.x1 = irq_block_irq_x(block) + block->widths.irq,
                                         .y1 = y + BLOCK_CHIP / 2,
                                         .x2 = irq_block_node_x(block) + (one ? BLOCK_PAD : 0),
                                         .y2 = end_y(target, path),
                                         .width = 2,
                                         .colour = side_colours[path->side],
                                         .dashed = !one,
                                         .title = title});
    }
}

/* second may be "". */
static void draw_chip(FILE *stream, const struct svg_box *box, const char *first,
                      const char *second)
{
    struct svg_text text = {
        .x = box->x + BLOCK_PAD, .y = box->y + BLOCK_CHIP - 5, .size = BLOCK_CHIP_FONT};

    svg_draw_box(stream, box);
    svg_draw_text(stream, &text, "%s", first);
    text.x = box->x + irq_chip_second_x(first);
    text.class = "faint";
    if (second[0])
        svg_draw_text(stream, &text, "%s", second);
}

/* From the device to the interrupt of a row; behind its queue if it has one. */
static void draw_fan(FILE *stream, const struct irq_block *block, int middle)
{
    struct svg_link fan = {.x1 = SVG_MARGIN + block->widths.device,
                           .y1 = block->y + irq_block_height(block) / 2,
                           .x2 = irq_block_queue_x(block),
                           .y2 = middle,
                           .width = 1,
                           .colour = fan_colour};

    svg_draw_link(stream, &fan);
    fan.x1 = fan.x2;
    fan.y1 = fan.y2;
    fan.x2 = irq_block_irq_x(block);
    svg_draw_link(stream, &fan);
}

static int draw_row(FILE *stream, const struct irq_block *block, unsigned int row)
{
    const struct irq_path *path = &block->device->paths.paths[row];
    struct svg_box queue = {.x = irq_block_queue_x(block),
                            .y = irq_block_row_y(block, row),
                            .width = block->widths.queue,
                            .height = BLOCK_CHIP,
                            .class = "llc",
                            .fill = queue_colour};
    struct svg_box irq = {.x = irq_block_irq_x(block),
                          .y = queue.y,
                          .width = block->widths.irq,
                          .height = BLOCK_CHIP,
                          .class = "llc"};
    struct irq_row_text text;
    int r = irq_block_describe(block->device, path, &text);

    if (r < 0)
        return r;
    draw_fan(stream, block, queue.y + BLOCK_CHIP / 2);
    if (text.queue[0])
        draw_chip(stream, &queue, text.queue, text.steering);
    draw_path(stream, block, path, irq.y);
    draw_chip(stream, &irq, text.irq, text.name);
    return 0;
}

static unsigned int count_alone(const struct irq_paths *paths, int cpu)
{
    unsigned int n = 0;

    for (unsigned int i = 0; i < paths->n; i++)
        n += hwloc_bitmap_weight(paths->paths[i].cpus) == 1 &&
             hwloc_bitmap_isset(paths->paths[i].cpus, (unsigned int)cpu);
    return n;
}

static void draw_target(FILE *stream, const struct irq_block *block,
                        const struct irq_target *target)
{
    struct svg_box frame = target->place;
    struct svg_box chip = {.x = frame.x + BLOCK_PAD,
                           .y = frame.y + BLOCK_NODE_HEAD,
                           .width = frame.width - 2 * BLOCK_PAD,
                           .height = BLOCK_CHIP};
    char text[40], times[24];

    frame.class = "node";
    svg_draw_box(stream, &frame);
    irq_target_title(target, text);
    svg_draw_text(
        stream,
        &(struct svg_text){
            .x = frame.x + BLOCK_PAD, .y = frame.y + 17, .size = BLOCK_FONT, .class = "strong"},
        "%s", text);
    if (hwloc_bitmap_iszero(target->cpus))
        svg_draw_text(stream,
                      &(struct svg_text){
                          .x = chip.x, .y = chip.y + 12, .size = BLOCK_CHIP_FONT, .class = "faint"},
                      target->shared ? "one of its CPUs" : "none goes here");
    for (int cpu = hwloc_bitmap_first(target->cpus); cpu != -1;
         cpu = hwloc_bitmap_next(target->cpus, cpu)) {
        const struct cpu *c = machine_cpu(block->machine, (unsigned int)cpu);
        unsigned int n = count_alone(&block->device->paths, cpu);

        chip.class = c ? svg_cpu_class(c) : "cpu";
        (void)snprintf(text, sizeof(text), "CPU %d", cpu);
        (void)snprintf(times, sizeof(times), n > 1 ? "x %u" : "", n);
        draw_chip(stream, &chip, text, times);
        chip.y += BLOCK_ROW;
    }
}

static void draw_device(FILE *stream, const struct irq_block *block)
{
    const struct irq_paths *paths = &block->device->paths;
    const struct nic *nic = block->device->nic;
    struct svg_box box = {.x = SVG_MARGIN,
                          .width = block->widths.device,
                          .height = irq_block_device_height(block),
                          .class = "device"};
    struct svg_text text = {.x = box.x + BLOCK_PAD, .size = BLOCK_FONT, .class = "strong"};

    box.y = block->y + (irq_block_height(block) - box.height) / 2;
    svg_draw_box(stream, &box);
    text.y = box.y + SVG_LINE + 2;
    svg_draw_text(stream, &text, "%s", paths->device);
    text.size = BLOCK_CHIP_FONT;
    text.class = NULL;
    text.y += SVG_LINE;
    svg_draw_text(stream, &text, paths->node < 0 ? "node unknown" : "on node %d", paths->node);
    text.class = "faint";
    if (nic && nic->driver) {
        text.y += SVG_LINE;
        svg_draw_text(stream, &text, "%s", nic->driver);
    }
    if (nic && nic->pci) {
        text.y += SVG_LINE;
        svg_draw_text(stream, &text, "%s", nic->pci);
    }
}

static int draw_block(FILE *stream, const struct irq_block *block)
{
    int r = 0;

    for (unsigned int i = 0; i < block->n_targets; i++)
        draw_target(stream, block, &block->targets[i]);
    for (unsigned int i = 0; r == 0 && i < block->device->paths.n; i++)
        r = draw_row(stream, block, i);
    draw_device(stream, block);
    return r;
}

/* What is on the page, each with its number. Returns how far it reaches. */
static int draw_legend(FILE *stream, const struct irq_page *page, int y)
{
    unsigned int counts[IRQ_SIDES] = {0}, several = 0;
    int x = SVG_MARGIN;
    char text[80];

    for (unsigned int i = 0; i < page->n; i++) {
        const struct irq_paths *paths = &page->blocks[i].device->paths;
        unsigned int of_device[IRQ_SIDES];

        irq_paths_count(paths, of_device);
        for (size_t side = 0; side < IRQ_SIDES; side++)
            counts[side] += of_device[side];
        for (unsigned int j = 0; j < paths->n; j++)
            several += hwloc_bitmap_weight(paths->paths[j].cpus) != 1;
    }
    for (enum irq_side i = 0; i < IRQ_SIDES; i++) {
        if (counts[i] == 0)
            continue;
        (void)snprintf(text, sizeof(text), "%u %s", counts[i], side_words[i]);
        svg_key(stream, &(struct svg_box){.y = y, .class = "memory", .fill = side_colours[i]}, &x,
                text);
    }
    if (several > 0) {
        (void)snprintf(text, sizeof(text), "%u dashed: any of several CPUs", several);
        svg_draw_text(stream, &(struct svg_text){.x = x, .y = y + 10, .size = 11}, "%s", text);
        x += svg_text_width(strlen(text), 11);
    }
    return x;
}

/* Measures as it draws. */
static int draw_page(FILE *stream, struct irq_page *page)
{
    int y = SVG_MARGIN + SVG_HEAD, r = 0, legend;

    svg_title(stream, page->title, page->width);
    legend = draw_legend(stream, page, y - 6);
    y += LEGEND;
    page->width = legend + SVG_MARGIN > page->width ? legend + SVG_MARGIN : page->width;
    for (unsigned int i = 0; r == 0 && i < page->n; i++) {
        struct irq_block *block = &page->blocks[i];
        int width = irq_block_width(block);

        irq_block_place(block, y);
        r = draw_block(stream, block);
        y += irq_block_height(block) + BLOCK_GAP;
        page->width = width > page->width ? width : page->width;
    }
    page->height = y - BLOCK_GAP + SVG_MARGIN;
    return r;
}

static int make_blocks(struct irq_page *page, const struct machine *machine,
                       const struct svg_irq_device *devices, unsigned int n)
{
    struct irq_widths widths = {0};
    int r = 0;

    page->blocks = calloc(n + 1, sizeof(*page->blocks));
    if (!page->blocks)
        return -ENOMEM;
    for (; r == 0 && page->n < n; page->n++) {
        struct irq_block *block = &page->blocks[page->n];

        r = irq_block_init(block, machine, &devices[page->n]);
        irq_widths_widen(&widths, &block->widths);
    }
    for (unsigned int i = 0; i < page->n; i++)
        page->blocks[i].widths = widths;
    return r;
}

int svg_irqs(const struct machine *machine, const struct svg_irq_device *devices, unsigned int n)
{
    struct irq_page page = {.title = machine->source, .width = SVG_PAGE_MIN};
    int r = make_blocks(&page, machine, devices, n);

    if (r == 0)
        r = draw_page(NULL, &page);
    if (r == 0) {
        svg_begin(stdout, page.width, page.height, svg_style);
        r = draw_page(stdout, &page);
        svg_end(stdout);
    }
    for (unsigned int i = 0; i < page.n; i++)
        irq_block_fini(&page.blocks[i]);
    free(page.blocks);
    return r;
}
