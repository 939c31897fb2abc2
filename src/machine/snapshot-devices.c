/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What read-devices and locate look at: the link of a device, the directory that it leads to with
 * the numa_node files above it, the devices that it is made of, and what it can be split into.
 */

#include "snapshot-out.h"

#include "machine-read.h"

#include <limits.h>
#include <string.h>

/* "sys/class/net" and "../../devices/x" to "sys/devices/x". */
static int resolve(const char *dir, const char *target, char ret_path[PATH_MAX])
{
    size_t length = strlen(dir);

    while (strncmp(target, "../", 3) == 0) {
        while (length > 0 && dir[length - 1] != '/')
            length--;
        if (length > 0)
            length--;
        target += 3;
    }
    if (snprintf(ret_path, PATH_MAX, "%.*s/%s", (int)length, dir, target) >= PATH_MAX)
        return -ENAMETOOLONG;
    return 0;
}

/* The directory of a device, and numa_node in it and above it. */
static int copy_chain(struct snapshot_out *out, const char *path)
{
    char at[PATH_MAX];
    int r = snapshot_directory(out, path);

    (void)snprintf(at, sizeof(at), "%s", path); /* as long as path, which is one */
    while (r == 0 && strcmp(at, "sys/devices") != 0 && strrchr(at, '/')) {
        char file[PATH_MAX + 16];

        (void)snprintf(file, sizeof(file), "%s/numa_node", at);
        r = snapshot_copy(out, file, NULL);
        *strrchr(at, '/') = '\0';
    }
    return r;
}

int snapshot_device(struct snapshot_out *out, const char *dir, const char *name, char **ret_path)
{
    autofree char *link = NULL;
    autofree char *target = NULL;
    char path[PATH_MAX];
    int r;

    *ret_path = NULL;
    if (asprintf(&link, "%s/%s", dir, name) < 0)
        return -ENOMEM;
    r = root_readlink(out->root, &target, "%s", link);
    if (r == 0)
        r = resolve(dir, target, path);
    if (r < 0)
        return unless_memory(r);
    r = snapshot_copy(out, link, NULL);
    if (r == 0)
        r = copy_chain(out, path);
    if (r < 0)
        return r;
    *ret_path = strdup(path);
    return *ret_path ? 0 : -ENOMEM;
}

static int copy_attribute(struct snapshot_out *out, const char *path, const char *attribute)
{
    autofree char *file = NULL;

    return asprintf(&file, "%s/%s", path, attribute) < 0 ? -ENOMEM : snapshot_copy(out, file, NULL);
}

static int copy_members(struct snapshot_out *out, const char *path);

/* A link and the device that it leads to; of that also the file called attribute, if not NULL. */
static int copy_link(struct snapshot_out *out, const char *dir, const char *name,
                     const char *attribute)
{
    autofree char *link = NULL;
    autofree char *path = NULL;
    int r;

    if (asprintf(&link, "%s/%s", dir, name) < 0)
        return -ENOMEM;
    if (snapshot_has(out, link))
        return 0;
    r = snapshot_device(out, dir, name, &path);
    if (r < 0 || !path)
        return r;
    if (attribute)
        r = copy_attribute(out, path, attribute);
    return r < 0 ? r : copy_members(out, path);
}

static const struct {
    const char *list;
    const char *prefix;
} members[] = {{"", "lower_"}, {"/slaves", ""}, {"/multipath", ""}};

/* What bonds, RAID and their like are made of. No link is followed twice, so this ends. */
static int copy_members(struct snapshot_out *out, const char *path)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < ARRAY_SIZE(members); i++) {
        autostrv char **names = NULL;
        autofree char *dir = NULL;

        if (asprintf(&dir, "%s%s", path, members[i].list) < 0)
            return -ENOMEM;
        r = root_list(out->root, &names, "%s", dir);
        for (char **name = names; r == 0 && *name; name++) {
            if (strncmp(*name, members[i].prefix, strlen(members[i].prefix)) == 0)
                r = copy_link(out, dir, *name, NULL);
        }
        if (r != -ENOMEM && !names)
            r = 0; /* it is made of nothing */
    }
    return r;
}

