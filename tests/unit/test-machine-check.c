/* SPDX-License-Identifier: Apache-2.0 */
/* The invariants: each is broken once, and must be found; and the other sources of machines. */

#include "test.h"

#include "machine-text.h"
#include "tree.h"

#define SOURCE "synthetic:pack:2 [numa(memory=1073741824)] l3:1 core:2 pu:2"

static struct machine *load_source(const char *source)
{
    struct machine *machine = NULL;
    struct np_error err = {0};

    if (machine_load(source, MACHINE_ALL, &machine, &err) < 0)
        fail_msg("%s: %s", source, err.text);
    assert_int_equal(machine_check(machine, &err), 0);
    return machine;
}

static void break_node_order(struct machine *machine)
{
    machine->nodes[1].id = 0;
}

static void break_cpu_order(struct machine *machine)
{
    machine->cpus[3].id = 9;
}

static void break_cpu_node(struct machine *machine)
{
    machine->cpus[0].node = 1;
}

static void break_missing_node(struct machine *machine)
{
    machine->cpus[0].node = 5;
}

static void break_second_node(struct machine *machine)
{
    hwloc_bitmap_set(machine->nodes[1].cpus, 0);
}

static void break_missing_cpu(struct machine *machine)
{
    hwloc_bitmap_set(machine->nodes[1].cpus, 100);
}

static void break_lost_cpu(struct machine *machine)
{
    hwloc_bitmap_clr(machine->nodes[0].cpus, 2);
}

static void break_offline(struct machine *machine)
{
    machine->cpus[1].online = false;
}

static void break_siblings(struct machine *machine)
{
    hwloc_bitmap_clr(machine->cpus[1].siblings, 0);
}

static void break_self(struct machine *machine)
{
    hwloc_bitmap_only(machine->cpus[1].siblings, 0);
}

static void break_core(struct machine *machine)
{
    machine->cpus[1].core = 1;
}

static void break_llc(struct machine *machine)
{
    machine->cpus[6].llc = 5;
}

static void break_cache_size(struct machine *machine)
{
    machine->caches[0].bytes = 0;
}

static void break_cache_order(struct machine *machine)
{
    machine->caches[0].level = 4;
}

static void break_cache_cpus(struct machine *machine)
{
    hwloc_bitmap_set(machine->caches[1].cpus, 8);
}

static void break_cache_shared(struct machine *machine)
{
    hwloc_bitmap_set(machine->caches[0].cpus, 4);
}

static void break_free(struct machine *machine)
{
    machine->nodes[0].free_bytes = machine->nodes[0].total_bytes + 1;
}

static void break_huge(struct machine *machine)
{
    machine->nodes[0].huge = realloc(machine->nodes[0].huge, sizeof(struct huge_pool));
    machine->nodes[0].huge[0] = (struct huge_pool){2 * MIB, 1, 2};
    machine->nodes[0].n_huge = 1;
}

static void break_huge_size(struct machine *machine)
{
    break_huge(machine);
    machine->nodes[0].huge[0] = (struct huge_pool){3 * MIB, 1, 1};
}

/* Two pieces of node 0, and one of node 1. */
static void give_ranges(struct machine *machine, struct region a, struct region b, struct region c)
{
    machine->nodes[0].ranges = calloc(2, sizeof(struct region));
    machine->nodes[0].ranges[0] = a;
    machine->nodes[0].ranges[1] = b;
    machine->nodes[0].n_ranges = 2;
    machine->nodes[1].ranges = calloc(1, sizeof(struct region));
    machine->nodes[1].ranges[0] = c;
    machine->nodes[1].n_ranges = 1;
}

static void break_range_empty(struct machine *machine)
{
    give_ranges(machine, (struct region){0, 4096}, (struct region){8192, 0}, (struct region){9, 9});
}

static void break_range_end(struct machine *machine)
{
    give_ranges(machine, (struct region){0, 4096}, (struct region){8192, UINT64_MAX - 8191},
                (struct region){4096, 4096});
}

