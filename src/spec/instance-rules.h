/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SPEC_INSTANCE_RULES_H
#define SPEC_INSTANCE_RULES_H

/* What the values of an instance may be, whatever format says them. */

#include <stdbool.h>
#include <stdint.h>

enum {
    INSTANCE_NAME_MAX = 64,
    INSTANCE_PID_MAX = 4194304, /* PID_MAX_LIMIT of a 64-bit kernel */
    INSTANCE_WEIGHT_MAX = 1000,
};

/* Far above what any memory gives, and low enough for sums of costs. */
#define INSTANCE_BANDWIDTH_MAX (UINT64_C(1) << 46)

/* The name becomes a cgroup's: 1 to 64 letters, digits and . _ - and no . first. */
bool instance_name_is_valid(const char *name);

/* A path below the cgroup root, without its first '/': no component is empty, "." or "..". */
bool cgroup_path_is_valid(const char *path);

#endif
