/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory at addresses that an instance cannot have: the same size at the nearest free place of the
 * nodes where its policy wants it; on other nodes where those have none; and less of it where there
 * is no place large enough.
 */

#include "find-place.h"
#include "fixer.h"
#include "stake.h"

struct mover {
    struct fixer *fixer;
    struct region_set *room; /* by node_idx: what instances may have of it */
    struct stake *stakes;    /* one a region */
    unsigned int n_stakes;
    struct region_set taken; /* in no order */
    uint64_t budget;         /* what is free and not wanted by those that name no address */
    hwloc_bitmap_t wanted;   /* of the instance at hand: nodes, by kernel id */
};

static void cleanup_mover(struct mover *mover)
{
    for (unsigned int i = 0; mover->room && i < mover->fixer->machine->n_nodes; i++)
        region_set_fini(&mover->room[i]);
    free(mover->room);
    free(mover->stakes);
    region_set_fini(&mover->taken);
    hwloc_bitmap_free(mover->wanted);
}

static bool binds(const struct instance *instance)
{
    return instance->memory_policy == MEMORY_POLICY_BIND;
}

/* What is not a whole page at the end of a region is nobody's. */
static struct region whole_pages(struct region region)
{
    region.bytes -= region.bytes % REGION_PAGE_BYTES;
    if (region.bytes == 0)
        region.bytes = REGION_PAGE_BYTES;
    return region;
}

static int add_all(struct region_set *set, const struct region_set *more)
{
    int r = 0;

    for (unsigned int i = 0; r == 0 && i < more->n; i++)
        r = region_set_add(set, more->regions[i].base, more->regions[i].bytes);
    return r;
}

/* What instances may have of these nodes; NULL: of all. The caller ends it. */
static int room_of(const struct mover *mover, hwloc_const_bitmap_t nodes,
                   struct region_set *ret_room)
{
    const struct machine *machine = mover->fixer->machine;
    autoregions struct region_set room = {0};
    int r = 0;

    for (unsigned int i = 0; r == 0 && i < machine->n_nodes; i++) {
        if (!nodes || hwloc_bitmap_isset(nodes, machine->nodes[i].id))
            r = add_all(&room, &mover->room[i]);
    }
    if (r < 0)
        return r;
    region_set_order(&room);
    *ret_room = room;
    room = (struct region_set){0};
    return 0;
}

/* Whether all of it is in room. */
static int is_inside(const struct region_set *room, struct region region, bool *ret_inside)
{
    autoregions struct region_set one = {0}, common = {0};
    int r = region_set_add(&one, region.base, region.bytes);

    if (r == 0)
        r = region_set_common(room, &one, &common);
    *ret_inside = r == 0 && region_set_bytes(&common) == region.bytes;
    return r == -ERANGE ? 0 : r;
}

static bool overlaps_own(const struct instance *instance, unsigned int i)
{
    for (unsigned int j = 0; j < i; j++) {
        if (region_common_bytes(instance->regions[j], instance->regions[i]) > 0)
            return true;
    }
    return false;
}

/* The nodes that its policy binds it to, as far as they exist; NULL in *ret_nodes: none. */
static int bound_nodes(const struct fixer *fixer, unsigned int i, hwloc_bitmap_t *ret_nodes)
{
    hwloc_const_bitmap_t named = fixer->wishes->wishes[i].nodes;
    autoset hwloc_bitmap_t nodes = hwloc_bitmap_alloc();

    if (!nodes)
        return -ENOMEM;
    for (unsigned int n = 0;
         named && binds(fixer_instance(fixer, i)) && n < fixer->machine->n_nodes; n++) {
        unsigned int id = fixer->machine->nodes[n].id;

        if (hwloc_bitmap_isset(named, id) && hwloc_bitmap_set(nodes, id) < 0)
            return -ENOMEM;
    }
    *ret_nodes = hwloc_bitmap_iszero(nodes) ? NULL : TAKE(nodes);
    return 0;
}