static void break_range_order(struct machine *machine)
{
    give_ranges(machine, (struct region){0, 4096}, (struct region){4095, 4096},
                (struct region){65536, 4096});
}

static void break_range_owner(struct machine *machine)
{
    give_ranges(machine, (struct region){0, 4096}, (struct region){8192, 4096},
                (struct region){12287, 4096});
}

static void break_initiator(struct machine *machine)
{
    hwloc_bitmap_set(machine->nodes[0].initiators, 7);
}

static void break_matrix(struct machine *machine)
{
    machine->distance.source = MATRIX_SLIT;
}

static void break_zero_distance(struct machine *machine)
{
    machine->distance.source = MATRIX_SLIT;
    machine->distance.value = calloc(4, sizeof(*machine->distance.value));
}

static void break_device_node(struct machine *machine)
{
    assert_int_equal(machine_override_device(machine, "eth0", 9), 0);
    machine->devices[0].node_overridden = false;
}

static void break_device_names(struct machine *machine)
{
    assert_int_equal(machine_override_device(machine, "eth0", 1), 0);
    assert_int_equal(machine_override_device(machine, "eth1", 1), 0);
    machine->devices[1].name[3] = '0';
}

static const struct {
    void (*break_it)(struct machine *machine);
    const char *text; /* part of what is said */
} broken[] = {
    {break_node_order, "node 0 comes after"},
    {break_cpu_order, "CPU 4 comes after CPU 9"},
    {break_cpu_node, "CPU 0 is on node 0 and on node 1"},
    {break_missing_node, "node 5"},
    {break_second_node, "CPU 0 is on node 1 and on node 0"},
    {break_missing_cpu, "CPU 100, which does not exist"},
    {break_lost_cpu, "CPU 2 is on node 0, which does not have it"},
    {break_offline, "CPU 1, which is offline"},
    {break_siblings, "siblings"},
    {break_self, "siblings"},
    {break_core, "siblings"},
    {break_llc, "CPU 6 is in last level cache 5"},
    {break_cache_size, "level 3 has no CPUs or no size"},
    {break_cache_order, "level 3 at CPU 4 comes after that of level 4"},
    {break_cache_cpus, "level 3 at CPU 4 has CPUs that do not exist"},
    {break_cache_shared, "level 3 at CPU 4 is not the only one"},
    {break_free, "more free memory"},
    {break_huge, "more free huge pages"},
    {break_huge_size, "huge pages of 3145728 bytes"},
    {break_range_empty, "node 0 at 0x2000 is empty"},
    {break_range_end, "node 0 at 0x2000 is empty, or ends beyond"},
    {break_range_order, "node 0 at 0xfff is not behind"},
    {break_range_owner, "node 1 at 0x2fff is node 0's, too"},
    {break_initiator, "node 7, which does not exist"},
    {break_matrix, "distance matrix"},
    {break_zero_distance, "distance from node 0 to node 0 is 0"},
    {break_device_node, "eth0 is on node 9"},
    {break_device_names, "two net devices eth0"},
};

static void test_broken(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(broken); i++) {
        automachine struct machine *machine = load_source(SOURCE);
        struct np_error err = {0};

        broken[i].break_it(machine);
        assert_int_equal(machine_check(machine, &err), -EINVAL);
        print_message("  %s\n", err.text);
        assert_non_null(strstr(err.text, broken[i].text));
    }
}

static void test_synthetic(void **state)
{
    automachine struct machine *machine = load_source(SOURCE);

    assert_int_equal(machine->n_nodes, 2);
    assert_int_equal(machine->nodes[1].total_bytes, GIB);
    assert_int_equal(machine->nodes[1].kind, NODE_KIND_DRAM);
    assert_int_equal(machine->n_cpus, 8);
    assert_int_equal(machine->cpus[5].node, 1);
    assert_int_equal(machine->cpus[5].package, 1);
    assert_int_equal(machine->cpus[5].core, 4);
    assert_int_equal(machine->cpus[5].llc, 4);
    assert_int_equal(hwloc_bitmap_weight(machine->cpus[5].siblings), 2);
    assert_true(machine->cpus[5].granted);
    assert_int_equal(machine->distance.source, MATRIX_ABSENT);
    assert_int_equal(machine->n_caches, 2);
    assert_int_equal(machine->caches[1].level, 3);
    assert_int_equal(machine->caches[1].bytes, UNKNOWN_U64); /* hwloc has one; nobody said it */
    assert_int_equal(hwloc_bitmap_first(machine->caches[1].cpus), 4);
}

