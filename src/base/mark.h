/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_MARK_H
#define BASE_MARK_H

/* Where in a file something was written. 1-based; line 0: not written in a text. */
#include <stdbool.h>

struct mark {
    unsigned int line;
    unsigned int column;
    const char *file; /* NULL: the file at hand; else another that was laid over it, borrowed from
                         whoever holds the mark */
};

static inline bool mark_is_same(struct mark a, struct mark b)
{
    return a.line == b.line && a.column == b.column && a.file == b.file;
}

static inline const char *mark_file(struct mark at, const char *file_at_hand)
{
    return at.file ? at.file : file_at_hand;
}

#endif
