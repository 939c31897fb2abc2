/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What of the machine is ours to use: the allowed lists of our own process, narrowed by our
 * cgroup's cpuset, version 1 or 2; and the CPUs that are isolated.
 *
 * A captured tree says what was granted to whoever captured it. One that does not say (lscpu
 * --sysroot's) grants all that is online: it is read to plan for that machine, not for a process on
 * it.
 */

#include "machine-read.h"

#include "proc.h"
#include "set.h"

#include <string.h>

#define CGROUP_DIR "sys/fs/cgroup"

/* Where a cgroup's cpuset files are, and what they are called there. */
struct cpuset_files {
    const char *mount;
    const char *cpus;
    const char *mems;
};

static const struct cpuset_files cpuset_v1 = {
    .mount = CGROUP_DIR "/cpuset",
    .cpus = "cpuset.effective_cpus",
    .mems = "cpuset.effective_mems",
};

static const struct cpuset_files cpuset_v2 = {
    .mount = CGROUP_DIR,
    .cpus = "cpuset.cpus.effective",
    .mems = "cpuset.mems.effective",
};

/* The path in the line of /proc/self/cgroup that has the cpuset controller ("5:cpuset:/a"), or in
 * version 2's only one ("0::/a"). */
static int own_cgroup(const char *cgroup, const struct cpuset_files **ret_files, char **ret_path)
{
    const char *v2 = NULL;

    for (const char *line = cgroup; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        const char *controllers = strchr(line, ':');
        const char *path = controllers ? strchr(controllers + 1, ':') : NULL;
        size_t length = strcspn(line, "\n");

        if (!path || path >= line + length)
            continue;
        if (path == controllers + 1)
            v2 = path + 1;
        else if (memmem(controllers, (size_t)(path - controllers), "cpuset", 6)) {
            *ret_files = &cpuset_v1;
            *ret_path = strndup(path + 1, strcspn(path + 1, "\n"));
            return *ret_path ? 0 : -ENOMEM;
        }
    }
    if (!v2)
        return -ENODATA;
    *ret_files = &cpuset_v2;
    *ret_path = strndup(v2, strcspn(v2, "\n"));
    return *ret_path ? 0 : -ENOMEM;
}

/* The file of the cgroup, or of the nearest above it that has one: where the controller is not
 * enabled, and where a container shows less than the whole tree, that one's is in force. */
static int read_upward(const struct root *root, const char *mount, const char *path,
                       const char *file, hwloc_bitmap_t *ret_set)
{
    autofree char *at = strdup(path);
    int r;

    if (!at)
        return -ENOMEM;
    for (;;) {
        char *slash;

        r = root_read_set(root, ret_set, "%s%s/%s", mount, at, file);
        slash = strrchr(at, '/');
        if (r != -ENOENT || !slash)
            return r;
        *slash = '\0';
    }
}

static int narrow(hwloc_bitmap_t granted, const struct root *root, const struct cpuset_files *files,
                  const char *path, const char *file)
{
    autoset hwloc_bitmap_t set = NULL;
    int r = read_upward(root, files->mount, path, file, &set);

    if (r == 0 && !hwloc_bitmap_iszero(set))
        (void)hwloc_bitmap_and(granted, granted, set); /* cannot grow, hence not fail */
    return r == -ENOMEM ? r : 0;
}

/* Kernels without NUMA have no Mems_allowed_list. */
static int read_allowed(const struct root *root, hwloc_bitmap_t cpus, hwloc_bitmap_t mems)
{
    autoset hwloc_bitmap_t allowed_cpus = NULL;
    autoset hwloc_bitmap_t allowed_mems = NULL;
    int r = proc_allowed(root, 0, &allowed_cpus, &allowed_mems);

    if (r == -ENODATA)
        r = proc_allowed(root, 0, &allowed_cpus, NULL);
    if ((allowed_cpus && hwloc_bitmap_copy(cpus, allowed_cpus) < 0) ||
        (allowed_mems && hwloc_bitmap_copy(mems, allowed_mems) < 0))
        return -ENOMEM;
    return r;
}

/* Both sets start infinite: "everything". */
static int read_grant(const struct root *root, hwloc_bitmap_t cpus, hwloc_bitmap_t mems)
{
    const struct cpuset_files *files;
    autofree char *cgroup = NULL;
    autofree char *path = NULL;
    int r = read_allowed(root, cpus, mems);

    if (r == -ENOMEM)
        return r;
    r = root_read(root, &cgroup, "proc/self/cgroup");
    if (r == 0)
        r = own_cgroup(cgroup, &files, &path);
    if (r == 0)
        r = narrow(cpus, root, files, path, files->cpus);
    if (r == 0)
        r = narrow(mems, root, files, path, files->mems);
    return r == -ENOMEM ? r : 0;
}

/* isolcpus= of the kernel's command line, and since 6.7 isolated cpuset partitions. */
static int read_isolated(const struct root *root, hwloc_bitmap_t isolated)
{
    static const char *const files[] = {
        "sys/devices/system/cpu/isolated",
        CGROUP_DIR "/cpuset.cpus.isolated",
    };

    for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
        autoset hwloc_bitmap_t set = NULL;
        int r = root_read_set(root, &set, "%s", files[i]);

        if (r == -ENOMEM || (r == 0 && hwloc_bitmap_or(isolated, isolated, set) < 0))
            return -ENOMEM;
    }
    return 0;
}

int read_granted(struct machine *machine, const struct root *root)
{
    autoset hwloc_bitmap_t cpus = hwloc_bitmap_alloc_full();
    autoset hwloc_bitmap_t mems = hwloc_bitmap_alloc_full();
    autoset hwloc_bitmap_t isolated = hwloc_bitmap_alloc();
    int r;

    if (!cpus || !mems || !isolated)
        return -ENOMEM;
    r = read_grant(root, cpus, mems);
    if (r == 0)
        r = read_isolated(root, isolated);
    for (unsigned int i = 0; r == 0 && i < machine->n_cpus; i++) {
        machine->cpus[i].granted = hwloc_bitmap_isset(cpus, machine->cpus[i].id) == 1;
        machine->cpus[i].isolated = hwloc_bitmap_isset(isolated, machine->cpus[i].id) == 1;
    }
    for (unsigned int i = 0; r == 0 && i < machine->n_nodes; i++)
        machine->nodes[i].granted = hwloc_bitmap_isset(mems, machine->nodes[i].id) == 1;
    return r;
}
