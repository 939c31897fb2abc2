/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CPUs that an instance names and cannot have: all that are sound stay, the others are replaced by
 * free ones of the same node, of cores and caches that it has already.
 */

#include "fixer.h"
#include "stake.h"

#include <limits.h>

struct chooser {
    struct fixer *fixer;
    struct stake *stakes; /* one a CPU named */
    unsigned int n_stakes;
    hwloc_bitmap_t eligible;   /* what instances may have */
    hwloc_bitmap_t free;       /* of these, what none has */
    unsigned int budget;       /* how many of the free ones are not wanted by a count */
    hwloc_bitmap_t *homes;     /* by instance: nodes whose CPUs it wants, once that was asked */
    hwloc_const_bitmap_t home; /* of the instance at hand */
};

static void cleanup_chooser(struct chooser *chooser)
{
    free(chooser->stakes);
    hwloc_bitmap_free(chooser->eligible);
    hwloc_bitmap_free(chooser->free);
    for (unsigned int i = 0; chooser->homes && i < chooser->fixer->wishes->n_wishes; i++)
        hwloc_bitmap_free(chooser->homes[i]);
    free(chooser->homes);
}

static const struct wish *wish_of(const struct chooser *chooser, unsigned int i)
{
    return &chooser->fixer->wishes->wishes[i];
}

static int find_eligible(struct chooser *chooser)
{
    const struct wishes *wishes = chooser->fixer->wishes;
    hwloc_bitmap_t eligible = machine_usable_cpus(wishes->machine);

    chooser->eligible = eligible;
    chooser->homes = calloc(wishes->n_wishes + 1, sizeof(hwloc_bitmap_t));
    if (!eligible || !chooser->homes ||
        hwloc_bitmap_andnot(eligible, eligible, wishes->reserved_cpus) < 0 ||
        (wishes->pool_cpus && hwloc_bitmap_and(eligible, eligible, wishes->pool_cpus) < 0))
        return -ENOMEM;
    return 0;
}

static int collect(struct chooser *chooser)
{
    const struct wishes *wishes = chooser->fixer->wishes;
    unsigned int n = 0;

    for (unsigned int i = 0; i < wishes->n_wishes; i++)
        n += wishes->wishes[i].cpus ? (unsigned int)hwloc_bitmap_weight(wishes->wishes[i].cpus) : 0;
    chooser->stakes = calloc(n + 1, sizeof(*chooser->stakes));
    if (!chooser->stakes)
        return -ENOMEM;
    for (unsigned int i = 0; i < wishes->n_wishes; i++) {
        hwloc_const_bitmap_t cpus = wishes->wishes[i].cpus;

        for (int id = cpus ? hwloc_bitmap_first(cpus) : -1; id != -1;
             id = hwloc_bitmap_next(cpus, id))
            chooser->stakes[chooser->n_stakes++] =
                (struct stake){.owner = i,
                               .region = {.base = (uint64_t)id, .bytes = 1},
                               .weight = 1,
                               .sound = hwloc_bitmap_isset(chooser->eligible, (unsigned int)id)};
    }
    return 0;
}

/* Into fixer->cpus what each keeps, and into free what is left. */
static int share_out(struct chooser *chooser)
{
    struct fixer *fixer = chooser->fixer;
    uint64_t counts = 0, left;

    for (unsigned int i = 0; i < fixer->wishes->n_wishes; i++) {
        counts += wish_of(chooser, i)->instance->cpu_count;
        if (wish_of(chooser, i)->cpus && !(fixer->cpus[i] = hwloc_bitmap_alloc()))
            return -ENOMEM;
    }
    chooser->free = hwloc_bitmap_dup(chooser->eligible);
    if (!chooser->free)
        return -ENOMEM;
    for (unsigned int i = 0; i < chooser->n_stakes; i++) {
        const struct stake *stake = &chooser->stakes[i];
        unsigned int cpu = (unsigned int)stake->region.base;

        if (stake->kept && (hwloc_bitmap_set(fixer->cpus[stake->owner], cpu) < 0 ||
                            hwloc_bitmap_clr(chooser->free, cpu) < 0))
            return -ENOMEM;
    }
    left = (uint64_t)hwloc_bitmap_weight(chooser->free);
    chooser->budget = left > counts ? (unsigned int)(left - counts) : 0;
    return 0;
}

/* 0 at home, more the farther; UINT64_MAX unknown. */
static uint64_t distance_from(const struct chooser *chooser, int node)
{
    const struct machine *machine = chooser->fixer->machine;
    uint64_t nearest = UINT64_MAX;

    if (hwloc_bitmap_iszero(chooser->home) ||
        (node >= 0 && hwloc_bitmap_isset(chooser->home, (unsigned int)node)))
        return 0;
    for (int id = hwloc_bitmap_first(chooser->home); node >= 0 && id != -1;
         id = hwloc_bitmap_next(chooser->home, id)) {
        uint64_t far =
            matrix_get(machine, &machine->distance, (unsigned int)id, (unsigned int)node);

        if (far > 0 && far < nearest)
            nearest = far;
    }
    return nearest;
}

