/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "model.h"
#include "size.h"

#include <string.h>

#include "make-machine.h"

enum { NODES = 3, CELLS = NODES + NODES * NODES };

/* Three nodes of four CPUs, eth0 at node 1, and nothing known of bandwidths. */
struct fixture {
    struct machine *machine;
    struct spec *spec;
    struct wishes *wishes;
    struct model model;
};

static struct fixture make(const char *words)
{
    const struct machine_plan plan = {.n_nodes = NODES, .n_cpus = 4, .bytes = 8 * GIB};
    struct fixture f = {.machine = make_machine(&plan)};
    struct np_error err = {0};
    autofree char *yaml = NULL;

    assert_true(asprintf(&yaml,
                         "version: 1\ndevices: {eth0: {node: 1}}\ninstances: [{name: a, %s}]\n",
                         words) > 0);
    if (spec_parse("test.yaml", yaml, strlen(yaml), &f.spec, &err) < 0)
        fail_msg("%s", err.text);
    f.machine->bandwidth_mibps.value = calloc((size_t)NODES * NODES, sizeof(uint64_t));
    return f;
}

static void set_bandwidth(struct fixture *f, unsigned int from, unsigned int to, uint64_t gib)
{
    f->machine->bandwidth_mibps.value[from * NODES + to] = gib * 1024;
}

static const struct demand *model_of(struct fixture *f)
{
    const struct plan_options options = {0};
    struct np_error err = {0};

    assert_int_equal(wishes_resolve(f->machine, f->spec, &f->wishes, &err), 0);
    assert_int_equal(model_init(&f->model, f->wishes, &options), 0);
    return &f->model.demands[0];
}

static void end(struct fixture *f)
{
    model_fini(&f->model);
    (void)wishes_free(f->wishes);
    (void)spec_free(f->spec);
    (void)machine_free(f->machine);
}

#define WORDS "cpus: 4, memory: 4GiB, near: eth0, numa-nodes: [1]"

static const struct {
    const char *workload;
    int weight;  /* of all terms */
    int latency; /* of access and near beside that */
} weights[] = {
    {"", 1, 1},
    {", workload: {weight: 3}", 3, 1},
    {", workload: {latency-sensitive: true}", 1, 2},
    {", workload: {latency-sensitive: true, weight: 1000}", 1000, 2},
    {", cpu-affinity: local", 1, 2},
    {", cpu-affinity: local, workload: {latency-sensitive: false, weight: 2}", 2, 1},
};

/* The terms of two CPUs on node 0 and two on node 1, distance 20: all of the instance's cost. */
static void test_weights(void **state)
{
    const unsigned int counts[NODES] = {2, 2, 0};

    for (size_t i = 0; i < ARRAY_SIZE(weights); i++) {
        int64_t weight = weights[i].weight, access = weight * weights[i].latency;
        autofree char *words = NULL;
        struct fixture f;
        const struct demand *demand;
        struct cost_terms cpus, bytes;

        assert_true(asprintf(&words, WORDS "%s", weights[i].workload) > 0);
        print_message("  %s\n", words);
        f = make(words);
        demand = model_of(&f);
        cpus = cost_cpus_terms(&f.model, demand, counts);
        bytes = cost_bytes_terms(&f.model, demand, counts, -1, 0);
        assert_int_equal(cpus.affinity, weight * (COST_WEIGHT_AFFINITY * COST_LOCAL + 1500000));
        assert_int_equal(cpus.preference, weight * COST_WEIGHT_PREFERENCE * COST_LOCAL / 4);
        assert_int_equal(cpus.near, access * COST_WEIGHT_NEAR * 1500000);
        assert_int_equal(cpus.access, 0);
        assert_int_equal(bytes.access, access * 1500000);
        assert_int_equal(bytes.preference, weight * COST_WEIGHT_PREFERENCE * COST_LOCAL / 2);
        assert_int_equal(cost_access(&f.model, demand, counts, -1, 0), 1500000);
        end(&f);
    }
}

/* Without memory the nearest one is what is accessed. */
static void test_weight_without_memory(void **state)
{
    struct fixture f = make("cpus: 4, workload: {latency-sensitive: true, weight: 5}");
    const unsigned int counts[NODES] = {4, 0, 0};

    assert_int_equal(cost_cpus_terms(&f.model, model_of(&f), counts).access, 10 * COST_LOCAL);
    end(&f);
}

