/* SPDX-License-Identifier: Apache-2.0 */
/* Machines written as device trees and read back: every captured one, hwloc's, and what none of
 * them has. As text, as a blob, and as the text of that blob. */

#include "test.h"

#include "machine-devicetree.h"
#include "machine-read.h"
#include "machine-text.h"
#include "make-machine.h"

#include <glob.h>

static struct machine *load_source(const char *source)
{
    struct machine *machine = NULL;
    struct np_error err = {0};

    if (machine_load(source, MACHINE_ALL, &machine, &err) < 0)
        fail_msg("%s: %s", source, err.text);
    return machine;
}

static struct dt *tree_of(const struct machine *machine)
{
    struct dt *dt = NULL;

    assert_int_equal(machine_to_devicetree(machine, &dt), 0);
    return dt;
}

static struct dt *parse(const char *what, const char *data, size_t size)
{
    struct np_error err = {0};
    struct dt *dt = NULL;

    if (dt_parse(what, data, size, &dt, &err) < 0)
        fail_msg("%s:%u: %s", what, err.line, err.text);
    return dt;
}

static struct dt *through_text(const struct dt *tree)
{
    autofree char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);

    assert_non_null(stream);
    assert_int_equal(dt_write_text(tree, stream), 0);
    assert_int_equal(fclose(stream), 0);
    return parse("text", text, size);
}

static struct dt *through_blob(const struct dt *tree)
{
    autofree char *blob = NULL;
    size_t size;

    assert_int_equal(dt_write_blob(tree, &blob, &size, NULL), 0);
    return parse("blob", blob, size);
}

static void assert_same(const struct machine *machine, const char *source, const struct dt *tree)
{
    automachine struct machine *again = NULL;
    autofree char *before = machine_text_whole(machine);
    autofree char *after = NULL;
    struct np_error err = {0};

    if (machine_from_devicetree(tree, machine->parts, &again, &err) < 0)
        fail_msg("%s as %s: line %u: %s", source, tree->file, err.line, err.text);
    after = machine_text_whole(again);
    if (strcmp(before, after) != 0) {
        print_message("%s as %s:\n", source, tree->file);
        assert_string_equal(after, before);
    }
}

static void round_trip(const struct machine *machine, const char *source)
{
    autodt struct dt *tree = tree_of(machine);
    autodt struct dt *text = through_text(tree);
    autodt struct dt *blob = through_blob(tree);
    autodt struct dt *text_of_blob = through_text(blob);

    assert_same(machine, source, tree);
    assert_same(machine, source, text);
    assert_same(machine, source, blob);
    assert_same(machine, source, text_of_blob);
}

static void round_trip_source(const char *source)
{
    automachine struct machine *machine = load_source(source);

    print_message("%s\n", source);
    round_trip(machine, source);
}

static void test_captured(void **state)
{
    static const char *const patterns[] = {"*.tar.*", "*.xml"};
    const char *tests = getenv("NUMAPLACE_TESTS");
    unsigned int n = 0;

    for (size_t i = 0; i < ARRAY_SIZE(patterns); i++) {
        char pattern[512];
        glob_t found;

        (void)snprintf(pattern, sizeof(pattern), "%s/machines/%s", tests, patterns[i]);
        assert_int_equal(glob(pattern, 0, NULL, &found), 0);
        for (size_t j = 0; j < found.gl_pathc; j++, n++)
            round_trip_source(found.gl_pathv[j]);
        globfree(&found);
    }
    assert_true(n > 10);
}

static void test_synthetic(void **state)
{
    static const char *const descriptions[] = {
        "synthetic:pu:1",
        "synthetic:pack:2 [numa] core:4 pu:2",
        "synthetic:pack:2 [numa(memory=16GiB)] l3:2 core:2 pu:2",
        "synthetic:numa:3 pack:1 die:2 l2:2 l1d:1 l1i:1 core:1 pu:1",
        "synthetic:pack:2 [numa(memory=1073741824)] l3:1 core:2 pu:2(indexes=7,3,5,1,6,2,4,0)",
    };

    for (size_t i = 0; i < ARRAY_SIZE(descriptions); i++)
        round_trip_source(descriptions[i]);
}

