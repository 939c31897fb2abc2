/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "set.h"
#include "size.h"
#include "spec.h"

#include <string.h>

/* The shape of the document's example, its sizes and words. */
static const char document[] =
    "/multikernel-v1/;\n"
    "resources {\n"
    "    cpus {\n"
    "        total = <16>;\n"
    "        host-reserved = <0 1>;\n"
    "        available = <2 3 4 5 6 7 8 9 10 11 12 13 14 15>;\n"
    "    };\n"
    "    topology {\n"
    "        numa-nodes {\n"
    "            node@0 {\n"
    "                node-id = <0>;\n"
    "                memory-base = <0x0 0x0>;\n"
    "                memory-size = <0x0 0x800000000>;  // 16GB\n"
    "                cpus = <0 1 2 3 4 5 6 7>;\n"
    "            };\n"
    "            node@1 {\n"
    "                node-id = <1>;\n"
    "                memory-base = <0x0 0x800000000>;\n"
    "                memory-size = <0x0 0x800000000>;  // 32GB\n"
    "                cpus = <8 9 10 11 12 13 14 15>;\n"
    "            };\n"
    "        };\n"
    "    };\n"
    "    devices {\n"
    "        eth0: ethernet@0 { pci-id = \"0000:01:00.0\"; numa-node = <0>; sriov-vfs = <8>; };\n"
    "        nvme0: storage@0 { pci-id = \"0000:02:00.0\"; namespaces = <4>; };\n"
    "    };\n"
    "    memory-base = <0x80000000>;\n"
    "    memory-bytes = <0x0 0x380000000>;  // 14GB\n"
    "};\n"
    "instances {\n"
    "    web-server {\n"
    "        id = <1>;\n"
    "        resources {\n"
    "            cpus = <4 5 6 7>;\n"
    "            memory-base = <0x0 0x800000000>;\n"
    "            memory-bytes = <0x0 0x200000000>;  // 8GB\n"
    "            numa-nodes = <0>;\n"
    "            cpu-affinity = \"spread\";\n"
    "            memory-policy = \"interleave\";\n"
    "            devices = <&eth0_vf1>, <&nvme0_ns2>;\n"
    "        };\n"
    "    };\n"
    "    compute { resources { cpu-count = <4>; memory-bytes = <0x0 0x40000000>; }; };\n"
    "};\n"
    "eth0_vf1: ethernet-vf@1 { parent = <&eth0>; vf-id = <1>; };\n";

static int try_parse(const char *text, struct spec **ret_spec, struct np_error *err)
{
    return spec_parse("test.dts", text, strlen(text), ret_spec, err);
}

static struct spec *parse(const char *text)
{
    struct np_error err = {0};
    struct spec *spec = NULL;
    int r = try_parse(text, &spec, &err);

    if (r < 0)
        print_message("%u:%u: %s\n", err.line, err.column, err.text);
    assert_int_equal(r, 0);
    return spec;
}

static void assert_set(hwloc_const_bitmap_t set, const char *expected)
{
    autofree char *text = set_format(set);

    assert_string_equal(text, expected);
}

static char nothing[1];
static const struct remark none = {.subject = nothing, .fact = nothing, .way_out = nothing};

/* The first remark of this kind, or &none. */
static const struct remark *find_remark(const struct spec *spec, enum remark_kind kind)
{
    for (unsigned int i = 0; i < spec->n_remarks; i++) {
        if (spec->remarks[i].kind == kind)
            return &spec->remarks[i];
    }
    return &none;
}

static void test_host(void **state)
{
    autospec struct spec *spec = parse(document);

    assert_int_equal(spec->format, SPEC_DEVICE_TREE);
    assert_string_equal(spec->machine, "test.dts");
    assert_true(spec->reserved_cpus_given);
    assert_set(spec->reserved_cpus.bits, "0-1");
    assert_int_equal(spec->reserved_cpus_at.line, 5);
    assert_true(spec->pool_cpus_given);
    assert_set(spec->pool_cpus.bits, "2-15");
    assert_int_equal(spec->n_pools, 1);
    assert_true(spec->pools[0].region.base == 0x80000000);
    assert_true(spec->pools[0].region.bytes == 14 * GIB);
    assert_int_equal(spec->n_devices, 0); /* the tree is the machine, which has them */
}

