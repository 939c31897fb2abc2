/* SPDX-License-Identifier: Apache-2.0 */
/* Machines from small trees made by hand, each of a kind that somebody's machine is of. */

#include "test.h"

#include "machine.h"
#include "set.h"
#include "tree.h"

/* text of a file; "-> TARGET" is a link, NULL a directory. A table ends with path NULL. */
struct tree_entry {
    const char *path;
    const char *text;
};

#define NODE "sys/devices/system/node/"
#define CPU "sys/devices/system/cpu/"

static void make_tree(struct tree *tree, const struct tree_entry *entries)
{
    tree_init(tree);
    for (; entries->path; entries++) {
        char full[512];

        if (!entries->text)
            assert_int_equal(mkdir(tree_place(tree, entries->path, full), 0755), 0);
        else if (strncmp(entries->text, "-> ", 3) == 0)
            tree_link(tree, entries->path, entries->text + 3);
        else
            tree_file(tree, entries->path, entries->text);
    }
}

static struct machine *load_tree(const struct tree_entry *files, unsigned int parts)
{
    struct machine *machine = NULL;
    struct np_error err = {0};
    struct tree tree;
    int r;

    make_tree(&tree, files);
    r = machine_load(tree.path, parts, &machine, &err);
    if (r < 0)
        print_message("%s: %s\n", err.file, err.text);
    tree_fini(&tree);
    assert_int_equal(r, 0);
    assert_int_equal(machine_check(machine, &err), 0);
    return machine;
}

static void assert_set(hwloc_const_bitmap_t set, const char *list)
{
    autofree char *text = set_format(set);

    assert_string_equal(text, list);
}

/* Sparse ids; a node with CPUs and without memory (4), one with memory and without CPUs (9). */
static const struct tree_entry sparse[] = {
    {NODE "online", "0,4,9\n"},
    {NODE "node0/cpulist", "0-1\n"},
    {NODE "node0/meminfo", "Node 0 MemTotal:  1024 kB\nNode 0 MemFree:  512 kB\n"},
    {NODE "node0/distance", "10 21 30\n"},
    {NODE "node0/hugepages/hugepages-1048576kB/nr_hugepages", "2\n"},
    {NODE "node0/hugepages/hugepages-1048576kB/free_hugepages", "1\n"},
    {NODE "node0/hugepages/hugepages-2048kB/nr_hugepages", "7\n"},
    {NODE "node0/hugepages/hugepages-2048kB/free_hugepages", "8\n"}, /* more than there are */
    {NODE "node0/hugepages/hugepages-3kB/nr_hugepages", "1\n"},      /* no power of two */
    {NODE "node4/cpulist", "6\n"},
    {NODE "node4/meminfo", "Node 4 MemTotal:  0 kB\nNode 4 MemFree:  0 kB\n"},
    {NODE "node4/distance", "21 10 22\n"},
    {NODE "node9/cpulist", "\n"},
    {NODE "node9/meminfo", "Node 9 MemTotal:  2048 kB\nNode 9 MemFree:  2048 kB\n"},
    {NODE "node9/distance", "31 22 10\n"}, /* asymmetric */
    {NODE "node9/access0/initiators/node0", "-> ../../../node0"},
    {NODE "node9/access0/initiators/node4", "-> ../../../node4"},
    {NODE "node9/access1/initiators/node4", "-> ../../../node4"},
    {NODE "node9/access1/initiators/read_latency", "120\n"},
    {NODE "node9/access1/initiators/read_bandwidth", "0\n"},
    {CPU "present", "0-1,6-7\n"},
    {CPU "online", "0-1,6\n"},
    {CPU "isolated", "1\n"},
    {CPU "cpu7/node4", "-> ../../node/node4"},
    {"sys/devices/virtual/memory_tiering/memory_tier4/nodelist", "0,4\n"},
    {"sys/devices/virtual/memory_tiering/memory_tier22/nodelist", "9\n"},
    {"sys/bus/dax/devices/dax0.0",
     "-> ../../../devices/platform/ACPI0017:00/root0/decoder0.0/region0/dax_region0/dax0.0"},
    {"sys/devices/platform/ACPI0017:00/root0/decoder0.0/region0/dax_region0/dax0.0/target_node",
     "9\n"},
    {"proc/self/status", "Name:\tcat\nCpus_allowed_list:\t0-1\nMems_allowed_list:\t0,9\n"},
    {"proc/self/cgroup", "3:cpu,cpuset:/jobs/a\n0::/x\n"},
    {"sys/fs/cgroup/cpuset/jobs/cpuset.effective_cpus", "0,6\n"},
    {"sys/fs/cgroup/cpuset/jobs/cpuset.effective_mems", "\n"},
    {0},
};