static int add_stakes(struct mover *mover, unsigned int i)
{
    const struct instance *instance = fixer_instance(mover->fixer, i);
    autoset hwloc_bitmap_t bound = NULL;
    autoregions struct region_set room = {0};
    int r = bound_nodes(mover->fixer, i, &bound);

    if (r == 0)
        r = room_of(mover, bound, &room);
    for (unsigned int j = 0; r == 0 && j < instance->n_regions; j++) {
        struct region region = whole_pages(instance->regions[j]);
        bool inside;

        r = is_inside(&room, region, &inside);
        mover->stakes[mover->n_stakes++] = (struct stake){
            .owner = i,
            .tag = j,
            .region = region,
            .weight = region.bytes,
            .sound = inside && region.base % REGION_PAGE_BYTES == 0 && !overlaps_own(instance, j)};
    }
    return r;
}

/* Where those that name no address want more than is free, they are the ones to be lowered. */
static int find_budget(struct mover *mover)
{
    const struct wishes *wishes = mover->fixer->wishes;
    autoregions struct region_set all = {0};
    uint64_t wanted = 0, left;
    int r = room_of(mover, NULL, &all);

    for (unsigned int i = 0; i < wishes->n_wishes; i++) {
        const struct instance *instance = wishes->wishes[i].instance;

        if (instance->n_regions == 0 &&
            __builtin_add_overflow(wanted, instance->memory_bytes, &wanted))
            wanted = UINT64_MAX;
    }
    if (r < 0)
        return r;
    left = region_set_bytes(&all) - region_set_bytes(&mover->taken);
    mover->budget = left > wanted ? left - wanted : left;
    return 0;
}

static int prepare(struct mover *mover)
{
    const struct wishes *wishes = mover->fixer->wishes;
    unsigned int n = 0;
    int r = 0;

    mover->room = calloc(wishes->machine->n_nodes + 1, sizeof(*mover->room));
    mover->wanted = hwloc_bitmap_alloc();
    for (unsigned int i = 0; i < wishes->n_wishes; i++)
        n += wishes->wishes[i].instance->n_regions;
    mover->stakes = calloc(n + 1, sizeof(*mover->stakes));
    if (!mover->room || !mover->wanted || !mover->stakes)
        return -ENOMEM;
    for (unsigned int i = 0; r == 0 && i < wishes->machine->n_nodes; i++)
        r = wishes_room(wishes, i, &mover->room[i]);
    for (unsigned int i = 0; r == 0 && i < wishes->n_wishes; i++) {
        if (wishes->wishes[i].instance->n_regions > 0)
            r = add_stakes(mover, i);
    }
    if (r == 0)
        r = stakes_settle(mover->stakes, mover->n_stakes, wishes->n_wishes);
    for (unsigned int i = 0; r == 0 && i < mover->n_stakes; i++) {
        const struct stake *stake = &mover->stakes[i];

        if (stake->kept)
            r = region_set_add(&mover->taken, stake->region.base, stake->region.bytes);
    }
    return r < 0 ? r : find_budget(mover);
}

/* The nodes that its policy asks for: those named, or those of its CPUs. */
static int find_wanted(struct mover *mover, unsigned int i)
{
    struct fixer *fixer = mover->fixer;
    const struct instance *instance = fixer_instance(fixer, i);
    hwloc_const_bitmap_t named = fixer->wishes->wishes[i].nodes, cpus = fixer->cpus[i];
    bool by_cpus = cpus && !hwloc_bitmap_iszero(cpus) &&
                   (!named || instance->memory_policy == MEMORY_POLICY_LOCAL);
    hwloc_bitmap_t nodes = by_cpus ? machine_nodes_of_cpus(fixer->machine, cpus)
                           : named ? hwloc_bitmap_dup(named)
                                   : hwloc_bitmap_alloc_full();

    if (!nodes)
        return -ENOMEM;
    hwloc_bitmap_free(mover->wanted);
    mover->wanted = nodes;
    return 0;
}

static int holes_of(const struct mover *mover, hwloc_const_bitmap_t nodes,
                    struct region_set *ret_holes)
{
    int r = room_of(mover, nodes, ret_holes);

