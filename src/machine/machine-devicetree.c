/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A machine from a device tree. First all lists of CPUs below /resources are taken together: that
 * many there are (or as many as "total" says). Then each part reads its own.
 */

#include "machine-devicetree.h"

#include "devicetree-read.h"
#include "set.h"

#include <string.h>

/* Where a tree lists CPUs that exist. */
static const char *const cpu_lists[] = {
    "cpus",
    "available",
    "host-reserved",
    "numaplace,offline",
    "numaplace,isolated",
    "numaplace,not-granted",
};

static const struct dt_node *find_resources(const struct dt *dt)
{
    return dt_find(dt, "/resources");
}

bool devicetree_has_machine(const struct dt *dt)
{
    const struct dt_node *resources = find_resources(dt);

    return resources && (dt_child(resources, "topology") || dt_child(resources, "cpus") ||
                         dt_property(resources, "cpus"));
}

/* What "total" says there is, NULL where it says nothing. */
static int read_total(const struct tree_reader *reader, hwloc_bitmap_t *ret_cpus)
{
    autoset hwloc_bitmap_t absent = NULL;
    autoset hwloc_bitmap_t cpus = NULL;
    uint32_t total = 0;
    int r = 0;

    if (!reader->cpus || !dt_property(reader->cpus, "total"))
        return 0;
    r = tree_u32(reader, reader->cpus, "total", &total);
    if (r == 0 && total > SET_ID_MAX + 1)
        r = tree_fail(reader, reader->cpus, tree_mark(reader->cpus, "total"),
                      "`total` is %u CPUs, and no kernel knows more than %u", total,
                      SET_ID_MAX + 1);
    if (r == 0)
        r = tree_cpus(reader, reader->cpus, "numaplace,absent", &absent);
    if (r < 0)
        return r;
    cpus = hwloc_bitmap_alloc();
    if (!cpus || (total > 0 && hwloc_bitmap_set_range(cpus, 0, (int)total - 1) < 0) ||
        (absent && hwloc_bitmap_andnot(cpus, cpus, absent) < 0))
        return -ENOMEM;
    *ret_cpus = TAKE(cpus);
    return 0;
}

/* The CPUs of one list, which must be of those that exist where that is told. */
static int add_list(const struct tree_reader *reader, const struct dt_node *node,
                    const struct dt_property *list, hwloc_const_bitmap_t exist, hwloc_bitmap_t cpus)
{
    autoset hwloc_bitmap_t found = NULL;
    int r = dt_get_cpus(reader->dt, node, list, reader->bits, &found, reader->err);

    if (r == 0 && hwloc_bitmap_or(cpus, cpus, found) < 0)
        return -ENOMEM;
    if (r < 0 || !exist || hwloc_bitmap_isincluded(found, exist))
        return r;
    if (hwloc_bitmap_andnot(found, found, exist) < 0)
        return -ENOMEM;
    r = tree_fail(reader, node, list->at, "`%s` has CPU %d, which does not exist", list->name,
                  hwloc_bitmap_first(found));
    error_hint(reader->err, "`total` says that there are %d: raise it, or take the CPU out",
               hwloc_bitmap_weight(exist));
    return r;
}

static int add_lists(const struct tree_reader *reader, const struct dt_node *node,
                     hwloc_const_bitmap_t exist, hwloc_bitmap_t cpus)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < ARRAY_SIZE(cpu_lists); i++) {
        const struct dt_property *list = dt_property(node, cpu_lists[i]);

        if (list)
            r = add_list(reader, node, list, exist, cpus);
    }
    for (unsigned int i = 0; r == 0 && i < node->n_children; i++)
        r = add_lists(reader, node->children[i], exist, cpus);
    return r;
}

static int read_existing(const struct tree_reader *reader)
{
    autoset hwloc_bitmap_t exist = NULL;
    autoset hwloc_bitmap_t named = hwloc_bitmap_alloc();
    int r = named ? read_total(reader, &exist) : -ENOMEM;

    if (r == 0)
        r = add_lists(reader, reader->resources, exist, named);
    return r < 0 ? r : machine_set_cpus(reader->machine, exist ? exist : named);
}

/* Every CPU is online, granted and not isolated unless a list of ours says other. */
static int read_states(const struct tree_reader *reader)
{
    autoset hwloc_bitmap_t offline = NULL;
    autoset hwloc_bitmap_t isolated = NULL;
    autoset hwloc_bitmap_t refused = NULL;
    int r = 0;

    if (reader->cpus) {
        r = tree_cpus(reader, reader->cpus, "numaplace,offline", &offline);
        if (r == 0)
            r = tree_cpus(reader, reader->cpus, "numaplace,isolated", &isolated);
        if (r == 0)
            r = tree_cpus(reader, reader->cpus, "numaplace,not-granted", &refused);
    }
    for (unsigned int i = 0; r == 0 && i < reader->machine->n_cpus; i++) {
        struct cpu *cpu = &reader->machine->cpus[i];

        cpu->online = !offline || !hwloc_bitmap_isset(offline, cpu->id);
        cpu->isolated = isolated && hwloc_bitmap_isset(isolated, cpu->id);
        cpu->granted = !refused || !hwloc_bitmap_isset(refused, cpu->id);
    }
    return r;
}

