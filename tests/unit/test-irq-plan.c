/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which CPU takes which interrupt. Nodes 0 and 1 have four cores of two threads and two LLCs each:
 * core n is CPUs n and n + 4. CPUs 9 and 13 (a core of node 1) are isolated, 15 is offline. Node 4
 * is memory behind node 1, and node 6 has CPUs 100, 102, 104 and 106 without siblings.
 */
#include "test.h"

#include "irq-plan.h"
#include "machine-read.h"
#include "set.h"

#include <string.h>

static void add_cpu(struct machine *machine, unsigned int id, int node, unsigned int core)
{
    struct cpu *cpu = machine_cpu_mutable(machine, id);

    cpu->node = node;
    cpu->core = (int)core;
    cpu->llc = (int)(core / 2 * 2);
    cpu->online = id != 15;
    cpu->granted = true;
    cpu->isolated = id == 9 || id == 13;
    hwloc_bitmap_only(cpu->siblings, core);
    if (id < 16)
        hwloc_bitmap_set(cpu->siblings, core + 4);
    if (cpu->online)
        hwloc_bitmap_set(machine->nodes[machine_node_idx(machine, (unsigned int)node)].cpus, id);
}

static struct machine *make_machine(void)
{
    static const uint64_t distances[4][4] = {
        {10, 21, 31, 40}, {21, 10, 17, 40}, {31, 17, 10, 40}, {40, 40, 40, 10}};
    struct machine *machine = calloc(1, sizeof(*machine));
    autoset hwloc_bitmap_t nodes = NULL, cpus = NULL;

    assert_non_null(machine);
    assert_int_equal(set_parse_list("0,1,4,6", &nodes, NULL), 0);
    assert_int_equal(set_parse_list("0-15,100-106:1/2", &cpus, NULL), 0);
    assert_int_equal(machine_set_nodes(machine, nodes), 0);
    assert_int_equal(machine_set_cpus(machine, cpus), 0);
    assert_int_equal(matrix_make(machine, &machine->distance, MATRIX_SLIT), 0);
    for (unsigned int i = 0; i < 16; i++)
        matrix_put(machine, &machine->distance, machine->nodes[i / 4].id, machine->nodes[i % 4].id,
                   distances[i / 4][i % 4]);
    for (unsigned int i = 0; i < 16; i++)
        add_cpu(machine, i, (int)(i / 8), i / 8 * 8 + i % 4);
    for (unsigned int i = 100; i <= 106; i += 2)
        add_cpu(machine, i, 6, i);
    return machine;
}

/*
 * Interrupts from 20 on, a word each: "c0" the combined interrupt of queue 0, "r0" and "t0" those
 * of its directions, "-" of no queue. What follows: "!" fixed, with "@8" taken by CPU 8.
 */
static struct interrupts *make_interrupts(const char *words)
{
    static const enum queue_kind kinds[] = {
        ['c'] = QUEUE_COMBINED, ['r'] = QUEUE_RX, ['t'] = QUEUE_TX, ['-'] = QUEUE_NONE};
    struct interrupts *interrupts = calloc(1, sizeof(*interrupts));
    autofree char *copy = strdup(words);
    char *rest = copy, *word;

    assert_non_null(interrupts);
    interrupts->irqs = calloc(64, sizeof(*interrupts->irqs));
    assert_non_null(interrupts->irqs);
    while ((word = strsep(&rest, " "))) {
        struct irq *irq = &interrupts->irqs[interrupts->n_irqs];
        const char *at = strchr(word, '@');

        irq->irq = 20 + interrupts->n_irqs++;
        irq->name = strdup("");
        irq->device = strdup(word[0] == 'o' ? "eth1" : "eth0");
        irq->queue_kind = kinds[(unsigned char)word[0]];
        irq->queue = word[0] == '-' ? -1 : atoi(word + 1);
        irq->mobility = strchr(word, '!') ? IRQ_FIXED : IRQ_MOVABLE;
        irq->allowed = hwloc_bitmap_alloc_full();
        irq->effective = hwloc_bitmap_alloc();
        if (at)
            hwloc_bitmap_set(irq->effective, (unsigned int)atoi(at + 1));
    }
    return interrupts;
}

static struct nic_queue *make_queues(unsigned int n)
{
    struct nic_queue *queues = calloc(n + 1, sizeof(*queues));

    assert_non_null(queues);
    for (unsigned int i = 0; i < n; i++)
        queues[i] = (struct nic_queue){.index = i, .cpus = hwloc_bitmap_alloc()};
    return queues;
}