static void test_sparse_nodes(void **state)
{
    automachine struct machine *machine = load_tree(sparse, MACHINE_ATTRS);
    const struct node *node0 = machine_node(machine, 0);
    const struct node *node4 = machine_node(machine, 4);
    const struct node *node9 = machine_node(machine, 9);

    assert_false(machine->live);
    assert_int_equal(machine->n_nodes, 3);
    assert_null(machine_node(machine, 1));
    assert_int_equal(machine_node_idx(machine, 9), 2);
    assert_int_equal(node0->total_bytes, MIB);
    assert_int_equal(node0->free_bytes, 512 * KIB);
    assert_int_equal(node0->kind, NODE_KIND_DRAM);
    assert_int_equal(node4->total_bytes, 0);
    assert_int_equal(node4->kind, NODE_KIND_UNKNOWN);
    assert_int_equal(node4->tier, 4);
    assert_int_equal(node9->kind, NODE_KIND_CXL);
    assert_int_equal(node9->tier, 22);
    assert_set(node9->cpus, "");
    assert_set(node9->initiators, "4");
}

static void test_huge_pages(void **state)
{
    automachine struct machine *machine = load_tree(sparse, MACHINE_ATTRS);
    const struct node *node = machine_node(machine, 0);

    assert_int_equal(node->n_huge, 2);
    assert_int_equal(node->huge[0].page_bytes, 2 * MIB);
    assert_int_equal(node->huge[0].total_pages, 7);
    assert_int_equal(node->huge[0].free_pages, UNKNOWN_U64);
    assert_int_equal(node->huge[1].page_bytes, GIB);
    assert_int_equal(node->huge[1].free_pages, 1);
}

static void test_matrices(void **state)
{
    automachine struct machine *machine = load_tree(sparse, MACHINE_ATTRS);

    assert_int_equal(machine->distance.source, MATRIX_SLIT);
    assert_int_equal(matrix_get(machine, &machine->distance, 0, 9), 30);
    assert_int_equal(matrix_get(machine, &machine->distance, 9, 0), 31);
    assert_int_equal(matrix_get(machine, &machine->distance, 0, 5), 0);
    assert_int_equal(machine->latency_ns.source, MATRIX_HMAT);
    assert_int_equal(matrix_get(machine, &machine->latency_ns, 4, 9), 120);
    assert_int_equal(matrix_get(machine, &machine->latency_ns, 0, 9), 0); /* not told */
    assert_int_equal(machine->bandwidth_mibps.source, MATRIX_ABSENT);
}

static void test_cpus(void **state)
{
    automachine struct machine *machine = load_tree(sparse, MACHINE_NODES);
    autoset hwloc_bitmap_t usable = machine_usable_cpus(machine);
    autoset hwloc_bitmap_t nodes = machine_usable_nodes(machine);
    autoset hwloc_bitmap_t wanted = NULL;
    autoset hwloc_bitmap_t cpus = NULL;

    assert_int_equal(machine->n_cpus, 4);
    assert_int_equal(machine_cpu(machine, 6)->node, 4);
    assert_int_equal(machine_cpu(machine, 7)->node, 4); /* by its link: it is offline */
    assert_false(machine_cpu(machine, 7)->online);
    assert_true(machine_cpu(machine, 1)->isolated);
    assert_set(machine_node(machine, 4)->cpus, "6");
    /* status says 0-1, the cgroup above ours 0,6; an empty set of nodes says nothing. */
    assert_set(usable, "0");
    assert_set(nodes, "0,9");
    assert_int_equal(set_parse_list("4,9", &wanted, NULL), 0);
    cpus = machine_cpus_of_nodes(machine, wanted);
    assert_set(cpus, "6");
    hwloc_bitmap_free(nodes);
    nodes = machine_nodes_of_cpus(machine, usable);
    assert_set(nodes, "0");
}

