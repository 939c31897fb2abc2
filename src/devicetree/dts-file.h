/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICETREE_DTS_FILE_H
#define DEVICETREE_DTS_FILE_H

#include <stddef.h>
#include <sys/stat.h>

/* The whole of a regular file, and a NUL behind it. -EFBIG beyond max bytes, before reading them;
 * -EISDIR and -EINVAL for what is no regular file. The caller frees. */
int file_read(const char *path, size_t max, char **ret_data, size_t *ret_length,
              struct stat *ret_stat);

#endif
