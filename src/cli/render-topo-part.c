/* SPDX-License-Identifier: Apache-2.0 */
/* One CPU, one node, one device, as text. */

#include "render-topo.h"

#include "cli-machine.h"

#include <errno.h>
#include <inttypes.h>

enum {
    LABEL_WIDTH = 11,
};

static void print_known(const char *label, int value)
{
    if (value >= 0)
        printf("  %-*s%d\n", LABEL_WIDTH, label, value);
}

static int print_set(const char *label, hwloc_const_bitmap_t set)
{
    autofree char *text = cli_set_text(set);

    if (!text)
        return -ENOMEM;
    printf("  %-*s%s\n", LABEL_WIDTH, label, text);
    return 0;
}

static hwloc_bitmap_t cpus_of_llc(const struct machine *machine, int llc)
{
    hwloc_bitmap_t set = hwloc_bitmap_alloc();

    for (unsigned int i = 0; set && i < machine->n_cpus; i++) {
        if (machine->cpus[i].llc == llc)
            hwloc_bitmap_set(set, machine->cpus[i].id);
    }
    return set;
}

int render_cpu(const struct machine *machine, const struct cpu *cpu)
{
    autoset hwloc_bitmap_t shared = cpus_of_llc(machine, cpu->llc);
    int r = shared ? 0 : -ENOMEM;

    printf("CPU %u\n", cpu->id);
    if (cpu->node < 0)
        printf("  %-*sunknown\n", LABEL_WIDTH, "node");
    print_known("node", cpu->node);
    print_known("package", cpu->package);
    print_known("die", cpu->die);
    print_known("cluster", cpu->cluster);
    if (r == 0 && cpu->llc >= 0)
        r = print_set("LLC", shared);
    print_known("core", cpu->core);
    if (r == 0 && cpu->siblings && !hwloc_bitmap_iszero(cpu->siblings))
        r = print_set("siblings", cpu->siblings);
    print_known("kind", cpu->kind);
    printf("  %-*s%s%s%s\n", LABEL_WIDTH, "state", cpu->online ? "online" : "offline",
           cpu->granted ? "" : ", not granted to us", cpu->isolated ? ", isolated" : "");
    return r;
}

static void print_memory(const struct node *node)
{
    char total[SIZE_TEXT_MAX], rest[SIZE_TEXT_MAX];

    printf("  %-*s%s", LABEL_WIDTH, "memory", size_format(node->total_bytes, total));
    if (node->free_bytes != UNKNOWN_U64)
        printf(", %s free", size_format(node->free_bytes, rest));
    printf("%s\n", node->granted ? "" : ", not granted to us");
    for (unsigned int i = 0; i < node->n_huge; i++) {
        const struct huge_pool *pool = &node->huge[i];

        printf("  %-*s%" PRIu64 " of %s, %" PRIu64 " free\n", LABEL_WIDTH, "huge pages",
               pool->total_pages, size_format(pool->page_bytes, total), pool->free_pages);
    }
    for (unsigned int i = 0; i < node->n_ranges; i++) {
        char range[REGION_TEXT_MAX];

        printf("  %-*s%s, %s\n", LABEL_WIDTH, i ? "" : "addresses",
               region_format(node->ranges[i], range), size_format(node->ranges[i].bytes, total));
    }
}

static void print_devices_on(const struct machine *machine, unsigned int node)
{
    for (unsigned int i = 0; i < machine->n_devices; i++) {
        const struct device *device = &machine->devices[i];

        if (device->node == (int)node)
            printf("  %-*s%s%s%s\n", LABEL_WIDTH, device_class_name(device->class), device->name,
                   device->pci ? " " : "", device->pci ? device->pci : "");
    }
}

