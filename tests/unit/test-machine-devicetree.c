/* SPDX-License-Identifier: Apache-2.0 */
/* Machines read from device trees: all shapes that Kerf has had, and all that can be wrong. */

#include "test.h"

#include "machine-devicetree.h"
#include "set.h"

#include <string.h>

/* What stands in /resources; its first line is line 3 of the file. */
static struct dt *parse(const char *resources)
{
    autofree char *text = NULL;
    struct np_error err = {0};
    struct dt *dt = NULL;

    assert_true(asprintf(&text, "/multikernel-v1/;\n/ { resources {\n%s }; };\n", resources) > 0);
    if (dt_parse("machine.dts", text, strlen(text), &dt, &err) < 0)
        fail_msg("%u:%u: %s\n%s", err.line, err.column, err.text, text);
    return dt;
}

static struct machine *load(const char *resources)
{
    autodt struct dt *dt = parse(resources);
    struct machine *machine = NULL;
    struct np_error err = {0};

    if (machine_from_devicetree(dt, MACHINE_ALL, &machine, &err) < 0)
        fail_msg("%u:%u: %s", err.line, err.column, err.text);
    return machine;
}

static void assert_set(hwloc_const_bitmap_t set, const char *list)
{
    autofree char *text = set_format(set);

    assert_string_equal(text, list);
}

static void assert_cpus(const struct machine *machine, const char *list)
{
    autoset hwloc_bitmap_t cpus = hwloc_bitmap_alloc();

    for (unsigned int i = 0; i < machine->n_cpus; i++)
        hwloc_bitmap_set(cpus, machine->cpus[i].id);
    assert_set(cpus, list);
}

/* Kerf's first form, as its document has it. */
static const char document[] =
    "cpus {\n"
    "    total = <32>;\n"
    "    host-reserved = <0 1 2 3>;\n"
    "    available = <4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19\n"
    "                20 21 22 23 24 25 26 27 28 29 30 31>;\n"
    "    cores {\n"
    "        core@0 { cpus = <0 1>; };    // SMT siblings\n"
    "        core@1 { cpus = <2 3>; };\n"
    "        core@2 { cpus = <4 5>; };\n"
    "        // ... more cores ...\n"
    "    };\n"
    "};\n"
    "topology {\n"
    "    numa-nodes {\n"
    "        node@0 {\n"
    "            node-id = <0>;\n"
    "            memory-base = <0x0 0x0>;\n"
    "            memory-size = <0x0 0x800000000>;  // 16GB\n"
    "            cpus = <0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15>;\n"
    "        };\n"
    "        node@1 {\n"
    "            node-id = <1>;\n"
    "            memory-base = <0x0 0x800000000>;\n"
    "            memory-size = <0x0 0x800000000>;\n"
    "            cpus = <16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31>;\n"
    "        };\n"
    "    };\n"
    "};\n";

static void test_document(void **state)
{
    automachine struct machine *machine = load(document);
    const struct node *node = machine_node(machine, 1);

    assert_false(machine->live);
    assert_string_equal(machine->source, "machine.dts");
    assert_cpus(machine, "0-31");
    assert_true(machine_cpu(machine, 0)->online && machine_cpu(machine, 0)->granted);
    assert_int_equal(machine->n_nodes, 2);
    assert_set(node->cpus, "16-31");
    assert_int_equal(machine_cpu(machine, 16)->node, 1);
    assert_int_equal(node->total_bytes, 32 * GIB);
    assert_int_equal(node->free_bytes, UNKNOWN_U64);
    assert_int_equal(node->n_ranges, 1);
    assert_int_equal(node->ranges[0].base, 32 * GIB);
    assert_int_equal(node->ranges[0].bytes, 32 * GIB);
    assert_int_equal(node->kind, NODE_KIND_DRAM);
    assert_true(node->granted);
    assert_int_equal(machine_cpu(machine, 5)->core, 4);
    assert_set(machine_cpu(machine, 5)->siblings, "4-5");
    assert_int_equal(machine_cpu(machine, 6)->core, -1);
    assert_set(machine_cpu(machine, 6)->siblings, "");
    assert_int_equal(machine->distance.source, MATRIX_ABSENT);
}

