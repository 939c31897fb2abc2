/* SPDX-License-Identifier: Apache-2.0 */
/* The words of a text: names, labels, references, strings and numbers. */

#include "dts-scan.h"

#include <ctype.h>
#include <string.h>

bool scan_is_name_char(char c)
{
    return isalnum((unsigned char)c) || (c != '\0' && strchr(",._+*#?@-", c));
}

static bool is_label_char(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

int scan_name(struct scan *scan, char name[DT_NAME_MAX + 1])
{
    const struct place begin = scan_place(scan);
    size_t n = 0;

    while (scan_is_name_char(scan_peek_at(scan, n)))
        n++;
    if (n == 0)
        return scan_expected(scan, "expected a name");
    if (n > DT_NAME_MAX)
        return scan_fail(scan, &begin, "a name has at most %u bytes, and this one %zu", DT_NAME_MAX,
                         n);
    for (size_t i = 0; i < n; i++, scan_next(scan))
        name[i] = scan_peek(scan);
    name[n] = '\0';
    return 0;
}

int scan_label(struct scan *scan, char label[DT_NAME_MAX + 1])
{
    size_t n = 0;

    if (isdigit((unsigned char)scan_peek(scan)))
        return 0;
    while (n <= DT_NAME_MAX && is_label_char(scan_peek_at(scan, n)))
        n++;
    if (n == 0 || n > DT_NAME_MAX || scan_peek_at(scan, n) != ':')
        return 0;
    for (size_t i = 0; i < n; i++, scan_next(scan))
        label[i] = scan_peek(scan);
    label[n] = '\0';
    scan_next(scan);
    return 1;
}

static bool is_path_char(char c)
{
    return c == '/' || scan_is_name_char(c);
}

static int take_word(struct scan *scan, size_t n, char **ret_text)
{
    const struct source *source = &scan->sources[scan->depth];
    char *text = strndup(source->data + source->at, n);

    if (!text)
        return scan_no_memory(scan);
    while (n-- > 0)
        scan_next(scan);
    *ret_text = text;
    return 0;
}

int scan_reference(struct scan *scan, char **ret_text)
{
    const struct place begin = scan_place(scan);
    autofree char *text = NULL;
    bool path = scan_peek(scan) == '{';
    size_t n = 0;
    int r;

    if (path)
        scan_next(scan);
    while (path ? is_path_char(scan_peek_at(scan, n)) : is_label_char(scan_peek_at(scan, n)))
        n++;
    if (n == 0 || (path && scan_peek(scan) != '/'))
        return scan_expected(scan, "expected a label or {/path} behind &");
    if (n > (path ? DT_DEPTH_MAX * (DT_NAME_MAX + 1) : DT_NAME_MAX))
        return scan_fail(scan, &begin, "a reference of %zu bytes is longer than any name", n);
    r = take_word(scan, n, &text);
    if (r < 0)
        return r;
    if (path && scan_peek(scan) != '}')
        return scan_expected(scan, "expected } behind the path &{%.64s", text);
    if (path)
        scan_next(scan);
    *ret_text = TAKE(text);
    return 0;
}

static int hex_digit(char c)
{
    if (isdigit((unsigned char)c))
        return c - '0';
    return isxdigit((unsigned char)c) ? tolower((unsigned char)c) - 'a' + 10 : -1;
}

/* \n, \x1f, \017 and so on: what stands behind the backslash, which is taken. */
static int take_escape(struct scan *scan, char *ret_byte)
{
    static const char letters[] = "abtnvfr", bytes[] = "\a\b\t\n\v\f\r";
    char c = scan_peek(scan);
    const char *letter = c ? strchr(letters, c) : NULL;
    unsigned int byte = 0, n = 0;

    if (c >= '0' && c <= '7') {
        for (; n < 3 && scan_peek(scan) >= '0' && scan_peek(scan) <= '7'; n++, scan_next(scan))
            byte = byte * 8 + (unsigned int)(scan_peek(scan) - '0');
        *ret_byte = (char)byte;
        return 0;
    }
    scan_next(scan);
    if (c != 'x') {
        *ret_byte = letter ? bytes[letter - letters] : c;
        return 0;
    }
    for (; n < 2 && hex_digit(scan_peek(scan)) >= 0; n++, scan_next(scan))
        byte = byte * 16 + (unsigned int)hex_digit(scan_peek(scan));
    if (n == 0)
        return scan_expected(scan, "expected two hexadecimal digits behind \\x");
    *ret_byte = (char)byte;
    return 0;
}

int scan_string(struct scan *scan, char **ret_text, size_t *ret_size)
{
    const struct place begin = scan_place(scan);
    const struct source *source = &scan->sources[scan->depth];
    autofree char *text = NULL;
    size_t n = 1, size = 0;

    while (scan_peek_at(scan, n) != '"') {
        n += scan_peek_at(scan, n) == '\\' ? 2 : 1;
        if (n >= source->length - source->at)
            return scan_fail(scan, &begin, "the string that begins here has no end: \" is missing");
    }
    text = malloc(n);
    if (!text)
        return scan_no_memory(scan);
    scan_next(scan);
    while (scan_peek(scan) != '"') {
        bool escape = scan_peek(scan) == '\\';
        int r = 0;

        text[size] = scan_peek(scan);
        scan_next(scan);
        if (escape)
            r = take_escape(scan, &text[size]);
        if (r < 0)
            return r;
        size++;
    }
    scan_next(scan);
    text[size] = '\0';
    *ret_text = TAKE(text);
    *ret_size = size;
    return 0;
}

/* 'c', whose value is the byte's. */
static int take_character(struct scan *scan, uint64_t *ret_number)
{
    const struct place begin = scan_place(scan);
    char byte;
    int r = 0;

    scan_next(scan);
    byte = scan_peek(scan);
    if (scan_is_end(scan) || byte == '\'')
        return scan_expected(scan, "expected a character between '");
    scan_next(scan);
    if (byte == '\\')
        r = take_escape(scan, &byte);
    if (r < 0)
        return r;
    if (scan_peek(scan) != '\'')
        return scan_fail(scan, &begin, "'...' holds one character");
    scan_next(scan);
    *ret_number = (unsigned char)byte;
    return 0;
}

static bool is_suffix(const char *text)
{
    static const char *const suffixes[] = {"", "U", "L", "UL", "LL", "ULL"};

    for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
        if (strcmp(text, suffixes[i]) == 0)
            return true;
    }
    return false;
}

