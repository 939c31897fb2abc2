/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every rule of check, on one machine that has every reason:
 *   node 0  16 GiB (4 free)  CPUs 0-7, siblings 0-1 2-3 4-5 6-7; 7 offline
 *   node 1  16 GiB           CPUs 8-15, siblings 8-9 ... 14-15; 14 isolated, 15 not granted
 *   node 2  32 GiB           no CPUs
 *   node 3  no memory, so not in Mems_allowed; CPUs 16-19, one a core
 *   node 4  8 GiB            no CPUs; not granted
 *   eth0 on node 1, eth1 on an unknown node, eth2, eth3 and the disk sda on node 0
 * Each case names every finding that it gives, so that a rule that cries wolf fails as well.
 */
#include "test.h"

#include "check.h"
#include "tree.h"

enum { N_NODES = 5, N_CPUS = 20 };

static const struct {
    uint64_t total, free;
    const char *cpus;
    bool granted;
} node_facts[N_NODES] = {
    {16 * GIB, 4 * GIB, "0-6", true}, {16 * GIB, 16 * GIB, "8-15", true},
    {32 * GIB, 32 * GIB, "", true},   {0, 0, "16-19", false},
    {8 * GIB, 8 * GIB, "", false},
};

static struct machine *make_machine(void)
{
    struct machine *machine = calloc(1, sizeof(*machine));

    assert_non_null(machine);
    machine->source = strdup("test");
    machine->nodes = calloc(N_NODES, sizeof(*machine->nodes));
    machine->n_nodes = N_NODES;
    machine->cpus = calloc(N_CPUS, sizeof(*machine->cpus));
    machine->n_cpus = N_CPUS;
    for (unsigned int i = 0; i < N_NODES; i++) {
        struct node *node = &machine->nodes[i];

        *node = (struct node){.id = i,
                              .kind = NODE_KIND_DRAM,
                              .tier = -1,
                              .total_bytes = node_facts[i].total,
                              .free_bytes = node_facts[i].free,
                              .granted = node_facts[i].granted};
        node->initiators = hwloc_bitmap_alloc();
        assert_int_equal(set_parse_list(node_facts[i].cpus, &node->cpus, NULL), 0);
    }
    for (unsigned int i = 0; i < N_CPUS; i++) {
        struct cpu *cpu = &machine->cpus[i];

        *cpu = (struct cpu){.id = i,
                            .node = i < 8    ? 0
                                    : i < 16 ? 1
                                             : 3,
                            .core = i < 16 ? (int)(i & ~1U) : (int)i,
                            .kind = -1,
                            .online = i != 7,
                            .isolated = i == 14,
                            .granted = i != 15};
        cpu->siblings = hwloc_bitmap_alloc();
        assert_int_equal(hwloc_bitmap_set(cpu->siblings, i), 0);
        if (i < 16)
            assert_int_equal(hwloc_bitmap_set(cpu->siblings, i ^ 1U), 0);
    }
    assert_int_equal(machine_override_device(machine, "eth0", 1), 0);
    assert_int_equal(machine_override_device(machine, "eth1", 0), 0);
    assert_int_equal(machine_override_device(machine, "eth2", 0), 0);
    assert_int_equal(machine_override_device(machine, "eth3", 0), 0);
    assert_int_equal(machine_override_device(machine, "sda", 0), 0);
    for (unsigned int i = 0; i < machine->n_devices; i++) {
        if (strcmp(machine->devices[i].name, "eth1") == 0)
            machine->devices[i].node = -1;
        if (strcmp(machine->devices[i].name, "sda") == 0)
            machine->devices[i].class = DEVICE_BLOCK;
    }
    return machine;
}

static bool seen[CODE_COUNT];

static void mark_seen(const char *code)
{
    for (int i = 0; i < CODE_COUNT; i++)
        seen[i] |= strcmp(finding_kinds[i].code, code) == 0;
}

