/* SPDX-License-Identifier: Apache-2.0 */
/* What `numactl --show` prints, byte for byte: scripts read it. */

#include "run.h"

#include "cli.h"
#include "numa-calls.h"
#include "proc.h"

#include <string.h>

static const char *const mode_names[] = {
    [MPOL_DEFAULT] = "default", [MPOL_PREFERRED] = "preferred",
    [MPOL_BIND] = "bind",       [MPOL_INTERLEAVE] = "interleave",
    [MPOL_LOCAL] = "local",     [MPOL_PREFERRED_MANY] = "preferred-many",
};

static void print_mode(int mode)
{
    if (mode >= 0 && (size_t)mode < ARRAY_SIZE(mode_names))
        printf("policy: %s\n", mode_names[mode]);
    else
        printf("policy: [%d]\n", mode); /* flags, such as --balancing, are part of the number */
}

static void print_set(const char *name, hwloc_const_bitmap_t set)
{
    printf("%s: ", name);
    for (int i = hwloc_bitmap_first(set); i != -1; i = hwloc_bitmap_next(set, i))
        printf("%d ", i);
    putchar('\n');
}

/* Modes that numactl does not know end without a newline there, so they do here. */
static void print_preferred_node(int mode, hwloc_const_bitmap_t nodes, unsigned int next)
{
    int first = hwloc_bitmap_first(nodes);

    printf("preferred node: ");
    if (mode == MPOL_DEFAULT)
        printf("current\n");
    else if (mode == MPOL_PREFERRED || mode == MPOL_BIND)
        printf("%d\n", first < 0 ? 0 : first);
    else if (mode == MPOL_INTERLEAVE)
        printf("%u (interleave next)\n", next);
    else if (mode == MPOL_PREFERRED_MANY)
        printf("%u (preferred-many)\n", next);
}

/* Nodes of ours with memory on whose CPUs we may run. */
static int running_nodes(const struct root *root, hwloc_const_bitmap_t granted,
                         hwloc_const_bitmap_t cpus, hwloc_bitmap_t *ret_nodes)
{
    autoset hwloc_bitmap_t nodes = hwloc_bitmap_alloc();

    if (!nodes)
        return -ENOMEM;
    for (int node = hwloc_bitmap_first(granted); node != -1;
         node = hwloc_bitmap_next(granted, node)) {
        autoset hwloc_bitmap_t node_cpus = NULL;

        if (root_read_set(root, &node_cpus, "sys/devices/system/node/node%d/cpulist", node) == 0 &&
            hwloc_bitmap_intersects(node_cpus, cpus) &&
            hwloc_bitmap_set(nodes, (unsigned int)node) < 0)
            return -ENOMEM;
    }
    *ret_nodes = TAKE(nodes);
    return 0;
}

int run_show(const struct root *root, struct np_error *err)
{
    autoset hwloc_bitmap_t nodes = NULL, cpus = NULL, granted = NULL, running = NULL;
    unsigned int next = 0;
    int mode;
    int r = numa_get_mempolicy(&mode, &nodes);

    if (r == 0)
        r = numa_get_affinity(0, &cpus);
    if (r == 0)
        r = proc_allowed(root, 0, NULL, &granted);
    if (r == 0)
        r = running_nodes(root, granted, cpus, &running);
    if (r < 0)
        return error_set(err, r, "cannot read the binding of this process: %s", strerror(-r));
    (void)numa_get_next_node(&next); /* only interleaving has one; numactl says 0 for the others */
    print_mode(mode);
    print_preferred_node(mode, nodes, next);
    if (mode == MPOL_INTERLEAVE) {
        print_set("interleavemask", nodes);
        printf("interleavenode: %u\n", next);
    }
    print_set("physcpubind", cpus);
    print_set("cpubind", running);
    print_set("nodebind", running);
    print_set("membind", mode == MPOL_BIND ? nodes : granted);
    print_set("preferred", nodes);
    return 0;
}
