/* SPDX-License-Identifier: Apache-2.0 */
/* A matrix as a heat map: rows are the CPUs' nodes, columns the memory's. */

#include "svg-parts.h"

#include <inttypes.h>

enum {
    HEAD_HEIGHT = 40, /* title and column heads */
    SMALL_FROM = 20,  /* nodes */
    TEXTLESS_FROM = 129,
};

struct cell_size {
    int width, height, font;
    int head_width; /* of the row heads */
};

struct range {
    uint64_t least, most;
};

static struct range find_range(const struct machine *machine, const struct matrix *matrix)
{
    size_t n = (size_t)machine->n_nodes * machine->n_nodes;
    struct range range = {.least = UNKNOWN_U64};

    for (size_t i = 0; i < n; i++) {
        uint64_t value = matrix->value[i];

        if (value == UNKNOWN_U64)
            continue;
        if (value < range.least)
            range.least = value;
        if (value > range.most)
            range.most = value;
    }
    return range;
}

static size_t count_digits(uint64_t value)
{
    size_t n = 1;

    while (value >= 10) {
        value /= 10;
        n++;
    }
    return n;
}

static struct cell_size cell_size(const struct machine *machine, const struct range *range)
{
    size_t digits = count_digits(range->most);
    size_t id_digits = count_digits(machine->nodes[machine->n_nodes - 1].id);
    struct cell_size size = {.height = 22, .font = 12};

    if (machine->n_nodes >= TEXTLESS_FROM)
        return (struct cell_size){.width = 5, .height = 5, .font = 0};
    if (machine->n_nodes >= SMALL_FROM)
        size = (struct cell_size){.height = 13, .font = 8};
    if (digits < id_digits)
        digits = id_digits;
    size.width = svg_text_width(digits, size.font) + size.font;
    if (size.width < size.height)
        size.width = size.height;
    size.head_width = svg_text_width(id_digits, size.font) + 8;
    return size;
}

static int mix(int from, int to, int permille)
{
    return from + (to - from) * permille / 1000;
}

/* From green over yellow to red as access gets worse. */
static void put_colour(char text[8], const struct range *range, uint64_t value, bool more_is_better)
{
    static const int stops[][3] = {{0xcf, 0xe8, 0xcf}, {0xff, 0xf0, 0xb8}, {0xf2, 0xa0, 0x8c}};
    uint64_t span = range->most - range->least;
    int at = span ? (int)((double)(value - range->least) * 1000 / (double)span) : 0;
    const int *from, *to;

    if (more_is_better && span)
        at = 1000 - at;
    from = stops[at >= 500];
    to = stops[1 + (at >= 500)];
    at = at * 2 % 1000 + (at == 1000 ? 1000 : 0);
    (void)snprintf(text, 8, "#%02x%02x%02x", (unsigned int)mix(from[0], to[0], at) & 0xff,
                   (unsigned int)mix(from[1], to[1], at) & 0xff,
                   (unsigned int)mix(from[2], to[2], at) & 0xff);
}

static void draw_cell(FILE *stream, const struct svg_box *cell, int font, uint64_t value)
{
    struct svg_text text = {.x = cell->x + cell->width / 2,
                            .y = cell->y + cell->height / 2 + font * 36 / 100,
                            .size = font,
                            .anchor = SVG_MIDDLE};

    svg_draw_box(stream, cell);
    if (font > 0 && value != UNKNOWN_U64)
        svg_draw_text(stream, &text, "%" PRIu64, value);
}

static void draw_row(FILE *stream, const struct machine *machine, const struct svg_matrix *matrix,
                     unsigned int from_idx, const struct svg_box *first)
{
    struct range range = find_range(machine, matrix->matrix);
    struct cell_size size = cell_size(machine, &range);

    for (unsigned int i = 0; i < machine->n_nodes; i++) {
        uint64_t value = matrix->matrix->value[(size_t)from_idx * machine->n_nodes + i];
        char colour[8] = "#ffffff", title[80];
        struct svg_box cell = *first;

        cell.x += (int)i * size.width;
        if (value != UNKNOWN_U64) {
            put_colour(colour, &range, value, matrix->more_is_better);
            (void)snprintf(title, sizeof(title), "from node %u to node %u: %" PRIu64,
                           machine->nodes[from_idx].id, machine->nodes[i].id, value);
            cell.title = title;
        }
        cell.fill = colour;
        draw_cell(stream, &cell, size.font, value);
    }
}

/* Memory without CPUs accesses nothing: HMAT has no row for it. */
static bool row_is_known(const struct machine *machine, const struct matrix *matrix,
                         unsigned int from_idx)
{
    for (unsigned int i = 0; i < machine->n_nodes; i++) {
        if (matrix->value[(size_t)from_idx * machine->n_nodes + i] != UNKNOWN_U64)
            return true;
    }
    return false;
}

static void draw_column_heads(FILE *stream, const struct machine *machine,
                              const struct cell_size *size, int x, int y)
{
    struct svg_text head = {.y = y - 4, .size = size->font, .anchor = SVG_MIDDLE, .class = "head"};

    for (unsigned int i = 0; size->font > 0 && i < machine->n_nodes; i++) {
        head.x = x + (int)i * size->width + size->width / 2;
        svg_draw_text(stream, &head, "%u", machine->nodes[i].id);
    }
}

/* Returns the height of all rows. */
static int draw_rows(FILE *stream, const struct machine *machine, const struct svg_matrix *matrix,
                     const struct cell_size *size, const struct svg_box *first)
{
    struct svg_box box = *first;

    for (unsigned int i = 0; i < machine->n_nodes; i++) {
        struct svg_text head = {.x = box.x - 6,
                                .y = box.y + box.height / 2 + size->font * 36 / 100,
                                .size = size->font,
                                .anchor = SVG_END,
                                .class = "head"};

        if (!row_is_known(machine, matrix->matrix, i))
            continue;
        if (size->font > 0)
            svg_draw_text(stream, &head, "%u", machine->nodes[i].id);
        if (stream)
            draw_row(stream, machine, matrix, i, &box);
        box.y += box.height;
    }
    return box.y - first->y;
}

struct extent svg_matrix(FILE *stream, const struct machine *machine,
                         const struct svg_matrix *matrix, int x, int y)
{
    struct svg_box first = {.y = y + HEAD_HEIGHT, .class = "heat"};
    struct extent extent;
    struct range range;
    struct cell_size size;
    char title[80];
    int length;

    if (!matrix->matrix->value)
        return (struct extent){0};
    range = find_range(machine, matrix->matrix);
    size = cell_size(machine, &range);
    first.x = x + size.head_width;
    first.width = size.width;
    first.height = size.height;
    length = snprintf(title, sizeof(title), "%s (%s)", matrix->title,
                      matrix_source_name(matrix->matrix->source));
    svg_draw_text(stream, &(struct svg_text){.x = x, .y = y + 14, .size = 13, .class = "strong"},
                  "%s", title);
    draw_column_heads(stream, machine, &size, first.x, first.y);
    extent.height = HEAD_HEIGHT + draw_rows(stream, machine, matrix, &size, &first);
    extent.width = size.head_width + (int)machine->n_nodes * size.width;
    if (svg_text_width((size_t)length, 13) > extent.width)
        extent.width = svg_text_width((size_t)length, 13);
    return extent;
}
