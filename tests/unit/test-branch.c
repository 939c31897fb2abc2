/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bounds, branches over the relaxation, and placements that are built, against all placements that
 * there are: random files for three nodes. What a placement costs is asked of the cost model here;
 * that it is right, the oracle of plan-oracle.h says.
 */

#include "test.h"

#include "branch.h"
#include "improve.h"
#include "layout.h"
#include "seats.h"
#include "size.h"

#include <string.h>

#include "make-machine.h"
#include "random.h"

enum {
    CASES = 2000,
    NODES = 3,
    INSTANCES_MAX = 6,
    BOUND_ROUNDS = 30,
    LIMIT = 100000000,
};

static void nothing_told(void *data, unsigned long work, cost128 bound)
{
}

struct fixture {
    struct machine *machine;
    struct spec *spec;
    struct wishes *wishes;
    struct model model;
    struct kinds kinds;
    struct bound bound;
    struct seats seats;
    unsigned int *counts; /* of seats */
    struct shapes shapes[INSTANCES_MAX];
    cost128 best;  /* of all placements; FLOW_NEVER: there is none */
    cost128 known; /* of those that were judged */
};

static struct machine *random_machine(void)
{
    struct machine_plan plan = {
        .n_nodes = NODES, .n_cpus = 4 + 2 * below(2), .smt = 2, .bytes = (6 + below(6)) * 4 * MIB};
    struct machine *machine = make_machine(&plan);

    for (unsigned int i = 0; i < NODES * NODES; i++)
        machine->distance.value[i] = i % (NODES + 1) == 0 ? 10 : 11 + below(25);
    machine->bandwidth_mibps.value = calloc((size_t)NODES * NODES, sizeof(uint64_t));
    machine->bandwidth_mibps.source = MATRIX_MEASURED;
    for (unsigned int i = 0; i < NODES * NODES; i++)
        machine->bandwidth_mibps.value[i] = i % (NODES + 1) == 0 ? 4000
                                            : one_in(2)          ? 1000
                                                                 : UNKNOWN_U64;
    return machine;
}

static char *random_yaml(void)
{
    static const char *const affinities[] = {"compact", "compact", "spread", "local"};
    static const char *const rules[] = {"any", "any", "avoid", "whole-cores"};
    unsigned int n = 3 + below(INSTANCES_MAX - 2);
    char *text = NULL;
    size_t length;
    FILE *yaml = open_memstream(&text, &length);

    fputs("version: 1\ndevices: {eth0: {node: 1}}\ninstances:\n", yaml);
    for (unsigned int i = 0; i < n; i++) {
        fprintf(yaml, "  - {name: i%u, cpus: %u, memory: %uMiB, cpu-affinity: %s, smt: %s", i,
                1 + below(3), 4 * (1 + below(6)), affinities[below(4)], rules[below(4)]);
        if (one_in(3))
            fprintf(yaml, ", numa-nodes: [%u]", below(NODES));
        if (one_in(4))
            fputs(", near: eth0", yaml);
        fprintf(yaml, ", workload: {weight: %u", 1 + below(3));
        if (one_in(2))
            fprintf(yaml, ", memory-bandwidth: %uMiB/s", 800 * (1 + below(5)));
        fputs("}}\n", yaml);
    }
    fclose(yaml);
    return text;
}

/* Not every random file is sound: false. */
static bool make(struct fixture *f, uint64_t number)
{
    const struct plan_options options = {0};
    struct np_error err = {0};
    autofree char *yaml = NULL;

    *f = (struct fixture){.best = FLOW_NEVER, .known = FLOW_NEVER};
    random_seed = number;
    f->machine = random_machine();
    yaml = random_yaml();
    if (spec_parse("random", yaml, strlen(yaml), &f->spec, &err) < 0 ||
        wishes_resolve(f->machine, f->spec, &f->wishes, &err) < 0)
        return false;
    assert_int_equal(model_init(&f->model, f->wishes, &options), 0);
    assert_int_equal(kinds_make(&f->model, 0, f->model.n_demands, &f->kinds), 0);
    assert_int_equal(plan_bound_init(&f->bound, &f->kinds), 0);
    f->counts = calloc((size_t)f->model.n_demands * NODES, sizeof(*f->counts));
    assert_int_equal(seats_init(&f->seats, &f->model, f->counts), 0);
    for (unsigned int i = 0; i < f->model.n_demands; i++) {
        const unsigned int room[NODES] = {f->model.nodes[0].n_cpus, f->model.nodes[1].n_cpus,
                                          f->model.nodes[2].n_cpus};

        assert_int_equal(
            shapes_make(&f->model, &f->model.demands[i], room, SHAPES_PACKING, &f->shapes[i]), 0);
        assert_true(f->shapes[i].all);
    }
    return true;
}

static void end(struct fixture *f)
{
    for (unsigned int i = 0; i < INSTANCES_MAX; i++)
        shapes_fini(&f->shapes[i]);
    seats_fini(&f->seats);
    plan_bound_fini(&f->bound);
    kinds_fini(&f->kinds);
    model_fini(&f->model);
    free(f->counts);
    (void)wishes_free(f->wishes);
    (void)spec_free(f->spec);
    (void)machine_free(f->machine);
}

