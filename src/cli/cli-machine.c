/* SPDX-License-Identifier: Apache-2.0 */
/* What every command that looks at a machine shares. */

#include "cli-machine.h"

#include "mem.h"
#include "set.h"

#include <string.h>

enum {
    STRIDE_MIN = 4, /* shorter progressions are easier to read as they are */
};

int cli_load_machine(const char *from, unsigned int parts, struct machine **ret_machine)
{
    struct np_error err = {0};
    const char *source = from ? from : "live";
    int r = machine_load(source, parts, ret_machine, &err);

    if (r == 0)
        return EXIT_DONE;
    cli_error(&err, r);
    return strcmp(source, "live") == 0 || r == -ENOMEM ? EXIT_FAILED : EXIT_INVALID;
}

/* The longest run from first in equal steps; returns its last member and the step. */
static int find_run(hwloc_const_bitmap_t set, int first, int *ret_step, int *ret_n)
{
    int next = hwloc_bitmap_next(set, first);
    int last = first;

    *ret_n = 1;
    *ret_step = next - first;
    while (next >= 0 && next - last == *ret_step) {
        last = next;
        (*ret_n)++;
        next = hwloc_bitmap_next(set, last);
    }
    return last;
}

static char *format_strides(hwloc_const_bitmap_t set)
{
    char *text = NULL;
    size_t length;
    FILE *stream;
    int first = hwloc_bitmap_first(set);

    stream = open_memstream(&text, &length);
    if (!stream)
        return NULL;
    for (const char *comma = ""; first >= 0; comma = ",") {
        int step, n;
        int last = find_run(set, first, &step, &n);

        if (n == 1)
            fprintf(stream, "%s%d", comma, first);
        else if (step == 1)
            fprintf(stream, "%s%d-%d", comma, first, last);
        else if (n >= STRIDE_MIN)
            fprintf(stream, "%s%d-%d:%d", comma, first, last, step);
        else
            fprintf(stream, "%s%d", comma, last = first);
        first = hwloc_bitmap_next(set, last);
    }
    if (fclose(stream) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

char *cli_set_text(hwloc_const_bitmap_t set)
{
    autofree char *plain = set_format(set);
    autofree char *strides = format_strides(set);

    if (!plain || !strides)
        return NULL;
    if (!plain[0])
        return strdup("-");
    return strlen(strides) * 2 <= strlen(plain) ? TAKE(strides) : TAKE(plain);
}