static bool has_members(const struct root *root, const char *dir, const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
        autostrv char **names = NULL;

        if (root_list(root, &names, "%s/%s%s", dir, name, members[i].list) < 0)
            continue;
        for (char **member = names; *member; member++) {
            if (strncmp(*member, members[i].prefix, strlen(members[i].prefix)) == 0)
                return true;
        }
    }
    return false;
}

/* What software made up, and of nothing else, no reader shows. */
static bool is_real(const struct root *root, const char *dir, const char *name)
{
    autofree char *target = NULL;

    return root_readlink(root, &target, "%s/%s", dir, name) == 0 &&
           (!strstr(target, "/devices/virtual/") || has_members(root, dir, name));
}

static int copy_links(struct snapshot_out *out, const char *dir, const char *links,
                      const char *attribute)
{
    autostrv char **names = NULL;
    int r = 0;

    if (root_list(out->root, &names, "%s", links) == -ENOMEM)
        return -ENOMEM;
    for (char **name = names; r == 0 && name && *name; name++)
        r = copy_link(out, dir, *name, attribute);
    return r;
}

/* The device that a class device belongs to, if a device tree describes it. */
static int copy_compatible(struct snapshot_out *out, const char *path)
{
    autofree char *link = NULL;
    autofree char *target = NULL;
    char parent[PATH_MAX];
    int r;

    if (!root_has(out->root, "%s/device/of_node/compatible", path))
        return 0;
    if (asprintf(&link, "%s/device", path) < 0)
        return -ENOMEM;
    r = root_readlink(out->root, &target, "%s", link);
    if (r == 0)
        r = resolve(path, target, parent);
    if (r < 0)
        return unless_memory(r);
    r = snapshot_copy(out, link, NULL);
    return r < 0 ? r : copy_attribute(out, parent, "of_node/compatible");
}

static int copy_facts(struct snapshot_out *out, const char *dir, const char *name)
{
    static const char pci_devices[] = "sys/bus/pci/devices";
    autofree char *target = NULL;
    autofree char *pci = NULL;
    char path[PATH_MAX];
    int r = root_readlink(out->root, &target, "%s/%s", dir, name);

    if (r == 0)
        r = resolve(dir, target, path);
    if (r < 0)
        return unless_memory(r);
    r = pci_of_path(target, &pci);
    if (r == 0 && pci && root_has(out->root, "%s/%s/sriov_totalvfs", pci_devices, pci))
        r = copy_link(out, pci_devices, pci, "sriov_totalvfs");
    return r < 0 ? r : copy_compatible(out, path);
}

static int copy_class(struct snapshot_out *out, const struct device_dir *dir)
{
    autostrv char **names = NULL;
    int r = 0;

    if (root_list(out->root, &names, "%s", dir->path) == -ENOMEM)
        return -ENOMEM;
    for (char **name = names; r == 0 && name && *name; name++) {
        if (!dir->is_wanted(*name) || !is_real(out->root, dir->path, *name))
            continue;
        r = copy_link(out, dir->path, *name, NULL);
        if (r == 0)
            r = copy_facts(out, dir->path, *name);
    }
    return r;
}

int snapshot_devices(struct snapshot_out *out)
{
    static const char dax[] = "sys/bus/dax/devices", pci[] = "sys/bus/pci/devices";
    int r = 0;

    for (size_t i = 0; r == 0 && i < N_DEVICE_DIRS; i++)
        r = copy_class(out, &device_dirs[i]);
    if (r == 0)
        r = copy_links(out, dax, dax, "target_node");
    if (r == 0)
        r = copy_links(out, pci, "proc/driver/nvidia/gpus", NULL); /* named by PCI address */
    return r;
}
