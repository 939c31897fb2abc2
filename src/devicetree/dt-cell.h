/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICETREE_DT_CELL_H
#define DEVICETREE_DT_CELL_H

/* What the cells of a text are in a blob, and so in a text that dtc reads: Kerf writes numbers of
 * 64 bits as one cell, mostly with a zero before it for the high half, which others do not take. */

#include "devicetree.h"

/* How many bytes the property's value i takes there, which is a cell or a reference in one: 0 for
 * the zero before a number of 64 bits, which is a part of that. -EINVAL for a number that is too
 * large for its cell. */
int dt_cell_bytes(const struct dt_property *property, unsigned int i);

/* Whether value i stands in the same <...> as the one before it. */
bool dt_cell_continues(const struct dt_property *property, unsigned int i);

#endif
