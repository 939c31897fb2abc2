/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `numactl -H` as numactl 2.0.16 prints it, which countless scripts parse: sizes in whole MiB
 * called MB, a space at the end of each line of the distance table, and one word for all missing
 * distances.
 */

#include "render-topo.h"

#include "set.h"

#include <errno.h>
#include <inttypes.h>

static int print_available(const struct machine *machine)
{
    autoset hwloc_bitmap_t nodes = hwloc_bitmap_alloc();
    autofree char *list = NULL;

    for (unsigned int i = 0; nodes && i < machine->n_nodes; i++)
        hwloc_bitmap_set(nodes, machine->nodes[i].id);
    list = nodes ? set_format(nodes) : NULL;
    if (!list)
        return -ENOMEM;
    printf("available: %u nodes (%s)\n", machine->n_nodes, list);
    return 0;
}

static void print_amount(const struct node *node, const char *what, uint64_t bytes)
{
    if (bytes == UNKNOWN_U64)
        printf("node %u %s: <not available>\n", node->id, what);
    else
        printf("node %u %s: %" PRIu64 " MB\n", node->id, what, bytes / MIB);
}

static void print_node(const struct node *node)
{
    unsigned int cpu;

    printf("node %u cpus:", node->id);
    hwloc_bitmap_foreach_begin(cpu, node->cpus)
    {
        printf(" %u", cpu);
    }
    hwloc_bitmap_foreach_end();
    printf("\n");
    print_amount(node, "size", node->total_bytes);
    print_amount(node, "free", node->free_bytes);
}

/* numactl's "% 3d": three columns, and a space before a number that fills them. */
static void print_number(uint64_t value, const char *end)
{
    printf("% 3" PRId64 "%s", (int64_t)value, end);
}

static void print_distances(const struct machine *machine)
{
    const struct node *nodes = machine->nodes;
    unsigned int n = machine->n_nodes;

    if (n == 0 || matrix_get(machine, &machine->distance, nodes[n - 1].id, nodes[0].id) == 0) {
        printf("No distance information available.\n");
        return;
    }
    printf("node distances:\nnode ");
    for (unsigned int i = 0; i < n; i++)
        print_number(nodes[i].id, " ");
    printf("\n");
    for (unsigned int i = 0; i < n; i++) {
        print_number(nodes[i].id, ": ");
        for (unsigned int j = 0; j < n; j++)
            print_number(matrix_get(machine, &machine->distance, nodes[i].id, nodes[j].id), " ");
        printf("\n");
    }
}

int render_numactl(const struct machine *machine)
{
    int r = print_available(machine);

    if (r < 0)
        return r;
    for (unsigned int i = 0; i < machine->n_nodes; i++)
        print_node(&machine->nodes[i]);
    print_distances(machine);
    return 0;
}