static int count_free(const struct chooser *chooser, const struct node *node)
{
    int n = 0;

    for (int id = hwloc_bitmap_first(node->cpus); id != -1; id = hwloc_bitmap_next(node->cpus, id))
        n += hwloc_bitmap_isset(chooser->free, (unsigned int)id) ? 1 : 0;
    return n;
}

/* The nodes that it names; else of the CPUs that it keeps; else of those that it named. The caller
 * frees; NULL when out of memory. */
static hwloc_bitmap_t named_home(const struct chooser *chooser, unsigned int i)
{
    const struct machine *machine = chooser->fixer->machine;
    const struct wish *wish = wish_of(chooser, i);
    hwloc_const_bitmap_t kept = chooser->fixer->cpus[i];
    autoset hwloc_bitmap_t home = hwloc_bitmap_alloc();

    for (unsigned int n = 0; home && wish->nodes && n < machine->n_nodes; n++) {
        if (hwloc_bitmap_isset(wish->nodes, machine->nodes[n].id) &&
            hwloc_bitmap_set(home, machine->nodes[n].id) < 0)
            return NULL;
    }
    if (!home || !hwloc_bitmap_iszero(home))
        return TAKE(home);
    return machine_nodes_of_cpus(machine, hwloc_bitmap_iszero(kept) ? wish->cpus : kept);
}

/* Who keeps none goes as a whole to the nearest node that has as many, rather than in two. */
static int move_home(const struct chooser *chooser, unsigned int i, hwloc_bitmap_t home)
{
    const struct machine *machine = chooser->fixer->machine;
    int wanted = hwloc_bitmap_weight(wish_of(chooser, i)->cpus), at_home = 0;
    uint64_t nearest = UINT64_MAX;
    int best = -1;

    for (unsigned int n = 0; n < machine->n_nodes; n++) {
        int has = count_free(chooser, &machine->nodes[n]);
        uint64_t distance = distance_from(chooser, (int)machine->nodes[n].id);

        at_home += distance == 0 ? has : 0;
        if (has < wanted || (best >= 0 && distance >= nearest))
            continue;
        best = (int)machine->nodes[n].id;
        nearest = distance;
    }
    if (at_home >= wanted || best < 0)
        return 0;
    return hwloc_bitmap_only(home, (unsigned int)best) < 0 ? -ENOMEM : 0;
}

static int find_home(struct chooser *chooser, unsigned int i)
{
    hwloc_bitmap_t home = chooser->homes[i];
    int r = 0;

    if (!home) {
        home = chooser->homes[i] = named_home(chooser, i);
        chooser->home = home;
        if (!home)
            return -ENOMEM;
        if (hwloc_bitmap_iszero(chooser->fixer->cpus[i]))
            r = move_home(chooser, i, home);
    }
    chooser->home = home;
    return r;
}

/* How good a CPU is for an instance: the less, the better, the first member before the next. */
struct rank {
    uint64_t distance;
    bool other_core; /* it has no CPU of that core yet */
    bool other_llc;
    bool shared; /* somebody else has a CPU of that core */
};

static struct rank rank_cpu(const struct chooser *chooser, const struct cpu *cpu,
                            hwloc_const_bitmap_t own)
{
    struct rank rank = {.distance = distance_from(chooser, cpu->node),
                        .other_core = !hwloc_bitmap_intersects(cpu->siblings, own),
                        .other_llc = true,
                        .shared = !hwloc_bitmap_isincluded(cpu->siblings, chooser->free)};

    for (int id = hwloc_bitmap_first(own); rank.other_llc && id != -1;
         id = hwloc_bitmap_next(own, id))
        rank.other_llc =
            cpu->llc < 0 || machine_cpu(chooser->fixer->machine, (unsigned int)id)->llc != cpu->llc;
    return rank;
}

static bool is_better(struct rank a, struct rank b)
{
    if (a.distance != b.distance)
        return a.distance < b.distance;
    if (a.other_core != b.other_core)
        return b.other_core;
    if (a.other_llc != b.other_llc)
        return b.other_llc;
    return a.shared != b.shared && b.shared;
}

/* Gives one more CPU to an instance. There is one. */
static int give(struct chooser *chooser, unsigned int i)
{
    const struct machine *machine = chooser->fixer->machine;
    hwloc_bitmap_t own = chooser->fixer->cpus[i];
    struct rank best = {.distance = UINT64_MAX, .other_core = true, .other_llc = true};
    int chosen = -1;

    for (int id = hwloc_bitmap_first(chooser->free); id != -1;
         id = hwloc_bitmap_next(chooser->free, id)) {
        struct rank rank = rank_cpu(chooser, machine_cpu(machine, (unsigned int)id), own);

        if (chosen == -1 || is_better(rank, best)) {
            best = rank;
            chosen = id;
        }
    }
    chooser->budget--;
    return hwloc_bitmap_set(own, (unsigned int)chosen) < 0 ||
                   hwloc_bitmap_clr(chooser->free, (unsigned int)chosen) < 0
               ? -ENOMEM
               : 0;
}

