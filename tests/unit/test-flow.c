/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "flow.h"

enum { NODES = 3 };

#define NEVER FLOW_NEVER

struct flow_case {
    const char *why;
    uint64_t room[NODES];
    unsigned int n_sources;
    struct {
        uint64_t bytes;
        cost128 cost[NODES];
        uint64_t expected[NODES];
    } sources[3];
    int outcome; /* of the last source */
    int total;
};

static const struct flow_case cases[] = {
    {"the cheapest node", {10, 10, 10}, 1, {{6, {2, 1, 3}, {0, 6, 0}}}, FLOW_PLACED, 6},
    {"what is over goes to the next", {10, 4, 10}, 1, {{6, {2, 1, 3}, {2, 4, 0}}}, FLOW_PLACED, 8},
    {"the first gives way where it costs less",
     {10, 6, 10},
     2,
     {{6, {2, 1, 9}, {6, 0, 0}}, {6, {9, 1, 9}, {0, 6, 0}}},
     FLOW_PLACED,
     18},
    {"the first stays where giving way costs more",
     {10, 6, 10},
     2,
     {{6, {9, 1, 9}, {0, 6, 0}}, {6, {2, 1, 9}, {6, 0, 0}}},
     FLOW_PLACED,
     18},
    {"a chain of two moves",
     {6, 6, 6},
     3,
     {{6, {1, 2, NEVER}, {0, 6, 0}},
      {6, {NEVER, 1, 2}, {0, 0, 6}},
      {6, {1, NEVER, NEVER}, {6, 0, 0}}},
     FLOW_PLACED,
     30},
    {"no room", {4, 4, 4}, 1, {{9, {1, 1, NEVER}, {0}}}, FLOW_NO_ROOM, 0},
    {"nowhere to go", {4, 4, 4}, 1, {{1, {NEVER, NEVER, NEVER}, {0}}}, FLOW_NO_ROOM, 0},
};

static void test_cases(void **state)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct flow_case *c = &cases[i];
        struct flow flow;
        int r = FLOW_PLACED;

        print_message("  %s\n", c->why);
        assert_int_equal(flow_init(&flow, NODES, c->room), 0);
        for (unsigned int s = 0; s < c->n_sources; s++)
            r = flow_add(&flow, c->sources[s].bytes, c->sources[s].cost);
        assert_int_equal(r, c->outcome);
        for (unsigned int s = 0; r == FLOW_PLACED && s < c->n_sources; s++)
            assert_memory_equal(&flow.bytes[s * NODES], c->sources[s].expected,
                                sizeof(c->sources[s].expected));
        if (r == FLOW_PLACED)
            assert_int_equal((int)flow.total, c->total);
        flow_fini(&flow);
    }
}

/* Going back restores what others had to move for, too. */
static void test_back(void **state)
{
    const struct flow_case *c = &cases[2];
    struct flow_mark mark;
    struct flow flow;

    assert_int_equal(flow_init(&flow, NODES, c->room), 0);
    assert_int_equal(flow_add(&flow, 6, c->sources[0].cost), FLOW_PLACED);
    assert_int_equal(flow.bytes[1], 6);
    mark = flow_mark(&flow);
    assert_int_equal(flow_add(&flow, 6, c->sources[1].cost), FLOW_PLACED);
    assert_int_equal(flow.bytes[1], 0);
    flow_back(&flow, mark);
    assert_int_equal(flow.bytes[1], 6);
    assert_int_equal(flow.room[0], 10);
    assert_int_equal((int)flow.total, 6);
    flow_fini(&flow);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_cases), cmocka_unit_test(test_back)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
