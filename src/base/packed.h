/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_PACKED_H
#define BASE_PACKED_H

/*
 * A tree of small files in memory, from an archive: what root_open_archive reads instead of a
 * directory. Nothing of it is ever written to a disk, and its links lead nowhere else.
 */

#include "error.h"

#include <stdbool.h>
#include <stddef.h>

struct packed;

/* As tar_read; -EINVAL also for a file that is there twice. */
int packed_read(int fd, struct packed **ret_packed, struct np_error *err);
struct packed *packed_free(struct packed *packed); /* returns NULL */

/* Paths are relative to top, a directory of the tree ("" for all of it), which links cannot leave.
 * All return -ENOENT for what is not there, -ELOOP for links in a circle. */

/* The text of a file, the tree's own. */
int packed_text(const struct packed *packed, const char *top, const char *path,
                const char **ret_text, size_t *ret_size);
/* Whether it is a file that nobody may write. */
bool packed_is_read_only(const struct packed *packed, const char *top, const char *path);
/* The target of a link, the tree's own; -EINVAL when it is none. */
int packed_link(const struct packed *packed, const char *top, const char *path,
                const char **ret_target);
bool packed_has(const struct packed *packed, const char *top, const char *path);
/* The names in a directory, unsorted, NULL-terminated; the caller frees with strv_free. */
int packed_list(const struct packed *packed, const char *top, const char *path, char ***ret_names);

#endif