/* The nodes at each distance, the nearest first. */
static int print_neighbours(const struct machine *machine, unsigned int node)
{
    uint64_t level = 0;

    for (;;) {
        autoset hwloc_bitmap_t at_level = hwloc_bitmap_alloc();
        uint64_t next = UNKNOWN_U64;
        char label[24];
        int r;

        for (unsigned int i = 0; at_level && i < machine->n_nodes; i++) {
            unsigned int id = machine->nodes[i].id;
            uint64_t cost = matrix_get(machine, &machine->distance, node, id);

            if (cost <= level || cost > next)
                continue;
            if (cost < next)
                hwloc_bitmap_zero(at_level);
            next = cost;
            hwloc_bitmap_set(at_level, id);
        }
        if (!at_level)
            return -ENOMEM;
        if (next == UNKNOWN_U64)
            return 0;
        (void)snprintf(label, sizeof(label), "at %" PRIu64, next);
        r = print_set(label, at_level);
        if (r < 0)
            return r;
        level = next;
    }
}

int render_node(const struct machine *machine, const struct node *node)
{
    int r = 0;

    printf("Node %u\n", node->id);
    printf("  %-*s%s", LABEL_WIDTH, "kind", node_kind_name(node->kind));
    if (node->tier >= 0)
        printf(", tier %d", node->tier);
    printf("\n");
    print_memory(node);
    if (machine_knows_cpus(machine, node))
        r = print_set("CPUs", node->cpus);
    else
        printf("  %-*sunknown\n", LABEL_WIDTH, "CPUs");
    if (r == 0 && node->initiators && !hwloc_bitmap_iszero(node->initiators))
        r = print_set("best from", node->initiators);
    print_devices_on(machine, node->id);
    return r == 0 ? print_neighbours(machine, node->id) : r;
}

/* "8, the host's: 0-1, available: 2-7" */
static int print_parts(const char *label, const struct device_parts *parts)
{
    autofree char *reserved = parts->reserved ? cli_set_text(parts->reserved) : NULL;
    autofree char *available = parts->available ? cli_set_text(parts->available) : NULL;

    if ((parts->reserved && !reserved) || (parts->available && !available))
        return -ENOMEM;
    if (parts->total < 0 && !reserved && !available)
        return 0;
    printf("  %-*s", LABEL_WIDTH, label);
    if (parts->total < 0)
        printf("unknown how many");
    else
        printf("%d", parts->total);
    if (reserved)
        printf(", the host's: %s", reserved);
    if (available)
        printf(", available: %s", available);
    printf("\n");
    return 0;
}

/* What it is, and what it can be split into. */
static int print_device(const struct device *device)
{
    int r;

    printf("%s\n  %-*s%s\n", device->name, LABEL_WIDTH, "class", device_class_name(device->class));
    if (device->pci)
        printf("  %-*s%s\n", LABEL_WIDTH, "PCI", device->pci);
    if (device->compatible)
        printf("  %-*s%s\n", LABEL_WIDTH, "compatible", device->compatible);
    r = print_parts("VFs", &device->vfs);
    return r < 0 ? r : print_parts("namespaces", &device->namespaces);
}

int render_device(const struct machine *machine, const struct device *device)
{
    const struct node *node =
        device->node >= 0 ? machine_node(machine, (unsigned int)device->node) : NULL;
    int r = print_device(device);

    if (r < 0)
        return r;
    if (device->node < 0) {
        printf("  %-*sunknown: the firmware does not say", LABEL_WIDTH, "node");
        if (machine->n_nodes == 1) {
            printf("; there is only node %u\n", machine->nodes[0].id);
            return 0;
        }
        putchar('\n');
        printf("  %-*sif you know it, say it: in a placement file `devices: {%s: {node: N}}`,\n"
               "  %-*sto `topo pick` with --nodes=N\n",
               LABEL_WIDTH, "", device->name, LABEL_WIDTH, "");
        return 0;
    }
    printf("  %-*s%d%s\n", LABEL_WIDTH, "node", device->node,
           device->node_overridden ? " (given, not from the firmware)" : "");
    return node ? print_set("CPUs", node->cpus) : 0;
}
