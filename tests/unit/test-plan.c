/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "plan.h"

#include <string.h>

#include "make-machine.h"

/* What a row may say about the machine beyond its numbers. */
enum twist {
    AS_IT_IS,
    ISOLATE_2_3,   /* isolcpus=2,3 */
    OFFLINE_1,     /* and its core has one thread left */
    NOT_GRANTED_0, /* CPU 0 belongs to another container */
    HBM_NODE,      /* one more node, of fast memory */
    CXL_NODE,      /* the same of memory behind a link */
    BARE_NODE,     /* the same of plain memory, without CPUs */
    HYBRID,        /* CPUs 2-3 are the fast ones */
    MEMORY_DENIED, /* node 0 may not be allocated from */
    NODE_1_BUSY,   /* 3 GiB of node 1 are free */
    BANDWIDTH_3_TO_1,
    UNKNOWN_SIZE, /* of node 0 */
    NO_DISTANCES,
    LATENCY, /* node 1 is slow even for its own CPUs */
};

struct plan_case {
    const char *why;
    struct machine_plan machine;
    enum twist twist;
    const char *spec;     /* below "version: 1" */
    const char *expected; /* per instance "name cpus / node:GiB ... / mem_nodes", by ";" - or the
                             start of the refusal after "no: " */
};

#define TWO                                                                                        \
    {                                                                                              \
        .n_nodes = 2, .n_cpus = 4, .bytes = 8 * GIB                                                \
    }
#define TWO_SMT                                                                                    \
    {                                                                                              \
        .n_nodes = 2, .n_cpus = 8, .smt = 2, .bytes = 8 * GIB                                      \
    }
#define FOUR                                                                                       \
    {                                                                                              \
        .n_nodes = 4, .n_cpus = 4, .smt = 2, .bytes = 8 * GIB                                      \
    }

#define ONE(body) "instances:\n  - {name: a, " body "}\n"
#define PAIR(a, b) "instances:\n  - {name: a, " a "}\n  - {name: b, " b "}\n"

