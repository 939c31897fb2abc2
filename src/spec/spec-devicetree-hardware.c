/* SPDX-License-Identifier: Apache-2.0 */
/* Remarks about the hardware that a tree describes: it is read, and something of it cannot be meant
 * so. */

#include "machine-devicetree.h"
#include "set.h"
#include "spec-devicetree.h"

#include <string.h>
#include <strings.h>

static int remark_doubts(const struct tree_reader *reader)
{
    CLEANUP(devicetree_doubts_fini) struct devicetree_doubts doubts = {0};
    autofree char *list = NULL;
    int r = devicetree_doubt(reader->dt, &doubts);

    if (r == 0 && doubts.adds_local)
        r = spec_remark(reader->spec, REMARK_ASSUMED, "/resources/topology", doubts.adds_local_at,
                        format_text("distance-matrix has a diagonal of 0: its values are taken as "
                                    "what lies beyond local, and 10 is added to each"),
                        strdup("write 10 on the diagonal and whole distances beside it"));
    if (r < 0 || !doubts.astray)
        return r;
    list = set_format(doubts.astray);
    if (!list)
        return -ENOMEM;
    return spec_remark(reader->spec, REMARK_ASTRAY, "/resources/cpus", doubts.astray_at,
                       hwloc_bitmap_weight(doubts.astray) == 1
                           ? format_text("CPU %s exists, and is on none of the numa-nodes", list)
                           : format_text("CPUs %s exist, and are on none of the numa-nodes", list),
                       strdup("name them in the `cpus` of their node, or lower `total`"));
}

/* What says only that it is a disk or a port (no compatible) may be one of several at an address.
 */
struct address {
    const char *pci;
    const struct dt_node *device;
    const struct dt_property *property;
    unsigned int order;
};

static int read_address(const struct tree_reader *reader, const struct dt_node *device,
                        struct address *address)
{
    const struct dt_property *property = dt_property(device, "pci-id");

    address->device = device;
    address->property = property;
    return dt_get_string(reader->dt, device, property, &address->pci, reader->err);
}

static int compare_addresses(const void *a, const void *b)
{
    const struct address *x = a, *y = b;
    int order = strcasecmp(x->pci, y->pci);

    return order ? order : (x->order > y->order) - (x->order < y->order);
}

static int remark_address(const struct tree_reader *reader, const struct address *address,
                          const struct address *first)
{
    autofree char *path = dt_path(address->device), *name = devicetree_device_name(first->device);

    if (!path || !name)
        return -ENOMEM;
    return spec_remark(
        reader->spec, REMARK_PCI, path, address->property->at,
        format_text("its pci-id %.64s is also that of device \"%s\"", address->pci, name),
        strdup("`lspci -D` shows which device has which address"));
}

/* Told at all but the first that has an address. */
static int remark_same_addresses(const struct tree_reader *reader)
{
    const struct dt_node *devices = dt_find(reader->dt, "/resources/devices");
    autofree struct address *addresses =
        calloc(devices ? devices->n_children + 1 : 1, sizeof(*addresses));
    unsigned int n = 0, first = 0;
    int r = addresses ? 0 : -ENOMEM;

    for (unsigned int i = 0; r == 0 && devices && i < devices->n_children; i++) {
        const struct dt_node *device = devices->children[i];

        if (!dt_property(device, "pci-id") || !dt_property(device, "compatible"))
            continue;
        addresses[n].order = n;
        r = read_address(reader, device, &addresses[n++]);
    }
    if (r == 0 && n > 0)
        qsort(addresses, n, sizeof(*addresses), compare_addresses);
    for (unsigned int i = 1; r == 0 && i < n; i++) {
        if (strcasecmp(addresses[i].pci, addresses[first].pci) == 0)
            r = remark_address(reader, &addresses[i], &addresses[first]);
        else
            first = i;
    }
    return r;
}

int tree_remark_hardware(const struct tree_reader *reader)
{
    int r = remark_doubts(reader);

    return r < 0 ? r : remark_same_addresses(reader);
}
