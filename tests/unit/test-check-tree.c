/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules for what only a device tree says, and Kerf's words, on one machine:
 *   node 0  CPUs 0-15   0-32 GiB
 *   node 1  CPUs 16-31  32-48 GiB and, behind a hole, 50-66 GiB
 *   node 2  no CPUs     128-136 GiB
 *   eth0 on node 0: VFs 0-7, of which the host keeps 0, and 7 is not available
 *   nvme0 on node 1: namespaces 1-4
 *   gpu0 on node 1, at 0000:81:00.0: a tree's, without parts
 *   eth1 on node 1: of unknown parts
 *
 * Each case names every finding that it gives, so that a rule that cries wolf fails as well.
 */
#include "test.h"

#include "check.h"
#include "make-machine.h"

#include <string.h>

static struct machine *make_tree_machine(void)
{
    static const struct region ranges[][2] = {
        {{0, 32 * GIB}}, {{32 * GIB, 16 * GIB}, {50 * GIB, 16 * GIB}}, {{128 * GIB, 8 * GIB}}};
    static const unsigned int n_ranges[] = {1, 2, 1};
    const struct machine_plan plan = {.n_nodes = 2, .n_cpus = 16, .bytes = 32 * GIB};
    struct machine *machine = make_machine(&plan);

    add_memory_node(machine, NODE_KIND_CXL, 8 * GIB);
    for (unsigned int i = 0; i < machine->n_nodes; i++) {
        struct node *node = &machine->nodes[i];

        node->ranges = calloc(2, sizeof(*node->ranges));
        memcpy(node->ranges, ranges[i], sizeof(ranges[i]));
        node->n_ranges = n_ranges[i];
    }
    return machine;
}

static struct device *add_device(struct machine *machine, const char *name, unsigned int node)
{
    assert_int_equal(machine_override_device(machine, name, node), 0);
    for (unsigned int i = 0; i < machine->n_devices; i++) {
        struct device *device = &machine->devices[i];

        if (strcmp(device->name, name) == 0) {
            device->vfs.total = device->namespaces.total = -1;
            return device;
        }
    }
    fail();
    return NULL;
}

static void add_devices(struct machine *machine)
{
    struct device *device = add_device(machine, "eth0", 0);

    device->vfs.total = 8;
    assert_int_equal(set_parse_list("0", &device->vfs.reserved, NULL), 0);
    assert_int_equal(set_parse_list("1-6", &device->vfs.available, NULL), 0);
    (void)add_device(machine, "eth1", 1);
    device = add_device(machine, "gpu0", 1);
    device->compatible = strdup("vendor,gpu");
    device->pci = strdup("0000:81:00.0");
    device = add_device(machine, "nvme0", 1);
    device->namespaces.total = 4;
}

/* What a YAML file cannot say of an instance. */
struct gift {
    unsigned int instance;
    struct region region;
    const char *claim; /* a device; "" leads to none */
    enum claim_kind kind;
    unsigned int number;
    unsigned int id; /* 0: none */
};

enum { N_GIFTS = 4, N_POOLS = 2 };

struct tree_case {
    const char *instances; /* YAML, without dashes before the first */
    struct gift gifts[N_GIFTS];
    struct region pools[N_POOLS];
    const char *available; /* CPUs; NULL not said */
    const char *expected;  /* "code:subject ..." */
    const char *fact;      /* one of them, letter for letter; NULL none */
};

static void give_region(struct instance *instance, struct region region)
{
    instance->regions = reallocarray(instance->regions, instance->n_regions + 1, sizeof(region));
    assert_non_null(instance->regions);
    instance->regions[instance->n_regions++] = region;
    instance->memory_bytes += region.bytes;
    instance->at[KEY_REGIONS] = instance->at[KEY_MEMORY] = instance->at[KEY_NAME];
}

static void give_claim(struct instance *instance, const struct gift *gift)
{
    instance->claims =
        reallocarray(instance->claims, instance->n_claims + 1, sizeof(*instance->claims));
    assert_non_null(instance->claims);
    instance->claims[instance->n_claims++] =
        (struct claim){.text = strdup(gift->claim[0] ? gift->claim : "eth7_vf1"),
                       .device = gift->claim[0] ? strdup(gift->claim) : NULL,
                       .kind = gift->kind,
                       .number = gift->number};
}