static const struct plan_case cases[] = {
    {"compact keeps to one node", TWO, AS_IT_IS, ONE("cpus: 3, memory: 4GiB"), "a 0-2 / 0:4 / 0"},
    {"named CPUs are kept exactly", TWO, AS_IT_IS, ONE("cpus: \"1,6\", memory: 2GiB"),
     "a 1,6 / 0:1 1:1 / 0-1"},
    {"a count avoids what another instance names", TWO, AS_IT_IS, PAIR("cpus: 2", "cpus: \"0-3\""),
     "a 4-5 /  / 1; b 0-3 /  / 0"},
    {"reserved CPUs are the host's", TWO, AS_IT_IS, "host-reserved: {cpus: 0-1}\n" ONE("cpus: 3"),
     "a 4-6 /  / 1"},
    {"reserved memory is the host's", TWO, AS_IT_IS,
     "host-reserved: {memory: {0: 6GiB}}\n" ONE("cpus: 2, memory: 4GiB"), "a 4-5 / 1:4 / 1"},
    {"isolated CPUs are not for counts", TWO, ISOLATE_2_3, ONE("cpus: 3"), "a 4-6 /  / 1"},
    {"isolated CPUs can be named", TWO, ISOLATE_2_3, ONE("cpus: \"2-3\""), "a 2-3 /  / 0"},
    {"offline CPUs are not there", TWO, OFFLINE_1, ONE("cpus: 4"), "a 4-7 /  / 1"},
    {"what is not granted is not there", TWO, NOT_GRANTED_0, ONE("cpus: 4"), "a 4-7 /  / 1"},
    {"preferred nodes", TWO, AS_IT_IS, ONE("cpus: 2, memory: 1GiB, numa-nodes: [1]"),
     "a 4-5 / 1:1 / 1"},
    {"a preference gives way to staying together", TWO, AS_IT_IS,
     PAIR("cpus: \"4-6\"", "cpus: 2, numa-nodes: [1]"), "a 4-6 /  / 1; b 0-1 /  / 0"},
    {"instances that cost the same everywhere are balanced", TWO, AS_IT_IS,
     PAIR("cpus: 2, memory: 1GiB", "cpus: 2, memory: 1GiB"), "a 0-1 / 0:1 / 0; b 4-5 / 1:1 / 1"},
    {"two nodes if one cannot hold all", TWO, AS_IT_IS, ONE("cpus: 6, memory: 6GiB"),
     "a 0-5 / 0:4 1:2 / 0-1"},
    {"spread is even, one a core before siblings", TWO_SMT, AS_IT_IS,
     ONE("cpus: 4, memory: 4GiB, cpu-affinity: spread"), "a 0,2,8,10 / 0:2 1:2 / 0-1"},
    {"spread keeps to preferred nodes", FOUR, AS_IT_IS,
     ONE("cpus: 4, cpu-affinity: spread, numa-nodes: [2, 3]"), "a 8,10,12,14 /  / 2-3"},
    {"compact fills cores", TWO_SMT, AS_IT_IS, ONE("cpus: 2"), "a 0-1 /  / 0"},
    {"compact keeps to an LLC",
     {.n_nodes = 1, .n_cpus = 8, .n_cores = 4, .bytes = GIB},
     AS_IT_IS,
     PAIR("cpus: \"1\"", "cpus: 4"),
     "a 1 /  / 0; b 4-7 /  / 0"},
    {"avoid takes one thread a core", TWO_SMT, AS_IT_IS, ONE("cpus: 3, smt: avoid"),
     "a 0,2,4 /  / 0"},
    {"avoid needs as many cores", TWO_SMT, AS_IT_IS, ONE("cpus: 6, smt: avoid"),
     "a 0,2,4,6,8,10 /  / 0-1"},
    {"whole cores are shared with nobody", TWO_SMT, AS_IT_IS,
     PAIR("cpus: \"0\"", "cpus: 4, smt: whole-cores, numa-nodes: [0]"), "a 0 /  / 0; b 2-5 /  / 0"},
    {"a core with an offline thread is whole", TWO_SMT, OFFLINE_1, ONE("cpus: 7, smt: whole-cores"),
     "a 0,2-7 /  / 0"},
    {"whole cores need a count that fits them", TWO_SMT, AS_IT_IS, ONE("cpus: 3, smt: whole-cores"),
     "no: 3 CPUs (smt whole-cores) cannot be placed"},
    {"local memory only on the nodes of its CPUs", TWO, AS_IT_IS,
     ONE("cpus: \"0-1\", memory: 9GiB"),
     "no: 2 CPUs and 9 GiB (memory-policy local) cannot be placed: node 0 lacks 1 GiB for it "
     "(needs "
     "9 GiB; node 0 has 8 GiB for instances)"},
    {"local memory can need a second node", TWO, AS_IT_IS, ONE("cpus: 2, memory: 10GiB"),
     "a 0,4 / 0:5 1:5 / 0-1"},
    {"bind is a hard rule", TWO, AS_IT_IS,
     ONE("cpus: 2, memory: 9GiB, memory-policy: bind, numa-nodes: [1]"),
     "no: 2 CPUs and 9 GiB (memory-policy bind) cannot be placed: node 1 lacks 1 GiB for it (needs "
     "9 GiB; node 1 has 8 GiB for instances)"},
    {"bind draws the CPUs", TWO, AS_IT_IS,
     ONE("cpus: 2, memory: 4GiB, memory-policy: bind, numa-nodes: [1]"), "a 4-5 / 1:4 / 1"},
    {"preferred goes there first, then to the nearest", TWO, AS_IT_IS,
     ONE("cpus: 2, memory: 9GiB, memory-policy: preferred, numa-nodes: [1]"),
     "a 4-5 / 0:1 1:8 / 1"},
    {"interleave goes over the given nodes", FOUR, AS_IT_IS,
     ONE("cpus: 2, memory: 6GiB, memory-policy: interleave, numa-nodes: [1, 2, 3]"),
     "a 8-9 / 1:2 2:2 3:2 / 1-3"},
    {"weights follow bandwidth", TWO, BANDWIDTH_3_TO_1,
     ONE("cpus: 2, memory: 4GiB, memory-policy: weighted-interleave, numa-nodes: [0, 1]"),
     "a 0-1 / 0:3 1:1 / 0-1"},
    {"weights are equal if bandwidth is unknown", TWO, AS_IT_IS,
     ONE("cpus: 2, memory: 4GiB, memory-policy: weighted-interleave, numa-nodes: [0, 1]"),
     "a 0-1 / 0:2 1:2 / 0-1"},
    {"near a device", TWO, AS_IT_IS, "devices: {eth0: {node: 1}}\n" ONE("cpus: 2, near: eth0"),
     "a 4-5 /  / 1"},
    {"fast memory is never chosen by itself", TWO, HBM_NODE,
     ONE("cpus: 2, memory: 20GiB, memory-policy: preferred"),
     "no: 2 CPUs and 20 GiB (memory-policy preferred) cannot be placed: nodes 0-1 lack 4 GiB for "
     "it (needs 20 GiB; nodes 0-1 have 8 GiB each for instances)"},
    {"fast memory can be named", TWO, HBM_NODE,
     ONE("cpus: 2, memory: 4GiB, memory-policy: bind, numa-nodes: [2]"), "a 0-1 / 2:4 / 2"},
    {"interleaving without nodes leaves memory tiers out", TWO, CXL_NODE,
     ONE("cpus: 2, memory: 4GiB, memory-policy: interleave"), "a 0-1 / 0:2 1:2 / 0-1"},
    {"weights are no reason either", TWO, HBM_NODE,
     ONE("cpus: 2, memory: 4GiB, memory-policy: weighted-interleave"), "a 0-1 / 0:2 1:2 / 0-1"},
    {"nor is plain memory that has no CPUs", TWO, BARE_NODE,
     ONE("cpus: 2, memory: 20GiB, memory-policy: preferred"),
     "no: 2 CPUs and 20 GiB (memory-policy preferred) cannot be placed: nodes 0-1 lack 4 GiB for "
     "it (needs 20 GiB; nodes 0-1 have 8 GiB each for instances)"},
    {"memory alone keeps off it as well", TWO, CXL_NODE, ONE("memory: 4GiB"), "a  / 0:4 / 0"},
    {"interleaving goes there when told", TWO, CXL_NODE,
     ONE("cpus: 2, memory: 4GiB, memory-policy: interleave, numa-nodes: [0, 2]"),
     "a 0-1 / 0:2 2:2 / 0,2"},
    {"preferred takes it after what is near", TWO, CXL_NODE,
     ONE("cpus: 2, memory: 10GiB, memory-policy: preferred, numa-nodes: [0, 2]"),
     "a 0-1 / 0:8 2:2 / 0,2"},
    {"memory alone goes there when told", TWO, BARE_NODE, ONE("memory: 4GiB, numa-nodes: [2]"),
     "a  / 2:4 / 2"},
    {"local is at its CPUs, whatever is named", TWO, HBM_NODE,
     ONE("cpus: 2, memory: 4GiB, numa-nodes: [2]"), "a 0-1 / 0:4 / 0"},
    {"who waits for each access gets the fast CPUs", TWO, HYBRID,
     PAIR("cpus: 2, numa-nodes: [0]",
          "cpus: 2, numa-nodes: [0], workload: {latency-sensitive: true}"),
     "a 0-1 /  / 0; b 2-3 /  / 0"},
    {"and nobody beside it who named its sibling", TWO_SMT, AS_IT_IS,
     PAIR("cpus: \"0\", workload: {latency-sensitive: true}", "cpus: 1, numa-nodes: [0]"),
     "a 0 /  / 0; b 2 /  / 0"},
    {"a heavier instance has the node that both prefer", TWO, AS_IT_IS,
     PAIR("cpus: 4, numa-nodes: [1]", "cpus: 4, numa-nodes: [1], workload: {weight: 2}"),
     "a 0-3 /  / 0; b 4-7 /  / 1"},
    {"traffic apart where one node cannot carry it", TWO, BANDWIDTH_3_TO_1,
     "host-reserved: {cpus: 5-7}\n" PAIR(
         "cpus: 1, numa-nodes: [0], workload: {memory-bandwidth: 1TiB/s}",
         "cpus: 1, workload: {memory-bandwidth: 100MiB/s}"),
     "a 0 /  / 0; b 4 /  / 1"},
    {"memory that is not granted is not there", TWO, MEMORY_DENIED, ONE("cpus: 2, memory: 1GiB"),
     "a 4-5 / 1:1 / 1"},
    {"memory of unknown size is not counted on", TWO, UNKNOWN_SIZE, ONE("cpus: 2, memory: 1GiB"),
     "a 4-5 / 1:1 / 1"},
    {"without distances the same node is still better", TWO, NO_DISTANCES,
     ONE("cpus: 2, memory: 4GiB, memory-policy: preferred, numa-nodes: [1]"), "a 4-5 / 1:4 / 1"},
    {"latency goes before distance", TWO, LATENCY, ONE("cpus: 2, memory: 4GiB"), "a 0-1 / 0:4 / 0"},
    {"affinity local is a hard rule", TWO, AS_IT_IS,
     ONE("cpus: 2, memory: 9GiB, cpu-affinity: local, memory-policy: preferred, numa-nodes: [0]"),
     "a 0,4 / 0:8 1:1 / 0"},
    {"the order in the file does not decide", TWO, AS_IT_IS,
     PAIR("cpus: 1, memory: 1GiB", "cpus: \"0-2\", memory: 8GiB"),
     "a 4 / 1:1 / 1; b 0-2 / 0:8 / 0"},
    {"memory gives way", TWO, AS_IT_IS,
     PAIR("cpus: 2, memory: 6GiB, memory-policy: preferred, numa-nodes: [0]",
          "cpus: \"0\", memory: 6GiB"),
     "a 1-2 / 0:2 1:4 / 0; b 0 / 0:6 / 0"},
    {"too many together", TWO, AS_IT_IS, PAIR("cpus: 5", "cpus: 4"),
     "no: 4 CPUs cannot be placed beside the others: it can have at most 3 CPUs; of 8 CPUs 8 are "
     "free to choose from"},
    {"a node by itself is named with what it has", TWO, AS_IT_IS,
     "host-reserved: {memory: {1: 2GiB}}\n" ONE("cpus: 1, memory: 15GiB, memory-policy: preferred"),
     "no: 1 CPU and 15 GiB (memory-policy preferred) cannot be placed: nodes 0-1 lack 1 GiB for it "
     "(needs 15 GiB; node 0 has 8 GiB, node 1 has 6 GiB for instances)"},
    {"what each node has its part of is not lacking as a sum", TWO, AS_IT_IS,
     "host-reserved: {memory: {1: 2GiB}}\n" ONE(
         "cpus: 1, memory: 14GiB, memory-policy: interleave, numa-nodes: [0, 1]"),
     "no: 1 CPU and 14 GiB (memory-policy interleave) cannot be placed: it can have at most 12 GiB "
     "(node 0 has 8 GiB, node 1 has 6 GiB for instances)"},
    {"nodes are named beside the others too", TWO, AS_IT_IS,
     PAIR("cpus: 1, memory: 6GiB, memory-policy: bind, numa-nodes: [1]",
          "cpus: 1, memory: 3GiB, memory-policy: bind, numa-nodes: [1]"),
     "no: 1 CPU and 3 GiB (memory-policy bind) cannot be placed beside the others: node 1 lacks 1 "
     "GiB for it (needs 3 GiB, the others leave 2 GiB; node 1 has 8 GiB for instances)"},
    {"too little for memory without CPUs", TWO, AS_IT_IS, ONE("memory: 17GiB"),
     "no: 17 GiB (memory-policy local) cannot be placed: nodes 0-1 lack 1 GiB for it"},
    {"memory without CPUs", TWO, AS_IT_IS,
     ONE("memory: 4GiB, memory-policy: bind, numa-nodes: [1]"), "a  / 1:4 / 1"},
};