static void test_instance(void **state)
{
    autospec struct spec *spec = parse(document);
    const struct instance *web = spec_instance(spec, "web-server");

    assert_int_equal(spec->n_instances, 2);
    assert_true(web->id_given);
    assert_int_equal(web->id, 1);
    assert_true(web->cpus_given);
    assert_set(web->cpus.bits, "4-7");
    assert_int_equal(web->n_regions, 1);
    assert_true(web->regions[0].base == 32 * GIB);
    assert_true(web->memory_bytes == 8 * GIB);
    assert_true(web->nodes_given);
    assert_set(web->numa_nodes.bits, "0");
    assert_int_equal(web->cpu_affinity, CPU_AFFINITY_SPREAD);
    assert_int_equal(web->memory_policy, MEMORY_POLICY_INTERLEAVE);
    assert_int_equal(web->at[KEY_NAME].line, 32);
    assert_int_equal(web->at[KEY_CPUS].line, 35);
    assert_int_equal(web->at[KEY_REGIONS].line, 36);
    assert_int_equal(web->at[KEY_MEMORY].line, 37);
    assert_int_equal(web->at[KEY_CLAIMS].line, 41);
    assert_int_equal(web->at[KEY_SMT].line, 0);
}

static void test_counts(void **state)
{
    autospec struct spec *spec = parse(document);
    const struct instance *compute = spec_instance(spec, "compute");

    assert_false(compute->cpus_given);
    assert_int_equal(compute->cpu_count, 4);
    assert_int_equal(compute->n_regions, 0);
    assert_true(compute->memory_bytes == GIB);
    assert_false(compute->id_given);
}

static void assert_claim(const struct claim *claim, const char *device, enum claim_kind kind,
                         unsigned int number)
{
    if (device)
        assert_string_equal(claim->device, device);
    else
        assert_null(claim->device);
    assert_int_equal(claim->kind, kind);
    assert_int_equal(claim->number, number);
}

/* One by a node that stands for it, one by its name alone. */
static void test_claims(void **state)
{
    autospec struct spec *spec = parse(document);
    const struct instance *web = spec_instance(spec, "web-server");

    assert_int_equal(web->n_claims, 2);
    assert_string_equal(web->claims[0].text, "eth0_vf1");
    assert_claim(&web->claims[0], "eth0", CLAIM_VF, 1);
    assert_claim(&web->claims[1], "nvme0", CLAIM_NAMESPACE, 2);
    assert_int_equal(web->claims[1].at.line, 41);
}

static void test_spellings_of_claims(void **state)
{
    static const char head[] = "/ { resources { topology { numa-nodes { node@0 { node-id = <0>; "
                               "cpus = <0>; }; }; }; devices { eth0: ethernet@0 { pci-id = "
                               "\"0000:01:00.0\"; }; sda { pci-id = \"0000:02:00.0\"; }; }; }; "
                               "instances { a { resources { ";
    static const struct {
        const char *says;
        const char *device;
        enum claim_kind kind;
        unsigned int number;
    } cases[] = {
        {"devices = <&eth0>;", "eth0", CLAIM_WHOLE, 0},
        {"devices = <&eth0_vf12>;", "eth0", CLAIM_VF, 12},
        {"devices = <&{/resources/devices/sda}>;", "sda", CLAIM_WHOLE, 0},
        {"devices = \"eth0_ns3\";", "eth0", CLAIM_NAMESPACE, 3},
        {"device-names = \"sda\";", "sda", CLAIM_WHOLE, 0},
        {"device-names = \"0000:01:00.0\";", "eth0", CLAIM_WHOLE, 0},
        {"device-names = \"eth7_vf1\";", NULL, CLAIM_VF, 1},
        {"devices = <&eth1>;", NULL, CLAIM_WHOLE, 0},
        {"device-names = \"eth0_vf\";", NULL, CLAIM_WHOLE, 0},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char text[1024];
        autospec struct spec *spec = NULL;

        (void)snprintf(text, sizeof(text), "%s%s }; }; }; };", head, cases[i].says);
        spec = parse(text);
        assert_int_equal(spec->instances[0].n_claims, 1);
        assert_claim(&spec->instances[0].claims[0], cases[i].device, cases[i].kind,
                     cases[i].number);
    }
}

