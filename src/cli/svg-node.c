/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A node's box: its name and kind, a bar of its memory, its LLCs with cores with CPUs, its devices.
 * A node with very many CPUs shows them as text.
 */

#include "svg-parts.h"

#include "cli-machine.h"
#include "topo-fold.h"

#include <errno.h>
#include <string.h>

enum {
    PAD = 10,
    INNER_MIN = 204, /* room for the longest head, "node 63  unknown kind, tier 4" */
    LLCS_WIDTH = 420,
    CELLS_MAX = 144, /* CPUs of a node */
    CELL_HEIGHT = 17,
    CELL_FONT = 10,
    CORE_PAD = 2,
    CORE_GAP = 3,
    LLC_PAD = 5,
    LLC_HEAD = 13,
    LLC_GAP = 6,
    LINE = SVG_LINE,
    FONT = 11,
    CHIP_HEIGHT = 17,
    CHIP_GAP = 4,
};

/* The CPUs of a node, those of an LLC and of a core together. */
struct cells {
    const struct svg_scene *scene;
    const struct cpu **cpus;
    unsigned int n;
    int cell_width;
    int smt;       /* cells side by side in a core */
    int core_cols; /* cores side by side in an LLC */
};

const char *svg_kind_colour(enum node_kind kind, bool in_use)
{
    static const char *const colours[][2] = {
        [NODE_KIND_UNKNOWN] = {"#e4e4e4", "#a0a0a0"}, [NODE_KIND_DRAM] = {"#d6e6f7", "#6ea6dd"},
        [NODE_KIND_HBM] = {"#e9d9f5", "#ab7fd0"},     [NODE_KIND_CXL] = {"#d0efea", "#4fb6a6"},
        [NODE_KIND_PMEM] = {"#fbe3c4", "#e0a24e"},    [NODE_KIND_GPU] = {"#dcefcb", "#86b95a"},
    };

    return colours[kind][in_use];
}

const char *svg_cpu_class(const struct cpu *cpu)
{
    if (!cpu->online)
        return "cpu offline";
    if (!cpu->granted)
        return "cpu refused";
    return cpu->isolated ? "cpu isolated" : "cpu";
}

static int core_of(const struct cpu *cpu)
{
    return cpu->core >= 0 ? cpu->core : (int)cpu->id;
}

static int compare_cpus(const void *a, const void *b)
{
    const struct cpu *x = *(const struct cpu *const *)a, *y = *(const struct cpu *const *)b;
    unsigned int x_llc = (unsigned int)x->llc, y_llc = (unsigned int)y->llc; /* unknown last */

    if (x_llc != y_llc)
        return x_llc < y_llc ? -1 : 1;
    if (core_of(x) != core_of(y))
        return core_of(x) < core_of(y) ? -1 : 1;
    return x->id < y->id ? -1 : x->id > y->id;
}

/* How many from cells->cpus[i] on are of the same LLC, or of the same core. */
static unsigned int run_of(const struct cells *cells, unsigned int i, bool of_core)
{
    unsigned int n = 1;

    while (i + n < cells->n && cells->cpus[i + n]->llc == cells->cpus[i]->llc &&
           (!of_core || core_of(cells->cpus[i + n]) == core_of(cells->cpus[i])))
        n++;
    return n;
}

static int count_cores(const struct cells *cells, unsigned int i, unsigned int n)
{
    unsigned int end = i + n;
    int cores = 0;

    for (; i < end; i += run_of(cells, i, true))
        cores++;
    return cores;
}

/* Nearly square, but a few cores stand in one row. */
static int columns_for(int n)
{
    int columns = 4;

    if (n <= columns)
        return n;
    while (columns * columns < n)
        columns++;
    return columns;
}

static int collect(const struct svg_scene *scene, const struct node *node, struct cells *ret_cells)
{
    const struct machine *machine = scene->machine;
    struct cells cells = {.scene = scene, .cpus = calloc(machine->n_cpus + 1, sizeof(*cells.cpus))};
    char digits[16];

    if (!cells.cpus)
        return -ENOMEM;
    for (unsigned int i = 0; i < machine->n_cpus; i++) {
        if (machine->cpus[i].node == (int)node->id)
            cells.cpus[cells.n++] = &machine->cpus[i];
    }
    qsort(cells.cpus, cells.n, sizeof(*cells.cpus), compare_cpus);
    for (unsigned int i = 0; i < cells.n; i += run_of(&cells, i, true)) {
        if ((int)run_of(&cells, i, true) > cells.smt)
            cells.smt = (int)run_of(&cells, i, true);
    }
    for (unsigned int i = 0; i < cells.n; i += run_of(&cells, i, false)) {
        int columns = columns_for(count_cores(&cells, i, run_of(&cells, i, false)));

        if (columns > cells.core_cols)
            cells.core_cols = columns;
    }
    /* All nodes have cells of one size. */
    cells.cell_width =
        8 + svg_text_width(
                (size_t)snprintf(digits, sizeof(digits), "%u",
                                 machine->n_cpus ? machine->cpus[machine->n_cpus - 1].id : 0),
                CELL_FONT);
    *ret_cells = cells;
    return 0;
}