/* The flat form, and sections in the other order. */
static void test_flat(void **state)
{
    automachine struct machine *machine =
        load("topology { numa-nodes {\n"
             "  node@7 { cpus = <0 1>; memory-size = <0x40000000>; memory-type = \"HBM\"; };\n"
             "  node@2 { cpus = <4 5>; memory-type = \"cxl\"; };\n"
             "}; cores { core@0 { cpus = <4 5>; }; }; };\n"
             "cpus = <4 5 6 7>;");

    assert_cpus(machine, "0-1,4-7");
    assert_int_equal(machine->nodes[0].id, 2);
    assert_int_equal(machine->nodes[0].kind, NODE_KIND_CXL);
    assert_int_equal(machine->nodes[0].total_bytes, UNKNOWN_U64);
    assert_int_equal(machine->nodes[1].id, 7);
    assert_int_equal(machine->nodes[1].kind, NODE_KIND_HBM);
    assert_int_equal(machine->nodes[1].total_bytes, GIB);
    assert_int_equal(machine->nodes[1].n_ranges, 0);
    assert_int_equal(machine_cpu(machine, 6)->node, -1);
    assert_int_equal(machine_cpu(machine, 5)->core, 4);
}

/* Kerf's smallest examples say nothing of nodes: there is one. */
static void test_one_node(void **state)
{
    static const struct {
        const char *memory;
        uint64_t total;
        unsigned int n_ranges;
    } cases[] = {
        {"", UNKNOWN_U64, 0},
        {"memory-base = <0x80000000>; memory-bytes = <0x0 0x380000000>;", 14 * GIB, 1},
        {"memory { total-bytes = <0x0 0x400000000>; memory-pool-base = <0x80000000>;\n"
         "memory-pool-bytes = <0x0 0x380000000>; };",
         16 * GIB, 1},
        {"memory@0 { size = <0x40000000>; }; memory@1 { size = <0x40000000>; };", 2 * GIB, 0},
        {"memory-pools { pool@0 { base = <0x2 0x0>; size = <0x6 0x0>; };\n"
         "pool@1 { base = <0x8 0x0>; size = <0x8 0x0>; }; };",
         56 * GIB, 2},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        automachine struct machine *machine = NULL;
        autofree char *text = NULL;

        assert_true(asprintf(&text, "cpus = <2 3>; %s", cases[i].memory) > 0);
        machine = load(text);
        assert_int_equal(machine->n_nodes, 1);
        assert_set(machine->nodes[0].cpus, "2-3");
        assert_int_equal(machine->nodes[0].total_bytes, cases[i].total);
        assert_int_equal(machine->nodes[0].n_ranges, cases[i].n_ranges);
    }
}

static void test_holes(void **state)
{
    automachine struct machine *machine =
        load("topology { numa-nodes { node@0 {\n"
             "memory-base = <0x1 0x0>, <0x0 0x0>;\n"
             "memory-size = <0x0 0x40000000>, <0x0 0x80000000>; }; }; };");
    const struct node *node = &machine->nodes[0];

    assert_int_equal(node->total_bytes, 3 * GIB);
    assert_int_equal(node->n_ranges, 2);
    assert_int_equal(node->ranges[0].bytes, 2 * GIB);
    assert_int_equal(node->ranges[1].base, 4 * GIB);
}

/* Parts that are not asked for are not there. */
static void test_parts(void **state)
{
    autodt struct dt *dt = parse(document);
    automachine struct machine *machine = NULL;

    assert_int_equal(machine_from_devicetree(dt, MACHINE_NODES, &machine, NULL), 0);
    assert_int_equal(machine->nodes[0].total_bytes, 32 * GIB);
    assert_int_equal(machine->nodes[0].n_ranges, 0);
    assert_int_equal(machine->nodes[0].kind, NODE_KIND_UNKNOWN);
    assert_int_equal(machine_cpu(machine, 0)->core, -1);
}

