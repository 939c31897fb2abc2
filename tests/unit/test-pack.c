/* SPDX-License-Identifier: Apache-2.0 */
/* Packing against all ways there are: random small holes and items, in pages. */
#include "test.h"

#include "pack.h"
#include "size.h"

#include <string.h>

enum { CASES = 20000, HOLES_MAX = 4, ITEMS_MAX = 6, PAGE = 4096 };

static uint64_t seed;

static unsigned int below(unsigned int n)
{
    uint64_t z = (seed += 0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return (unsigned int)((z ^ (z >> 31)) % n);
}

static bool can_pack(uint64_t *room, unsigned int n_holes, const struct pack_item *items,
                     unsigned int n_items)
{
    if (n_items == 0)
        return true;
    for (unsigned int i = 0; i < n_holes; i++) {
        bool can;

        if (room[i] < items[0].bytes)
            continue;
        room[i] -= items[0].bytes;
        can = can_pack(room, n_holes, items + 1, n_items - 1);
        room[i] += items[0].bytes;
        if (can)
            return true;
    }
    return false;
}

static bool is_inside(const struct pack_item *item, const struct region *holes, unsigned int n)
{
    for (unsigned int i = 0; i < n; i++) {
        if (region_common_bytes((struct region){item->base, item->bytes}, holes[i]) == item->bytes)
            return true;
    }
    return false;
}

static void check_packed(const struct region *before, const struct region *after,
                         unsigned int n_holes, const struct pack_item *items, unsigned int n_items)
{
    uint64_t had = 0, left = 0, used = 0;

    for (unsigned int i = 0; i < n_holes; i++) {
        had += before[i].bytes;
        left += after[i].bytes;
    }
    for (unsigned int i = 0; i < n_items; i++) {
        struct region region = {items[i].base, items[i].bytes};

        used += items[i].bytes;
        assert_int_equal(items[i].base % PAGE, 0);
        assert_true(is_inside(&items[i], before, n_holes));
        for (unsigned int j = 0; j < i; j++)
            assert_int_equal(
                region_common_bytes(region, (struct region){items[j].base, items[j].bytes}), 0);
        for (unsigned int j = 0; j < n_holes; j++)
            assert_int_equal(region_common_bytes(region, after[j]), 0);
    }
    assert_int_equal(left + used, had);
}

/* Whether it could be packed. */
static bool run_case(void)
{
    struct region holes[HOLES_MAX], before[HOLES_MAX];
    struct pack_item items[ITEMS_MAX];
    uint64_t room[HOLES_MAX], base = PAGE;
    unsigned int n_holes = 1 + below(HOLES_MAX), n_items = below(ITEMS_MAX + 1);
    struct pack_effort effort = {0};
    int outcome;

    for (unsigned int i = 0; i < n_holes; i++) {
        holes[i] = (struct region){base, (1 + below(9)) * (uint64_t)PAGE};
        room[i] = holes[i].bytes;
        base += holes[i].bytes + PAGE;
    }
    for (unsigned int i = 0; i < n_items; i++)
        items[i] = (struct pack_item){.bytes = (1 + below(6)) * (uint64_t)PAGE, .tag = i};
    memcpy(before, holes, sizeof(before));
    outcome = pack(holes, n_holes, items, n_items, &effort);
    assert_int_equal(outcome == PACK_DONE, can_pack(room, n_holes, items, n_items));
    assert_int_not_equal(outcome, PACK_UNKNOWN);
    if (outcome == PACK_DONE)
        check_packed(before, holes, n_holes, items, n_items);
    else
        assert_memory_equal(before, holes, n_holes * sizeof(*holes));
    return outcome == PACK_DONE;
}

static void test_against_all_ways(void **state)
{
    unsigned int n_packed = 0;

    for (unsigned int i = 0; i < CASES; i++) {
        seed = i;
        n_packed += run_case();
    }
    assert_in_range(n_packed, CASES / 4, CASES - CASES / 4);
}

/* At 2 MiB boundaries while that costs nothing, at pages when it must be. */
static void test_alignment(void **state)
{
    struct region hole = {MIB, 7 * MIB};
    struct pack_item items[] = {{.bytes = 2 * MIB, .tag = 0}, {.bytes = 4 * MIB, .tag = 1}};
    struct pack_effort effort = {0};

    assert_int_equal(pack(&hole, 1, items, 2, &effort), PACK_DONE);
    assert_int_equal(items[0].tag, 1);
    assert_int_equal(items[0].base, 2 * MIB);
    assert_int_equal(items[1].base, 6 * MIB);
    hole = (struct region){MIB, 6 * MIB};
    assert_int_equal(pack(&hole, 1, items, 2, &effort), PACK_DONE);
    assert_int_equal(items[0].base, MIB);
    assert_int_equal(hole.bytes, 0);
}

/* Many that cannot be packed: an end, and no proof. */
static void test_limit(void **state)
{
    struct region holes[12];
    struct pack_item items[60];
    struct pack_effort effort = {0};

    for (unsigned int i = 0; i < 12; i++)
        holes[i] = (struct region){i * (uint64_t)GIB, (101 + i) * (uint64_t)PAGE};
    for (unsigned int i = 0; i < 60; i++)
        items[i] = (struct pack_item){.bytes = (17 + i % 5 * 2) * (uint64_t)PAGE, .tag = i};
    assert_int_not_equal(pack(holes, 12, items, 60, &effort), PACK_DONE);
    assert_in_range(effort.steps, 1, 50000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_all_ways),
        cmocka_unit_test(test_alignment),
        cmocka_unit_test(test_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
