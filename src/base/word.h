/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_WORD_H
#define BASE_WORD_H

/* Words in messages: the one that was meant, lists of them, and as a shell takes them. */

#include <stdbool.h>
#include <stddef.h>

/* The index of text in words (NULL-terminated), -1 when it is none of them. */
int word_find(const char *text, const char *const *words);

/* The word of words (NULL-terminated) that text is most probably a slip of: a letter wrong, left
 * out, doubled or swapped with its neighbour, or a singular for a plural. NULL when none is near
 * enough to be worth a question. */
const char *word_nearest(const char *text, const char *const *words);

/* Whether they are one letter apart: inserted, left out, changed or swapped with its neighbour. */
bool word_is_slip(const char *text, const char *word);

/* The words as "a, b, c", cut to what fits. Returns buffer. */
const char *word_join(const char *const *words, char *buffer, size_t size);

/* The words as a shell would take them, with quotes only where it needs them: "redis-server --save
 * ''". The caller frees; NULL when out of memory. */
char *word_shell(const char *const *words);

#endif