/* "code@line:column code@line:column" of all findings. The caller frees. */
static char *summary(const struct findings *findings)
{
    char *made = NULL;
    size_t size;
    FILE *stream = open_memstream(&made, &size);

    assert_non_null(stream);
    for (unsigned int i = 0; i < findings->n_findings; i++) {
        const struct finding *f = &findings->findings[i];

        print_message("    %s: %s (%s)\n", f->subject, f->fact, f->way_out ? f->way_out : "");
        mark_seen(f->code);
        fprintf(stream, "%s%s@%u:%u", i ? " " : "", f->code, f->at.line, f->at.column);
    }
    assert_int_equal(fclose(stream), 0);
    return made;
}

static bool says(const struct findings *findings, const char *fragment)
{
    for (unsigned int i = 0; i < findings->n_findings; i++) {
        const struct finding *f = &findings->findings[i];

        if (strstr(f->fact, fragment) || (f->way_out && strstr(f->way_out, fragment)))
            return true;
    }
    return false;
}

static void check_case_with(const char *spec_text, const struct check_options *options,
                            const struct interrupts *interrupts, const char *expected,
                            const char *fragment)
{
    automachine struct machine *machine = make_machine();
    autospec struct spec *spec = NULL;
    autowishes struct wishes *wishes = NULL;
    struct findings findings = {.file = "test.yaml"};
    struct np_error err = {0};
    autofree char *found = NULL;
    int r = spec_parse("test.yaml", spec_text, strlen(spec_text), &spec, &err);

    if (r < 0)
        fail_msg("%u:%u: %s", err.line, err.column, err.text);
    assert_int_equal(wishes_resolve(machine, spec, &wishes, &err), 0);
    wishes->interrupts = interrupts;
    assert_int_equal(check_wishes(wishes, options, &findings), 0);
    found = summary(&findings);
    assert_string_equal(found, expected);
    if (fragment)
        assert_true(says(&findings, fragment));
    findings_fini(&findings);
}

/* Instances only: line 1 is the version, the first instance is line 3. */
#define LIST "version: 1\ninstances:\n"

