/* SPDX-License-Identifier: Apache-2.0 */
/* Plain SVG. Names of devices and files are bytes from outside: everything is escaped here. */

#include "svg.h"

#include "mem.h"

#include <stdarg.h>

static void put_escaped(FILE *stream, const char *text)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;

        if (c == '&')
            fputs("&amp;", stream);
        else if (c == '<')
            fputs("&lt;", stream);
        else if (c == '>')
            fputs("&gt;", stream);
        else if (c == '"')
            fputs("&quot;", stream);
        else if (c < 0x20 || c >= 0x7f)
            fputc('?', stream); /* not ours to guess an encoding */
        else
            fputc(c, stream);
    }
}

void svg_begin(FILE *stream, int width, int height, const char *style)
{
    fprintf(stream,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d "
            "%d\">\n<style>\n%s</style>\n",
            width, height, width, height, style);
    fprintf(stream, "<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>\n", width, height);
}

void svg_end(FILE *stream)
{
    fputs("</svg>\n", stream);
}

void svg_draw_box(FILE *stream, const struct svg_box *box)
{
    if (!stream)
        return;
    fprintf(stream, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" class=\"%s\"", box->x,
            box->y, box->width, box->height, box->class);
    if (box->fill)
        fprintf(stream, " style=\"fill:%s\"", box->fill);
    if (!box->title) {
        fputs("/>\n", stream);
        return;
    }
    fputs("><title>", stream);
    put_escaped(stream, box->title);
    fputs("</title></rect>\n", stream);
}

void svg_draw_text(FILE *stream, const struct svg_text *text, const char *format, ...)
{
    static const char *const anchors[] = {
        [SVG_START] = "start", [SVG_MIDDLE] = "middle", [SVG_END] = "end"};
    autofree char *content = NULL;
    va_list args;

    if (!stream)
        return;
    va_start(args, format);
    if (vasprintf(&content, format, args) < 0)
        content = NULL;
    va_end(args);
    fprintf(stream, "<text x=\"%d\" y=\"%d\" font-size=\"%d\"", text->x, text->y, text->size);
    if (text->anchor != SVG_START)
        fprintf(stream, " text-anchor=\"%s\"", anchors[text->anchor]);
    if (text->class)
        fprintf(stream, " class=\"%s\"", text->class);
    fputc('>', stream);
    put_escaped(stream, content ? content : "?");
    fputs("</text>\n", stream);
}

void svg_draw_arrow(FILE *stream, const struct svg_arrow *arrow)
{
    int half = arrow->width + 3, length = arrow->width + 6;
    int back = arrow->bend2 > 0 ? length : -length; /* from the tip */

    if (!stream)
        return;
    fputs("<g class=\"flow\"><title>", stream);
    put_escaped(stream, arrow->title);
    fprintf(stream,
            "</title><path d=\"M%d %dC%d %d %d %d %d %d\" "
            "style=\"fill:none;stroke-opacity:0.65;stroke:%s;stroke-width:%d\"/>"
            "<path d=\"M%d %dL%d %dL%d %dZ\" style=\"fill:%s\"/></g>\n",
            arrow->x1, arrow->y1, arrow->x1, arrow->y1 + arrow->bend1, arrow->x2,
            arrow->y2 + back + arrow->bend2, arrow->x2, arrow->y2 + back, arrow->colour,
            arrow->width, arrow->x2, arrow->y2, arrow->x2 - half, arrow->y2 + back,
            arrow->x2 + half, arrow->y2 + back, arrow->colour);
}

void svg_draw_link(FILE *stream, const struct svg_link *link)
{
    int middle = (link->x1 + link->x2) / 2;

    if (!stream)
        return;
    fprintf(stream,
            "<path d=\"M%d %dC%d %d %d %d %d %d\" style=\"fill:none;stroke:%s;stroke-width:%d%s\">",
            link->x1, link->y1, middle, link->y1, middle, link->y2, link->x2, link->y2,
            link->colour, link->width, link->dashed ? ";stroke-dasharray:4,3" : "");
    if (link->title) {
        fputs("<title>", stream);
        put_escaped(stream, link->title);
        fputs("</title>", stream);
    }
    fputs("</path>\n", stream);
}

int svg_text_width(size_t n_characters, int size)
{
    return ((int)n_characters * size * 61 + 99) / 100; /* 0.602 em in DejaVu Sans Mono */
}