#define NODES4                                                                                     \
    "topology { numa-nodes {\nnode@0 { %s };\nnode@1 { %s };\nnode@2 { %s };\nnode@3 { %s };\n}; " \
    "};"
#define NODES2 "topology { numa-nodes {\nnode@0 { %s };\nnode@1 { %s };\n}; };"

static struct dt *parse_distances(const char *const says[4])
{
    autofree char *text = NULL;

    assert_true((says[2] ? asprintf(&text, NODES4, says[0], says[1], says[2], says[3])
                         : asprintf(&text, NODES2, says[0], says[1])) > 0);
    return parse(text);
}

static const struct {
    const char *what;
    const char *nodes[4];
    unsigned int from, to;
    uint64_t distance, back;
    bool adds_local;
} shapes[] = {
    {"whole, 0 is local",
     {"distance-matrix = < 0 10 20 30  10 0 20 30  20 20 0 20  30 30 20 0 >;", "", "", ""},
     0,
     3,
     40,
     40,
     true},
    {"whole on another node, 10 is local",
     {"", "distance-matrix = < 10 20 30 40  21 10 31 41  22 32 10 42  23 33 43 10 >;", "", ""},
     1,
     3,
     41,
     33,
     false},
    {"whole of two", {"", "distance-matrix = <10 21 20 10>;"}, 0, 1, 21, 20, false},
    {"the same whole on each",
     {"distance-matrix = <10 21 20 10>;", "distance-matrix = <10 21 20 10>;"},
     0,
     1,
     21,
     20,
     false},
    {"rows",
     {"distance-matrix = <10 20 30 40>;", "distance-matrix = <20 10 31 41>;",
      "distance-matrix = <30 31 10 42>;", "distance-matrix = <40 41 43 10>;"},
     2,
     3,
     42,
     43,
     false},
    {"rows of two, 0 is local",
     {"distance-matrix = <0 11>;", "distance-matrix = <12 0>;"},
     0,
     1,
     21,
     22,
     true},
    {"pairs",
     {"distance-matrix = <0 10 1 21 2 22 3 31>;", "distance-matrix = <0 23 1 10 2 31 3 21>;",
      "distance-matrix = <0 21 1 31 2 10 3 21>;", "distance-matrix = <0 31 1 21 2 21 3 10>;"},
     0,
     1,
     21,
     23,
     false},
    {"pairs that leave out local, and as many numbers as nodes",
     {"distance-matrix = <1 20 2 30>;", "distance-matrix = <0 21 2 30>;",
      "distance-matrix = <0 30 1 30>;", "distance-matrix = <1 30 0 30>;"},
     0,
     1,
     20,
     21,
     false},
    {"pairs on one node of two, as many as a whole",
     {"distance-matrix = <0 10 1 20>;", ""},
     0,
     1,
     20,
     0,
     false},
    {"pairs of two",
     {"distance-matrix = <1 20>;", "distance-matrix = <0 20>;"},
     0,
     1,
     20,
     20,
     false},
};

static void test_distances(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
        autodt struct dt *dt = parse_distances(shapes[i].nodes);
        automachine struct machine *machine = NULL;
        struct np_error err = {0};
        struct devicetree_doubts doubts;

        print_message("%s\n", shapes[i].what);
        if (machine_from_devicetree(dt, MACHINE_NODES, &machine, &err) < 0)
            fail_msg("%u: %s", err.line, err.text);
        assert_int_equal(machine->distance.source, MATRIX_GIVEN);
        assert_int_equal(matrix_get(machine, &machine->distance, shapes[i].from, shapes[i].to),
                         shapes[i].distance);
        assert_int_equal(matrix_get(machine, &machine->distance, shapes[i].to, shapes[i].from),
                         shapes[i].back);
        assert_int_equal(matrix_get(machine, &machine->distance, 1, 1), 10);
        assert_int_equal(devicetree_doubt(dt, &doubts), 0);
        assert_int_equal(doubts.adds_local, shapes[i].adds_local);
        assert_int_equal(doubts.adds_local_at.line, shapes[i].adds_local ? 4 : 0);
        devicetree_doubts_fini(&doubts);
    }
}

