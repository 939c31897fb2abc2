/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unpacks archives that nobody vouches for. The one idea: directories are only ever made and
 * entered without following a link, and a link is only kept if following it cannot lead outside; so
 * neither unpacking nor whoever reads the result later leaves the directory.
 */

#include "tar.h"

#include "mem.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

struct unpacker {
    int dir_fd;
    int parent_fd;         /* of the last member: the next one is mostly there too */
    char parent[PATH_MAX]; /* its name */
};

static int open_below(int dir_fd, const char *path)
{
    struct open_how how = {
        .flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
    };
    int fd = (int)syscall(SYS_openat2, dir_fd, path, &how, sizeof(how));

    return fd < 0 ? -errno : fd;
}

/* Makes the directory and all above it. path is changed meanwhile, and put back. */
static int make_directories(int dir_fd, char *path)
{
    autoclose int at = fcntl(dir_fd, F_DUPFD_CLOEXEC, 0);

    for (char *p = path; at >= 0; p++) {
        char *slash = strchrnul(p, '/');
        char end = *slash;
        int next;

        *slash = '\0';
        next = mkdirat(at, p, 0700) < 0 && errno != EEXIST ? -errno : open_below(at, p);
        *slash = end;
        if (next < 0)
            return next;
        (void)close(at); /* a directory */
        at = next;
        if (!end)
            return 0;
        p = slash;
    }
    return -errno;
}

static int enter_parent(struct unpacker *unpacker, const char *name, struct np_error *err)
{
    const char *slash = strrchr(name, '/');
    size_t length = slash ? (size_t)(slash - name) : 0;
    int r;

    if (unpacker->parent_fd >= 0 && strlen(unpacker->parent) == length &&
        memcmp(unpacker->parent, name, length) == 0)
        return 0;
    cleanup_close(&unpacker->parent_fd);
    memcpy(unpacker->parent, name, length);
    unpacker->parent[length] = '\0';
    r = open_below(unpacker->dir_fd, length ? unpacker->parent : ".");
    if (r == -ENOENT) {
        r = make_directories(unpacker->dir_fd, unpacker->parent);
        if (r == 0)
            r = open_below(unpacker->dir_fd, unpacker->parent);
    }
    if (r == -ELOOP || r == -ENOTDIR)
        return error_set(err, -EINVAL, "member \"%.200s\" is behind a link or a file", name);
    if (r < 0)
        return error_set(err, r, "cannot unpack \"%.200s\": %s", name, strerror(-r));
    unpacker->parent_fd = r;
    return 0;
}

static unsigned int depth_of(const char *name)
{
    unsigned int depth = 0;

    for (const char *p = name; *p; p++)
        depth += *p == '/';
    return depth;
}

/* A link is safe if it first goes up, not beyond the top, and then only down: "../../devices/x".
 * Then it stays inside whatever other such links it meets on its way. */
static bool is_inside(const char *name, const char *target)
{
    unsigned int depth = depth_of(name);
    bool down = false;

    if (target[0] == '/' || target[0] == '\0')
        return false;
    for (const char *p = target; *p; p += strcspn(p, "/"), p += *p == '/') {
        size_t length = strcspn(p, "/");
        bool up = length == 2 && p[0] == '.' && p[1] == '.';

        if (up && (down || depth == 0))
            return false;
        if (up)
            depth--;
        else if (length > 0 && !(length == 1 && p[0] == '.'))
            down = true;
    }
    return true;
}

/* "/sys/x" in "a/b/link" to "../../sys/x". */
static char *make_relative(const char *name, const char *target)
{
    unsigned int depth = depth_of(name);
    char *relative, *p;

    target += strspn(target, "/");
    relative = malloc(3 * (size_t)depth + strlen(target) + 2);
    if (!relative)
        return NULL;
    p = relative;
    for (unsigned int i = 0; i < depth; i++)
        p = stpcpy(p, "../");
    (void)stpcpy(p, *target || depth ? target : ".");
    return relative;
}

static int put_link(const struct unpacker *unpacker, const struct tar_member *member,
                    const char *base, struct np_error *err)
{
    autofree char *target = NULL;

    target = member->target[0] == '/' ? make_relative(member->name, member->target)
                                      : strdup(member->target);
    if (!target)
        return -ENOMEM;
    if (!is_inside(member->name, target))
        return error_set(err, -EINVAL, "link \"%.200s\" leads outside of the archive",
                         member->name);
    return symlinkat(target, unpacker->parent_fd, base) < 0 ? -errno : 0;
}

static int put_file(const struct unpacker *unpacker, const struct tar_member *member,
                    const char *base)
{
    autoclose int fd = openat(unpacker->parent_fd, base,
                              O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    ssize_t n;

    if (fd < 0)
        return -errno;
    for (size_t done = 0; done < member->size; done += (size_t)n) {
        n = write(fd, member->data + done, member->size - done);
        if (n < 0)
            return -errno;
    }
    return member->read_only && fchmod(fd, 0400) < 0 ? -errno : 0;
}

static int put_member(void *user, const struct tar_member *member, struct np_error *err)
{
    struct unpacker *unpacker = user;
    const char *slash = strrchr(member->name, '/');
    const char *base = slash ? slash + 1 : member->name;
    int r = enter_parent(unpacker, member->name, err);

    if (r < 0)
        return r;
    if (member->type == TAR_DIRECTORY)
        r = mkdirat(unpacker->parent_fd, base, 0700) < 0 && errno != EEXIST ? -errno : 0;
    else if (member->type == TAR_LINK)
        r = put_link(unpacker, member, base, err);
    else
        r = put_file(unpacker, member, base);
    if (r == -EEXIST)
        return error_set(err, -EINVAL, "member \"%.200s\" is there twice", member->name);
    if (r < 0 && r != -EINVAL)
        return error_set(err, r, "cannot unpack \"%.200s\": %s", member->name, strerror(-r));
    return r;
}

int tar_unpack(int fd, int dir_fd, struct np_error *err)
{
    struct unpacker unpacker = {.dir_fd = dir_fd, .parent_fd = -1};
    int r = tar_read(fd, put_member, &unpacker, err);

    cleanup_close(&unpacker.parent_fd);
    return r;
}
