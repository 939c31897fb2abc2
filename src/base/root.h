/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_ROOT_H
#define BASE_ROOT_H

/*
 * The one place that reads /sys, /proc and cgroup files. A root is a directory: "/" for the running
 * machine, or a captured tree that looks like it, unpacked or in an archive. Paths are relative to
 * it, without a leading slash ("sys/devices/system/node"), and are printf formats. In a captured
 * tree, links (absolute ones too) never lead outside.
 */

#include "error.h"
#include "mem.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct root;

int root_open(const char *path, struct root **ret_root, struct np_error *err);
/* The same for a tree that is packed: see tar.h. It is read into memory, and fd is the caller's. */
int root_open_archive(int fd, struct root **ret_root, struct np_error *err);
struct root *root_free(struct root *root); /* returns NULL */
bool root_is_live(const struct root *root);
/* A tree that stands for a running machine and is written to like one: for tests. */
void root_permit_writes(struct root *root);
/* Makes a directory in it the root. It is not live then. */
int root_enter(struct root *root, const char *directory);

/* The whole file, NUL-terminated, one trailing newline cut. -EFBIG above 256 MiB. The caller frees
 * it. */
int root_read(const struct root *root, char **ret_text, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same of a file that holds one value, which the kernel hands out in one piece: asked for once.
 */
int root_read_value(const struct root *root, char **ret_text, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The value of a file that will be written: fails if it may not be, as root_write() would. */
int root_read_former(const struct root *root, char **ret_text, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A file of words that end with NUL each, as /proc/PID/cmdline; NULL-terminated. The caller frees
 * with strv_free. */
int root_read_words(const struct root *root, char ***ret_words, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A file that holds one number, strictly: decimal or 0x hex, or a decimal int that may be negative.
 * -EINVAL when it is something else. */
int root_read_u64(const struct root *root, uint64_t *ret_value, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
int root_read_int(const struct root *root, int *ret_value, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A file that holds a set in list format; an empty file is the empty set. The caller frees. */
int root_read_set(const struct root *root, hwloc_bitmap_t *ret_set, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Names in a directory but "." and "..", in natural order (node2 before node10), NULL-terminated.
 * The caller frees with strv_free. */
int root_list(const struct root *root, char ***ret_names, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The text of a symbolic link. The caller frees. */
int root_readlink(const struct root *root, char **ret_target, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

bool root_has(const struct root *root, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Whether the mode of a file lets nobody write, not even root: how the kernel marks what cannot be
 * changed. */
bool root_is_read_only(const struct root *root, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Replaces the content of an existing file (sysfs, cgroup, /proc/sys): one write(2). The answer of
 * the kernel is returned unchanged. -EROFS on a captured tree. */
int root_write(const struct root *root, const char *text, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Creates and removes one directory (a cgroup). -EROFS on a captured tree. */
int root_mkdir(const struct root *root, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
int root_rmdir(const struct root *root, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* An fd of the file, for readers that stream. O_CLOEXEC. -ENOTSUP in an archive. */
int root_open_fd(const struct root *root, int flags, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static inline void cleanup_root(struct root **root)
{
    (void)root_free(*root);
}
#define autoroot CLEANUP(cleanup_root)

#endif
