/* SPDX-License-Identifier: Apache-2.0 */
/* One walk over the PCI functions makes a list of (interrupt, function), sorted for lookups. */

#include "irq-owner.h"

#include "irq-name.h"
#include "locate.h"
#include "machine-read.h"

#include <string.h>

#define PCI_DIR "sys/bus/pci/devices"
#define VIRTIO_DIR "sys/bus/virtio/devices"

struct claim {
    unsigned int irq;
    unsigned int function;
};

struct irq_owners {
    const struct root *root;
    const struct machine *machine;
    char **functions; /* PCI addresses, NULL-terminated */
    struct claim *claims;
    size_t n_claims;
    size_t capacity;
};

struct irq_owners *irq_owners_free(struct irq_owners *owners)
{
    if (owners) {
        strv_free(owners->functions);
        free(owners->claims);
        free(owners);
    }
    return NULL;
}

static int add_claim(struct irq_owners *owners, unsigned int irq, unsigned int function)
{
    if (owners->n_claims == owners->capacity) {
        size_t capacity = owners->capacity ? 2 * owners->capacity : 256;
        struct claim *larger = reallocarray(owners->claims, capacity, sizeof(*larger));

        if (!larger)
            return -ENOMEM;
        owners->claims = larger;
        owners->capacity = capacity;
    }
    owners->claims[owners->n_claims++] = (struct claim){irq, function};
    return 0;
}

/* Without MSI there is the one line of the slot, which others may share. */
static int add_line_claim(struct irq_owners *owners, unsigned int function)
{
    uint64_t irq;
    int r = root_read_u64(owners->root, &irq, PCI_DIR "/%s/irq", owners->functions[function]);

    if (r < 0 || irq == 0 || irq > UINT32_MAX)
        return unless_memory(r);
    return add_claim(owners, (unsigned int)irq, function);
}

static int add_function(struct irq_owners *owners, unsigned int function)
{
    autostrv char **irqs = NULL;
    int r = root_list(owners->root, &irqs, PCI_DIR "/%s/msi_irqs", owners->functions[function]);

    if (r < 0)
        return r == -ENOMEM ? r : add_line_claim(owners, function);
    for (char **irq = irqs; r == 0 && *irq; irq++)
        r = add_claim(owners, (unsigned int)strtoul(*irq, NULL, 10), function);
    return r;
}

static int compare_claims(const void *a, const void *b)
{
    const struct claim *x = a, *y = b;

    if (x->irq != y->irq)
        return x->irq < y->irq ? -1 : 1;
    return x->function < y->function ? -1 : x->function > y->function;
}

int irq_owners_read(const struct root *root, const struct machine *machine,
                    struct irq_owners **ret_owners)
{
    autoirqowners struct irq_owners *owners = calloc(1, sizeof(*owners));
    int r;

    if (!owners)
        return -ENOMEM;
    owners->root = root;
    owners->machine = machine;
    r = unless_memory(root_list(root, &owners->functions, PCI_DIR));
    for (unsigned int i = 0; r == 0 && owners->functions && owners->functions[i]; i++)
        r = add_function(owners, i);
    if (r < 0)
        return r;
    if (owners->n_claims > 0)
        qsort(owners->claims, owners->n_claims, sizeof(*owners->claims), compare_claims);
    *ret_owners = TAKE(owners);
    return 0;
}

char *irq_device_name(const struct device *device)
{
    return is_namespace(device->name)
               ? strndup(device->name, 4 + strspn(device->name + 4, "0123456789"))
               : strdup(device->name);
}

/* Of the devices of a function (all for pci NULL) the one that the interrupt is named after; of a
 * function also the first, if it is named after none. NULL when there is none. */
static const struct device *find_device(const struct machine *machine, const char *pci,
                                        const char *name)
{
    const struct device *first = NULL;

    for (unsigned int i = 0; i < machine->n_devices; i++) {
        const struct device *device = &machine->devices[i];

        if (pci && (!device->pci || strcmp(device->pci, pci) != 0))
            continue;
        if (irq_name_has(name, device->name))
            return device;
        if (!first)
            first = device;
    }
    return pci ? first : NULL;
}

static int set_owner(struct irq *irq, const struct device *device)
{
    irq->device = irq_device_name(device);
    irq->pci = device->pci ? strdup(device->pci) : NULL;
    irq->node = device->node;
    return irq->device && (irq->pci || !device->pci) ? 0 : -ENOMEM;
}

/* A controller of no disks, or what only its address is known of. */
static int set_function(const struct irq_owners *owners, struct irq *irq, const char *pci)
{
    autostrv char **controllers = NULL;
    char path[sizeof(PCI_DIR) + 32];
    unsigned int node;
    int r = unless_memory(root_list(owners->root, &controllers, PCI_DIR "/%s/nvme", pci));

    (void)snprintf(path, sizeof(path), PCI_DIR "/%.16s", pci);
    if (r == 0 && locate_path(owners->root, path, &node) == 0 &&
        machine_node(owners->machine, node))
        irq->node = (int)node;
    irq->device = strdup(controllers && controllers[0] ? controllers[0] : pci);
    irq->pci = strdup(pci);
    return r == 0 && (!irq->device || !irq->pci) ? -ENOMEM : r;
}

/* The function that has the interrupt; of several the first that it is named after. */
static const char *find_function(const struct irq_owners *owners, const struct irq *irq)
{
    const char *found = NULL;
    size_t first = 0, last = owners->n_claims;

    while (first < last) {
        size_t middle = first + (last - first) / 2;

        if (owners->claims[middle].irq < irq->irq)
            first = middle + 1;
        else
            last = middle;
    }
    for (; first < owners->n_claims && owners->claims[first].irq == irq->irq; first++) {
        const char *pci = owners->functions[owners->claims[first].function];
        const struct device *device = find_device(owners->machine, pci, irq->name);

        if (device && irq_name_has(irq->name, device->name))
            return pci;
        if (!found)
            found = pci;
    }
    return found;
}

/* A virtio device that is not on PCI. */
static int find_virtio(const struct irq_owners *owners, const char *name,
                       const struct device **ret_device)
{
    static const char *const classes[] = {"net", "block"};
    int number = irq_name_virtio(name);

    *ret_device = NULL;
    for (size_t i = 0; number >= 0 && !*ret_device && i < ARRAY_SIZE(classes); i++) {
        autostrv char **devices = NULL;
        int r = root_list(owners->root, &devices, VIRTIO_DIR "/virtio%d/%s", number, classes[i]);

        if (r == -ENOMEM)
            return r;
        if (devices && devices[0])
            *ret_device = machine_device(owners->machine, devices[0]);
    }
    return 0;
}

int irq_owners_find(const struct irq_owners *owners, struct irq *irq)
{
    const char *pci = find_function(owners, irq);
    const struct device *device;
    int r;

    irq->node = -1;
    if (pci) {
        device = find_device(owners->machine, pci, irq->name);
        return device ? set_owner(irq, device) : set_function(owners, irq, pci);
    }
    r = find_virtio(owners, irq->name, &device);
    if (r == 0 && !device)
        device = find_device(owners->machine, NULL, irq->name);
    return r < 0 || !device ? r : set_owner(irq, device);
}
