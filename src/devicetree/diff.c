/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A unified diff: the shortest edit between two texts by Myers' greedy algorithm ("An O(ND)
 * Difference Algorithm and Its Variations", 1986), on what remains between the lines that both
 * begin and end with. Texts that differ in very many lines are replaced there as a whole: right,
 * but no longer the shortest.
 */

#include "dt-edit.h"

#include <string.h>

#define CONTEXT 3u
#define EDITS_MAX 1024 /* whose steps are kept: about 2 MiB */

struct line {
    const char *text;
    size_t length; /* with its newline, where it has one */
    bool changed;  /* gone, or new */
};

struct lines {
    struct line *all;
    unsigned int n;
};

static void cleanup_lines(struct lines *lines)
{
    free(lines->all);
}

static int split(const char *text, struct lines *ret_lines)
{
    unsigned int n = 0;

    for (const char *at = text; *at; n++) {
        at += strcspn(at, "\n");
        at += *at == '\n';
    }
    ret_lines->all = calloc(n ? n : 1, sizeof(*ret_lines->all));
    if (!ret_lines->all)
        return -ENOMEM;
    for (; *text; ret_lines->n++) {
        struct line *line = &ret_lines->all[ret_lines->n];

        line->text = text;
        line->length = strcspn(text, "\n");
        line->length += text[line->length] == '\n';
        text += line->length;
    }
    return 0;
}

static bool same(const struct line *a, const struct line *b)
{
    return a->length == b->length && memcmp(a->text, b->text, a->length) == 0;
}

/* Steps of the search: rows[d] has, for each diagonal k = -d, -d+2, ..., d, how far into `before` d
 * edits lead; on it, the place in `after` is k less. */
struct search {
    const struct line *before, *after;
    int n_before, n_after;
    int *rows[EDITS_MAX + 1];
};

static void search_fini(struct search *search)
{
    for (size_t d = 0; d < ARRAY_SIZE(search->rows); d++)
        free(search->rows[d]);
}

static int reached(const struct search *search, int d, int k)
{
    return search->rows[d][(k + d) / 2];
}

/* Whether the last of d edits on the way to diagonal k is a new line, not one that is gone. */
static bool comes_from_above(const struct search *search, int d, int k)
{
    return k == -d || (k != d && reached(search, d - 1, k - 1) < reached(search, d - 1, k + 1));
}

/* A positive answer: the ends are reached. */
static int search_step(struct search *search, int d)
{
    int *row = calloc((size_t)d + 1, sizeof(*row));

    if (!row)
        return -ENOMEM;
    search->rows[d] = row;
    for (int k = -d; k <= d; k += 2) {
        int x = 0;

        if (d > 0)
            x = comes_from_above(search, d, k) ? reached(search, d - 1, k + 1)
                                               : reached(search, d - 1, k - 1) + 1;
        while (x < search->n_before && x - k < search->n_after &&
               same(&search->before[x], &search->after[x - k]))
            x++;
        row[(k + d) / 2] = x;
        if (x >= search->n_before && x - k >= search->n_after)
            return 1;
    }
    return 0;
}

static void mark_way(const struct search *search, struct line *before, struct line *after, int d)
{
    int k = search->n_before - search->n_after;

    for (; d > 0; d--) {
        if (comes_from_above(search, d, k)) {
            k++;
            after[reached(search, d - 1, k) - k].changed = true;
        } else {
            k--;
            before[reached(search, d - 1, k)].changed = true;
        }
    }
}

static void mark_all(struct line *lines, int n)
{
    for (int i = 0; i < n; i++)
        lines[i].changed = true;
}

/* Marks what is gone from before and new in after. */
static int compare(struct line *before, int n_before, struct line *after, int n_after)
{
    CLEANUP(search_fini)
    struct search search = {
        .before = before, .after = after, .n_before = n_before, .n_after = n_after};

    for (int d = 0; d <= EDITS_MAX; d++) {
        int r = search_step(&search, d);

        if (r < 0)
            return r;
        if (r > 0) {
            mark_way(&search, before, after, d);
            return 0;
        }
    }
    mark_all(before, n_before);
    mark_all(after, n_after);
    return 0;
}

/* What both begin and end with is left out of the search. */
static int compare_between(struct lines *before, struct lines *after)
{
    unsigned int first = 0, n_before = before->n, n_after = after->n;

    while (first < n_before && first < n_after && same(&before->all[first], &after->all[first]))
        first++;
    while (n_before > first && n_after > first &&
           same(&before->all[n_before - 1], &after->all[n_after - 1])) {
        n_before--;
        n_after--;
    }
    return compare(before->all + first, (int)(n_before - first), after->all + first,
                   (int)(n_after - first));
}

