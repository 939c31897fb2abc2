/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where in the physical address space the memory of each node is.
 *
 * No file says it. What comes nearest, the most exact first:
 *
 *   /proc/iomem      where there is memory, to the byte, and not of which node. "reserved" below a
 *                    line of System RAM is memory of the node all the same. Only root is shown
 *                    addresses; others read zeros.
 *   /proc/zoneinfo   from where to where each node's zones go, to the page; holes are not told, and
 *                    the zones of two nodes may lie across one another.
 *   memory blocks    which block of 128 MiB to 2 GiB is of which node and in use; a block may be of
 *                    two nodes and have holes.
 *
 * So memory is cut by zones. Where that is more than the pages that the zones count, it is another
 * node's or not in use, and blocks cut it again; without iomem, the blocks are the memory. They are
 * read only then: there may be thousands.
 *
 * Zones count in pages, whose size depends on the architecture, and on arm64 on the kernel's
 * configuration. A captured tree does not have it in a file, but the kernel tells the memory of
 * each node in KiB (meminfo) and in pages (zoneinfo): the same number twice.
 */

#include "machine-read.h"

#include "region-set.h"
#include "set.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define NODE_DIR "sys/devices/system/node"
#define MEMORY_DIR "sys/devices/system/memory"

/* Pages of 4 to 64 KiB. */
#define PAGE_SHIFT_MIN 12
#define PAGE_SHIFT_MAX 16

/* Zones of a node that have memory, first in pages, then in bytes. */
struct node_zones {
    struct region_set spans;
    uint64_t present_pages; /* without holes and what is offline */
    uint64_t managed_pages; /* without what the kernel took for itself at boot: MemTotal */
};

/* Sets that are empty were not told. */
struct memory_map {
    struct region_set ram;
    struct node_zones *zones; /* by node_idx */
    uint64_t page_bytes;      /* 0: unknown, zones are of no use */
    struct region_set *blocks;
    bool has_blocks;
};

static void memory_map_fini(struct memory_map *map, unsigned int n_nodes)
{
    region_set_fini(&map->ram);
    for (unsigned int i = 0; i < n_nodes; i++) {
        if (map->zones)
            region_set_fini(&map->zones[i].spans);
        if (map->blocks)
            region_set_fini(&map->blocks[i]);
    }
    free(map->zones);
    free(map->blocks);
}

/* Whatever is not memory of our kernel is not called so, and memory that a driver brought is called
 * "System RAM (kmem)" and the like. A boot alias is a second address of the same memory. */
static bool is_ram(const char *name)
{
    static const char ram[] = "System RAM", alias[] = "System RAM (boot alias)";

    return strncmp(name, ram, strlen(ram)) == 0 && strncmp(name, alias, strlen(alias)) != 0;
}

static int read_ram(const struct root *root, struct region_set *ram)
{
    autofree char *text = NULL;
    int r = root_read(root, &text, "proc/iomem");

    for (const char *line = text, *next; r == 0 && *line; line = next) {
        uint64_t first, last;
        int length = 0;

        next = line + strcspn(line, "\n");
        next += *next == '\n';
        if (sscanf(line, " %" SCNx64 "-%" SCNx64 " : %n", &first, &last, &length) != 2 ||
            length == 0 || !is_ram(line + length) || last <= first)
            continue;
        r = region_set_add(ram, first, last - first + 1);
        if (r == -ERANGE)
            r = 0;
    }
    region_set_order(ram);
    return unless_memory(r);
}

/* The number after key: "  spanned  4095", "Node 0, zone". Not by sscanf, which looks for the end
 * of all that follows, and that is megabytes where there are many CPUs. */
static bool read_key(const char *line, const char *key, uint64_t *ret_value)
{
    const char *digits;

    line += strspn(line, " ");
    if (strncmp(line, key, strlen(key)) != 0)
        return false;
    digits = line + strlen(key);
    digits += strspn(digits, " ");
    if (*digits < '0' || *digits > '9')
        return false;
    *ret_value = strtoull(digits, NULL, 10);
    return true;
}

/* A zone ends with the line that says where it starts; an empty one does not say. */
static int parse_zones(const struct machine *machine, const char *text, struct node_zones *zones)
{
    uint64_t spanned = 0, present = 0, managed = 0, start, node;
    int idx = -1;

    for (const char *line = text; *line; line += *line == '\n') {
        int r = 0;

        if (read_key(line, "Node ", &node)) {
            idx = node > SET_ID_MAX ? -1 : machine_node_idx(machine, (unsigned int)node);
            spanned = present = managed = 0;
        } else if (idx >= 0 && read_key(line, "start_pfn:", &start)) {
            r = region_set_add(&zones[idx].spans, start, spanned);
            zones[idx].present_pages += present;
            zones[idx].managed_pages += managed;
        } else if (!read_key(line, "spanned ", &spanned) && !read_key(line, "present ", &present)) {
            (void)read_key(line, "managed ", &managed); /* one of many other lines if not */
        }
        if (r == -ENOMEM)
            return r;
        line += strcspn(line, "\n");
    }
    return 0;
}