/* Without a list of devices it is for the machine to say which there are. */
static void test_claims_without_devices(void **state)
{
    autospec struct spec *spec =
        parse("/ { instances { a { resources { devices = <&eth0_vf1>; device-names = "
              "\"0000:01:00.0\"; }; }; }; };");

    assert_string_equal(spec->machine, "live");
    assert_int_equal(spec->instances[0].n_claims, 2);
    assert_claim(&spec->instances[0].claims[0], "eth0", CLAIM_VF, 1);
    assert_claim(&spec->instances[0].claims[1], "0000:01:00.0", CLAIM_WHOLE, 0);
}

static void test_dangling_phandle(void **state)
{
    autospec struct spec *spec =
        parse("/ { instances { a { resources { devices = <7>; }; }; }; };");

    assert_string_equal(spec->instances[0].claims[0].text, "phandle 0x7");
    assert_null(spec->instances[0].claims[0].device);
}

static void test_our_words(void **state)
{
    autospec struct spec *spec = parse(
        "/ { instances {\n"
        "  a { numaplace,run = \"redis-server\", \"--port\", \"\"; resources { cpu-count = <2>;\n"
        "      memory-policy = \"weighted-interleave\"; numaplace,smt = \"whole-cores\";\n"
        "      numaplace,near = \"eth0\"; numaplace,irqs = \"eth1\"; }; };\n"
        "  b { numaplace,pid = <812>; resources { numaplace,memory-bandwidth = <0x3 0x0>;\n"
        "      numaplace,latency-sensitive; numaplace,weight = <3>; }; };\n"
        "  c { numaplace,cgroup = \"/system.slice/x.service\"; resources {\n"
        "      cpu-affinity = \"local\"; numaplace,latency-sensitive = <0>; }; };\n"
        "}; };");
    const struct instance *a = &spec->instances[0];

    assert_int_equal(a->target, TARGET_RUN);
    assert_string_equal(a->run[1], "--port");
    assert_string_equal(a->run[2], "");
    assert_null(a->run[3]);
    assert_int_equal(a->memory_policy, MEMORY_POLICY_WEIGHTED_INTERLEAVE);
    assert_int_equal(a->smt, SMT_WHOLE_CORES);
    assert_string_equal(a->near, "eth0");
    assert_string_equal(a->irqs, "eth1");
    assert_int_equal(spec->instances[1].pid, 812);
    assert_int_equal(spec->instances[1].workload.bandwidth, 12 * GIB);
    assert_true(instance_is_latency_sensitive(&spec->instances[1]));
    assert_int_equal(instance_weight(&spec->instances[1]), 3);
    assert_false(instance_is_latency_sensitive(&spec->instances[2]));
    assert_int_equal(spec->n_remarks, 0);
    assert_string_equal(spec->instances[2].target_name, "system.slice/x.service");
}

static void test_regions(void **state)
{
    autospec struct spec *spec =
        parse("/ { instances { a { resources { memory-base = <0x0 0x0>, <0x8 0x0>; memory-bytes = "
              "<0x40000000>, <0x0 0x80000000>; }; }; }; };");
    const struct instance *a = &spec->instances[0];

    assert_int_equal(a->n_regions, 2);
    assert_true(a->regions[1].base == 32 * GIB && a->regions[1].bytes == 2 * GIB);
    assert_true(a->memory_bytes == 3 * GIB);
}

static void test_pools(void **state)
{
    autospec struct spec *old = parse("/ { resources { memory { total-bytes = <0x4 0x0>; "
                                      "memory-pool-base = <0x80000000>; memory-pool-bytes = <0x0 "
                                      "0x380000000>; }; }; };");
    autospec struct spec *flat =
        parse("/ { resources { cpus = <4 5 6 7>; memory-base = <0x0 0x0>, <0x8 0x0>; memory-bytes "
              "= <0x1 0x0>, <0x1 0x0>; }; };");
    autospec struct spec *new = parse(
        "/ { resources { topology { numa-nodes {\n"
        "  node@0 { node-id = <0>; memory-base = <0x0 0x0>; memory-size = <0x8 0x0>; };\n"
        "  node@1 { node-id = <1>; memory-base = <0x8 0x0>; memory-size = <0x8 0x0>; }; }; };\n"
        "  memory@0 { size = <0x6 0x0>; numa-node-id = <0>; };\n"
        "  memory@1 { base = <0x8 0x0>; size = <0x1 0x0>; };\n"
        "  memory@2 { reg = <0x9 0x0 0x1 0x0>; }; }; };");

    assert_int_equal(old->n_pools, 1);
    assert_true(old->pools[0].region.bytes == 14 * GIB);
    assert_set(flat->pool_cpus.bits, "4-7");
    assert_int_equal(flat->n_pools, 2);
    assert_int_equal(new->n_pools, 2);
    assert_true(new->pools[1].region.base == 36 * GIB &&new->pools[1].region.bytes == 4 * GIB);
    assert_int_equal(new->n_reserved_memory, 2); /* of node 1 nothing was left to instances */
    assert_int_equal(new->reserved_memory[0].node, 0);
    assert_true(new->reserved_memory[0].bytes == 8 * GIB);
    assert_true(new->reserved_memory[1].bytes == 32 * GIB);
}

