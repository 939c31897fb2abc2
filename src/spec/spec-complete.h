/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SPEC_SPEC_COMPLETE_H
#define SPEC_SPEC_COMPLETE_H

/* A device tree completed: its author's own text, with what it left open filled in. */

#include "devicetree.h"
#include "spec.h"

/* What was chosen for an instance of the spec that was read from the tree. */
struct choice {
    const struct instance *instance;
    hwloc_const_bitmap_t cpus;
    const struct region *regions; /* none: its memory has no address */
    unsigned int n_regions;
};

/* The text with `cpus` in place of each `cpu-count` and a `memory-base` where there was none; of a
 * tree with nothing left open, the text as it is. -EINVAL with a message for an instance that is
 * not to be found in the tree. The caller frees. */
int spec_complete_tree(const struct dt *dt, const struct choice *choices, unsigned int n,
                       char **ret_text, struct np_error *err);

#endif
