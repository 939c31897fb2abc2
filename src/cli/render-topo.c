/* SPDX-License-Identifier: Apache-2.0 */
/* A machine on one screen: a row a node, the matrices, devices by node, and the foot. */

#include "render-topo.h"

#include "cli-machine.h"
#include "table.h"
#include "text.h"
#include "topo-fold.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

enum {
    ROWS_WANTED = 16, /* more nodes than that are folded */
    ROWS_MAX = 24,    /* folding that leaves more than that folds harder */
    DEVICES_LISTED = 10,
};

static unsigned int count_distinct_packages(const struct machine *machine)
{
    unsigned int n = 0;

    for (unsigned int i = 0; i < machine->n_cpus; i++) {
        bool seen = machine->cpus[i].package < 0;

        for (unsigned int j = i; !seen && j-- > 0;)
            seen = machine->cpus[j].package == machine->cpus[i].package;
        n += !seen;
    }
    return n;
}

static uint64_t add_known(uint64_t sum, uint64_t bytes)
{
    return sum == UNKNOWN_U64 || bytes == UNKNOWN_U64 ? UNKNOWN_U64 : sum + bytes;
}

static void print_count(unsigned int n, const char *one, const char *many)
{
    if (n > 0)
        printf("%u %s, ", n, n == 1 ? one : many);
}

static void print_header(const struct machine *machine)
{
    unsigned int n_cpus = 0, n_cores = 0;
    uint64_t total = 0, free_now = 0;
    char text[SIZE_TEXT_MAX];

    for (unsigned int i = 0; i < machine->n_cpus; i++) {
        const struct cpu *cpu = &machine->cpus[i];

        n_cpus += cpu->online;
        n_cores +=
            cpu->online && cpu->core >= 0 && hwloc_bitmap_first(cpu->siblings) == (int)cpu->id;
    }
    for (unsigned int i = 0; i < machine->n_nodes; i++) {
        total = add_known(total, machine->nodes[i].total_bytes);
        free_now = add_known(free_now, machine->nodes[i].free_bytes);
    }
    printf("%s: ", machine->source);
    if (machine->settings.kernel)
        printf("Linux %s, ", machine->settings.kernel);
    print_count(count_distinct_packages(machine), "package", "packages");
    print_count(machine->n_nodes, "node", "nodes");
    print_count(n_cores, "core", "cores");
    print_count(n_cpus, "CPU", "CPUs");
    printf("%s%s", size_format(total, text), total == UNKNOWN_U64 ? " memory" : "");
    if (free_now != UNKNOWN_U64)
        printf(" (%s free)", size_format(free_now, text));
    printf("\n\n");
}

static void add_columns(struct table *table, bool folded)
{
    table_column(table, true, folded ? "NODES" : "NODE");
    table_column(table, false, "KIND");
    table_column(table, true, "TIER");
    table_column(table, true, folded ? "EACH" : "MEMORY");
    table_column(table, true, "FREE");
    table_column(table, false, "CPUS");
    table_column(table, true, "CORES");
    table_column(table, true, "SMT");
    table_column(table, true, "LLCS");
    table_column(table, false, "HUGE PAGES");
    table_column(table, false, "NOTE");
}

static uint64_t total_of(const struct node *node)
{
    return node->total_bytes;
}

static uint64_t free_of(const struct node *node)
{
    return node->free_bytes;
}

/* Of all the group's nodes, from least to most. */
static void cell_bytes(struct table *table, const struct machine *machine, hwloc_const_bitmap_t ids,
                       uint64_t (*bytes_of)(const struct node *node))
{
    uint64_t least = UNKNOWN_U64, most = 0;
    char a[SIZE_TEXT_MAX], b[SIZE_TEXT_MAX];
    unsigned int id;

    hwloc_bitmap_foreach_begin(id, ids)
    {
        uint64_t bytes = bytes_of(machine_node(machine, id));

        if (bytes != UNKNOWN_U64 && bytes > most)
            most = bytes;
        if (bytes < least)
            least = bytes;
    }
    hwloc_bitmap_foreach_end();
    if (least == UNKNOWN_U64)
        table_cell(table, "%s", "");
    else if (strcmp(size_format(least, a), size_format(most, b)) == 0)
        table_cell(table, "%s", a);
    else
        table_cell(table, "%s - %s", a, b);
}

static void cell_count(struct table *table, unsigned int n)
{
    if (n > 0)
        table_cell(table, "%u", n);
    else
        table_cell(table, "%s", "");
}

