/* SPDX-License-Identifier: Apache-2.0 */
/* One instance of a file: see apply-instance.h. */

#include "apply-instance.h"

int apply_check_targets(const struct plan *plan, struct np_error *err)
{
    for (unsigned int i = 0; i < plan->n_placements; i++) {
        if (plan->placements[i].instance->target != TARGET_NONE)
            return 0;
    }
    error_set(err, -EINVAL, "%s names nothing to start: its instances are only planned",
              plan->spec->file);
    error_hint(err,
               "`numaplace apply %s --instance NAME -- COMMAND...` starts a command where the "
               "instance belongs",
               plan->spec->file);
    return -EINVAL;
}

int apply_check_free(const struct plan *plan, struct np_error *err)
{
    const struct placement *placement = plan->placements;

    for (unsigned int i = 0; i < placement->n_shares; i++) {
        const struct share *share = &placement->shares[i];
        const struct node *node = machine_node(plan->machine, share->node);
        char wanted[SIZE_TEXT_MAX], free[SIZE_TEXT_MAX];

        if (!node || node->free_bytes == UNKNOWN_U64 || node->free_bytes >= share->bytes)
            continue;
        error_set(err, -ENOSPC, "\"%s\" is to have %s on node %u, where %s are free now",
                  placement->instance->name, size_format(share->bytes, wanted), share->node,
                  size_format(node->free_bytes, free));
        error_hint(err, "free memory there (`numaplace ps` says who has it), or ask for less");
        return -ENOSPC;
    }
    return 0;
}

int apply_check_others(const struct placement *placement, const struct applied *applied,
                       unsigned int n, struct np_error *err)
{
    for (unsigned int i = 0; i < n; i++) {
        autofree char *cpus = NULL;

        if (!applied[i].same_boot || !hwloc_bitmap_intersects(applied[i].cpus, placement->cpus))
            continue;
        cpus = set_format(applied[i].cpus);
        error_set(err, -EEXIST,
                  "\"%s\" is to have CPUs of \"%s\" (%s), applied as transaction %lld: the file "
                  "was changed since",
                  placement->instance->name, applied[i].instance, cpus ? cpus : "?",
                  (long long)applied[i].transaction);
        error_hint(err, "`numaplace rollback %lld` first", (long long)applied[i].transaction);
        return -EEXIST;
    }
    return 0;
}