static void test_comments(void **state)
{
    static const struct {
        const char *says;
        const char *fact; /* NULL: no remark */
    } cases[] = {
        {"memory-bytes = <0x0 0x800000000>; // 16GB",
         "`memory-bytes` is 32 GiB, but the comment beside it says 16GB"},
        {"memory-bytes = <0x0 0x800000000>; // 32GB", NULL},
        {"memory-bytes = <0x0 0x800000000>; /* the rest (32 GiB) of 64GB */", NULL},
        {"memory-bytes = <0x0 0x7c0000000>; // ~32GB", NULL},
        {"memory-bytes = <0x0 0x600000000>; // ~32GB",
         "`memory-bytes` is 24 GiB, but the comment beside it says 32GB"},
        {"memory-bytes = <0x0 0x60000000>; // 1.5G", NULL},
        {"memory-bytes = <0x0 0x800000000>; // node 0, 4 pages", NULL},
        {"memory-bytes = <0x0 0x800000000>; // see DB2M", NULL},
        {"memory-bytes = <0x0 0x800000000>; // 1000000000000000000000G",
         "`memory-bytes` is 32 GiB, but the comment beside it says 1000000000000000000000G"},
        {"cpu-count = <4>; // 16GB", NULL},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        autospec struct spec *spec = NULL;
        const struct remark *remark;
        char text[256];

        (void)snprintf(text, sizeof(text), "/ { instances { a { resources { %s\n}; }; }; };",
                       cases[i].says);
        spec = parse(text);
        remark = find_remark(spec, REMARK_COMMENT);
        if (!cases[i].fact) {
            assert_ptr_equal(remark, &none);
            continue;
        }
        assert_string_equal(remark->fact, cases[i].fact);
        assert_string_equal(remark->subject, "a");
        assert_int_equal(remark->at.line, 1);
    }
}

/* The document's own numbers: one of its two comments is right. */
static void test_comments_of_document(void **state)
{
    autospec struct spec *spec = parse(document);
    const struct remark *remark = find_remark(spec, REMARK_COMMENT);

    assert_int_equal(spec->n_remarks, 1);
    assert_string_equal(remark->subject, "/resources/topology/numa-nodes/node@0");
    assert_int_equal(remark->at.line, 13);
    assert_non_null(strstr(remark->way_out, "<0x4 0x0>"));
}

#define WITH_CPUS(cpus, node)                                                                      \
    "/ { resources {\n  cpus { " cpus " };\n  topology { numa-nodes { node@0 { " node              \
    " }; }; }; }; };"

static void test_astray(void **state)
{
    static const struct {
        const char *text, *fact;
    } cases[] = {
        {WITH_CPUS("total = <12>;", "cpus = <0 1 2 3 4 5 6 7>;"),
         "CPUs 8-11 exist, and are on none of the numa-nodes"},
        {WITH_CPUS("available = <2 3>;", "cpus = <0 1 2>;"),
         "CPU 3 exists, and is on none of the numa-nodes"},
        {WITH_CPUS("total = <8>;", "cpus = <0 1 2 3 4 5 6 7>;"), ""},
        {WITH_CPUS("total = <4>; numaplace,offline = <3>;", "cpus = <0 1 2>;"), ""},
        {WITH_CPUS("total = <4>; numaplace,absent = <3>;", "cpus = <0 1 2>;"), ""},
        {"/ { resources {\n  cpus { total = <4>; }; }; };", ""}, /* one node, with all */
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        autospec struct spec *spec = parse(cases[i].text);
        const struct remark *remark = find_remark(spec, REMARK_ASTRAY);

        assert_string_equal(remark->fact, cases[i].fact);
        assert_int_equal(remark->at.line, cases[i].fact[0] ? 2 : 0);
    }
}

