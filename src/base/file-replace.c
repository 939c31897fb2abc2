/* SPDX-License-Identifier: Apache-2.0 */
/* Writing a file that is whole or as it was. */

#include "file-replace.h"

#include "mem.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static int write_all(int fd, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t n = write(fd, data, size);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        data += n;
        size -= (size_t)n;
    }
    return 0;
}

static int cannot_write(struct np_error *err, int code, const char *path)
{
    return error_set(err, code, "cannot write \"%.200s\": %s", path, strerror(-code));
}

static int write_directly(const char *path, const void *data, size_t size, struct np_error *err)
{
    autoclose int fd = open(path, O_WRONLY | O_CLOEXEC);
    int r = fd < 0 ? -errno : write_all(fd, data, size);

    return r < 0 ? cannot_write(err, r, path) : 0;
}

/* The mode that a new file gets; umask can only be read by setting it. */
static mode_t default_mode(void)
{
    mode_t mask = umask(0);

    (void)umask(mask);
    return 0666 & ~mask;
}

/* Whole on the disk before it takes the name. */
static int fill(int fd, mode_t mode, const void *data, size_t size)
{
    int r = write_all(fd, data, size);

    if (r == 0 && fchmod(fd, mode) < 0)
        r = -errno;
    if (r == 0 && fsync(fd) < 0)
        r = -errno;
    return r;
}

static int replace(const char *path, mode_t mode, const void *data, size_t size,
                   struct np_error *err)
{
    autofree char *part = NULL;
    autoclose int fd = -1;
    int r;

    if (asprintf(&part, "%s.XXXXXX", path) < 0)
        return -ENOMEM;
    fd = mkostemp(part, O_CLOEXEC);
    if (fd < 0)
        return cannot_write(err, -errno, path);
    r = fill(fd, mode, data, size);
    if (r == 0 && rename(part, path) < 0)
        r = -errno;
    if (r < 0)
        (void)unlink(part); /* it is of no use */
    return r < 0 ? cannot_write(err, r, path) : 0;
}

int file_replace(const char *path, const void *data, size_t size, struct np_error *err)
{
    autofree char *real = NULL;
    struct stat old;

    if (stat(path, &old) < 0)
        return errno == ENOENT ? replace(path, default_mode(), data, size, err)
                               : cannot_write(err, -errno, path);
    if (!S_ISREG(old.st_mode))
        return write_directly(path, data, size, err);
    real = realpath(path, NULL);
    return real ? replace(real, old.st_mode & 07777, data, size, err)
                : cannot_write(err, -errno, path);
}