static void give(struct spec *spec, const struct tree_case *tree_case)
{
    spec->format = SPEC_DEVICE_TREE;
    for (unsigned int i = 0; i < N_GIFTS; i++) {
        const struct gift *gift = &tree_case->gifts[i];
        struct instance *instance = &spec->instances[gift->instance];

        if (gift->region.base || gift->region.bytes)
            give_region(instance, gift->region);
        if (gift->claim)
            give_claim(instance, gift);
        if (gift->id) {
            instance->id_given = true;
            instance->id = gift->id;
        }
    }
    spec->pools = calloc(N_POOLS, sizeof(*spec->pools));
    assert_non_null(spec->pools);
    for (unsigned int i = 0; i < N_POOLS; i++) {
        if (tree_case->pools[i].bytes)
            spec->pools[spec->n_pools++].region = tree_case->pools[i];
    }
    if (tree_case->available) {
        spec->pool_cpus_given = true;
        assert_int_equal(set_expr_parse(tree_case->available, &spec->pool_cpus, NULL), 0);
    }
}

static bool seen[CODE_COUNT];

static void mark_seen(const char *code)
{
    for (int i = 0; i < CODE_COUNT; i++)
        seen[i] |= strcmp(finding_kinds[i].code, code) == 0;
}

/* "code:subject code:subject". The caller frees. */
static char *summary(const struct findings *findings)
{
    char *made = NULL;
    size_t size;
    FILE *stream = open_memstream(&made, &size);

    assert_non_null(stream);
    for (unsigned int i = 0; i < findings->n_findings; i++) {
        const struct finding *f = &findings->findings[i];

        print_message("    %s: %s [%s] (%s)\n", f->subject, f->fact, f->code,
                      f->way_out ? f->way_out : "");
        mark_seen(f->code);
        assert_int_equal(f->is_instance, f->subject[0] != '/' && strcmp(f->subject, "host") != 0);
        fprintf(stream, "%s%s:%s", i ? " " : "", f->code, f->subject);
    }
    assert_int_equal(fclose(stream), 0);
    return made;
}

static bool has_fact(const struct findings *findings, const char *fact)
{
    for (unsigned int i = 0; i < findings->n_findings; i++) {
        if (strcmp(findings->findings[i].fact, fact) == 0)
            return true;
    }
    return false;
}

static void judge(const struct spec *spec, struct machine *machine, const char *expected,
                  const char *fact)
{
    autowishes struct wishes *wishes = NULL;
    struct findings findings = {.file = "test.dts"};
    autofree char *found = NULL;

    assert_int_equal(wishes_resolve(machine, spec, &wishes, NULL), 0);
    assert_int_equal(check_wishes(wishes, &(struct check_options){0}, &findings), 0);
    found = summary(&findings);
    assert_string_equal(found, expected);
    if (fact && !has_fact(&findings, fact))
        fail_msg("nothing says: %s", fact);
    findings_fini(&findings);
}

static struct spec *parse(const char *instances)
{
    struct spec *spec = NULL;
    struct np_error err = {0};
    autofree char *yaml = text("version: 1\ninstances:\n%s", instances);

    if (spec_parse("test", yaml, strlen(yaml), &spec, &err) < 0)
        fail_msg("%u:%u: %s", err.line, err.column, err.text);
    return spec;
}

static void check_case(const struct tree_case *tree_case)
{
    automachine struct machine *machine = make_tree_machine();
    autospec struct spec *spec = parse(tree_case->instances);

    print_message("  %s", tree_case->instances);
    add_devices(machine);
    give(spec, tree_case);
    judge(spec, machine, tree_case->expected, tree_case->fact);
}

#define A "- {name: a, cpus: 0-1}\n"
#define B "- {name: b, cpus: 2-3}\n"
#define C "- {name: c, cpus: 4-5}\n"

