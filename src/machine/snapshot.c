/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is captured: a table of directories and the files in them. A fact that a reader starts to
 * read gets its row here; the test that compares a machine with its own snapshot says if it has
 * not.
 */

#include "snapshot.h"

#include "machine-read.h"
#include "own-cpuset.h"
#include "set.h"
#include "snapshot-out.h"

#include <fnmatch.h>
#include <limits.h>
#include <string.h>

/* Patterns are fnmatch's, for each component of a path. */
struct row {
    const char *directory;
    const char *files[8]; /* ends with NULL */
    const char *keep[8];  /* lines to keep; none: all */
};

static const struct row rows[] = {
    {"sys/devices/system/node", {"online"}, {0}},
    {"sys/devices/system/node/node[0-9]*", {"cpulist", "cpumap", "distance"}, {0}},
    {"sys/devices/system/node/node[0-9]*", {"meminfo"}, {"MemTotal:", "MemFree:"}},
    {"sys/devices/system/node/node[0-9]*/hugepages/*", {"nr_hugepages", "free_hugepages"}, {0}},
    {"sys/devices/system/node/node[0-9]*/access[01]/initiators",
     {"read_latency", "read_bandwidth", "node[0-9]*"},
     {0}},
    {"sys/devices/system/cpu", {"present", "online", "isolated", "nohz_full"}, {0}},
    {"sys/devices/system/cpu", {"possible"}, {0}}, /* lscpu does nothing without */
    {"sys/devices/system/cpu/cpu[0-9]*", {"cpu_capacity"}, {0}},
    {"sys/devices/system/cpu/cpu[0-9]*/cpufreq", {"cpuinfo_max_freq", "base_frequency"}, {0}},
    {"sys/devices/cpu_*", {"cpus"}, {0}},
    {"sys/devices/virtual/memory_tiering/memory_tier*", {"nodelist"}, {0}},
    {"sys/kernel/mm/numa", {"demotion_enabled"}, {0}},
    {"sys/kernel/mm/transparent_hugepage", {"enabled"}, {0}},
    {"sys/fs/cgroup", {"cpuset.cpus.isolated"}, {0}},
    {"proc", {"meminfo"}, {"MemTotal:", "MemFree:"}},
    {"proc", {"iomem"}, {"System RAM"}},
    {"proc", {"zoneinfo"}, {"Node ", "spanned ", "present ", "managed ", "start_pfn:"}},
    {"proc", {"cpuinfo"}, {"processor\t", "vendor_id", "cpu family", "model", "CPU "}},
    {"proc/irq", {"default_smp_affinity"}, {0}},
    {"proc/self", {"status"}, {"Name:", "Cpus_allowed_list:", "Mems_allowed_list:"}},
    {"proc/sys/kernel", {"numa_balancing", "osrelease"}, {0}},
    {"proc/sys/vm", {"zone_reclaim_mode"}, {0}},
    {"proc/driver/nvidia/gpus/*", {"information"}, {"Device Minor:"}},
    {"proc/driver/nvidia/gpus/*", {"numa_status"}, {0}},
};

static int copy_in(struct snapshot_out *out, const char *dir, const char *file,
                   const char *const *keep)
{
    char path[PATH_MAX];

    if (snprintf(path, sizeof(path), "%s/%s", dir, file) >= (int)sizeof(path))
        return -ENAMETOOLONG;
    return snapshot_copy(out, path, keep && keep[0] ? keep : NULL);
}

/* All entries of dir that match pattern. */
static int copy_matches(struct snapshot_out *out, const char *dir, const char *pattern,
                        const char *const *keep)
{
    autostrv char **names = NULL;
    int r = 0;

    if (!strpbrk(pattern, "*["))
        return copy_in(out, dir, pattern, keep);
    if (root_list(out->root, &names, "%s", dir) == -ENOMEM)
        return -ENOMEM;
    for (char **name = names; r == 0 && name && *name; name++) {
        if (fnmatch(pattern, *name, 0) == 0)
            r = copy_in(out, dir, *name, keep);
    }
    return r;
}