/* Two packages of two cores of two threads; L2 a core, L3 a package; CPU 7 offline. */
static const struct tree_entry smt[] = {
    {NODE "online", "0-1\n"},
    {NODE "node0/cpulist", "0-3\n"},
    {NODE "node1/cpulist", "4-6\n"},
    {CPU "present", "0-7\n"},
    {CPU "online", "0-6\n"},
#define SMT_CPU(n, package, core, packages)                                                        \
    {CPU "cpu" #n "/topology/core_cpus", core "\n"},                                               \
        {CPU "cpu" #n "/topology/package_cpus", packages "\n"},                                    \
        {CPU "cpu" #n "/topology/physical_package_id", package "\n"},                              \
    {                                                                                              \
        CPU "cpu" #n "/topology/cluster_cpus_list", #n "\n"                                        \
    }
    SMT_CPU(0, "0", "03", "0f"),
    SMT_CPU(1, "0", "03", "0f"),
    SMT_CPU(2, "0", "0c", "0f"),
    SMT_CPU(3, "0", "0c", "0f"),
    SMT_CPU(4, "3", "30", "70"),
    SMT_CPU(5, "3", "30", "70"),
    SMT_CPU(6, "3", "40", "70"),
#define SMT_CACHE(n, index, depth, kind, amount, map)                                              \
    {CPU "cpu" #n "/cache/index" #index "/level", depth "\n"},                                     \
        {CPU "cpu" #n "/cache/index" #index "/type", kind "\n"},                                   \
        {CPU "cpu" #n "/cache/index" #index "/size", amount "\n"},                                 \
    {                                                                                              \
        CPU "cpu" #n "/cache/index" #index "/shared_cpu_map", map "\n"                             \
    }
    SMT_CACHE(0, 1, "1", "Instruction", "32K", "03"),
    SMT_CACHE(6, 1, "4", "Instruction", "0K", "c0"), /* of no level for data; 7 is offline */
    SMT_CACHE(0, 2, "2", "Unified", "2048K", "03"),
    SMT_CACHE(2, 2, "2", "Unified", "much", "0c"),
    SMT_CACHE(4, 2, "2", "Unified", "1024K", "30"),
    SMT_CACHE(0, 3, "3", "Unified", "36M", "0f"),
    SMT_CACHE(2, 4, "0", "Data", "1K", "0c"),  /* no level */
    SMT_CACHE(4, 4, "1", "Trace", "1K", "30"), /* no type that we know */
    SMT_CACHE(5, 4, "1", "Data", "48K", "30"), /* told by its second CPU only */
    {0},
};

static void test_topology(void **state)
{
    automachine struct machine *machine = load_tree(smt, MACHINE_TOPOLOGY);
    const struct cpu *cpu3 = machine_cpu(machine, 3);
    const struct cpu *cpu5 = machine_cpu(machine, 5);
    const struct cpu *cpu6 = machine_cpu(machine, 6);

    assert_int_equal(machine->n_cpus, 8);
    assert_int_equal(cpu3->package, 0);
    assert_int_equal(cpu3->core, 2);
    assert_int_equal(cpu3->llc, 0);
    assert_int_equal(cpu3->cluster, -1);
    assert_set(cpu3->siblings, "2-3");
    assert_int_equal(cpu5->package, 3);
    assert_int_equal(cpu5->llc, 4); /* no L3 there: its L2 */
    assert_int_equal(cpu6->core, 6);
    assert_int_equal(cpu6->llc, -1);
    assert_int_equal(cpu6->kind, -1);
    assert_int_equal(machine_cpu(machine, 7)->core, -1);
    assert_set(machine_cpu(machine, 7)->siblings, "");
}

static void test_caches(void **state)
{
    static const struct {
        unsigned int level;
        enum cache_type type;
        uint64_t bytes;
        const char *cpus;
    } wanted[] = {
        {1, CACHE_INSTRUCTION, 32 * KIB, "0-1"}, {2, CACHE_UNIFIED, 2 * MIB, "0-1"},
        {2, CACHE_UNIFIED, UNKNOWN_U64, "2-3"},  {2, CACHE_UNIFIED, MIB, "4-5"},
        {3, CACHE_UNIFIED, 36 * MIB, "0-3"},     {4, CACHE_INSTRUCTION, UNKNOWN_U64, "6"},
    };
    automachine struct machine *machine = load_tree(smt, MACHINE_TOPOLOGY);

    assert_int_equal(machine->n_caches, ARRAY_SIZE(wanted));
    for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
        const struct cache *cache = &machine->caches[i];

        assert_int_equal(cache->level, wanted[i].level);
        assert_int_equal(cache->type, wanted[i].type);
        assert_int_equal(cache->bytes, wanted[i].bytes);
        assert_set(cache->cpus, wanted[i].cpus);
    }
}

/* What is missing is unknown; the little that is there is right. */
static void test_missing_files(void **state)
{
    static const struct tree_entry files[] = {
        {NODE "node0", NULL},
        {NODE "node3", NULL},
        {NODE "power", NULL},
        {CPU "cpu0", NULL},
        {CPU "cpu2", NULL},
        {CPU "cpufreq", NULL},
        {0},
    };
    automachine struct machine *machine = load_tree(files, MACHINE_ALL);

    assert_int_equal(machine->n_nodes, 2);
    assert_int_equal(machine->nodes[1].id, 3);
    assert_int_equal(machine->nodes[0].total_bytes, UNKNOWN_U64);
    assert_int_equal(machine->nodes[0].free_bytes, UNKNOWN_U64);
    assert_int_equal(machine->nodes[0].kind, NODE_KIND_UNKNOWN);
    assert_int_equal(machine->nodes[0].tier, -1);
    assert_true(machine->nodes[0].granted);
    assert_int_equal(machine->n_cpus, 2);
    assert_int_equal(machine->cpus[1].id, 2);
    assert_int_equal(machine->cpus[1].node, -1);
    assert_int_equal(machine->cpus[1].package, -1);
    assert_true(machine->cpus[1].granted);
    assert_int_equal(machine->distance.source, MATRIX_ABSENT);
    assert_int_equal(machine->settings.numa_balancing, -1);
    assert_int_equal(machine->settings.irqbalance, -1);
    assert_int_equal(machine->settings.cgroup_version, -1);
    assert_null(machine->settings.thp);
    assert_int_equal(machine->n_devices, 0);
    assert_int_equal(machine->n_caches, 0);
    assert_int_equal(machine->nodes[0].n_ranges, 0);
}

/* What looks like two short numbers when it is cut is one that no firmware means. */
static void test_distances(void **state)
{
    static const struct tree_entry files[] = {
        {NODE "online", "0-1\n"},
        {NODE "node0/distance", "1234567\n"},
        {NODE "node1/distance", "-20 10\n"},
        {0},
    };
    automachine struct machine *machine = load_tree(files, MACHINE_NODES);

    assert_int_equal(machine->distance.source, MATRIX_ABSENT);
}

static void test_garbage(void **state)
{
    static const struct tree_entry files[] = {
        {NODE "online", "0-1\n"},
        {NODE "node0/cpulist", "0-\n"},
        {NODE "node0/cpumap", "3\n"},
        {NODE "node0/meminfo", "Node 0 MemTotal: lots kB\nNode 0 MemFree: 18446744073709551615 kB"},
        {NODE "node0/distance", "10 twenty\n"},
        {NODE "node0/hugepages/hugepages-2048kB/nr_hugepages", "-1\n"},
        {NODE "node1/cpulist", "2-99999999\n"},
        {NODE "node1/distance", "20 0\n"}, /* as some firmware has it */
        {NODE "node1/access0/initiators/node7", "-> ../../../node7"},
        {NODE "node1/access0/initiators/read_latency", "0\n"},
        {CPU "present", "\xff\xfe\n"},
        {CPU "online", "0-1\n"},
        {"proc/self/status", "Cpus_allowed_list"},
        {"proc/sys/kernel/numa_balancing", "maybe\n"},
        {"sys/kernel/mm/transparent_hugepage/enabled", "always madvise never\n"},
        {"sys/devices/virtual/memory_tiering/memory_tier4/nodelist", "all\n"},
        {"sys/class/net/eth0", "a file, not a link\n"},
        {0},
    };
    automachine struct machine *machine = load_tree(files, MACHINE_ALL);

    assert_set(machine_node(machine, 0)->cpus, "0-1"); /* from the mask */
    assert_set(machine_node(machine, 1)->cpus, "");
    assert_int_equal(machine->n_cpus, 2);
    assert_int_equal(machine->nodes[0].total_bytes, UNKNOWN_U64);
    assert_int_equal(machine->nodes[0].free_bytes, UNKNOWN_U64);
    assert_int_equal(machine->nodes[0].n_huge, 0);
    assert_int_equal(machine->nodes[0].tier, -1);
    assert_int_equal(matrix_get(machine, &machine->distance, 0, 1), 0);
    assert_int_equal(matrix_get(machine, &machine->distance, 1, 0), 20);
    assert_int_equal(matrix_get(machine, &machine->distance, 1, 1), 0);
    assert_set(machine_node(machine, 1)->initiators, "");
    assert_int_equal(machine->settings.numa_balancing, -1);
    assert_null(machine->settings.thp);
    assert_int_equal(machine->n_devices, 0);
}

static void test_without_numa(void **state)
{
    static const struct tree_entry files[] = {
        {CPU "present", "0-1\n"},
        {CPU "online", "0-1\n"},
        {"proc/meminfo", "MemTotal:  4096 kB\nMemFree:  1024 kB\n"},
        {"proc/self/status", "Name:\tcat\nCpus_allowed_list:\t1\n"},
        {0},
    };
    automachine struct machine *machine = load_tree(files, MACHINE_NODES);

    assert_int_equal(machine->n_nodes, 1);
    assert_int_equal(machine->nodes[0].total_bytes, 4 * MIB);
    assert_set(machine->nodes[0].cpus, "0-1");
    assert_true(machine->nodes[0].granted);
    assert_false(machine->cpus[0].granted);
    assert_true(machine->cpus[1].granted);
}

static const struct tree_entry devices[] = {
    {NODE "online", "0-1\n"},
    {CPU "present", "0\n"},
    {CPU "online", "0\n"},
    /* virtio: one level up; its own directory says nothing */
    {"sys/devices/pci0000:40/0000:40:01.0/numa_node", "1\n"},
    {"sys/devices/pci0000:40/0000:40:01.0/0000:41:00.0/virtio2/net/eth10/mtu", "1500\n"},
    {"sys/devices/pci0000:40/0000:40:01.0/0000:41:00.0/numa_node", "-1\n"},
    {"sys/class/net/eth10",
     "-> ../../devices/pci0000:40/0000:40:01.0/0000:41:00.0/virtio2/net/eth10"},
    {"sys/devices/pci0000:00/0000:00:02.0/net/eth2/mtu", "1500\n"},
    {"sys/devices/pci0000:00/0000:00:02.0/numa_node", "-1\n"},
    {"sys/class/net/eth2", "-> ../../devices/pci0000:00/0000:00:02.0/net/eth2"},
    {"sys/devices/pci0000:00/0000:00:03.0/numa_node", "7\n"}, /* no such node */
    {"sys/devices/pci0000:00/0000:00:03.0/drm/card0/dev", "226:0\n"},
    {"sys/class/drm/card0", "-> ../../devices/pci0000:00/0000:00:03.0/drm/card0"},
    {"sys/class/drm/card0-HDMI-A-1", "-> ../../devices/pci0000:00/0000:00:03.0/drm/card0"},
    {"sys/class/drm/version", "drm 1.1.0\n"},
    {"sys/devices/virtual/net/lo/mtu", "65536\n"},
    {"sys/class/net/lo", "-> ../../devices/virtual/net/lo"},
    {"sys/devices/virtual/net/bond0/lower_eth10",
     "-> ../../../pci0000:40/0000:40:01.0/0000:41:00.0/virtio2/net/eth10"},
    {"sys/class/net/bond0", "-> ../../devices/virtual/net/bond0"},
    {"sys/devices/virtual/block/loop0/size", "0\n"},
    {"sys/block/loop0", "-> ../devices/virtual/block/loop0"},
    {"sys/devices/pci0000:40/0000:40:01.0/0000:42:00.0/nvme/nvme0/nvme0n1/size", "8\n"},
    {"sys/block/nvme0n1", "-> ../devices/pci0000:40/0000:40:01.0/0000:42:00.0/nvme/nvme0/nvme0n1"},
    {"sys/devices/pci0000:40/0000:40:01.0/0000:42:00.0/nvme/nvme0/nvme0n2/size", "8\n"},
    {"sys/devices/pci0000:40/0000:40:01.0/0000:42:00.0/nvme/nvme0/nvme0n1p1/size", "8\n"},
    {"sys/devices/pci0000:40/0000:40:01.0/0000:42:00.0/nvme/nvme0/hwmon1/name", "nvme\n"},
    {"sys/devices/pci0000:40/0000:40:01.0/0000:41:00.0/sriov_totalvfs", "4\n"},
    {"sys/bus/pci/devices/0000:41:00.0",
     "-> ../../../devices/pci0000:40/0000:40:01.0/0000:41:00.0"},
    {"sys/devices/pci0000:00/0000:00:02.0/sriov_totalvfs", "many\n"},
    {"sys/bus/pci/devices/0000:00:02.0", "-> ../../../devices/pci0000:00/0000:00:02.0"},
    {"sys/devices/pci0000:00/0000:00:02.0/net/eth2/device", "-> ../../../0000:00:02.0"},
    {"sys/devices/pci0000:00/0000:00:02.0/of_node",
     "-> ../../../firmware/devicetree/base/soc/ethernet@2"},
    {"sys/firmware/devicetree/base/soc/ethernet@2/compatible", "acme,nic-2\n"},
    {"proc/driver/nvidia/gpus/0000:43:00.0/information", "Model: \t\t X\nDevice Minor: \t 2\n"},
    {"sys/devices/pci0000:40/0000:40:01.0/0000:43:00.0/numa_node", "1\n"},
    {"sys/bus/pci/devices/0000:43:00.0",
     "-> ../../../devices/pci0000:40/0000:40:01.0/0000:43:00.0"},
    {0},
};

static void test_devices(void **state)
{
    static const struct {
        const char *name;
        enum device_class class;
        const char *pci;
        int node;
    } wanted[] = {
        {"bond0", DEVICE_NET, NULL, 1},
        {"eth2", DEVICE_NET, "0000:00:02.0", -1},
        {"eth10", DEVICE_NET, "0000:41:00.0", 1},
        {"nvme0n1", DEVICE_BLOCK, "0000:42:00.0", 1},
        {"card0", DEVICE_GPU, "0000:00:03.0", -1},
        {"nvidia2", DEVICE_GPU, "0000:43:00.0", 1},
    };
    automachine struct machine *machine = load_tree(devices, MACHINE_DEVICES);

    assert_int_equal(machine->n_devices, ARRAY_SIZE(wanted));
    for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
        const struct device *device = &machine->devices[i];

        print_message("  %s\n", wanted[i].name);
        assert_string_equal(device->name, wanted[i].name);
        assert_int_equal(device->class, wanted[i].class);
        assert_int_equal(device->node, wanted[i].node);
        if (wanted[i].pci)
            assert_string_equal(device->pci, wanted[i].pci);
        else
            assert_null(device->pci);
    }
}

static void test_device_parts(void **state)
{
    automachine struct machine *machine = load_tree(devices, MACHINE_DEVICES);

    assert_int_equal(machine_device(machine, "eth10")->vfs.total, 4); /* of virtio's PCI device */
    assert_int_equal(machine_device(machine, "eth2")->vfs.total, -1);
    assert_int_equal(machine_device(machine, "bond0")->vfs.total, -1);
    assert_int_equal(machine_device(machine, "nvme0n1")->namespaces.total, 2);
    assert_int_equal(machine_device(machine, "eth10")->namespaces.total, -1);
    assert_string_equal(machine_device(machine, "eth2")->compatible, "acme,nic-2");
    assert_null(machine_device(machine, "eth10")->compatible);
    assert_null(machine_device(machine, "eth10")->vfs.available);
}

static void test_override(void **state)
{
    automachine struct machine *machine = load_tree(devices, MACHINE_DEVICES);

    assert_int_equal(machine_override_device(machine, "eth2", 1), 0);
    assert_int_equal(machine_device(machine, "eth2")->node, 1);
    assert_true(machine_device(machine, "eth2")->node_overridden);
    assert_int_equal(machine_override_device(machine, "ib0", 0), 0);
    assert_int_equal(machine_device(machine, "ib0")->node, 0);
    assert_null(machine_device(machine, "ib1"));
}

static void test_settings(void **state)
{
    static const struct tree_entry files[] = {
        {CPU "present", "0\n"},
        {"proc/sys/kernel/numa_balancing", "1\n"},
        {"proc/sys/kernel/osrelease", "6.1.0\n"},
        {"proc/sys/vm/zone_reclaim_mode", "0\n"},
        {"sys/kernel/mm/numa/demotion_enabled", "true\n"},
        {"sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n"},
        {"proc/1/comm", "init\n"},
        {"proc/77/comm", "irqbalance\n"},
        {"proc/self/cgroup", "0::/system.slice\n"},
        {"sys/fs/cgroup/cpuset.cpus.effective", "0\n"},
        {0},
    };
    automachine struct machine *machine = load_tree(files, MACHINE_SETTINGS);

    assert_int_equal(machine->settings.numa_balancing, 1);
    assert_int_equal(machine->settings.demotion, 1);
    assert_int_equal(machine->settings.zone_reclaim_mode, 0);
    assert_int_equal(machine->settings.irqbalance, 1);
    assert_int_equal(machine->settings.cgroup_version, 2);
    assert_string_equal(machine->settings.thp, "madvise");
    assert_string_equal(machine->settings.kernel, "6.1.0");
}

/* Nothing of the running machine may show through a captured one: its links end inside it. */
static void test_links_outside(void **state)
{
    static const char *const targets[] = {
        "-> /sys/devices/system/cpu/cpu0/topology",
        "-> ../../../../../../../../../../sys/devices/system/cpu/cpu0/topology",
        "-> ../topology",
        "-> topology",
    };

    for (size_t i = 0; i < ARRAY_SIZE(targets); i++) {
        const struct tree_entry files[] = {
            {CPU "present", "0\n"}, {CPU "cpu0/topology", targets[i]}, {0}};
        automachine struct machine *machine = load_tree(files, MACHINE_TOPOLOGY);

        print_message("  %s\n", targets[i]);
        assert_int_equal(machine->n_cpus, 1);
        assert_int_equal(machine->cpus[0].package, -1);
        assert_int_equal(machine->cpus[0].core, -1);
    }
}

static void test_refused_trees(void **state)
{
    static const struct {
        const char *why;
        struct tree_entry files[4];
    } cases[] = {
        {"empty", {{0}}},
        {"no sys", {{"proc/meminfo", "MemTotal: 1 kB\n"}, {0}}},
        {"all of it a link", {{"x", NULL}, {"sys", "-> /sys"}, {0}}},
        {"one CPU on two nodes",
         {{NODE "node0/cpulist", "0\n"}, {NODE "node1/cpulist", "0\n"}, {CPU "present", "0\n"}}},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct machine *machine = NULL;
        struct np_error err = {0};
        struct tree tree;

        print_message("  %s\n", cases[i].why);
        make_tree(&tree, cases[i].files);
        assert_int_equal(machine_load(tree.path, MACHINE_TOPOLOGY, &machine, &err), -EINVAL);
        assert_null(machine);
        assert_string_equal(err.file, tree.path);
        assert_true(strlen(err.text) > 10);
        tree_fini(&tree);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sparse_nodes),  cmocka_unit_test(test_huge_pages),
        cmocka_unit_test(test_matrices),      cmocka_unit_test(test_cpus),
        cmocka_unit_test(test_caches),        cmocka_unit_test(test_topology),
        cmocka_unit_test(test_missing_files), cmocka_unit_test(test_distances),
        cmocka_unit_test(test_garbage),       cmocka_unit_test(test_without_numa),
        cmocka_unit_test(test_devices),       cmocka_unit_test(test_device_parts),
        cmocka_unit_test(test_override),      cmocka_unit_test(test_settings),
        cmocka_unit_test(test_links_outside), cmocka_unit_test(test_refused_trees),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