/* The six sentences of Kerf's documentation, letter for letter, and where they are not said. */
static const struct tree_case kerf_cases[] = {
    {.instances = "- {name: database, cpus: 16-17, numa-nodes: [1, 3, 4]}\n",
     .expected = "node-unknown:database node-unknown:database",
     .fact = "NUMA node 3 does not exist in hardware topology"},
    {.instances = "- {name: database, cpus: 16-16, numa-nodes: 3}\n",
     .expected = "cpus-remote:database node-unknown:database",
     .fact = "CPU 16 is in NUMA node 1, but instance is configured for NUMA nodes [3]. This may "
             "cause performance issues due to remote memory access."},
    {.instances = "- {name: web-server, cpus: 15-17, numa-nodes: 0}\n",
     .expected = "cpus-remote:web-server cpus-remote:web-server",
     .fact = "CPU 16 is in NUMA node 1, but instance is configured for NUMA nodes [0]. This may "
             "cause performance issues due to remote memory access."},
    {.instances = "- {name: a, cpus: 15-17, numa-nodes: 0-1}\n", .expected = ""},
    {.instances = "- {name: a, cpus: 0-0, numa-nodes: 2}\n", .expected = ""}, /* has no CPUs */
    {.instances = "- {name: compute, cpus: 15-16, cpu-affinity: compact}\n",
     .expected = "compact-split:compute",
     .fact = "Compact CPU affinity requested but CPUs span multiple NUMA nodes: [0, 1]"},
    {.instances = "- {name: compute, cpus: 0-17, cpu-affinity: compact}\n", /* none has 18 */
     .expected = "compact-split:compute"},
    {.instances = "- {name: a, cpus: 0-15, cpu-affinity: compact}\n", .expected = ""},
    {.instances = "- {name: analytics, cpus: 0-3, cpu-affinity: spread}\n",
     .expected = "spread-single:analytics",
     .fact = "Spread CPU affinity requested but CPUs are from single NUMA node 0"},
    {.instances = "- {name: analytics, cpus: 20-20, cpu-affinity: spread, numa-nodes: 1}\n",
     .expected = "spread-single:analytics",
     .fact = "Spread CPU affinity requested but CPUs are from single NUMA node 1"},
    {.instances = "- {name: a, cpus: 15-16, cpu-affinity: spread}\n", .expected = ""},
    {.instances = "- {name: database, cpus: 16-17, memory-policy: local}\n",
     .gifts = {{.region = {8 * GIB, GIB}}},
     .expected = "region-remote:database",
     .fact = "Local memory policy requested but CPUs are from NUMA nodes [1] while memory is on "
             "NUMA node 0"},
    {.instances = "- {name: database, cpus: 16-17, cpu-affinity: local}\n",
     .gifts = {{.region = {8 * GIB, GIB}}},
     .expected = "region-remote:database",
     .fact = "Local affinity requested but CPUs are from NUMA nodes [1] while memory is on NUMA "
             "node 0"},
    {.instances = "- {name: a, cpus: 16-17, cpu-affinity: local, memory-policy: local}\n",
     .gifts = {{.region = {32 * GIB, GIB}}},
     .expected = ""},
    {.instances = "- {name: a, cpus: 16-16, memory-policy: local}\n",
     .gifts = {{.region = {31 * GIB, 2 * GIB}}},
     .expected = "region-spans-nodes:a region-remote:a",
     .fact = "Local memory policy requested but CPUs are from NUMA nodes [1] while memory is on "
             "NUMA nodes [0, 1]"},
    {.instances = "- {name: a, cpus: 0-0, cpu-affinity: local, memory-policy: bind, numa-nodes: 1, "
                  "memory: 1GiB}\n",
     .expected = "cpus-remote:a local-split:a",
     .fact = "Local affinity requested but CPUs are from NUMA nodes [0] while memory is on NUMA "
             "node 1"},
};

