/* SPDX-License-Identifier: Apache-2.0 */
/* Rooted file access: the running machine, a captured tree and a test fixture are read by the same
 * code. */

#include "root.h"

#include "packed.h"
#include "set.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define READ_MAX ((size_t)256 << 20)

struct root {
    int dir_fd;            /* -1 for an archive */
    struct packed *packed; /* NULL for a directory */
    char *top;             /* where in the archive the root is */
    bool live;
    bool writable;
};

/* With no source yet; NULL when out of memory. */
static struct root *root_new(void)
{
    struct root *root = calloc(1, sizeof(*root));

    if (!root)
        return NULL;
    root->dir_fd = -1;
    root->top = strdup("");
    return root->top ? root : root_free(root);
}

int root_open(const char *path, struct root **ret_root, struct np_error *err)
{
    struct root *root = root_new();

    if (!root)
        return -ENOMEM;
    root->live = strcmp(path, "/") == 0;
    root->writable = root->live;
    root->dir_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root->dir_fd < 0) {
        int r = -errno;

        (void)root_free(root);
        return error_set(err, r, "cannot open %s: %s", path, strerror(-r));
    }
    *ret_root = root;
    return 0;
}

int root_open_archive(int fd, struct root **ret_root, struct np_error *err)
{
    struct root *root = root_new();
    int r = root ? packed_read(fd, &root->packed, err) : -ENOMEM;

    if (r < 0) {
        (void)root_free(root);
        return r;
    }
    *ret_root = root;
    return 0;
}

struct root *root_free(struct root *root)
{
    if (root) {
        cleanup_close(&root->dir_fd);
        (void)packed_free(root->packed);
        free(root->top);
        free(root);
    }
    return NULL;
}

bool root_is_live(const struct root *root)
{
    return root->live;
}

void root_permit_writes(struct root *root)
{
    root->writable = true;
}

/* On a captured tree the kernel resolves every link inside the root; nothing there is to be
 * trusted. */
static int open_path(const struct root *root, const char *path, int flags)
{
    struct open_how how = {
        .flags = (unsigned int)flags | O_CLOEXEC,
        .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
    };
    int fd;

    if (root->live)
        fd = openat(root->dir_fd, path, flags | O_CLOEXEC);
    else
        fd = (int)syscall(SYS_openat2, root->dir_fd, path, &how, sizeof(how));
    return fd < 0 ? -errno : fd;
}

static int format_path(char path[PATH_MAX], const char *format, va_list args)
{
    int n = vsnprintf(path, PATH_MAX, format, args);

    return n < 0 || n >= PATH_MAX ? -ENAMETOOLONG : 0;
}

static int open_format(const struct root *root, int flags, const char *format, va_list args)
{
    char path[PATH_MAX];
    int r = format_path(path, format, args);

    if (r < 0)
        return r;
    return root->packed ? -ENOTSUP : open_path(root, path[0] ? path : ".", flags);
}

int root_enter(struct root *root, const char *directory)
{
    char *top;
    int fd;

    if (root->packed) {
        if (asprintf(&top, "%s%s%s", root->top, root->top[0] ? "/" : "", directory) < 0)
            return -ENOMEM;
        free(root->top);
        root->top = top;
        return 0;
    }
    fd = open_path(root, directory, O_PATH | O_DIRECTORY);
    if (fd < 0)
        return fd;
    (void)close(root->dir_fd); /* only looked at */
    root->dir_fd = fd;
    root->live = false;
    root->writable = false;
    return 0;
}

int root_open_fd(const struct root *root, int flags, const char *format, ...)
{
    va_list args;
    int fd;

    va_start(args, format);
    fd = open_format(root, flags, format, args);
    va_end(args);
    return fd;
}

/* What is read, and how. */
struct reading {
    int access;    /* O_RDONLY, O_RDWR */
    bool is_value; /* in one piece: what came short was all, and the end is not asked for */
    char *text;    /* owned by whoever asked, once it has succeeded */
    size_t length;
};

static int read_all(int fd, struct reading *reading)
{
    autofree char *text = NULL;
    size_t length = 0, capacity = 0;

    for (;;) {
        size_t room;
        ssize_t n;

        if (length + 1 >= capacity) {
            char *larger;

            if (capacity >= READ_MAX)
                return -EFBIG;
            capacity = capacity ? capacity * 2 : 4096;
            larger = realloc(text, capacity);
            if (!larger)
                return -ENOMEM;
            text = larger;
        }
        room = capacity - length - 1;
        n = read(fd, text + length, room);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        length += (size_t)n;
        if (n == 0 || (reading->is_value && (size_t)n < room))
            break;
    }
    if (length > 0 && text[length - 1] == '\n')
        length--;
    text[length] = '\0';
    reading->text = TAKE(text);
    reading->length = length;
    return 0;
}

