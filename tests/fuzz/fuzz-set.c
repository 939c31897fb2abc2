/* SPDX-License-Identifier: Apache-2.0 */
/* Texts of sets and of sizes: what is read and written is read again as the same. */

#include "fuzz.h"

#include "set.h"
#include "size.h"

static void require_round_trip(hwloc_const_bitmap_t set)
{
    autofree char *written = set_format(set);
    autoset hwloc_bitmap_t again = NULL;

    REQUIRE(written);
    REQUIRE(set_parse_list(written, &again, NULL) == 0);
    REQUIRE(hwloc_bitmap_isequal(set, again));
}

static void try_expression(const char *text)
{
    autoset hwloc_bitmap_t universe = hwloc_bitmap_alloc(), set = NULL;
    struct set_expr expr;
    struct np_error err = {0};
    int r;

    REQUIRE(universe && hwloc_bitmap_set_range(universe, 2, 65) == 0);
    r = set_expr_parse(text, &expr, &err);
    if (r < 0) {
        REQUIRE(err.code == r);
        return;
    }
    if (set_expr_resolve(&expr, universe, &set, NULL) == 0)
        require_round_trip(set);
    set_expr_fini(&expr);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    autoset hwloc_bitmap_t list = NULL, mask = NULL;
    autofree char *text = strndup((const char *)data, size);
    uint64_t bytes;

    REQUIRE(text);
    if (set_parse_list(text, &list, NULL) == 0)
        require_round_trip(list);
    if (set_parse_mask(text, &mask, NULL) == 0)
        require_round_trip(mask);
    try_expression(text);
    if (size_parse(text, &bytes, NULL) == 0)
        REQUIRE(bytes <= UINT64_MAX / 2);
    return 0;
}
