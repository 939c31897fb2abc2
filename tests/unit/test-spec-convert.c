/* SPDX-License-Identifier: Apache-2.0 */
/* A spec written in one format, read, written in the other, and read again. */

#include "test.h"

#include "spec-convert.h"

#include <string.h>

static struct spec *parse(const char *file, const char *text)
{
    struct np_error err = {0};
    struct spec *spec = NULL;
    int r = spec_parse(file, text, strlen(text), &spec, &err);

    if (r < 0)
        fail_msg("%u:%u: %s\nin: %s", err.line, err.column, err.text, text);
    return spec;
}

static char *to_yaml(const struct spec *spec, struct losses *losses)
{
    char *text = NULL;

    assert_int_equal(spec_to_yaml(spec, &text, losses), 0);
    return text;
}

static char *to_dts(const struct spec *spec, struct losses *losses)
{
    autodt struct dt *dt = NULL;
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);

    assert_non_null(stream);
    assert_int_equal(dt_new("test.dts", &dt), 0);
    assert_int_equal(spec_to_devicetree(spec, dt, losses), 0);
    assert_int_equal(dt_write_text(dt, stream), 0);
    assert_int_equal(fclose(stream), 0);
    return text;
}

static void assert_no_losses(const struct losses *losses)
{
    if (losses->n > 0)
        fail_msg("lost: %s", losses->losses[0].what);
}

/* What both formats can say; each is an instance's keys but its name. */
static const char *const both_say[] = {
    "    cpus: 8\n",
    "    cpus: \"8\"\n",
    "    cpus: 0-3,8,10-11\n",
    "    memory: 8GiB\n",
    "    memory: 4097B\n",
    "    memory: 1536MiB\n    numa-nodes: 0,2-3\n",
    "    cpus: 4\n    cpu-affinity: compact\n    memory-policy: local\n    smt: any\n",
    "    cpus: 4\n    cpu-affinity: spread\n    memory-policy: weighted-interleave\n",
    "    cpus: 4\n    cpu-affinity: local\n    memory-policy: preferred\n    smt: avoid\n",
    "    cpus: 4\n    memory-policy: bind\n    smt: whole-cores\n",
    "    near: eth0\n    irqs: 0000:01:00.0\n",
    "    run: [\"redis-server\", \"--save\", \"\", \"a b\", \"null\", \"7\", \"\\\"\\\\\"]\n",
    "    workload: {memory-bandwidth: 12GiB/s, latency-sensitive: true, weight: 3}\n",
    "    workload: {latency-sensitive: false}\n",
    "    workload: {memory-bandwidth: 800MB/s}\n",
    "    cpu-affinity: local\n    workload: {weight: 1000}\n",
    "    pid: 812\n",
    "    cgroup: system.slice/a.service\n",
    "    unit: a.service\n",
    "    vm: debian 12\n",
};

static const char *const hosts_say[] = {
    "",
    "host-reserved:\n  cpus: 0-1\n",
    "host-reserved:\n  cpus: '!4-31'\n",
    "host-reserved:\n  memory: {0: 2GiB, 3: 512MiB}\n",
    "devices:\n  eth0: {node: 1}\n  0000:01:00.0: {node: 0}\n",
};

static void check_yaml(const char *host, const char *keys)
{
    autolosses struct losses losses = {0};
    autofree char *text = NULL, *dts = NULL, *yaml = NULL;
    autospec struct spec *first = NULL, *second = NULL;

    assert_true(asprintf(&text, "version: 1\nmachine: live\n%sinstances:\n  - name: a\n%s", host,
                         keys) > 0);
    first = parse("test.yaml", text);
    free(text);
    text = to_yaml(first, &losses);
    dts = to_dts(first, &losses);
    second = parse("test.dts", dts);
    assert_int_equal(second->n_remarks, 0);
    yaml = to_yaml(second, &losses);
    assert_no_losses(&losses);
    assert_string_equal(yaml, text);
}

static void test_yaml_and_back(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(both_say); i++)
        check_yaml("", both_say[i]);
    for (size_t i = 0; i < ARRAY_SIZE(hosts_say); i++)
        check_yaml(hosts_say[i], "    cpus: 2\n");
}