/* Every directory that matches what is left of the row's, below dir, which is resolved already. */
static int copy_row(struct snapshot_out *out, const struct row *row, const char *dir,
                    const char *rest)
{
    size_t length = strcspn(rest, "/");
    autofree char *component = strndup(rest, length);
    autostrv char **names = NULL;
    int r = 0;

    if (!component)
        return -ENOMEM;
    for (const char *const *file = row->files; r == 0 && !rest[0] && *file; file++)
        r = copy_matches(out, dir, *file, row->keep);
    if (!rest[0])
        return r;
    if (strpbrk(component, "*["))
        r = root_list(out->root, &names, "%s", dir);
    else if (!(names = calloc(2, sizeof(*names))) || !(names[0] = strdup(component)))
        r = -ENOMEM;
    rest += length + (rest[length] == '/');
    for (char **name = names; r == 0 && *name; name++) {
        autofree char *below = NULL;

        if (fnmatch(component, *name, 0) != 0)
            continue;
        if (asprintf(&below, "%s%s%s", dir, dir[0] ? "/" : "", *name) < 0)
            return -ENOMEM;
        r = copy_row(out, row, below, rest);
    }
    return r == -ENOMEM || r == 0 || names ? r : 0; /* no such directory: nothing to copy */
}

/* The caches that this CPU is the first to share: nobody looks for others. */
static int copy_caches(struct snapshot_out *out, const char *cpu_dir, unsigned int cpu)
{
    static const char *const files[] = {"level", "type", "size", "shared_cpu_map"};
    autostrv char **names = NULL;
    int r = 0;

    if (root_list(out->root, &names, "%s/cache", cpu_dir) == -ENOMEM)
        return -ENOMEM;
    for (char **name = names; r == 0 && name && *name; name++) {
        autoset hwloc_bitmap_t sharing = NULL;
        autofree char *mask = NULL;
        char dir[256];

        if (snprintf(dir, sizeof(dir), "%s/cache/%.64s", cpu_dir, *name) >= (int)sizeof(dir) ||
            root_read(out->root, &mask, "%s/shared_cpu_map", dir) < 0 ||
            set_parse_mask(mask, &sharing, NULL) < 0 || hwloc_bitmap_first(sharing) != (int)cpu)
            continue;
        for (size_t i = 0; r == 0 && i < ARRAY_SIZE(files); i++)
            r = copy_in(out, dir, files[i], NULL);
    }
    return r;
}

/* Kernels before 5.3 have the older names of the same files. */
static int copy_cpu(struct snapshot_out *out, unsigned int cpu, bool online)
{
    static const char *const files[] = {"core_id",  "physical_package_id", "core_cpus",
                                        "die_cpus", "package_cpus",        "cluster_cpus_list"};
    static const char *const old_files[] = {"core_id", "physical_package_id", "thread_siblings",
                                            "core_siblings"};
    char dir[64], topology[80];
    bool old;
    int r = 0;

    (void)snprintf(dir, sizeof(dir), "sys/devices/system/cpu/cpu%u", cpu); /* these fit */
    (void)snprintf(topology, sizeof(topology), "%s/topology", dir);
    if (!online)
        return copy_matches(out, dir, "node[0-9]*", NULL);
    old = !root_has(out->root, "%s/core_cpus", topology);
    for (size_t i = 0; r == 0 && !old && i < ARRAY_SIZE(files); i++)
        r = copy_in(out, topology, files[i], NULL);
    for (size_t i = 0; r == 0 && old && i < ARRAY_SIZE(old_files); i++)
        r = copy_in(out, topology, old_files[i], NULL);
    return r < 0 ? r : copy_caches(out, dir, cpu);
}

