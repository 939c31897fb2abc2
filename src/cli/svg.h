/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_SVG_H
#define CLI_SVG_H

/*
 * Plain SVG: boxes and text. All text is in a monospaced font, so that its width is known here and
 * nothing overlaps. A drawing function is called twice, first with a NULL stream to measure: what
 * is drawn to NULL goes nowhere.
 */

#include <stdbool.h>
#include <stdio.h>

struct svg_box {
    int x, y, width, height;
    const char *class;
    const char *fill;  /* NULL: the class's */
    const char *title; /* shown when pointed at; may be NULL */
};

enum svg_anchor {
    SVG_START,
    SVG_MIDDLE,
    SVG_END,
};

struct svg_text {
    int x, y; /* of the baseline */
    int size; /* of the font, pixels */
    enum svg_anchor anchor;
    const char *class; /* may be NULL */
};

/* A curve with a head at its end. It leaves and arrives upright. */
struct svg_arrow {
    int x1, y1, x2, y2;
    int bend1, bend2; /* how far it goes upright from either end: downward if positive */
    int width;
    const char *colour;
    const char *title;
};

/* A curve from left to right, without a head. */
struct svg_link {
    int x1, y1, x2, y2;
    int width;
    const char *colour;
    bool dashed;
    const char *title; /* may be NULL */
};

/* style is CSS. */
void svg_begin(FILE *stream, int width, int height, const char *style);
void svg_end(FILE *stream);
void svg_draw_box(FILE *stream, const struct svg_box *box);
void svg_draw_text(FILE *stream, const struct svg_text *text, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void svg_draw_arrow(FILE *stream, const struct svg_arrow *arrow);
void svg_draw_link(FILE *stream, const struct svg_link *link);

/* Pixels that so many characters take. */
int svg_text_width(size_t n_characters, int size);

#endif
