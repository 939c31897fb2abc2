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

static void draw_matrices(FILE *stream, const struct machine *machine, int *y, struct extent *page)
{
    const struct svg_matrix matrices[] = {
        {&machine->distance, "Distance", false},
        {&machine->latency_ns, "Latency, ns", false},
        {&machine->bandwidth_mibps, "Bandwidth, MiB/s", true},
    };
    int x = SVG_MARGIN, height = 0;

    for (size_t i = 0; i < ARRAY_SIZE(matrices); i++) {
        struct extent extent = svg_matrix(NULL, machine, &matrices[i], 0, 0);

        if (extent.width == 0)
            continue;
        if (x > SVG_MARGIN && x + extent.width + SVG_MARGIN > page->width) {
            x = SVG_MARGIN;
            *y += height + 2 * SVG_GAP;
            height = 0;
        }
        (void)svg_matrix(stream, machine, &matrices[i], x, *y);
        x += extent.width + 3 * SVG_GAP;
        if (extent.height > height)
            height = extent.height;
        if (x - 3 * SVG_GAP + SVG_MARGIN > page->width)
            page->width = x - 3 * SVG_GAP + SVG_MARGIN;
    }
    *y += height ? height + 2 * SVG_GAP : 0;
}

static void draw_homeless(FILE *stream, const struct machine *machine, int *y, int width)
{
    struct svg_box at = {.x = SVG_MARGIN, .y = *y + 20, .width = width - 2 * SVG_MARGIN};
    struct extent extent = svg_devices(NULL, machine, -1, &at);

    if (extent.height == 0)
        return;
    svg_draw_text(stream,
                  &(struct svg_text){.x = SVG_MARGIN, .y = *y + 12, .size = 12, .class = "strong"},
                  "Devices whose node is unknown");
    (void)svg_devices(stream, machine, -1, &at);
    *y += 20 + extent.height + SVG_GAP;
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
    int x = SVG_MARGIN;

    svg_key(stream, &(struct svg_box){.y = y, .class = "llc"}, &x, "LLC");
    svg_key(stream, &(struct svg_box){.y = y, .class = "core"}, &x, "core");
    for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
        bool seen = i == 0;

        for (unsigned int j = 0; j < machine->n_cpus && !seen; j++)
            seen = strcmp(svg_cpu_class(&machine->cpus[j]), states[i].class) == 0;
        if (seen)
            svg_key(stream, &(struct svg_box){.y = y, .class = states[i].class}, &x,
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
        svg_key(stream,
                &(struct svg_box){.y = y, .class = "memory", .fill = svg_kind_colour(kind, true)},
                &x, what);
    }
    return x;
}

static int draw(FILE *stream, const struct svg_scene *scene, const struct svg_grid *grid,
                struct extent *page)
{
    const struct machine *machine = scene->machine;
    int y = SVG_MARGIN + SVG_HEAD, legend, r;

    svg_title(stream, machine->source, page->width);
    r = svg_grid_draw(stream, grid, scene, &y);
    if (r < 0)
        return r;
    draw_homeless(stream, machine, &y, page->width);
    draw_matrices(stream, machine, &y, page);
    legend = draw_legend(stream, machine, y);
    if (legend + SVG_MARGIN > page->width)
        page->width = legend + SVG_MARGIN;
    page->height = y + 12 + SVG_MARGIN;
    return 0;
}

int svg_topo(const struct machine *machine)
{
    const struct svg_scene scene = {.machine = machine};
    struct svg_grid grid = {.gap_x = SVG_GAP, .gap_y = SVG_GAP};
    struct extent page;
    int r = svg_grid_init(&grid, &scene);

    page.width = svg_grid_width(&grid);
    if (r == 0)
        r = draw(NULL, &scene, &grid, &page);
    if (r == 0) {
        svg_begin(stdout, page.width, page.height, svg_style);
        r = draw(stdout, &scene, &grid, &page);
        svg_end(stdout);
    }
    svg_grid_fini(&grid);
    return r;
}