static void test_states(void **state)
{
    automachine struct machine *machine = load(
        "cpus { total = <6>; numaplace,absent = <3>; numaplace,offline = <4 5>;\n"
        "numaplace,isolated = <1 4>; numaplace,not-granted = <0>; };\n"
        "topology { numa-nodes { node@0 { cpus = <0 1 4>; numaplace,memory-not-granted; }; }; };");

    assert_cpus(machine, "0-2,4-5");
    assert_false(machine_cpu(machine, 4)->online);
    assert_true(machine_cpu(machine, 4)->isolated && machine_cpu(machine, 1)->isolated);
    assert_false(machine_cpu(machine, 0)->isolated);
    assert_false(machine_cpu(machine, 0)->granted);
    assert_int_equal(machine_cpu(machine, 4)->node, 0);
    assert_set(machine->nodes[0].cpus, "0-1");
    assert_false(machine->nodes[0].granted);
}

static void test_topology(void **state)
{
    automachine struct machine *machine =
        load("cpus { total = <8>;\n"
             "sockets { socket@0 { cpus = <0 1 2 3>; }; socket@1 { socket-id = <5>; cpus = <4 5 6 "
             "7>; }; };\n"
             "dies { die@0 { cpus = <0 1>; }; die@1 { cpus = <2 3>; }; };\n"
             "clusters { cluster@9 { cpus = <6 7>; }; };\n"
             "kinds { kind@0 { cpus = <4 5>; }; kind@1 { cpus = <0 1>; }; };\n"
             "caches { l3@0 { size = <0x0 0x2000000>; cpus = <4 5 6 7>; };\n"
             "  l1d@0 { cpus = <4 5>; size = <0x8000>; }; l1i@0 { cpus = <2 4 5>; };\n"
             "  llc@0 { level = <2>; type = \"Data\"; cpus = <0 1>; }; };\n"
             "};");

    assert_int_equal(machine_cpu(machine, 3)->package, 0);
    assert_int_equal(machine_cpu(machine, 4)->package, 5);
    assert_int_equal(machine_cpu(machine, 3)->die, 2);
    assert_int_equal(machine_cpu(machine, 4)->die, -1);
    assert_int_equal(machine_cpu(machine, 7)->cluster, 6);
    assert_int_equal(machine_cpu(machine, 5)->kind, 0);
    assert_int_equal(machine_cpu(machine, 1)->kind, 1);
    assert_int_equal(machine_cpu(machine, 2)->kind, -1);
    assert_int_equal(machine->n_caches, 4);
    assert_int_equal(machine->caches[0].level, 1);
    assert_int_equal(machine->caches[0].type, CACHE_DATA);
    assert_int_equal(machine->caches[0].bytes, 32 * KIB);
    assert_int_equal(machine->caches[1].type, CACHE_INSTRUCTION);
    assert_int_equal(machine->caches[1].bytes, UNKNOWN_U64);
    assert_int_equal(machine->caches[3].level, 3);
    assert_set(machine->caches[3].cpus, "4-7");
    assert_int_equal(machine_cpu(machine, 5)->llc, 4);
    assert_int_equal(machine_cpu(machine, 1)->llc, 0);
    assert_int_equal(machine_cpu(machine, 2)->llc, -1);
}

