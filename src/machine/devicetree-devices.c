/* SPDX-License-Identifier: Apache-2.0 */
/* Devices and host settings of a device tree. A device's label is what references call it, and so
 * its name, unless it says another in "device-name". */

#include "machine-devicetree.h"

#include "devicetree-read.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

/* Kerf's words for how a device is split. */
struct part_words {
    const char *total;
    const char *reserved;
    const char *available;
};

char *devicetree_device_name(const struct dt_node *device)
{
    const struct dt_property *told = dt_property(device, "device-name");
    char *name;

    if (told && told->n_values == 1 && told->values[0].text && told->values[0].text[0])
        return strdup(told->values[0].text);
    if (device->labels && device->labels[0])
        return strdup(device->labels[0]);
    if (!device->unit)
        return strdup(device->name);
    return asprintf(&name, "%s@%s", device->name, device->unit) < 0 ? NULL : name;
}

struct class_word {
    const char *word;
    enum device_class class;
};

/* What the name of a node or of a device begins with. Kerf's blobs have "eth0" for both. */
static const struct class_word name_words[] = {
    {"eth", DEVICE_NET},       {"net", DEVICE_NET}, {"enp", DEVICE_NET},    {"ens", DEVICE_NET},
    {"eno", DEVICE_NET},       {"ib", DEVICE_NET},  {"nvme", DEVICE_BLOCK}, {"disk", DEVICE_BLOCK},
    {"storage", DEVICE_BLOCK}, {"gpu", DEVICE_GPU},
};

/* What stands somewhere in "compatible". */
static const struct class_word compatible_words[] = {
    {"ethernet", DEVICE_NET}, {"nvme", DEVICE_BLOCK}, {"gpu", DEVICE_GPU}};

static bool class_of_name(const char *name, enum device_class *ret_class)
{
    for (size_t i = 0; i < ARRAY_SIZE(name_words); i++) {
        if (strncmp(name, name_words[i].word, strlen(name_words[i].word)) == 0) {
            *ret_class = name_words[i].class;
            return true;
        }
    }
    return false;
}

static enum device_class guess_class(const struct dt_node *where, const struct device *device)
{
    enum device_class class;

    if (class_of_name(where->name, &class) || class_of_name(device->name, &class))
        return class;
    for (size_t i = 0; device->compatible && i < ARRAY_SIZE(compatible_words); i++) {
        if (strstr(device->compatible, compatible_words[i].word))
            return compatible_words[i].class;
    }
    return DEVICE_OTHER;
}

static const char *class_word(unsigned int class)
{
    return device_class_name((enum device_class) class);
}

static int read_class(const struct tree_reader *reader, const struct dt_node *where,
                      struct device *device)
{
    static const struct tree_words words = {"class of devices", class_word, DEVICE_NET,
                                            DEVICE_OTHER + 1};
    unsigned int class = guess_class(where, device);
    int r = tree_word(reader, where, "numaplace,class", &words, &class);

    device->class = (enum device_class) class;
    return r;
}

/* The first of a list goes from special to general. */
static int read_compatible(const struct tree_reader *reader, const struct dt_node *where,
                           struct device *device)
{
    const struct dt_property *property = dt_property(where, "compatible");
    autostrv char **texts = NULL;
    int r = property ? dt_get_strings(reader->dt, where, property, &texts, reader->err) : 0;

    if (r < 0 || !property)
        return r;
    device->compatible = strdup(texts[0]);
    return device->compatible ? 0 : -ENOMEM;
}

static int read_pci(const struct tree_reader *reader, const struct dt_node *where,
                    struct device *device)
{
    const char *text = NULL;
    int r = tree_string(reader, where, "pci-id", &text);

    if (r < 0 || !text)
        return r;
    if (!is_pci_address(text, strlen(text))) {
        r = tree_fail(reader, where, tree_mark(where, "pci-id"),
                      "`pci-id` is \"%.64s\", which is no PCI address", text);
        error_hint(reader->err, "write domain, bus, device and function: \"0000:01:00.0\"");
        return r;
    }
    device->pci = strdup(text);
    return device->pci ? 0 : -ENOMEM;
}

static int read_node(const struct tree_reader *reader, const struct dt_node *where,
                     struct device *device)
{
    const char *name = dt_property(where, "numa-node") ? "numa-node" : "numa-node-id";
    uint32_t node;
    int r;

