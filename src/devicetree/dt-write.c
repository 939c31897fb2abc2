/* SPDX-License-Identifier: Apache-2.0 */
/* A tree as text, laid out as Kerf's examples are: four spaces a level, a blank line between nodes,
 * a node of few short properties on one line. */

#include "devicetree.h"
#include "dt-cell.h"
#include "dtb.h"

#include <inttypes.h>
#include <string.h>

#define INDENT 4
#define ONE_LINE_PROPERTIES 3 /* of a node that is written on one line, which has at most */
#define ONE_LINE_COLUMNS 90
#define LINE_COLUMNS 80     /* where a list goes on in the next line */
#define DECIMAL_BELOW 65536 /* numbers of blobs, which do not say how they were written */

struct writer {
    FILE *stream;
    bool kerf;            /* a text of Kerf's; else one that dtc reads */
    unsigned int column;  /* of what comes next, from 0 */
    unsigned int hanging; /* where a list goes on in the next line */
    bool listed;          /* something stands in the list before */
};

static void put(struct writer *w, const char *text)
{
    w->column += (unsigned int)strlen(text);
    (void)fputs(text, w->stream); /* the stream remembers what failed; asked at the end */
}

static void new_line(struct writer *w, unsigned int column)
{
    (void)fprintf(w->stream, "\n%*s", (int)column, "");
    w->column = column;
}

static void open_list(struct writer *w, const char *bracket)
{
    put(w, bracket);
    w->hanging = w->column;
    w->listed = false;
}

static void put_in_list(struct writer *w, const char *text)
{
    if (w->listed && w->column + 1 + strlen(text) > LINE_COLUMNS)
        new_line(w, w->hanging);
    else if (w->listed)
        put(w, " ");
    w->listed = true;
    put(w, text);
}

static void put_number(struct writer *w, uint64_t number, enum dt_form form)
{
    char text[32];

    if (form == DT_DECIMAL)
        (void)snprintf(text, sizeof(text), "%" PRIu64, number);
    else
        (void)snprintf(text, sizeof(text), "0x%" PRIx64, number);
    put_in_list(w, text);
}

static void put_wide(struct writer *w, uint64_t number)
{
    put_number(w, w->kerf ? 0 : number >> 32, DT_HEX);
    put_number(w, w->kerf ? number : number & UINT32_MAX, DT_HEX);
}

static int put_cell(struct writer *w, const struct dt_property *property, unsigned int i)
{
    const struct dt_value *value = &property->values[i];
    int bytes;

    if (value->form == DT_WIDE) {
        put_wide(w, value->number);
        return 0;
    }
    bytes = w->kerf ? (int)value->bits / 8 : dt_cell_bytes(property, i);
    if (bytes < 0)
        return bytes;
    if (bytes == 8 && value->bits == 32)
        put_wide(w, value->number);
    else if (bytes > 0)
        put_number(w, value->number, value->form);
    return 0;
}

static void put_reference(struct writer *w, const struct dt_value *value)
{
    autofree char *text = NULL;

    if (asprintf(&text, value->text[0] == '/' ? "&{%s}" : "&%s", value->text) < 0)
        text = NULL;
    put_in_list(w, text ? text : "");
}

/* Numbers that a program put there as 64 bits are one cell each to Kerf, which knows no other. */
static bool says_bits(const struct writer *w, const struct dt_value *value)
{
    return value->bits != 32 && value->form != DT_WIDE && (!w->kerf || value->at.line > 0);
}

static int put_cells(struct writer *w, const struct dt_property *property, unsigned int *i)
{
    const struct dt_value *first = &property->values[*i];
    int r = 0;

    if (says_bits(w, first)) {
        char text[16];

        (void)snprintf(text, sizeof(text), "/bits/ %u ", first->bits);
        put(w, text);
    }
    open_list(w, "<");
    do {
        if (property->values[*i].kind == DT_REFERENCE)
            put_reference(w, &property->values[*i]);
        else
            r = put_cell(w, property, *i);
        ++*i;
    } while (r == 0 && *i < property->n_values && dt_cell_continues(property, *i));
    put(w, ">");
    return r;
}