static const struct {
    const char *instances;
    const char *expected;
    const char *fragment;
} cases[] = {
    /* sound */
    {"- {name: a, cpus: 4, memory: 8GiB, numa-nodes: [0], cpu-affinity: compact}\n", "", NULL},
    {"- {name: a, cpus: 8-11, memory: 8GiB}\n- {name: b, cpus: 12-13, run: [x]}\n", "", NULL},
    {"- {name: a, cpus: all}\n", "cpu-isolated@3:19", NULL},

    /* CPUs */
    {"- {name: a, cpus: 4-6 }\n- {name: b, cpus: 99}\n", "cpus-short@4:19", NULL},
    {"- {name: a, cpus: \"99,100\"}\n", "cpu-unknown@3:19", "CPUs 99-100 do not exist"},
    {"- {name: a, cpus: 6-7}\n", "cpu-offline@3:19", "CPU 7 is offline"},
    {"- {name: a, cpus: 14-15}\n", "cpu-not-granted@3:19 cpu-isolated@3:19", "CPU 15 is not"},
    {"- {name: a, cpus: \"!all\"}\n", "cpus-empty@3:19", NULL},
    {"- {name: a, cpus: 8-10}\n- {name: b, cpus: 10-11}\n- {name: c, cpus: 9-11}\n",
     "cpu-overlap@4:19 cpu-overlap@5:19", "CPUs 9-11 also belong to \"a\" and 1 more"},
    {"- {name: a, cpus: 10}\n- {name: b, cpus: 9}\n- {name: c, cpus: 10}\n", "cpus-short@4:19",
     "of the 18 that may be chosen the instances before it leave 8"},
    {"- {name: a, cpus: 8-11}\n- {name: b, cpus: 15}\n", "cpus-short@4:19",
     "wants 15 CPUs, and 14 may be chosen"},
    {"- {name: a, cpus: 18}\n- {name: b, cpus: 1}\n", "cpus-short@4:19", "wants 1 CPU, and of"},

    /* affinity */
    {"- {name: a, cpus: 4-5 }\n- {name: b, cpus: \"0,8\", cpu-affinity: compact}\n",
     "compact-split@4:19", "node 0 alone could hold as many"},
    {"- {name: b, cpus: \"0-6,8\", cpu-affinity: compact}\n", "", NULL}, /* 8: no node has them */
    {"- {name: b, cpus: \"0,8\"}\n", "", NULL},                          /* never said compact */
    {"- {name: a, cpus: 0-3, cpu-affinity: spread}\n", "spread-single@3:19", "of the 3 nodes"},
    {"- {name: a, cpus: 0-3, cpu-affinity: spread, numa-nodes: 0}\n", "", NULL},
    {"- {name: a, cpus: 0-3, cpu-affinity: local, memory-policy: bind, numa-nodes: 1}\n",
     "local-split@3:38", "its CPUs are on node 0, its memory on node 1"},
    {"- {name: a, cpus: 0-3, cpu-affinity: local, memory-policy: bind, numa-nodes: 0-1}\n", "",
     NULL},
    {"- {name: a, cpus: 0-3, cpu-affinity: local, memory-policy: interleave, numa-nodes: 0-1}\n",
     "local-split@3:38", NULL},
    {"- {name: a, cpus: 3-16, cpu-affinity: local}\n",
     "cpu-offline@3:19 cpu-not-granted@3:19 cpu-isolated@3:19 local-split@3:39",
     "not all of its CPUs' nodes 0-1,3 may give memory"},
    {"- {name: a, cpus: 0-3, cpu-affinity: local, numa-nodes: 0}\n", "", NULL},
    {"- {name: a, cpus: 0-3, memory-policy: preferred, numa-nodes: 1}\n", "cpus-remote@3:19",
     "from afar"},
    {"- {name: a, cpus: 0-3, memory-policy: preferred, numa-nodes: 2}\n", "", NULL},
    {"- {name: a, cpus: 0-2, smt: avoid}\n", "smt-siblings@3:19", "CPUs 0-1 share cores"},
    {"- {name: a, cpus: \"0,2,16-19\", smt: avoid}\n", "", NULL},
    {"- {name: a, cpus: 0-2, smt: whole-cores}\n", "smt-half-core@3:19", "lacks CPU 3"},
    {"- {name: a, cpus: \"6,16\", smt: whole-cores}\n", "", NULL}, /* 7 is offline */
    {"- {name: a, cpus: 13, smt: avoid}\n", "smt-count@3:19", "one a core, and there are 12 cores"},
    {"- {name: a, cpus: 12, smt: avoid}\n", "", NULL},
    {"- {name: a, cpus: 3, smt: whole-cores}\n", "", NULL}, /* there are single ones */

    /* nodes */
    {"- {name: a, cpus: 1, numa-nodes: [0, 7, 9]}\n", "node-unknown@3:34",
     "nodes 7,9 do not exist"},
    {"- {name: a, cpus: 1, numa-nodes: [0, 4]}\n", "node-not-granted@3:34",
     "node 4 is not granted"},
    {"- {name: a, cpus: 1, numa-nodes: 3}\n", "node-without-memory@3:34", NULL},
    {"- {name: a, cpus: 1, numa-nodes: 2}\n", "node-without-cpus@3:34", NULL},
    {"- {name: a, cpus: 1, numa-nodes: \"!all\"}\n", "nodes-empty@3:34", NULL},

    /* policy */
    {"- {name: a, cpus: 1, memory-policy: bind}\n", "bind-without-nodes@3:37", NULL},
    {"- {name: a, cpus: 1, memory-policy: bind, numa-nodes: 3}\n",
     "bind-without-memory@3:37 node-without-memory@3:55", NULL},
    {"- {name: a, cpus: 1, memory-policy: interleave}\n", "interleave-all@3:37", "over nodes 0-1"},
    {"- {name: a, cpus: 1, memory-policy: interleave, numa-nodes: 1}\n", "interleave-single@3:37",
     NULL},
    {"- {name: a, cpus: 1, memory-policy: weighted-interleave, numa-nodes: 0-1}\n",
     "bandwidth-unknown@3:37", NULL},
    {"- {name: a, cpus: 0-1, numa-nodes: 1}\n", "memory-elsewhere@3:36",
     "to the CPUs' node 0, not to node 1"},
    {"- name: a\n", "nothing-asked@3:9", NULL},
    {"- {name: a, memory: 1GiB}\n", "memory-only@3:10", NULL},

    /* memory traffic: of this machine nothing is known */
    {"- {name: a, cpus: 8-9, workload: {memory-bandwidth: 12GiB/s}}\n", "traffic-unjudged@3:53",
     "12 GiB/s, and what node 1 gives is not known"},
    {"- {name: a, cpus: 4, workload: {memory-bandwidth: 12GiB/s}}\n", "traffic-unjudged@3:51",
     "what nodes 0-1 give is not known"},
    {"- {name: a, cpus: 8-9, workload: {weight: 3}}\n", "", NULL},

    /* memory */
    {"- {name: a, cpus: 8-9, memory: 17GiB}\n", "memory-short@3:32",
     "wants 17 GiB of node 1, which has 16 GiB for instances"},
    {"- {name: a, cpus: 1, memory: 33GiB}\n", "memory-short@3:30", "lower it by 1 GiB"},
    {"- {name: a, cpus: 1, memory: 60GiB, numa-nodes: 2}\n",
     "memory-not-preferred@3:30 "
     "node-without-cpus@3:49",
     NULL}, /* named, so its memory counts */
    {"- {name: a, cpus: 1, memory: 33GiB, numa-nodes: 0-1, memory-policy: bind}\n",
     "memory-short@3:30", NULL},
    {"- {name: a, cpus: 1, memory: 6GiB, numa-nodes: 0-1, memory-policy: bind}\n", "", NULL},
    {"- {name: a, cpus: 1, memory: 60GiB, numa-nodes: 0-2, memory-policy: interleave}\n",
     "memory-short@3:30", "interleaving puts 20 GiB on each of 3 nodes, and node 0 has 16 GiB"},
    {"- {name: a, cpus: 1, memory: 20GiB, numa-nodes: 0}\n", "memory-not-preferred@3:30",
     "node 0 can give 16 GiB"},
    /* What cannot give any memory is told once, by what is wrong with it. */
    {"- {name: a, cpus: 1, memory: 1GiB, numa-nodes: 7}\n", "node-unknown@3:48", NULL},
    {"- {name: a, cpus: 1, memory: 20GiB, numa-nodes: [0, 7]}\n", "node-unknown@3:49", NULL},
    {"- {name: a, cpus: 1, memory: 1GiB, numa-nodes: 3}\n", "node-without-memory@3:48", NULL},
    {"- {name: a, cpus: 1, memory: 1GiB, numa-nodes: 3, memory-policy: bind}\n",
     "node-without-memory@3:48 bind-without-memory@3:66", NULL},
    {"- {name: a, cpus: 8, memory: 10GiB, numa-nodes: 0, memory-policy: bind}\n"
     "- {name: b, cpus: 8, memory: 10GiB, numa-nodes: 0, memory-policy: bind}\n",
     "memory-sum-short@4:30", "20 GiB are wanted of node 0, which has 16 GiB"},
    /* Each node alone would do; both together hold 32 GiB, and 35 are wanted. */
    {"- {name: a, cpus: 1, memory: 20GiB, numa-nodes: 0-1, memory-policy: bind}\n"
     "- {name: b, cpus: 1, memory: 15GiB, numa-nodes: 0, memory-policy: bind}\n",
     "memory-sum-short@4:30", "35 GiB are wanted of nodes 0-1"},
    {"- {name: a, cpus: 1, memory: 20GiB, numa-nodes: 0-1, memory-policy: bind}\n"
     "- {name: b, cpus: 1, memory: 12GiB, numa-nodes: 0, memory-policy: bind}\n",
     "", NULL},

    /* devices and targets */
    {"- {name: a, cpus: 1, near: eth9}\n", "device-unknown@3:28", "\"eth9\" does not exist"},
    {"- {name: a, cpus: 1, irqs: eth9}\n", "device-unknown@3:28", NULL},
    {"- {name: a, cpus: 1, near: eth1}\n", "device-node-unknown@3:28", "{eth1: {node: 0}}"},
    {"- {name: a, cpus: 1, near: eth0}\n", "", NULL},
    {"- {name: a, cpus: 0-1, near: eth0}\n", "near-remote@3:30", "the CPUs given are on node 0"},
    {"- {name: a, cpus: 1, near: eth0, numa-nodes: 0}\n", "near-remote@3:28", NULL},
    {"- {name: a, cpus: 1, irqs: eth0}\n", "irqs-unknown@3:28", "does not tell"},
    {"- {name: a, cpus: 1, unit: x}\n- {name: b, cpus: 1, vm: x}\n",
     "target-not-applied@3:28 target-not-applied@4:26", "a vm can be checked"},
    {"- {name: a, cpus: 1, pid: 5}\n- {name: b, cpus: 1, pid: 5}\n", "target-twice@4:27",
     "is the same pid as \"a\""},
    {"- {name: a, cpus: 1, cgroup: x/y}\n- {name: b, cpus: 1, cgroup: /x/y}\n", "target-twice@4:30",
     NULL},
    {"- {name: a, cpus: 1, run: [x]}\n- {name: b, cpus: 1, run: [x]}\n", "", NULL},
};