static const struct tree_case region_cases[] = {
    {.instances = A B,
     .gifts = {{0, .region = {0, GIB}}, {1, .region = {GIB, GIB}}},
     .expected = ""},
    /* where it is */
    {.instances = A, .gifts = {{0, .region = {GIB, 0}}}, .expected = "memory-zero:a"},
    {.instances = A,
     .gifts = {{0, .region = {0x1800, GIB}}},
     .expected = "region-unaligned:a",
     .fact = "memory 0x1800-0x400017ff (1 GiB) does not begin at a page of 4 KiB"},
    {.instances = A, .gifts = {{0, .region = {GIB, 0x1801}}}, .expected = "region-unaligned:a"},
    {.instances = A,
     .gifts = {{0, .region = {30 * GIB, 4 * GIB}}},
     .expected = "region-spans-nodes:a",
     .fact = "memory 0x780000000-0x87fffffff has 2 GiB on node 0 and 2 GiB on node 1"},
    {.instances = A,
     .gifts = {{0, .region = {46 * GIB, 8 * GIB}}},
     .expected = "region-outside-nodes:a region-remote:a",
     .fact = "memory 0xb80000000-0xd7fffffff has 6 GiB on node 1 and 2 GiB on no node "
             "(0xc00000000-0xc7fffffff)"},
    {.instances = A,
     .gifts = {{0, .region = {80 * GIB, GIB}}},
     .expected = "region-outside-nodes:a",
     .fact = "memory 0x1400000000-0x143fffffff has 1 GiB on no node (0x1400000000-0x143fffffff)"},
    {.instances = A,
     .gifts = {{0, .region = {31 * GIB, 100 * GIB}}},
     .expected = "region-outside-nodes:a",
     .fact = "memory 0x7c0000000-0x20bfffffff has 1 GiB on node 0, 32 GiB on node 1, 3 GiB on node "
             "2 and 64 GiB on no node (0x1080000000-0x1fffffffff and 1 more)"},
    {.instances = A,
     .gifts = {{0, .region = {32 * GIB, GIB}}},
     .expected = "region-remote:a",
     .fact = "its CPUs are on node 0 and its memory is on node 1"},
    {.instances = "- {name: a, cpus: 0-0, memory-policy: preferred}\n",
     .gifts = {{0, .region = {32 * GIB, GIB}}},
     .expected = ""},
    /* against the nodes that are named */
    {.instances = "- {name: a, cpus: 0-0, memory-policy: bind, numa-nodes: 0}\n",
     .gifts = {{0, .region = {31 * GIB, 2 * GIB}}},
     .expected = "region-spans-nodes:a region-not-bound:a",
     .fact = "memory is to be bound to node 0, and its addresses are on nodes 0-1"},
    {.instances = "- {name: a, cpus: 0-0, memory-policy: bind}\n",
     .gifts = {{0, .region = {GIB, GIB}}},
     .expected = ""},
    {.instances = "- {name: a, cpus: 2, numa-nodes: 0}\n",
     .gifts = {{0, .region = {32 * GIB, GIB}}},
     .expected = "region-elsewhere:a"},
    {.instances = "- {name: a, cpus: 2, numa-nodes: 5}\n",
     .gifts = {{0, .region = {32 * GIB, GIB}}},
     .expected = "node-unknown:a"},
    {.instances = "- {name: a, cpus: 2, numa-nodes: 1}\n",
     .gifts = {{0, .region = {32 * GIB, GIB}}},
     .expected = ""},
    {.instances = "- {name: a, cpus: 15-16, memory-policy: interleave, numa-nodes: 0-1}\n",
     .gifts = {{0, .region = {33 * GIB, GIB}}},
     .expected = "interleave-single:a",
     .fact = "interleave is requested and all of the memory is on node 1: that is bind"},
    {.instances = "- {name: a, cpus: 15-16, memory-policy: interleave, numa-nodes: 0-1}\n",
     .gifts = {{0, .region = {GIB, GIB}}, {0, .region = {33 * GIB, GIB}}},
     .expected = ""},
    {.instances = "- {name: a, cpus: 0-1, memory-policy: interleave}\n",
     .gifts = {{0, .region = {0, 20 * GIB}}, {0, .region = {128 * GIB, GIB}}},
     .expected = ""}, /* an even part were too much for node 2 */
    {.instances = "- {name: a, cpus: 0-1, numa-nodes: 0}\n",
     .gifts = {{0, .region = {32 * GIB, GIB}}},
     .expected = "region-remote:a"}, /* once */
    /* against those of others */
    {.instances = A B C,
     .gifts = {{0, .region = {0, 2 * GIB}},
               {1, .region = {GIB, 4 * GIB}},
               {2, .region = {GIB, 2 * GIB}}},
     .expected = "region-overlap:b region-overlap:c",
     .fact = "memory 0x40000000-0x13fffffff overlaps that of \"a\": both have "
             "0x40000000-0x7fffffff (1 GiB)"},
    {.instances = A B C,
     .gifts = {{0, .region = {0, 2 * GIB}},
               {1, .region = {GIB, 4 * GIB}},
               {2, .region = {GIB, 2 * GIB}}},
     .expected = "region-overlap:b region-overlap:c",
     .fact = "memory 0x40000000-0xbfffffff overlaps that of \"a\" and 1 more: both have "
             "0x40000000-0x7fffffff (1 GiB)"},
    /* the earlier in the file is the later in memory */
    {.instances = A B,
     .gifts = {{0, .region = {3 * GIB, GIB}}, {1, .region = {2 * GIB, 2 * GIB}}},
     .expected = "region-overlap:b"},
    /* pools */
    {.instances = A B,
     .gifts = {{0, .region = {GIB, GIB}}, {1, .region = {3 * GIB, GIB}}},
     .pools = {{GIB, 2 * GIB}, {3 * GIB, GIB}},
     .expected = ""},
    {.instances = A,
     .gifts = {{0, .region = {GIB, 4 * GIB}}},
     .pools = {{GIB, 2 * GIB}, {4 * GIB, 4 * GIB}},
     .expected = "region-outside-pool:a",
     .fact = "memory 0x40000000-0x13fffffff (4 GiB) is not all in the memory pool: "
             "0xc0000000-0xffffffff (1 GiB) is outside"},
    {.instances = "- {name: a, cpus: 1, memory: 3GiB}\n- {name: b, cpus: 1, memory: 2GiB}\n",
     .pools = {{GIB, 4 * GIB}},
     .expected = "pool-short:b",
     .fact = "wants 2 GiB, and of the memory pool of 4 GiB the instances before it leave 1 GiB"},
    {.instances = A,
     .pools = {{GIB, 4 * GIB}, {4 * GIB, 4 * GIB}},
     .expected = "pool-overlap:host",
     .fact = "memory pool 0x100000000-0x1ffffffff overlaps another: both have "
             "0x100000000-0x13fffffff"},
    {.instances = A,
     .pools = {{47 * GIB, 4 * GIB}},
     .expected = "pool-outside-nodes:host",
     .fact = "memory pool 0xbc0000000-0xcbfffffff has 2 GiB on no node (0xc00000000-0xc7fffffff)"},
};

