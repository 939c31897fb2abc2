/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "size.h"
#include "spec.h"

#include <string.h>

static const char three[] = "version: 1\n"
                            "machine: synthetic:pack:2 [numa] core:8 pu:2\n"
                            "host-reserved:\n"
                            "  cpus: 0-1\n"
                            "  memory: {0: 2GiB, 1: 512 MiB}\n"
                            "devices:\n"
                            "  eth0: {node: 1}\n"
                            "instances:\n"
                            "  - name: web-server\n"
                            "    cpus: 8\n"
                            "    memory: 8GiB\n"
                            "    numa-nodes: [0, 1]\n"
                            "    cpu-affinity: spread\n"
                            "    memory-policy: weighted-interleave\n"
                            "    smt: whole-cores\n"
                            "    near: eth0\n"
                            "    irqs: eth0\n"
                            "    run: [\"redis-server\", \"--port\", 7000, \"\"]\n"
                            "  - {name: database, cpus: 4-11, pid: 812}\n"
                            "  - name: batch\n"
                            "    memory: 1.5G\n"
                            "    cgroup: /system.slice/batch.service\n"
                            "  - {name: queue, cpus: '8', unit: queue.service}\n"
                            "  - {name: guest, cpus: [4, \"6-7\"], vm: debian}\n";