static void check_case(const char *spec_text, const struct check_options *options,
                       const char *expected, const char *fragment)
{
    check_case_with(spec_text, options, NULL, expected, fragment);
}

static void test_instances(void **state)
{
    const struct check_options options = {0};

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        autofree char *spec = text(LIST "%s", cases[i].instances);

        print_message("  %s", cases[i].instances);
        check_case(spec, &options, cases[i].expected, cases[i].fragment);
    }
}

static const struct {
    const char *instances;
    const char *expected;
    const char *fragment;
} irq_cases[] = {
    {"- {name: a, cpus: 1, irqs: eth0}\n", "", NULL},
    {"- {name: a, cpus: \"0,8\", irqs: eth0}\n", "", NULL},
    {"- {name: a, cpus: 0-1, irqs: eth0}\n", "irqs-remote@3:30",
     "\"eth0\", which is on node 1, go to node 0"},
    {"- {name: a, cpus: 0-1, near: eth0, irqs: eth0}\n", "near-remote@3:30 irqs-remote@3:42", NULL},
    {"- {name: a, cpus: 0-1, near: eth3, irqs: eth3}\n", "irqs-none@3:42",
     "no interrupts of its own"},
    {"- {name: a, cpus: 1, irqs: eth1}\n", "device-node-unknown@3:28 irqs-none@3:28",
     "{eth1: {node: 0}}"},
    {"- {name: a, cpus: 1, irqs: eth2}\n", "irqs-fixed@3:28",
     "all 2 interrupts of device \"eth2\""},
    {"- {name: a, cpus: 1, irqs: sda}\n", "irqs-not-network@3:28", "near: sda"},
    {"- {name: a, memory: 1GiB, irqs: eth0}\n", "memory-only@3:10 irqs-without-cpus@3:33", NULL},
    {"- {name: a, cpus: 1, irqs: eth0}\n- {name: b, cpus: 1, irqs: eth0}\n", "irqs-twice@4:28",
     "go to \"a\" already"},
    {"- {name: a, cpus: 1, near: eth0}\n- {name: b, cpus: 1, irqs: eth0}\n", "", NULL},
};

