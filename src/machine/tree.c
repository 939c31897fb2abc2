/* SPDX-License-Identifier: Apache-2.0 */
/* Captured trees as directories. */

#include "tree.h"

#include "root.h"
#include "tar.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define SYSTEM_DIR "sys/devices/system"
/* cpu/cpu0/cache/index0/power and its like are five deep. */
#define DEPTH_MAX 32

static bool is_tree(const char *path)
{
    autofree char *system = NULL;
    struct stat st;

    return asprintf(&system, "%s/" SYSTEM_DIR, path) >= 0 && stat(system, &st) == 0 &&
           S_ISDIR(st.st_mode);
}

/* NULL when out of memory and when nothing below is a tree. */
static char *find_below(const char *path, char **names)
{
    for (char **name = names; *name; name++) {
        autofree char *below = NULL;

        if (asprintf(&below, "%s/%s", path, *name) < 0)
            return NULL;
        if (is_tree(below))
            return TAKE(below);
    }
    return NULL;
}

int tree_find(const char *path, char **ret_tree, struct np_error *err)
{
    autoroot struct root *root = NULL;
    autostrv char **names = NULL;
    char *tree;
    int r;

    if (is_tree(path)) {
        tree = strdup(path);
    } else {
        r = root_open(path, &root, err);
        if (r == 0)
            r = root_list(root, &names, "%s", "");
        if (r < 0)
            return r;
        tree = find_below(path, names);
        if (!tree) {
            error_set(err, -EINVAL, "there is no captured machine in it: no " SYSTEM_DIR);
            error_hint(err, "make one with `numaplace snapshot FILE`");
            return -EINVAL;
        }
    }
    *ret_tree = tree;
    return tree ? 0 : -ENOMEM;
}

/* A walk that names every entry by its path from the top of the tree. */
struct walk {
    char path[PATH_MAX];
    struct np_error *err;
};

static int check_directory(struct walk *walk, int parent_fd, const char *name, unsigned int depth);

static int check_entry(struct walk *walk, int dir_fd, const struct dirent *entry,
                       unsigned int depth)
{
    char target[PATH_MAX];
    ssize_t n;

    if (entry->d_type == DT_DIR)
        return check_directory(walk, dir_fd, entry->d_name, depth + 1);
    if (entry->d_type == DT_REG)
        return 0;
    n = readlinkat(dir_fd, entry->d_name, target, sizeof(target) - 1);
    if (n < 0 && errno == EINVAL) /* no link; a file system without types in its directories */
        return check_directory(walk, dir_fd, entry->d_name, depth + 1);
    if (n < 0)
        return -errno;
    target[n] = '\0';
    if (tar_link_is_inside(walk->path, target))
        return 0;
    error_set(walk->err, -EINVAL, "link %s leads outside of the captured tree", walk->path);
    error_hint(walk->err, "copy what it leads to into the tree, or remove it");
    return -EINVAL;
}

static int check_directory(struct walk *walk, int parent_fd, const char *name, unsigned int depth)
{
    size_t length = strlen(walk->path);
    int fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    const struct dirent *entry;
    DIR *dir;
    int r = 0;

    if (fd < 0)
        return errno == ENOTDIR || errno == EACCES ? 0 : -errno;
    dir = depth < DEPTH_MAX ? fdopendir(fd) : NULL;
    if (!dir) {
        (void)close(fd); /* only read from */
        return -ELOOP;
    }
    while (r == 0 && (entry = readdir(dir))) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (snprintf(walk->path + length, sizeof(walk->path) - length, "/%s", entry->d_name) >=
            (int)(sizeof(walk->path) - length))
            r = -ENAMETOOLONG;
        else
            r = check_entry(walk, dirfd(dir), entry, depth);
    }
    walk->path[length] = '\0';
    (void)closedir(dir); /* only read from */
    return r;
}

/* A tree whose upper directories are links is somebody else's. */
static int check_top(int tree_fd, struct np_error *err)
{
    static const char *const above[] = {"sys", "sys/devices", SYSTEM_DIR};

    for (size_t i = 0; i < ARRAY_SIZE(above); i++) {
        struct stat st;

        if (fstatat(tree_fd, above[i], &st, AT_SYMLINK_NOFOLLOW) < 0)
            return -errno;
        if (S_ISLNK(st.st_mode))
            return error_set(err, -EINVAL, "%s is a link, not a part of the captured tree",
                             above[i]);
    }
    return 0;
}

int tree_check_links(const char *tree, struct np_error *err)
{
    struct walk walk = {.path = SYSTEM_DIR, .err = err};
    autoclose int tree_fd = open(tree, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int r = tree_fd < 0 ? -errno : check_top(tree_fd, err);

    if (r == 0)
        r = check_directory(&walk, tree_fd, SYSTEM_DIR, 0);
    if (r < 0 && r != -EINVAL)
        error_set(err, r, "cannot look through " SYSTEM_DIR ": %s", strerror(-r));
    return r;
}

static int make_in(struct scratch *scratch, const char *where)
{
    int n = snprintf(scratch->path, sizeof(scratch->path), "%s/numaplace-XXXXXX", where);

    if (n < 0 || (size_t)n >= sizeof(scratch->path))
        return -ENAMETOOLONG;
    if (!mkdtemp(scratch->path))
        return -errno;
    scratch->dir_fd = open(scratch->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return scratch->dir_fd < 0 ? -errno : 0;
}

int scratch_make(struct scratch *ret_scratch, struct np_error *err)
{
    const char *chosen = getenv("TMPDIR");
    struct scratch scratch;
    int r = make_in(&scratch, chosen && chosen[0] ? chosen : "/dev/shm");

    if (r < 0)
        r = make_in(&scratch, "/tmp");
    if (r < 0) {
        error_set(err, r, "cannot make a directory to unpack it in: %s", strerror(-r));
        error_hint(err, "set TMPDIR to a directory that can be written to");
        return r;
    }
    *ret_scratch = scratch;
    return 0;
}

/* Failures leave something behind in a temporary directory; there is nobody to tell. */
static void remove_below(int parent_fd, const char *name)
{
    int fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    const struct dirent *entry;

    while (dir && (entry = readdir(dir))) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (unlinkat(fd, entry->d_name, 0) < 0)
            remove_below(fd, entry->d_name);
    }
    if (dir)
        (void)closedir(dir);
    (void)unlinkat(parent_fd, name, AT_REMOVEDIR);
}

void scratch_remove(struct scratch *scratch)
{
    (void)close(scratch->dir_fd); /* a directory */
    remove_below(AT_FDCWD, scratch->path);
}