static int read_packed(const struct root *root, struct reading *reading, const char *path)
{
    const char *text;
    char *copy;
    size_t size;
    int r = packed_text(root->packed, root->top, path, &text, &size);

    if (r < 0)
        return r;
    if (size > 0 && text[size - 1] == '\n')
        size--;
    copy = malloc(size + 1);
    if (!copy)
        return -ENOMEM;
    memcpy(copy, text, size);
    copy[size] = '\0';
    reading->text = copy;
    reading->length = size;
    return 0;
}

static int read_format(const struct root *root, struct reading *reading, const char *format,
                       va_list args)
{
    autoclose int fd = -1;
    char path[PATH_MAX];
    int r = format_path(path, format, args);

    if (r < 0)
        return r;
    if (root->packed)
        return read_packed(root, reading, path);
    fd = open_path(root, path[0] ? path : ".", reading->access);
    return fd < 0 ? fd : read_all(fd, reading);
}

static const struct reading as_whole = {.access = O_RDONLY};
static const struct reading as_value = {.access = O_RDONLY, .is_value = true};
static const struct reading as_former = {.access = O_RDWR, .is_value = true};

static int read_text(const struct root *root, struct reading reading, char **ret_text,
                     const char *format, va_list args)
{
    int r = read_format(root, &reading, format, args);

    if (r < 0)
        return r;
    *ret_text = reading.text;
    return 0;
}

int root_read(const struct root *root, char **ret_text, const char *format, ...)
{
    va_list args;
    int r;

    va_start(args, format);
    r = read_text(root, as_whole, ret_text, format, args);
    va_end(args);
    return r;
}

int root_read_value(const struct root *root, char **ret_text, const char *format, ...)
{
    va_list args;
    int r;

    va_start(args, format);
    r = read_text(root, as_value, ret_text, format, args);
    va_end(args);
    return r;
}

int root_read_former(const struct root *root, char **ret_text, const char *format, ...)
{
    va_list args;
    int r;

    if (!root->writable)
        return -EROFS;
    va_start(args, format);
    r = read_text(root, as_former, ret_text, format, args);
    va_end(args);
    return r;
}

int root_read_words(const struct root *root, char ***ret_words, const char *format, ...)
{
    struct reading reading = as_whole;
    autofree char *text = NULL;
    autostrv char **words = NULL;
    va_list args;
    size_t n = 0;
    int r;

    va_start(args, format);
    r = read_format(root, &reading, format, args);
    va_end(args);
    if (r < 0)
        return r;
    text = reading.text;
    for (const char *p = text; p < text + reading.length; p += strlen(p) + 1)
        n++;
    words = calloc(n + 1, sizeof(*words));
    n = 0;
    for (const char *p = text; words && p < text + reading.length; p += strlen(p) + 1) {
        words[n] = strdup(p);
        if (!words[n++])
            return -ENOMEM;
    }
    if (!words)
        return -ENOMEM;
    *ret_words = TAKE(words);
    return 0;
}

int root_read_u64(const struct root *root, uint64_t *ret_value, const char *format, ...)
{
    autofree char *text = NULL;
    unsigned long long value;
    va_list args;
    char *end;
    int r;

    va_start(args, format);
    r = read_text(root, as_value, &text, format, args);
    va_end(args);
    if (r < 0)
        return r;
    if (text[0] < '0' || text[0] > '9')
        return -EINVAL;
    errno = 0;
    value = strtoull(text, &end, strncmp(text, "0x", 2) == 0 ? 16 : 10);
    if (errno != 0 || *end != '\0')
        return -EINVAL;
    *ret_value = value;
    return 0;
}

int root_read_int(const struct root *root, int *ret_value, const char *format, ...)
{
    autofree char *text = NULL;
    va_list args;
    long value;
    char *end;
    int r;

    va_start(args, format);
    r = read_text(root, as_value, &text, format, args);
    va_end(args);
    if (r < 0)
        return r;
    if (text[0] != '-' && (text[0] < '0' || text[0] > '9'))
        return -EINVAL;
    errno = 0;
    value = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || value < INT_MIN || value > INT_MAX)
        return -EINVAL;
    *ret_value = (int)value;
    return 0;
}

int root_read_set(const struct root *root, hwloc_bitmap_t *ret_set, const char *format, ...)
{
    autofree char *text = NULL;
    va_list args;
    int r;

    va_start(args, format);
    r = read_text(root, as_value, &text, format, args);
    va_end(args);
    return r < 0 ? r : set_parse_list(text, ret_set, NULL);
}

static int compare_names(const void *a, const void *b)
{
    return strverscmp(*(char *const *)a, *(char *const *)b);
}

static int read_names(DIR *dir, char ***ret_names)
{
    autostrv char **names = calloc(1, sizeof(*names));
    const struct dirent *entry;
    size_t n = 0;

    if (!names)
        return -ENOMEM;
    while ((errno = 0, entry = readdir(dir)) != NULL) {
        char **larger;

        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        larger = realloc(names, (n + 2) * sizeof(*names));
        if (!larger)
            return -ENOMEM;
        names = larger;
        names[n] = strdup(entry->d_name);
        names[n + 1] = NULL;
        if (!names[n++])
            return -ENOMEM;
    }
    if (errno != 0)
        return -errno;
    *ret_names = TAKE(names);
    return 0;
}

