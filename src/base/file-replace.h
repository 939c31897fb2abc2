/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_FILE_REPLACE_H
#define BASE_FILE_REPLACE_H

/* Writing a file that is whole or as it was, whatever happens meanwhile. */

#include "error.h"

#include <stddef.h>

/* Writes beside path and renames, so that a full disk or a kill leaves what was there. A link is
 * followed, the mode of a file that is there is kept, and what is no file (a pipe, a terminal) is
 * written to. A message with the negative errno otherwise. */
int file_replace(const char *path, const void *data, size_t size, struct np_error *err);

#endif