int scan_number(struct scan *scan, uint64_t *ret_number, enum dt_form *ret_form)
{
    const struct place begin = scan_place(scan);
    char word[DT_NAME_MAX + 1], *end;
    size_t n = 0;
    uint64_t number;

    if (scan_peek(scan) == '\'') {
        *ret_form = DT_DECIMAL;
        return take_character(scan, ret_number);
    }
    for (; n < DT_NAME_MAX && is_label_char(scan_peek_at(scan, n)); n++)
        word[n] = scan_peek_at(scan, n);
    word[n] = '\0';
    if (!isdigit((unsigned char)word[0]))
        return scan_expected(scan, "expected a number");
    if (is_label_char(scan_peek_at(scan, n)))
        return scan_fail(scan, &begin, "`%.32s...` is too long for a number", word);
    errno = 0;
    number = strtoull(word, &end, 0);
    if (errno == ERANGE)
        return scan_fail(scan, &begin, "`%.64s` has more than 64 bits", word);
    if (!is_suffix(end))
        return scan_fail(scan, &begin, "`%.64s` is no number", word);
    while (n-- > 0)
        scan_next(scan);
    *ret_number = number;
    *ret_form = word[0] == '0' && tolower((unsigned char)word[1]) == 'x' ? DT_HEX : DT_DECIMAL;
    return 0;
}
