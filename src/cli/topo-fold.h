/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_TOPO_FOLD_H
#define CLI_TOPO_FOLD_H

/*
 * Large machines on one screen: nodes that are alike become one row. Two nodes are twins in a
 * matrix when exchanging them would not change it; folding twins loses nothing.
 */

#include "machine.h"

/* What a node's online CPUs are made of; 0 is unknown (or none at all when n_cpus is 0). */
struct node_shape {
    unsigned int n_cpus;
    unsigned int n_cores;
    unsigned int n_llcs;
    unsigned int smt; /* most threads of a core */
};

struct node_shape node_shape(const struct machine *machine, const struct node *node);

/* A partition of the nodes: group_of[node_idx] counts from 0 by the smallest node of each group. */
struct fold {
    unsigned int *group_of;
    unsigned int n_groups;
};

enum fold_by {
    FOLD_NONE,            /* every node for itself */
    FOLD_SHAPE,           /* same kind, tier, memory, CPUs, granted */
    FOLD_SHAPE_AND_TWINS, /* and twins in the distance matrix */
};

/* -ENOMEM. */
int fold_nodes(const struct machine *machine, enum fold_by by, struct fold *ret_fold);
int fold_twins(const struct machine *machine, const struct matrix *matrix, struct fold *ret_fold);
void fold_fini(struct fold *fold);

/* The nodes of a group, kernel ids. The caller frees; NULL when out of memory. */
hwloc_bitmap_t fold_group(const struct machine *machine, const struct fold *fold,
                          unsigned int group);

#define autofold CLEANUP(fold_fini)

#endif
