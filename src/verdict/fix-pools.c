/* SPDX-License-Identifier: Apache-2.0 */
/* Pools of memory that are not on nodes from end to end: what of each is on them, in one piece.
 * Never other memory than the file gives away. */

#include "fixer.h"
#include "mark.h"

/* Where nodes' memory is, whosever it is. */
static int find_memory(const struct machine *machine, struct region_set *memory)
{
    int r = 0;

    for (unsigned int i = 0; i < machine->n_nodes; i++) {
        for (unsigned int j = 0; r == 0 && j < machine->nodes[i].n_ranges; j++)
            r = region_set_add(memory, machine->nodes[i].ranges[j].base,
                               machine->nodes[i].ranges[j].bytes);
    }
    if (r == 0)
        region_set_order(memory);
    return r;
}

/* From its base on, so that this need not change; else the largest piece. false: it has no page. */
static bool cut_pool(const struct region_set *memory, struct region *pool)
{
    struct region best = {0};

    for (unsigned int i = 0; i < memory->n; i++) {
        struct region common;

        if (!region_common(memory->regions[i], *pool, &common) ||
            (common.base != pool->base && !region_keep_pages(&common)))
            continue;
        if (common.base == pool->base || common.bytes > best.bytes)
            best = common;
        if (common.base == pool->base)
            break;
    }
    *pool = best;
    return best.bytes > 0;
}

static int put(struct fixer *fixer, enum fix_property property, const struct pool *pool,
               const uint64_t *numbers, unsigned int n)
{
    struct mark at = property == FIX_POOL_BASE ? pool->at : pool->bytes_at;
    struct fix_change *change =
        fixer_change(fixer, FIX_HOST, property,
                     fixer_reason(fixer, pool->at, NULL, text("only what is on nodes")));

    if (!change)
        return -ENOMEM;
    change->at = at;
    return change_numbers(change, numbers, n);
}

/* The pools of one list. */
static int fix_list(struct fixer *fixer, const struct region_set *memory, const struct pool *pools,
                    unsigned int n)
{
    autofree uint64_t *bases = calloc(n, sizeof(*bases)), *sizes = calloc(n, sizeof(*sizes));
    char addresses[REGION_TEXT_MAX];
    bool moved = false, shortened = false;
    int r = 0;

    if (!bases || !sizes)
        return -ENOMEM;
    for (unsigned int i = 0; i < n; i++) {
        struct region pool = pools[i].region;

        if (!cut_pool(memory, &pool))
            return fixer_unmet(fixer, text("of the memory pool %s nothing is on a node",
                                           region_format(pools[i].region, addresses)));
        bases[i] = pool.base;
        sizes[i] = pool.bytes;
        moved |= pool.base != pools[i].region.base;
        shortened |= pool.bytes != pools[i].region.bytes;
    }
    if (shortened && mark_is_same(pools->at, pools->bytes_at))
        return fixer_unmet(fixer, text("a memory pool that `reg` tells reaches beyond the nodes: "
                                       "shorten it"));
    if (moved)
        r = put(fixer, FIX_POOL_BASE, pools, bases, n);
    return r == 0 && shortened ? put(fixer, FIX_POOL_BYTES, pools, sizes, n) : r;
}

int fix_pools(struct fixer *fixer)
{
    const struct spec *spec = fixer->wishes->spec;
    autoregions struct region_set memory = {0};
    int r = find_memory(fixer->machine, &memory);

    if (memory.n == 0)
        return r;
    for (unsigned int first = 0, n; r == 0 && first < spec->n_pools; first += n) {
        const struct pool *pools = &spec->pools[first];

        for (n = 1; first + n < spec->n_pools && mark_is_same(pools[n].at, pools->at); n++)
            ;
        r = fix_list(fixer, &memory, pools, n);
    }
    return r;
}
