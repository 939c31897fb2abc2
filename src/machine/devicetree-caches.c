/* SPDX-License-Identifier: Apache-2.0 */
/* Caches in a device tree: caches { l3@0 { level = <3>; size = <0x0 0x2000000>; cpus = <...>; }; }.
 * Kerf has no word for them. */

#include "devicetree-read.h"

#include <stddef.h>

#define LEVEL_MAX 9u /* one digit in the name */

#define N_TYPES 3u

/* Behind the level in a name. */
static const char letters[N_TYPES] = {
    [CACHE_UNIFIED] = '\0', [CACHE_DATA] = 'd', [CACHE_INSTRUCTION] = 'i'};

/* "l1d": level and type, where the name is such. */
static void parse_name(const char *name, struct cache *cache)
{
    if (name[0] != 'l' || name[1] < '1' || name[1] > '9')
        return;
    for (unsigned int type = 0; type < N_TYPES; type++) {
        if (name[2] == letters[type] && (name[2] == '\0' || name[3] == '\0')) {
            cache->level = (unsigned int)(name[1] - '0');
            cache->type = (enum cache_type)type;
        }
    }
}

static int read_level(const struct tree_reader *reader, const struct dt_node *where,
                      struct cache *cache)
{
    uint32_t level = cache->level;
    int r = tree_u32(reader, where, "level", &level);

    if (r == 0 && (level == 0 || level > LEVEL_MAX)) {
        r = tree_fail(reader, where, tree_mark(where, "level"), "the cache has no level");
        error_hint(reader->err, "write `level = <1>;` to %u in it, or call it l1d, l1i, l2, l3",
                   LEVEL_MAX);
    }
    cache->level = level;
    return r;
}

static const char *type_word(unsigned int type)
{
    return cache_type_name((enum cache_type)type);
}

static int read_type(const struct tree_reader *reader, const struct dt_node *where,
                     struct cache *cache)
{
    static const struct tree_words words = {"type of cache", type_word, CACHE_UNIFIED, N_TYPES};
    unsigned int type = cache->type;
    int r = tree_word(reader, where, "type", &words, &type);

    cache->type = (enum cache_type)type;
    return r;
}

static int read_size(const struct tree_reader *reader, const struct dt_node *where,
                     struct cache *cache)
{
    int r = tree_u64(reader, where, "size", &cache->bytes);

    if (r == 0 && cache->bytes == 0)
        r = tree_fail(reader, where, tree_mark(where, "size"), "the cache has no size");
    return r;
}

/* No CPU has two caches of one level and type. */
static int claim_cache(const struct tree_reader *reader, const struct dt_node *where,
                       const struct cache *cache, hwloc_bitmap_t claimed[LEVEL_MAX + 1][N_TYPES])
{
    hwloc_bitmap_t *set = &claimed[cache->level][cache->type];

    if (!*set)
        *set = hwloc_bitmap_alloc();
    return *set ? tree_claim_cpus(reader, where, cache->cpus, *set) : -ENOMEM;
}

static int read_cache(const struct tree_reader *reader, const struct dt_node *where,
                      hwloc_bitmap_t claimed[LEVEL_MAX + 1][N_TYPES])
{
    struct machine *machine = reader->machine;
    struct cache *cache = &machine->caches[machine->n_caches++];
    int r;

    *cache = (struct cache){.bytes = UNKNOWN_U64};
    parse_name(where->name, cache);
    r = read_level(reader, where, cache);
    if (r == 0)
        r = read_type(reader, where, cache);
    if (r == 0)
        r = read_size(reader, where, cache);
    if (r == 0)
        r = tree_member_cpus(reader, where, &cache->cpus);
    return r < 0 ? r : claim_cache(reader, where, cache, claimed);
}

/* Caches are by ascending level: the last that a CPU is seen in is the largest. */
static void fill_llcs(struct machine *machine)
{
    for (unsigned int i = 0; i < machine->n_caches; i++) {
        const struct cache *cache = &machine->caches[i];

        if (cache->type != CACHE_INSTRUCTION)
            put_fact(machine, cache->cpus, offsetof(struct cpu, llc),
                     hwloc_bitmap_first(cache->cpus));
    }
}

int tree_read_caches(const struct tree_reader *reader)
{
    const struct dt_node *section = tree_section(reader, "caches");
    hwloc_bitmap_t claimed[LEVEL_MAX + 1][N_TYPES] = {0};
    struct machine *machine = reader->machine;
    int r = 0;

    if (!section)
        return 0;
    machine->caches = calloc(section->n_children + 1, sizeof(*machine->caches));
    if (!machine->caches)
        return -ENOMEM;
    for (unsigned int i = 0; r == 0 && i < section->n_children; i++)
        r = read_cache(reader, section->children[i], claimed);
    for (size_t i = 0; i <= LEVEL_MAX; i++) {
        for (size_t j = 0; j < N_TYPES; j++)
            hwloc_bitmap_free(claimed[i][j]);
    }
    if (r < 0)
        return r;
    machine_order_caches(machine);
    fill_llcs(machine);
    return 0;
}
