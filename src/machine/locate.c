/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the device's directory, then the node that it or what it hangs on knows. */

#include "locate.h"

#include "locate-host.h"

#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/* From a queue of a device up to its host bridge there are fewer levels than this. */
#define DEPTH_MAX 16
/* A VLAN on a bond on a VF: deeper than anybody stacks. */
#define STACK_MAX 6

int locate_unknown_node(const char *device, struct np_error *err)
{
    int r = error_set(err, -ENODATA, "nobody knows the node of %s: its numa_node is -1 or absent",
                      device);

    error_hint(err, "the firmware does not tell; name the node by its number");
    return r;
}

/* At or above the directory that path leads to, links followed. */
static int nearest_node(const struct root *root, const char *path, unsigned int *ret_node)
{
    char up[3 * DEPTH_MAX + 1] = "";

    for (int depth = 0; depth < DEPTH_MAX; depth++) {
        int node;

        if (root_read_int(root, &node, "%s/%snuma_node", path, up) == 0 && node >= 0) {
            *ret_node = (unsigned int)node;
            return 0;
        }
        strcat(up, "../");
    }
    return -ENODATA;
}

static int node_of_stack(const struct root *root, const char *path, int depth,
                         unsigned int *ret_node);

/* The node on which all members are: entries of path/list whose name starts with prefix. -ENODATA
 * when there is none. */
static int node_of_members(const struct root *root, const char *list, const char *prefix, int depth,
                           unsigned int *ret_node)
{
    autostrv char **names = NULL;
    bool found = false;
    int r = root_list(root, &names, "%s", list);

    if (r < 0)
        return -ENODATA;
    for (char **name = names; *name; name++) {
        char member[PATH_MAX];
        unsigned int node;

        if (strncmp(*name, prefix, strlen(prefix)) != 0)
            continue;
        if (snprintf(member, sizeof(member), "%s/%s", list, *name) >= (int)sizeof(member))
            return -ENAMETOOLONG;
        r = node_of_stack(root, member, depth + 1, &node);
        if (r < 0)
            return r;
        if (found && node != *ret_node)
            return -ENOTUNIQ;
        found = true;
        *ret_node = node;
    }
    return found ? 0 : -ENODATA;
}

static int node_of_stack(const struct root *root, const char *path, int depth,
                         unsigned int *ret_node)
{
    static const struct {
        const char *list;
        const char *prefix;
    } members[] = {
        {"", "lower_"},     /* net: bonds, bridges, VLANs */
        {"/slaves", ""},    /* block: RAID, LVM, dm-crypt */
        {"/multipath", ""}, /* NVMe with several controllers */
    };
    unsigned int node;
    int r = nearest_node(root, path, &node);

    for (size_t i = 0; r == -ENODATA && depth < STACK_MAX && i < ARRAY_SIZE(members); i++) {
        autofree char *list = NULL;

        if (asprintf(&list, "%s%s", path, members[i].list) < 0)
            return -ENOMEM;
        r = node_of_members(root, list, members[i].prefix, depth, &node);
    }
    if (r == 0)
        *ret_node = node;
    return r;
}

int locate_path(const struct root *root, const char *path, unsigned int *ret_node)
{
    return node_of_stack(root, path, 0, ret_node);
}

/* path is where sysfs has the device, device is what the user called it. */
static int node_of_path(const struct root *root, const char *device, const char *path,
                        unsigned int *ret_node, struct np_error *err)
{
    int r = node_of_stack(root, path, 0, ret_node);

    if (r == -ENODATA)
        return locate_unknown_node(device, err);
    if (r == -ENOTUNIQ)
        return error_set(err, r, "%s is made of devices on several nodes", device);
    return r < 0 ? error_set(err, r, "cannot find the node of %s: %s", device, strerror(-r)) : 0;
}