static void put_string(struct writer *w, const char *text, size_t size)
{
    static const char escaped[] = "\\\"\n\t\r\a\b\f\v", letters[] = "\\\"ntrabfv";

    put(w, "\"");
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];
        const char *special = c ? strchr(escaped, c) : NULL;

        if (special)
            w->column += (unsigned int)fprintf(w->stream, "\\%c", letters[special - escaped]);
        else if (c < ' ' || c == 0x7f)
            w->column += (unsigned int)fprintf(w->stream, "\\x%02x", c);
        else
            w->column += (unsigned int)fprintf(w->stream, "%c", c);
    }
    put(w, "\"");
}

static void put_bytes(struct writer *w, const char *bytes, size_t size)
{
    size_t word = size % 4 == 0 ? 4 : 1;

    open_list(w, "[");
    for (size_t i = 0; i < size; i += word) {
        char text[9];

        for (size_t k = 0; k < word; k++)
            (void)snprintf(text + 2 * k, 3, "%02x", (unsigned char)bytes[i + k]);
        put_in_list(w, text);
    }
    put(w, "]");
}

static void put_words(struct writer *w, const char *bytes, size_t size)
{
    bool one = size == sizeof(uint32_t);

    open_list(w, "<");
    for (size_t i = 0; i < size; i += sizeof(uint32_t)) {
        uint32_t n = dtb_u32(bytes + i);

        put_number(w, n, one && n < DECIMAL_BELOW ? DT_DECIMAL : DT_HEX);
    }
    put(w, ">");
}

/* Whether bytes are one or more strings that are not empty. */
static bool are_strings(const char *bytes, size_t size)
{
    if (size == 0 || bytes[size - 1] != '\0')
        return false;
    for (size_t i = 0; i < size; i++) {
        bool ends_nothing = bytes[i] == '\0' && (i == 0 || bytes[i - 1] == '\0');

        if (ends_nothing || (bytes[i] != '\0' && (bytes[i] < ' ' || bytes[i] > '~')))
            return false;
    }
    return true;
}

static void put_strings(struct writer *w, const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i += strlen(bytes + i) + 1) {
        if (i > 0)
            put(w, ", ");
        put_string(w, bytes + i, strlen(bytes + i));
    }
}

/* Of a blob, which does not say what its bytes are: a guess, as dtc makes it, that is the same
 * bytes again whether it is right or not. */
static void put_blob_value(struct writer *w, const char *name, const char *bytes, size_t size)
{
    bool is_phandle = strcmp(name, "phandle") == 0 || strcmp(name, "linux,phandle") == 0;

    if (are_strings(bytes, size) && !is_phandle) {
        put_strings(w, bytes, size);
    } else if (size > 0 && size % sizeof(uint32_t) == 0) {
        put_words(w, bytes, size);
    } else {
        put_bytes(w, bytes, size);
    }
}

static int put_value(struct writer *w, const struct dt_property *property, unsigned int *i)
{
    const struct dt_value *value = &property->values[*i];

    if (value->kind == DT_CELL || (value->kind == DT_REFERENCE && value->bits > 0))
        return put_cells(w, property, i);
    ++*i;
    if (value->kind == DT_STRING) {
        put_string(w, value->text, value->size);
    } else if (value->kind == DT_REFERENCE) {
        open_list(w, "");
        put_reference(w, value);
    } else if (property->end == 0 && property->n_values == 1) {
        put_blob_value(w, property->name, value->text, value->size);
    } else {
        put_bytes(w, value->text, value->size);
    }
    return 0;
}

static int put_property(struct writer *w, const struct dt_property *property)
{
    unsigned int first_column;
    int r = 0;

    put(w, property->name);
    if (property->n_values > 0)
        put(w, " = ");
    first_column = w->column;
    for (unsigned int i = 0; r == 0 && i < property->n_values;) {
        bool full = w->column > LINE_COLUMNS - 2 * INDENT;

        if (i > 0)
            put(w, full ? "," : ", ");
        if (i > 0 && full)
            new_line(w, first_column);
        r = put_value(w, property, &i);
    }
    put(w, ";");
    return r;
}

static void put_comment(struct writer *w, const char *comment)
{
    put(w, "  // ");
    for (const char *c = comment; *c; c++)
        (void)fputc(*c == '\n' || *c == '\r' ? ' ' : *c, w->stream);
}