static const struct tree_case cpu_cases[] = {
    {.instances = A "host-reserved: {cpus: \"8\"}\n", .available = "0-7", .expected = ""},
    {.instances = "- {name: a, cpus: 7-9}\nhost-reserved: {cpus: \"8\"}\n",
     .available = "0-7",
     .expected = "cpu-reserved:a cpu-not-available:a",
     .fact = "CPU 9 is not available to instances"},
    {.instances = "- {name: a, cpus: 9}\n",
     .available = "0-7",
     .expected = "cpus-short:a",
     .fact = "wants 9 CPUs, and 8 may be chosen"},
    {.instances = A "host-reserved: {cpus: 7-8}\n",
     .available = "0-7",
     .expected = "pool-cpu-reserved:host",
     .fact = "CPU 7 is said to be available and to be host-reserved"},
    {.instances = A,
     .available = "0-40",
     .expected = "pool-cpu-unknown:host",
     .fact = "CPUs 32-40 are said to be available, and do not exist"},
    {.instances = A B, .gifts = {{0, .id = 1}, {1, .id = 2}}, .expected = ""},
    {.instances = A B,
     .gifts = {{0, .id = 2}, {1, .id = 2}},
     .expected = "id-twice:b",
     .fact = "id 2 also belongs to \"a\""},
    {.instances = A B,
     .gifts = {{0, .id = 511}, {1, .id = 512}},
     .expected = "id-range:b",
     .fact = "id 512 is none of the 1 to 511 that Kerf takes"},
};