    for (unsigned int i = 0; r == 0 && i < mover->taken.n; i++)
        r = region_set_cut(ret_holes, mover->taken.regions[i]);
    return r;
}

enum place_outcome { PLACE_FOUND = 0, PLACE_NONE = 1 };

/* A place for an instance's region, on other nodes than it wants only if it is not bound to them:
 * to change base or size alone is better than to change both. PLACE_NONE when there is not a page
 * left. */
static int choose_place(struct mover *mover, const struct instance *instance, struct region was,
                        struct region *ret_place)
{
    autoregions struct region_set near = {0}, all = {0};
    int r = holes_of(mover, mover->wanted, &near);
    bool lowered;

    if (r == 0 && !binds(instance))
        r = holes_of(mover, NULL, &all);
    if (r < 0)
        return r;
    lowered = was.bytes > mover->budget;
    if (lowered)
        was.bytes = mover->budget - mover->budget % REGION_PAGE_BYTES;
    if (was.bytes == 0)
        return PLACE_NONE;
    return (!lowered &&
            (place_whole(&near, was, ret_place) || place_whole(&all, was, ret_place))) ||
                   place_shorter(&all, was, ret_place) || place_shorter(&near, was, ret_place) ||
                   place_whole(&near, was, ret_place) || place_whole(&all, was, ret_place) ||
                   place_largest(&near, ret_place) || place_largest(&all, ret_place)
               ? PLACE_FOUND
               : PLACE_NONE;
}

/* "some of 0x800000000-0xbffffffff also belongs to "web"", of the first that it lost to anybody;
 * NULL: to nobody. */
static int tell_rival(const struct mover *mover, unsigned int i, char **ret_text)
{
    const struct instance *instance = fixer_instance(mover->fixer, i);
    const char *rival = NULL;
    char addresses[REGION_TEXT_MAX];

    *ret_text = NULL;
    for (unsigned int s = 0; !rival && s < mover->n_stakes; s++) {
        const struct stake *stake = &mover->stakes[s];

        if (stake->owner != i || stake->kept)
            continue;
        if (stake->sound)
            rival = fixer_instance(mover->fixer, stake->rival)->name;
        else if (overlaps_own(instance, stake->tag))
            rival = instance->name;
        (void)region_format(stake->region, addresses);
    }
    if (!rival)
        return 0;
    *ret_text = text("some of %s also belongs to \"%s\"", addresses, rival);
    return *ret_text ? 0 : -ENOMEM;
}

/* "0x1000-0x1fff on node 1 is free" */
static char *tell_place(const struct mover *mover, struct region place)
{
    const struct machine *machine = mover->fixer->machine;
    char addresses[REGION_TEXT_MAX];

    for (unsigned int i = 0; i < machine->n_nodes; i++) {
        for (unsigned int j = 0; j < mover->room[i].n; j++) {
            struct region common;

            if (region_common(mover->room[i].regions[j], place, &common) &&
                common.base == place.base && common.bytes == place.bytes)
                return text("%s of node %u is free", region_format(place, addresses),
                            machine->nodes[i].id);
        }
    }
    return text("%s is free", region_format(place, addresses));
}

struct move {
    unsigned int instance;
    struct region *regions; /* as they will be */
    bool moved;
    bool lowered; /* there is no place for all of it */
    bool resized;
    struct region first; /* of those that moved */
};

static int put_base(const struct mover *mover, const struct move *move, unsigned int n)
{
    struct fixer *fixer = mover->fixer;
    autofree uint64_t *bases = calloc(n + 1, sizeof(*bases));
    struct fix_change *change;
    char *rival;
    int r = bases ? tell_rival(mover, move->instance, &rival) : -ENOMEM;

    if (r < 0)
        return r;
    for (unsigned int j = 0; j < n; j++)
        bases[j] = move->regions[j].base;
    change =
        fixer_change(fixer, move->instance, FIX_MEMORY_BASE,
                     fixer_reason(fixer, fixer_instance(fixer, move->instance)->at[KEY_REGIONS],
                                  rival, tell_place(mover, move->first)));
    return change ? change_numbers(change, bases, n) : -ENOMEM;
}

