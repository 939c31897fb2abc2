/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_MARK_H
#define BASE_MARK_H

/* Where in a file something was written. 1-based; line 0: not written in a text. */
struct mark {
    unsigned int line;
    unsigned int column;
};

#endif