/* The pools of so large pages of all nodes of a group. */
static struct huge_pool sum_pools(const struct machine *machine, hwloc_const_bitmap_t ids,
                                  uint64_t page_bytes)
{
    struct huge_pool sum = {.page_bytes = page_bytes};
    unsigned int id;

    hwloc_bitmap_foreach_begin(id, ids)
    {
        const struct node *node = machine_node(machine, id);

        for (unsigned int i = 0; i < node->n_huge; i++) {
            if (node->huge[i].page_bytes != page_bytes)
                continue;
            sum.total_pages += node->huge[i].total_pages;
            sum.free_pages += node->huge[i].free_pages;
        }
    }
    hwloc_bitmap_foreach_end();
    return sum;
}

/* "512 x 2 MiB (12 free)" of every size that has pages. */
static int cell_huge(struct table *table, const struct machine *machine, const struct node *node,
                     hwloc_const_bitmap_t ids)
{
    autofree char *text = NULL;
    size_t length;
    FILE *stream = open_memstream(&text, &length);
    const char *comma = "";

    if (!stream)
        return -ENOMEM;
    for (unsigned int i = 0; i < node->n_huge; i++) {
        struct huge_pool pool = sum_pools(machine, ids, node->huge[i].page_bytes);
        char size[SIZE_TEXT_MAX];

        if (pool.total_pages == 0)
            continue;
        fprintf(stream, "%s%" PRIu64 " x %s (%" PRIu64 " free)", comma, pool.total_pages,
                size_format(pool.page_bytes, size), pool.free_pages);
        comma = ", ";
    }
    if (fclose(stream) != 0)
        return -ENOMEM;
    table_cell(table, "%s", text);
    return 0;
}

/* The nearest node with CPUs, -1 unknown. */
static int nearest_with_cpus(const struct machine *machine, const struct node *node)
{
    uint64_t best = UNKNOWN_U64;
    int nearest = -1;

    for (unsigned int i = 0; i < machine->n_nodes; i++) {
        const struct node *from = &machine->nodes[i];
        uint64_t cost = matrix_get(machine, &machine->distance, from->id, node->id);

        if (hwloc_bitmap_iszero(from->cpus) || cost == 0 || cost >= best)
            continue;
        best = cost;
        nearest = (int)from->id;
    }
    return nearest;
}

static int cell_note(struct table *table, const struct machine *machine, const struct node *node)
{
    bool has_cpus = !hwloc_bitmap_iszero(node->cpus);
    bool has_memory = node->total_bytes != 0;
    autofree char *from = NULL;
    const char *without_cpus = has_cpus                            ? ""
                               : machine_knows_cpus(machine, node) ? "no CPUs"
                                                                   : "CPUs unknown";
    char nearest[40] = "";
    int near_node = has_cpus ? -1 : nearest_with_cpus(machine, node);

    if (!has_cpus && node->initiators && !hwloc_bitmap_iszero(node->initiators)) {
        from = cli_set_text(node->initiators);
        if (!from)
            return -ENOMEM;
        (void)snprintf(nearest, sizeof(nearest), ", best from %.20s", from);
    } else if (near_node >= 0) {
        (void)snprintf(nearest, sizeof(nearest), ", nearest to %d", near_node);
    }
    table_cell(table, "%s%s%s%s%s", without_cpus, nearest, has_cpus || has_memory ? "" : ", ",
               has_memory ? "" : "no memory",
               node->granted || !has_memory ? ""
               : has_cpus                   ? "memory not granted"
                                            : ", memory not granted");
    return 0;
}

/* The row of a group of nodes, which node stands for. */
static int add_row(struct table *table, const struct machine *machine, const struct node *node,
                   hwloc_const_bitmap_t ids)
{
    struct node_shape shape = node_shape(machine, node);
    autoset hwloc_bitmap_t cpus = machine_cpus_of_nodes(machine, ids);
    autofree char *ids_text = cli_set_text(ids);
    autofree char *cpus_text = cpus ? cli_set_text(cpus) : NULL;
    int r;

    if (!ids_text || !cpus_text)
        return -ENOMEM;
    table_cell(table, "%s", ids_text);
    table_cell(table, "%s", node->total_bytes == 0 ? "-" : node_kind_name(node->kind));
    table_cell(table, node->tier < 0 ? "" : "%d", node->tier);
    cell_bytes(table, machine, ids, total_of);
    cell_bytes(table, machine, ids, free_of);
    table_cell(table, "%s", cpus_text);
    cell_count(table, shape.n_cores);
    cell_count(table, shape.smt);
    cell_count(table, shape.n_llcs);
    r = cell_huge(table, machine, node, ids);
    if (r == 0)
        r = cell_note(table, machine, node);
    return r;
}

