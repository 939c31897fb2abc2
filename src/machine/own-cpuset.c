/* SPDX-License-Identifier: Apache-2.0 */
/* The cpuset of our own cgroup. */

#include "own-cpuset.h"

#include <string.h>

static const struct {
    const char *mount;
    const char *cpus;
    const char *mems;
} files[] = {
    [1] = {"sys/fs/cgroup/cpuset", "cpuset.effective_cpus", "cpuset.effective_mems"},
    [2] = {"sys/fs/cgroup", "cpuset.cpus.effective", "cpuset.mems.effective"},
};

const char *own_cpuset_mount(int version)
{
    return files[version].mount;
}

const char *own_cpuset_cpus_file(int version)
{
    return files[version].cpus;
}

const char *own_cpuset_mems_file(int version)
{
    return files[version].mems;
}

void own_cpuset_fini(struct own_cpuset *cpuset)
{
    hwloc_bitmap_free(cpuset->cpus);
    hwloc_bitmap_free(cpuset->mems);
}

/* Whether "cpu,cpuset:" up to the colon has cpuset in it. */
static bool has_cpuset(const char *controllers)
{
    static const char cpuset[] = "cpuset";

    for (const char *p = controllers; *p && *p != ':'; p += strcspn(p, ",:"), p += *p == ',') {
        if (strcspn(p, ",:") == strlen(cpuset) && strncmp(p, cpuset, strlen(cpuset)) == 0)
            return true;
    }
    return false;
}

/* In /proc/self/cgroup: the path of the line with the cpuset controller ("5:cpuset:/a") or else of
 * version 2's ("0::/a"). NULL when there is neither. Not terminated. */
static const char *own_path(const char *cgroup, int *ret_version)
{
    const char *path_v2 = NULL;

    for (const char *line = cgroup; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        const char *end = line + strcspn(line, "\n");
        const char *controllers = memchr(line, ':', (size_t)(end - line));
        const char *path =
            controllers ? memchr(controllers + 1, ':', (size_t)(end - controllers - 1)) : NULL;

        if (!path)
            continue;
        if (has_cpuset(controllers + 1)) {
            *ret_version = 1;
            return path + 1;
        }
        if (path == controllers + 1)
            path_v2 = path + 1;
    }
    *ret_version = path_v2 ? 2 : 0;
    return path_v2;
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
        char *slash = strrchr(at, '/');

        if (slash && !slash[1])
            *slash = '\0'; /* the top is "/" */
        r = root_read_set(root, ret_set, "%s%s/%s", mount, at, file);
        slash = strrchr(at, '/');
        if (r != -ENOENT || !slash)
            return r;
        *slash = '\0';
    }
}

int own_cpuset_read(const struct root *root, struct own_cpuset *ret_cpuset)
{
    struct own_cpuset cpuset = {.version = -1};
    autofree char *cgroup = NULL;
    autofree char *path = NULL;
    const char *own = NULL;
    int r = root_read(root, &cgroup, "proc/self/cgroup");

    if (r == 0)
        own = own_path(cgroup, &cpuset.version);
    if (own) {
        path = strndup(own, strcspn(own, "\n"));
        r = path ? read_upward(root, own_cpuset_mount(cpuset.version), path,
                               own_cpuset_cpus_file(cpuset.version), &cpuset.cpus)
                 : -ENOMEM;
        if (r != -ENOMEM && path)
            r = read_upward(root, own_cpuset_mount(cpuset.version), path,
                            own_cpuset_mems_file(cpuset.version), &cpuset.mems);
    }
    if (r == -ENOMEM) {
        own_cpuset_fini(&cpuset);
        return r;
    }
    if (cpuset.version == 2 && !cpuset.cpus)
        cpuset.version = 0; /* its top has the file wherever it has the controller */
    *ret_cpuset = cpuset;
    return 0;
}
