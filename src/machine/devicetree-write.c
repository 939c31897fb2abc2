/* SPDX-License-Identifier: Apache-2.0 */
/* A machine as a device tree: which CPUs there are, their state, and the host's settings. */

#include "devicetree-write.h"

#include "machine-devicetree.h"

#include <string.h>

#define CPU_BITS 64 /* of a CPU's number, as Kerf writes them now */

int tree_add_numbered(struct dt_node *parent, const char *name, unsigned int number,
                      struct dt_node **ret_node)
{
    char unit[16];

    (void)snprintf(unit, sizeof(unit), "%u", number); /* fits */
    return dt_add_node(parent, name, unit, ret_node);
}

static int put_set(struct dt_node *node, const char *name, unsigned int bits,
                   hwloc_const_bitmap_t set)
{
    autofree uint64_t *values = calloc((size_t)hwloc_bitmap_weight(set) + 1, sizeof(*values));
    unsigned int n = 0, id;

    if (!values)
        return -ENOMEM;
    hwloc_bitmap_foreach_begin(id, set)
    {
        values[n++] = id;
    }
    hwloc_bitmap_foreach_end();
    return dt_put_cells(node, name, bits, values, n);
}

int tree_put_cpus(struct dt_node *node, const char *name, hwloc_const_bitmap_t cpus)
{
    return hwloc_bitmap_iszero(cpus) ? 0 : put_set(node, name, CPU_BITS, cpus);
}

int tree_put_ids(struct dt_node *node, const char *name, hwloc_const_bitmap_t ids)
{
    return put_set(node, name, 32, ids);
}

static bool is_available(const struct cpu *cpu)
{
    return cpu->online && cpu->granted;
}

static bool is_offline(const struct cpu *cpu)
{
    return !cpu->online;
}

static bool is_isolated(const struct cpu *cpu)
{
    return cpu->isolated;
}

static bool is_refused(const struct cpu *cpu)
{
    return !cpu->granted;
}

static int put_state(struct dt_node *node, const struct machine *machine, const char *name,
                     bool (*has)(const struct cpu *cpu))
{
    autoset hwloc_bitmap_t cpus = hwloc_bitmap_alloc();

    for (unsigned int i = 0; cpus && i < machine->n_cpus; i++) {
        if (has(&machine->cpus[i]) && hwloc_bitmap_set(cpus, machine->cpus[i].id) < 0)
            return -ENOMEM;
    }
    return cpus ? tree_put_cpus(node, name, cpus) : -ENOMEM;
}

/* "total" says that all CPUs below it exist. */
static int put_absent(struct dt_node *node, const struct machine *machine, unsigned int total)
{
    autoset hwloc_bitmap_t absent = hwloc_bitmap_alloc();

    for (unsigned int id = 0; absent && id < total; id++) {
        if (!machine_cpu(machine, id) && hwloc_bitmap_set(absent, id) < 0)
            return -ENOMEM;
    }
    return absent ? tree_put_cpus(node, "numaplace,absent", absent) : -ENOMEM;
}

static int put_cpus(struct dt_node *resources, const struct machine *machine)
{
    unsigned int total = machine->n_cpus ? machine->cpus[machine->n_cpus - 1].id + 1 : 0;
    struct dt_node *cpus;
    int r = dt_add_node(resources, "cpus", NULL, &cpus);

    if (r == 0)
        r = dt_put_u32(cpus, "total", total);
    if (r == 0)
        r = put_state(cpus, machine, "available", is_available);
    if (r == 0)
        r = put_absent(cpus, machine, total);
    if (r == 0)
        r = put_state(cpus, machine, "numaplace,offline", is_offline);
    if (r == 0)
        r = put_state(cpus, machine, "numaplace,isolated", is_isolated);
    if (r == 0)
        r = put_state(cpus, machine, "numaplace,not-granted", is_refused);
    return r < 0 ? r : tree_put_topology(cpus, machine);
}

static int put_number(struct dt_node *node, const char *name, int value)
{
    return value < 0 ? 0 : dt_put_u32(node, name, (uint32_t)value);
}

static int put_text(struct dt_node *node, const char *name, const char *value)
{
    return value ? dt_put_string(node, name, value) : 0;
}

static int put_settings(struct dt_node *resources, const struct machine *machine)
{
    const struct settings *settings = &machine->settings;
    struct dt_node *node;
    int r;

    if (!(machine->parts & MACHINE_SETTINGS))
        return 0;
    r = dt_add_node(resources, "numaplace,settings", NULL, &node);
    if (r == 0)
        r = put_text(node, "kernel", settings->kernel);
    if (r == 0)
        r = put_number(node, "numa-balancing", settings->numa_balancing);
    if (r == 0)
        r = put_number(node, "demotion", settings->demotion);
    if (r == 0)
        r = put_number(node, "zone-reclaim-mode", settings->zone_reclaim_mode);
    if (r == 0)
        r = put_text(node, "transparent-huge-pages", settings->thp);
    if (r == 0)
        r = put_number(node, "irqbalance", settings->irqbalance);
    return r < 0 ? r : put_number(node, "cgroup-version", settings->cgroup_version);
}

int machine_to_devicetree(const struct machine *machine, struct dt **ret_dt)
{
    autodt struct dt *dt = NULL;
    struct dt_node *resources;
    int r = dt_new(machine->source, &dt);

    if (r < 0)
        return r;
    dt->multikernel = true;
    r = dt_put_string(dt->root, "compatible", "linux,multikernel-host");
    if (r == 0)
        r = dt_add_node(dt->root, "resources", NULL, &resources);
    if (r == 0)
        r = put_cpus(resources, machine);
    if (r == 0)
        r = tree_put_nodes(resources, machine);
    if (r == 0)
        r = tree_put_devices(resources, machine);
    if (r == 0)
        r = put_settings(resources, machine);
    if (r == 0)
        *ret_dt = TAKE(dt);
    return r;
}
