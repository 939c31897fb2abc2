/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VERDICT_FIND_PLACE_H
#define VERDICT_FIND_PLACE_H

/* Another place for a region among free pieces of physical memory, as near as it can be to where it
 * was, at whole pages. All return whether there is one. */

#include "region-set.h"

/* All of it; where it was at a large page, it is again if that can be. */
bool place_whole(const struct region_set *holes, struct region was, struct region *ret_place);
/* As much of it as is free from its base on. */
bool place_shorter(const struct region_set *holes, struct region was, struct region *ret_place);
/* As much of it as there is in one piece. */
bool place_largest(const struct region_set *holes, struct region *ret_place);

#endif