static struct spec *parse(const char *text)
{
    struct np_error err = {0};
    struct spec *spec = NULL;
    int r = spec_parse("test.yaml", text, strlen(text), &spec, &err);

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

static void assert_mark(struct mark at, unsigned int line, unsigned int column)
{
    assert_int_equal(at.line, line);
    assert_int_equal(at.column, column);
}

static void test_host(void **state)
{
    autospec struct spec *spec = parse(three);

    assert_string_equal(spec->file, "test.yaml");
    assert_string_equal(spec->machine, "synthetic:pack:2 [numa] core:8 pu:2");
    assert_mark(spec->machine_at, 2, 10);
    assert_true(spec->reserved_cpus_given);
    assert_set(spec->reserved_cpus.bits, "0-1");
    assert_mark(spec->reserved_cpus_at, 4, 9);
    assert_int_equal(spec->n_reserved_memory, 2);
    assert_int_equal(spec->reserved_memory[1].node, 1);
    assert_int_equal(spec->reserved_memory[1].bytes, 512 * MIB);
    assert_mark(spec->reserved_memory[1].at, 5, 21);
    assert_int_equal(spec->n_devices, 1);
    assert_string_equal(spec->devices[0].name, "eth0");
    assert_int_equal(spec->devices[0].node, 1);
    assert_mark(spec->devices[0].at, 7, 16);
    assert_int_equal(spec->n_instances, 5);
    assert_ptr_equal(spec_instance(spec, "database"), &spec->instances[1]);
    assert_null(spec_instance(spec, "nobody"));
}

static void test_instance(void **state)
{
    autospec struct spec *spec = parse(three);
    const struct instance *web = &spec->instances[0];

    assert_string_equal(web->name, "web-server");
    assert_false(web->cpus_given);
    assert_int_equal(web->cpu_count, 8);
    assert_int_equal(web->memory_bytes, 8 * GIB);
    assert_true(web->nodes_given);
    assert_set(web->numa_nodes.bits, "0-1");
    assert_int_equal(web->cpu_affinity, CPU_AFFINITY_SPREAD);
    assert_int_equal(web->memory_policy, MEMORY_POLICY_WEIGHTED_INTERLEAVE);
    assert_int_equal(web->smt, SMT_WHOLE_CORES);
    assert_string_equal(web->near, "eth0");
    assert_string_equal(web->irqs, "eth0");
    assert_int_equal(web->target, TARGET_RUN);
    assert_string_equal(web->run[0], "redis-server");
    assert_string_equal(web->run[2], "7000");
    assert_string_equal(web->run[3], "");
    assert_null(web->run[4]);
    assert_mark(web->at[KEY_NAME], 9, 11);
    assert_mark(web->at[KEY_NUMA_NODES], 12, 17);
    assert_mark(web->at[KEY_TARGET], 18, 10);
}

static void test_targets(void **state)
{
    autospec struct spec *spec = parse(three);

    assert_int_equal(spec->instances[1].target, TARGET_PID);
    assert_int_equal(spec->instances[1].pid, 812);
    assert_int_equal(spec->instances[2].target, TARGET_CGROUP);
    assert_string_equal(spec->instances[2].target_name, "system.slice/batch.service");
    assert_int_equal(spec->instances[3].target, TARGET_UNIT);
    assert_string_equal(spec->instances[3].target_name, "queue.service");
    assert_int_equal(spec->instances[4].target, TARGET_VM);
    assert_string_equal(spec->instances[4].target_name, "debian");
}

/* A plain number counts; anything else is a set. */
static void test_cpus(void **state)
{
    autospec struct spec *spec = parse(three);

    assert_true(spec->instances[1].cpus_given);
    assert_set(spec->instances[1].cpus.bits, "4-11");
    assert_false(spec->instances[2].cpus_given);
    assert_int_equal(spec->instances[2].cpu_count, 0);
    assert_int_equal(spec->instances[2].memory_bytes, 3 * GIB / 2);
    assert_true(spec->instances[3].cpus_given);
    assert_set(spec->instances[3].cpus.bits, "8");
    assert_set(spec->instances[4].cpus.bits, "4,6-7");
}

static void test_defaults(void **state)
{
    autospec struct spec *spec = parse("instances: [{name: a, cpus: 1}]\nversion: 1\n");
    const struct instance *a = &spec->instances[0];

    assert_string_equal(spec->machine, "live");
    assert_int_equal(spec->machine_at.line, 0);
    assert_false(spec->reserved_cpus_given);
    assert_int_equal(a->cpu_affinity, CPU_AFFINITY_COMPACT);
    assert_int_equal(a->memory_policy, MEMORY_POLICY_LOCAL);
    assert_int_equal(a->smt, SMT_ANY);
    assert_int_equal(a->target, TARGET_NONE);
    assert_false(a->nodes_given);
    assert_int_equal(a->at[KEY_MEMORY].line, 0);
}

/* Where weight, latency-sensitive and memory-bandwidth are not said, there are defaults. */
static void test_workload(void **state)
{
    autospec struct spec *spec =
        parse("version: 1\n"
              "instances:\n"
              "  - name: a\n"
              "    workload: {memory-bandwidth: 12GiB/s, latency-sensitive: true, weight: 3}\n"
              "  - {name: b, cpu-affinity: local}\n"
              "  - {name: c, cpu-affinity: local, workload: {latency-sensitive: false}}\n"
              "  - {name: d, workload: {weight: 1000}}\n");
    const struct instance *a = &spec->instances[0], *d = &spec->instances[3];

    assert_int_equal(a->workload.bandwidth, 12 * GIB);
    assert_true(instance_is_latency_sensitive(a));
    assert_int_equal(instance_weight(a), 3);
    assert_mark(a->at[KEY_BANDWIDTH], 4, 34);
    assert_mark(a->at[KEY_LATENCY], 4, 62);
    assert_mark(a->at[KEY_WEIGHT], 4, 76);
    assert_true(instance_is_latency_sensitive(&spec->instances[1]));
    assert_int_equal(instance_weight(&spec->instances[1]), 1);
    assert_false(instance_is_latency_sensitive(&spec->instances[2]));
    assert_false(instance_is_latency_sensitive(d));
    assert_int_equal(instance_weight(d), 1000);
    assert_int_equal(d->workload.bandwidth, 0);
}

/* An aliased value is marked where the alias stands. */
static void test_alias(void **state)
{
    autospec struct spec *spec = parse("version: 1\n"
                                       "instances:\n"
                                       "  - {name: a, memory: &m 8GiB, numa-nodes: &n [0]}\n"
                                       "  - {name: b, memory: *m, numa-nodes: *n}\n");
    const struct instance *b = &spec->instances[1];

    assert_int_equal(b->memory_bytes, 8 * GIB);
    assert_set(b->numa_nodes.bits, "0");
    assert_mark(b->at[KEY_MEMORY], 4, 23);
}

static void test_bom_and_crlf(void **state)
{
    autospec struct spec *spec =
        parse("\xef\xbb\xbfversion: 1\r\ninstances:\r\n- name: a\r\n  cpus: 2\r\n");

    assert_mark(spec->instances[0].at[KEY_CPUS], 4, 9);
}

#define ONE "version: 1\ninstances:\n  - name: a\n" /* lines 1-3; keys follow in column 5 */

static const struct {
    const char *text;
    unsigned int line, column;
    const char *says; /* in the text or the hint */
} refused[] = {
    /* not a document */
    {"", 1, 1, "the file is empty"},
    {"# only a comment\n", 1, 1, "the file is empty"},
    {"version: 1\nab\x01", 2, 3, "not UTF-8 text"},
    {"\x7f\x45LF\x02\x01", 1, 1, "not UTF-8 text"},
    {"version: 1\nname: \xff\xfe", 2, 7, "not UTF-8 text"},
    {"version: 1\n\xc3\xa9: \xc3", 2, 4, "not UTF-8 text"},
    {"version: 1\ninstances:\n\t- name: a\n", 3, 1, "a tab cannot indent"},
    {"version: [1\n", 2, 1, "not YAML"},
    {"version: 'x\n", 2, 1, "not YAML"},
    {"version: 1\n  machine: x\n", 2, 10, "not YAML"},
    {"version: 1\ninstances: [{name: a, cpus: 1}]\n---\nversion: 1\n", 3, 1, "second document"},
    {"version: 1\nmachine: \"a\\0b\"\n", 2, 10, "NUL"},
    {"- version\n", 1, 1, "must be a map of keys and values, not a list"},
    {"hello\n", 1, 1, "not a single value"},
    {"? [a]\n: 1\n", 1, 3, "a key must be a word"},
    {"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", 1, 33, "nested more than 32 deep"},
    {"version: 1\nversion: 1\n", 2, 1, "key \"version\" is given twice"},
    {"version: 1\nversion: 1\n", 2, 1, "the first is at 1:1"},
    {"version: !!int 1\n", 1, 10, "tag"},
    {ONE "    cpus: !0-3\n", 4, 11, "put a text that begins with ! in quotes"},
    {"version: *v\n", 1, 10, "alias \"v\" names no anchor before it"},
    {"version: 1\ninstances: &i\n  - *i\n", 3, 5, "inside the value that it names"},
    {"&r version: 1\ndevices: &d\n  eth0: {node: *d}\n", 3, 16, "inside the value"},

    /* the file */
    {"version: 1\n", 1, 1, "lacks the key \"instances\""},
    {"instances: [{name: a, cpus: 1}]\n", 1, 1, "lacks the key \"version\""},
    {"version: 2\n", 1, 10, "version 2 is not known: this program reads version 1"},
    {"version: one\n", 1, 10, "not a number"},
    {"version:\n", 1, 9, "there is no value"},
    {"version: 1\ninstance: []\n", 2, 1, "did you mean \"instances\"?"},
    {"version: 1\nwhatever: []\n", 2, 1, "known here: version, machine, host-reserved"},
    {"version: 1\n<<: {}\n", 2, 1, "unknown key \"<<\""},
    {"version: 1\nmachine: [live]\n", 2, 10, "must stand here, not a list"},
    {"version: 1\ninstances: []\n", 2, 12, "a list of at least one"},
    {"version: 1\ninstances: {name: a}\n", 2, 12, "each begins with a dash"},
    {"version: 1\ninstances: [a]\n", 2, 13, "an instance must be a map"},
    {"version: 1\ninstances:\n  -\n", 3, 4, "an instance must be a map of keys and values, not"},

    /* host-reserved and devices */
    {"host-reserved: 0-1\n", 1, 16, "\"host-reserved\" must be a map"},
    {"host-reserved: {cpu: 0}\n", 1, 17, "did you mean \"cpus\"?"},
    {"host-reserved: {cpus: 3-1}\n", 1, 23, "a range that ends before it starts"},
    {"host-reserved: {cpus: 70000}\n", 1, 23, "goes beyond 65535"},
    {"host-reserved: {cpus: same}\n", 1, 23, "\"same\" refers to nothing"},
    {"host-reserved: {memory: 2GiB}\n", 1, 25, "{0: 2GiB"},
    {"host-reserved: {memory: {zero: 2GiB}}\n", 1, 26, "\"zero\" is not a number"},
    {"host-reserved: {memory: {0: 2GiB, 00: 1GiB}}\n", 1, 35, "node 0 is given twice"},
    {"host-reserved: {memory: {0: 2GB}}\n", 1, 29, "write a number and B, KiB"},
    {"devices: [eth0]\n", 1, 10, "a map by name"},
    {"devices: {eth0: 1}\n", 1, 17, "a device must be a map"},
    {"devices: {eth0: {}}\n", 1, 17, "lacks the key \"node\""},
    {"devices: {eth0: {node: -1}}\n", 1, 24, "not a number from 0 to 65535"},
    {"devices: {eth0: {node: 65536}}\n", 1, 24, "out of range: it must be 0 to 65535"},
    {"devices: {eth0: {node: 99999999999999999999}}\n", 1, 24, "out of range"},
    {"devices: {\"\": {node: 0}}\n", 1, 11, "a device has no name"},

    /* an instance */
    {"version: 1\ninstances:\n  - cpus: 1\n", 3, 5, "an instance lacks the key \"name\""},
    {"version: 1\ninstances: [{name: a b}]\n", 2, 20, "cannot name an instance"},
    {"version: 1\ninstances: [{name: .a}]\n", 2, 20, "it becomes a cgroup's name"},
    {"version: 1\ninstances: [{name: a/../b}]\n", 2, 20, "cannot name an instance"},
    {"version: 1\ninstances: [{name: "
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}]\n",
     2, 20, "1 to 64 letters"},
    {"version: 1\ninstances: [{name: a}, {name: a}]\n", 2, 31, "the name \"a\" is taken"},
    {"version: 1\ninstances: [{name: a}, {name: a}]\n", 2, 31, "by the instance at 2:20"},
    {ONE "    cpu: 4\n", 4, 5, "did you mean \"cpus\"?"},
    {ONE "    cpus: 0\n", 4, 11, "it must be 1 to 65536"},
    {ONE "    cpus: 65537\n", 4, 11, "out of range"},
    {ONE "    cpus: 4-\n", 4, 11, "\"4-\" is not a set"},
    {ONE "    cpus: [4, x]\n", 4, 15, "\"x\" is not a number or a range"},
    {ONE "    cpus: []\n", 4, 11, "the list is empty"},
    {ONE "    cpus: [[1]]\n", 4, 12, "not a list"},
    {ONE "    memory: 8\n", 4, 13, "write the unit"},
    {ONE "    memory: 0\n", 4, 13, "less than one page"},
    {ONE "    memory: -1GiB\n", 4, 13, "is not an amount of memory"},
    {ONE "    memory: 99999999TiB\n", 4, 13, "more memory than can be"},
    {ONE "    memory: null\n", 4, 13, "there is no value"},
    {ONE "    numa-nodes: {0: 1}\n", 4, 17, "not a map"},
    {ONE "    numa-nodes: \"\"\n", 4, 17, "there is no value"},
    {ONE "    cpu-affinity: compakt\n", 4, 19, "none of compact, spread, local"},
    {ONE "    cpu-affinity: compakt\n", 4, 19, "did you mean \"compact\"?"},
    {ONE "    memory-policy: membind\n", 4, 20, "none of local, bind, preferred, interleave, w"},
    {ONE "    smt: no\n", 4, 10, "none of any, avoid, whole-cores"},
    {ONE "    workload: fast\n", 4, 15,
     "\"workload\" must be a map of keys and values, not a sing"},
    {ONE "    workload:\n", 4, 14, "not nothing"},
    {ONE "    workload: {}\n", 4, 15, "\"workload\" says nothing"},
    {ONE "    workload: [1]\n", 4, 15, "not a list"},
    {ONE "    workload: {wheight: 1}\n", 4, 16, "did you mean \"weight\"?"},
    {ONE "    workload: {cpus: 1}\n", 4, 16,
     "known here: memory-bandwidth, latency-sensitive, weight"},
    {ONE "    workload: {weight: 0}\n", 4, 24, "it must be 1 to 1000"},
    {ONE "    workload: {weight: 1001}\n", 4, 24, "it must be 1 to 1000"},
    {ONE "    workload: {weight: 1.5}\n", 4, 24, "not a number from 1 to 1000"},
    {ONE "    workload: {weight: [1]}\n", 4, 24, "not a list"},
    {ONE "    workload: {weight: 1, weight: 2}\n", 4, 27, "given twice"},
    {ONE "    workload: {latency-sensitive: yes}\n", 4, 35, "\"yes\" is none of false, true"},
    {ONE "    workload: {latency-sensitive: }\n", 4, 35, "there is no value"},
    {ONE "    workload: {memory-bandwidth: 12}\n", 4, 34, "\"12\" is not a bandwidth"},
    {ONE "    workload: {memory-bandwidth: 12GiB}\n", 4, 34, "such as 12GiB/s"},
    {ONE "    workload: {memory-bandwidth: 0GiB/s}\n", 4, 34, "no traffic at all"},
    {ONE "    workload: {memory-bandwidth: 65TiB/s}\n", 4, 34, "more than any memory gives"},
    {ONE "    workload: {memory-bandwidth: {}}\n", 4, 34, "not a map"},
    {ONE "    run: redis-server\n", 4, 10, "must be a list"},
    {ONE "    run: []\n", 4, 10, "must be a list"},
    {ONE "    run: [a, {b: c}]\n", 4, 14, "must stand here, not a map"},
    {ONE "    run: [\"\"]\n", 4, 11, "there is no value"},
    {ONE "    pid: redis\n", 4, 10, "\"redis\" is not a number"},
    {ONE "    pid: 0\n", 4, 10, "out of range"},
    {ONE "    pid: 5000000\n", 4, 10, "out of range: it must be 1 to 4194304"},
    {ONE "    pid: 1\n    run: [a]\n", 5, 10, "has \"pid\" already, and now \"run\""},
    {ONE "    vm: x\n    unit: y\n", 5, 11, "one of run, pid, cgroup, unit, vm"},
    {ONE "    cgroup: ../x\n", 4, 13, "is not the path of a cgroup"},
    {ONE "    cgroup: a//b\n", 4, 13, "is not the path of a cgroup"},
    {ONE "    cgroup: a/./b\n", 4, 13, "is not the path of a cgroup"},
    {ONE "    cgroup: /\n", 4, 13, "is not the path of a cgroup"},
};

