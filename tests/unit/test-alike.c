/* SPDX-License-Identifier: Apache-2.0 */
/* Demands are alike only if exchanging them changes neither what is allowed nor what it costs. */

#include "test.h"

#include "alike.h"

static bool first[] = {true, false}, the_same[] = {true, false}, second[] = {false, true};
static unsigned int counts[] = {2, 0};

static struct demand usual(void)
{
    return (struct demand){
        .n_cpus = 2,
        .bytes = 4096,
        .affinity = CPU_AFFINITY_COMPACT,
        .policy = MEMORY_POLICY_BIND,
        .smt = SMT_AVOID,
        .near = 1,
        .weight = 2,
        .traffic = 100,
        .preferred = first,
    };
}

#define CHECK(change, alike)                                                                       \
    do {                                                                                           \
        struct demand a = usual(), b = usual();                                                    \
                                                                                                   \
        b.change;                                                                                  \
        print_message("  %s\n", #change);                                                          \
        assert_int_equal(demands_are_alike(&model, &a, &b), alike);                                \
        assert_int_equal(demands_are_alike(&model, &b, &a), alike);                                \
    } while (0)

static void test_alike(void **state)
{
    const struct model model = {.n_nodes = 2};

    CHECK(n_cpus = 2, true);
    CHECK(preferred = the_same, true);
    CHECK(n_cpus = 3, false);
    CHECK(bytes = 8192, false);
    CHECK(affinity = CPU_AFFINITY_SPREAD, false);
    CHECK(policy = MEMORY_POLICY_LOCAL, false);
    CHECK(smt = SMT_ANY, false);
    CHECK(near = 0, false);
    CHECK(weight = 3, false);
    CHECK(latency_sensitive = true, false);
    CHECK(traffic = 200, false);
    CHECK(preferred = second, false);
    CHECK(preferred = NULL, false);
    CHECK(fixed = counts, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_alike)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
