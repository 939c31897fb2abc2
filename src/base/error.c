/* SPDX-License-Identifier: Apache-2.0 */
/* Messages for people, made where the facts are known. */

#include "error.h"

#include <stdarg.h>
#include <stdio.h>

int error_set(struct np_error *err, int code, const char *format, ...)
{
    va_list args;

    if (!err)
        return code;
    *err = (struct np_error){.code = code};
    va_start(args, format);
    (void)vsnprintf(err->text, sizeof(err->text), format, args); /* cut, never overrun */
    va_end(args);
    return code;
}

void error_hint(struct np_error *err, const char *format, ...)
{
    va_list args;

    if (!err)
        return;
    va_start(args, format);
    (void)vsnprintf(err->hint, sizeof(err->hint), format, args);
    va_end(args);
}

void error_at(struct np_error *err, const char *file, unsigned int line, unsigned int column)
{
    if (!err)
        return;
    (void)snprintf(err->file, sizeof(err->file), "%s", file ? file : "");
    err->line = line;
    err->column = column;
}
