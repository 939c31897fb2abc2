/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICETREE_DT_INDEX_H
#define DEVICETREE_DT_INDEX_H

/* Where to find the labels, phandles, children and properties of one tree: what keeps reading it
 * linear. Names are borrowed from the tree. */

#include "devicetree.h"

enum dt_key_kind {
    DT_KEY_LABEL,
    DT_KEY_PHANDLE,
    DT_KEY_CHILD,
    DT_KEY_PROPERTY,
};

struct dt_key {
    enum dt_key_kind kind;
    const struct dt_node *owner; /* of a child or property; NULL of the others */
    const char *name;            /* NULL of a phandle */
    const char *unit;            /* NULL none */
    uint32_t phandle;
};

struct dt_found {
    struct dt_node *node; /* of a property: the one that has it */
    unsigned int at;      /* of a child or property: its place in the owner's array */
};

int dt_index_new(struct dt_index **ret_index);
struct dt_index *dt_index_free(struct dt_index *index); /* returns NULL */

/* The key must not be there yet. */
int dt_index_add(struct dt_index *index, const struct dt_key *key, struct dt_found found);
/* Borrowed until the next change; NULL when there is none. */
const struct dt_found *dt_index_find(const struct dt_index *index, const struct dt_key *key);
void dt_index_move(struct dt_index *index, const struct dt_key *key, unsigned int at);
void dt_index_remove(struct dt_index *index, const struct dt_key *key);

static inline struct dt_key dt_child_key(const struct dt_node *parent, const char *name,
                                         const char *unit)
{
    return (struct dt_key){.kind = DT_KEY_CHILD, .owner = parent, .name = name, .unit = unit};
}

static inline struct dt_key dt_property_key(const struct dt_node *node, const char *name)
{
    return (struct dt_key){.kind = DT_KEY_PROPERTY, .owner = node, .name = name};
}

#endif
