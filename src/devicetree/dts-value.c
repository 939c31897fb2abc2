/* SPDX-License-Identifier: Apache-2.0 */
/* The values of a property: what stands between '=' and ';'. */

#include "dt-make.h"
#include "dts-parse.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

/* The list that is being read. */
struct list {
    struct parser *parser;
    struct scan *scan; /* the parser's */
    struct dt_property *property;
    const struct place *begin;
    unsigned int group;
};

static int check_size(const struct list *list)
{
    const struct place here = scan_place(list->scan);
    bool same_file = here.file == list->begin->file;

    if (list->property->n_values < DT_PROPERTY_BYTES_MAX &&
        (!same_file || here.offset - list->begin->offset <= DT_PROPERTY_BYTES_MAX))
        return 0;
    return scan_fail(list->scan, list->begin, "`%s` is longer than %u MiB", list->property->name,
                     DT_PROPERTY_BYTES_MAX >> 20);
}

/* Takes value->text. */
static int add(struct list *list, const struct place *place, struct dt_value *value)
{
    value->at = scan_mark(place);
    value->group = list->group;
    if (dt_add_value(list->property, value) < 0)
        return scan_no_memory(list->scan);
    return check_size(list);
}

/* Labels inside values name places in a blob for assemblers; here nothing can ask for them. */
static int skip_labels(struct list *list)
{
    char label[DT_NAME_MAX + 1];
    int r;

    do {
        r = scan_skip(list->scan);
        if (r >= 0)
            r = scan_label(list->scan, label);
    } while (r > 0);
    return r;
}

/* &label, in a cell of bits or alone (0). */
static int take_reference(struct list *list, unsigned int bits)
{
    const struct place place = scan_place(list->scan);
    struct dt_value value = {.kind = DT_REFERENCE, .bits = bits};
    int r;

    if (bits && bits != 32)
        return scan_fail(list->scan, &place, "a reference fills a cell of 32 bits, not %u", bits);
    scan_next(list->scan);
    r = scan_reference(list->scan, &value.text);
    if (r < 0)
        return r;
    value.size = strlen(value.text);
    return add(list, &place, &value);
}

static int take_cell(struct list *list, unsigned int bits)
{
    const struct place place = scan_place(list->scan);
    struct dt_value value = {.kind = DT_CELL, .bits = bits};
    uint64_t mask = bits == 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
    bool calculated = scan_peek(list->scan) == '(';
    int r;

    if (scan_is_end(list->scan) || !(isdigit((unsigned char)scan_peek(list->scan)) || calculated ||
                                     scan_peek(list->scan) == '\''))
        return scan_expected(list->scan, "expected a number, a reference or > in `%s`",
                             list->property->name);
    r = scan_integer(list->scan, &value.number, &value.form);
    if (r < 0)
        return r;
    if ((calculated || bits < 32) && (value.number | mask) == UINT64_MAX)
        value.number &= mask; /* negative: (-1) */
    if (value.number > mask && bits < 32)
        return scan_fail(list->scan, &place, "0x%" PRIx64 " has more than the %u bits of its cell",
                         value.number, bits);
    return add(list, &place, &value);
}

/* Behind '<'. */
static int take_cells(struct list *list, unsigned int bits)
{
    for (;;) {
        int r = skip_labels(list);

        if (r < 0)
            return r;
        if (scan_peek(list->scan) == '>') {
            scan_next(list->scan);
            return 0;
        }
        r = scan_peek(list->scan) == '&' ? take_reference(list, bits) : take_cell(list, bits);
        if (r < 0)
            return r;
    }
}

/* Behind '/bits/'. */
static int take_sized_cells(struct list *list)
{
    struct place place;
    enum dt_form form;
    uint64_t bits;
    int r = scan_skip(list->scan);

    if (r < 0)
        return r;
    place = scan_place(list->scan);
    r = scan_number(list->scan, &bits, &form);
    if (r < 0)
        return r;
    if (bits != 8 && bits != 16 && bits != 32 && bits != 64)
        return scan_fail(list->scan, &place, "a cell has 8, 16, 32 or 64 bits, not %" PRIu64, bits);
    r = skip_labels(list);
    if (r >= 0)
        r = scan_take(list->scan, '<', "< behind /bits/");
    return r < 0 ? r : take_cells(list, (unsigned int)bits);
}

static int digit_of(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *digit = c ? strchr(digits, tolower((unsigned char)c)) : NULL;

    return digit ? (int)(digit - digits) : -1;
}

