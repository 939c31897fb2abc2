/* SPDX-License-Identifier: Apache-2.0 */
/* Files that a text reads in: /include/ and /incbin/. Only regular files, bounded in number, depth
 * and bytes. */

#include "dts-file.h"
#include "dts-scan.h"

#include <string.h>

/* The name relative to the file that says it, kept for messages. */
static int resolve_name(struct scan *scan, const char *name, const char **ret_path)
{
    const char *from = scan->sources[scan->depth].file;
    const char *slash = strrchr(from, '/');
    autofree char *path = NULL;

    if (name[0] == '/' || !slash)
        path = strdup(name);
    else if (asprintf(&path, "%.*s/%s", (int)(slash - from), from, name) < 0)
        path = NULL;
    if (!path || dt_keep_file(scan->dt, path, ret_path) < 0)
        return scan_no_memory(scan);
    return 0;
}

static int read_file(struct scan *scan, const struct place *place, const char *name,
                     struct source *ret_source)
{
    struct source source = {.line = 1};
    struct stat st;
    int r = resolve_name(scan, name, &source.file);

    if (r < 0)
        return r;
    r = file_read(source.file, DT_FILE_BYTES_MAX - scan->bytes, &source.owned, &source.length, &st);
    if (r == -ENOMEM)
        return scan_no_memory(scan);
    if (r == -EFBIG)
        return scan_fail(scan, place, "with \"%.128s\" more than %u MiB are read", name,
                         DT_FILE_BYTES_MAX >> 20);
    if (r < 0)
        return scan_fail(scan, place, "cannot read %.128s: %s", source.file,
                         r == -EINVAL ? "this is no regular file" : strerror(-r));
    source.data = source.owned;
    source.device = st.st_dev;
    source.inode = st.st_ino;
    scan->bytes += source.length;
    *ret_source = source;
    return 0;
}

static bool is_open(const struct scan *scan, const struct source *source)
{
    for (unsigned int i = 0; i <= scan->depth; i++) {
        if (scan->sources[i].device == source->device && scan->sources[i].inode == source->inode)
            return true;
    }
    return false;
}

/* The name in quotes, which is no string with a NUL in it. */
static int take_name(struct scan *scan, char **ret_name)
{
    autofree char *name = NULL;
    struct place place;
    size_t size;
    int r;

    if (scan_peek(scan) != '"')
        return scan_expected(scan, "expected the file's name in quotes");
    place = scan_place(scan);
    r = scan_string(scan, &name, &size);
    if (r < 0)
        return r;
    if (size == 0 || strlen(name) != size)
        return scan_fail(scan, &place, "this is no file's name");
    *ret_name = TAKE(name);
    return 0;
}

int scan_include(struct scan *scan)
{
    const struct place place = scan_place(scan);
    autofree char *name = NULL;
    struct source source;
    int r;

    for (size_t i = 0; i < strlen("/include/"); i++)
        scan_next(scan);
    while (scan_peek(scan) == ' ' || scan_peek(scan) == '\t' || scan_peek(scan) == '\n')
        scan_next(scan);
    r = take_name(scan, &name);
    if (r < 0)
        return r;
    if (scan->depth == DTS_INCLUDE_DEPTH_MAX)
        return scan_fail(scan, &place, "files include each other at most %u deep",
                         DTS_INCLUDE_DEPTH_MAX);
    r = read_file(scan, &place, name, &source);
    if (r < 0)
        return r;
    if (is_open(scan, &source)) {
        free(source.owned);
        return scan_fail(scan, &place, "\"%.128s\" includes itself", name);
    }
    source_skip_mark(&source);
    scan->sources[++scan->depth] = source;
    return 0;
}

/* ", number" */
static int take_argument(struct scan *scan, uint64_t *ret_number)
{
    enum dt_form form;
    int r = scan_take(scan, ',', ", in /incbin/");

    if (r >= 0)
        r = scan_skip(scan);
    return r < 0 ? r : scan_integer(scan, ret_number, &form);
}

int scan_incbin(struct scan *scan, const struct place *place, struct source *ret_source,
                uint64_t *offset, uint64_t *length)
{
    autofree char *name = NULL;
    int r = scan_take(scan, '(', "( behind /incbin/");

    if (r >= 0)
        r = scan_skip(scan);
    if (r >= 0)
        r = take_name(scan, &name);
    if (r >= 0)
        r = scan_skip(scan);
    if (r >= 0 && scan_peek(scan) != ')') {
        r = take_argument(scan, offset);
        if (r >= 0)
            r = take_argument(scan, length);
    }
    if (r >= 0)
        r = scan_take(scan, ')', ") behind the file's name");
    return r < 0 ? r : read_file(scan, place, name, ret_source);
}