#define DEVICE(name, says) "    " name "@0 { " says " };\n"
#define AT(pci) "compatible = \"a,b\"; pci-id = \"" pci "\";"

static void test_same_address(void **state)
{
    autospec struct spec *spec = parse(
        "/ { resources { cpus { total = <1>; };\n  devices {\n" DEVICE("a", AT("0000:0a:00.0"))
            DEVICE("b", AT("0000:0b:00.0")) DEVICE("c", AT("0000:0A:00.0"))
                DEVICE("d", "pci-id = \"0000:0a:00.0\";") /* a disk */
        "}; }; };");

    assert_int_equal(spec->n_remarks, 1);
    assert_int_equal(spec->remarks[0].kind, REMARK_PCI);
    assert_string_equal(spec->remarks[0].subject, "/resources/devices/c@0");
    assert_string_equal(spec->remarks[0].fact,
                        "its pci-id 0000:0A:00.0 is also that of device \"a@0\"");
    assert_int_equal(spec->remarks[0].at.line, 5);
}

static void test_unknown(void **state)
{
    static const struct {
        const char *says;
        const char *subject, *fact, *way_out;
    } cases[] = {
        {"instances { a { resources { cpu-afinity = \"compact\"; }; }; };",
         "/instances/a/resources", "the property `cpu-afinity` is not known, and nothing reads it",
         "did you mean \"cpu-affinity\"?"},
        {"instances { a { resources { }; optoins { }; }; };", "/instances/a",
         "the node `optoins` is not known, and nothing reads it", "did you mean \"options\"?"},
        {"resource { };", "/", "the node `resource` is not known, and nothing reads it",
         "did you mean \"resources\"?"},
        {"resources { cpus = <1>; memory-bsae = <1>; };", "/resources",
         "the property `memory-bsae` is not known, and nothing reads it",
         "did you mean \"memory-base\"?"},
        {"instances { a { resources { xyz; }; }; };", "/instances/a/resources",
         "the property `xyz` is not known, and nothing reads it",
         "remove it, or see numaplace-dts(5) for the words that are"},
        {"instances { a { resources { uring { sq-entries = <1>; }; }; options { "
         "enable-host-kcore; }; }; }; aliases { x = \"/\"; };",
         NULL, NULL, NULL},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        autospec struct spec *spec = NULL;
        char text[512];

        (void)snprintf(text, sizeof(text), "/ { %s };", cases[i].says);
        spec = parse(text);
        assert_int_equal(spec->n_remarks, cases[i].subject ? 1 : 0);
        if (!cases[i].subject)
            continue;
        assert_int_equal(spec->remarks[0].kind, REMARK_UNKNOWN);
        assert_string_equal(spec->remarks[0].subject, cases[i].subject);
        assert_string_equal(spec->remarks[0].fact, cases[i].fact);
        assert_string_equal(spec->remarks[0].way_out, cases[i].way_out);
        assert_int_equal(spec->remarks[0].at.line, 1);
    }
}

/* As the document's example configurations are written. */
#define BARE(name)                                                                                 \
    name " {\n"                                                                                    \
         "    resources {\n"                                                                       \
         "        cpus = <4 5 6 7 8 9 10 11>;  // Single NUMA node\n"                              \
         "        memory-base = <0x0 0x800000000>;\n"                                              \
         "        memory-bytes = <0x0 0x400000000>;  // 32GB\n"                                    \
         "        cpu-affinity = \"compact\";\n"                                                   \
         "    };\n"                                                                                \
         "};\n"

static void test_bare_instances(void **state)
{
    static const char *const cases[] = {
        BARE("database"),
        "/ { " BARE("database") "};",
        "instances { web { resources { cpu-count = <2>; }; }; };\n" BARE("database"),
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        autospec struct spec *spec = parse(cases[i]);
        const struct instance *database = spec_instance(spec, "database");

        assert_string_equal(spec->machine, "live");
        assert_non_null(database);
        assert_false(database->id_given);
        assert_set(database->cpus.bits, "4-11");
        assert_true(database->regions[0].base == 32 * GIB);
        assert_true(database->memory_bytes == 16 * GIB);
        assert_int_equal(spec->n_remarks, 1);
        assert_string_equal(spec->remarks[0].fact,
                            "`memory-bytes` is 16 GiB, but the comment beside it says 32GB");
        assert_string_equal(spec->remarks[0].subject, "database");
    }
}