static void put_line(FILE *stream, char mark, const struct line *line)
{
    (void)fprintf(stream, "%c%.*s", mark, (int)line->length, line->text);
    if (line->length == 0 || line->text[line->length - 1] != '\n')
        (void)fputs("\n\\ No newline at end of file\n", stream);
}

/* Lines [begin, end) of both: what a hunk shows. */
struct hunk {
    unsigned int before, before_end;
    unsigned int after, after_end;
};

/* The changes behind hunk, up to where more than twice the context is unchanged. False when there
 * are none. */
static bool next_hunk(const struct lines *before, const struct lines *after, struct hunk *hunk)
{
    unsigned int i = hunk->before_end, j = hunk->after_end, unchanged = 0;

    while (i < before->n && j < after->n && !before->all[i].changed && !after->all[j].changed) {
        i++;
        j++;
        unchanged++;
    }
    if (i == before->n && j == after->n)
        return false;
    if (unchanged > CONTEXT)
        unchanged = CONTEXT;
    hunk->before = i - unchanged;
    hunk->after = j - unchanged;
    for (unchanged = 0; unchanged <= 2 * CONTEXT && (i < before->n || j < after->n);) {
        bool gone = i < before->n && before->all[i].changed;
        bool new = j < after->n && after->all[j].changed;

        unchanged = gone || new ? 0 : unchanged + 1;
        i += gone || !new;
        j += new || !gone;
    }
    unchanged -= unchanged < CONTEXT ? unchanged : CONTEXT; /* the rest is the next one's */
    hunk->before_end = i - unchanged;
    hunk->after_end = j - unchanged;
    return true;
}

/* "12,7": the first line, counted from 1, and how many; of none the line before. */
static void put_range(FILE *stream, unsigned int begin, unsigned int end)
{
    (void)fprintf(stream, "%u,%u", begin + (end > begin), end - begin);
}

static void put_hunk(FILE *stream, const struct lines *before, const struct lines *after,
                     const struct hunk *hunk)
{
    unsigned int i = hunk->before, j = hunk->after;

    (void)fputs("@@ -", stream);
    put_range(stream, i, hunk->before_end);
    (void)fputs(" +", stream);
    put_range(stream, j, hunk->after_end);
    (void)fputs(" @@\n", stream);
    while (i < hunk->before_end || j < hunk->after_end) {
        if (i < hunk->before_end && before->all[i].changed) {
            put_line(stream, '-', &before->all[i++]);
        } else if (j < hunk->after_end && after->all[j].changed) {
            put_line(stream, '+', &after->all[j++]);
        } else {
            put_line(stream, ' ', &before->all[i++]);
            j++;
        }
    }
}

static bool is_odd(char c)
{
    return c == '"' || c == '\\' || (unsigned char)c < ' ' || c == '\177';
}

/* A name as patch(1) reads it: up to a tab, or as a string of C's where that would not do. */
static void put_name(FILE *stream, const char *mark, const char *file)
{
    bool quoted = false;

    for (const char *c = file; *c; c++)
        quoted = quoted || is_odd(*c);
    (void)fprintf(stream, "%s %s", mark, quoted ? "\"" : "");
    for (const char *c = file; *c; c++) {
        if (is_odd(*c))
            (void)fprintf(stream, "\\%03o", (unsigned int)*c);
        else
            (void)fputc(*c, stream);
    }
    (void)fprintf(stream, "%s\n", quoted ? "\"" : strchr(file, ' ') ? "\t" : "");
}

static void put_hunks(FILE *stream, const char *file, const struct lines *before,
                      const struct lines *after)
{
    struct hunk hunk = {0};
    bool first = true;

    while (next_hunk(before, after, &hunk)) {
        if (first) {
            put_name(stream, "---", file);
            put_name(stream, "+++", file);
        }
        first = false;
        put_hunk(stream, before, after, &hunk);
    }
}

int diff_texts(const char *file, const char *before, const char *after, char **ret_diff)
{
    CLEANUP(cleanup_lines) struct lines old = {0}, new = {0};
    autofree char *diff = NULL;
    size_t size;
    FILE *stream;
    int r = split(before, &old);

    if (r == 0)
        r = split(after, &new);
    if (r == 0)
        r = compare_between(&old, &new);
    if (r < 0)
        return r;
    stream = open_memstream(&diff, &size);
    if (!stream)
        return -ENOMEM;
    put_hunks(stream, file, &old, &new);
    if (fclose(stream) != 0)
        return -ENOMEM;
    *ret_diff = TAKE(diff);
    return 0;
}
