/* SPDX-License-Identifier: Apache-2.0 */
/* Which memory is whose, from what the kernel tells of it and from parts of that. */

#include "test.h"

#include "machine.h"
#include "packed-machine.h"
#include "tree.h"

#include <inttypes.h>

#define NODE_DIR "sys/devices/system/node"

/* A zone as the kernel shows it, with the lines around that are of no use. */
#define ZONE(node, name, start, spanned, present, managed)                                         \
    "Node " #node ", zone " name "\n  per-node stats\n      nr_inactive_anon 12\n"                 \
    "  pages free     7\n        boost    0\n        spanned  " #spanned                           \
    "\n        present  " #present "\n        managed  " #managed                                  \
    "\n        cma      0\n  pagesets\n    cpu: 0\n"                                               \
    "              count: 3\n  node_unreclaimable:  0\n  start_pfn:           " #start "\n"
#define EMPTY_ZONE(node, name)                                                                     \
    "Node " #node ", zone " name "\n  pages free     0\n        spanned  0\n        present  0\n"  \
    "        managed  0\n"

/* 2 MiB and 1 MiB in blocks of 1 MiB, and a hole. */
#define TWO_RAM                                                                                    \
    "00000000-00000fff : Reserved\n00001000-0009fbff : System RAM\n0009fc00-000fffff : Reserved\n" \
    "00100000-001fffff : System RAM\n  00140000-00150000 : Kernel code\n  00180000-0018ffff : "    \
    "reserved\n00300000-003fffff : System RAM\n00400000-004fffff : Persistent Memory\n"
#define TWO_ZONES                                                                                  \
    ZONE(0, "DMA", 1, 255, 158, 150)                                                               \
    ZONE(0, "Normal", 256, 256, 256, 220)                                                          \
    EMPTY_ZONE(0, "Movable") ZONE(1, "Normal", 768, 256, 256, 256) EMPTY_ZONE(1, "Device")

static const struct ranges_case {
    const char *why;
    const char *iomem;
    const char *zoneinfo;
    unsigned int kib[3]; /* of the nodes; as many exist as are not 0 */
    const char *blocks;  /* "NODE:BLOCK ", with ! one that is offline */
    const char *ranges;  /* "NODE: BASE+BYTES ..." */
} cases[] = {
    {"memory cut by zones",
     TWO_RAM,
     TWO_ZONES,
     {1480, 1024},
     "0:0 0:1 1:3 ",
     "0: 1000+9e000 100000+100000 1: 300000+100000"},
    {"without blocks, which are not needed",
     TWO_RAM,
     TWO_ZONES,
     {1480, 1024},
     "",
     "0: 1000+9e000 100000+100000 1: 300000+100000"},
    {"without zones",
     TWO_RAM,
     NULL,
     {1480, 1024},
     "0:0 0:1 1:3 ",
     "0: 1000+9ec00 100000+100000 1: 300000+100000"},
    {"without either", TWO_RAM, NULL, {1480, 1024}, "", "0: 1:"},
    {"without either, but there is one node only",
     TWO_RAM,
     NULL,
     {2504},
     "",
     "0: 1000+9ec00 100000+100000 300000+100000"},
    {"addresses shown to root only",
     "00000000-00000000 : System RAM\n",
     TWO_ZONES,
     {1480, 1024},
     "0:0 0:1 1:3 ",
     "0: 1000+1ff000 1: 300000+100000"},
    {"addresses shown to root only, and no zones",
     "00000000-00000000 : System RAM\n",
     NULL,
     {1024},
     "0:1 ",
     "0: 100000+100000"},
    {"addresses shown to root only, and nothing else",
     "00000000-00000000 : System RAM\n",
     NULL,
     {1024},
     "",
     "0:"},
    {"parts of pages",
     "00000000-000ffdff : System RAM\n00100200-001fffff : System RAM\n",
     ZONE(0, "DMA", 0, 512, 510, 500),
     {2000},
     "",
     "0: 0+ff000 101000+ff000"},
    {"blocks alone", NULL, NULL, {1480, 1024}, "0:0 0:1 0:2! 1:3 ", "0: 0+200000 1: 300000+100000"},
    {"zones alone do not tell holes", NULL, TWO_ZONES, {1480, 1024}, "", "0: 1:"},
    {"pages of 64 KiB",
     "00000000-001fffff : System RAM\n",
     ZONE(0, "DMA", 0, 16, 16, 15) ZONE(1, "DMA", 16, 16, 16, 16),
     {960, 1024},
     "",
     "0: 0+100000 1: 100000+100000"},
    {"one node within another",
     "00000000-002fffff : System RAM\n",
     ZONE(0, "Normal", 0, 768, 512, 512) ZONE(1, "Normal", 256, 256, 256, 256),
     {2048, 1024},
     "0:0 1:1 0:2 ",
     "0: 0+100000 200000+100000 1: 100000+100000"},
    {"one node within another, and nothing else told",
     "00000000-002fffff : System RAM\n",
     ZONE(0, "Normal", 0, 768, 512, 512) ZONE(1, "Normal", 256, 256, 256, 256),
     {2048, 1024},
     "",
     "0: 1:"},
    {"of three nodes, one is apart",
     "00000000-003fffff : System RAM\n",
     ZONE(0, "Normal", 0, 768, 512, 512) ZONE(1, "Normal", 256, 256, 256, 256)
         ZONE(2, "Normal", 768, 256, 256, 256),
     {2048, 1024, 1024},
     "",
     "0: 1: 2: 300000+100000"},
    {"a block of both nodes",
     TWO_RAM "00200000-002fffff : System RAM\n",
     ZONE(0, "Normal", 0, 640, 542, 512) ZONE(1, "Normal", 640, 384, 384, 384),
     {2048, 1536},
     "0:0 0:1 0:2 1:2 1:3 ",
     "0: 1000+9e000 100000+180000 1: 280000+180000"},
    {"a block taken out of use",
     "00000000-002fffff : System RAM\n",
     ZONE(0, "Normal", 0, 768, 512, 512),
     {2048},
     "0:0 0:1! 0:2 ",
     "0: 0+100000 200000+100000"},
    {"memory that drivers brought",
     "00000000-000fffff : System RAM\n00100000-002fffff : CXL Window 0\n  00100000-002fffff : "
     "dax0.0\n    00100000-002fffff : System RAM (kmem)\n00800000-008fffff : System RAM (boot "
     "alias)\n",
     ZONE(0, "Normal", 0, 256, 256, 256) ZONE(1, "Movable", 256, 512, 512, 512),
     {1024, 2048},
     "",
     "0: 0+100000 1: 100000+200000"},
    {"memory and pages that do not go together", TWO_RAM, TWO_ZONES, {900, 300}, "", "0: 1:"},
    {"nonsense",
     "System RAM\n5-3 : System RAM\nffffffffffffffff-0 : System RAM\n0-ffffffffffffffff "
     ": System RAM\n1000-\n",
     "Node 0, zone\n  start_pfn:  99999999999999999999\n  spanned many\nNode 7, zone Normal\n  "
     "start_pfn: 1\n",
     {1024},
     "0:99999999999999999999 ",
     "0:"},
};

