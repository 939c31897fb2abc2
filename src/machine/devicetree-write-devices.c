/* SPDX-License-Identifier: Apache-2.0 */
/* Devices as a device tree: eth0: ethernet@0 { ... }; so that instances can refer to &eth0. */

#include "devicetree-write.h"

#include <ctype.h>
#include <string.h>

/* What such a device's node is called; the reader takes the class from that. */
static const char *const node_names[] = {
    [DEVICE_NET] = "ethernet",
    [DEVICE_BLOCK] = "storage",
    [DEVICE_GPU] = "gpu",
    [DEVICE_OTHER] = "device",
};

static bool is_label(const char *name)
{
    if (isdigit((unsigned char)name[0]) || !name[0])
        return false;
    while (isalnum((unsigned char)*name) || *name == '_')
        name++;
    return *name == '\0';
}

/* Names are unique in their class only, labels everywhere; what is no label is known by its
 * "device-name" alone. */
static int put_names(struct dt_node *node, const struct machine *machine,
                     const struct device *device)
{
    bool taken = machine_device(machine, device->name) != device;
    int r = is_label(device->name) && !taken ? dt_add_label(node, device->name) : 0;

    return r < 0 ? r : dt_put_string(node, "device-name", device->name);
}

static int put_node_of(struct dt_node *node, const struct device *device)
{
    int r = device->node >= 0 ? dt_put_u32(node, "numa-node", (uint32_t)device->node) : 0;

    return r < 0 || !device->node_overridden ? r : dt_put_flag(node, "numaplace,node-overridden");
}

/* Words for the total, the host's own and those for instances. */
static int put_parts(struct dt_node *node, const char *const words[3],
                     const struct device_parts *parts)
{
    int r = parts->total >= 0 ? dt_put_u32(node, words[0], (uint32_t)parts->total) : 0;

    if (r == 0 && parts->reserved)
        r = tree_put_ids(node, words[1], parts->reserved);
    if (r == 0 && parts->available)
        r = tree_put_ids(node, words[2], parts->available);
    return r;
}

static int put_device(struct dt_node *devices, const struct machine *machine,
                      const struct device *device, unsigned int number)
{
    static const char *const vfs[] = {"sriov-vfs", "host-reserved-vf", "available-vfs"};
    static const char *const namespaces[] = {"namespaces", "host-reserved-ns", "available-ns"};
    struct dt_node *node;
    int r = tree_add_numbered(devices, node_names[device->class], number, &node);

    if (r == 0)
        r = put_names(node, machine, device);
    if (r == 0 && device->class == DEVICE_OTHER)
        r = dt_put_string(node, "numaplace,class", device_class_name(device->class));
    if (r == 0 && device->compatible)
        r = dt_put_string(node, "compatible", device->compatible);
    if (r == 0 && device->pci)
        r = dt_put_string(node, "pci-id", device->pci);
    if (r == 0)
        r = put_node_of(node, device);
    if (r == 0)
        r = put_parts(node, vfs, &device->vfs);
    return r < 0 ? r : put_parts(node, namespaces, &device->namespaces);
}

int tree_put_devices(struct dt_node *resources, const struct machine *machine)
{
    unsigned int numbers[DEVICE_OTHER + 1] = {0};
    struct dt_node *devices;
    int r = machine->n_devices > 0 ? dt_add_node(resources, "devices", NULL, &devices) : 0;

    for (unsigned int i = 0; r == 0 && i < machine->n_devices; i++) {
        const struct device *device = &machine->devices[i];

        r = put_device(devices, machine, device, numbers[device->class]++);
    }
    return r;
}
