/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_CURRENT_H
#define PLAN_CURRENT_H

/*
 * Where instances are now, for a plan that has to pay for moving them. Somebody tells: an earlier
 * plan, or who has looked. An instance that is not told of is nowhere yet and costs nothing to
 * place.
 */

#include <hwloc/bitmap.h>
#include <stdint.h>

struct share;

struct current_instance {
    char *name;
    hwloc_bitmap_t cpus;  /* that it has */
    struct share *shares; /* bytes that it has, by ascending node, one a node, none empty */
    unsigned int n_shares;
};

struct current {
    struct current_instance *instances;
    unsigned int n_instances;
};

/* NULL when there is none of that name. */
const struct current_instance *current_find(const struct current *current, const char *name);
struct current *current_free(struct current *current); /* returns NULL */

/* Appends an instance that is nowhere yet, and which stays the set's. NULL when out of memory. */
struct current_instance *current_add(struct current *current, const char *name);
/* Adds bytes to its share on node. -ENOMEM. */
int current_add_bytes(struct current_instance *instance, unsigned int node, uint64_t bytes);

static inline void cleanup_current(struct current **current)
{
    (void)current_free(*current);
}
#define autocurrent __attribute__((cleanup(cleanup_current)))

/*
 * What moving costs, in millionths of a local access, so that it can be held against what a plan
 * costs. A cost is what every access costs for as long as the plan lasts; a move costs once. They
 * are made comparable by a time in which a move has to be earned back: a minute. What takes a
 * second of an instance is then worth 1/60 of a local access.
 *
 *   GiB  the kernel moves about 1 GiB of small pages a second, and the instance waits for them
 *   CPU  caches and TLBs are cold and what the program keeps by CPU is elsewhere: some 60 ms
 *   IRQ  a queue's data is warm in another CPU's caches: some 6 ms
 */
struct move_prices {
    int64_t gib; /* of memory, to another node */
    int64_t cpu; /* left for another one */
    int64_t irq; /* moved to another CPU. It follows the CPUs of its instance: the search does not
                    weigh it, the advice does */
};

#define MOVE_PRICES_DEFAULT                                                                        \
    {                                                                                              \
        .gib = 1000000 / 60, .cpu = 1000, .irq = 100,                                              \
    }

/* Which prices a plan is made with. */
enum move_pricing {
    MOVE_PRICED, /* as they are */
    MOVE_FREE,   /* none: among placements that cost the same it still stays */
    MOVE_LEAST,  /* so high that nothing moves but what must */
};

/* No more than a price may be: a sum over all CPUs stays within 64 bits, at the largest weight. */
#define MOVE_PRICE_MAX INT64_C(100000000000)

#endif