static void test_devices(void **state)
{
    automachine struct machine *machine = load(
        "topology { numa-nodes { node@0 { }; node@2 { }; }; };\n"
        "devices {\n"
        "nvme1: storage@1 { compatible = \"nvme\"; pci-id = \"0000:04:00.0\"; numa-node-id = <2>;\n"
        "  namespaces = <4>; host-reserved-ns = <1>; available-ns = <2 3 4>; };\n"
        "eth0: ethernet@0 { compatible = \"intel,i40e\", \"pci\"; numa-node = <0>;\n"
        "  sriov-vfs = <8>; host-reserved-vf = <0>; available-vfs = <1 2 3 4 5 6 7>; };\n"
        "pci@3 { device-name = \"enp9s0\"; }; pci@4 { compatible = \"vendor,nvme-disk\"; };\n"
        "gpu@0 { };\n"
        "tpu { };\n"
        "};");
    const struct device *eth0 = machine_device(machine, "eth0");
    const struct device *nvme1 = machine_device(machine, "nvme1");

    assert_int_equal(machine->n_devices, 6);
    assert_ptr_equal(eth0, &machine->devices[1]);
    assert_int_equal(eth0->class, DEVICE_NET);
    assert_string_equal(eth0->compatible, "intel,i40e");
    assert_int_equal(eth0->node, 0);
    assert_int_equal(eth0->vfs.total, 8);
    assert_set(eth0->vfs.reserved, "0");
    assert_set(eth0->vfs.available, "1-7");
    assert_int_equal(eth0->namespaces.total, -1);
    assert_null(eth0->namespaces.available);
    assert_int_equal(nvme1->class, DEVICE_BLOCK);
    assert_string_equal(nvme1->pci, "0000:04:00.0");
    assert_int_equal(nvme1->node, 2);
    assert_set(nvme1->namespaces.available, "2-4");
    assert_int_equal(machine_device(machine, "enp9s0")->class, DEVICE_NET);
    assert_int_equal(machine_device(machine, "enp9s0")->node, -1);
    assert_int_equal(machine_device(machine, "pci@4")->class, DEVICE_BLOCK);
    assert_int_equal(machine_device(machine, "gpu@0")->class, DEVICE_GPU);
    assert_int_equal(machine_device(machine, "tpu")->class, DEVICE_OTHER);
}

#define ONE_NODE(says) "topology { numa-nodes {\nnode@0 {\n" says "\n}; }; };"
#define TWO_NODES(a, b) "topology { numa-nodes {\nnode@0 {\n" a "\n};\nnode@1 {\n" b "\n}; }; };"
#define CPUS(says) "cpus {\n" says "\n};"
#define DEVICE(says) "cpus = <0>; devices {\neth0: ethernet@0 {\n" says "\n}; };"