/* Thirds are lost to rounding in the last place. */
static const struct {
    const char *why;
    const char *words; /* and 12GiB/s */
    unsigned int counts[NODES];
    unsigned int load[NODES];         /* GiB/s by node */
    unsigned int links[NODES][NODES]; /* from, to */
} traffic[] = {
    {"local is where its CPUs are, and each works on its own",
     "cpus: 4, memory: 1GiB",
     {1, 3, 0},
     {3, 9, 0},
     {{0}}},
    {"preferred without nodes goes to them as well, for all alike",
     "cpus: 4, memory: 1GiB, memory-policy: preferred",
     {1, 3, 0},
     {3, 9, 0},
     {{0, 2, 0}, {2, 0, 0}}},
    {"how much memory it has does not matter", "cpus: 4", {4, 0, 0}, {12, 0, 0}, {{0}}},
    {"bind is on those of the nodes that have its CPUs",
     "cpus: 4, memory: 1GiB, memory-policy: bind, numa-nodes: [0, 1]",
     {4, 0, 0},
     {12, 0, 0},
     {{0}}},
    {"bind elsewhere is even over all of them",
     "cpus: 4, memory: 1GiB, memory-policy: bind, numa-nodes: [0, 1]",
     {0, 0, 4},
     {6, 6, 0},
     {{0}, {0}, {6, 6, 0}}},
    {"preferred nodes are like bound ones",
     "cpus: 4, memory: 1GiB, memory-policy: preferred, numa-nodes: [1, 2]",
     {0, 2, 2},
     {0, 6, 6},
     {{0}, {0, 0, 3}, {0, 3, 0}}},
    {"interleaving is even, wherever its CPUs are",
     "cpus: 4, memory: 1GiB, memory-policy: interleave, numa-nodes: [0, 1, 2]",
     {4, 0, 0},
     {4, 4, 4},
     {{0, 4, 4}}},
    {"weights follow bandwidth, which is told of nodes 0 and 1",
     "cpus: 4, memory: 1GiB, memory-policy: weighted-interleave, numa-nodes: [0, 1]",
     {4, 0, 0},
     {9, 3, 0},
     {{0, 3, 0}}},
    {"weights are equal where one is not told",
     "cpus: 4, memory: 1GiB, memory-policy: weighted-interleave, numa-nodes: [0, 2]",
     {4, 0, 0},
     {6, 0, 6},
     {{0, 0, 6}}},
    {"no CPUs of its own: no link is known to be used",
     "memory: 1GiB, numa-nodes: [1]",
     {0, 0, 0},
     {0, 12, 0},
     {{0}}},
};

static void test_traffic(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(traffic); i++) {
        autofree char *words = NULL;
        uint64_t load[CELLS] = {0};
        struct fixture f;
        const struct demand *demand;

        print_message("  %s\n", traffic[i].why);
        assert_true(
            asprintf(&words, "%s, workload: {memory-bandwidth: 12GiB/s}", traffic[i].words) > 0);
        f = make(words);
        set_bandwidth(&f, 0, 0, 30);
        set_bandwidth(&f, 1, 1, 10);
        set_bandwidth(&f, 0, 1, 5); /* a link: so there are such cells */
        demand = model_of(&f);
        assert_int_equal(cost_cells(&f.model), CELLS);
        cost_traffic(&f.model, demand, traffic[i].counts, load);
        cost_traffic(&f.model, demand, traffic[i].counts, load); /* it adds */
        for (unsigned int from = 0; from < NODES; from++) {
            assert_int_equal(load[from], 2 * traffic[i].load[from] * GIB);
            for (unsigned int to = 0; to < NODES; to++) {
                uint64_t asked = load[NODES + from * NODES + to];

                if (from != to)
                    assert_int_equal((asked + 4) / GIB, 2 * traffic[i].links[from][to]);
            }
        }
        end(&f);
    }
}