static int copy_cpus(struct snapshot_out *out)
{
    autoset hwloc_bitmap_t present = NULL;
    autoset hwloc_bitmap_t online = NULL;
    unsigned int cpu;
    int r = root_read_set(out->root, &present, "sys/devices/system/cpu/present");

    if (r == 0)
        r = root_read_set(out->root, &online, "sys/devices/system/cpu/online");
    if (r < 0)
        return error_set(out->err, r, "cannot read which CPUs there are: %s", strerror(-r));
    hwloc_bitmap_foreach_begin(cpu, present)
    {
        r = copy_cpu(out, cpu, hwloc_bitmap_isset(online, cpu) == 1);
        if (r < 0)
            return r;
    }
    hwloc_bitmap_foreach_end();
    return 0;
}

/* Links only to those that are of use: what is behind them is not read then. */
static int copy_blocks_of(struct snapshot_out *out, unsigned int node)
{
    autofree char *dir = NULL;
    autostrv char **names = NULL;
    int r;

    if (asprintf(&dir, "sys/devices/system/node/node%u", node) < 0)
        return -ENOMEM;
    r = unless_memory(root_list(out->root, &names, "%s", dir));
    for (char **name = names; r == 0 && name && *name; name++) {
        if (is_block_in_use(out->root, *name))
            r = copy_in(out, dir, *name, NULL);
    }
    return r;
}

/* Memory blocks may be thousands, and mostly say nothing new. */
static int copy_blocks(struct snapshot_out *out)
{
    automachine struct machine *machine = calloc(1, sizeof(*machine));
    bool needed;
    int r = machine ? read_nodes(machine, out->root) : -ENOMEM;

    if (r == 0)
        r = ranges_need_blocks(machine, out->root, &needed);
    if (r < 0 || !needed)
        return r;
    r = copy_in(out, "sys/devices/system/memory", "block_size_bytes", NULL);
    for (unsigned int i = 0; r == 0 && i < machine->n_nodes; i++)
        r = copy_blocks_of(out, machine->nodes[i].id);
    return r;
}

/* Our cgroup's grant, shown as the top's: its name is nobody's business. */
static int put_cpuset(struct snapshot_out *out, const struct own_cpuset *cpuset)
{
    const char *const files[] = {own_cpuset_cpus_file(cpuset->version),
                                 own_cpuset_mems_file(cpuset->version)};
    const hwloc_const_bitmap_t sets[] = {cpuset->cpus, cpuset->mems};
    int r = 0;

    for (size_t i = 0; r == 0 && i < ARRAY_SIZE(files); i++) {
        autofree char *list = sets[i] ? set_format(sets[i]) : NULL;
        autofree char *path = NULL;

        if (!list)
            continue;
        if (asprintf(&path, "%s/%s", own_cpuset_mount(cpuset->version), files[i]) < 0)
            return -ENOMEM;
        r = snapshot_text(out, path, list);
    }
    return r;
}

static int copy_cpuset(struct snapshot_out *out)
{
    struct own_cpuset cpuset;
    int r = own_cpuset_read(out->root, &cpuset);

    if (r < 0)
        return r;
    if (cpuset.version >= 0)
        r = snapshot_text(out, "proc/self/cgroup", cpuset.version == 1 ? "1:cpuset:/\n" : "0::/\n");
    if (r == 0 && cpuset.version > 0)
        r = put_cpuset(out, &cpuset);
    own_cpuset_fini(&cpuset);
    return r;
}

int snapshot_take(const struct root *root, tar_member_fn *put, void *user, struct np_error *err)
{
    struct snapshot_out out = {.root = root, .put = put, .user = user, .err = err};
    int r = 0;

    for (size_t i = 0; r == 0 && i < ARRAY_SIZE(rows); i++)
        r = copy_row(&out, &rows[i], "", rows[i].directory);
    if (r == 0)
        r = copy_cpus(&out);
    if (r == 0)
        r = copy_blocks(&out);
    if (r == 0)
        r = copy_cpuset(&out);
    if (r == 0)
        r = snapshot_processes(&out);
    if (r == 0)
        r = snapshot_devices(&out);
    if (r == 0)
        r = snapshot_interrupts(&out);
    snapshot_out_fini(&out);
    return r;
}
