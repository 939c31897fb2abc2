/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MACHINE_TREE_H
#define MACHINE_TREE_H

/* Captured trees as directories: finding the tree in what the user named, making sure that it is
 * closed in itself, and the private directory for one that was packed. */

#include "error.h"

/* The tree may be path itself or a directory in it: that is how hwloc-gather-topology and the
 * makers of lscpu's trees pack theirs. -EINVAL when there is none. The caller frees. */
int tree_find(const char *path, char **ret_tree, struct np_error *err);

/* Whether the links in sys/devices/system stay inside the tree: -EINVAL if not. hwloc follows them
 * as they are, and would show parts of the running machine. */
int tree_check_links(const char *tree, struct np_error *err);

struct scratch {
    char path[128];
    int dir_fd;
};

/* In $TMPDIR, or in memory where there is /dev/shm, or in /tmp. */
int scratch_make(struct scratch *ret_scratch, struct np_error *err);
void scratch_remove(struct scratch *scratch);

#endif