static void twist_machine(struct machine *machine, enum twist twist)
{
    switch (twist) {
    case AS_IT_IS:
        break;
    case ISOLATE_2_3:
        machine->cpus[2].isolated = machine->cpus[3].isolated = true;
        break;
    case OFFLINE_1:
        take_offline(machine, 1);
        break;
    case NOT_GRANTED_0:
        machine->cpus[0].granted = false;
        break;
    case HBM_NODE:
        add_memory_node(machine, NODE_KIND_HBM, 8 * GIB);
        break;
    case CXL_NODE:
        add_memory_node(machine, NODE_KIND_CXL, 8 * GIB);
        break;
    case HYBRID:
        for (unsigned int i = 0; i < machine->n_cpus; i++)
            machine->cpus[i].kind = i == 2 || i == 3;
        break;
    case BARE_NODE:
        add_memory_node(machine, NODE_KIND_DRAM, 8 * GIB);
        break;
    case MEMORY_DENIED:
        machine->nodes[0].granted = false;
        break;
    case NODE_1_BUSY:
        machine->nodes[1].free_bytes = 3 * GIB;
        break;
    case BANDWIDTH_3_TO_1:
    case LATENCY: {
        struct matrix *matrix = twist == LATENCY ? &machine->latency_ns : &machine->bandwidth_mibps;
        const uint64_t latency[] = {80, 200, 130, 150}, bandwidth[] = {3000, 500, 900, 1000};

        matrix->source = MATRIX_HMAT;
        matrix->value = calloc(4, sizeof(uint64_t));
        memcpy(matrix->value, twist == LATENCY ? latency : bandwidth, sizeof(latency));
        break;
    }
    case UNKNOWN_SIZE:
        machine->nodes[0].total_bytes = UNKNOWN_U64;
        break;
    case NO_DISTANCES:
        free(machine->distance.value);
        machine->distance = (struct matrix){0};
        break;
    }
}