/* The first line of what is in ONE_NODE is 5, in CPUS 4, in DEVICE 5; of TWO_NODES 5 and 8. */
static const struct {
    const char *text;
    unsigned int line;
    const char *message;
} errors[] = {
    {"memory-base = <0x0>;", 0, "describes no machine"},
    {CPUS("total = <70000>;"), 4, "`total` is 70000 CPUs"},
    {CPUS("total = <4>;\navailable = <2 3 4>;"), 5, "CPU 4, which does not exist"},
    {CPUS("total = \"four\";"), 4, "`total`"},
    {CPUS("cores { core@0 { cpus = <0 1>; };\ncore@1 { cpus = <2 1>; }; };"), 5,
     "CPU 1 is in another core"},
    {CPUS("cores {\ncore@0 { }; };"), 5, "it says no `cpus`"},
    {CPUS("sockets {\nsocket { cpus = <0>; }; };"), 5, "`socket` has no number"},
    {CPUS("sockets { socket@0 { cpus = <0>;\nsocket-id = <0x90000000>; }; };"), 5, "is above"},
    {CPUS("caches {\nbig@0 { cpus = <0>; }; };"), 5, "the cache has no level"},
    {CPUS("caches { big@0 { cpus = <0>;\nlevel = <10>; }; };"), 5, "the cache has no level"},
    {CPUS("caches { l1@0 { cpus = <0>;\ntype = \"trace\"; }; };"), 5, "no type of cache"},
    {CPUS("caches { l1@0 { cpus = <0>;\nsize = <0>; }; };"), 5, "no size"},
    {CPUS("\ncaches { l1@0 { cpus = <1 5>; }; l3@0 { cpus = <0 1 2 3>; }; };"), 5,
     "CPU 5 shares its largest cache with CPU 1, which has a larger one"},
    {CPUS("caches { l1@0 { cpus = <0 1>; };\nl1@1 { cpus = <1>; }; };"), 5,
     "CPU 1 is in another l1"},
    {ONE_NODE("}; node {"), 5, "`node` has no number"},
    {TWO_NODES("", "node-id = <0>;"), 8, "two nodes with the number 0"},
    {ONE_NODE("node-id = <70000>;"), 5, "`node-id` 70000 is above 65535"},
    {TWO_NODES("cpus = <0 1>;", "cpus = <1 2>;"), 8, "CPU 1 is on node 0, and cannot be on node 1"},
    {ONE_NODE("memory-type = \"dram\";\nmemory-base = <0x0>;"), 6, "and no `memory-size`"},
    {ONE_NODE("memory-base = <0x0 0x0>, <0x1 0x0>;\nmemory-size = <0x1000>;"), 6, "has 1 number"},
    {ONE_NODE("memory-base = <0xffffffffffff0000>;\nmemory-size = <0x20000>;"), 5,
     "end beyond 64 bits"},
    {ONE_NODE("memory-base = <0x1 0x800000000>;\nmemory-size = <0x20000>;"), 5, "`memory-base`"},
    {TWO_NODES("memory-base = <0x0 0x40000000>; memory-size = <0x0 0x40000000>;",
               "memory-base =\n<0x0 0x7fff0000>; memory-size = <0x0 0x40000000>;"),
     9, "of node 1 at 0x7fff0000 overlaps what node 0 has from 0x40000000 to 0x80000000"},
    {ONE_NODE("memory-base = <0x0 0x0>,\n<0x0 0x1000>; memory-size = <0x2000>, <0x2000>;"), 6,
     "overlaps"},
    {ONE_NODE("memory-type = \"sram\";"), 5, "\"sram\", which is no kind of memory"},
    {ONE_NODE("memory-size = <0x1000>;\nnumaplace,free-bytes = <0x2000>;"), 6,
     "8192 bytes are free, and node 0 has 4096"},
    {ONE_NODE("numaplace,tier = <0xffffffff>;"), 5, "tier 4294967295"},
    {ONE_NODE("numaplace,initiators = <3>;"), 5, "node 3, an initiator of node 0"},
    {ONE_NODE("numaplace,hugepages@2048 { pages = <3>;\nfree = <4>; };"), 6,
     "4 pages are free, and there are 3"},
    {ONE_NODE("numaplace,hugepages { pages = <3>; };"), 5, "has no number"},
    {ONE_NODE("numaplace,hugepages@12 { pages = <3>; };"), 5, "12 KiB is no size"},
    {ONE_NODE("numaplace,hugepages@16 { };\nnumaplace,hugepages@016 { };"), 6,
     "two pools of 16 KiB"},
    {ONE_NODE("numaplace,latency-ns = <1 2 3>;"), 5, "has 3 numbers for 1 nodes"},
    {"topology { numa-nodes {\nnumaplace,distance-source = \"srat\";\nnode@0 { }; }; };", 4,
     "\"srat\", which is no source"},
    {TWO_NODES("distance-matrix = <10 20 30>;", "distance-matrix = <20 10 30>;"), 5,
     "has 3 numbers, and there are 2 nodes"},
    {TWO_NODES("distance-matrix = <10 20 20>;", ""), 5, "has 3 numbers, and there are 2 nodes"},
    {TWO_NODES("distance-matrix = <10 20 20\n11>;", ""), 6,
     "from node 1 to node 1 is 11: to itself"},
    {TWO_NODES("distance-matrix = <10 20 20\n0>;", ""), 6, "other nodes have another"},
    {TWO_NODES("distance-matrix = <10 20>;", "distance-matrix = <20\n0>;"), 9,
     "other nodes have another"},
    {TWO_NODES("distance-matrix = <10 20>;", "distance-matrix = <\n9 10>;"), 9,
     "nothing is nearer than local"},
    {TWO_NODES("distance-matrix = <0\n0>;", "distance-matrix = <20 0>;"), 6,
     "nothing is nearer than local"},
    {TWO_NODES("distance-matrix = <10\n100000>;", "distance-matrix = <20 10>;"), 6,
     "no firmware means that"},
    {TWO_NODES("distance-matrix = <0 10 1 20>;", "distance-matrix = <0 20 1 10\n7 30>;"), 9,
     "a distance to node 7, which does not exist"},
    {TWO_NODES("distance-matrix = <0 10 1 20>;", "distance-matrix = <0 20 1 10\n0 30>;"), 9,
     "two distances to node 0"},
    {TWO_NODES("distance-matrix = <10 20>;", ""), 7, "it has no `distance-matrix`"},
    {DEVICE("device-name = <1>;"), 5, "it should hold a string"},
    {DEVICE("pci-id = \"8086:1572\";"), 5, "no PCI address"},
    {DEVICE("numa-node = <1>;"), 5, "device eth0 is on node 1, which does not exist"},
    {DEVICE("sriov-vfs = <4>;\navailable-vfs = <1 5>;"), 6, "has 5, and there are only 4"},
    {DEVICE("host-reserved-vf = <1>;\navailable-vfs = <1 2>;"), 6, "has what `host-reserved-vf`"},
    {DEVICE("namespaces = <0x80000000>;"), 5, "too large"},
    {DEVICE("numaplace,class = \"fpga\";"), 5, "no class of devices"},
    {DEVICE("};\neth1: ethernet@1 { device-name = \"eth0\";"), 6, "two net devices eth0"},
    {"cpus = <0>; numaplace,settings {\ndemotion = <0xffffffff>; };", 4, "`demotion` is too large"},
};

