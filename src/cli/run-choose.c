/* SPDX-License-Identifier: Apache-2.0 */
/* What run adds to numactl and needs the machine for: near a device, a number of CPUs. */

#include "run.h"

#include "machine.h"
#include "near.h"
#include "numa-calls.h"
#include "pick.h"
#include "set.h"

#include <string.h>

/* Nodes where this process may run: those of usable CPUs. */
static hwloc_bitmap_t usable_cpu_nodes(const struct machine *machine)
{
    autoset hwloc_bitmap_t cpus = machine_usable_cpus(machine);

    return cpus ? machine_nodes_of_cpus(machine, cpus) : NULL;
}

static int find_near(const struct root *root, const struct machine *machine, const char *device,
                     unsigned int *ret_node, struct np_error *err)
{
    struct np_error inner = {0};
    int r = near_node(machine, root, device, ret_node, &inner);

    if (r < 0) {
        error_set(err, r, "--near=%s: %s", device, inner.code ? inner.text : strerror(-r));
        if (inner.hint[0])
            error_hint(err, "%s", inner.hint);
    }
    return r;
}

/* All usable CPUs of the nearest node that has some. */
static int take_near_cpus(const struct machine *machine, unsigned int near,
                          struct run_binding *binding, struct np_error *err)
{
    autoset hwloc_bitmap_t usable = machine_usable_cpus(machine);
    autoset hwloc_bitmap_t nodes = usable_cpu_nodes(machine), cpus = NULL;
    int node = usable && nodes ? pick_nearest_node(machine, near, nodes) : -1;

    if (node < 0)
        return error_set(err, -ENOSPC, "no node has a CPU that may be used");
    cpus = hwloc_bitmap_dup(machine_node(machine, (unsigned int)node)->cpus);
    if (!cpus || hwloc_bitmap_and(cpus, cpus, usable) < 0)
        return -ENOMEM;
    binding->cpus = TAKE(cpus);
    return 0;
}

/* Memory there while there is some: the nearest node that has memory for us. */
static int prefer_near_memory(const struct machine *machine, unsigned int near,
                              struct run_binding *binding, struct np_error *err)
{
    autoset hwloc_bitmap_t nodes = machine_usable_nodes(machine), only = hwloc_bitmap_alloc();
    int node = nodes && only ? pick_nearest_node(machine, near, nodes) : -1;

    if (node < 0)
        return error_set(err, -ENOSPC, "no node has memory that may be used");
    if (hwloc_bitmap_only(only, (unsigned int)node) < 0)
        return -ENOMEM;
    binding->mode = MPOL_PREFERRED;
    binding->nodes = TAKE(only);
    return 0;
}

static int pick_within(const struct machine *machine, const struct run_request *request, int near,
                       struct run_binding *binding, struct np_error *err)
{
    const struct pick_request pick = {.n_cpus = request->pick,
                                      .one_node = request->one_node,
                                      .near_node = near,
                                      .within = binding->cpus};
    hwloc_bitmap_t cpus;
    int r = pick_cpus(machine, &pick, &cpus, err);

    if (r < 0)
        return r;
    hwloc_bitmap_free(binding->cpus);
    binding->cpus = cpus;
    binding->cpus_exact = true;
    return 0;
}

int run_choose(const struct root *root, const struct machine *machine,
               const struct run_request *request, struct run_binding *binding, struct np_error *err)
{
    unsigned int near = 0;
    int r = request->near ? find_near(root, machine, request->near, &near, err) : 0;

    if (r == 0 && request->pick)
        r = pick_within(machine, request, request->near ? (int)near : -1, binding, err);
    if (r == 0 && request->near && !binding->cpus)
        r = take_near_cpus(machine, near, binding, err);
    if (r == 0 && request->near && binding->mode == BINDING_KEEP_POLICY)
        r = prefer_near_memory(machine, near, binding, err);
    return r;
}