static const struct tree_case claim_cases[] = {
    {.instances = A B,
     .gifts = {{0, .claim = "eth0", CLAIM_VF, 1}, {1, .claim = "eth0", CLAIM_VF, 6}},
     .expected = ""},
    {.instances = A,
     .gifts = {{0, .claim = ""}},
     .expected = "reference-unresolved:a",
     .fact = "reference \"eth7_vf1\" leads to no device"},
    {.instances = A,
     .gifts = {{0, .claim = "eth9"}},
     .expected = "device-unknown:a",
     .fact = "device \"eth9\" does not exist"},
    {.instances = A,
     .gifts = {{0, .claim = "eth0", CLAIM_VF, 8}},
     .expected = "part-unknown:a",
     .fact = "VF 8 of \"eth0\" does not exist: the device has 8"},
    {.instances = A,
     .gifts = {{0, .claim = "eth0", CLAIM_VF, 0}},
     .expected = "part-reserved:a",
     .fact = "VF 0 of \"eth0\" is reserved for the host"},
    {.instances = A, .gifts = {{0, .claim = "eth0", CLAIM_WHOLE}}, .expected = "part-reserved:a"},
    {.instances = A,
     .gifts = {{0, .claim = "eth0", CLAIM_VF, 7}},
     .expected = "part-not-available:a",
     .fact = "VF 7 of \"eth0\" is not available to instances"},
    {.instances = "- {name: a, cpus: 16}\n", /* a count, and no node is named */
     .gifts = {{0, .claim = "nvme0", CLAIM_NAMESPACE, 4}, {0, .claim = "eth1", CLAIM_VF, 99}},
     .expected = ""},
    {.instances = "- {name: a, cpus: 16-17}\n",
     .gifts = {{0, .claim = "nvme0", CLAIM_NAMESPACE, 0},
               {0, .claim = "nvme0", CLAIM_NAMESPACE, 5},
               {0, .claim = "gpu0", CLAIM_VF, 1}},
     .expected = "part-unknown:a part-unknown:a device-without-parts:a"},
    {.instances = A,
     .gifts = {{0, .claim = "gpu0", CLAIM_WHOLE}},
     .expected = "near-remote:a",
     .fact = "device \"gpu0\" is on node 1, and the CPUs given are on node 0"},
    {.instances = A B C,
     .gifts = {{0, .claim = "eth0", CLAIM_VF, 1},
               {1, .claim = "eth0", CLAIM_VF, 1},
               {2, .claim = "eth0", CLAIM_VF, 1}},
     .expected = "claim-twice:b claim-twice:c",
     .fact = "VF 1 of \"eth0\" already belongs to \"a\""},
    {.instances = "- {name: a, cpus: 16}\n- {name: b, cpus: 1}\n",
     .gifts = {{0, .claim = "nvme0", CLAIM_NAMESPACE, 2}, {1, .claim = "nvme0", CLAIM_WHOLE}},
     .expected = "claim-twice:b",
     .fact = "device \"nvme0\" is claimed, and namespace 2 of \"nvme0\" belongs to \"a\""},
    {.instances = "- {name: a, cpus: 16}\n- {name: b, cpus: 1}\n",
     .gifts = {{0, .claim = "nvme0", CLAIM_WHOLE}, {1, .claim = "nvme0", CLAIM_NAMESPACE, 2}},
     .expected = "claim-twice:b",
     .fact = "namespace 2 of \"nvme0\" is claimed, and device \"nvme0\" belongs to \"a\""},
    {.instances = "- {name: a, cpus: 16}\n- {name: b, cpus: 1}\n",
     .gifts = {{0, .claim = "eth1", CLAIM_WHOLE}, {1, .claim = "nvme0", CLAIM_NAMESPACE, 2}},
     .expected = ""},
    /* by PCI address */
    {.instances = A,
     .gifts = {{0, .claim = "0000:81:00.0", CLAIM_WHOLE}},
     .expected = "near-remote:a",
     .fact = "device \"gpu0\" is on node 1, and the CPUs given are on node 0"},
    {.instances = A,
     .gifts = {{0, .claim = "0000:99:00.0", CLAIM_WHOLE}},
     .expected = "device-unknown:a",
     .fact = "device \"0000:99:00.0\" does not exist"},
    {.instances = "- {name: a, cpus: 16}\n- {name: b, cpus: 1}\n",
     .gifts = {{0, .claim = "gpu0", CLAIM_WHOLE}, {1, .claim = "0000:81:00.0", CLAIM_WHOLE}},
     .expected = "claim-twice:b",
     .fact = "device \"0000:81:00.0\" already belongs to \"a\""},
};

static void run(const struct tree_case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++)
        check_case(&cases[i]);
}

static void test_kerf(void **state)
{
    run(kerf_cases, ARRAY_SIZE(kerf_cases));
}

static void test_regions(void **state)
{
    run(region_cases, ARRAY_SIZE(region_cases));
}

static void test_cpus(void **state)
{
    run(cpu_cases, ARRAY_SIZE(cpu_cases));
}

static void test_claims(void **state)
{
    run(claim_cases, ARRAY_SIZE(claim_cases));
}