struct outcome {
    struct machine *machine;
    struct spec *spec;
    struct wishes *wishes;
    struct plan *plan;
    struct refusal refusal;
    int result;
};

static void run_plan(struct outcome *o, struct machine *machine, const char *text,
                     const struct plan_options *options)
{
    struct np_error err = {0};
    char *yaml = NULL;

    *o = (struct outcome){.machine = machine};
    assert_true(asprintf(&yaml, "version: 1\n%s", text) > 0);
    if (spec_parse("test", yaml, strlen(yaml), &o->spec, &err) != 0)
        fail_msg("%u:%u: %s", err.line, err.column, err.text);
    assert_int_equal(wishes_resolve(machine, o->spec, &o->wishes, &err), 0);
    o->result = plan_make(o->wishes, options, &o->plan, &o->refusal, &err);
    assert_true(o->result >= 0);
    free(yaml);
}

static void outcome_fini(struct outcome *o)
{
    plan_free(o->plan);
    refusal_fini(&o->refusal);
    wishes_free(o->wishes);
    spec_free(o->spec);
    machine_free(o->machine);
}

/* As in plan_case.expected. */
static char *describe(const struct outcome *o)
{
    char *text = NULL;
    size_t length;
    FILE *stream = open_memstream(&text, &length);

    if (!o->plan)
        fprintf(stream, "no: %s", o->refusal.reason);
    for (unsigned int i = 0; o->plan && i < o->plan->n_placements; i++) {
        const struct placement *p = &o->plan->placements[i];
        char *cpus = set_format(p->cpus), *nodes = set_format(p->mem_nodes);

        fprintf(stream, "%s%s %s / ", i ? "; " : "", p->instance->name, cpus);
        for (unsigned int j = 0; j < p->n_shares; j++)
            fprintf(stream, "%s%u:%g", j ? " " : "", p->shares[j].node,
                    (double)p->shares[j].bytes / (double)GIB);
        fprintf(stream, " / %s", nodes);
        free(cpus);
        free(nodes);
    }
    fclose(stream);
    return text;
}

