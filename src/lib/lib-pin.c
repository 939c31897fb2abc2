/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The calling thread and the memory that it will touch, beside a device. Two system calls that
 * stand or fall together. The policy is set first, since it can be put back exactly: a thread whose
 * affinity was set once no longer follows its cpuset when that grows.
 */

#include "lib.h"

#include "near.h"
#include "numa-calls.h"
#include "root.h"
#include "set.h"

#include <string.h>

int lib_device_node(const struct machine *machine, const struct root *root, const char *name,
                    unsigned int *ret_node, struct np_error *err)
{
    struct np_error inner = {0}; /* near_node fills one in any case */
    int r = near_node(machine, root, name, ret_node, &inner);

    if (r < 0 && err)
        *err = inner;
    return r;
}

/* The CPUs of node that are for this process. Isolated ones are left to who asks for them by their
 * number, unless there are no others: then somebody gave us these. */
static int cpus_for_us(const struct machine *machine, unsigned int node, hwloc_bitmap_t *ret_cpus)
{
    autoset hwloc_bitmap_t cpus = hwloc_bitmap_alloc(), isolated = hwloc_bitmap_alloc();
    int r = cpus && isolated ? 0 : -ENOMEM;

    for (unsigned int i = 0; r == 0 && i < machine->n_cpus; i++) {
        const struct cpu *cpu = &machine->cpus[i];

        if (cpu->node == (int)node && cpu->online && cpu->granted &&
            hwloc_bitmap_set(cpu->isolated ? isolated : cpus, cpu->id) < 0)
            r = -ENOMEM;
    }
    if (r == 0)
        *ret_cpus = hwloc_bitmap_iszero(cpus) ? TAKE(isolated) : TAKE(cpus);
    return r;
}

static int refuse_memory(const struct machine *machine, unsigned int node, struct np_error *err)
{
    const struct node *n = machine_node(machine, node);

    if (n && n->granted && n->total_bytes != 0)
        return 0;
    error_set(err, -ERANGE, "node %u has no memory for this process", node);
    error_hint(err, n && n->granted
                        ? "pin threads there by hand, and take memory from another node"
                        : "a cpuset refuses it: `numaplace topo` shows what is granted");
    return -ERANGE;
}

int lib_check_flags(unsigned int flags, struct np_error *err)
{
    unsigned int unknown = flags & ~(unsigned int)NP_PIN_BIND;

    return unknown ? error_set(err, -EINVAL, "there is no flag 0x%x of pinning", unknown) : 0;
}

static int set_memory(unsigned int node, unsigned int flags)
{
    autoset hwloc_bitmap_t nodes = hwloc_bitmap_alloc();

    if (!nodes || hwloc_bitmap_set(nodes, node) < 0)
        return -ENOMEM;
    return numa_set_mempolicy(flags & NP_PIN_BIND ? MPOL_BIND : MPOL_PREFERRED, nodes);
}

static int explain(int r, const char *what, struct np_error *err)
{
    error_set(err, r, "cannot %s: %s", what, strerror(-r));
    if (r == -EPERM)
        error_hint(err, "a seccomp filter does this in containers: allow the call in its profile");
    if (r == -ENOSYS)
        error_hint(err, "this kernel was built without NUMA");
    return r;
}

int lib_pin(const struct machine *machine, hwloc_const_bitmap_t cpus, unsigned int node,
            unsigned int flags, struct np_error *err)
{
    autoset hwloc_bitmap_t nodes_before = NULL;
    int mode_before;
    int r = refuse_memory(machine, node, err);

    if (r < 0)
        return r;
    r = numa_get_mempolicy(&mode_before, &nodes_before);
    if (r == 0)
        r = set_memory(node, flags);
    if (r < 0)
        return explain(r, "set the thread's memory policy", err);
    r = numa_set_affinity(0, cpus);
    if (r < 0) {
        (void)numa_set_mempolicy(mode_before, nodes_before); /* in force a moment ago */
        return explain(r, "pin the thread", err);
    }
    return 0;
}

static int pin_to_node(const struct machine *machine, unsigned int node, unsigned int flags,
                       struct np_error *err)
{
    autoset hwloc_bitmap_t cpus = NULL;
    int r = cpus_for_us(machine, node, &cpus);

    if (r < 0)
        return r;
    if (hwloc_bitmap_iszero(cpus)) {
        error_set(err, -ERANGE, "node %u has no CPU for this process", node);
        error_hint(err, "an affinity or a cpuset refuses them: `numaplace topo` shows what is "
                        "granted");
        return -ERANGE;
    }
    return lib_pin(machine, cpus, node, flags, err);
}

int np_pin_to_device(const struct np_machine *machine, const char *name, unsigned int flags,
                     struct np_error *err)
{
    automachine struct machine *now = NULL;
    autoroot struct root *root = NULL;
    const struct machine *m = inside(machine);
    unsigned int node;
    int r = lib_check_flags(flags, err);

    if (r == 0 && !m) {
        r = machine_load("live", MACHINE_DEVICES, &now, err);
        m = now;
    }
    if (r == 0 && !near_find(m, name))
        r = machine_open_tree(m->source, &root, err);
    if (r == 0)
        r = lib_device_node(m, root, name, &node, err);
    return r < 0 ? r : pin_to_node(m, node, flags, err);
}