static void draw_cpu(FILE *stream, const struct cells *cells, const struct cpu *cpu, int x, int y)
{
    char title[160], class[32];
    struct svg_text text = {.x = x + cells->cell_width / 2,
                            .y = y + CELL_HEIGHT - 5,
                            .size = CELL_FONT,
                            .anchor = SVG_MIDDLE};

    const struct svg_layer *layer = cells->scene->layer;
    const struct svg_owner *owner = layer ? layer->cpu_owner(layer, cpu->id) : NULL;
    const char *irqs = layer ? layer->irqs_of(layer, cpu->id) : NULL;

    (void)snprintf(title, sizeof(title), "CPU %u%s%.40s, core %d, package %d%s%s%s%s%.20s", cpu->id,
                   owner ? " of " : "", owner ? owner->name : "", cpu->core, cpu->package,
                   cpu->online ? "" : ", offline", cpu->isolated ? ", isolated" : "",
                   cpu->granted ? "" : ", not granted", irqs ? ", interrupts of " : "",
                   irqs ? irqs : "");
    (void)snprintf(class, sizeof(class), "%s%s", svg_cpu_class(cpu), irqs ? " takes" : "");
    svg_draw_box(stream, &(struct svg_box){.x = x,
                                           .y = y,
                                           .width = cells->cell_width,
                                           .height = CELL_HEIGHT,
                                           .class = class,
                                           .fill = owner ? owner->colour : NULL,
                                           .title = title});
    svg_draw_text(stream, &text, "%u", cpu->id);
}

/* The n CPUs of an LLC from the i-th on, within box. */
static void draw_cores(FILE *stream, const struct cells *cells, unsigned int i, unsigned int n,
                       const struct svg_box *box)
{
    int core_width = cells->smt * cells->cell_width + 2 * CORE_PAD;
    int core_height = CELL_HEIGHT + 2 * CORE_PAD;
    int at = 0;

    for (unsigned int end = i + n; i < end; at++) {
        unsigned int threads = run_of(cells, i, true);
        struct svg_box core = {.x = box->x + at % cells->core_cols * (core_width + CORE_GAP),
                               .y = box->y + at / cells->core_cols * (core_height + CORE_GAP),
                               .width = core_width,
                               .height = core_height,
                               .class = "core"};

        svg_draw_box(stream, &core);
        for (unsigned int j = 0; j < threads; j++, i++)
            draw_cpu(stream, cells, cells->cpus[i], core.x + CORE_PAD + (int)j * cells->cell_width,
                     core.y + CORE_PAD);
    }
}

static struct extent llc_extent(const struct cells *cells, int n_cores)
{
    int core_width = cells->smt * cells->cell_width + 2 * CORE_PAD;
    int rows = (n_cores + cells->core_cols - 1) / cells->core_cols;

    return (struct extent){2 * LLC_PAD + cells->core_cols * (core_width + CORE_GAP) - CORE_GAP,
                           2 * LLC_PAD + LLC_HEAD + rows * (CELL_HEIGHT + 2 * CORE_PAD + CORE_GAP) -
                               CORE_GAP};
}

/* LLCs from left to right, as many rows as they take. */
static struct extent draw_llcs(FILE *stream, const struct cells *cells, int x, int y, int width)
{
    struct extent all = {0};
    int at_x = 0, at_y = 0, row_height = 0;

