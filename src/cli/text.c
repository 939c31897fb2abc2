/* SPDX-License-Identifier: Apache-2.0 */
/* Running text on a screen of limited width. */

#include "text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

enum {
    DEFAULT_WIDTH = 100,
};

void text_put(FILE *stream, const char *text)
{
    for (; *text; text++)
        fputc((unsigned char)*text < ' ' || *text == '\177' ? '?' : *text, stream);
}

unsigned int text_width(FILE *stream)
{
    const char *columns = getenv("COLUMNS");
    long given = columns ? strtol(columns, NULL, 10) : 0;
    struct winsize size;

    if (given > 0 && given < 10000)
        return (unsigned int)given;
    if (ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    return DEFAULT_WIDTH;
}

void text_wrap(FILE *stream, const char *label, unsigned int label_width, const char *words)
{
    size_t width = text_width(stream);
    size_t at = label_width;

    fprintf(stream, "%-*s", (int)label_width, label);
    while (*words) {
        size_t length = strcspn(words, " ");
        bool first = at == label_width;

        if (!first && at + 1 + length > width) {
            fprintf(stream, "\n%*s", (int)label_width, "");
            at = label_width;
            first = true;
        }
        fprintf(stream, "%s%.*s", first ? "" : " ", (int)length, words);
        at += length + !first;
        words += length + strspn(words + length, " ");
    }
    fputc('\n', stream);
}