    device->node_overridden = dt_property(where, "numaplace,node-overridden");
    if (!dt_property(where, name))
        return 0;
    r = tree_u32(reader, where, name, &node);
    if (r < 0)
        return r;
    if (node > INT_MAX || (!device->node_overridden && !machine_node(reader->machine, node)))
        return tree_fail(reader, where, tree_mark(where, name),
                         "device %s is on node %u, which does not exist", device->name, node);
    device->node = (int)node;
    return 0;
}

/* Numbers of parts are from 0 or from 1, so that the last may be the total. */
static int check_numbers(const struct tree_reader *reader, const struct dt_node *where,
                         const char *list, hwloc_const_bitmap_t numbers, int total)
{
    int last = numbers ? hwloc_bitmap_last(numbers) : -1;

    if (total < 0 || last <= total)
        return 0;
    return tree_fail(reader, where, tree_mark(where, list), "`%s` has %d, and there are only %d",
                     list, last, total);
}

static int read_parts(const struct tree_reader *reader, const struct dt_node *where,
                      const struct part_words *words, struct device_parts *parts)
{
    uint32_t total = UINT32_MAX;
    int r = tree_u32(reader, where, words->total, &total);

    if (r == 0 && total > INT_MAX && dt_property(where, words->total))
        return tree_fail(reader, where, tree_mark(where, words->total), "`%s` is too large",
                         words->total);
    parts->total = (int)total;
    if (r == 0)
        r = tree_ids(reader, where, words->reserved, &parts->reserved);
    if (r == 0)
        r = tree_ids(reader, where, words->available, &parts->available);
    if (r == 0)
        r = check_numbers(reader, where, words->reserved, parts->reserved, parts->total);
    if (r == 0)
        r = check_numbers(reader, where, words->available, parts->available, parts->total);
    if (r == 0 && parts->reserved && parts->available &&
        hwloc_bitmap_intersects(parts->reserved, parts->available))
        r = tree_fail(reader, where, tree_mark(where, words->available),
                      "`%s` has what `%s` has, too", words->available, words->reserved);
    return r;
}

static int fill_device(const struct tree_reader *reader, const struct dt_node *where,
                       struct device *device)
{
    static const struct part_words vfs = {"sriov-vfs", "host-reserved-vf", "available-vfs"};
    static const struct part_words namespaces = {"namespaces", "host-reserved-ns", "available-ns"};
    int r = read_compatible(reader, where, device);

    if (r == 0)
        r = read_class(reader, where, device);
    if (r == 0)
        r = read_pci(reader, where, device);
    if (r == 0)
        r = read_node(reader, where, device);
    if (r == 0)
        r = read_parts(reader, where, &vfs, &device->vfs);
    return r < 0 ? r : read_parts(reader, where, &namespaces, &device->namespaces);
}

/* Names are unique in their class. */
static int check_unique(const struct tree_reader *reader, const struct dt_node *where,
                        const struct device *device)
{
    int r;

    for (const struct device *other = reader->machine->devices; other < device; other++) {
        if (other->class != device->class || strcmp(other->name, device->name) != 0)
            continue;
        r = tree_fail(reader, where, tree_mark(where, "device-name"), "there are two %s devices %s",
                      device_class_name(device->class), device->name);
        error_hint(reader->err, "a device is called by its `device-name`, or else by its label");
        return r;
    }
    return 0;
}

static int read_device(const struct tree_reader *reader, const struct dt_node *where)
{
    struct machine *machine = reader->machine;
    autofree char *name = devicetree_device_name(where);
    const char *told = NULL;
    struct device *device;
    int r = tree_string(reader, where, "device-name", &told);

    if (r == 0)
        r = name ? machine_add_device(machine, name, DEVICE_OTHER, NULL, -1) : -ENOMEM;
    if (r < 0)
        return r;
    device = &machine->devices[machine->n_devices - 1];
    r = fill_device(reader, where, device);
    return r < 0 ? r : check_unique(reader, where, device);
}

int tree_read_devices(const struct tree_reader *reader)
{
    const struct dt_node *devices = dt_child(reader->resources, "devices");
    int r = 0;

    for (unsigned int i = 0; r == 0 && devices && i < devices->n_children; i++)
        r = read_device(reader, devices->children[i]);
    if (r == 0)
        machine_order_devices(reader->machine);
    return r;
}
