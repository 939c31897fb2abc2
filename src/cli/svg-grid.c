/* SPDX-License-Identifier: Apache-2.0 */
/* What the pictures of machines and of plans have in common: a style, the nodes in a grid, a title,
 * keys of a legend. */

#include "svg-parts.h"

#include <errno.h>
#include <string.h>

const char svg_style[] =
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
    ".takes { stroke: #1d4ed8; stroke-width: 2 }\n"
    ".offline { fill: none; stroke-dasharray: 2,2 }\n"
    ".device { fill: #fff6e0; stroke: #c9a227; stroke-width: 0.8; rx: 3 }\n"
    ".heat { stroke: #ffffff; stroke-width: 0.5 }\n";

static int measure_nodes(const struct svg_scene *scene, int width, struct extent *extents)
{
    const struct machine *machine = scene->machine;

    for (unsigned int i = 0; i < machine->n_nodes; i++) {
        int r = svg_node(NULL, scene, &machine->nodes[i], &(struct svg_box){.width = width},
                         &extents[i]);

        if (r < 0)
            return r;
    }
    return 0;
}

/* As many columns as bring the grid nearest to twice as wide as high: the matrices come below. */
static int choose_columns(const struct svg_grid *grid, int n)
{
    int best = 1;
    double best_error = 1e9;

    for (int columns = 1; columns <= n; columns++) {
        int rows = (n + columns - 1) / columns;
        double ratio = (double)columns * (grid->box.width + grid->gap_x) /
                       ((double)rows * (grid->box.height + grid->gap_y));
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

int svg_grid_init(struct svg_grid *grid, const struct svg_scene *scene)
{
    const struct machine *machine = scene->machine;
    autofree struct extent *extents = calloc(machine->n_nodes + 1, sizeof(*extents));
    int r = extents ? measure_nodes(scene, 0, extents) : -ENOMEM;

    if (r < 0)
        return r;
    for (unsigned int i = 0; i < machine->n_nodes; i++) {
        if (extents[i].width > grid->box.width)
            grid->box.width = extents[i].width;
        if (extents[i].height > grid->box.height)
            grid->box.height = extents[i].height;
    }
    grid->columns = choose_columns(grid, (int)machine->n_nodes);
    grid->n_rows = ((int)machine->n_nodes + grid->columns - 1) / grid->columns;
    grid->row_heights = calloc((size_t)grid->n_rows + 1, sizeof(*grid->row_heights));
    r = grid->row_heights ? measure_nodes(scene, grid->box.width, extents) : -ENOMEM;
    for (unsigned int i = 0; r == 0 && i < machine->n_nodes; i++) {
        int *row_height = &grid->row_heights[(int)i / grid->columns];

        if (extents[i].height > *row_height)
            *row_height = extents[i].height;
    }
    return r;
}

void svg_grid_fini(struct svg_grid *grid)
{
    free(grid->row_heights);
    grid->row_heights = NULL;
}

int svg_grid_width(const struct svg_grid *grid)
{
    int width = 2 * SVG_MARGIN + grid->columns * (grid->box.width + grid->gap_x) - grid->gap_x;

    return width < SVG_PAGE_MIN ? SVG_PAGE_MIN : width;
}

struct svg_box svg_grid_place(const struct svg_grid *grid, unsigned int i, int y)
{
    int column = (int)i % grid->columns, row = (int)i / grid->columns;

    for (int above = 0; above < row; above++)
        y += grid->row_heights[above] + grid->gap_y;
    return (struct svg_box){.x = SVG_MARGIN + column * (grid->box.width + grid->gap_x),
                            .y = y,
                            .width = grid->box.width,
                            .height = grid->row_heights[row]};
}

int svg_grid_draw(FILE *stream, const struct svg_grid *grid, const struct svg_scene *scene, int *y)
{
    struct extent ignored;

    for (unsigned int i = 0; i < scene->machine->n_nodes; i++) {
        struct svg_box at = svg_grid_place(grid, i, *y);
        int r = svg_node(stream, scene, &scene->machine->nodes[i], &at, &ignored);

        if (r < 0)
            return r;
    }
    for (int row = 0; row < grid->n_rows; row++)
        *y += grid->row_heights[row] + grid->gap_y;
    return 0;
}

void svg_key(FILE *stream, const struct svg_box *swatch, int *x, const char *what)
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

void svg_title(FILE *stream, const char *title, int page_width)
{
    svg_draw_text(
        stream,
        &(struct svg_text){.x = SVG_MARGIN, .y = SVG_MARGIN + 14, .size = 15, .class = "strong"},
        "%.*s", (page_width - 2 * SVG_MARGIN) * 100 / (15 * 61), title);
}