static void make_node(const struct tree *tree, unsigned int node, unsigned int kib)
{
    char path[64], text[128];

    (void)snprintf(path, sizeof(path), NODE_DIR "/node%u/meminfo", node); /* these fit */
    (void)snprintf(text, sizeof(text), "Node %u MemTotal: %u kB\nNode %u MemFree: 0 kB\n", node,
                   kib, node);
    tree_file(tree, path, text);
}

static void make_block(const struct tree *tree, unsigned int node, const char *block, bool online)
{
    char path[96], target[64];

    (void)snprintf(path, sizeof(path), NODE_DIR "/node%u/memory%s", node, block); /* these fit */
    (void)snprintf(target, sizeof(target), "../../memory/memory%s", block);
    tree_link(tree, path, target);
    (void)snprintf(path, sizeof(path), "sys/devices/system/memory/memory%s/state", block);
    tree_file(tree, path, online ? "online\n" : "offline\n");
}

static void make_machine(const struct tree *tree, const struct ranges_case *c)
{
    const char *at = c->blocks;
    unsigned int node, n = 0;
    char block[24], state;

    while (n < ARRAY_SIZE(c->kib) && c->kib[n]) {
        make_node(tree, n, c->kib[n]);
        n++;
    }
    tree_file(tree, NODE_DIR "/online", n == 1 ? "0\n" : n == 2 ? "0-1\n" : "0-2\n");
    tree_file(tree, "sys/devices/system/cpu/present", "0\n");
    tree_file(tree, "sys/devices/system/cpu/online", "0\n");
    tree_file(tree, "sys/devices/system/memory/block_size_bytes", "100000\n");
    if (c->iomem)
        tree_file(tree, "proc/iomem", c->iomem);
    if (c->zoneinfo)
        tree_file(tree, "proc/zoneinfo", c->zoneinfo);
    for (; sscanf(at, "%u:%20[0-9]%c", &node, block, &state) == 3; at = strchr(at, ' ') + 1)
        make_block(tree, node, block, state != '!');
}

static char *load_ranges(const char *source)
{
    automachine struct machine *machine = NULL;
    struct np_error err = {0};
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);

    assert_non_null(file);
    if (machine_load(source, MACHINE_RANGES, &machine, &err) < 0)
        fail_msg("%s: %s", source, err.text);
    for (unsigned int i = 0; i < machine->n_nodes; i++) {
        const struct node *node = &machine->nodes[i];

        fprintf(file, "%s%u:", i ? " " : "", node->id);
        for (unsigned int j = 0; j < node->n_ranges; j++)
            fprintf(file, " %" PRIx64 "+%" PRIx64, node->ranges[j].base, node->ranges[j].bytes);
    }
    assert_int_equal(fclose(file), 0);
    return text;
}

/* Each is the same in its own snapshot. */
static void test_ranges(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        autofree char *text = NULL;
        autofree char *again = NULL;
        struct packed_machine packed;
        struct tree tree;

        print_message("  %s\n", cases[i].why);
        tree_init(&tree);
        make_machine(&tree, &cases[i]);
        text = load_ranges(tree.path);
        assert_string_equal(text, cases[i].ranges);
        pack_machine(tree.root, &packed);
        again = load_ranges(packed.source);
        assert_string_equal(again, text);
        assert_int_equal(close(packed.fd), 0);
        tree_fini(&tree);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ranges),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
