/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICETREE_DTB_H
#define DEVICETREE_DTB_H

/* Blobs, inside this layer: dt_load and dt_parse find out what a file is. */

#include "devicetree.h"

/* Reads a blob; as dt_parse. Nodes that /__symbols__ names get these labels, and what __fixups__
 * and __local_fixups__ say becomes references; these three nodes are not in the tree then. */
int dtb_read(const char *file, const char *data, size_t length, struct dt **ret_dt,
             struct np_error *err);

/* What of that follows the reading of the nodes themselves. */
int dtb_take_symbols(struct dt *dt, struct np_error *err);
int dtb_take_fixups(struct dt *dt, struct np_error *err);

/* The big-endian 32 bits at bytes. */
static inline uint32_t dtb_u32(const char *bytes)
{
    const unsigned char *b = (const unsigned char *)bytes;

    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

#endif
