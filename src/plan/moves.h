/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_MOVES_H
#define PLAN_MOVES_H

/* From where instances are now to where a plan puts them: what moves, and what that costs. */

#include "model.h"

struct transfer {
    unsigned int from; /* kernel ids of nodes */
    unsigned int to;
    uint64_t bytes;
};

enum move_kind {
    MOVE_STAYS,
    MOVE_RESIZED, /* gets or gives back CPUs, and leaves none that it still needs */
    MOVE_MOVES,
    MOVE_NEW, /* is nowhere yet */
    MOVE_KIND_COUNT,
};

struct move {
    const char *instance; /* its name; borrowed */
    enum move_kind kind;
    hwloc_bitmap_t left;  /* CPUs that it has now and not in the plan */
    hwloc_bitmap_t taken; /* and the other way round; for a new one, all */
    unsigned int n_cpus;  /* that it leaves for others */
    unsigned int n_irqs;  /* of its device that no CPU takes any more which may take them now */
    struct transfer *transfers;
    unsigned int n_transfers;
    double price;
};

struct moves {
    struct move *moves; /* one an instance, in the plan's order */
    unsigned int n_moves;
    unsigned int n_moving; /* kind MOVE_MOVES */
    char **gone;           /* instances that are somewhere and no longer planned; NULL-terminated */
    uint64_t bytes;        /* sums over the instances */
    unsigned int n_cpus;
    unsigned int n_irqs;
    double price; /* in local accesses */
};

/* Of a plan whose CPUs, shares and interrupts are chosen. -ENOMEM. The caller frees. */
int moves_make(const struct model *model, const struct current *current, const struct plan *plan,
               struct moves **ret_moves);
struct moves *moves_free(struct moves *moves); /* returns NULL */

static inline void cleanup_moves(struct moves **moves)
{
    (void)moves_free(*moves);
}
#define automoves CLEANUP(cleanup_moves)

const char *move_kind_name(enum move_kind kind); /* stays, resized, moves, new */

#endif
