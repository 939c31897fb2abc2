/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hwloc lets the environment overrule what its caller asked for. While it loads, the variables that
 * do so are taken away; they are put back afterwards.
 *
 * hwloc is told to look for nothing that is not used: what it does not look for costs no time.
 */

#include "topology-load.h"

#include "mem.h"

#include <errno.h>
#include <string.h>

static const char *const variables[] = {
    "HWLOC_FSROOT",
    "HWLOC_THISSYSTEM",
    "HWLOC_COMPONENTS",
    "HWLOC_XMLFILE",
    "HWLOC_SYNTHETIC",
    "HWLOC_CPUID_PATH",
    "HWLOC_DUMPED_HWDATA_DIR",
    "HWLOC_THISSYSTEM_ALLOWED_RESOURCES",
};

static void leave_environment(char *saved[])
{
    for (size_t i = 0; i < ARRAY_SIZE(variables); i++) {
        if (saved[i])
            (void)setenv(variables[i], saved[i], 1); /* there was memory for it before */
        free(saved[i]);
    }
}

static int enter_environment(char *saved[])
{
    int r = 0;

    for (size_t i = 0; i < ARRAY_SIZE(variables); i++) {
        const char *value = getenv(variables[i]);

        saved[i] = value ? strdup(value) : NULL;
        if (saved[i])
            (void)unsetenv(variables[i]); /* fails for bad names only */
        else if (value)
            r = -ENOMEM;
    }
    if (r < 0)
        leave_environment(saved);
    return r;
}

/* The rest return -1 with errno set, as hwloc does. */
static int want_caches(hwloc_topology_t topology)
{
    int r = hwloc_topology_set_cache_types_filter(topology, HWLOC_TYPE_FILTER_KEEP_ALL);

    return r < 0 ? r : hwloc_topology_set_icache_types_filter(topology, HWLOC_TYPE_FILTER_KEEP_ALL);
}

static int want_cpus_only(hwloc_topology_t topology)
{
    static const hwloc_obj_type_t wanted[] = {
        HWLOC_OBJ_PACKAGE,
        HWLOC_OBJ_DIE,
        HWLOC_OBJ_CORE,
    };
    int r = hwloc_topology_set_all_types_filter(topology, HWLOC_TYPE_FILTER_KEEP_NONE);

    for (size_t i = 0; r == 0 && i < ARRAY_SIZE(wanted); i++)
        r = hwloc_topology_set_type_filter(topology, wanted[i], HWLOC_TYPE_FILTER_KEEP_ALL);
    return r < 0 ? r : want_caches(topology);
}

static int want_everything(hwloc_topology_t topology)
{
    int r = hwloc_topology_set_io_types_filter(topology, HWLOC_TYPE_FILTER_KEEP_ALL);

    if (r == 0)
        r = hwloc_topology_set_type_filter(topology, HWLOC_OBJ_DIE, HWLOC_TYPE_FILTER_KEEP_ALL);
    return r < 0 ? r : want_caches(topology);
}

static int configure(hwloc_topology_t topology, enum topology_from from, const char *source)
{
    unsigned long flags = HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED;

    if (from == TOPOLOGY_XML || from == TOPOLOGY_SYNTHETIC) {
        if (want_everything(topology) < 0 || hwloc_topology_set_flags(topology, flags) < 0)
            return -1;
        return from == TOPOLOGY_XML ? hwloc_topology_set_xml(topology, source)
                                    : hwloc_topology_set_synthetic(topology, source);
    }
    flags |= HWLOC_TOPOLOGY_FLAG_NO_DISTANCES | HWLOC_TOPOLOGY_FLAG_NO_MEMATTRS |
             HWLOC_TOPOLOGY_FLAG_NO_CPUKINDS;
    if (want_cpus_only(topology) < 0 || hwloc_topology_set_flags(topology, flags) < 0)
        return -1;
    /* It asks the CPUs themselves, one after the other. */
    return hwloc_topology_set_components(topology, HWLOC_TOPOLOGY_COMPONENTS_FLAG_BLACKLIST, "x86");
}

/* NULL with errno set on failure. */
static hwloc_topology_t load(enum topology_from from, const char *source)
{
    hwloc_topology_t topology;

    if (hwloc_topology_init(&topology) < 0)
        return NULL;
    errno = 0; /* hwloc does not set it for every failure */
    if (configure(topology, from, source) < 0 || hwloc_topology_load(topology) < 0) {
        int saved = errno;

        hwloc_topology_destroy(topology);
        errno = saved ? saved : EINVAL;
        return NULL;
    }
    return topology;
}

int topology_load(enum topology_from from, const char *source, hwloc_topology_t *ret_topology)
{
    char *saved[ARRAY_SIZE(variables)];
    hwloc_topology_t topology;
    int r = enter_environment(saved);

    if (r < 0)
        return r;
    topology = load(from, source);
    r = topology ? 0 : -errno;
    leave_environment(saved);
    if (topology)
        *ret_topology = topology;
    return r;
}