static void assert_refused(const char *text, size_t length, unsigned int line, unsigned int column,
                           const char *says)
{
    struct np_error err = {0};
    struct spec *spec = NULL;
    int r = spec_parse("test.yaml", text, length, &spec, &err);

    print_message("  %u:%u: %s (%s)\n", err.line, err.column, err.text, err.hint);
    assert_true(r == -EINVAL || r == -ERANGE);
    assert_null(spec);
    assert_int_equal(err.code, r);
    assert_string_equal(err.file, "test.yaml");
    assert_int_equal(err.line, line);
    assert_int_equal(err.column, column);
    assert_true(strstr(err.text, says) || strstr(err.hint, says));
}

static void test_refused(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(refused); i++)
        assert_refused(refused[i].text, strlen(refused[i].text), refused[i].line, refused[i].column,
                       refused[i].says);
    assert_refused("version: 1\n\0\n", 13, 2, 1, "not UTF-8 text");
}

/* Every truncation of a good file is either good or refused at a place. */
static void test_truncated(void **state)
{
    for (size_t length = 0; length < sizeof(three) - 1; length++) {
        autospec struct spec *spec = NULL;
        struct np_error err = {0};
        int r = spec_parse("test.yaml", three, length, &spec, &err);

        assert_true(r == 0 || (err.line > 0 && err.column > 0 && err.text[0]));
    }
}