/* As many as it named, or up to most, as far as there are any. */
static int fill(struct chooser *chooser, unsigned int i, int most)
{
    hwloc_const_bitmap_t own = chooser->fixer->cpus[i];
    int wanted = hwloc_bitmap_weight(wish_of(chooser, i)->cpus);
    int r = 0;

    if (wanted > most)
        wanted = most;
    if (hwloc_bitmap_weight(own) < wanted)
        r = find_home(chooser, i);
    while (r == 0 && chooser->budget > 0 && hwloc_bitmap_weight(own) < wanted)
        r = give(chooser, i);
    return r;
}

/* "CPUs 8-11 also belong to "web" and 1 more"; NULL and 0 when nobody is in its way. */
static int tell_rivals(const struct chooser *chooser, unsigned int i, char **ret_text)
{
    autoset hwloc_bitmap_t lost = hwloc_bitmap_alloc(), rivals = hwloc_bitmap_alloc();
    autofree char *list = NULL;
    const char *first;
    int n;

    if (!lost || !rivals)
        return -ENOMEM;
    for (unsigned int s = 0; s < chooser->n_stakes; s++) {
        const struct stake *stake = &chooser->stakes[s];

        if (stake->owner == i && stake->sound && !stake->kept &&
            (hwloc_bitmap_set(lost, (unsigned int)stake->region.base) < 0 ||
             hwloc_bitmap_set(rivals, stake->rival) < 0))
            return -ENOMEM;
    }
    n = hwloc_bitmap_weight(rivals);
    *ret_text = NULL;
    if (n == 0)
        return 0;
    first = fixer_instance(chooser->fixer, (unsigned int)hwloc_bitmap_first(rivals))->name;
    list = text_set("CPU", lost);
    if (!list)
        return -ENOMEM;
    *ret_text = n == 1 ? text("%s also belong%s to \"%s\"", list,
                              hwloc_bitmap_weight(lost) == 1 ? "s" : "", first)
                       : text("%s also belong to \"%s\" and %d more", list, first, n - 1);
    return *ret_text ? 0 : -ENOMEM;
}

/* "CPUs 12-13 of node 0 are free", and how many fewer it gets if not all could be replaced. */
static char *tell_outcome(const struct chooser *chooser, unsigned int i)
{
    hwloc_const_bitmap_t now = chooser->fixer->cpus[i], before = wish_of(chooser, i)->cpus;
    autoset hwloc_bitmap_t added = hwloc_bitmap_dup(now), nodes = NULL;
    autofree char *list = NULL, *where = NULL;
    int fewer = hwloc_bitmap_weight(before) - hwloc_bitmap_weight(now);

    if (!added || hwloc_bitmap_andnot(added, added, before) < 0)
        return NULL;
    nodes = machine_nodes_of_cpus(chooser->fixer->machine, added);
    if (hwloc_bitmap_iszero(added))
        return text("no other is free, so it gets %d fewer", fewer);
    list = text_set("CPU", added);
    where = nodes ? text_set("node", nodes) : NULL;
    if (!list || !where)
        return NULL;
    return fewer > 0 ? text("%s of %s %s free and no more, so it gets %d fewer", list, where,
                            hwloc_bitmap_weight(added) == 1 ? "is" : "are", fewer)
                     : text("%s of %s %s free", list, where,
                            hwloc_bitmap_weight(added) == 1 ? "is" : "are");
}

static int propose(const struct chooser *chooser, unsigned int i)
{
    struct fixer *fixer = chooser->fixer;
    struct fix_change *change;
    char *rivals = NULL;
    int r;

    if (hwloc_bitmap_isequal(fixer->cpus[i], wish_of(chooser, i)->cpus))
        return 0;
    if (hwloc_bitmap_iszero(fixer->cpus[i]))
        return fixer_unmet(fixer, text("\"%s\" names no CPU that it can have, and none is free",
                                       fixer_instance(fixer, i)->name));
    r = tell_rivals(chooser, i, &rivals);
    if (r < 0)
        return r;
    change = fixer_change(fixer, i, FIX_CPUS,
                          fixer_reason(fixer, fixer_instance(fixer, i)->at[KEY_CPUS], rivals,
                                       tell_outcome(chooser, i)));
    return change ? change_set(change, fixer->cpus[i]) : -ENOMEM;
}

int fix_cpus(struct fixer *fixer)
{
    CLEANUP(cleanup_chooser) struct chooser chooser = {.fixer = fixer};
    unsigned int n = fixer->wishes->n_wishes;
    int r = find_eligible(&chooser);

    if (r == 0)
        r = collect(&chooser);
    if (r == 0)
        r = stakes_settle(chooser.stakes, chooser.n_stakes, n);
    if (r == 0)
        r = share_out(&chooser);
    /* Nobody is left without any while another gets its last. */
    for (unsigned int i = 0; r == 0 && i < n; i++)
        r = fixer->cpus[i] ? fill(&chooser, i, 1) : 0;
    for (unsigned int i = 0; r == 0 && i < n; i++)
        r = fixer->cpus[i] ? fill(&chooser, i, INT_MAX) : 0;
    for (unsigned int i = 0; r == 0 && i < n; i++)
        r = fixer->cpus[i] ? propose(&chooser, i) : 0;
    return r;
}
