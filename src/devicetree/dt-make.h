/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICETREE_DT_MAKE_H
#define DEVICETREE_DT_MAKE_H

/* What the readers of text and blob build a tree with, next to what devicetree.h offers everyone.
 */

#include "devicetree.h"

/* Makes room for one more in an array of n things of size bytes, whose room is always the next
 * power of 2. */
int dt_grow(void *array, unsigned int n, size_t size);

#define DT_LOOKED_THROUGH_MAX 16u /* names of one node; beyond, all of them are in the index */

/* Places in the node's arrays; their length when there is no such child (of that name and unit) or
 * property. */
unsigned int dt_child_at(const struct dt_node *node, const char *name, const char *unit);
unsigned int dt_property_at(const struct dt_node *node, const char *name);
/* The child with that name and unit, "name@unit"; NULL none. */
struct dt_node *dt_child_exactly(const struct dt_node *parent, const char *name);

/* How many nodes are above it: 0 of the root. */
unsigned int dt_depth(const struct dt_node *node);

/* The node's property of that name, emptied if it was there. Borrowed until the next one is put. */
int dt_put_property(struct dt_node *node, const char *name, struct dt_property **ret_property);
/* Takes value->text, even when it fails. */
int dt_add_value(struct dt_property *property, const struct dt_value *value);

/* Removing leaves a gap (a child NULL, a property without name), so that removing many is linear;
 * dt_close_gaps closes those of the whole tree. */
void dt_remove_child(struct dt_node *parent, struct dt_node *child);
void dt_remove_property(struct dt_node *node, const char *name);
void dt_close_gaps(struct dt_node *node);

#endif
