/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_TEXT_H
#define CLI_TEXT_H

/* Running text on a screen: of limited width, and taking commands from nobody's file names. */

#include <stdio.h>

/* Prints text that a file or a process may have chosen: control characters are shown as "?". */
void text_put(FILE *stream, const char *text);

/* Columns of $COLUMNS, of the terminal that stream is, or 100 when there is neither. */
unsigned int text_width(FILE *stream);

/* Prints label, then words: wrapped between words and indented to where the first one stands,
 * which is label_width columns from the left. */
void text_wrap(FILE *stream, const char *label, unsigned int label_width, const char *words);

#endif