/* Appends the byte that the next two digits say. */
static int take_byte(struct list *list, FILE *stream)
{
    int high = digit_of(scan_peek(list->scan)), low = digit_of(scan_peek_at(list->scan, 1));

    if (high < 0 || low < 0)
        return scan_expected(list->scan, "expected two hexadecimal digits a byte, or ], in `%s`",
                             list->property->name);
    (void)fputc(high * 16 + low, stream); /* what fails is asked for at the end */
    scan_next(list->scan);
    scan_next(list->scan);
    return check_size(list);
}

/* Behind '['. */
static int take_bytes(struct list *list, const struct place *place)
{
    struct dt_value value = {.kind = DT_BYTES};
    FILE *stream = open_memstream(&value.text, &value.size);
    int r = 0;

    if (!stream)
        return scan_no_memory(list->scan);
    while (r >= 0) {
        r = skip_labels(list);
        if (r >= 0 && scan_peek(list->scan) == ']')
            break;
        if (r >= 0)
            r = take_byte(list, stream);
    }
    if (fclose(stream) != 0 && r >= 0)
        r = scan_no_memory(list->scan);
    if (r < 0) {
        free(value.text);
        return r;
    }
    scan_next(list->scan);
    return add(list, place, &value);
}

static int take_string(struct list *list, const struct place *place)
{
    struct dt_value value = {.kind = DT_STRING};
    int r = scan_string(list->scan, &value.text, &value.size);

    return r < 0 ? r : add(list, place, &value);
}

/* Behind '/incbin/': ("file") or ("file", offset, length), whose bytes are the value. */
static int take_file(struct list *list, const struct place *place)
{
    struct dt_value value = {.kind = DT_BYTES};
    uint64_t offset = 0, length = UINT64_MAX;
    struct source source;
    autofree char *data = NULL;
    int r = scan_incbin(list->scan, place, &source, &offset, &length);

    if (r < 0)
        return r;
    data = source.owned;
    if (offset > source.length || (length != UINT64_MAX && length > source.length - offset))
        return scan_fail(list->scan, place, "%s has %zu bytes, and more are wanted", source.file,
                         source.length);
    if (length == UINT64_MAX)
        length = source.length - offset;
    if (length > DT_PROPERTY_BYTES_MAX)
        return scan_fail(list->scan, place, "`%s` is longer than %u MiB", list->property->name,
                         DT_PROPERTY_BYTES_MAX >> 20);
    value.text = calloc(1, length + 1);
    if (!value.text)
        return scan_no_memory(list->scan);
    memcpy(value.text, data + offset, length);
    value.size = length;
    return add(list, place, &value);
}

/* One value, or the cells of one <...>. */
static int take_value(struct list *list)
{
    struct scan *scan = list->scan;
    const struct place place = scan_place(scan);

    switch (scan_peek(scan)) {
    case '"':
        return take_string(list, &place);
    case '&':
        return take_reference(list, 0);
    case '<':
        scan_next(scan);
        return take_cells(list, 32);
    case '[':
        scan_next(scan);
        return take_bytes(list, &place);
    default:
        break;
    }
    if (dts_took_word(list->parser, "/bits/"))
        return take_sized_cells(list);
    if (dts_took_word(list->parser, "/incbin/"))
        return take_file(list, &place);
    (void)scan_expected(scan, "expected a value of `%s`", list->property->name);
    error_hint(scan->err, "write numbers as <1 2>, strings as \"text\", references as <&label>");
    return -EINVAL;
}

int dts_values(struct parser *parser, struct dt_property *property, const struct place *begin)
{
    struct list list = {
        .parser = parser, .scan = &parser->scan, .property = property, .begin = begin};

    for (;; list.group++) {
        int r = skip_labels(&list);

        if (r >= 0)
            r = take_value(&list);
        if (r >= 0)
            r = skip_labels(&list);
        if (r < 0)
            return r;
        if (scan_peek(list.scan) == ';') {
            scan_next(list.scan);
            return 0;
        }
        if (scan_peek(list.scan) == ',') {
            scan_next(list.scan);
            continue;
        }
        (void)scan_expected(list.scan, "expected ; behind the value of `%s`", property->name);
        error_hint(list.scan->err, "`%s` begins in line %u: end it with ;, or go on with ,",
                   property->name, begin->line);
        return -EINVAL;
    }
}
