/* SPDX-License-Identifier: Apache-2.0 */
/* The word that was meant: the smallest number of single letters inserted, left out, changed or
 * swapped that leads from one word to the other (optimal string alignment distance). */

#include "word.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* No word that we know is longer; a longer text is not a slip of one. */
#define WORD_MAX 32

static unsigned int min3(unsigned int a, unsigned int b, unsigned int c)
{
    unsigned int least = a < b ? a : b;

    return least < c ? least : c;
}

/* Both at most WORD_MAX long. rows[i][j]: from the first i letters of a to the first j of b. */
static unsigned int distance(const char *a, size_t n_a, const char *b, size_t n_b)
{
    unsigned int rows[WORD_MAX + 1][WORD_MAX + 1];

    for (unsigned int i = 0; i <= n_a; i++)
        rows[i][0] = i;
    for (unsigned int j = 0; j <= n_b; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= n_a; i++) {
        for (size_t j = 1; j <= n_b; j++) {
            unsigned int change = rows[i - 1][j - 1] + (a[i - 1] != b[j - 1]);

            rows[i][j] = min3(rows[i - 1][j] + 1, rows[i][j - 1] + 1, change);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                rows[i - 2][j - 2] + 1 < rows[i][j])
                rows[i][j] = rows[i - 2][j - 2] + 1;
        }
    }
    return rows[n_a][n_b];
}

int word_find(const char *text, const char *const *words)
{
    for (int i = 0; words[i]; i++) {
        if (strcmp(words[i], text) == 0)
            return i;
    }
    return -1;
}

const char *word_nearest(const char *text, const char *const *words)
{
    size_t n_text = strlen(text);
    unsigned int best = n_text < 3 ? 1 : (unsigned int)n_text / 3 + 1; /* what is still a slip */
    const char *nearest = NULL;

    if (n_text == 0 || n_text > WORD_MAX)
        return NULL;
    for (const char *const *w = words; *w; w++) {
        size_t n_word = strlen(*w);
        unsigned int d;

        if (n_word > WORD_MAX)
            continue;
        d = distance(text, n_text, *w, n_word);
        if (d < best || (d == best && !nearest)) {
            best = d;
            nearest = *w;
        }
    }
    return nearest;
}

bool word_is_slip(const char *text, const char *word)
{
    size_t n_text = strlen(text), n_word = strlen(word);

    return n_text <= WORD_MAX && n_word <= WORD_MAX && distance(text, n_text, word, n_word) == 1;
}

const char *word_join(const char *const *words, char *buffer, size_t size)
{
    size_t used = 0;

    buffer[0] = '\0';
    for (const char *const *w = words; *w && used < size; w++)
        used += (size_t)snprintf(buffer + used, size - used, "%s%s", w == words ? "" : ", ", *w);
    return buffer;
}

/* Letters that no shell takes for anything else, wherever they stand. */
static bool is_plain(const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "%+,-./:@_";

    return word[0] && word[strspn(word, plain)] == '\0';
}

static void put_shell(FILE *stream, const char *word)
{
    if (is_plain(word)) {
        fputs(word, stream);
        return;
    }
    fputc('\'', stream);
    for (; *word; word++) {
        if (*word == '\'')
            fputs("'\\''", stream); /* out of the quotes for one letter */
        else
            fputc(*word, stream);
    }
    fputc('\'', stream);
}

char *word_shell(const char *const *words)
{
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);

    if (!stream)
        return NULL;
    for (const char *const *word = words; *word; word++) {
        if (word != words)
            fputc(' ', stream);
        put_shell(stream, *word);
    }
    if (fclose(stream) == 0)
        return text;
    free(text);
    return NULL;
}