/* "20:8 21:9": a word for each, in order. */
static char *text_of_irqs(const struct irq_plan *plan)
{
    char *text = NULL;
    size_t length;
    FILE *stream = open_memstream(&text, &length);

    for (unsigned int i = 0; i < plan->n_irqs; i++) {
        autofree char *cpus = set_format(plan->irqs[i].cpus);

        assert_true(plan->irqs[i].reason[0]);
        fprintf(stream, "%s%u:%s", i ? " " : "", plan->irqs[i].irq, cpus);
    }
    fclose(stream);
    return text;
}

/* "x0:8 r0:8-9": XPS of tx queue 0, RPS of rx queue 0; "r0:" none. */
static char *text_of_queues(const struct irq_plan *plan)
{
    char *text = NULL;
    size_t length;
    FILE *stream = open_memstream(&text, &length);

    for (unsigned int i = 0; i < plan->n_queues; i++) {
        autofree char *cpus = set_format(plan->queues[i].cpus);

        fprintf(stream, "%s%c%u:%s", i ? " " : "", plan->queues[i].kind == QUEUE_TX ? 'x' : 'r',
                plan->queues[i].queue, cpus);
    }
    fclose(stream);
    return text;
}

struct irq_case {
    const char *name;
    const char *irqs;
    int n_rx, n_tx;
    int nic_node; /* as the device tells */
    int node;     /* as said, -1 not said */
    const char *cpus, *barred, *whose;
    bool one_per_core;
    unsigned int keep;
    const char *planned, *queues;
    const char *reason;
};