/* What is no instance there, and what is wrong with one. */
static void test_bare_others(void **state)
{
    autospec struct spec *slip = parse("web { resources { cpus = <1>; cpsu = <2>; }; };");
    autospec struct spec *operation =
        parse("/ { instance-create { instance-name = \"a\"; resources { cpus = <1>; }; }; };");
    autospec struct spec *none_of = NULL;
    struct np_error err = {0};

    assert_int_equal(slip->n_remarks, 1);
    assert_string_equal(slip->remarks[0].subject, "/web/resources");
    assert_int_equal(operation->n_instances, 0);
    assert_int_equal(operation->n_remarks, 1);
    assert_int_equal(try_parse("web@1 { resources { cpus = <1>; }; };", &none_of, &err), -EINVAL);
    assert_non_null(strstr(err.text, "cannot name an instance"));
    assert_int_equal(try_parse("a { resources { cpus = <1>; }; };\n"
                               "instances { a { resources { cpus = <2>; }; }; };",
                               &none_of, &err),
                     -EINVAL);
    assert_non_null(strstr(err.text, "the name \"a\" is taken"));
}

/* Overlays */

#define OPERATION(n, ...) "fragment@" #n " { __overlay__ { " __VA_ARGS__ " }; };\n"

static const char base[] =
    "/ { instances { a { id = <1>; resources { cpus = <4 5 6>; memory-base = "
    "<0x1 0x0>; memory-bytes = <0x1 0x0>; device-names = \"eth0\"; }; };\n"
    "b { resources { cpu-count = <2>; memory-bytes = <0x1 0x0>; }; }; };\n";

static struct spec *overlaid(const char *operations)
{
    char text[2048];

    (void)snprintf(text, sizeof(text), "%s%s};", base, operations);
    return parse(text);
}

static void test_create_and_remove(void **state)
{
    autospec struct spec *spec = overlaid(
        OPERATION(0, "instance-create { instance-name = \"c\"; id = <7>; resources { cpus = "
                     "<9>; }; };") OPERATION(1, "instance-remove { instance-name = \"b\"; };"));

    assert_int_equal(spec->n_instances, 2);
    assert_null(spec_instance(spec, "b"));
    assert_int_equal(spec_instance(spec, "c")->id, 7);
    assert_set(spec_instance(spec, "c")->cpus.bits, "9");
    assert_int_equal(spec->n_remarks, 0);
}

static void test_create_again(void **state)
{
    autospec struct spec *spec = overlaid(
        OPERATION(0, "instance-create { instance-name = \"a\"; resources { cpus = <9>; }; };"));

    assert_int_equal(spec->n_instances, 2);
    assert_set(spec_instance(spec, "a")->cpus.bits, "9");
    assert_int_equal(find_remark(spec, REMARK_ASSUMED)->at.line, 3);
}

static void test_changes(void **state)
{
    autospec struct spec *spec = overlaid(OPERATION(
        0,
        "memory-remove { mk,instance = \"a\"; region@0 { reg = <0x1 0x40000000 0x0 0x40000000>; }; "
        "}; memory-add { mk,instance = \"a\"; region@0 { reg = <0x2 0x0>, <0x1 0x0>; }; };"
        "cpu-remove { mk,instance = \"a\"; cpu@5 { reg = <5>; }; };"
        "cpu-add { mk,instance = \"a\"; cpu@8 { reg = <0x0 0x8>; numa-node = <0>; }; };"
        "device-remove { mk,instance = \"a\"; pci@0 { pci-id = \"eth0\"; }; };"
        "device-add { mk,instance = \"a\"; pci@0 { pci-id = \"0000:03:00.0\"; }; };"));
    const struct instance *a = spec_instance(spec, "a");

    assert_set(a->cpus.bits, "4,6,8");
    assert_int_equal(a->n_regions, 2);
    assert_true(a->regions[0].base == 4 * GIB && a->regions[0].bytes == GIB);
    assert_true(a->regions[1].base == 6 * GIB && a->regions[1].bytes == 6 * GIB);
    assert_true(a->memory_bytes == 7 * GIB);
    assert_int_equal(a->n_claims, 1);
    assert_string_equal(a->claims[0].device, "0000:03:00.0");
    assert_int_equal(a->at[KEY_CPUS].line, 3);
    assert_int_equal(spec->n_remarks, 0);
}

/* Errors: where, and what is said. */