static const char *const trees[] = {
    "/ { instances { a { resources { cpus = <4 5 9>; memory-bytes = <0x2 0x0>; numa-nodes = <1>; "
    "cpu-affinity = \"compact\"; memory-policy = \"local\"; }; }; b { resources { cpu-count = <3>; "
    "}; }; }; };",
    "/ { instances { numaplace,available = <2 3 4>; a { numaplace,run = \"x\", \"\"; resources { "
    "}; }; }; };",
    "/ { resources { memory@0 { numa-node-id = <0>; numaplace,host-reserved-bytes = <0x40000000>; "
    "}; devices { eth0: n@0 { numa-node = <1>; }; }; }; instances { a { resources { "
    "numaplace,near = \"eth0\"; numaplace,smt = \"avoid\"; }; }; }; };",
};

static void test_tree_and_back(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(trees); i++) {
        autolosses struct losses losses = {0};
        autospec struct spec *first = parse("test.dts", trees[i]), *second = NULL;
        autofree char *dts = to_dts(first, &losses), *yaml = to_yaml(first, &losses);
        autofree char *again = NULL;

        second = parse("test.yaml", yaml);
        again = to_dts(second, &losses);
        assert_no_losses(&losses);
        assert_string_equal(again, dts);
    }
}

static void assert_loss(const struct losses *losses, const char *what)
{
    for (unsigned int i = 0; i < losses->n; i++) {
        if (strcmp(losses->losses[i].what, what) == 0)
            return;
    }
    fail_msg("not told: %s", what);
}

static void test_lost_in_yaml(void **state)
{
    static const char *const lost[] = {
        "id 7",
        "memory-base 0x100000000",
        "device eth0_vf1",
        "options/enable-host-kcore",
        "resources/uring",
        "the pool of memory at 0x80000000",
        "the property `xyz` is not known, and nothing reads it",
    };
    autospec struct spec *spec = parse(
        "test.dts",
        "/ { resources { memory-base = <0x80000000>; memory-bytes = <0x8 0x0>; }; instances { a { "
        "id = <7>; xyz; options { enable-host-kcore; }; resources { memory-base = <0x1 0x0>; "
        "memory-bytes = <0x1 0x0>; devices = <&eth0_vf1>; uring { }; }; }; }; };");
    autolosses struct losses losses = {0};
    autofree char *yaml = to_yaml(spec, &losses);

    for (size_t i = 0; i < ARRAY_SIZE(lost); i++)
        assert_loss(&losses, lost[i]);
    assert_int_equal(losses.n, ARRAY_SIZE(lost));
    assert_int_equal(losses.losses[0].at.line, 1);
}

/* What a tree may say and no YAML is. */
static void test_bytes_lost_in_yaml(void **state)
{
    autospec struct spec *spec =
        parse("test.dts",
              "/ { instances { a { numaplace,run = \"x\", \"\\xff\"; resources { memory-bytes "
              "= <100>; numaplace,near = \"\\xc0\"; }; }; }; };");
    autolosses struct losses losses = {0};
    autofree char *yaml = to_yaml(spec, &losses);
    autospec struct spec *again = parse("test.yaml", yaml);

    assert_loss(&losses, "run");
    assert_loss(&losses, "near");
    assert_loss(&losses, "100 bytes of memory");
    assert_int_equal(again->instances[0].target, TARGET_NONE);
}

static void test_lost_in_tree(void **state)
{
    static const char *const lost[] = {
        "machine \"box.xml\"",
        "reserved CPUs \"+0-1\"",
        "cpus \"!0-3\"",
        "numa-nodes \"all\"",
    };
    autospec struct spec *spec =
        parse("test.yaml", "version: 1\nmachine: box.xml\nhost-reserved: {cpus: +0-1}\ninstances:\n"
                           "  - {name: a, cpus: \"!0-3\", numa-nodes: all}\n");
    autolosses struct losses losses = {0};
    autofree char *dts = to_dts(spec, &losses);

    for (size_t i = 0; i < ARRAY_SIZE(lost); i++)
        assert_loss(&losses, lost[i]);
    assert_int_equal(losses.n, ARRAY_SIZE(lost));
}

static struct machine *synthetic(const char *text)
{
    struct machine *machine = NULL;
    struct np_error err = {0};

    if (machine_load(text, MACHINE_ALL, &machine, &err) < 0)
        fail_msg("%s", err.text);
    return machine;
}