/* FLOW_NEVER when there is no room for the memory. */
static cost128 cost_of(const struct model *model, const unsigned int *counts)
{
    autofree uint64_t *load = calloc(cost_cells(model), sizeof(*load));
    cost128 cost = FLOW_NEVER;
    struct layout layout;

    if (layout_make(model, counts, 0, model->n_demands, &layout) == LAYOUT_MADE) {
        cost = layout.flow.total;
        for (unsigned int i = 0; i < model->n_demands; i++) {
            cost += shape_cost(model, &model->demands[i], &counts[i * NODES]);
            cost_traffic(model, &model->demands[i], &counts[i * NODES], load);
        }
        cost += cost_saturation(model, load);
    }
    layout_fini(&layout);
    return cost;
}

/* All placements of the demands from this one on; those before it cost at least so much, each for
 * itself. */
static void try_all(struct fixture *f, unsigned int demand, cost128 before)
{
    const struct shapes *shapes = &f->shapes[demand];

    if (demand == f->model.n_demands) {
        cost128 cost = cost_of(&f->model, f->counts);

        if (cost < f->best)
            f->best = cost;
        return;
    }
    for (unsigned int i = 0; i < shapes->n_shapes; i++) {
        cost128 least = before + shapes->shapes[i].bound;

        if (least >= f->best)
            break; /* the others cost no less */
        memcpy(&f->counts[demand * NODES], shapes->shapes[i].counts, NODES * sizeof(*f->counts));
        if (seats_take(&f->seats, demand) == NODES)
            try_all(f, demand + 1, least);
        seats_leave(&f->seats, demand);
    }
    memset(&f->counts[demand * NODES], 0, NODES * sizeof(*f->counts));
}

static unsigned int crowded(void *data, const unsigned int *counts)
{
    struct fixture *f = data;
    unsigned int node = NODES, n = 0;

    while (node == NODES && n < f->model.n_demands) {
        memcpy(&f->counts[n * NODES], &counts[n * NODES], NODES * sizeof(*counts));
        node = seats_take(&f->seats, n++);
    }
    while (n > 0)
        seats_leave(&f->seats, --n);
    return node;
}

static int judge(void *data, const unsigned int *counts, cost128 *ret_known)
{
    struct fixture *f = data;
    cost128 cost = cost_of(&f->model, counts);

    assert_int_equal(crowded(f, counts), NODES);
    if (cost < f->known)
        f->known = cost;
    *ret_known = f->known;
    return 0;
}

static bool is_near(cost128 a, cost128 b)
{
    cost128 by = branch_tolerance(a > b ? a : b) + 1;

    return a == b || (a != FLOW_NEVER && b != FLOW_NEVER && a - b <= by && b - a <= by);
}

static const char *check_branches(struct fixture *f)
{
    struct branch_request request = {
        .kinds = &f->kinds,
        .bound = &f->bound,
        .n = f->model.n_demands,
        .limit = LIMIT,
        .crowded = crowded,
        .judge = judge,
        .tell = nothing_told,
        .data = f,
        .known = FLOW_NEVER,
    };
    struct branch_result result;

    assert_int_equal(branch_run(&request, &result), 0);
    if (!is_near(f->known, f->best))
        return "branches do not find the cheapest";
    if (f->best != FLOW_NEVER && result.bound + branch_tolerance(f->best) < f->best)
        return "branches do not prove the cheapest";
    if (f->best != FLOW_NEVER && f->bound.value > f->best + branch_tolerance(f->best))
        return "the relaxation's bound is too high";
    return NULL;
}

static const char *check_bound(struct fixture *f)
{
    if (f->best == FLOW_NEVER)
        return NULL;
    bound_raise(&f->bound, f->best, BOUND_ROUNDS);
    return f->bound.value > f->best ? "the bound is too high" : NULL;
}

static const char *check_built(struct fixture *f)
{
    struct improve_request request = {
        .kinds = &f->kinds, .bound = &f->bound, .n = f->model.n_demands, .limit = LIMIT};
    struct improve_result result = {0};
    const char *wrong = NULL;

    assert_int_equal(improve_run(&request, &result), 0);
    if (result.counts && crowded(f, result.counts) < NODES)
        wrong = "what is built does not fit";
    else if (result.counts && cost_of(&f->model, result.counts) < f->best)
        wrong = "what is built is cheaper than all there is";
    if (f->best != FLOW_NEVER && f->bound.value > f->best)
        wrong = "the prices of exchanges bound too high";
    free(result.counts);
    return wrong;
}

static void test_against_all(void **state)
{
    unsigned int n_placed = 0, n_impossible = 0;

    for (uint64_t number = 0; number < CASES; number++) {
        const char *wrong = NULL;
        struct fixture f;

        if (make(&f, number)) {
            try_all(&f, 0, 0);
            n_placed += f.best != FLOW_NEVER;
            n_impossible += f.best == FLOW_NEVER;
            wrong = check_bound(&f);
            if (!wrong)
                wrong = check_built(&f);
            if (!wrong)
                wrong = check_branches(&f);
        }
        if (wrong)
            fail_msg("case %u: %s", (unsigned int)number, wrong);
        end(&f);
    }
    print_message("%u placed, %u impossible\n", n_placed, n_impossible);
    assert_true(n_placed > CASES / 4);
    assert_true(n_impossible > CASES / 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_against_all)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