static int fold_for_screen(const struct machine *machine, bool all, struct fold *ret_fold)
{
    bool small = all || machine->n_nodes <= ROWS_WANTED;
    int r = fold_nodes(machine, small ? FOLD_NONE : FOLD_SHAPE_AND_TWINS, ret_fold);

    if (r < 0 || small || ret_fold->n_groups <= ROWS_MAX)
        return r;
    fold_fini(ret_fold);
    return fold_nodes(machine, FOLD_SHAPE, ret_fold);
}

static int print_nodes(const struct machine *machine, bool all)
{
    autotable struct table *table = table_new();
    autofold struct fold fold = {0};
    int r = fold_for_screen(machine, all, &fold);

    if (r < 0)
        return r;
    add_columns(table, fold.n_groups < machine->n_nodes);
    for (unsigned int i = 0; i < fold.n_groups; i++) {
        autoset hwloc_bitmap_t ids = fold_group(machine, &fold, i);

        if (!ids)
            return -ENOMEM;
        r = add_row(table, machine, machine_node(machine, (unsigned int)hwloc_bitmap_first(ids)),
                    ids);
        if (r < 0)
            return r;
    }
    table_drop_empty(table);
    r = table_print(table, stdout);
    if (fold.n_groups < machine->n_nodes)
        printf("Nodes that are alike share a row; --all has one for each.\n");
    return r;
}

static void cell_node(struct table *table, const struct device *device)
{
    if (device->node < 0)
        table_cell(table, "unknown");
    else
        table_cell(table, "%d%s", device->node, device->node_overridden ? " (given)" : "");
}

static int list_devices(const struct machine *machine)
{
    autotable struct table *table = table_new();

    table_column(table, false, "DEVICE");
    table_column(table, false, "CLASS");
    table_column(table, false, "NODE");
    table_column(table, false, "PCI");
    for (unsigned int i = 0; i < machine->n_devices; i++) {
        const struct device *device = &machine->devices[i];

        table_cell(table, "%s", device->name);
        table_cell(table, "%s", device_class_name(device->class));
        cell_node(table, device);
        table_cell(table, "%s", device->pci ? device->pci : "");
    }
    table_drop_empty(table);
    return table_print(table, stdout);
}

/* The names of the devices on node (-1: unknown), after their classes: "net: eth0 block: sda". */
static int print_devices_on(const struct machine *machine, int node)
{
    autofree char *text = NULL;
    size_t length;
    FILE *stream = open_memstream(&text, &length);
    char label[24] = "  unknown";
    int class = -1;

    if (!stream)
        return -ENOMEM;
    for (unsigned int i = 0; i < machine->n_devices; i++) {
        const struct device *device = &machine->devices[i];

        if (device->node != node)
            continue;
        if (class != (int)device->class)
            fprintf(stream, "%s: ", device_class_name(device->class));
        class = (int)device->class;
        fprintf(stream, "%s ", device->name);
    }
    if (fclose(stream) != 0)
        return -ENOMEM;
    if (node >= 0)
        (void)snprintf(label, sizeof(label), "  node %d", node);
    if (class >= 0)
        text_wrap(stdout, label, TOPO_LABEL_WIDTH, text);
    return 0;
}

static int print_devices(const struct machine *machine)
{
    int r = 0;

    if (machine->n_devices == 0)
        return 0;
    printf("\n");
    if (machine->n_devices <= DEVICES_LISTED)
        return list_devices(machine);
    printf("Devices\n");
    for (unsigned int i = 0; i < machine->n_nodes && r == 0; i++)
        r = print_devices_on(machine, (int)machine->nodes[i].id);
    return r == 0 ? print_devices_on(machine, -1) : r;
}

int render_topo(const struct machine *machine, bool all)
{
    int r;

    print_header(machine);
    r = print_nodes(machine, all);
    if (r == 0)
        r = render_matrices(machine, all);
    if (r == 0)
        r = print_devices(machine);
    return r == 0 ? render_topo_foot(machine) : r;
}
