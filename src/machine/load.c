/* SPDX-License-Identifier: Apache-2.0 */
/* From the name of a source to a machine. */

#include "machine-read.h"

#include <string.h>
#include <sys/stat.h>

static int read_tree(struct machine *machine, const char *path, struct np_error *err)
{
    autoroot struct root *root = NULL;
    int r = root_open(path, &root, err);

    if (r < 0)
        return r;
    r = read_nodes(machine, root);
    if (r == 0 && machine->parts & MACHINE_TOPOLOGY)
        r = read_topology(machine, root, err);
    if (r == 0 && machine->parts & MACHINE_ATTRS)
        r = read_attrs(machine, root);
    if (r == 0 && machine->parts & MACHINE_DEVICES)
        r = read_devices(machine, root);
    if (r == 0 && machine->parts & MACHINE_SETTINGS)
        r = read_settings(machine, root);
    return r;
}

static int read_source(struct machine *machine, const char *source, struct np_error *err)
{
    struct stat st;
    int r;

    if (machine->live)
        return read_tree(machine, "/", err);
    if (stat(source, &st) < 0) {
        r = error_set(err, -errno, "cannot read a machine from %s: %s", source, strerror(errno));
        error_hint(err, "a machine is \"live\", a captured tree, an hwloc XML file or "
                        "\"synthetic:...\"");
        return r;
    }
    if (S_ISDIR(st.st_mode))
        return read_tree(machine, source, err);
    return error_set(err, -ENOTSUP, "%s is not a form of machine that is understood", source);
}

int machine_load(const char *source, unsigned int parts, struct machine **ret_machine,
                 struct np_error *err)
{
    automachine struct machine *machine = calloc(1, sizeof(*machine));
    int r;

    if (!machine)
        return -ENOMEM;
    machine->live = strcmp(source, "live") == 0 || strcmp(source, "/") == 0;
    machine->parts = parts;
    machine->source = strdup(source);
    if (!machine->source)
        return -ENOMEM;
    machine->settings = (struct settings){
        .numa_balancing = -1,
        .demotion = -1,
        .zone_reclaim_mode = -1,
        .irqbalance = -1,
        .cgroup_version = -1,
    };
    r = read_source(machine, source, err);
    if (r == 0 && !machine->live) {
        r = machine_check(machine, err);
        if (r < 0)
            error_hint(err, "%s contradicts itself; capture it again", source);
    }
    if (r < 0)
        return r;
    *ret_machine = TAKE(machine);
    return 0;
}
