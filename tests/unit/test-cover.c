/* SPDX-License-Identifier: Apache-2.0 */
/* Minimum vertex covers: small graphs against an oracle that tries every set. */

#include "test.h"

#include "cover.h"

#include <string.h>

enum { VERTICES_MAX = 64 };

struct fixture {
    struct cover_graph graph;
    hwloc_bitmap_t neighbours[VERTICES_MAX];
    uint64_t weight[VERTICES_MAX];
};

static int sum_of_weights(const void *context, const unsigned int *members, unsigned int n_members,
                          const bool *yields, uint64_t *ret_cost)
{
    const struct fixture *f = context;

    *ret_cost = 0;
    for (unsigned int i = 0; i < n_members; i++)
        *ret_cost += yields[members[i]] ? f->weight[members[i]] : 0;
    return 0;
}

static void fixture_init(struct fixture *f, unsigned int n)
{
    memset(f, 0, sizeof(*f));
    for (unsigned int i = 0; i < n; i++) {
        f->neighbours[i] = hwloc_bitmap_alloc();
        assert_non_null(f->neighbours[i]);
    }
    f->graph = (struct cover_graph){
        .n = n, .neighbours = f->neighbours, .cost = sum_of_weights, .context = f};
}

static void fixture_fini(struct fixture *f)
{
    for (unsigned int i = 0; i < f->graph.n; i++)
        hwloc_bitmap_free(f->neighbours[i]);
}

static void connect(struct fixture *f, unsigned int a, unsigned int b)
{
    assert_int_equal(hwloc_bitmap_set(f->neighbours[a], b), 0);
    assert_int_equal(hwloc_bitmap_set(f->neighbours[b], a), 0);
}

static bool is_covered(const struct fixture *f, const bool *yields)
{
    for (unsigned int a = 0; a < f->graph.n; a++) {
        for (unsigned int b = 0; b < a; b++) {
            if (hwloc_bitmap_isset(f->neighbours[a], b) && !yields[a] && !yields[b])
                return false;
        }
    }
    return true;
}

static void unpack(unsigned int set, bool *yields)
{
    for (unsigned int i = 0; i < VERTICES_MAX; i++)
        yields[i] = i < 32 && (set >> i & 1);
}

/* Does set a have its first member behind the first one of b, where they differ? */
static bool is_later(unsigned int a, unsigned int b)
{
    unsigned int differ = a ^ b;

    return differ && !(a & (differ & -differ));
}

/* All sets, the better one kept: fewer members, then less cost, then the first vertex that differs
 * stays. Those that yield anyway are in all of them. */
static unsigned int find_best(const struct fixture *f, unsigned int anyway)
{
    unsigned int all[VERTICES_MAX], best = 0, fewest = VERTICES_MAX;
    uint64_t least = UINT64_MAX;

    for (unsigned int i = 0; i < VERTICES_MAX; i++)
        all[i] = i;
    for (unsigned int set = 0; set < 1U << f->graph.n; set++) {
        unsigned int n = (unsigned int)__builtin_popcount(set);
        bool yields[VERTICES_MAX];
        uint64_t cost;

        unpack(set, yields);
        if ((set & anyway) != anyway || n > fewest || !is_covered(f, yields))
            continue;
        assert_int_equal(sum_of_weights(f, all, f->graph.n, yields, &cost), 0);
        if (n < fewest || cost < least || (cost == least && is_later(set, best))) {
            fewest = n;
            least = cost;
            best = set;
        }
    }
    return best;
}

static void assert_best(struct fixture *f, unsigned int anyway)
{
    bool yields[VERTICES_MAX];
    unsigned int found = 0;

    unpack(anyway, yields);
    assert_int_equal(cover_find(&f->graph, yields), 0);
    for (unsigned int i = 0; i < f->graph.n; i++)
        found |= yields[i] ? 1U << i : 0;
    assert_int_equal(found, find_best(f, anyway));
}

static unsigned int random_below(unsigned int *seed, unsigned int limit)
{
    *seed = *seed * 1103515245 + 12345;
    return (*seed >> 16) % limit;
}

/* Graphs of all densities, with and without weights, some vertices yielding anyway. */
static void test_oracle(void **state)
{
    unsigned int seed = 1;

    for (unsigned int round = 0; round < 2000; round++) {
        struct fixture f;
        unsigned int n = 1 + random_below(&seed, 9), density = 1 + random_below(&seed, 9);
        unsigned int anyway = 0;

        fixture_init(&f, n);
        for (unsigned int a = 0; a < n; a++) {
            f.weight[a] = round % 2 ? random_below(&seed, 4) : 0;
            if (random_below(&seed, 8) == 0)
                anyway |= 1U << a;
            for (unsigned int b = 0; b < a; b++) {
                if (random_below(&seed, 10) < density)
                    connect(&f, a, b);
            }
        }
        assert_best(&f, anyway);
        fixture_fini(&f);
    }
}

/* The middle one of three, not the two others; the later of two. */
static void test_named(void **state)
{
    struct fixture f;
    bool yields[VERTICES_MAX] = {false};

    fixture_init(&f, 5);
    connect(&f, 0, 1);
    connect(&f, 1, 2);
    connect(&f, 3, 4);
    assert_int_equal(cover_find(&f.graph, yields), 0);
    assert_false(yields[0] || yields[2] || yields[3]);
    assert_true(yields[1] && yields[4]);
    fixture_fini(&f);
}

/* A ring of more than can be solved exactly: still covered. A ring of the most that can. */
static void test_large(void **state)
{
    static const unsigned int sizes[] = {COVER_EXACT_MAX, VERTICES_MAX};

    for (size_t s = 0; s < ARRAY_SIZE(sizes); s++) {
        struct fixture f;
        bool yields[VERTICES_MAX] = {false};
        unsigned int n = 0;

        fixture_init(&f, sizes[s]);
        for (unsigned int i = 0; i < sizes[s]; i++)
            connect(&f, i, (i + 1) % sizes[s]);
        assert_int_equal(cover_find(&f.graph, yields), 0);
        assert_true(is_covered(&f, yields));
        for (unsigned int i = 0; i < sizes[s]; i++)
            n += yields[i];
        assert_in_range(n, sizes[s] / 2, s == 0 ? sizes[s] / 2 : sizes[s] - 1);
        fixture_fini(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_oracle),
        cmocka_unit_test(test_named),
        cmocka_unit_test(test_large),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
