/* SPDX-License-Identifier: Apache-2.0 */
/* Sets in numactl's words: what is accepted keeps to what is there. */

#include "fuzz.h"

#include "selection.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    autoset hwloc_bitmap_t granted = hwloc_bitmap_alloc(), universe = hwloc_bitmap_alloc();
    const struct selection_scope scope = {
        .granted = granted, .valid = granted, .universe = universe};
    autofree char *text = strndup((const char *)data, size);
    struct selection selection;
    struct np_error err = {0};
    int r;

    REQUIRE(text && granted && universe);
    REQUIRE(hwloc_bitmap_set_range(granted, 2, 65) == 0);
    REQUIRE(hwloc_bitmap_set_range(universe, 0, 127) == 0);
    r = selection_parse(&scope, text, &selection, &err);
    if (r < 0) {
        REQUIRE(err.code == r);
        return 0;
    }
    REQUIRE(hwloc_bitmap_isincluded(selection.set, universe));
    REQUIRE(!hwloc_bitmap_intersects(selection.outside, granted));
    REQUIRE(!selection.exact || hwloc_bitmap_isincluded(selection.set, granted));
    selection_fini(&selection);
    return 0;
}
