/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads numa_maps as a stream.
 *
 * The one idea is the size of a read. To write a mapping's line the kernel walks all its pages, and
 * it writes into a buffer of one page: a line that no longer fits is thrown away and made again in
 * the next read, for a large mapping at the price of tens of milliseconds. It stops adding lines
 * once what it has covers the read, so that reads of half its buffer never meet a line that does
 * not fit (but for names of 2 KiB). Reading with a larger buffer is slower.
 */

#include "numa-maps.h"

#include <string.h>

/* Half of the smallest page, which is the kernel's buffer. */
#define READ_BYTES ((size_t)2048)
/* A name of PATH_MAX bytes, all of them escaped, and the rest of the line. */
#define LINE_MAX_BYTES ((size_t)20 * 1024)

struct reader {
    char *text;
    size_t length; /* of what is in text: the start of a line that has not ended yet */
    struct mapping *mappings;
    unsigned int n;
    unsigned int capacity;
};

static int add_line(struct reader *reader, const char *line, size_t length)
{
    int r;

    if (reader->n == reader->capacity) {
        unsigned int capacity = reader->capacity ? reader->capacity * 2 : 64;
        struct mapping *larger = reallocarray(reader->mappings, capacity, sizeof(*larger));

        if (!larger)
            return -ENOMEM;
        reader->mappings = larger;
        reader->capacity = capacity;
    }
    r = mapping_parse(line, length, &reader->mappings[reader->n]);
    if (r == 0)
        reader->n++;
    return r;
}

/* Parses the lines that have ended and keeps the rest. */
static int take_lines(struct reader *reader)
{
    const char *line = reader->text, *end = reader->text + reader->length, *newline;
    int r = 0;

    while (r == 0 && (newline = memchr(line, '\n', (size_t)(end - line))) != NULL) {
        r = add_line(reader, line, (size_t)(newline - line));
        line = newline + 1;
    }
    reader->length = (size_t)(end - line);
    memmove(reader->text, line, reader->length);
    return r == 0 && reader->length > LINE_MAX_BYTES ? -EINVAL : r;
}

static int read_lines(int fd, struct reader *reader)
{
    for (;;) {
        ssize_t n = read(fd, reader->text + reader->length, READ_BYTES);
        int r;

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (n == 0) /* a line without its end was cut short by whoever captured it */
            return reader->length > 0 ? -EINVAL : 0;
        reader->length += (size_t)n;
        r = take_lines(reader);
        if (r < 0)
            return r;
    }
}

void mappings_free(struct mapping *mappings, unsigned int n)
{
    for (unsigned int i = 0; i < n; i++)
        mapping_fini(&mappings[i]);
    free(mappings);
}

int numa_maps_read(int fd, struct mapping **ret_mappings, unsigned int *ret_n,
                   unsigned int *ret_line)
{
    struct reader reader = {.text = malloc(LINE_MAX_BYTES + READ_BYTES)};
    int r = reader.text ? read_lines(fd, &reader) : -ENOMEM;

    free(reader.text);
    if (r < 0) {
        *ret_line = reader.n + 1;
        mappings_free(reader.mappings, reader.n);
        return r;
    }
    *ret_mappings = reader.mappings;
    *ret_n = reader.n;
    return 0;
}