static void put_head(struct writer *w, const struct dt_node *node)
{
    for (char **label = node->labels; label && *label; label++) {
        put(w, *label);
        put(w, ": ");
    }
    put(w, node->parent ? node->name : "/");
    if (node->unit) {
        put(w, "@");
        put(w, node->unit);
    }
    put(w, " {");
}

static int put_one_line(struct writer *w, const struct dt_node *node)
{
    int r = 0;

    put_head(w, node);
    for (unsigned int i = 0; r == 0 && i < node->n_properties; i++) {
        put(w, " ");
        r = put_property(w, &node->properties[i]);
    }
    put(w, " };");
    return r;
}

/* Whether writing it on one line may be tried: what is long will not fit, and is not worth it. */
static bool is_short(const struct dt_node *node)
{
    size_t length = 0;

    if (!node->parent || node->n_children > 0 || node->labels || node->n_properties == 0 ||
        node->n_properties > ONE_LINE_PROPERTIES)
        return false;
    for (unsigned int i = 0; i < node->n_properties; i++) {
        const struct dt_property *property = &node->properties[i];

        length += property->n_values;
        for (unsigned int k = 0; k < property->n_values && length <= ONE_LINE_COLUMNS; k++)
            length += property->values[k].size;
        if (property->comment || length > ONE_LINE_COLUMNS)
            return false;
    }
    return true;
}

/* `l1d@0 { level = <1>; size = <0x0 0x8000>; cpus = <0 1>; };`: by trying. */
static bool fits_one_line(const struct writer *w, const struct dt_node *node, unsigned int indent)
{
    autofree char *text = NULL;
    size_t size = 0;
    struct writer trial = {.kerf = w->kerf, .column = indent};
    bool fits;

    if (!is_short(node))
        return false;
    trial.stream = open_memstream(&text, &size);
    if (!trial.stream)
        return false;
    fits = put_one_line(&trial, node) == 0 && trial.column <= ONE_LINE_COLUMNS;
    return fclose(trial.stream) == 0 && fits && !memchr(text, '\n', size);
}

static int put_node(struct writer *w, const struct dt_node *node, unsigned int indent);

static int put_children(struct writer *w, const struct dt_node *node, unsigned int indent)
{
    bool last_is_short = false;
    int r = 0;

    for (unsigned int i = 0; r == 0 && i < node->n_children; i++) {
        const struct dt_node *child = node->children[i];
        bool one_line = fits_one_line(w, child, indent);
        bool close_to_last = i == 0 ? node->n_properties == 0 : one_line && last_is_short;

        if (!close_to_last)
            (void)fputc('\n', w->stream);
        new_line(w, indent);
        r = one_line ? put_one_line(w, child) : put_node(w, child, indent);
        last_is_short = one_line;
    }
    return r;
}

static int put_node(struct writer *w, const struct dt_node *node, unsigned int indent)
{
    int r = 0;

    put_head(w, node);
    for (unsigned int i = 0; r == 0 && i < node->n_properties; i++) {
        new_line(w, indent + INDENT);
        r = put_property(w, &node->properties[i]);
        if (r == 0 && node->properties[i].comment)
            put_comment(w, node->properties[i].comment);
    }
    if (r == 0)
        r = put_children(w, node, indent + INDENT);
    new_line(w, indent);
    put(w, "};");
    return r;
}

int dt_write_text(const struct dt *dt, FILE *stream)
{
    struct writer w = {.stream = stream, .kerf = dt->multikernel};
    int r;

    put(&w, dt->multikernel ? "/multikernel-v1/;\n" : "/dts-v1/;\n");
    if (dt->plugin)
        put(&w, "/plugin/;\n");
    for (unsigned int i = 0; i < dt->n_reserved; i++)
        (void)fprintf(stream, "/memreserve/ 0x%" PRIx64 " 0x%" PRIx64 ";\n", dt->reserved[i].base,
                      dt->reserved[i].bytes);
    new_line(&w, 0);
    r = put_node(&w, dt->root, 0);
    put(&w, "\n");
    if (r == 0 && (fflush(stream) != 0 || ferror(stream)))
        r = -EIO;
    return r;
}
