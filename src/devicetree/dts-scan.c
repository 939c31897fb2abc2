/* SPDX-License-Identifier: Apache-2.0 */
/* Going through a text character by character, and what stands between its words. */

#include "dts-scan.h"

#include <ctype.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#define SHOWN_MAX 32 /* bytes of the offending text in a message */
#define SHOWN_SIZE (SHOWN_MAX + 8)

void source_skip_mark(struct source *source)
{
    static const char mark[] = "\xef\xbb\xbf";
    size_t length = strlen(mark);

    if (source->length >= length && memcmp(source->data, mark, length) == 0)
        source->at = source->line_begin = length;
}

void scan_init(struct scan *scan, struct dt *dt, struct np_error *err)
{
    struct stat st;

    *scan = (struct scan){.dt = dt, .err = err, .bytes = dt->length};
    scan->sources[0] =
        (struct source){.file = dt->file, .data = dt->text, .length = dt->length, .line = 1};
    source_skip_mark(&scan->sources[0]);
    if (dt->file && stat(dt->file, &st) == 0) {
        scan->sources[0].device = st.st_dev;
        scan->sources[0].inode = st.st_ino;
    }
}

void scan_fini(struct scan *scan)
{
    for (unsigned int i = 0; i <= scan->depth; i++)
        free(scan->sources[i].owned);
}

char scan_peek_at(const struct scan *scan, size_t ahead)
{
    const struct source *source = &scan->sources[scan->depth];

    return ahead < source->length - source->at ? source->data[source->at + ahead] : '\0';
}

char scan_peek(const struct scan *scan)
{
    return scan_peek_at(scan, 0);
}

bool scan_is_end(const struct scan *scan)
{
    return scan->sources[scan->depth].at == scan->sources[scan->depth].length;
}

void scan_next(struct scan *scan)
{
    struct source *source = &scan->sources[scan->depth];

    if (source->at == source->length)
        return;
    if (source->data[source->at++] == '\n') {
        source->line++;
        source->line_begin = source->at;
    }
}

bool scan_looks_at(const struct scan *scan, const char *text)
{
    const struct source *source = &scan->sources[scan->depth];
    size_t length = strlen(text);

    return length <= source->length - source->at &&
           memcmp(source->data + source->at, text, length) == 0;
}

struct place scan_place(const struct scan *scan)
{
    const struct source *source = &scan->sources[scan->depth];

    return (struct place){.file = source->file,
                          .line = source->line,
                          .column = (unsigned int)(source->at - source->line_begin) + 1,
                          .offset = source->at,
                          .main = scan->depth == 0};
}

struct mark scan_mark(const struct place *place)
{
    return (struct mark){
        .line = place->line, .column = place->column, .file = place->main ? NULL : place->file};
}

/* The word, or the one character, that stands here, fit for a message. */
static const char *shown(const struct scan *scan, char text[SHOWN_SIZE])
{
    size_t n = 1;
    char c = scan_peek(scan);

    if (scan_is_end(scan))
        return "the end of the file";
    if (c == '\n')
        return "the end of the line";
    if (!isprint((unsigned char)c)) {
        (void)snprintf(text, SHOWN_SIZE, "the byte 0x%02x", (unsigned char)c);
        return text;
    }
    while (scan_is_name_char(c) && n < SHOWN_MAX && scan_is_name_char(scan_peek_at(scan, n)))
        n++;
    (void)snprintf(text, SHOWN_SIZE, "`%.*s`", (int)n,
                   scan->sources[scan->depth].data + scan->sources[scan->depth].at);
    return text;
}

int scan_expected(const struct scan *scan, const char *format, ...)
{
    const struct place place = scan_place(scan);
    char text[SHOWN_SIZE], what[256];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(what, sizeof(what), format, args); /* cut, never overrun */
    va_end(args);
    return scan_fail(scan, &place, "%s, not %s", what, shown(scan, text));
}

int scan_fail(const struct scan *scan, const struct place *place, const char *format, ...)
{
    const struct place here = scan_place(scan);
    char text[sizeof(scan->err->text)];
    va_list args;

    if (!place)
        place = &here;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args); /* cut, never overrun */
    va_end(args);
    (void)error_set(scan->err, -EINVAL, "%s", text);
    error_at(scan->err, place->file, place->line, place->column);
    return -EINVAL;
}

int scan_no_memory(const struct scan *scan)
{
    return error_set(scan->err, -ENOMEM, "no memory for the device tree");
}