static void test_errors(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
        autodt struct dt *dt = parse(errors[i].text);
        automachine struct machine *machine = NULL;
        struct np_error err = {0};

        if (machine_from_devicetree(dt, MACHINE_ALL, &machine, &err) == 0)
            fail_msg("not found: %s", errors[i].message);
        if (err.line != errors[i].line || !strstr(err.text, errors[i].message))
            fail_msg("\"%s\" of line %u, but: line %u: %s", errors[i].message, errors[i].line,
                     err.line, err.text);
        assert_string_equal(err.file, "machine.dts");
        assert_int_equal(err.code, -EINVAL);
    }
}

static void test_words(void **state)
{
    autodt struct dt *dt = parse("cpus { total = <4>; cores { core@0 { cpus = <0>; }; }; };\n"
                                 "devices { eth0: whatever@0 { pci-id = \"0000:01:00.0\"; }; };\n"
                                 "surprise { cpus = <1>; };");
    const struct dt_node *cpus = dt_find(dt, "/resources/cpus");
    const struct dt_node *surprise = dt_find(dt, "/resources/surprise");

    assert_true(devicetree_knows(dt_find(dt, "/resources"), NULL));
    assert_true(devicetree_knows(cpus, "available"));
    assert_false(devicetree_knows(cpus, "availabel"));
    assert_true(devicetree_knows(dt_find(dt, "/resources/cpus/cores/core@0"), "cpus"));
    assert_false(devicetree_knows(dt_find(dt, "/resources/cpus/cores/core@0"), "total"));
    assert_true(devicetree_knows(dt_find(dt, "/resources/devices/whatever@0"), "sriov-vfs"));
    assert_false(devicetree_knows(surprise, NULL));
    assert_false(devicetree_knows(surprise, "cpus"));
    assert_false(devicetree_knows(dt->root, NULL));
    assert_null(devicetree_words(surprise));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_document),  cmocka_unit_test(test_flat),
        cmocka_unit_test(test_one_node),  cmocka_unit_test(test_holes),
        cmocka_unit_test(test_parts),     cmocka_unit_test(test_states),
        cmocka_unit_test(test_distances), cmocka_unit_test(test_topology),
        cmocka_unit_test(test_devices),   cmocka_unit_test(test_errors),
        cmocka_unit_test(test_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