/* CPUs without memory beside them take it elsewhere: moving there hides no traffic. */
static void test_traffic_without_memory(void **state)
{
    struct fixture f = make("cpus: 4, workload: {memory-bandwidth: 12GiB/s}");
    const unsigned int counts[NODES] = {0, 0, 4};
    uint64_t load[CELLS] = {0};

    f.machine->nodes[2].total_bytes = 0;
    cost_traffic(&f.model, model_of(&f), counts, load);
    assert_int_equal(load[0], 6 * GIB);
    assert_int_equal(load[1], 6 * GIB);
    assert_int_equal(load[2], 0);
    end(&f);
}

static void test_no_traffic_said(void **state)
{
    struct fixture f = make("cpus: 4, memory: 1GiB");
    const unsigned int counts[NODES] = {4, 0, 0};
    uint64_t load[CELLS] = {0};

    cost_traffic(&f.model, model_of(&f), counts, load);
    assert_int_equal(cost_cells(&f.model), NODES); /* nothing is known of links */
    assert_int_equal(load[0], 0);
    assert_true(cost_saturation(&f.model, load) == 0);
    end(&f);
}

static const struct {
    const char *why;
    uint64_t load[CELLS]; /* GiB/s */
    int64_t cost;         /* thousandths of a local access */
} saturations[] = {
    {"nothing is asked for", {0}, 0},
    {"as much as there is", {20, 10, 100, 0, 5}, 0},
    {"half as much again", {30, 0, 0}, 2000},
    {"twice what there is", {0, 20, 0}, 4000},
    {"both", {30, 20, 0}, 6000},
    {"what node 2 gives is not known", {0, 0, 1000}, 0},
    {"the link from 0 to 1", {10, 10, 0, 0, 10}, 4000},
    {"what the link from 1 to 0 gives is not known", {0, 0, 0, 0, 0, 0, 100}, 0},
};

static void test_saturation(void **state)
{
    struct fixture f = make("cpus: 1");

    set_bandwidth(&f, 0, 0, 20);
    set_bandwidth(&f, 2, 1, 10); /* its best initiator is another node */
    set_bandwidth(&f, 0, 1, 5);
    (void)model_of(&f);
    for (size_t i = 0; i < ARRAY_SIZE(saturations); i++) {
        uint64_t load[CELLS];

        print_message("  %s\n", saturations[i].why);
        for (unsigned int j = 0; j < CELLS; j++)
            load[j] = saturations[i].load[j] * GIB;
        assert_int_equal(cost_saturation(&f.model, load) >> COST_SHIFT,
                         saturations[i].cost * COST_LOCAL / 1000);
    }
    end(&f);
}

/* What bounds are made of: parts together cost at least what each costs alone. */
static void test_saturation_adds_up(void **state)
{
    struct fixture f = make("cpus: 1");

    set_bandwidth(&f, 0, 0, 7);
    (void)model_of(&f);
    for (uint64_t a = 0; a < 30; a++) {
        for (uint64_t b = 0; b < 30; b++) {
            const uint64_t one[NODES] = {a * GIB}, other[NODES] = {b * GIB},
                           both[NODES] = {(a + b) * GIB};

            assert_true(cost_saturation(&f.model, both) >=
                        cost_saturation(&f.model, one) + cost_saturation(&f.model, other));
        }
    }
    end(&f);
}

/* The largest numbers that a file may say, many times over. */
static void test_saturation_does_not_overflow(void **state)
{
    struct fixture f = make("cpus: 1, workload: {memory-bandwidth: 64TiB/s}");
    const unsigned int counts[NODES] = {1, 0, 0};
    uint64_t load[CELLS] = {0};
    const struct demand *demand;
    cost128 before = 0;

    f.machine->bandwidth_mibps.value[0] = 1;
    demand = model_of(&f);
    for (unsigned int i = 0; i < 10000; i++) {
        cost128 cost;

        cost_traffic(&f.model, demand, counts, load);
        cost = cost_saturation(&f.model, load);
        assert_true(cost > before);
        before = cost;
    }
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_weights),
        cmocka_unit_test(test_weight_without_memory),
        cmocka_unit_test(test_traffic),
        cmocka_unit_test(test_traffic_without_memory),
        cmocka_unit_test(test_no_traffic_said),
        cmocka_unit_test(test_saturation),
        cmocka_unit_test(test_saturation_adds_up),
        cmocka_unit_test(test_saturation_does_not_overflow),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