static int list_directory(const struct root *root, char ***ret_names, const char *path)
{
    int fd = open_path(root, path[0] ? path : ".", O_RDONLY | O_DIRECTORY);
    DIR *dir;
    int r;

    if (fd < 0)
        return fd;
    dir = fdopendir(fd);
    if (!dir) {
        r = -errno;
        (void)close(fd); /* only read from */
        return r;
    }
    r = read_names(dir, ret_names);
    (void)closedir(dir); /* only read from */
    return r;
}

int root_list(const struct root *root, char ***ret_names, const char *format, ...)
{
    char path[PATH_MAX];
    char **names = NULL;
    va_list args;
    size_t n = 0;
    int r;

    va_start(args, format);
    r = format_path(path, format, args);
    va_end(args);
    if (r == 0 && root->packed)
        r = packed_list(root->packed, root->top, path, &names);
    else if (r == 0)
        r = list_directory(root, &names, path);
    if (r < 0)
        return r;
    while (names[n])
        n++;
    qsort(names, n, sizeof(*names), compare_names);
    *ret_names = names;
    return 0;
}

static int read_link(const struct root *root, const char *path, char target[PATH_MAX])
{
    autoclose int fd = open_path(root, path, O_PATH | O_NOFOLLOW);
    ssize_t n;

    if (fd < 0)
        return fd;
    n = readlinkat(fd, "", target, PATH_MAX - 1);
    if (n < 0)
        return errno == ENOENT ? -EINVAL : -errno; /* ENOENT here means "not a link" */
    target[n] = '\0';
    return 0;
}

int root_readlink(const struct root *root, char **ret_target, const char *format, ...)
{
    char path[PATH_MAX], buffer[PATH_MAX];
    const char *target = buffer;
    va_list args;
    char *copy;
    int r;

    va_start(args, format);
    r = format_path(path, format, args);
    va_end(args);
    if (r == 0 && root->packed)
        r = packed_link(root->packed, root->top, path, &target);
    else if (r == 0)
        r = read_link(root, path, buffer);
    if (r < 0)
        return r;
    copy = strdup(target);
    if (!copy)
        return -ENOMEM;
    *ret_target = copy;
    return 0;
}

/* Without an open file where the kernel need not be kept inside the root. */
static int stat_path(const struct root *root, const char *path, struct stat *ret_status)
{
    autoclose int fd = -1;

    if (root->live)
        return fstatat(root->dir_fd, path, ret_status, 0) < 0 ? -errno : 0;
    fd = open_path(root, path, O_PATH);
    if (fd < 0)
        return fd;
    return fstat(fd, ret_status) < 0 ? -errno : 0;
}

bool root_has(const struct root *root, const char *format, ...)
{
    char path[PATH_MAX];
    struct stat status;
    va_list args;
    int r;

    va_start(args, format);
    r = format_path(path, format, args);
    va_end(args);
    if (r < 0)
        return false;
    if (root->packed)
        return packed_has(root->packed, root->top, path);
    return stat_path(root, path[0] ? path : ".", &status) == 0;
}

bool root_is_read_only(const struct root *root, const char *format, ...)
{
    char path[PATH_MAX];
    struct stat status;
    va_list args;
    int r;

    va_start(args, format);
    r = format_path(path, format, args);
    va_end(args);
    if (r < 0)
        return false;
    if (root->packed)
        return packed_is_read_only(root->packed, root->top, path);
    return stat_path(root, path[0] ? path : ".", &status) == 0 && S_ISREG(status.st_mode) &&
           (status.st_mode & 0222) == 0;
}

int root_write(const struct root *root, const char *text, const char *format, ...)
{
    autoclose int fd = -1;
    size_t length = strlen(text);
    va_list args;
    ssize_t n;

    if (!root->writable)
        return -EROFS;
    va_start(args, format);
    fd = open_format(root, O_WRONLY | O_TRUNC, format, args);
    va_end(args);
    if (fd < 0)
        return fd;
    n = write(fd, text, length);
    if (n < 0)
        return -errno;
    return (size_t)n == length ? 0 : -EIO;
}

static int change_directory(const struct root *root, bool make, const char *format, va_list args)
{
    char path[PATH_MAX];
    int n = vsnprintf(path, sizeof(path), format, args);

    if (!root->writable)
        return -EROFS;
    if (n < 0 || (size_t)n >= sizeof(path))
        return -ENAMETOOLONG;
    if (make)
        return mkdirat(root->dir_fd, path, 0755) < 0 ? -errno : 0;
    return unlinkat(root->dir_fd, path, AT_REMOVEDIR) < 0 ? -errno : 0;
}

int root_mkdir(const struct root *root, const char *format, ...)
{
    va_list args;
    int r;

    va_start(args, format);
    r = change_directory(root, true, format, args);
    va_end(args);
    return r;
}

int root_rmdir(const struct root *root, const char *format, ...)
{
    va_list args;
    int r;

    va_start(args, format);
    r = change_directory(root, false, format, args);
    va_end(args);
    return r;
}