/* clang-format off */
static const struct irq_case cases[] = {
    {"as many queues as CPUs: cores first, one LLC after the other", "c0 c1 c2 c3 c4 c5 c6 c7", 8, 8,
     .nic_node = 0, .node = -1,
     .planned = "20:0 21:2 22:1 23:3 24:4 25:6 26:5 27:7",
     .queues = "x0:0 x1:2 x2:1 x3:3 x4:4 x5:6 x6:5 x7:7 r0: r1: r2: r3: r4: r5: r6: r7:",
     .reason = "8 CPUs of node 0, where eth0 is"},
    {"isolated and offline ones are left out", "c0 c1 c2 c3 c4", 5, 5,
     .nic_node = 1, .node = -1,
     .planned = "20:8 21:10 22:11 23:12 24:14", .queues = "x0:8 x1:10 x2:11 x3:12 x4:14 r0: r1: r2: r3: r4:",
     .reason = "5 CPUs of node 1, where eth0 is; not the isolated 9,13"},
    {"isolated ones that are named are taken", "c0 c1", 2, 2,
     .nic_node = 1, .node = -1, .cpus = "9,13",
     .planned = "20:9 21:13", .queues = "x0:9 x1:13 r0: r1:",
     .reason = "2 CPUs as named, on node 1, where eth0 is"},
    {"what is not housekeeping is left out", "c0 c1", 2, 2,
     .nic_node = 6, .node = -1, .barred = "0-1,100",
     .planned = "20:102 21:104", .queues = "x0:102 x1:104 r0:102,106 r1:104",
     .reason = "3 CPUs of node 6, where eth0 is; kept from interrupts: 100"},
    {"ones kept from interrupts that are named are taken", "c0", 1, 1,
     .nic_node = 0, .node = -1, .cpus = "0", .barred = "0-1",
     .planned = "20:0", .queues = "r0:", .reason = "1 CPU as named, on node 0, where eth0 is"},
    {"a node without CPUs: the nearest that has some", "c0 c1 -", 2, 2,
     .nic_node = 4, .node = -1, .one_per_core = true,
     .planned = "20:8 21:10 22:8", .queues = "x0:8 x1:10 r0:8 r1:10-11",
     .reason = "3 CPUs of node 1, the nearest with CPUs: node 4, where eth0 is, has none; not the "
               "isolated 9,13; not the SMT siblings 12,14"},
    {"fewer queues than cores: RPS has the others, each where its LLC is", "c0 c1", 2, 2,
     .nic_node = 0, .node = -1,
     .planned = "20:0 21:2", .queues = "x0:0 x1:2 r0:0-1 r1:2-3",
     .reason = "8 CPUs of node 0, where eth0 is"},
    {"as many as cores: no RPS to their siblings", "c0 c1 c2 c3", 4, 4,
     .nic_node = 0, .node = -1,
     .planned = "20:0 21:2 22:1 23:3", .queues = "x0:0 x1:2 x2:1 x3:3 r0: r1: r2: r3:",
     .reason = "8 CPUs of node 0, where eth0 is"},
    {"RPS to siblings that are named", "c0 c1", 2, 2,
     .nic_node = 0, .node = -1, .cpus = "0,2,4,6",
     .planned = "20:0 21:2", .queues = "x0:0 x1:2 r0:0,4 r1:2,6",
     .reason = "4 CPUs as named, on node 0, where eth0 is"},
    {"no RPS beside isolated ones", "c0", 1, 1,
     .nic_node = 1, .node = -1, .cpus = "8-11", .whose = "of web",
     .planned = "20:8", .queues = "r0:8,10-11", .reason = "4 CPUs of web, on node 1, where eth0 is"},
    {"one queue: no XPS, and RPS to all", "-", 1, 1, .nic_node = 6, .node = -1,
     .planned = "20:100", .queues = "r0:100,102,104,106", .reason = "4 CPUs of node 6, where eth0 is"},
    {"more queues than CPUs: round and round", "c0 c1 c2 c3 c4", 5, 5,
     .nic_node = 0, .node = -1, .cpus = "1,3",
     .planned = "20:1 21:3 22:1 23:3 24:1", .queues = "x0:1 x1:3 x2:1 x3:3 x4:1 r0: r1: r2: r3: r4:",
     .reason = "2 CPUs as named, on node 0, where eth0 is"},
    {"fixed ones are left, and XPS follows where they are", "c0!@6 c1 c2!", 3, 3,
     .nic_node = 0, .node = -1, .cpus = "1,3",
     .planned = "21:1", .queues = "x0:6 x1:1 r0: r1: r2:",
     .reason = "2 CPUs as named, on node 0, where eth0 is"},
    {"input and output of a queue go to one CPU", "- r0 t0 r1 t1", 2, 2,
     .nic_node = 0, .node = -1, .one_per_core = true,
     .planned = "20:0 21:0 22:0 23:2 24:2", .queues = "x0:0 x1:2 r0:0-1 r1:2-3",
     .reason = "4 CPUs of node 0, where eth0 is; not the SMT siblings 4-7"},
    {"as many rx queues as CPUs, and fewer of tx", "r0 r1 t0", 2, 1,
     .nic_node = 0, .node = -1, .cpus = "1,3",
     .planned = "20:1 21:3 22:1", .queues = "r0: r1:",
     .reason = "2 CPUs as named, on node 0, where eth0 is"},
    {"whole cores are kept free", "c0 c1 c2 c3 c4 c5 c6 c7", 0, 0,
     .nic_node = 0, .node = -1, .keep = 4,
     .planned = "20:0 21:1 22:4 23:5 24:0 25:1 26:4 27:5", .queues = "",
     .reason = "4 CPUs of node 0, where eth0 is; kept free: 2-3,6-7"},
    {"half a core is kept free", "c0 c1 c2 c3", 0, 0,
     .nic_node = 0, .node = -1, .keep = 5, .one_per_core = true,
     .planned = "20:0 21:1 22:0 23:1", .queues = "",
     .reason = "2 CPUs of node 0, where eth0 is; kept free: 2-3,5-7; not the SMT siblings 4"},
    {"another node was said", "c0 c1", 0, 0, .nic_node = -1, .node = 6,
     .planned = "20:100 21:102", .queues = "", .reason = "4 CPUs of node 6, where eth0 is"},
    {"what was said goes before what the device tells", "c0", 0, 0, .nic_node = 0, .node = 6,
     .planned = "20:100", .queues = "", .reason = "4 CPUs of node 6, where eth0 is; its firmware says node 0"},
    {"unknown node, and CPUs named", "c0 c1", 0, 0, .nic_node = -1, .node = -1, .cpus = "3,8",
     .planned = "20:3 21:8", .queues = "", .reason = "2 CPUs as named; the node of eth0 is unknown"},
    {"named ones on the device's node first", "c0 c1 c2", 0, 0,
     .nic_node = 1, .node = -1, .cpus = "1,8,12",
     .planned = "20:8 21:12 22:1", .queues = "",
     .reason = "3 CPUs as named, 1 of them not on node 1, where eth0 is"},
    {"those far from the device are kept free first", "c0 c1", 0, 0,
     .nic_node = 0, .node = -1, .cpus = "1,8,12", .keep = 2,
     .planned = "20:1 21:1", .queues = "",
     .reason = "1 CPU as named, on node 0, where eth0 is; kept free: 8,12"},
    {"none of those named is near", "c0 c1", 0, 0, .nic_node = 1, .node = -1, .cpus = "1-2",
     .planned = "20:1 21:2", .queues = "",
     .reason = "2 CPUs as named, none on node 1, where eth0 is"},
    {"last those beside isolated ones", "c0 c1 c2", 0, 0,
     .nic_node = 1, .node = -1, .cpus = "9-11",
     .planned = "20:10 21:11 22:9", .queues = "",
     .reason = "3 CPUs as named, on node 1, where eth0 is"},
    {"last those beside ones that are kept free", "c0 c1 c2", 0, 0,
     .nic_node = 0, .node = -1, .cpus = "0,2,4,6", .keep = 1,
     .planned = "20:0 21:4 22:2", .queues = "",
     .reason = "3 CPUs as named, on node 0, where eth0 is; kept free: 6"},
    {"of an instance's CPUs those near the device", "c0 c1", 2, 2,
     .nic_node = 1, .node = -1, .cpus = "1-2,8,10", .whose = "of web",
     .planned = "20:8 21:10", .queues = "x0:8 x1:10 r0: r1:",
     .reason = "2 CPUs of web, on node 1, where eth0 is; not those elsewhere 1-2"},
    {"all of them where none is near the device", "c0 c1", 2, 2,
     .nic_node = 6, .node = -1, .cpus = "1-2", .whose = "of web",
     .planned = "20:1 21:2", .queues = "x0:1 x1:2 r0: r1:",
     .reason = "2 CPUs of web, none on node 6, where eth0 is"},
    {"all of them where the device's node is unknown", "c0 c1", 2, 2,
     .nic_node = -1, .node = -1, .cpus = "1,100", .whose = "of web",
     .planned = "20:1 21:100", .queues = "x0:1 x1:100 r0: r1:",
     .reason = "2 CPUs of web; the node of eth0 is unknown"},
    {"other devices' are not touched", "o0 c0 o1", 0, 0, .nic_node = 6, .node = -1,
     .planned = "21:100", .queues = "", .reason = "4 CPUs of node 6, where eth0 is"},
    {"no interrupts are known", NULL, 2, 2, .nic_node = 6, .node = -1,
     .planned = "", .queues = "r0:100,104 r1:102,106", .reason = "4 CPUs of node 6, where eth0 is"},
};
/* clang-format on */

