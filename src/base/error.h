/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

/* Filling a struct np_error. All accept err == NULL. */

#include <errno.h>
#include <numaplace/error.h>

/* Records text for code (a negative errno) and returns code, so that callers can `return
 * error_set(...)`. Clears hint and position: they belong to the error before. */
int error_set(struct np_error *err, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Adds the way out to the error just set. */
void error_hint(struct np_error *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Adds where it is; line and column are 1-based, 0 for "none". */
void error_at(struct np_error *err, const char *file, unsigned int line, unsigned int column);

#endif