static void test_errors(void **state)
{
    static const struct {
        const char *says;
        const char *error;
    } cases[] = {
        {"instances { a { }; };", "\"a\" has no resources"},
        {"instances { .a { resources { }; }; };", "\".a\" cannot name an instance"},
        {"instances { a@1 { resources { }; }; };", "\"a@1\" cannot name an instance"},
        {"instances { a { resources { cpus = \"4-7\"; }; }; };", "cpus"},
        {"instances { a { resources { cpus = <70000>; }; }; };", "70000 is no number of a CPU"},
        {"instances { a { resources { cpus = <>; }; }; };", "`cpus` has no value"},
        {"instances { a { resources { cpus = <1>; cpu-count = <1>; }; }; };", "both say"},
        {"instances { a { resources { cpu-count = <0>; }; }; };", "it must be 1 to"},
        {"instances { a { resources { memory-base = <0>; }; }; };", "stands without"},
        {"instances { a { resources { memory-base = <0>; memory-bytes = <1>, <1>; }; }; };",
         "2 sizes for 1 base"},
        {"instances { a { resources { memory-bytes = <1>, <1>; }; }; };", "2 sizes for 0 bases"},
        {"instances { a { resources { memory-base = <0xffffffff 0xfffff000>; memory-bytes = "
         "<0x2000>; }; }; };",
         "beyond 2^64"},
        {"instances { a { resources { memory-bytes = \"8GB\"; }; }; };", "memory-bytes"},
        {"instances { a { resources { cpu-affinity = \"compat\"; }; }; };",
         "\"compat\" is none of compact, spread, local"},
        {"instances { a { resources { memory-policy = <1>; }; }; };", "memory-policy"},
        {"instances { a { id = \"one\"; resources { }; }; };", "id"},
        {"instances { a { numaplace,pid = <0>; resources { }; }; };", "it must be 1 to"},
        {"instances { a { resources { numaplace,weight = <0>; }; }; };", "it must be 1 to 1000"},
        {"instances { a { resources { numaplace,weight = <1001>; }; }; };", "must be 1 to 1000"},
        {"instances { a { resources { numaplace,weight = \"3\"; }; }; };", "numaplace,weight"},
        {"instances { a { resources { numaplace,latency-sensitive = <2>; }; }; };",
         "it is <0>, <1> or stands alone"},
        {"instances { a { resources { numaplace,memory-bandwidth = <0>; }; }; };",
         "is 0 bytes a second: it must be 1 to"},
        {"instances { a { resources { numaplace,memory-bandwidth = <0x4000 0x1>; }; }; };",
         "bytes a second: it must be 1 to"},
        {"instances { a { resources { numaplace,memory-bandwidth = \"12GiB/s\"; }; }; };",
         "numaplace,memory-bandwidth"},
        {"instances { a { numaplace,pid = <1>; numaplace,vm = \"x\"; resources { }; }; };",
         "has \"pid\" already"},
        {"instances { a { numaplace,cgroup = \"../x\"; resources { }; }; };", "path of a cgroup"},
        {"resources { memory-base = <1>; };", "stands alone"},
        {"resources { memory@0 { size = <1>; }; };", "memory needs its node"},
        {"resources { cpus = <1>; cpus { available = <1>; }; };", "again"},
        {"fragment@0 { __overlay__ { cpu-add { mk,instance = \"a\"; cpu@1 { reg = <1>; }; }; }; };",
         "there is no instance \"a\" here"},
        {"fragment@0 { target-path = \"/instances\"; __overlay__ { x { }; }; };",
         "changes a tree that is not here"},
        {"fragment@0 { __overlay__ { cpu-add { cpu@1 { reg = <1>; }; }; }; };",
         "does not say which instance"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct spec *spec = NULL;
        struct np_error err = {0};
        char text[512];

        (void)snprintf(text, sizeof(text), "/ {\n%s };", cases[i].says);
        assert_int_equal(try_parse(text, &spec, &err), -EINVAL);
        assert_null(spec);
        if (!strstr(err.text, cases[i].error))
            fail_msg("%s\ngives: %s", cases[i].says, err.text);
        assert_int_equal(err.line, 2);
        assert_true(err.column > 0);
    }
}

static void test_errors_of_operations(void **state)
{
    static const struct {
        const char *says;
        const char *error;
    } cases[] = {
        {"cpu-add { mk,instance = \"a\"; cpu@4 { reg = <4>; }; };", "has CPU 4 already"},
        {"cpu-remove { mk,instance = \"a\"; cpu@9 { reg = <9>; }; };", "has no CPU 9"},
        {"cpu-add { mk,instance = \"b\"; cpu@9 { reg = <9>; }; };", "a number of CPUs"},
        {"cpu-add { mk,instance = \"a\"; };", "names no CPU"},
        {"memory-add { mk,instance = \"a\"; region@0 { reg = <0x1 0x0 0x0 0x1000>; }; };",
         "some of this memory already"},
        {"memory-add { mk,instance = \"b\"; region@0 { reg = <0x1 0x0 0x0 0x1000>; }; };",
         "memory without a base"},
        {"memory-remove { mk,instance = \"a\"; region@0 { reg = <0x1 0x0 0x1 0x1000>; }; };",
         "does not have all of"},
        {"memory-add { mk,instance = \"a\"; region@0 { reg = <1>; }; };", "a base and a size"},
        {"device-remove { mk,instance = \"a\"; pci@0 { pci-id = \"x\"; }; };",
         "has no device \"x\""},
        {"device-add { mk,instance = \"a\"; pci@0 { pci-id = \"eth0\"; }; };",
         "has \"eth0\" already"},
        {"instance-remove { instance-name = \"zz\"; };", "there is no instance \"zz\""},
        {"instance-create { resources { }; };", "lacks `instance-name`"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct spec *spec = NULL;
        struct np_error err = {0};
        char text[1024];

        (void)snprintf(text, sizeof(text), "%sfragment@0 { __overlay__ { %s }; }; };", base,
                       cases[i].says);
        assert_int_equal(try_parse(text, &spec, &err), -EINVAL);
        if (!strstr(err.text, cases[i].error))
            fail_msg("%s\ngives: %s", cases[i].says, err.text);
        assert_int_equal(err.line, 3);
    }
}

static void test_same_name(void **state)
{
    struct spec *spec = NULL;
    struct np_error err = {0};

    assert_int_equal(
        try_parse("/ { instances {\n a { resources { }; };\n a { resources { }; }; }; };", &spec,
                  &err),
        -EINVAL);
    assert_true(err.line > 0);
}

static void test_listed_twice(void **state)
{
    autospec struct spec *spec =
        parse("/ { instances { a { resources { cpus = <4 5 4>; }; }; }; };");

    assert_set(spec->instances[0].cpus.bits, "4-5");
    assert_string_equal(find_remark(spec, REMARK_ASSUMED)->fact,
                        "`cpus` lists CPU 4 twice: it is taken once");
}

/* What a tree that is no machine says of devices holds for the machine that runs. */
/* As dtc writes the lists of a blob. */
static void test_pairs_of_dtc(void **state)
{
    autospec struct spec *spec =
        parse("/dts-v1/; / { instances { a { resources { cpus = <0x0 0x4 0x0 0x5>; }; }; }; };");

    assert_set(spec->instances[0].cpus.bits, "4-5");
    assert_int_equal(spec->n_remarks, 0);
}

static void test_device_overrides(void **state)
{
    autospec struct spec *spec =
        parse("/ { resources { devices { eth0: ethernet@0 { numa-node = <1>; }; }; }; };");

    assert_string_equal(spec->machine, "live");
    assert_int_equal(spec->n_devices, 1);
    assert_string_equal(spec->devices[0].name, "eth0");
    assert_int_equal(spec->devices[0].node, 1);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_host),
        cmocka_unit_test(test_instance),
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_claims),
        cmocka_unit_test(test_spellings_of_claims),
        cmocka_unit_test(test_claims_without_devices),
        cmocka_unit_test(test_dangling_phandle),
        cmocka_unit_test(test_our_words),
        cmocka_unit_test(test_regions),
        cmocka_unit_test(test_pools),
        cmocka_unit_test(test_comments),
        cmocka_unit_test(test_comments_of_document),
        cmocka_unit_test(test_astray),
        cmocka_unit_test(test_same_address),
        cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_bare_instances),
        cmocka_unit_test(test_bare_others),
        cmocka_unit_test(test_create_and_remove),
        cmocka_unit_test(test_create_again),
        cmocka_unit_test(test_changes),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_errors_of_operations),
        cmocka_unit_test(test_same_name),
        cmocka_unit_test(test_listed_twice),
        cmocka_unit_test(test_pairs_of_dtc),
        cmocka_unit_test(test_device_overrides),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