/* Of each kind of cache the size is told or not. */
static void test_cache_sizes(void **state)
{
    automachine struct machine *machine =
        load_source("synthetic:pack:2(memory=1GB) l3:1(size=8388608) l2:2 l1i:1(size=32768) pu:2");

    assert_int_equal(machine->n_caches, 10);
    assert_int_equal(machine->caches[0].type, CACHE_INSTRUCTION);
    assert_int_equal(machine->caches[0].bytes, 32 * KIB);
    assert_int_equal(machine->caches[4].level, 2);
    assert_int_equal(machine->caches[4].bytes, UNKNOWN_U64);
    assert_int_equal(machine->caches[9].bytes, 8 * MIB);
    assert_int_equal(hwloc_bitmap_weight(machine->caches[9].cpus), 4);
}

/* The second node there has no CPUs of its own, and nobody said how large the first is. */
static void test_attached_node(void **state)
{
    automachine struct machine *machine =
        load_source("synthetic:pack:2 [numa] [numa(memory=4096)] core:2 pu:1");

    assert_int_equal(machine->n_nodes, 4);
    assert_int_equal(machine->nodes[0].total_bytes, UNKNOWN_U64);
    assert_int_equal(machine->nodes[1].total_bytes, 4096);
    assert_true(hwloc_bitmap_iszero(machine->nodes[1].cpus));
    assert_int_equal(set_only(machine->nodes[1].initiators), 0);
    assert_int_equal(machine->nodes[1].kind, NODE_KIND_UNKNOWN);
    assert_int_equal(machine->cpus[3].node, 2);
}

/* An hwloc variable in the environment is for hwloc's tools, not for what we were asked to read. */
static void test_environment(void **state)
{
    automachine struct machine *machine = NULL;

    assert_int_equal(setenv("HWLOC_SYNTHETIC", "pack:5 pu:1", 1), 0);
    machine = load_source("live");
    assert_string_equal(getenv("HWLOC_SYNTHETIC"), "pack:5 pu:1");
    assert_int_equal(unsetenv("HWLOC_SYNTHETIC"), 0);
    for (unsigned int i = 0; i < machine->n_cpus; i++)
        assert_int_not_equal(machine->cpus[i].package, 4);
}