static int skip_block_comment(struct scan *scan)
{
    const struct place begin = scan_place(scan);

    scan_next(scan);
    scan_next(scan);
    while (!scan_looks_at(scan, "*/")) {
        if (scan_is_end(scan))
            return scan_fail(scan, &begin,
                             "the comment that begins here has no end: */ is missing");
        scan_next(scan);
    }
    scan_next(scan);
    scan_next(scan);
    return 0;
}

static void skip_line(struct scan *scan)
{
    while (!scan_is_end(scan) && scan_peek(scan) != '\n')
        scan_next(scan);
}

static int skip_comment(struct scan *scan)
{
    int r = 0;

    scan->comment = scan_place(scan);
    if (scan_peek_at(scan, 1) == '*')
        r = skip_block_comment(scan);
    else
        skip_line(scan);
    scan->comment_end = scan->sources[scan->depth].at;
    return r;
}

/* `# 1 "file"` and `#line 1 "file"`, which the C preprocessor leaves; positions stay those of the
 * text that is here. */
static bool is_line_marker(const struct scan *scan)
{
    const struct source *source = &scan->sources[scan->depth];
    size_t n = scan_looks_at(scan, "#line") ? 5 : 1;

    if (scan_peek(scan) != '#' || source->at != source->line_begin)
        return false;
    if (scan_peek_at(scan, n) != ' ' && scan_peek_at(scan, n) != '\t')
        return false;
    while (scan_peek_at(scan, n) == ' ' || scan_peek_at(scan, n) == '\t')
        n++;
    return isdigit((unsigned char)scan_peek_at(scan, n));
}

/* Back to the file that includes the one whose end this is. */
static void leave_include(struct scan *scan)
{
    free(scan->sources[scan->depth].owned);
    scan->sources[scan->depth--] = (struct source){0};
}

int scan_skip(struct scan *scan)
{
    int r = 0;

    while (r >= 0) {
        char c = scan_peek(scan);

        if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v')
            scan_next(scan);
        else if (c == '/' && (scan_peek_at(scan, 1) == '/' || scan_peek_at(scan, 1) == '*'))
            r = skip_comment(scan);
        else if (c == '/' && scan_looks_at(scan, "/include/"))
            r = scan_include(scan);
        else if (is_line_marker(scan))
            skip_line(scan);
        else if (scan_is_end(scan) && scan->depth > 0)
            leave_include(scan);
        else
            return 0;
    }
    return r;
}

int scan_took(struct scan *scan, char wanted)
{
    int r = scan_skip(scan);

    if (r < 0 || scan_is_end(scan) || scan_peek(scan) != wanted)
        return r;
    scan_next(scan);
    return 1;
}

int scan_take(struct scan *scan, char wanted, const char *what)
{
    int r = scan_took(scan, wanted);

    return r == 0 ? scan_expected(scan, "expected %s", what) : r < 0 ? r : 0;
}

/* The words between the slashes and stars of the comment at data[begin, end). */
static char *comment_words(const char *data, size_t begin, size_t end)
{
    if (data[begin + 1] == '*')
        end -= 2;
    begin += 2;
    end = begin + strnlen(data + begin, end - begin);
    while (begin < end && isspace((unsigned char)data[begin]))
        begin++;
    while (end > begin && isspace((unsigned char)data[end - 1]))
        end--;
    return strndup(data + begin, end - begin);
}

int scan_comment_behind(const struct scan *scan, size_t begin, char **ret_comment)
{
    const struct source *source = &scan->sources[scan->depth];
    size_t at = source->at, end;
    const char *close;

    while (at < source->length && (source->data[at] == ' ' || source->data[at] == '\t'))
        at++;
    if (source->length - at < 2 || source->data[at] != '/' ||
        (source->data[at + 1] != '/' && source->data[at + 1] != '*')) {
        at = scan->comment.offset;
        end = scan->comment_end;
        if (scan->comment.line != source->line || scan->comment.file != source->file || at < begin)
            return 0;
    } else if (source->data[at + 1] == '/') {
        close = memchr(source->data + at, '\n', source->length - at);
        end = close ? (size_t)(close - source->data) : source->length;
    } else {
        close = memmem(source->data + at + 2, source->length - at - 2, "*/", 2);
        if (!close)
            return 0; /* whoever goes on reading finds the fault */
        end = (size_t)(close - source->data) + 2;
    }
    *ret_comment = comment_words(source->data, at, end);
    return *ret_comment ? 0 : scan_no_memory(scan);
}