/* eth0 has one that is fixed and one that can be moved, eth2 two that are fixed. */
static void test_irqs(void **state)
{
    struct irq irqs[] = {
        {.irq = 20, .device = (char *)"eth0", .mobility = IRQ_FIXED},
        {.irq = 21, .device = (char *)"eth0", .mobility = IRQ_MOBILITY_UNKNOWN},
        {.irq = 22, .device = (char *)"eth2", .mobility = IRQ_FIXED},
        {.irq = 23, .device = (char *)"eth2", .mobility = IRQ_FIXED},
        {.irq = 24, .device = NULL, .mobility = IRQ_MOVABLE},
    };
    const struct interrupts interrupts = {.irqs = irqs, .n_irqs = ARRAY_SIZE(irqs)};
    const struct check_options options = {0};

    for (size_t i = 0; i < ARRAY_SIZE(irq_cases); i++) {
        autofree char *spec = text(LIST "%s", irq_cases[i].instances);

        print_message("  %s", irq_cases[i].instances);
        check_case_with(spec, &options, &interrupts, irq_cases[i].expected, irq_cases[i].fragment);
    }
}

#define ONE "instances: [{name: a, cpus: 8-9, memory: 10GiB}]\nversion: 1\n"

static const struct {
    const char *spec;
    const char *expected;
    const char *fragment;
} host_cases[] = {
    {ONE "host-reserved: {cpus: 0-1, memory: {0: 2GiB}}\n", "", NULL},
    {ONE "host-reserved: {cpus: 9}\n", "cpu-reserved@1:29", "CPU 9 is reserved"},
    {ONE "host-reserved: {cpus: 18-20}\n", "reserved-cpu-unknown@3:23", "CPU 20 does not exist"},
    {ONE "host-reserved: {memory: {8: 2GiB}}\n", "reserved-node-unknown@3:26", "node 8"},
    {ONE "host-reserved: {memory: {2: 40GiB}}\n", "reserved-memory-short@3:26",
     "keeps 40 GiB of node 2, which has 32 GiB"},
    {ONE "host-reserved: {memory: {1: 7GiB}}\n", "memory-short@1:42", "has 9 GiB for instances"},
    {ONE "devices: {eth5: {node: 6}}\n", "device-node-invalid@3:24", "node 6 does not exist"},
    {"version: 1\ndevices: {eth1: {node: 0}, x: {node: 6}}\n"
     "instances: [{name: a, cpus: 1, near: eth1}, {name: b, cpus: 1, near: x}]\n",
     "device-node-invalid@2:38", NULL},
    {"version: 1\nhost-reserved: {cpus: 16-19}\n"
     "instances: [{name: a, cpus: 3, smt: whole-cores}]\n",
     "", NULL}, /* CPU 6 is alone: an odd count can be had */
    {"version: 1\nhost-reserved: {cpus: \"6,14-19\"}\n"
     "instances: [{name: a, cpus: 3, smt: whole-cores}]\n",
     "smt-count@3:29", "ask for 4"},
};