static int read_parts(struct tree_reader *reader)
{
    unsigned int parts = reader->machine->parts;
    int r = read_existing(reader);

    if (r == 0)
        r = read_states(reader);
    if (r == 0)
        r = tree_read_nodes(reader);
    if (r == 0)
        r = tree_read_memory(reader);
    if (r == 0)
        r = tree_read_distances(reader);
    if (r == 0 && parts & MACHINE_ATTRS)
        r = tree_read_attrs(reader);
    if (r == 0 && parts & MACHINE_TOPOLOGY)
        r = tree_read_topology(reader);
    if (r == 0 && parts & MACHINE_DEVICES)
        r = tree_read_devices(reader);
    if (r == 0 && parts & MACHINE_SETTINGS)
        r = tree_read_settings(reader);
    return r;
}

static int read_machine(struct tree_reader *reader)
{
    int r = read_parts(reader);

    if (r == 0) {
        r = machine_check(reader->machine, reader->err);
        if (r < 0)
            error_at(reader->err, reader->dt->file, 0, 0);
    }
    free(reader->nodes);
    reader->nodes = NULL;
    return r;
}

static struct tree_reader reader_of(const struct dt *dt, struct machine *machine,
                                    struct np_error *err)
{
    const struct dt_node *resources = find_resources(dt);

    return (struct tree_reader){
        .dt = dt,
        .resources = resources,
        .cpus = resources ? dt_child(resources, "cpus") : NULL,
        .bits = dt_cpu_bits(dt, NULL),
        .machine = machine,
        .err = err,
    };
}

int read_devicetree(struct machine *machine, const struct dt *dt, struct np_error *err)
{
    struct tree_reader reader = reader_of(dt, machine, err);
    int r;

    if (devicetree_has_machine(dt))
        return read_machine(&reader);
    r = error_set(err, -EINVAL,
                  "the tree describes no machine: it has neither /resources/topology nor "
                  "/resources/cpus");
    error_at(err, dt->file, 0, 0);
    error_hint(err, "an overlay or a tree of instances goes with a machine: --from SOURCE");
    return r;
}

/* A tree without numa-nodes has one node, with every CPU. */
static int find_astray(const struct tree_reader *reader, struct devicetree_doubts *doubts)
{
    const struct machine *machine = reader->machine;
    autoset hwloc_bitmap_t astray = hwloc_bitmap_alloc();

    if (!astray)
        return -ENOMEM;
    for (unsigned int i = 0; i < machine->n_cpus; i++) {
        const struct cpu *cpu = &machine->cpus[i];

        if (cpu->online && cpu->node < 0 && hwloc_bitmap_set(astray, cpu->id) < 0)
            return -ENOMEM;
    }
    if (hwloc_bitmap_iszero(astray))
        return 0;
    doubts->astray = TAKE(astray);
    doubts->astray_at =
        reader->cpus ? tree_mark(reader->cpus, "total") : tree_mark(reader->resources, "cpus");
    return 0;
}

int devicetree_doubt(const struct dt *dt, struct devicetree_doubts *ret_doubts)
{
    struct devicetree_doubts doubts = {0};
    automachine struct machine *machine = NULL;
    struct tree_reader reader;
    int r = devicetree_has_machine(dt) ? machine_new("", MACHINE_NODES, &machine) : 0;

    if (machine) {
        reader = reader_of(dt, machine, NULL);
        r = read_machine(&reader);
        doubts.adds_local = reader.adds_local;
        doubts.adds_local_at = reader.adds_local_at;
        if (r == 0)
            r = find_astray(&reader, &doubts);
    }
    *ret_doubts = doubts;
    return r == -ENOMEM ? r : 0; /* what else is wrong is told to who wants the machine */
}

void devicetree_doubts_fini(struct devicetree_doubts *doubts)
{
    hwloc_bitmap_free(doubts->astray);
    *doubts = (struct devicetree_doubts){0};
}

int machine_from_devicetree(const struct dt *dt, unsigned int parts, struct machine **ret_machine,
                            struct np_error *err)
{
    automachine struct machine *machine = NULL;
    int r = machine_new(dt->file, parts, &machine);

    if (r == 0)
        r = read_devicetree(machine, dt, err);
    if (r == 0)
        *ret_machine = TAKE(machine);
    return r;
}
