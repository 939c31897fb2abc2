/* SPDX-License-Identifier: Apache-2.0 */
/* A node's memory: what is in use of it, or what a plan puts there. */

#include "svg-parts.h"

static void draw_line(FILE *stream, int x, int y, const char *text)
{
    svg_draw_text(stream, &(struct svg_text){.x = x, .y = y + SVG_LINE - 4, .size = 11}, "%s",
                  text);
}

/* The part in use is darker. */
static void draw_in_use(FILE *stream, const struct node *node, const struct svg_box *at)
{
    struct svg_box bar = *at;

    bar.fill = svg_kind_colour(node->kind, true);
    bar.width =
        (int)((double)at->width * (1 - (double)node->free_bytes / (double)node->total_bytes));
    svg_draw_box(stream, &bar);
}

/* What each instance has of it. */
static void draw_shares(FILE *stream, const struct svg_layer *layer, const struct node *node,
                        const struct svg_box *at)
{
    struct svg_box bar = *at;
    uint64_t before = 0;

    for (unsigned int i = 0; i < layer->n_owners; i++) {
        uint64_t bytes = layer->bytes_of(layer, i, node->id);
        double scale = (double)at->width / (double)node->total_bytes;

        bar.x = at->x + (int)((double)before * scale);
        before += bytes;
        bar.width = at->x + (int)((double)before * scale) - bar.x;
        bar.fill = layer->owners[i].colour;
        bar.title = layer->owners[i].name;
        if (bytes > 0)
            svg_draw_box(stream, &bar);
    }
}

static uint64_t bytes_of_all(const struct svg_layer *layer, const struct node *node)
{
    uint64_t bytes = 0;

    for (unsigned int i = 0; i < layer->n_owners; i++)
        bytes += layer->bytes_of(layer, i, node->id);
    return bytes;
}

int svg_memory(FILE *stream, const struct svg_scene *scene, const struct node *node,
               const struct svg_box *at)
{
    struct svg_box bar = {
        .x = at->x, .y = at->y, .width = at->width, .height = 14, .class = "memory"};
    char total[SIZE_TEXT_MAX], rest[SIZE_TEXT_MAX], line[2 * SIZE_TEXT_MAX + 40];
    bool known = node->total_bytes != UNKNOWN_U64 && node->total_bytes > 0;
    bool told = known && (scene->layer || node->free_bytes != UNKNOWN_U64);

    bar.fill = known ? svg_kind_colour(node->kind, false) : "#ffffff";
    svg_draw_box(stream, &bar);
    if (told && scene->layer)
        draw_shares(stream, scene->layer, node, &bar);
    else if (told)
        draw_in_use(stream, node, &bar);
    (void)snprintf(
        line, sizeof(line), "%s%s%s%s%s",
        node->total_bytes == 0 ? "no memory" : size_format(node->total_bytes, total),
        node->total_bytes == UNKNOWN_U64 ? " memory" : "", told ? ", " : "",
        told ? size_format(scene->layer ? bytes_of_all(scene->layer, node) : node->free_bytes, rest)
             : "",
        !told          ? ""
        : scene->layer ? " placed"
                       : " free");
    draw_line(stream, at->x, at->y + 16, line);
    if (!node->granted && node->total_bytes != 0) {
        draw_line(stream, at->x, at->y + 16 + SVG_LINE, "memory not granted");
        return 16 + 2 * SVG_LINE;
    }
    return 16 + SVG_LINE;
}