static void test_host(void **state)
{
    const struct check_options options = {0};

    for (size_t i = 0; i < ARRAY_SIZE(host_cases); i++) {
        print_message("  %s", host_cases[i].spec);
        check_case(host_cases[i].spec, &options, host_cases[i].expected, host_cases[i].fragment);
    }
}

static void test_use_free(void **state)
{
    const struct check_options options = {.use_free = true};

    check_case(LIST "- {name: a, cpus: 0-1, memory: 5GiB}\n", &options, "memory-short-now@3:32",
               "which has 4 GiB free now");
    check_case(LIST "- {name: a, cpus: 0-1, memory: 4GiB}\n", &options, "", NULL);
    check_case(LIST
               "- {name: a, cpus: 1, memory: 18GiB, numa-nodes: 0-2, memory-policy: interleave}\n",
               &options, "memory-short-now@3:30", "node 0 has 4 GiB free now");
    check_case(LIST "- {name: a, cpus: 1, memory: 3GiB, numa-nodes: 0, memory-policy: bind}\n"
                    "- {name: b, cpus: 1, memory: 3GiB, numa-nodes: 0, memory-policy: bind}\n",
               &options, "memory-sum-short@4:30", "which has 4 GiB");
}

/* Neither what a node has nor what is free of it is guessed. */
static void check_unjudged(struct machine *machine, bool use_free, const char *says_text)
{
    autospec struct spec *spec = NULL;
    autowishes struct wishes *wishes = NULL;
    const struct check_options options = {.use_free = use_free};
    struct findings findings = {0};
    autofree char *found = NULL;
    const char spec_text[] = LIST "- {name: a, cpus: 8-9, memory: 9GiB}\n";

    assert_int_equal(spec_parse("test.yaml", spec_text, strlen(spec_text), &spec, NULL), 0);
    assert_int_equal(wishes_resolve(machine, spec, &wishes, NULL), 0);
    assert_int_equal(check_wishes(wishes, &options, &findings), 0);
    found = summary(&findings);
    assert_string_equal(found, says_text ? "memory-unjudged@3:32" : "");
    assert_true(!says_text || says(&findings, says_text));
    findings_fini(&findings);
}

