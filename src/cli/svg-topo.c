/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The picture of a machine: nodes in a grid, below it what belongs to no node, the costs as heat
 * maps, and what the colours mean. The page is laid out by drawing it to nowhere first.
 */

#include "render-topo.h"

#include "cli-machine.h"
#include "svg-parts.h"

#include <errno.h>
#include <string.h>

enum {
    MARGIN = 16,
    GAP = 12,
    HEAD = 30,
    PAGE_MIN = 680,
};

static const char style[] =
    "text { font-family: \"DejaVu Sans Mono\", Menlo, Consolas, monospace; fill: #222 }\n"
    ".strong { font-weight: bold }\n"
    ".faint, .head { fill: #666 }\n"
    ".node { fill: #fafafa; stroke: #555; stroke-width: 1.5; rx: 6 }\n"
    ".memory { stroke: #777; stroke-width: 0.7 }\n"
    ".llc { fill: #eef0f3; stroke: #b5bac2; rx: 3 }\n"
    ".core { fill: #cfd6df; stroke: none; rx: 2 }\n"
    ".cpu { fill: #ffffff; stroke: #9aa3ae; stroke-width: 0.7 }\n"
    ".isolated { fill: #ffe08a }\n"
    ".refused { fill: #d2d2d2 }\n"
    ".offline { fill: none; stroke-dasharray: 2,2 }\n"
    ".device { fill: #fff6e0; stroke: #c9a227; stroke-width: 0.8; rx: 3 }\n"
    ".heat { stroke: #ffffff; stroke-width: 0.5 }\n";

/* All boxes are as large as the largest, so that the grid is one. */
struct grid {
    struct extent box;
    int columns;
    int *row_heights;
    int n_rows;
};

static int measure_nodes(const struct machine *machine, int width, struct extent *extents)
{
    for (unsigned int i = 0; i < machine->n_nodes; i++) {
        int r = svg_node(NULL, machine, &machine->nodes[i], &(struct svg_box){.width = width},
                         &extents[i]);

        if (r < 0)
            return r;
    }
    return 0;
}

/* As many columns as bring the grid nearest to twice as wide as high: the matrices come below. */
static int choose_columns(const struct machine *machine, const struct extent *box)
{
    int n = (int)machine->n_nodes, best = 1;
    double best_error = 1e9;

    for (int columns = 1; columns <= n; columns++) {
        int rows = (n + columns - 1) / columns;
        double ratio = (double)columns * (box->width + GAP) / ((double)rows * (box->height + GAP));
        double error = ratio > 2 ? ratio / 2 : 2 / ratio;

        /* A last row that is half empty looks unfinished. */
        error += 2.0 * (rows * columns - n) / columns;
        if (error < best_error) {
            best_error = error;
            best = columns;
        }
    }
    return best;
}

static int lay_out(const struct machine *machine, struct grid *grid)
{
    autofree struct extent *extents = calloc(machine->n_nodes + 1, sizeof(*extents));
    int r = extents ? measure_nodes(machine, 0, extents) : -ENOMEM;

    if (r < 0)
        return r;
    for (unsigned int i = 0; i < machine->n_nodes; i++) {
        if (extents[i].width > grid->box.width)
            grid->box.width = extents[i].width;
        if (extents[i].height > grid->box.height)
            grid->box.height = extents[i].height;
    }
    grid->columns = choose_columns(machine, &grid->box);
    grid->n_rows = ((int)machine->n_nodes + grid->columns - 1) / grid->columns;
    grid->row_heights = calloc((size_t)grid->n_rows + 1, sizeof(*grid->row_heights));
    r = grid->row_heights ? measure_nodes(machine, grid->box.width, extents) : -ENOMEM;
    for (unsigned int i = 0; r == 0 && i < machine->n_nodes; i++) {
        int *row_height = &grid->row_heights[(int)i / grid->columns];

        if (extents[i].height > *row_height)
            *row_height = extents[i].height;
    }
    return r;
}

static int draw_nodes(FILE *stream, const struct machine *machine, const struct grid *grid, int *y)
{
    struct extent ignored;

    for (int row = 0; row < grid->n_rows; row++) {
        for (int column = 0; column < grid->columns; column++) {
            int i = row * grid->columns + column;
            struct svg_box at = {.x = MARGIN + column * (grid->box.width + GAP),
                                 .y = *y,
                                 .width = grid->box.width,
                                 .height = grid->row_heights[row]};
            int r = i < (int)machine->n_nodes
                        ? svg_node(stream, machine, &machine->nodes[i], &at, &ignored)
                        : 0;

            if (r < 0)
                return r;
        }
        *y += grid->row_heights[row] + GAP;
    }
    return 0;
}