/* By number, on a machine. */
static void test_settled(void **state)
{
    automachine struct machine *machine = synthetic("synthetic:pack:2 [numa] core:4 pu:1");
    autospec struct spec *spec =
        parse("test.yaml", "version: 1\nhost-reserved: {cpus: +0-1}\ninstances:\n"
                           "  - {name: a, cpus: \"!0-3\", numa-nodes: all}\n"
                           "  - {name: b, cpus: 2}\n"
                           "  - {name: c, cpus: \"2-3\"}\n");
    autolosses struct losses losses = {0};
    autofree char *dts = NULL;

    assert_int_equal(spec_settle(spec, machine, NULL), 0);
    dts = to_dts(spec, &losses);
    assert_no_losses(&losses);
    assert_non_null(strstr(dts, "numaplace,host-reserved = <0 1>;"));
    assert_non_null(strstr(dts, "cpus = <4 5 6 7>; numa-nodes = <0 1>;"));
    assert_non_null(strstr(dts, "cpu-count = <2>;"));
    assert_non_null(strstr(dts, "cpus = <2 3>;"));
}

/* What has no meaning there, or none that a tree could say. */
static void test_not_settled(void **state)
{
    static const struct {
        const char *instance, *message;
    } cases[] = {
        {"{name: a, cpus: +7-9}", "+8: only 8 are allowed here"},
        {"{name: a, cpus: \"!0-7\"}", "\"a\" would get no CPU of this machine"},
        {"{name: a, cpus: 1, numa-nodes: \"!0-1\"}", "\"a\" would get no node of this machine"},
    };
    automachine struct machine *machine = synthetic("synthetic:pack:2 [numa] core:4 pu:1");

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        autospec struct spec *spec = NULL;
        struct np_error err = {0};
        char text[256];

        (void)snprintf(text, sizeof(text), "version: 1\ninstances:\n  - %s\n", cases[i].instance);
        spec = parse("test.yaml", text);
        assert_true(spec_settle(spec, machine, &err) < 0);
        assert_string_equal(err.text, cases[i].message);
        assert_int_equal(err.line, 3);
        assert_string_equal(err.file, "test.yaml");
    }
}

/* A host that would keep none keeps none. */
static void test_none_reserved(void **state)
{
    automachine struct machine *machine = synthetic("synthetic:pack:1 core:2 pu:1");
    autospec struct spec *spec =
        parse("test.yaml", "version: 1\nhost-reserved: {cpus: \"!0-1\"}\ninstances:\n"
                           "  - {name: a, cpus: 1}\n");

    assert_int_equal(spec_settle(spec, machine, NULL), 0);
    assert_false(spec->reserved_cpus_given);
}

/* The available CPUs that the host keeps are not for instances. */
static void test_available_and_reserved(void **state)
{
    autospec struct spec *spec = parse(
        "test.dts", "/ { resources { cpus { total = <8>; host-reserved = <0 1>; available = <1 2 3 "
                    "4>; }; }; instances { a { resources { }; }; }; };");
    autolosses struct losses losses = {0};
    autofree char *yaml = to_yaml(spec, &losses);

    assert_non_null(strstr(yaml, "cpus: '!2-4'"));
    assert_non_null(strstr(yaml, "machine: test.dts"));
}

/* What instances call by Kerf's words alone gets a node, so that a blob can refer to it. */
/* The text of a blob. Of 32 bits a number where the word says so, whatever the bytes look like. */
static const char of_blob[] = "/dts-v1/;\n"
                              "\n"
                              "/ {\n"
                              "    resources {\n"
                              "        cpus = <4 5 6 7>;\n"
                              "        memory-base = <0x8 0x0>, <0x0 0x40000000>;\n"
                              "        memory-bytes = <0x80000000>;\n"
                              "\n"
                              "        devices {\n"
                              "            eth0: ethernet@0 {\n"
                              "                pci-id = \"0000:01:00.0\";\n"
                              "                available-vfs = <1 2 3>;\n"
                              "                unheard-of = <0x1 0x2>;\n"
                              "                phandle = <1>;\n"
                              "            };\n"
                              "        };\n"
                              "    };\n"
                              "\n"
                              "    instances {\n"
                              "        a {\n"
                              "            id = <1633837824>;\n"
                              "            numaplace,run = \"a\", \"\";\n"
                              "\n"
                              "            resources {\n"
                              "                cpus = <4>;\n"
                              "                numa-nodes = <0 1>;\n"
                              "                devices = <&eth0>, <&eth0>;\n"
                              "                cpu-affinity = [63 6f];\n"
                              "            };\n"
                              "        };\n"
                              "    };\n"
                              "};\n";

static struct dt *blob_of(const struct dt *dt)
{
    struct np_error err = {0};
    struct dt *made = NULL;
    char *blob = NULL;
    size_t size;

    assert_int_equal(dt_write_blob(dt, &blob, &size, &err), 0);
    if (dt_parse("t.dtb", blob, size, &made, &err) != 0)
        fail_msg("%s", err.text);
    free(blob);
    return made;
}

