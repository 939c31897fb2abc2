/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_TAR_H
#define BASE_TAR_H

/*
 * Tar archives of small trees: plain, gzip or bzip2 in; plain or gzip out.
 *
 * Ours rather than libarchive, which would load a dozen shared libraries into every start of a
 * program. It knows what GNU tar, busybox and pax write, and trusts nothing in it: names that are
 * absolute or have "..", devices, hard links, sparse files, members above 64 MiB and archives above
 * 256 MiB or 262144 members are refused.
 */

#include "error.h"

#include <stdbool.h>
#include <stddef.h>

enum tar_type {
    TAR_FILE,
    TAR_DIRECTORY,
    TAR_LINK, /* symbolic */
};

struct tar_member {
    enum tar_type type;
    const char *name;   /* relative, without "./", "..", or a slash at the end; never empty */
    const char *target; /* of a link, as it is written in the archive: not to be trusted */
    const char *data;   /* of a file; not NUL-terminated */
    size_t size;
    bool read_only; /* a file whose mode lets nobody write */
};

/* What becomes of each member; a negative errno ends the reading and is returned. */
typedef int tar_member_fn(void *user, const struct tar_member *member, struct np_error *err);

/* Reads an archive from fd, from its present position. -EINVAL: damaged or hostile, or no archive
 * at all; -EFBIG: beyond the limits; -ENOTSUP: packed in a way that is not known. The caller knows
 * the file's name and adds it with error_at. */
int tar_read(int fd, tar_member_fn *fn, void *user, struct np_error *err);

/* Unpacks an archive into an empty directory. Links are kept only if they stay inside; absolute
 * ones are made relative to dir_fd. -EINVAL also for a link that leads outside, a member behind a
 * link and one that is there twice. What was unpacked before a failure stays. */
int tar_unpack(int fd, int dir_fd, struct np_error *err);

struct tar_writer;

/* An archive of files that are all the same whenever it is written: no times and owners, and of
 * modes only what a member says.
 * Writes to fd, which stays the caller's. */
int tar_writer_new(int fd, bool gzip, struct tar_writer **ret_writer);
int tar_writer_add(struct tar_writer *writer, const struct tar_member *member);
/* Writes the end. Without it the archive is cut short. */
int tar_writer_finish(struct tar_writer *writer);
struct tar_writer *tar_writer_free(struct tar_writer *writer); /* returns NULL */

#endif