static void test_live(void **state)
{
    round_trip_source("live");
}

/* Everything that a machine may be without being captured anywhere. */
static void test_made(void **state)
{
    automachine struct machine *machine =
        make_machine(&(const struct machine_plan){.n_nodes = 2, .n_cpus = 4, .smt = 2});
    struct node *node = &machine->nodes[1];
    struct device *device;

    machine->parts = MACHINE_ALL;
    take_offline(machine, 7);
    machine->nodes[0].total_bytes = UNKNOWN_U64;
    machine->nodes[0].free_bytes = UNKNOWN_U64;
    machine->nodes[0].kind = NODE_KIND_UNKNOWN;
    machine->nodes[0].ranges = calloc(1, sizeof(struct region));
    machine->nodes[0].ranges[0] = (struct region){0, GIB};
    machine->nodes[0].n_ranges = 1;
    node->granted = false;
    node->tier = 0;
    node->cache_bytes = 4096;
    node->total_bytes = 5 * GIB;
    node->free_bytes = 0;
    node->ranges = calloc(2, sizeof(struct region));
    node->ranges[0] = (struct region){4 * GIB, GIB};
    node->ranges[1] = (struct region){UINT64_C(1) << 50, 4 * GIB};
    node->n_ranges = 2;
    node->huge = calloc(2, sizeof(struct huge_pool));
    node->huge[0] = (struct huge_pool){2 * MIB, 512, UNKNOWN_U64};
    node->huge[1] = (struct huge_pool){GIB, 0, 0};
    node->n_huge = 2;
    assert_int_equal(machine_override_device(machine, "br-lan.7", 5), 0);
    assert_int_equal(machine_override_device(machine, "eth0", 1), 0);
    device = &machine->devices[1];
    device->vfs = (struct device_parts){8, hwloc_bitmap_alloc(), hwloc_bitmap_alloc()};
    hwloc_bitmap_set_range(device->vfs.available, 1, 7);
    device->compatible = strdup("intel,i40e");
    machine->distance.value[1] = UNKNOWN_U64;
    machine->distance.value[3] = 12;
    assert_int_equal(matrix_make(machine, &machine->latency_ns, MATRIX_MEASURED), 0);
    assert_int_equal(matrix_make(machine, &machine->bandwidth_mibps, MATRIX_HMAT), 0);
    machine->bandwidth_mibps.value[0] = 12345;
    machine->bandwidth_mibps.value[3] = UINT64_C(5) << 32 | 6;
    machine->settings.thp = strdup("never");
    round_trip(machine, "made");
}

/* A distance that Kerf's matrix cannot say; a CPU that there is not between others; what is on one
 * machine only. */
static void test_odd(void **state)
{
    static const char *const trees[] = {
        "cpus { total = <6>; numaplace,absent = <0 3>; };",
        "topology { numa-nodes { node@0 { numaplace,distance = <10 5>; };\n"
        "node@1 { numaplace,distance = <20 10>; }; }; };",
        "topology { numa-nodes { node@4 { cpus = <0>; memory-type = \"unknown\";\n"
        "memory-size = <0x1000>; }; }; };",
        "topology { numa-nodes { }; };",
        "cpus { total = <2>; caches { l2@0 { cpus = <0 1>; }; }; llcs { }; };",
        "cpus { total = <2>; caches { l2@0 { cpus = <0 1>; }; }; llcs { llc@1 { cpus = <1>; }; }; "
        "};",
    };

    for (size_t i = 0; i < ARRAY_SIZE(trees); i++) {
        autofree char *text = NULL;
        autodt struct dt *dt = NULL;
        automachine struct machine *machine = NULL;

        assert_true(asprintf(&text, "/multikernel-v1/; / { resources { %s }; };", trees[i]) > 0);
        dt = parse("odd", text, strlen(text));
        assert_int_equal(machine_from_devicetree(dt, MACHINE_ALL, &machine, NULL), 0);
        round_trip(machine, trees[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_captured), cmocka_unit_test(test_synthetic),
        cmocka_unit_test(test_live),     cmocka_unit_test(test_made),
        cmocka_unit_test(test_odd),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