static void test_cases(void **state)
{
    unsigned int n_failed = 0;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct plan_case *c = &cases[i];
        struct machine *machine = make_machine(&c->machine);
        const struct plan_options options = {0};
        struct outcome o;
        char *text;

        twist_machine(machine, c->twist);
        run_plan(&o, machine, c->spec, &options);
        text = describe(&o);
        if (strncmp(text, c->expected, strlen(c->expected)) != 0 ||
            (o.plan && strlen(text) != strlen(c->expected))) {
            print_error("%s:\n  wanted %s\n  got    %s\n", c->why, c->expected, text);
            n_failed++;
        }
        for (unsigned int j = 0; o.plan && j < o.plan->n_placements; j++) {
            assert_true(strlen(o.plan->placements[j].cpu_reason) > 0);
            assert_true(strlen(o.plan->placements[j].memory_reason) > 0);
        }
        free(text);
        outcome_fini(&o);
    }
    assert_int_equal(n_failed, 0);
}

static void test_reasons(void **state)
{
    static const struct {
        enum twist twist;
        const char *spec;
        const char *cpus, *memory;
    } reasons[] = {
        {AS_IT_IS, ONE("cpus: 1"), "on node 0",
         "local: only on the nodes of its CPUs, node 0; how much is not said"},
        {AS_IT_IS, ONE("cpus: 4, numa-nodes: [1]"), "together on node 1, as preferred", NULL},
        {AS_IT_IS, ONE("cpus: 6, numa-nodes: [1]"),
         "the fewest and closest with room: nodes 0-1; the preferred node 1 alone was not "
         "possible, or dearer",
         NULL},
        {AS_IT_IS,
         "devices: {eth0: {node: 0}}\nhost-reserved: {cpus: 4-6}\n" ONE(
             "cpus: 2, numa-nodes: [1], near: eth0"),
         "together on node 0, the node of eth0; the preferred node 1 was not possible, or dearer",
         NULL},
        {AS_IT_IS, "host-reserved: {cpus: 4-7}\n" ONE("cpus: 2, numa-nodes: [1]"),
         "together on node 0; the preferred node 1 has no CPUs to choose", NULL},
        {HBM_NODE, ONE("cpus: 2, memory: 1GiB, memory-policy: bind, numa-nodes: [2]"),
         "together on node 0; the preferred node 2 has no CPUs to choose",
         "bind: only on the given nodes, node 2"},
        {AS_IT_IS, ONE("cpus: 3, cpu-affinity: spread"), "spread over nodes 0-1, 1 to 2 on each",
         NULL},
        {AS_IT_IS, ONE("cpus: 1, cpu-affinity: spread"), "on node 0", NULL},
        {MEMORY_DENIED, ONE("cpus: \"0\""), "named in the file",
         "local: there is none with its CPUs, so from the nearest node that has some; how much is "
         "not said"},
        {AS_IT_IS, ONE("memory: 1GiB, memory-policy: preferred"), "none wanted",
         "preferred, with nothing to prefer"},
    };
    const struct plan_options options = {0};

    for (size_t i = 0; i < ARRAY_SIZE(reasons); i++) {
        const struct machine_plan plan = TWO;
        struct machine *machine = make_machine(&plan);
        struct outcome o;

        twist_machine(machine, reasons[i].twist);
        run_plan(&o, machine, reasons[i].spec, &options);
        assert_int_equal(o.result, PLAN_MADE);
        assert_string_equal(o.plan->placements[0].cpu_reason, reasons[i].cpus);
        if (reasons[i].memory)
            assert_string_equal(o.plan->placements[0].memory_reason, reasons[i].memory);
        outcome_fini(&o);
    }
}

