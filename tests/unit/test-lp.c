/* SPDX-License-Identifier: Apache-2.0 */
/* Small programs whose optimum is known, and random ones against all of their corners. */

#include "test.h"

#include "lp.h"

#include <math.h>

#include "random.h"

#define NEVER 1000.0
#define NEAR 1e-4

static struct lp make(const struct lp_row *rows, unsigned int n)
{
    struct lp lp;

    assert_int_equal(lp_init(&lp, rows, n, NEVER), 0);
    return lp;
}

static void add(struct lp *lp, double cost, double a, double b)
{
    const struct lp_entry entries[] = {{0, a}, {1, b}};

    assert_int_not_equal(lp_add(lp, cost, entries, 2), LP_NONE);
}

static void assert_near(double a, double b)
{
    if (fabs(a - b) > NEAR)
        fail_msg("%.9f is not %.9f", a, b);
}

/* One demand and a limit: the cheap column takes the room, the dear one the rest. */
static void test_limit(void **state)
{
    const struct lp_row rows[] = {{1, true}, {2, false}};
    struct lp lp = make(rows, 2);

    add(&lp, 1, 1, 4);
    add(&lp, 3, 1, 0);
    assert_true(lp_solve(&lp, 100));
    assert_near(lp_cost(&lp), 2);
    assert_near(lp.dual[0], 3);
    assert_near(lp.dual[1], -0.5); /* half a cost for each piece of room more */
    lp_fini(&lp);
}

static void test_not_possible(void **state)
{
    const struct lp_row rows[] = {{1, true}, {2, false}};
    struct lp lp = make(rows, 2);

    add(&lp, 1, 1, 4);
    assert_true(lp_solve(&lp, 100));
    assert_near(lp_cost(&lp), 0.5 + NEVER / 2);
    lp_fini(&lp);
}

/* A banned column is left, and comes back. */
static void test_ban(void **state)
{
    const struct lp_row rows[] = {{1, true}, {2, false}};
    struct lp lp = make(rows, 2);

    add(&lp, 1, 1, 2);
    add(&lp, 3, 1, 0);
    assert_true(lp_solve(&lp, 100));
    assert_near(lp_cost(&lp), 1);
    lp_ban(&lp, 2, true);
    lp_reprice(&lp);
    assert_true(lp_solve(&lp, 100));
    assert_near(lp_cost(&lp), 3);
    lp_ban(&lp, 2, false);
    lp_reprice(&lp);
    assert_true(lp_solve(&lp, 100));
    assert_near(lp_cost(&lp), 1);
    lp_fini(&lp);
}

static void test_ends(void **state)
{
    const struct lp_row rows[] = {{1, true}, {2, false}};
    struct lp lp = make(rows, 2);

    add(&lp, 1, 1, 4);
    add(&lp, 3, 1, 0);
    assert_false(lp_solve(&lp, 1));
    lp_fini(&lp);
}

enum { COLUMNS = 6 };

/* The least cost of one column alone or of two that share row 0: the corners, with two rows. */
static double cheapest_corner(const double cost[COLUMNS], const double use[COLUMNS], double room)
{
    double best = INFINITY;

    for (unsigned int i = 0; i < COLUMNS; i++) {
        if (use[i] <= room && cost[i] < best)
            best = cost[i];
        for (unsigned int j = 0; j < COLUMNS; j++) {
            double part = (room - use[j]) / (use[i] - use[j]);

            if (use[i] > room && use[j] < room && part * cost[i] + (1 - part) * cost[j] < best)
                best = part * cost[i] + (1 - part) * cost[j];
        }
    }
    return best;
}

static void test_corners(void **state)
{
    for (unsigned int number = 0; number < 1000; number++) {
        const struct lp_row rows[] = {{1, true}, {4, false}};
        struct lp lp = make(rows, 2);
        double cost[COLUMNS], use[COLUMNS];

        random_seed = number;
        for (unsigned int i = 0; i < COLUMNS; i++) {
            cost[i] = 1 + below(20);
            use[i] = i == 0 ? 0 : below(9); /* there is always a way */
            add(&lp, cost[i], 1, use[i]);
        }
        assert_true(lp_solve(&lp, 100));
        assert_near(lp_cost(&lp), cheapest_corner(cost, use, 4));
        for (unsigned int i = 0; i < COLUMNS; i++) {
            const struct lp_entry entries[] = {{0, 1}, {1, use[i]}};

            assert_true(lp_reduced(&lp, cost[i], entries, 2) > -NEAR);
        }
        lp_fini(&lp);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_limit),   cmocka_unit_test(test_not_possible),
        cmocka_unit_test(test_ban),     cmocka_unit_test(test_ends),
        cmocka_unit_test(test_corners),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
