/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tree is one array of entries sorted by path, so that a directory is a range of it. Only what
 * the archive lists is there; directories need not be.
 */

#include "packed.h"

#include "mem.h"
#include "tar.h"

#include <limits.h>
#include <string.h>

#define LINKS_MAX 40 /* as the kernel */

struct entry {
    char *path;
    enum tar_type type;
    char *text; /* of a file, NUL-terminated; or the target of a link; NULL */
    size_t size;
    bool read_only;
};

struct packed {
    struct entry *entries;
    size_t n, capacity;
};

struct packed *packed_free(struct packed *packed)
{
    if (!packed)
        return NULL;
    for (size_t i = 0; i < packed->n; i++) {
        free(packed->entries[i].path);
        free(packed->entries[i].text);
    }
    free(packed->entries);
    free(packed);
    return NULL;
}

static int add_member(void *user, const struct tar_member *member, struct np_error *err)
{
    const char *text = member->type == TAR_LINK ? member->target : member->data;
    size_t size = member->type == TAR_LINK ? strlen(member->target) : member->size;
    struct packed *packed = user;
    struct entry *entry;

    if (packed->n == packed->capacity) {
        size_t capacity = packed->capacity ? 2 * packed->capacity : 1024;
        struct entry *larger = reallocarray(packed->entries, capacity, sizeof(*larger));

        if (!larger)
            return -ENOMEM;
        packed->entries = larger;
        packed->capacity = capacity;
    }
    entry = &packed->entries[packed->n++];
    *entry = (struct entry){.path = strdup(member->name),
                            .type = member->type,
                            .size = size,
                            .read_only = member->read_only};
    if (member->type != TAR_DIRECTORY) {
        entry->text = malloc(size + 1);
        if (entry->text) {
            memcpy(entry->text, text, size);
            entry->text[size] = '\0';
        }
    }
    return entry->path && (entry->text || member->type == TAR_DIRECTORY) ? 0 : -ENOMEM;
}

/* '/' before all else, so that what is in a directory follows it. */
static int compare_paths(const char *a, const char *b)
{
    while (*a && *a == *b)
        a++, b++;
    if (*a == *b)
        return 0;
    if (!*a || !*b)
        return *a ? 1 : -1;
    if (*a == '/' || *b == '/')
        return *a == '/' ? -1 : 1;
    return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
}

static int compare_entries(const void *a, const void *b)
{
    return compare_paths(((const struct entry *)a)->path, ((const struct entry *)b)->path);
}

int packed_read(int fd, struct packed **ret_packed, struct np_error *err)
{
    struct packed *packed = calloc(1, sizeof(*packed));
    int r = packed ? tar_read(fd, add_member, packed, err) : -ENOMEM;

    if (r == 0 && packed->n > 0)
        qsort(packed->entries, packed->n, sizeof(*packed->entries), compare_entries);
    for (size_t i = 1; r == 0 && i < packed->n; i++) {
        const struct entry *entry = &packed->entries[i];

        if (entry->type != TAR_DIRECTORY && compare_entries(entry, entry - 1) == 0)
            r = error_set(err, -EINVAL, "member \"%.200s\" is there twice", entry->path);
    }
    if (r < 0) {
        (void)packed_free(packed);
        return r;
    }
    *ret_packed = packed;
    return 0;
}

/* The first entry at or after path. */
static size_t lower_bound(const struct packed *packed, const char *path)
{
    size_t first = 0, last = packed->n;

    while (first < last) {
        size_t middle = first + (last - first) / 2;

        if (compare_paths(packed->entries[middle].path, path) < 0)
            first = middle + 1;
        else
            last = middle;
    }
    return first;
}

/* NULL for a directory that only what is in it shows, and for what is not there. */
static const struct entry *find(const struct packed *packed, const char *path)
{
    size_t i = lower_bound(packed, path);

    return i < packed->n && strcmp(packed->entries[i].path, path) == 0 ? &packed->entries[i] : NULL;
}

/* Whether the entry is below the directory, "" being the directory of all. */
static bool is_below(const struct entry *entry, const char *dir, size_t length)
{
    return strncmp(entry->path, dir, length) == 0 && (length == 0 || entry->path[length] == '/') &&
           entry->path[length];
}

static bool is_directory(const struct packed *packed, const char *path)
{
    size_t i = lower_bound(packed, path);

    return !path[0] || (i < packed->n && ((strcmp(packed->entries[i].path, path) == 0 &&
                                           packed->entries[i].type == TAR_DIRECTORY) ||
                                          is_below(&packed->entries[i], path, strlen(path))));
}

/* A path on its way: what of it is resolved, and what is still to do. */
struct walk {
    char done[PATH_MAX];
    char rest[PATH_MAX];
    size_t top; /* length of the top, above which done never goes */
    unsigned int n_links;
};

/* The link in done is followed: its last component makes way for its target. */
static int follow(struct walk *walk, const char *target)
{
    char *slash = strrchr(walk->done, '/');
    char rest[PATH_MAX];

    if (++walk->n_links > LINKS_MAX)
        return -ELOOP;
    if (snprintf(rest, sizeof(rest), "%s/%s", target, walk->rest) >= (int)sizeof(rest))
        return -ENAMETOOLONG;
    (void)strcpy(walk->rest, rest); /* both are as large */
    if (target[0] == '/' || !slash || (size_t)(slash - walk->done) < walk->top)
        walk->done[walk->top] = '\0';
    else
        *slash = '\0';
    return 0;
}