    for (unsigned int i = 0; i < cells->n;) {
        unsigned int n = run_of(cells, i, false);
        struct extent one = llc_extent(cells, count_cores(cells, i, n));
        struct svg_box box = {.width = one.width, .height = one.height, .class = "llc"};

        if (at_x > 0 && at_x + one.width > width) {
            at_x = 0;
            at_y += row_height + LLC_GAP;
            row_height = 0;
        }
        box.x = x + at_x;
        box.y = y + at_y;
        svg_draw_box(stream, &box);
        if (cells->cpus[i]->llc >= 0)
            svg_draw_text(
                stream,
                &(struct svg_text){
                    .x = box.x + LLC_PAD, .y = box.y + LLC_HEAD - 1, .size = 9, .class = "faint"},
                "LLC %d", cells->cpus[i]->llc);
        box.x += LLC_PAD;
        box.y += LLC_PAD + LLC_HEAD;
        draw_cores(stream, cells, i, n, &box);
        if (one.height > row_height)
            row_height = one.height;
        at_x += one.width + LLC_GAP;
        if (at_x - LLC_GAP > all.width)
            all.width = at_x - LLC_GAP;
        i += n;
    }
    all.height = at_y + row_height;
    return all;
}

static int draw_line(FILE *stream, int x, int y, const char *text)
{
    svg_draw_text(stream, &(struct svg_text){.x = x, .y = y + LINE - 4, .size = FONT}, "%s", text);
    return svg_text_width(strlen(text), FONT);
}

static struct extent draw_summary(FILE *stream, const struct machine *machine,
                                  const struct node *node, int x, int y)
{
    struct node_shape shape = node_shape(machine, node);
    autofree char *cpus = cli_set_text(node->cpus);
    struct extent extent = {.height = 2 * LINE};
    char line[80];
    int width;

    (void)snprintf(line, sizeof(line), "%u CPUs, %u cores", shape.n_cpus, shape.n_cores);
    if (shape.n_llcs > 0) /* else they are not known */
        (void)snprintf(line, sizeof(line), "%u CPUs, %u cores, %u LLC%s", shape.n_cpus,
                       shape.n_cores, shape.n_llcs, shape.n_llcs == 1 ? "" : "s");
    extent.width = draw_line(stream, x, y, line);
    (void)snprintf(line, sizeof(line), "%.60s%s", cpus ? cpus : "?",
                   cpus && strlen(cpus) > 60 ? ".." : "");
    width = draw_line(stream, x, y + LINE, line);
    if (width > extent.width)
        extent.width = width;
    return extent;
}

/* Of CPUs that are too many to show: how many each instance has, as a bar. */
static void draw_owners(FILE *stream, const struct cells *cells, const struct svg_box *at)
{
    const struct svg_layer *layer = cells->scene->layer;
    unsigned int done = 0;

    for (unsigned int i = 0; i < layer->n_owners; i++) {
        const struct svg_owner *owner = &layer->owners[i];
        struct svg_box bar = {.y = at->y, .height = LINE - 4, .class = "memory"};
        unsigned int n = 0;

        for (unsigned int j = 0; j < cells->n; j++)
            n += layer->cpu_owner(layer, cells->cpus[j]->id) == owner;
        bar.x = at->x + (int)((uint64_t)at->width * done / cells->n);
        done += n;
        bar.width = at->x + (int)((uint64_t)at->width * done / cells->n) - bar.x;
        bar.fill = owner->colour;
        bar.title = owner->name;
        if (n > 0)
            svg_draw_box(stream, &bar);
    }
}

static int draw_cpus(FILE *stream, const struct svg_scene *scene, const struct node *node,
                     const struct svg_box *at, struct extent *ret_extent)
{
    struct cells cells;
    int r = collect(scene, node, &cells);

    if (r < 0)
        return r;
    if (cells.n > CELLS_MAX || (scene->folded && cells.n > 0)) {
        *ret_extent = draw_summary(stream, scene->machine, node, at->x, at->y);
        if (scene->layer) {
            draw_owners(stream, &cells,
                        &(struct svg_box){.x = at->x,
                                          .y = at->y + ret_extent->height,
                                          .width = at->width > ret_extent->width
                                                       ? at->width
                                                       : ret_extent->width});
            ret_extent->height += LINE;
        }
    } else {
        *ret_extent = draw_llcs(stream, &cells, at->x, at->y, LLCS_WIDTH);
    }
    free(cells.cpus);
    return 0;
}

static int draw_huge(FILE *stream, const struct node *node, int x, int y)
{
    int height = 0;

    for (unsigned int i = 0; i < node->n_huge; i++) {
        const struct huge_pool *pool = &node->huge[i];
        char size[SIZE_TEXT_MAX], line[80];

        if (pool->total_pages == 0)
            continue;
        (void)snprintf(line, sizeof(line), "%llu x %s, %llu free",
                       (unsigned long long)pool->total_pages, size_format(pool->page_bytes, size),
                       (unsigned long long)pool->free_pages);
        (void)draw_line(stream, x, y + height, line);
        height += LINE;
    }
    return height;
}