/* 0 when the two do not go together. They were read at different moments, and so may differ. */
static uint64_t find_page_bytes(const struct machine *machine, const struct node_zones *zones)
{
    uint64_t pages = 0, bytes = 0;

    for (unsigned int i = 0; i < machine->n_nodes; i++) {
        if (machine->nodes[i].total_bytes == UNKNOWN_U64)
            continue;
        bytes += machine->nodes[i].total_bytes;
        pages += zones[i].managed_pages;
    }
    for (unsigned int shift = PAGE_SHIFT_MIN; shift <= PAGE_SHIFT_MAX && pages > 0; shift++) {
        uint64_t whole = bytes >> shift;

        if ((whole > pages ? whole - pages : pages - whole) <= pages / 4)
            return UINT64_C(1) << shift;
    }
    return 0;
}

static void scale_zones(struct node_zones *zones, uint64_t page_bytes)
{
    unsigned int n = 0;

    for (unsigned int i = 0; i < zones->spans.n; i++) {
        const struct region *pages = &zones->spans.regions[i];

        if (pages->base + pages->bytes > UINT64_MAX / page_bytes)
            continue;
        zones->spans.regions[n++] =
            (struct region){pages->base * page_bytes, pages->bytes * page_bytes};
    }
    zones->spans.n = n;
    region_set_order(&zones->spans);
}

static int read_zones(const struct machine *machine, const struct root *root,
                      struct memory_map *map)
{
    autofree char *text = NULL;
    int r;

    map->zones = calloc(machine->n_nodes + 1, sizeof(*map->zones));
    if (!map->zones)
        return -ENOMEM;
    r = root_read(root, &text, "proc/zoneinfo");
    if (r == 0)
        r = parse_zones(machine, text, map->zones);
    if (r < 0)
        return unless_memory(r);
    map->page_bytes = find_page_bytes(machine, map->zones);
    for (unsigned int i = 0; map->page_bytes && i < machine->n_nodes; i++)
        scale_zones(&map->zones[i], map->page_bytes);
    return 0;
}

/* The kernel makes no use of a part of a page. */
static void cut_to_pages(struct region_set *ram, uint64_t page_bytes)
{
    unsigned int n = 0;

    for (unsigned int i = 0; i < ram->n; i++) {
        const struct region *region = &ram->regions[i];
        uint64_t base = region->base + (page_bytes - region->base % page_bytes) % page_bytes;
        uint64_t end = region->base + region->bytes;

        end -= end % page_bytes;
        if (base < end)
            ram->regions[n++] = (struct region){base, end - base};
    }
    ram->n = n;
}

static int read_map(const struct machine *machine, const struct root *root, struct memory_map *map)
{
    int r = read_ram(root, &map->ram);

    if (r == 0)
        r = read_zones(machine, root, map);
    if (r == 0 && map->page_bytes)
        cut_to_pages(&map->ram, map->page_bytes);
    return r;
}

/* Whether memory and zones leave open what is whose. */
static int needs_blocks(const struct machine *machine, const struct memory_map *map,
                        bool *ret_needs)
{
    *ret_needs = map->ram.n == 0 || !map->page_bytes;
    for (unsigned int i = 0; !*ret_needs && i < machine->n_nodes; i++) {
        autoregions struct region_set own = {0};
        int r = region_set_common(&map->ram, &map->zones[i].spans, &own);

        if (r < 0)
            return r;
        *ret_needs = region_set_bytes(&own) / map->page_bytes > map->zones[i].present_pages;
    }
    return 0;
}

int ranges_need_blocks(const struct machine *machine, const struct root *root, bool *ret_need)
{
    struct memory_map map = {0};
    int r = read_map(machine, root, &map);

    if (r == 0)
        r = needs_blocks(machine, &map, ret_need);
    memory_map_fini(&map, machine->n_nodes);
    return r;
}

/* A snapshot has links to those only that are online, and not what they lead to. */
bool is_block_in_use(const struct root *root, const char *name)
{
    autofree char *state = NULL;

    if (strncmp(name, "memory", 6) != 0 || !name[6] || name[6 + strspn(name + 6, "0123456789")])
        return false;
    return root_read(root, &state, MEMORY_DIR "/%s/state", name) == -ENOENT ||
           (state && strcmp(state, "online") == 0);
}