static void test_free_memory(void **state)
{
    const struct machine_plan plan = TWO;
    struct plan_options options = {0};

    for (int use_free = 0; use_free < 2; use_free++) {
        struct machine *machine = make_machine(&plan);
        struct outcome o;
        char *text;

        options.use_free = use_free;
        twist_machine(machine, NODE_1_BUSY);
        run_plan(&o, machine, ONE("cpus: 2, memory: 4GiB, numa-nodes: [1]"), &options);
        text = describe(&o);
        assert_string_equal(text, use_free ? "a 0-1 / 0:4 / 0" : "a 4-5 / 1:4 / 1");
        free(text);
        outcome_fini(&o);
    }
}

static void test_costs(void **state)
{
    static const struct {
        const char *spec;
        double cost, local;
    } costs[] = {
        {ONE("cpus: 2, memory: 4GiB"), 10, 10},
        {ONE("cpus: \"0-1\", memory: 4GiB, memory-policy: bind, numa-nodes: [1]"), 20, 10},
        {ONE("cpus: 2, memory: 4GiB, memory-policy: interleave, numa-nodes: [0, 1]"), 15, 10},
        /* Each CPU works on what it touched first. */
        {ONE("cpus: \"0,4\", memory: 4GiB"), 10, 10},
        {ONE("cpus: 2"), 0, 10},
    };

    for (size_t i = 0; i < ARRAY_SIZE(costs); i++) {
        const struct machine_plan plan = TWO;
        const struct plan_options options = {0};
        struct outcome o;

        run_plan(&o, make_machine(&plan), costs[i].spec, &options);
        assert_int_equal(o.result, PLAN_MADE);
        assert_string_equal(o.plan->cost_unit, "SLIT");
        assert_float_equal(o.plan->placements[0].cost, costs[i].cost, 1e-6);
        assert_float_equal(o.plan->placements[0].local_cost, costs[i].local, 1e-6);
        outcome_fini(&o);
    }
}

static unsigned int instance_idx(const struct spec *spec, const char *name)
{
    unsigned int i = 0;

    while (strcmp(spec->instances[i].name, name) != 0)
        i++;
    return i;
}