static char *repeat(const char *head, const char *what, size_t times)
{
    size_t n_head = strlen(head), n = strlen(what);
    char *text = malloc(n_head + n * times + 1);

    assert_non_null(text);
    memcpy(text, head, n_head);
    for (size_t i = 0; i < times; i++)
        memcpy(text + n_head + i * n, what, n);
    text[n_head + n * times] = '\0';
    return text;
}

static char *distinct_keys(unsigned int n)
{
    char *text = NULL;
    size_t length;
    FILE *yaml = open_memstream(&text, &length);

    for (unsigned int i = 0; i < n; i++)
        fprintf(yaml, "k%u: 1\n", i);
    fclose(yaml);
    return text;
}

static void test_bounded(void **state)
{
    autofree char *many = repeat("version: [", "1,", 65537);
    autofree char *anchors = repeat("version: [", "&a 1,", 257);
    const char laughs[] = "a: &a [1,1,1,1,1,1,1,1,1,1]\n"
                          "b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
                          "c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
                          "d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n"
                          "e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\n"
                          "f: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\n";
    autofree char *keys = distinct_keys(4097);

    assert_refused(many, strlen(many), 1, 11 + 2 * 65536, "more than 65536 entries");
    assert_refused(keys, strlen(keys), 4097, 1, "more than 4096 entries");
    assert_refused(anchors, strlen(anchors), 1, 11 + 5 * 256, "more than 256 anchors");
    assert_refused(laughs, strlen(laughs), 6, 35, "more than 1000000 values");
}