static int put_bytes(struct fixer *fixer, const struct move *move, unsigned int n)
{
    autofree uint64_t *sizes = calloc(n + 1, sizeof(*sizes));
    const struct instance *instance = fixer_instance(fixer, move->instance);
    const char *way = "whole pages of it";
    char size[SIZE_TEXT_MAX];
    struct fix_change *change;
    uint64_t sum = 0;

    if (!sizes)
        return -ENOMEM;
    for (unsigned int j = 0; j < n; j++) {
        sizes[j] = move->regions[j].bytes;
        sum += sizes[j];
    }
    if (move->lowered)
        way = move->moved ? "no more can be had in one piece" : "no more is free from there on";
    else if (instance->memory_bytes == 0)
        way = "one page is the least";
    change = fixer_change(fixer, move->instance, FIX_MEMORY_BYTES,
                          fixer_reason(fixer, instance->at[KEY_MEMORY], NULL,
                                       text("%s: %s", way, size_format(sum, size))));
    return change ? change_numbers(change, sizes, n) : -ENOMEM;
}

/* Finds places for what an instance has lost. */
static int move_regions(struct mover *mover, struct move *move)
{
    const struct instance *instance = fixer_instance(mover->fixer, move->instance);
    int r = find_wanted(mover, move->instance);

    for (unsigned int s = 0; r == 0 && s < mover->n_stakes; s++) {
        const struct stake *stake = &mover->stakes[s];
        struct region *region = &move->regions[stake->tag];

        if (stake->owner != move->instance || stake->kept)
            continue;
        r = choose_place(mover, instance, stake->region, region);
        if (r == PLACE_FOUND) {
            mover->budget -= region->bytes;
            r = region_set_add(&mover->taken, region->base, region->bytes);
        }
        move->lowered |= region->bytes < stake->region.bytes;
        if (r == 0 && region->base != instance->regions[stake->tag].base && !move->moved) {
            move->moved = true;
            move->first = *region;
        }
    }
    return r;
}

static int fix_one(struct mover *mover, unsigned int i)
{
    const struct instance *instance = fixer_instance(mover->fixer, i);
    unsigned int n = instance->n_regions;
    autofree struct region *regions = calloc(n + 1, sizeof(*regions));
    struct move move = {.instance = i, .regions = regions};
    int r;

    if (!regions)
        return -ENOMEM;
    for (unsigned int j = 0; j < n; j++)
        regions[j] = whole_pages(instance->regions[j]);
    r = move_regions(mover, &move);
    if (r == PLACE_NONE)
        return fixer_unmet(mover->fixer, text("\"%s\" has memory that it cannot have, and no page "
                                              "of the nodes where it may be is free",
                                              instance->name));
    for (unsigned int j = 0; j < n; j++)
        move.resized |= regions[j].bytes != instance->regions[j].bytes;
    if (r == 0 && move.moved)
        r = put_base(mover, &move, n);
    if (r == 0 && move.resized)
        r = put_bytes(mover->fixer, &move, n);
    return r;
}

/* A size of 0 says nothing. */
static int drop_zero(struct fixer *fixer, unsigned int i)
{
    const struct instance *instance = fixer_instance(fixer, i);

    if (instance->memory_bytes > 0 || !instance_says(instance, KEY_MEMORY))
        return 0;
    return fixer_change(fixer, i, FIX_MEMORY_BYTES,
                        fixer_reason(fixer, instance->at[KEY_MEMORY], NULL, text("none is said")))
               ? 0
               : -ENOMEM;
}

int fix_memory(struct fixer *fixer)
{
    CLEANUP(cleanup_mover) struct mover mover = {.fixer = fixer};
    bool placed = machine_knows_ranges(fixer->machine);
    int r = placed ? prepare(&mover) : 0;

    for (unsigned int i = 0; r == 0 && i < fixer->wishes->n_wishes; i++) {
        if (fixer_instance(fixer, i)->n_regions == 0)
            r = drop_zero(fixer, i);
        else if (placed)
            r = fix_one(&mover, i);
    }
    return r;
}
