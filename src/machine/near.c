/* SPDX-License-Identifier: Apache-2.0 */
/* The list that was read with the machine is asked first: a description has nothing else, and a
 * capture less of sysfs than what it lists. */

#include "near.h"

#include "locate.h"

#include <string.h>

/* text behind prefix; NULL when it does not begin with it. */
static const char *after(const char *text, const char *prefix)
{
    size_t length = strlen(prefix);

    return strncmp(text, prefix, length) == 0 ? text + length : NULL;
}

static const struct device *find_in_class(const struct machine *machine, const char *name,
                                          enum device_class class)
{
    const struct device *device = machine_device(machine, name);

    return device && device->class == class ? device : NULL;
}

static const struct device *find_pci(const struct machine *machine, const char *text)
{
    char address[LOCATE_PCI_MAX];

    if (!locate_parse_pci(text, address))
        return NULL;
    for (unsigned int i = 0; i < machine->n_devices; i++) {
        if (machine->devices[i].pci && strcmp(machine->devices[i].pci, address) == 0)
            return &machine->devices[i];
    }
    return NULL;
}

const struct device *near_find(const struct machine *machine, const char *text)
{
    const struct device *device = machine_device(machine, text);
    const char *name;

    if (device)
        return device;
    if ((name = after(text, "netdev:")))
        return find_in_class(machine, name, DEVICE_NET);
    if ((name = after(text, "block:/dev/")) || (name = after(text, "block:")))
        return find_in_class(machine, name, DEVICE_BLOCK);
    name = after(text, "pci:");
    return find_pci(machine, name ? name : text);
}

/* Files and addresses are looked up on the machine that runs, which is another one. */
static bool asks_the_host(const char *device)
{
    return after(device, "file:") || after(device, "ip:") ||
           (after(device, "block:/") && !after(device, "block:/dev/"));
}

static int locate(const struct machine *machine, const struct root *root, const char *device,
                  unsigned int *ret_node, struct np_error *err)
{
    const struct device *listed = near_find(machine, device);
    int r;

    if (listed && listed->node >= 0) {
        *ret_node = (unsigned int)listed->node;
        return 0;
    }
    if (listed)
        return locate_unknown_node(device, err);
    if (!machine->live && asks_the_host(device)) {
        r = error_set(err, -ENOTSUP, "%s can only be looked up on the running machine", device);
        error_hint(err, "name the device itself");
        return r;
    }
    if (root)
        return locate_device(root, device, ret_node, err);
    r = error_set(err, -ENOENT, "there is no device \"%.64s\"", device);
    error_hint(err, "`numaplace topo` lists the devices");
    return r;
}

int near_node(const struct machine *machine, const struct root *root, const char *device,
              unsigned int *ret_node, struct np_error *err)
{
    struct np_error inner = {0};
    unsigned int node;
    int r = locate(machine, root, device, &node, &inner);

    if (r == -ENODATA && machine->n_nodes == 1) {
        node = machine->nodes[0].id;
        r = 0;
    }
    if (r == 0)
        *ret_node = node;
    else
        *err = inner;
    return r;
}