static void draw_head(FILE *stream, const struct node *node, const struct svg_box *box)
{
    struct svg_text text = {.x = box->x + PAD, .y = box->y + 19, .size = 14, .class = "strong"};
    char tier[24] = "";

    svg_draw_text(stream, &text, "node %u", node->id);
    text = (struct svg_text){
        .x = box->x + box->width - PAD, .y = box->y + 19, .size = FONT, .anchor = SVG_END};
    if (node->tier >= 0)
        (void)snprintf(tier, sizeof(tier), ", tier %d", node->tier);
    if (node->total_bytes != 0)
        svg_draw_text(stream, &text, "%s%s%s", node_kind_name(node->kind),
                      node->kind == NODE_KIND_UNKNOWN ? " kind" : "", tier);
}

static void draw_no_cpus(FILE *stream, const struct machine *machine, const struct node *node,
                         int x, int y)
{
    autofree char *from = node->initiators ? cli_set_text(node->initiators) : NULL;
    char line[60];

    (void)snprintf(line, sizeof(line), "%s%s%.8s",
                   machine_knows_cpus(machine, node) ? "no CPUs" : "CPUs unknown",
                   from && from[0] != '-' ? ", best from " : "",
                   from && from[0] != '-' ? from : "");
    (void)draw_line(stream, x, y, line);
}

struct extent svg_devices(FILE *stream, const struct machine *machine, int node,
                          const struct svg_box *at)
{
    struct extent all = {0};
    int x = 0, y = 0;

    for (unsigned int i = 0; i < machine->n_devices; i++) {
        const struct device *device = &machine->devices[i];
        struct svg_box chip = {.height = CHIP_HEIGHT, .class = "device"};
        char name[24];

        if (device->node != node)
            continue;
        (void)snprintf(name, sizeof(name), "%s %.16s", device_class_name(device->class),
                       device->name);
        chip.width = svg_text_width(strlen(name), CELL_FONT) + 10;
        if (x > 0 && x + chip.width > at->width) {
            x = 0;
            y += CHIP_HEIGHT + CHIP_GAP;
        }
        chip.x = at->x + x;
        chip.y = at->y + y;
        chip.title = device->pci ? device->pci : device->name;
        svg_draw_box(stream, &chip);
        svg_draw_text(
            stream,
            &(struct svg_text){.x = chip.x + 5, .y = chip.y + CHIP_HEIGHT - 5, .size = CELL_FONT},
            "%s", name);
        x += chip.width + CHIP_GAP;
        if (x - CHIP_GAP > all.width)
            all.width = x - CHIP_GAP;
        all.height = y + CHIP_HEIGHT;
    }
    return all;
}

int svg_node(FILE *stream, const struct svg_scene *scene, const struct node *node,
             const struct svg_box *at, struct extent *ret_extent)
{
    const struct machine *machine = scene->machine;
    struct svg_box frame = *at, inner = {.x = at->x + PAD, .y = at->y + 28};
    struct extent cpus, devices;
    /* Measured first: the bar of the memory is as wide as what is below it. */
    int r = draw_cpus(NULL, scene, node, &inner, &cpus);

    if (r < 0)
        return r;
    inner.width = cpus.width > INNER_MIN ? cpus.width : INNER_MIN;
    if (inner.width + 2 * PAD < at->width)
        inner.width = at->width - 2 * PAD;
    frame.width = inner.width + 2 * PAD;
    frame.class = "node";
    svg_draw_box(stream, &frame);
    draw_head(stream, node, &frame);
    inner.y += svg_memory(stream, scene, node, &inner);
    inner.y += draw_huge(stream, node, inner.x, inner.y) + CHIP_GAP;
    if (cpus.height > 0) {
        r = draw_cpus(stream, scene, node, &inner, &cpus);
        if (r < 0)
            return r;
    } else {
        draw_no_cpus(stream, machine, node, inner.x, inner.y);
        cpus.height = LINE;
    }
    inner.y += cpus.height + CHIP_GAP;
    devices = svg_devices(stream, machine, (int)node->id, &inner);
    inner.y += devices.height + PAD;
    *ret_extent = (struct extent){frame.width, inner.y - at->y};
    return 0;
}