/* Where the machine does not tell, nothing is said to be wrong. */
static void test_unknown_ranges(void **state)
{
    automachine struct machine *machine = make_tree_machine();
    autospec struct spec *spec = parse(A);

    spec->format = SPEC_DEVICE_TREE;
    give_region(&spec->instances[0], (struct region){32 * GIB, GIB});
    for (unsigned int i = 0; i < machine->n_nodes; i++)
        machine->nodes[i].n_ranges = 0;
    judge(spec, machine, "memory-unjudged:a",
          "which node has it is not known: the machine does not tell where its nodes' memory is");
}

/* Firmware's pages are missing in every running machine: too few of them to refuse for. */
static void test_firmware(void **state)
{
    automachine struct machine *machine = make_tree_machine();
    automachine struct machine *described = make_tree_machine();
    autospec struct spec *spec = parse(A);
    autowishes struct wishes *wishes = NULL;
    struct findings findings = {0};
    autofree char *found = NULL;

    spec->format = SPEC_DEVICE_TREE;
    give_region(&spec->instances[0], (struct region){0, GIB});
    machine->nodes[0].ranges[0] = (struct region){16 * MIB, 31 * GIB};
    judge(spec, machine, "region-outside-nodes:a",
          "memory 0x0-0x3fffffff has 1008 MiB on node 0 and 16 MiB on no node (0x0-0xffffff)");
    assert_int_equal(wishes_resolve(machine, spec, &wishes, NULL), 0);
    assert_int_equal(
        check_wishes(wishes, &(struct check_options){.described = described}, &findings), 0);
    found = summary(&findings);
    assert_string_equal(found, "region-spans-nodes:a");
    findings_fini(&findings);
}

/* A file that is read with the same words says nothing of itself: YAML stays as it was. */
static void test_yaml(void **state)
{
    automachine struct machine *machine = make_tree_machine();
    autospec struct spec *spec = parse("- {name: a, cpus: 0-17, cpu-affinity: compact}\n"
                                       "- {name: b, cpus: 20-21, numa-nodes: [0, 3]}\n");

    judge(spec, machine, "node-unknown:b memory-elsewhere:b", "node 3 does not exist");
}

static void test_names(void **state)
{
    automachine struct machine *machine = make_tree_machine();
    autospec struct spec *spec = parse(A B);

    free(spec->instances[1].name);
    spec->instances[1].name = strdup("a");
    judge(spec, machine, "name-twice:a", "there is another instance of this name");
}

static void remark(struct spec *spec, enum remark_kind kind, const char *subject, const char *fact)
{
    spec->remarks = reallocarray(spec->remarks, spec->n_remarks + 1, sizeof(*spec->remarks));
    assert_non_null(spec->remarks);
    spec->remarks[spec->n_remarks] = (struct remark){.kind = kind,
                                                     .subject = strdup(subject),
                                                     .fact = strdup(fact),
                                                     .at = {.line = 9 - spec->n_remarks}};
    spec->n_remarks++;
}

static void test_remarks(void **state)
{
    automachine struct machine *machine = make_tree_machine();
    autospec struct spec *spec = parse(A);

    remark(spec, REMARK_COMMENT, "/resources", "the comment says 16 GiB");
    remark(spec, REMARK_ASSUMED, "/resources/cpus", "read as 32 bits");
    remark(spec, REMARK_UNKNOWN, "a", "property \"cpuz\" is not known");
    remark(spec, REMARK_ASTRAY, "/resources/cpus", "CPU 3 exists");
    remark(spec, REMARK_PCI, "/resources/devices/b", "its pci-id is also that of a");
    judge(spec, machine,
          "pci-twice:/resources/devices/b cpu-astray:/resources/cpus unknown-property:a "
          "reading-assumed:/resources/cpus comment-disagrees:/resources",
          "the comment says 16 GiB");
}

/* Last: every finding of this kind was made above. */
static void test_every_code(void **state)
{
    for (int i = CODE_MEMORY_ZERO; i < CODE_MACHINE_NODE_MISSING; i++) {
        if (!seen[i])
            fail_msg("no case gives %s", finding_kinds[i].code);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kerf),     cmocka_unit_test(test_regions),
        cmocka_unit_test(test_cpus),     cmocka_unit_test(test_claims),
        cmocka_unit_test(test_yaml),     cmocka_unit_test(test_unknown_ranges),
        cmocka_unit_test(test_names),    cmocka_unit_test(test_remarks),
        cmocka_unit_test(test_firmware), cmocka_unit_test(test_every_code),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