static void assert_text(const struct dt *dt, const char *expected)
{
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);

    assert_int_equal(dt_write_text(dt, stream), 0);
    fclose(stream);
    assert_string_equal(text, expected);
    free(text);
}

/* With CPUs of 32 and of 64 bits, which are the same text. */
static void test_text_of_blob(void **state)
{
    for (int wide = 0; wide < 2; wide++) {
        autodt struct dt *said = NULL, *blob = NULL;

        assert_int_equal(dt_parse("t.dts", of_blob, sizeof(of_blob) - 1, &said, NULL), 0);
        if (wide)
            assert_int_equal(spec_widen_lists(said), 0);
        blob = blob_of(said);
        assert_int_equal(
            dt_property(dt_find(blob, "/instances/a/resources"), "cpus")->values[0].size,
            wide ? 8 : 4);
        assert_int_equal(spec_type_blob(blob), 0);
        assert_text(blob, of_blob);
    }
}

/* <0 5> is two CPUs, also where nothing else tells. */
static void test_wide_cpus(void **state)
{
    static const char text[] = "/multikernel-v1/; / { instances { a { resources { "
                               "cpus = <0 5>; }; }; }; };";
    autodt struct dt *said = NULL, *blob = NULL;
    const struct dt_property *cpus;

    assert_int_equal(dt_parse("t.dts", text, sizeof(text) - 1, &said, NULL), 0);
    assert_int_equal(spec_widen_lists(said), 0);
    blob = blob_of(said);
    cpus = dt_property(dt_find(blob, "/instances/a/resources"), "cpus");
    assert_int_equal(cpus->values[0].size, 16);
    assert_memory_equal(cpus->values[0].text, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\5", 16);
}

/* One cell each is two numbers, and in bytes it could be one. */
static void test_wide_memory(void **state)
{
    static const char text[] = "/multikernel-v1/; / { instances { a { resources { memory-base = "
                               "<0x1000>, <0x9 0x0>; memory-bytes = <0x2000>, <0x100000000>; }; }; "
                               "}; };";
    autodt struct dt *said = NULL, *blob = NULL;
    const struct dt_node *resources;

    assert_int_equal(dt_parse("t.dts", text, sizeof(text) - 1, &said, NULL), 0);
    assert_int_equal(spec_widen_lists(said), 0);
    blob = blob_of(said);
    resources = dt_find(blob, "/instances/a/resources");
    assert_memory_equal(dt_property(resources, "memory-base")->values[0].text,
                        "\0\0\0\0\0\0\x10\0\0\0\0\x09\0\0\0\0", 16);
    assert_memory_equal(dt_property(resources, "memory-bytes")->values[0].text,
                        "\0\0\0\0\0\0\x20\0\0\0\0\1\0\0\0\0", 16);
}

static void test_references(void **state)
{
    static const char text[] =
        "/multikernel-v1/; / { resources { cpus = <0 1>; devices { eth0: n@0 { sriov-vfs = <4>; "
        "}; }; }; instances { a { resources { devices = <&eth0_vf3>; }; }; }; };";
    autospec struct spec *spec = parse("test.dts", text), *again = NULL;
    autodt struct dt *dt = NULL;
    struct np_error err = {0};
    autofree char *blob = NULL;
    size_t size;

    assert_int_equal(dt_parse("test.dts", text, strlen(text), &dt, &err), 0);
    assert_int_equal(dt_write_blob(dt, &blob, &size, &err), -EINVAL);
    assert_int_equal(spec_define_references(spec, dt), 0);
    assert_int_equal(dt_write_blob(dt, &blob, &size, &err), 0);
    assert_int_equal(spec_parse("test.dtb", blob, size, &again, &err), 0);
    assert_int_equal(again->instances[0].n_claims, 1);
    assert_int_equal(again->instances[0].claims[0].kind, CLAIM_VF);
    assert_int_equal(again->instances[0].claims[0].number, 3);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_yaml_and_back),
        cmocka_unit_test(test_tree_and_back),
        cmocka_unit_test(test_lost_in_yaml),
        cmocka_unit_test(test_bytes_lost_in_yaml),
        cmocka_unit_test(test_lost_in_tree),
        cmocka_unit_test(test_settled),
        cmocka_unit_test(test_not_settled),
        cmocka_unit_test(test_none_reserved),
        cmocka_unit_test(test_available_and_reserved),
        cmocka_unit_test(test_text_of_blob),
        cmocka_unit_test(test_wide_cpus),
        cmocka_unit_test(test_wide_memory),
        cmocka_unit_test(test_references),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