static void test_unjudged(void **state)
{
    automachine struct machine *machine = make_machine();

    machine->nodes[1].free_bytes = UNKNOWN_U64;
    check_unjudged(machine, false, NULL);
    check_unjudged(machine, true, "does not tell what its nodes have free");
    machine->nodes[1].total_bytes = UNKNOWN_U64;
    check_unjudged(machine, false, "does not tell what its nodes have");
}

/* Processes and cgroups are looked for on the running machine only. */
static void test_targets(void **state)
{
    const char spec[] = LIST "- {name: a, cpus: 1, pid: 812}\n"
                             "- {name: b, cpus: 1, pid: 813}\n"
                             "- {name: c, cpus: 1, cgroup: system.slice/web.service}\n"
                             "- {name: d, cpus: 1, cgroup: system.slice/gone.service}\n"
                             "- {name: e, cpus: 1, cgroup: slurm}\n";
    struct check_options options = {0};
    struct tree tree;

    check_case(spec, &options, "", NULL);
    tree_init(&tree);
    tree_file(&tree, "proc/812/stat", "");
    tree_file(&tree, "sys/fs/cgroup/system.slice/web.service/cgroup.procs", "");
    tree_file(&tree, "sys/fs/cgroup/cpuset/slurm/cgroup.procs", "");
    options.root = tree.root;
    check_case(spec, &options, "pid-gone@4:27 cgroup-gone@6:30", "process 813 does not exist");
    tree_fini(&tree);
}

/* As many single CPUs as can be had, and memory that fits: nothing to say. */
static void test_full(void **state)
{
    char *made = NULL;
    size_t size;
    FILE *stream = open_memstream(&made, &size);
    struct check_options options = {0};

    assert_non_null(stream);
    fputs(LIST, stream);
    for (int i = 0; i < 18; i++)
        fprintf(stream, "- {name: i%d, cpus: 1, memory: 1.5GiB}\n", i);
    assert_int_equal(fclose(stream), 0);
    check_case(made, &options, "", NULL);
    free(made);
}

static const struct {
    const char *instances;
    const char *expected; /* all findings */
    const char *fragment;
} planned[] = {
    {"- {name: a, cpus: 0-1, workload: {memory-bandwidth: 20GiB/s}}\n", "", NULL},
    {"- {name: a, cpus: 0-1, workload: {memory-bandwidth: 21GiB/s}}\n"
     "- {name: b, cpus: 2-3, workload: {memory-bandwidth: 9GiB/s}}\n",
     "node-saturated@0:0", "is asked for 30 GiB/s and has 20 GiB/s"},
    {"- {name: a, cpus: 0-1, memory-policy: bind, numa-nodes: 1, "
     "workload: {memory-bandwidth: 10GiB/s}}\n",
     "link-saturated@0:0", "is asked for 10 GiB/s and has 5 GiB/s"},
    {"- {name: a, cpus: 3, workload: {memory-bandwidth: 30GiB/s}}\n"
     "- {name: b, cpus: 2, workload: {memory-bandwidth: 30GiB/s}}\n",
     "node-saturated@0:0 node-saturated@0:0", "30 GiB/s and has 20 GiB/s"},
    {"- {name: a, cpus: 2, irqs: eth0}\n", "", NULL},
    {"- {name: a, cpus: 2, near: eth3, irqs: eth0}\n", "irqs-remote@3:40",
     "to another node than its own, 1"},
    {"- {name: a, cpus: 0-1, irqs: eth0}\n", "", NULL}, /* told before it was planned */
};