static struct nic *make_nic(const struct irq_case *c)
{
    struct nic *nic = calloc(1, sizeof(*nic));

    assert_non_null(nic);
    nic->name = strdup("eth0");
    nic->node = c->nic_node;
    nic->n_rx = (unsigned int)c->n_rx;
    nic->n_tx = (unsigned int)c->n_tx;
    nic->rx = make_queues(nic->n_rx);
    nic->tx = make_queues(nic->n_tx);
    return nic;
}

static int make_plan(const struct irq_case *c, struct irq_plan **ret_plan, struct np_error *err)
{
    automachine struct machine *machine = make_machine();
    autonic struct nic *nic = make_nic(c);
    autoset hwloc_bitmap_t cpus = NULL, barred = NULL, housekeeping = hwloc_bitmap_alloc_full();
    autointerrupts struct interrupts *interrupts = c->irqs ? make_interrupts(c->irqs) : NULL;
    struct irq_request request = {.machine = machine,
                                  .interrupts = interrupts,
                                  .nic = nic,
                                  .whose = c->whose,
                                  .local = c->whose != NULL,
                                  .node = c->node,
                                  .one_per_core = c->one_per_core,
                                  .keep = c->keep};
    int r;

    if (c->cpus)
        assert_int_equal(set_parse_list(c->cpus, &cpus, NULL), 0);
    if (c->barred) {
        assert_int_equal(set_parse_list(c->barred, &barred, NULL), 0);
        hwloc_bitmap_andnot(housekeeping, housekeeping, barred);
        request.housekeeping = housekeeping;
    }
    request.cpus = cpus;
    r = irq_plan_make(&request, ret_plan, err);
    return r;
}

