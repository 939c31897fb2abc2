/* SPDX-License-Identifier: Apache-2.0 */
/* What a spec says of "all", "but these" and "the n-th", as the numbers that it means on a machine.
 */

#include "spec-write.h"

#include "machine.h"

#include <string.h>

struct settling {
    const struct spec *spec;
    hwloc_bitmap_t cpus, nodes; /* what there is */
    struct np_error *err;
};

static void settling_fini(struct settling *settling)
{
    hwloc_bitmap_free(settling->cpus);
    hwloc_bitmap_free(settling->nodes);
}

static int settle(const struct settling *settling, struct set_expr *expr, struct mark at,
                  hwloc_const_bitmap_t universe)
{
    hwloc_bitmap_t set = NULL;
    int r;

    if (set_expr_is_plain(expr))
        return 0;
    r = set_expr_resolve(expr, universe, &set, settling->err);
    if (r < 0) {
        error_at(settling->err, mark_file(at, settling->spec->file), at.line, at.column);
        return r;
    }
    set_expr_fini(expr);
    *expr = (struct set_expr){.bits = set};
    return 0;
}

/* A tree has no word for none of what instances get. */
static int refuse_none(const struct settling *settling, const struct instance *instance,
                       enum instance_key key)
{
    bool is_cpus = key == KEY_CPUS;
    autofree char *there = set_format(is_cpus ? settling->cpus : settling->nodes);
    struct mark at = instance->at[key];
    int r;

    if (!there)
        return -ENOMEM;
    r = error_set(settling->err, -EINVAL, "\"%s\" would get no %s of this machine", instance->name,
                  is_cpus ? "CPU" : "node");
    error_hint(settling->err, "say which: it has %s", there);
    error_at(settling->err, mark_file(at, settling->spec->file), at.line, at.column);
    return r;
}

static int settle_instance(const struct settling *settling, struct instance *instance)
{
    int r = 0;

    if (instance->cpus_given)
        r = settle(settling, &instance->cpus, instance->at[KEY_CPUS], settling->cpus);
    if (r == 0 && instance->nodes_given)
        r = settle(settling, &instance->numa_nodes, instance->at[KEY_NUMA_NODES], settling->nodes);
    if (r == 0 && instance->cpus_given && hwloc_bitmap_iszero(instance->cpus.bits))
        r = refuse_none(settling, instance, KEY_CPUS);
    if (r == 0 && instance->nodes_given && hwloc_bitmap_iszero(instance->numa_nodes.bits))
        r = refuse_none(settling, instance, KEY_NUMA_NODES);
    return r;
}

int spec_settle(struct spec *spec, const struct machine *machine, struct np_error *err)
{
    CLEANUP(settling_fini)
    struct settling settling = {.spec = spec,
                                .cpus = machine_usable_cpus(machine),
                                .nodes = machine_usable_nodes(machine),
                                .err = err};
    int r = settling.cpus && settling.nodes ? 0 : -ENOMEM;

    if (r == 0 && spec->reserved_cpus_given) {
        r = settle(&settling, &spec->reserved_cpus, spec->reserved_cpus_at, settling.cpus);
        spec->reserved_cpus_given = r < 0 || !hwloc_bitmap_iszero(spec->reserved_cpus.bits);
    }
    if (r == 0 && spec->pool_cpus_given)
        r = settle(&settling, &spec->pool_cpus, spec->pool_cpus_at, settling.cpus);
    for (unsigned int i = 0; r == 0 && i < spec->n_instances; i++)
        r = settle_instance(&settling, &spec->instances[i]);
    return r;
}
