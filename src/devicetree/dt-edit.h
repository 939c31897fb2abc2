/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICETREE_DT_EDIT_H
#define DEVICETREE_DT_EDIT_H

/* Changing single properties in the text that a tree was read from, so that all else, comments and
 * layout, stays as its author wrote it. A tree without text is written out first (dt_write_text)
 * and read back. */

#include "devicetree.h"

struct dt_edits; /* changes to one tree, not yet made */

int dt_edits_new(const struct dt *dt, struct dt_edits **ret_edits);
struct dt_edits *dt_edits_free(struct dt_edits *edits); /* returns NULL */

/* All three return -ENOENT for what stands in another file, included or laid over, and -ENOMEM. The
 * last edit of a thing is the one that counts.
 *
 * Says `name = value;` in node: in place of what it says now (its comment goes where the value that
 * it spoke of went), or as a new line behind the node's last property, indented as that is. value
 * is the text between '=' and ';'. */
int dt_edits_set(struct dt_edits *edits, const struct dt_node *node, const char *name,
                 const char *value);
/* Says `name = value;` where the node says `old` now, which goes. */
int dt_edits_replace(struct dt_edits *edits, const struct dt_node *node, const char *old,
                     const char *name, const char *value);
int dt_edits_remove(struct dt_edits *edits, const struct dt_node *node, const char *name);
/* The node's name, before its '{'. */
int dt_edits_rename(struct dt_edits *edits, const struct dt_node *node, const char *name);

/* The whole text with all changes made; before any, the text that they are made to. The caller
 * frees. */
int dt_edits_apply(const struct dt_edits *edits, char **ret_text);

/* What differs between two texts, as a unified diff with three lines of context that patch(1)
 * takes; "" when they are the same. The caller frees. */
int diff_texts(const char *file, const char *before, const char *after, char **ret_diff);

static inline void cleanup_dt_edits(struct dt_edits **edits)
{
    (void)dt_edits_free(*edits);
}
#define autodtedits CLEANUP(cleanup_dt_edits)

#endif
