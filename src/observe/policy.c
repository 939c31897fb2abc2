/* SPDX-License-Identifier: Apache-2.0 */
/* The policy texts of numa_maps: mode[=flags][:nodes], as mpol_to_str() writes them. */

#include "observation.h"

#include "set.h"

#include <string.h>

/* show_numa_map() prints through a buffer of 64 bytes, so a text that fills it may have lost its
 * end, and "1" in place of "12" would be believed. */
static bool may_be_cut(const char *text)
{
    return strlen(text) == 63;
}

int policy_parse(const char *text, enum policy_mode *ret_mode, hwloc_bitmap_t *ret_nodes)
{
    static const struct {
        const char *name;
        enum policy_mode mode;
    } modes[] = {
        {"default", POLICY_DEFAULT},
        {"local", POLICY_DEFAULT},
        {"prefer", POLICY_PREFER},
        {"prefer (many)", POLICY_PREFER},
        {"bind", POLICY_BIND},
        {"interleave", POLICY_INTERLEAVE},
        {"weighted interleave", POLICY_WEIGHTED},
    };
    autoset hwloc_bitmap_t nodes = NULL;
    enum policy_mode mode = POLICY_UNKNOWN;
    const char *colon = strchr(text, ':');
    size_t length = strcspn(text, "=:");
    int r;

    for (size_t i = 0; i < ARRAY_SIZE(modes) && !may_be_cut(text); i++) {
        if (strlen(modes[i].name) == length && memcmp(modes[i].name, text, length) == 0)
            mode = modes[i].mode;
    }
    r = set_parse_list(colon && mode != POLICY_UNKNOWN ? colon + 1 : "", &nodes, NULL);
    if (r == -ENOMEM)
        return r;
    if (r < 0) {
        mode = POLICY_UNKNOWN;
        nodes = hwloc_bitmap_alloc();
        if (!nodes)
            return -ENOMEM;
    }
    *ret_mode = mode;
    *ret_nodes = TAKE(nodes);
    return 0;
}