/* Takes one component from rest to done. */
static int step(const struct packed *packed, struct walk *walk, bool follow_last)
{
    size_t length = strcspn(walk->rest, "/"), done = strlen(walk->done);
    bool last = walk->rest[length + strspn(walk->rest + length, "/")] == '\0';
    char name[PATH_MAX];
    const struct entry *entry;

    memcpy(name, walk->rest, length);
    name[length] = '\0';
    length += strspn(walk->rest + length, "/");
    memmove(walk->rest, walk->rest + length, strlen(walk->rest + length) + 1);
    if (!name[0] || strcmp(name, ".") == 0)
        return 0;
    if (strcmp(name, "..") == 0) {
        char *slash = strrchr(walk->done, '/');

        if (!is_directory(packed, walk->done))
            return -ENOENT;
        walk->done[slash && (size_t)(slash - walk->done) >= walk->top ? (size_t)(slash - walk->done)
                                                                      : walk->top] = '\0';
        return 0;
    }
    if (snprintf(walk->done + done, sizeof(walk->done) - done, "%s%s", done ? "/" : "", name) >=
        (int)(sizeof(walk->done) - done))
        return -ENAMETOOLONG;
    entry = find(packed, walk->done);
    return entry && entry->type == TAR_LINK && (!last || follow_last) ? follow(walk, entry->text)
                                                                      : 0;
}

/* The path of what is meant, without links, which need not be there. */
static int resolve(const struct packed *packed, const char *top, const char *path, bool follow_last,
                   struct walk *walk)
{
    int r = 0;

    walk->n_links = 0;
    walk->top = strlen(top);
    if (walk->top >= sizeof(walk->done) || strlen(path) >= sizeof(walk->rest))
        return -ENAMETOOLONG;
    (void)strcpy(walk->done, top);
    (void)strcpy(walk->rest, path);
    while (r == 0 && walk->rest[0])
        r = step(packed, walk, follow_last);
    return r;
}

static int find_file(const struct packed *packed, const char *top, const char *path,
                     const struct entry **ret_entry)
{
    const struct entry *entry;
    struct walk walk;
    int r;

    /* Most paths have no links in them and are what is asked for. */
    if (snprintf(walk.done, sizeof(walk.done), "%s%s%s", top, top[0] ? "/" : "", path) >=
        (int)sizeof(walk.done))
        return -ENAMETOOLONG;
    entry = find(packed, walk.done);
    if (!entry || entry->type != TAR_FILE) {
        r = resolve(packed, top, path, true, &walk);
        if (r < 0)
            return r;
        entry = find(packed, walk.done);
    }
    if (!entry || entry->type != TAR_FILE)
        return is_directory(packed, walk.done) ? -EISDIR : -ENOENT;
    *ret_entry = entry;
    return 0;
}

int packed_text(const struct packed *packed, const char *top, const char *path,
                const char **ret_text, size_t *ret_size)
{
    const struct entry *entry;
    int r = find_file(packed, top, path, &entry);

    if (r < 0)
        return r;
    *ret_text = entry->text;
    *ret_size = entry->size;
    return 0;
}

bool packed_is_read_only(const struct packed *packed, const char *top, const char *path)
{
    const struct entry *entry;

    return find_file(packed, top, path, &entry) == 0 && entry->read_only;
}

int packed_link(const struct packed *packed, const char *top, const char *path,
                const char **ret_target)
{
    const struct entry *entry;
    struct walk walk;
    int r = resolve(packed, top, path, false, &walk);

    if (r < 0)
        return r;
    entry = find(packed, walk.done);
    if (!entry && !is_directory(packed, walk.done))
        return -ENOENT;
    if (!entry || entry->type != TAR_LINK)
        return -EINVAL;
    *ret_target = entry->text;
    return 0;
}

bool packed_has(const struct packed *packed, const char *top, const char *path)
{
    struct walk walk;

    return resolve(packed, top, path, true, &walk) == 0 &&
           (find(packed, walk.done) || is_directory(packed, walk.done));
}

/* Entries are sorted, so those of one child directory are next to each other. */
int packed_list(const struct packed *packed, const char *top, const char *path, char ***ret_names)
{
    autostrv char **names = NULL;
    const char *last = "";
    struct walk walk;
    size_t n = 0, length;
    int r = resolve(packed, top, path, true, &walk);

    if (r < 0)
        return r;
    if (!is_directory(packed, walk.done))
        return find(packed, walk.done) ? -ENOTDIR : -ENOENT;
    length = strlen(walk.done);
    names = calloc(1, sizeof(*names));
    for (size_t i = lower_bound(packed, walk.done); names && i < packed->n; i++) {
        const char *name = packed->entries[i].path + length + (length > 0);
        char **larger;

        if (strcmp(packed->entries[i].path, walk.done) == 0)
            continue;
        if (!is_below(&packed->entries[i], walk.done, length))
            break;
        if (strcspn(name, "/") == strlen(last) && strncmp(name, last, strlen(last)) == 0)
            continue;
        larger = reallocarray(names, n + 2, sizeof(*names));
        if (!larger)
            return -ENOMEM;
        names = larger;
        names[n] = strndup(name, strcspn(name, "/"));
        names[n + 1] = NULL;
        last = names[n++];
        if (!last)
            return -ENOMEM;
    }
    if (!names)
        return -ENOMEM;
    *ret_names = TAKE(names);
    return 0;
}