static void test_load(void **state)
{
    char path[] = "/tmp/numaplace-test-spec-XXXXXX";
    int fd = mkstemp(path);
    autofree char *large = repeat("", "# comment\n", 110000);
    struct np_error err = {0};
    struct spec *spec = NULL;

    assert_true(fd >= 0);
    assert_int_equal(write(fd, three, strlen(three)), strlen(three));
    assert_int_equal(spec_load(path, &spec, &err), 0);
    assert_string_equal(spec->file, path);
    spec = spec_free(spec);
    assert_true(write(fd, large, strlen(large)) > 0);
    assert_int_equal(spec_load(path, &spec, &err), -EFBIG);
    assert_string_equal(err.file, path);
    assert_int_equal(close(fd), 0);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(spec_load(path, &spec, &err), -ENOENT);
    assert_non_null(strstr(err.text, path));
    assert_int_equal(spec_load("/", &spec, &err), -EISDIR);
    assert_null(spec);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_host),         cmocka_unit_test(test_instance),
        cmocka_unit_test(test_targets),      cmocka_unit_test(test_cpus),
        cmocka_unit_test(test_defaults),     cmocka_unit_test(test_workload),
        cmocka_unit_test(test_alias),        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_bom_and_crlf), cmocka_unit_test(test_bounded),
        cmocka_unit_test(test_truncated),    cmocka_unit_test(test_load),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
