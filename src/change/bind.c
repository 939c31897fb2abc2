/* SPDX-License-Identifier: Apache-2.0 */
/* Makes the calling thread's binding, and reads back what the kernel made of it. */

#include "bind.h"

#include "numa-calls.h"

#ifndef MPOL_F_NUMA_BALANCING
#define MPOL_F_NUMA_BALANCING (1 << 13) /* Linux 5.12 */
#endif

static int bind_cpus(hwloc_const_bitmap_t cpus, hwloc_bitmap_t ret_lost)
{
    autoset hwloc_bitmap_t now = NULL;
    int r = numa_set_affinity(0, cpus);

    /* The binding holds whether it can be read back or not (a seccomp filter may forbid that). */
    if (r < 0 || numa_get_affinity(0, &now) < 0)
        return r;
    return hwloc_bitmap_andnot(ret_lost, cpus, now) < 0 ? -ENOMEM : 0;
}

static int set_policy(const struct binding *binding, bool *ret_balancing_lost)
{
    int r = -EINVAL;

    *ret_balancing_lost = false;
    if (!binding->balancing || binding->mode != MPOL_BIND)
        return numa_set_mempolicy(binding->mode, binding->nodes);
    r = numa_set_mempolicy(MPOL_BIND | MPOL_F_NUMA_BALANCING, binding->nodes);
    if (r != -EINVAL)
        return r;
    r = numa_set_mempolicy(MPOL_BIND, binding->nodes); /* EINVAL may have been for the nodes */
    *ret_balancing_lost = r == 0;
    return r;
}

static int bind_policy(const struct binding *binding, struct bound *ret_bound)
{
    autoset hwloc_bitmap_t now = NULL;
    int mode;
    int r = set_policy(binding, &ret_bound->balancing_lost);

    if (r < 0 || !binding->nodes || numa_get_mempolicy(&mode, &now) < 0)
        return r;
    return hwloc_bitmap_andnot(ret_bound->lost_nodes, binding->nodes, now) < 0 ? -ENOMEM : 0;
}

int bind_self(const struct binding *binding, struct bound *ret_bound, enum bind_step *ret_step)
{
    struct bound bound = {.lost_cpus = hwloc_bitmap_alloc(), .lost_nodes = hwloc_bitmap_alloc()};
    int r = bound.lost_cpus && bound.lost_nodes ? 0 : -ENOMEM;

    *ret_step = BIND_CPUS;
    if (r == 0 && binding->cpus)
        r = bind_cpus(binding->cpus, bound.lost_cpus);
    if (r == 0) {
        *ret_step = BIND_POLICY;
        if (binding->mode != BINDING_KEEP_POLICY)
            r = bind_policy(binding, &bound);
    }
    if (r < 0) {
        bound_fini(&bound);
        return r;
    }
    *ret_bound = bound;
    return 0;
}

void bound_fini(struct bound *bound)
{
    hwloc_bitmap_free(bound->lost_cpus);
    hwloc_bitmap_free(bound->lost_nodes);
    *bound = (struct bound){0};
}