static int locate_class(const struct root *root, const char *class, const char *name,
                        unsigned int *ret_node, struct np_error *err)
{
    char path[PATH_MAX];

    if (!name[0] || strchr(name, '/') || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return error_set(err, -EINVAL, "\"%.64s\" is not the name of a device", name);
    (void)snprintf(path, sizeof(path), "sys/class/%s/%.255s", class, name);
    if (!root_has(root, "%s", path))
        return error_set(err, -ENOENT, "there is no %s device \"%.64s\"", class, name);
    return node_of_path(root, name, path, ret_node, err);
}

static int locate_netdev(const struct root *root, const char *name, unsigned int *ret_node,
                         struct np_error *err)
{
    return locate_class(root, "net", name, ret_node, err);
}

static int locate_file(const struct root *root, const char *name, unsigned int *ret_node,
                       struct np_error *err)
{
    char path[PATH_MAX];
    struct stat status;
    dev_t dev;
    int r = stat(name, &status) < 0 ? -errno : 0;

    if (r < 0)
        return error_set(err, r, "cannot find %s: %s", name, strerror(-r));
    dev = S_ISBLK(status.st_mode) || S_ISCHR(status.st_mode) ? status.st_rdev : status.st_dev;
    if (major(dev) == 0) {
        r = host_device_of_mount(root, name, &dev, err);
        if (r < 0)
            return r;
    }
    (void)snprintf(path, sizeof(path), "sys/dev/%s/%u:%u",
                   S_ISCHR(status.st_mode) ? "char" : "block", major(dev), minor(dev));
    if (!root_has(root, "%s", path))
        return error_set(err, -ENOENT, "sysfs does not show device %u:%u of %s", major(dev),
                         minor(dev), name);
    return node_of_path(root, name, path, ret_node, err);
}

/* By the kernel's name, or by the path of its device node, which udev may have named. */
static int locate_block(const struct root *root, const char *name, unsigned int *ret_node,
                        struct np_error *err)
{
    static const char dev[] = "/dev/";

    if (name[0] != '/')
        return locate_class(root, "block", name, ret_node, err);
    if (strncmp(name, dev, strlen(dev)) == 0 &&
        root_has(root, "sys/class/block/%s", name + strlen(dev)))
        return locate_class(root, "block", name + strlen(dev), ret_node, err);
    return locate_file(root, name, ret_node, err);
}

/* "1:0.0", "01:00", "0000:01:00.0": segment and function may be left out. */
bool locate_parse_pci(const char *text, char address[LOCATE_PCI_MAX])
{
    unsigned int a, b, c, d;
    int end = 0;

    if (text[strspn(text, "0123456789abcdefABCDEF:.")])
        return false; /* scanf's %x would take signs, spaces and 0x as well */
    if (sscanf(text, "%x:%x:%x.%x%n", &a, &b, &c, &d, &end) == 4 && !text[end])
        ;
    else if (sscanf(text, "%x:%x:%x%n", &a, &b, &c, &end) == 3 && !text[end])
        d = 0;
    else if (sscanf(text, "%x:%x.%x%n", &b, &c, &d, &end) == 3 && !text[end])
        a = 0;
    else if (sscanf(text, "%x:%x%n", &b, &c, &end) == 2 && !text[end])
        a = d = 0;
    else
        return false;
    return snprintf(address, LOCATE_PCI_MAX, "%04x:%02x:%02x.%x", a, b, c, d) < LOCATE_PCI_MAX;
}

static int locate_pci(const struct root *root, const char *name, unsigned int *ret_node,
                      struct np_error *err)
{
    char address[LOCATE_PCI_MAX], path[32 + LOCATE_PCI_MAX];

    if (!locate_parse_pci(name, address)) {
        int r = error_set(err, -EINVAL, "\"%.64s\" is not a PCI address", name);

        error_hint(err, "write [segment:]bus:device[.function], such as 0000:01:00.0");
        return r;
    }
    (void)snprintf(path, sizeof(path), "sys/bus/pci/devices/%s", address);
    if (!root_has(root, "%s", path))
        return error_set(err, -ENOENT, "there is no PCI device %s", address);
    return node_of_path(root, name, path, ret_node, err);
}

static int locate_ip(const struct root *root, const char *name, unsigned int *ret_node,
                     struct np_error *err)
{
    char interface[HOST_INTERFACE_MAX];
    int r = host_route(name, interface, err);

    return r < 0 ? r : locate_netdev(root, interface, ret_node, err);
}

static const struct {
    const char *prefix;
    int (*locate)(const struct root *root, const char *name, unsigned int *ret_node,
                  struct np_error *err);
} kinds[] = {
    {"netdev:", locate_netdev}, {"block:", locate_block}, {"file:", locate_file},
    {"pci:", locate_pci},       {"ip:", locate_ip},
};

bool locate_is_device(const char *text)
{
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        if (strncmp(text, kinds[i].prefix, strlen(kinds[i].prefix)) == 0)
            return true;
    }
    return false;
}

/* A bare name, as `numaplace topo` shows devices. */
static int locate_name(const struct root *root, const char *name, unsigned int *ret_node,
                       struct np_error *err)
{
    static const char *const classes[] = {"net", "block", "drm"};
    char address[LOCATE_PCI_MAX];

    for (size_t i = 0; i < ARRAY_SIZE(classes); i++) {
        if (name[0] && !strchr(name, '/') && root_has(root, "sys/class/%s/%s", classes[i], name))
            return locate_class(root, classes[i], name, ret_node, err);
    }
    if (locate_parse_pci(name, address))
        return locate_pci(root, name, ret_node, err);
    error_set(err, -ENOENT, "there is no device \"%.64s\"", name);
    error_hint(err, "`numaplace topo` lists the devices; netdev:, block:, file:, pci: and ip: name "
                    "others");
    return -ENOENT;
}

int locate_device(const struct root *root, const char *device, unsigned int *ret_node,
                  struct np_error *err)
{
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        size_t length = strlen(kinds[i].prefix);

        if (strncmp(device, kinds[i].prefix, length) == 0)
            return kinds[i].locate(root, device + length, ret_node, err);
    }
    return locate_name(root, device, ret_node, err);
}