/* Nodes 0 and 1 give 20 GiB/s, what is between them 5 GiB/s. */
static void check_planned(const char *instances, const char *expected, const char *fragment)
{
    const uint64_t gib = 1024;
    automachine struct machine *machine = make_machine();
    autofree char *yaml = text(LIST "%s", instances), *found = NULL;
    autospec struct spec *spec = NULL;
    autowishes struct wishes *wishes = NULL;
    autoplan struct plan *plan = NULL;
    const struct plan_options options = {0};
    struct refusal refusal = {0};
    struct findings findings = {.file = "test.yaml"};
    uint64_t *value = calloc((size_t)N_NODES * N_NODES, sizeof(*value));

    value[0] = value[N_NODES + 1] = 20 * gib;
    value[1] = value[N_NODES] = 5 * gib;
    machine->bandwidth_mibps.value = value;
    assert_int_equal(spec_parse("test.yaml", yaml, strlen(yaml), &spec, NULL), 0);
    assert_int_equal(wishes_resolve(machine, spec, &wishes, NULL), 0);
    assert_int_equal(plan_make(wishes, &options, &plan, &refusal, NULL), PLAN_MADE);
    assert_int_equal(check_plan(plan, &findings), 0);
    found = summary(&findings);
    assert_string_equal(found, expected);
    if (fragment)
        assert_true(says(&findings, fragment));
    findings_fini(&findings);
}

static void test_planned(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(planned); i++) {
        print_message("  %s", planned[i].instances);
        check_planned(planned[i].instances, planned[i].expected, planned[i].fragment);
    }
}

/* Node 1, with CPUs 8 to 15, goes out of service. */
static void test_withdrawn(void **state)
{
    automachine struct machine *machine = make_machine();
    autofree char *yaml = text(LIST "%s", "- {name: a, cpus: 8-9}\n"
                                          "- {name: b, cpus: 1, numa-nodes: 1}\n");
    autofree char *found = NULL;
    autoset hwloc_bitmap_t nodes = NULL;
    autospec struct spec *spec = NULL;
    autowishes struct wishes *wishes = NULL;
    const struct check_options options = {0};
    struct findings findings = {.file = "test.yaml"};

    assert_int_equal(set_parse_list("1", &nodes, NULL), 0);
    assert_int_equal(machine_withdraw(machine, nodes, NULL), 0);
    assert_int_equal(spec_parse("test.yaml", yaml, strlen(yaml), &spec, NULL), 0);
    assert_int_equal(wishes_resolve(machine, spec, &wishes, NULL), 0);
    assert_int_equal(check_wishes(wishes, &options, &findings), 0);
    found = summary(&findings);
    assert_string_equal(found, "cpu-withdrawn@3:19 node-withdrawn@4:34");
    assert_true(says(&findings, "CPUs 8-9 are on a node that is out of service"));
    findings_fini(&findings);
}

/* Last: every finding that check can make was made above. */
static void test_every_code(void **state)
{
    for (int i = 0; i < CODE_MEMORY_ZERO; i++) {
        if (!seen[i])
            fail_msg("no case gives %s", finding_kinds[i].code);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_instances), cmocka_unit_test(test_irqs),
        cmocka_unit_test(test_host),      cmocka_unit_test(test_use_free),
        cmocka_unit_test(test_unjudged),  cmocka_unit_test(test_targets),
        cmocka_unit_test(test_full),      cmocka_unit_test(test_planned),
        cmocka_unit_test(test_withdrawn), cmocka_unit_test(test_every_code),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