/* The spec again with one change of a remedy put into it. */
static void apply_change(struct outcome *o, const char *name, const struct fit *fit)
{
    struct instance *instance = &o->spec->instances[instance_idx(o->spec, name)];
    struct wishes less;

    switch (fit->kind) {
    case FIT_MEMORY:
        assert_true(fit->bytes < instance->memory_bytes);
        instance->memory_bytes = fit->bytes;
        break;
    case FIT_CPUS:
        assert_true(fit->cpus < instance->cpu_count);
        instance->cpu_count = fit->cpus;
        break;
    case FIT_POLICY:
        instance->memory_policy = fit->policy;
        break;
    case FIT_AFFINITY:
        instance->cpu_affinity = fit->affinity;
        break;
    case FIT_SMT:
        instance->smt = fit->smt;
        break;
    case FIT_LEAVE_OUT:
        for (unsigned int i = 0; i < o->wishes->n_wishes; i++) {
            if (o->wishes->wishes[i].instance != instance)
                continue;
            assert_int_equal(wishes_without(o->wishes, i, &less), 0);
            memcpy(o->wishes->wishes, less.wishes, less.n_wishes * sizeof(*less.wishes));
            o->wishes->n_wishes = less.n_wishes;
            free(less.wishes);
        }
        break;
    case FIT_BASE: /* of device trees only */
        fail();
    }
}

static const struct {
    struct machine_plan machine;
    const char *spec;
    const char *way_out;
} refusals[] = {
    {TWO, ONE("cpus: \"0-1\", memory: 9GiB"),
     "lower memory of \"a\" by 1 GiB to 8 GiB, or set memory-policy of \"a\" to preferred"},
    {TWO, ONE("cpus: 9"), "lower cpus of \"a\" from 9 to 8"},
    {TWO, PAIR("cpus: 5", "cpus: 4"), "lower cpus of \"b\" from 4 to 3, or leave out \"b\""},
    {TWO_SMT, ONE("cpus: 3, smt: whole-cores"),
     "lower cpus of \"a\" from 3 to 2, or set smt of \"a\" to any"},
    {TWO_SMT, ONE("cpus: 9, smt: avoid"),
     "lower cpus of \"a\" from 9 to 8, or set smt of \"a\" to any"},
    {TWO,
     PAIR("cpus: 1, memory: 12GiB, memory-policy: preferred",
          "cpus: 1, memory: 6GiB, memory-policy: preferred"),
     "lower memory of \"b\" by 2 GiB to 4 GiB, or leave out \"b\""},
    {TWO, ONE("cpus: 1, memory: 9GiB, cpu-affinity: local, memory-policy: preferred"),
     "lower memory of \"a\" by 1 GiB to 8 GiB, or set cpu-affinity of \"a\" to compact"},
    {TWO, PAIR("cpus: 9", "cpus: 10"),
     "more than one change is needed: leave out \"a\" and lower cpus of \"b\" from 10 to 8"},
    {TWO, PAIR("cpus: 9, memory: 17GiB", "cpus: 1"), "leave out \"a\""},
    {FOUR, "instances:\n  - {name: a, cpus: 8}\n  - {name: b, cpus: 8}\n  - {name: c, cpus: 8}\n",
     "leave out \"a\""},
    /* The one that comes too late has nothing to give. */
    {TWO, PAIR("cpus: 8", "cpus: 1"), "lower cpus of \"a\" from 8 to 7, or leave out \"b\""},
};

/* What is proposed must do: each remedy is put into the file and planned with. */
static void check_remedy(size_t row, const struct remedy *remedy)
{
    const struct plan_options options = {0};
    struct outcome again;
    struct refusal none = {0};
    struct np_error err = {0};

    run_plan(&again, make_machine(&refusals[row].machine), refusals[row].spec, &options);
    for (unsigned int i = 0; i < remedy->n_changes; i++)
        apply_change(&again, remedy->changes[i].instance->name, &remedy->changes[i].fit);
    assert_int_equal(plan_make(again.wishes, &options, &again.plan, &none, &err), PLAN_MADE);
    outcome_fini(&again);
}

static void test_refusals(void **state)
{
    const struct plan_options options = {0};

    for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
        struct outcome o;

        run_plan(&o, make_machine(&refusals[i].machine), refusals[i].spec, &options);
        assert_int_equal(o.result, PLAN_IMPOSSIBLE);
        assert_true(o.refusal.proven);
        assert_string_equal(o.refusal.way_out, refusals[i].way_out);
        assert_true(o.refusal.n_remedies > 0);
        for (unsigned int j = 0; j < o.refusal.n_remedies; j++)
            check_remedy(i, &o.refusal.remedies[j]);
        outcome_fini(&o);
    }
}

