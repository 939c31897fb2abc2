/* SPDX-License-Identifier: Apache-2.0 */
/* Who keeps what: see stake.h. */

#include "stake.h"

#include "cover.h"

#include <errno.h>

struct contest {
    struct stake *stakes; /* by base, then owner */
    unsigned int n_stakes;
    unsigned int n_owners;
    hwloc_bitmap_t *rivals; /* by owner */
    bool *yields;           /* by owner */
    bool *counted;          /* by owner: in the part at hand */
};

static int compare_stakes(const void *a, const void *b)
{
    const struct stake *x = a, *y = b;

    if (x->region.base != y->region.base)
        return x->region.base < y->region.base ? -1 : 1;
    return x->owner < y->owner ? -1 : x->owner > y->owner;
}

/* Whether b, which does not begin before a, begins in it; if not, nothing behind b does. */
static bool reaches(const struct stake *a, const struct stake *b)
{
    return b->region.base - a->region.base < a->region.bytes;
}

static bool disturb(const struct stake *a, const struct stake *b)
{
    return a->owner != b->owner && a->sound && b->sound && b->region.bytes > 0;
}

static int find_rivals(const struct contest *contest)
{
    struct stake *stakes = contest->stakes;

    for (unsigned int i = 0; i < contest->n_stakes; i++) {
        for (unsigned int j = i + 1; j < contest->n_stakes && reaches(&stakes[i], &stakes[j]);
             j++) {
            unsigned int a = stakes[i].owner, b = stakes[j].owner;

            if (disturb(&stakes[i], &stakes[j]) && (hwloc_bitmap_set(contest->rivals[a], b) < 0 ||
                                                    hwloc_bitmap_set(contest->rivals[b], a) < 0))
                return -ENOMEM;
        }
    }
    return 0;
}

/* Of two owners whose stakes overlap, the one who keeps it. */
static bool comes_first(const bool *yields, unsigned int a, unsigned int b)
{
    return yields[a] != yields[b] ? yields[b] : a < b;
}

static void lose(struct stake *stake, unsigned int rival)
{
    if (stake->kept || rival < stake->rival)
        stake->rival = rival;
    stake->kept = false;
}

static void share_out(const struct contest *contest, const bool *yields)
{
    struct stake *stakes = contest->stakes;

    for (unsigned int i = 0; i < contest->n_stakes; i++)
        stakes[i].kept = stakes[i].sound;
    for (unsigned int i = 0; i < contest->n_stakes; i++) {
        for (unsigned int j = i + 1; j < contest->n_stakes && reaches(&stakes[i], &stakes[j]);
             j++) {
            if (!disturb(&stakes[i], &stakes[j]))
                continue;
            if (comes_first(yields, stakes[i].owner, stakes[j].owner))
                lose(&stakes[j], stakes[i].owner);
            else
                lose(&stakes[i], stakes[j].owner);
        }
    }
}

/* What has to move when these yield. */
static int weigh(const void *context, const unsigned int *members, unsigned int n_members,
                 const bool *yields, uint64_t *ret_cost)
{
    const struct contest *contest = context;
    uint64_t cost = 0;

    for (unsigned int i = 0; i < n_members; i++)
        contest->counted[members[i]] = true;
    share_out(contest, yields);
    for (unsigned int i = 0; i < contest->n_stakes; i++) {
        if (contest->counted[contest->stakes[i].owner] && !contest->stakes[i].kept)
            cost += contest->stakes[i].weight;
    }
    for (unsigned int i = 0; i < n_members; i++)
        contest->counted[members[i]] = false;
    *ret_cost = cost;
    return 0;
}

static void cleanup_contest(struct contest *contest)
{
    for (unsigned int i = 0; contest->rivals && i < contest->n_owners; i++)
        hwloc_bitmap_free(contest->rivals[i]);
    free(contest->rivals);
    free(contest->yields);
    free(contest->counted);
}

static int prepare(struct contest *contest)
{
    contest->rivals = calloc((size_t)contest->n_owners + 1, sizeof(hwloc_bitmap_t));
    contest->yields = calloc((size_t)contest->n_owners + 1, sizeof(bool));
    contest->counted = calloc((size_t)contest->n_owners + 1, sizeof(bool));
    if (!contest->rivals || !contest->yields || !contest->counted)
        return -ENOMEM;
    for (unsigned int i = 0; i < contest->n_owners; i++) {
        contest->rivals[i] = hwloc_bitmap_alloc();
        if (!contest->rivals[i])
            return -ENOMEM;
    }
    for (unsigned int i = 0; i < contest->n_stakes; i++)
        contest->yields[contest->stakes[i].owner] |= !contest->stakes[i].sound;
    return 0;
}

int stakes_settle(struct stake *stakes, unsigned int n_stakes, unsigned int n_owners)
{
    CLEANUP(cleanup_contest)
    struct contest contest = {.stakes = stakes, .n_stakes = n_stakes, .n_owners = n_owners};
    struct cover_graph graph = {.n = n_owners, .cost = weigh, .context = &contest};
    int r = prepare(&contest);

    if (r < 0 || n_stakes == 0)
        return r;
    qsort(stakes, n_stakes, sizeof(*stakes), compare_stakes);
    r = find_rivals(&contest);
    graph.neighbours = contest.rivals;
    if (r == 0)
        r = cover_find(&graph, contest.yields);
    if (r == 0)
        share_out(&contest, contest.yields);
    return r;
}