static void draw_matrices(FILE *stream, const struct machine *machine, int *y, struct extent *page)
{
    const struct svg_matrix matrices[] = {
        {&machine->distance, "Distance", false},
        {&machine->latency_ns, "Latency, ns", false},
        {&machine->bandwidth_mibps, "Bandwidth, MiB/s", true},
    };
    int x = MARGIN, height = 0;

    for (size_t i = 0; i < ARRAY_SIZE(matrices); i++) {
        struct extent extent = svg_matrix(NULL, machine, &matrices[i], 0, 0);

        if (extent.width == 0)
            continue;
        if (x > MARGIN && x + extent.width + MARGIN > page->width) {
            x = MARGIN;
            *y += height + 2 * GAP;
            height = 0;
        }
        (void)svg_matrix(stream, machine, &matrices[i], x, *y);
        x += extent.width + 3 * GAP;
        if (extent.height > height)
            height = extent.height;
        if (x - 3 * GAP + MARGIN > page->width)
            page->width = x - 3 * GAP + MARGIN;
    }
    *y += height ? height + 2 * GAP : 0;
}

static void draw_homeless(FILE *stream, const struct machine *machine, int *y, int width)
{
    struct svg_box at = {.x = MARGIN, .y = *y + 20, .width = width - 2 * MARGIN};
    struct extent extent = svg_devices(NULL, machine, -1, &at);

    if (extent.height == 0)
        return;
    svg_draw_text(stream,
                  &(struct svg_text){.x = MARGIN, .y = *y + 12, .size = 12, .class = "strong"},
                  "Devices whose node is unknown");
    (void)svg_devices(stream, machine, -1, &at);
    *y += 20 + extent.height + GAP;
}

static void draw_key(FILE *stream, const struct svg_box *swatch, int *x, const char *what)
{
    struct svg_box box = *swatch;

    box.x = *x;
    box.width = 18;
    box.height = 12;
    svg_draw_box(stream, &box);
    svg_draw_text(stream, &(struct svg_text){.x = *x + 23, .y = box.y + 10, .size = 11}, "%s",
                  what);
    *x += 23 + svg_text_width(strlen(what), 11) + 18;
}

/* Only what the picture shows. Returns how far it reaches. */
static int draw_legend(FILE *stream, const struct machine *machine, int y)
{
    static const struct {
        const char *class, *what;
    } states[] = {
        {"cpu", "CPU"},
        {"cpu isolated", "isolated"},
        {"cpu refused", "not granted"},
        {"cpu offline", "offline"},
    };
    int x = MARGIN;

    draw_key(stream, &(struct svg_box){.y = y, .class = "llc"}, &x, "LLC");
    draw_key(stream, &(struct svg_box){.y = y, .class = "core"}, &x, "core");
    for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
        bool seen = i == 0;

        for (unsigned int j = 0; j < machine->n_cpus && !seen; j++)
            seen = strcmp(svg_cpu_class(&machine->cpus[j]), states[i].class) == 0;
        if (seen)
            draw_key(stream, &(struct svg_box){.y = y, .class = states[i].class}, &x,
                     states[i].what);
    }
    for (enum node_kind kind = NODE_KIND_DRAM; kind <= NODE_KIND_GPU; kind++) {
        bool seen = false;
        char what[40];

        for (unsigned int i = 0; i < machine->n_nodes && !seen; i++)
            seen = machine->nodes[i].kind == kind;
        if (!seen)
            continue;
        (void)snprintf(what, sizeof(what), "%s in use", node_kind_name(kind));
        draw_key(stream,
                 &(struct svg_box){.y = y, .class = "memory", .fill = svg_kind_colour(kind, true)},
                 &x, what);
    }
    return x;
}

static int draw(FILE *stream, const struct machine *machine, const struct grid *grid,
                struct extent *page)
{
    int y = MARGIN + HEAD, legend, r;

    svg_draw_text(stream,
                  &(struct svg_text){.x = MARGIN, .y = MARGIN + 14, .size = 15, .class = "strong"},
                  "%.*s", (page->width - 2 * MARGIN) * 100 / (15 * 61), machine->source);
    r = draw_nodes(stream, machine, grid, &y);
    if (r < 0)
        return r;
    draw_homeless(stream, machine, &y, page->width);
    draw_matrices(stream, machine, &y, page);
    legend = draw_legend(stream, machine, y);
    if (legend + MARGIN > page->width)
        page->width = legend + MARGIN;
    page->height = y + 12 + MARGIN;
    return 0;
}

int svg_topo(const struct machine *machine)
{
    struct grid grid = {0};
    struct extent page;
    int r = lay_out(machine, &grid);

    page.width = 2 * MARGIN + grid.columns * (grid.box.width + GAP) - GAP;
    if (page.width < PAGE_MIN)
        page.width = PAGE_MIN;
    if (r == 0)
        r = draw(NULL, machine, &grid, &page);
    if (r == 0) {
        svg_begin(stdout, page.width, page.height, style);
        r = draw(stdout, machine, &grid, &page);
        svg_end(stdout);
    }
    free(grid.row_heights);
    return r;
}