static void test_choices(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct irq_case *c = &cases[i];
        autoirqplan struct irq_plan *plan = NULL;
        autofree char *irqs = NULL, *queues = NULL;
        struct np_error err = {0};

        if (make_plan(c, &plan, &err) < 0)
            fail_msg("%s: %s", c->name, err.text);
        irqs = text_of_irqs(plan);
        queues = text_of_queues(plan);
        if (strcmp(irqs, c->planned) != 0)
            fail_msg("%s: interrupts %s", c->name, irqs);
        if (strcmp(queues, c->queues) != 0)
            fail_msg("%s: queues %s", c->name, queues);
        if (strcmp(plan->reason, c->reason) != 0)
            fail_msg("%s: %s", c->name, plan->reason);
        assert_int_equal(plan->n_rx, c->n_rx);
        assert_int_equal(plan->n_tx, c->n_tx);
        assert_string_equal(plan->device, "eth0");
    }
}

static const struct {
    struct irq_case of;
    int result;
    const char *text, *hint;
} refusals[] = {
    {{"", "c0", 1, 1, .nic_node = -1, .node = -1},
     -ENODATA,
     "the node of eth0 is unknown, and is not guessed",
     "say it with --node=N, or name the CPUs with --cpus=SET"},
    {{"", "c0", 1, 1, .nic_node = -1, .node = 3},
     -EINVAL,
     "node 3, where eth0 is to be, does not exist",
     "`numaplace topo` lists the nodes"},
    {{"", "c0", 1, 1, .nic_node = 0, .node = -1, .cpus = "14-15"},
     -EINVAL,
     "CPU 15 is offline",
     "name CPUs that are online: `numaplace topo` lists them"},
    {{"", "c0", 1, 1, .nic_node = 0, .node = -1, .cpus = "16"},
     -EINVAL,
     "CPU 16 does not exist",
     "name CPUs that are online: `numaplace topo` lists them"},
    {{"", "c0", 1, 1, .nic_node = 0, .node = -1, .cpus = ""},
     -ENOSPC,
     "no CPU is named that could take interrupts of eth0",
     "name at least one"},
    {{"", "c0", 1, 1, .nic_node = 6, .node = -1, .keep = 4},
     -ENOSPC,
     "4 of the 4 CPUs are to be kept free, so that none is left for interrupts of eth0",
     "keep 3 at most, or give more CPUs with --cpus=SET"},
    {{"", "c0", 1, 1, .nic_node = 6, .node = -1, .cpus = "100", .keep = 1},
     -ENOSPC,
     "1 of the 1 CPUs are to be kept free, so that none is left for interrupts of eth0",
     "give more CPUs with --cpus=SET"},
    {{"", "c0", 1, 1, .nic_node = 1, .node = -1, .barred = "8,10-12,14"},
     -ENOSPC,
     "all CPUs of node 1 are isolated or kept from interrupts",
     "name those that may take interrupts all the same with --cpus=SET, or another node with "
     "--node=N"},
};

static void test_refusals(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
        autoirqplan struct irq_plan *plan = NULL;
        struct np_error err = {0};

        assert_int_equal(make_plan(&refusals[i].of, &plan, &err), refusals[i].result);
        assert_null(plan);
        assert_string_equal(err.text, refusals[i].text);
        assert_string_equal(err.hint, refusals[i].hint);
    }
}

/* What the words say of each interrupt. */
static void test_reasons(void **state)
{
    static const char *const wanted[] = {"a core of its own", "a core of its own",
                                         "all cores have one: a sibling of core 1",
                                         "4 queues share 3 CPUs", "no queue: to the first CPU"};
    struct irq_case c = {.irqs = "c0 c1 c2 c3 -", .node = -1, .cpus = "1,3,5"};
    autoirqplan struct irq_plan *plan = NULL;

    (void)state;
    assert_int_equal(make_plan(&c, &plan, NULL), 0);
    assert_int_equal(plan->n_irqs, ARRAY_SIZE(wanted));
    for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
        assert_string_equal(plan->irqs[i].reason, wanted[i]);
    assert_false(plan->remote);
}

static void test_remote(void **state)
{
    struct irq_case c = {.irqs = "c0 c1!", .nic_node = 4, .node = -1};
    autoirqplan struct irq_plan *plan = NULL;

    (void)state;
    assert_int_equal(make_plan(&c, &plan, NULL), 0);
    assert_true(plan->remote);
    assert_int_equal(set_only(plan->fixed), 21);
    assert_string_equal(plan->irqs[0].reason, "a core of its own, on another node");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_choices),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_reasons),
        cmocka_unit_test(test_remote),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
