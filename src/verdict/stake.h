/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VERDICT_STAKE_H
#define VERDICT_STAKE_H

/*
 * What several owners want for themselves, and who keeps what. The one idea: a CPU, a piece of
 * memory, a function of a device, an id are all a stretch of numbers, and two that overlap are in
 * conflict, so that one procedure settles them all.
 */

#include "region.h"

struct stake {
    unsigned int owner;
    unsigned int tag; /* the caller's own */
    struct region region;
    uint64_t weight;    /* what it costs to move it */
    bool sound;         /* false: it cannot stay whatever the others do */
    bool kept;          /* the answer */
    unsigned int rival; /* sound and not kept: the first owner who keeps it from being so */
};

/*
 * Settles who keeps what: the fewest owners have to give anything up, then the least weight is
 * moved, then the later ones yield (see cover.h for how exactly). An owner with a stake that is not
 * sound yields anyway. Whoever yields keeps what nobody before it has. Stakes of one owner do not
 * disturb one another. Sorts the stakes by region and owner. -ENOMEM.
 */
int stakes_settle(struct stake *stakes, unsigned int n_stakes, unsigned int n_owners);

#endif