static void test_conflicts(void **state)
{
    static const struct {
        enum twist twist;
        const char *spec;
        const char *reason;
    } conflicts[] = {
        {AS_IT_IS, PAIR("cpus: \"0-2\"", "cpus: \"2-3\""),
         "CPU 2, which it names, is \"a\"'s already"},
        {OFFLINE_1, ONE("cpus: \"0-1\""), "CPU 1, which it names, is offline"},
        {NOT_GRANTED_0, ONE("cpus: \"0-1\""), "CPU 0, which it names, is not granted to us"},
        {AS_IT_IS, ONE("cpus: \"8\""), "CPU 8, which it names, does not exist"},
        {AS_IT_IS, "host-reserved: {cpus: 3}\n" ONE("cpus: \"3\""),
         "CPU 3, which it names, is reserved for the host"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(conflicts); i++) {
        const struct machine_plan plan = TWO;
        struct machine *machine = make_machine(&plan);
        const struct plan_options options = {0};
        struct outcome o;

        twist_machine(machine, conflicts[i].twist);
        run_plan(&o, machine, conflicts[i].spec, &options);
        assert_int_equal(o.result, PLAN_IMPOSSIBLE);
        assert_string_equal(o.refusal.reason, conflicts[i].reason);
        outcome_fini(&o);
    }
}

/* Nothing may depend on addresses, time or the order of a hash. */
static const struct {
    const char *why;
    const char *spec;
    struct sharing sharing;
    struct largest_left left;
} figures[] = {
    {"apart", PAIR("cpus: 2", "cpus: 2"), {0, 0}, {0, 6, 3, 8 * GIB}},
    {"siblings of a core",
     PAIR("cpus: \"0\", memory: 1GiB", "cpus: \"1\", memory: 1GiB"),
     {1, 1},
     {1, 8, 4, 8 * GIB}},
    {"cores of an LLC", PAIR("cpus: \"0-3\"", "cpus: \"6,8-10\""), {0, 1}, {1, 5, 2, 8 * GIB}},
    {"CPUs of three on a core and an LLC count once",
     "instances: [{name: a, cpus: \"0,8\"}, {name: b, cpus: \"1,9\"}, {name: c, cpus: \"2,10\"}]\n",
     {2, 2},
     {0, 5, 2, 8 * GIB}},
    {"nothing is left but memory", ONE("cpus: 16, memory: 4GiB"), {0, 0}, {0, 0, 0, 6 * GIB}},
};

static void test_figures(void **state)
{
    const struct machine_plan machine_plan = TWO_SMT;

    for (size_t i = 0; i < ARRAY_SIZE(figures); i++) {
        automachine struct machine *machine = make_machine(&machine_plan);
        autofree char *yaml = NULL;
        autospec struct spec *spec = NULL;
        autowishes struct wishes *wishes = NULL;
        autoplan struct plan *plan = NULL;
        const struct plan_options options = {0};
        struct refusal refusal = {0};
        const struct largest_left *left = &figures[i].left;

        print_message("  %s\n", figures[i].why);
        assert_true(asprintf(&yaml, "version: 1\n%s", figures[i].spec) > 0);
        assert_int_equal(spec_parse("test.yaml", yaml, strlen(yaml), &spec, NULL), 0);
        assert_int_equal(wishes_resolve(machine, spec, &wishes, NULL), 0);
        assert_int_equal(plan_make(wishes, &options, &plan, &refusal, NULL), PLAN_MADE);
        assert_int_equal(plan->sharing.n_cores, figures[i].sharing.n_cores);
        assert_int_equal(plan->sharing.n_llcs, figures[i].sharing.n_llcs);
        assert_int_equal(plan->left.node, left->node);
        assert_int_equal(plan->left.n_cpus, left->n_cpus);
        assert_int_equal(plan->left.n_cores, left->n_cores);
        assert_int_equal(plan->left.bytes, left->bytes);
    }
}

static void test_same_twice(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char *text[2];

        for (int j = 0; j < 2; j++) {
            struct machine *machine = make_machine(&cases[i].machine);
            const struct plan_options options = {0};
            struct outcome o;

            twist_machine(machine, cases[i].twist);
            run_plan(&o, machine, cases[i].spec, &options);
            text[j] = describe(&o);
            outcome_fini(&o);
        }
        assert_string_equal(text[0], text[1]);
        free(text[0]);
        free(text[1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),       cmocka_unit_test(test_reasons),
        cmocka_unit_test(test_free_memory), cmocka_unit_test(test_costs),
        cmocka_unit_test(test_refusals),    cmocka_unit_test(test_conflicts),
        cmocka_unit_test(test_figures),     cmocka_unit_test(test_same_twice),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