static int read_blocks_of(const struct root *root, unsigned int node, uint64_t block_bytes,
                          struct region_set *blocks)
{
    autostrv char **names = NULL;
    int r = root_list(root, &names, NODE_DIR "/node%u", node);

    for (char **name = names; r == 0 && *name; name++) {
        unsigned long long number;

        if (!is_block_in_use(root, *name))
            continue;
        number = strtoull(*name + strlen("memory"), NULL, 10);
        if (number < UINT64_MAX / block_bytes)
            r = region_set_add(blocks, number * block_bytes, block_bytes);
    }
    region_set_order(blocks);
    return unless_memory(r);
}

static int read_blocks(const struct machine *machine, const struct root *root,
                       struct memory_map *map)
{
    autofree char *text = NULL;
    uint64_t block_bytes;
    int length = 0;
    int r = root_read(root, &text, MEMORY_DIR "/block_size_bytes");

    map->blocks = calloc(machine->n_nodes + 1, sizeof(*map->blocks));
    if (!map->blocks)
        return -ENOMEM;
    if (r < 0 || sscanf(text, "%" SCNx64 "%n", &block_bytes, &length) != 1 || text[length] ||
        block_bytes == 0)
        return unless_memory(r);
    for (unsigned int i = 0; r == 0 && i < machine->n_nodes; i++) {
        r = read_blocks_of(root, machine->nodes[i].id, block_bytes, &map->blocks[i]);
        map->has_blocks |= map->blocks[i].n > 0;
    }
    return r;
}

static int cut(struct region_set *ranges, const struct region_set *by)
{
    struct region_set common;
    int r = region_set_common(ranges, by, &common);

    if (r < 0)
        return r;
    region_set_fini(ranges);
    *ranges = common;
    return 0;
}

/* What all that was told leaves for a node; nothing where that does not tell nodes apart. */
static int find_ranges(const struct machine *machine, const struct memory_map *map,
                       unsigned int idx, struct region_set *ret_ranges)
{
    const struct region_set *all = map->ram.n > 0 ? &map->ram : NULL;
    const struct region_set *blocks = map->has_blocks ? &map->blocks[idx] : NULL;
    const struct region_set *zones = map->page_bytes ? &map->zones[idx].spans : NULL;
    autoregions struct region_set ranges = {0};
    int r;

    if (!blocks && (!all || (!zones && machine->n_nodes > 1)))
        return 0;
    all = all ? all : blocks;
    r = region_set_common(all, all, &ranges);
    if (r == 0 && blocks)
        r = cut(&ranges, blocks);
    if (r == 0 && zones)
        r = cut(&ranges, zones);
    if (r < 0)
        return r;
    *ret_ranges = ranges;
    ranges = (struct region_set){0};
    return 0;
}

static void forget_ranges(struct node *node)
{
    free(node->ranges);
    node->ranges = NULL;
    node->n_ranges = 0;
}

/* What is still two nodes' is nobody's: of neither is known what it has. */
static int forget_shared(struct machine *machine)
{
    autofree bool *shared = calloc(machine->n_nodes + 1, sizeof(*shared));

    if (!shared)
        return -ENOMEM;
    for (unsigned int i = 0; i < machine->n_nodes; i++) {
        const struct node *a = &machine->nodes[i];

        for (unsigned int j = 0; j < i; j++) {
            const struct node *b = &machine->nodes[j];
            autoregions struct region_set common = {0};
            int r = region_set_common(&(struct region_set){a->ranges, a->n_ranges},
                                      &(struct region_set){b->ranges, b->n_ranges}, &common);

            if (r < 0)
                return r;
            if (common.n > 0)
                shared[i] = shared[j] = true;
        }
    }
    for (unsigned int i = 0; i < machine->n_nodes; i++) {
        if (shared[i])
            forget_ranges(&machine->nodes[i]);
    }
    return 0;
}

int read_ranges(struct machine *machine, const struct root *root)
{
    struct memory_map map = {0};
    bool needs = false;
    int r = read_map(machine, root, &map);

    if (r == 0)
        r = needs_blocks(machine, &map, &needs);
    if (r == 0 && needs)
        r = read_blocks(machine, root, &map);
    for (unsigned int i = 0; r == 0 && i < machine->n_nodes; i++) {
        struct region_set ranges = {0};

        r = find_ranges(machine, &map, i, &ranges);
        machine->nodes[i].ranges = ranges.regions;
        machine->nodes[i].n_ranges = ranges.n;
    }
    memory_map_fini(&map, machine->n_nodes);
    return r < 0 ? r : forget_shared(machine);
}
