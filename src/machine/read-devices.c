/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Network, block and GPU devices with their PCI address and node.
 *
 * Left out is what is no device of its own: loop and RAM disks, partitions, and what software made
 * up, unless what it is made of tells where that is (a bond of two ports of node 1 is on node 1).
 */

#include "machine-read.h"

#include "locate.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define NVIDIA_DIR "proc/driver/nvidia/gpus"

bool is_pci_address(const char *text, size_t length)
{
    static const char shape[] = "xxxx:xx:xx.d";

    if (length != strlen(shape))
        return false;
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];

        if (shape[i] == 'x' ? !isxdigit(c) : shape[i] == 'd' ? !isdigit(c) : c != shape[i])
            return false;
    }
    return true;
}

int pci_of_path(const char *path, char **ret_pci)
{
    const char *found = NULL;
    size_t length;

    for (const char *p = path; *p; p += length, p += *p == '/') {
        length = strcspn(p, "/");
        if (is_pci_address(p, length))
            found = p;
    }
    *ret_pci = found ? strndup(found, strcspn(found, "/")) : NULL;
    return found && !*ret_pci ? -ENOMEM : 0;
}

int machine_add_device(struct machine *machine, const char *name, enum device_class class,
                       char *pci, int node)
{
    struct device *larger =
        reallocarray(machine->devices, machine->n_devices + 1, sizeof(*machine->devices));
    char *copy = strdup(name);

    if (larger)
        machine->devices = larger;
    if (!larger || !copy) {
        free(copy);
        free(pci);
        return -ENOMEM;
    }
    larger[machine->n_devices++] = (struct device){
        .name = copy,
        .class = class,
        .pci = pci,
        .node = node,
        .vfs.total = -1,
        .namespaces.total = -1,
    };
    return 0;
}

/* The node of the device at a path in sysfs; -1 also for a node that the tree does not have. */
static int known_node(const struct machine *machine, const struct root *root, const char *path)
{
    unsigned int node;

    return locate_path(root, path, &node) == 0 && machine_node(machine, node) ? (int)node : -1;
}

bool is_namespace(const char *name)
{
    unsigned int number;
    int length = 0;

    if (sscanf(name, "nvme%5un%10u%n", &number, &number, &length) != 2 &&
        sscanf(name, "nvme%5uc%5un%10u%n", &number, &number, &number, &length) != 3)
        return false;
    return name[length] == '\0'; /* and no partition */
}

/* sysfs does not say how many namespaces a controller has: they are there, side by side. */
static int count_namespaces(struct device *device, const struct root *root, const char *path)
{
    autostrv char **names = NULL;
    int r = root_list(root, &names, "%s/..", path);

    if (r < 0)
        return unless_memory(r);
    device->namespaces.total = 0;
    for (char **name = names; *name; name++)
        device->namespaces.total += is_namespace(*name);
    return 0;
}

/* What of it can be given away in parts, and what a device tree calls it. */
static int read_parts(struct device *device, const struct root *root, const char *path)
{
    autofree char *compatible = NULL;
    int n, r = 0;

    if (device->class == DEVICE_NET && device->pci &&
        root_read_int(root, &n, "sys/bus/pci/devices/%s/sriov_totalvfs", device->pci) == 0 &&
        n >= 0)
        device->vfs.total = n;
    if (device->class == DEVICE_BLOCK && is_namespace(device->name))
        r = count_namespaces(device, root, path);
    if (r < 0)
        return r;
    /* The first of several strings, the most exact one, ends with NUL. */
    r = root_read(root, &compatible, "%s/device/of_node/compatible", path);
    if (r == 0 && compatible[0])
        device->compatible = TAKE(compatible);
    return unless_memory(r);
}

static int add_class_device(struct machine *machine, const struct root *root, const char *dir,
                            const char *name, enum device_class class)
{
    autofree char *target = NULL;
    autofree char *path = NULL;
    char *pci;
    int node, r;

    if (asprintf(&path, "%s/%s", dir, name) < 0)
        return -ENOMEM;
    r = root_readlink(root, &target, "%s", path);
    if (r < 0)
        return unless_memory(r);
    node = known_node(machine, root, path);
    if (node < 0 && strstr(target, "/devices/virtual/"))
        return 0;
    r = pci_of_path(target, &pci);
    if (r == 0)
        r = machine_add_device(machine, name, class, pci, node);
    return r < 0 ? r : read_parts(&machine->devices[machine->n_devices - 1], root, path);
}

static bool is_card(const char *name)
{
    const char *digits = name + 4;

    return strncmp(name, "card", 4) == 0 && *digits && digits[strspn(digits, "0123456789")] == '\0';
}

static bool is_any(const char *name)
{
    return true;
}

/* NVIDIA's driver shows no card to the display subsystem on compute servers. Its GPUs are called as
 * its device nodes are: nvidia0. */
static int read_nvidia(struct machine *machine, const struct root *root)
{
    autostrv char **names = NULL;
    int r = root_list(root, &names, NVIDIA_DIR);

    for (char **pci = names; r == 0 && *pci; pci++) {
        autofree char *text = NULL;
        autofree char *path = NULL;
        char *copy;
        char name[32];
        const char *line;
        unsigned int minor;
        bool known = false;

        r = unless_memory(root_read(root, &text, NVIDIA_DIR "/%s/information", *pci));
        line = text ? strstr(text, "Device Minor:") : NULL;
        for (unsigned int i = 0; i < machine->n_devices; i++)
            known |= machine->devices[i].pci && strcmp(machine->devices[i].pci, *pci) == 0;
        if (known || !line || sscanf(line, "Device Minor: %5u", &minor) != 1)
            continue;
        (void)snprintf(name, sizeof(name), "nvidia%u", minor); /* fits */
        if (asprintf(&path, "sys/bus/pci/devices/%s", *pci) < 0 || !(copy = strdup(*pci)))
            return -ENOMEM;
        r = machine_add_device(machine, name, DEVICE_GPU, copy, known_node(machine, root, path));
    }
    return unless_memory(r);
}

const struct device_dir device_dirs[N_DEVICE_DIRS] = {
    {DEVICE_NET, "sys/class/net", is_any},
    {DEVICE_BLOCK, "sys/block", is_any},
    {DEVICE_GPU, "sys/class/drm", is_card},
};

int read_devices(struct machine *machine, const struct root *root)
{
    for (size_t i = 0; i < N_DEVICE_DIRS; i++) {
        const struct device_dir *dir = &device_dirs[i];
        autostrv char **names = NULL;
        int r = root_list(root, &names, "%s", dir->path);

        for (char **name = names; r == 0 && *name; name++) {
            if (dir->is_wanted(*name))
                r = add_class_device(machine, root, dir->path, *name, dir->class);
        }
        if (r == -ENOMEM)
            return r;
    }
    return read_nvidia(machine, root);
}