static const char xml[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE topology SYSTEM \"hwloc2.dtd\">\n"
    "<topology version=\"2.0\">\n"
    "<object type=\"Machine\" os_index=\"0\" cpuset=\"0x3\" complete_cpuset=\"0x7\""
    " allowed_cpuset=\"0x1\" nodeset=\"0x5\" complete_nodeset=\"0x5\" allowed_nodeset=\"0x5\""
    " gp_index=\"1\">\n<info name=\"OSRelease\" value=\"5.0\"/>\n"
    "<object type=\"NUMANode\" os_index=\"2\" cpuset=\"0x3\" complete_cpuset=\"0x7\""
    " nodeset=\"0x4\" complete_nodeset=\"0x4\" gp_index=\"4\" local_memory=\"8192\""
    " subtype=\"NVM\"/>\n"
    "<object type=\"NUMANode\" os_index=\"0\" cpuset=\"0x3\" complete_cpuset=\"0x7\""
    " nodeset=\"0x1\" complete_nodeset=\"0x1\" gp_index=\"5\" local_memory=\"4096\">\n"
    "<page_type size=\"4096\" count=\"1\"/><page_type size=\"2097152\" count=\"3\"/></object>\n"
    "<object type=\"PU\" os_index=\"0\" cpuset=\"0x1\" complete_cpuset=\"0x1\" nodeset=\"0x5\""
    " complete_nodeset=\"0x5\" gp_index=\"2\"/>\n"
    "<object type=\"PU\" os_index=\"1\" cpuset=\"0x2\" complete_cpuset=\"0x2\" nodeset=\"0x5\""
    " complete_nodeset=\"0x5\" gp_index=\"3\"/>\n"
    "</object>\n"
    "<distances2 type=\"NUMANode\" nbobjs=\"2\" kind=\"5\" name=\"NUMALatency\" indexing=\"os\">\n"
    "<indexes length=\"4\">0 2 </indexes>\n<u64values length=\"12\">10 17 28 10 </u64values>\n"
    "</distances2>\n</topology>\n";

static void test_xml(void **state)
{
    automachine struct machine *machine = NULL;
    struct tree tree;
    char path[64];

    tree_init(&tree);
    tree_file(&tree, "machine.xml", xml);
    (void)snprintf(path, sizeof(path), "%s/machine.xml", tree.path); /* fits */
    machine = load_source(path);
    assert_int_equal(machine->n_nodes, 2);
    assert_int_equal(machine->nodes[0].id, 0);
    assert_int_equal(machine->nodes[0].kind, NODE_KIND_DRAM);
    assert_int_equal(machine->nodes[0].n_huge, 1);
    assert_int_equal(machine->nodes[0].huge[0].total_pages, 3);
    assert_int_equal(machine->nodes[1].id, 2);
    assert_int_equal(machine->nodes[1].kind, NODE_KIND_PMEM);
    assert_int_equal(machine->nodes[1].total_bytes, 8192);
    assert_true(hwloc_bitmap_iszero(machine->nodes[1].cpus));
    assert_int_equal(machine->n_cpus, 3);
    assert_int_equal(machine->cpus[1].node, 0);
    assert_true(machine->cpus[0].granted);
    assert_false(machine->cpus[1].granted);
    assert_false(machine->cpus[2].online);
    assert_int_equal(machine->distance.source, MATRIX_GIVEN);
    assert_int_equal(matrix_get(machine, &machine->distance, 0, 2), 17);
    assert_int_equal(matrix_get(machine, &machine->distance, 2, 0), 28);
    assert_string_equal(machine->settings.kernel, "5.0");
    tree_fini(&tree);
}

static void test_bad_sources(void **state)
{
    static const struct {
        const char *source;
        int result;
    } cases[] = {
        {"/nonexistent", -ENOENT},
        {"/dev/null", -ENOTSUP},
        {"synthetic:", -EINVAL},
        {"synthetic:nothing:x", -EINVAL},
        {"synthetic:pu:0", -EINVAL},
        {"/etc/passwd", -EINVAL},
        {"", -ENOENT},
    };
    struct machine *machine = NULL;
    struct np_error err;
    struct tree tree;
    char path[64];

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        int r;

        err = (struct np_error){0};
        r = machine_load(cases[i].source, MACHINE_ALL, &machine, &err);
        print_message("  \"%s\": %s\n", cases[i].source, err.text);
        assert_int_equal(r, cases[i].result);
        assert_int_equal(err.code, r);
        assert_true(err.text[0] != '\0');
    }
    tree_init(&tree);
    tree_file(&tree, "bad.xml", "<?xml version=\"1.0\"?>\n<topology version=\"2.0\">\n<obj");
    (void)snprintf(path, sizeof(path), "%s/bad.xml", tree.path); /* fits */
    assert_int_equal(machine_load(path, MACHINE_ALL, &machine, &err), -EINVAL);
    assert_string_equal(err.file, path);
    tree_fini(&tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_broken),      cmocka_unit_test(test_synthetic),
        cmocka_unit_test(test_cache_sizes), cmocka_unit_test(test_attached_node),
        cmocka_unit_test(test_environment), cmocka_unit_test(test_xml),
        cmocka_unit_test(test_bad_sources),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
