/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICETREE_DTS_SCAN_H
#define DEVICETREE_DTS_SCAN_H

/*
 * The characters of a text and of the files that it includes, one after the other. What a piece of
 * text is depends on where it stands (`2` is a cell or a node's name), so there is no list of
 * tokens: whoever parses asks for what may stand there.
 */

#include "devicetree.h"

#include <sys/types.h>

#define DTS_INCLUDE_DEPTH_MAX 16u

/* Where something is, for messages and for the tree. */
struct place {
    const char *file; /* lives as long as the tree */
    unsigned int line, column;
    size_t offset;
    bool main; /* in the file itself; else in one that it includes */
};

struct source {
    const char *file;
    const char *data;
    size_t length;
    size_t at;         /* of the next character */
    size_t line_begin; /* of the line that has it */
    unsigned int line;
    char *owned; /* data of an included file */
    dev_t device;
    ino_t inode;
};

struct scan {
    struct dt *dt; /* keeps the names of files */
    struct np_error *err;
    struct source sources[DTS_INCLUDE_DEPTH_MAX + 1]; /* the file, what it includes, and so on */
    unsigned int depth;                               /* which of them is read, from 0 */
    size_t bytes;                                     /* read so far, over all files */
    struct place comment;                             /* of the last comment skipped; line 0 none */
    size_t comment_end;
};

/* Some editors begin a text of UTF-8 with the mark U+FEFF, which is no part of it. */
void source_skip_mark(struct source *source);

void scan_init(struct scan *scan, struct dt *dt, struct np_error *err);
void scan_fini(struct scan *scan);

/* The next character, '\0' at the end. */
char scan_peek(const struct scan *scan);
char scan_peek_at(const struct scan *scan, size_t ahead);
bool scan_is_end(const struct scan *scan);
void scan_next(struct scan *scan);
bool scan_looks_at(const struct scan *scan, const char *text);

struct place scan_place(const struct scan *scan);
struct mark scan_mark(const struct place *place);

/* -EINVAL, located, with the text at the place behind: "<format>, not `foo`" */
int scan_expected(const struct scan *scan, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* -EINVAL, located here or at a place. */
int scan_fail(const struct scan *scan, const struct place *place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
int scan_no_memory(const struct scan *scan);

/* To the next character that is no blank, comment or line of the preprocessor; into what
 * /include/ names, and out of it at its end. */
int scan_skip(struct scan *scan);
/* Takes the character, after skipping what is before it; what: "';' behind the value". */
int scan_take(struct scan *scan, char wanted, const char *what);
/* Whether it is the next one after skipping: 1 and taken, or 0. */
int scan_took(struct scan *scan, char wanted);

/* The words of the comment behind a property that ends here, on the same line, or of the one that
 * began in its last line; NULL none. The caller frees. */
int scan_comment_behind(const struct scan *scan, size_t begin, char **ret_comment);

/* "file" in quotes, relative to the file that says it, becomes what is read next. */
int scan_include(struct scan *scan);
/* ("file") or ("file", offset, length), where one is given; the caller frees ret_source->owned. */
int scan_incbin(struct scan *scan, const struct place *place, struct source *ret_source,
                uint64_t *offset, uint64_t *length);

/* Tokens, each to be asked for where it may stand. */

bool scan_is_name_char(char c);
/* Of a node, with its unit, or of a property: [a-zA-Z0-9,._+*#?@-]. */
int scan_name(struct scan *scan, char name[DT_NAME_MAX + 1]);
/* "label:", where one stands: 1, else 0. */
int scan_label(struct scan *scan, char label[DT_NAME_MAX + 1]);
/* label or {/path} behind a '&'; the caller frees. */
int scan_reference(struct scan *scan, char **ret_text);
/* "..." with its escapes; bytes, and a NUL behind. The caller frees. */
int scan_string(struct scan *scan, char **ret_text, size_t *ret_size);
/* 12, 0x1f, 017, with U, L, UL, LL, ULL behind, or 'c'. */
int scan_number(struct scan *scan, uint64_t *ret_number, enum dt_form *ret_form);
/* The same, or (a + b) with the operators of C. */
int scan_integer(struct scan *scan, uint64_t *ret_number, enum dt_form *ret_form);

#endif
