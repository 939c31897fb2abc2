/* SPDX-License-Identifier: Apache-2.0 */
/* Interrupts summed up by device. Those of one device mostly follow one another. */

#include "irq-devices.h"

#include <string.h>

enum { RANK_NET, RANK_BLOCK, RANK_OTHER, RANK_ADDRESS, RANK_NONE };

void irq_devices_fini(struct irq_devices *devices)
{
    for (unsigned int i = 0; i < devices->n; i++)
        hwloc_bitmap_free(devices->devices[i].taken_by);
    free(devices->devices);
    *devices = (struct irq_devices){0};
}

static unsigned int rank_of(const struct machine *machine, const char *name, const char *pci)
{
    const struct device *device = name ? machine_device(machine, name) : NULL;

    if (!name)
        return RANK_NONE;
    if (pci && strcmp(name, pci) == 0)
        return RANK_ADDRESS;
    if (device && device->class == DEVICE_NET)
        return RANK_NET;
    /* A controller is not in the machine's list: its disks are. */
    return !device || device->class == DEVICE_BLOCK ? RANK_BLOCK : RANK_OTHER;
}

static bool is_called(const struct irq_device *device, const char *name)
{
    return name && device->name ? strcmp(device->name, name) == 0 : name == device->name;
}

/* NULL when out of memory. */
static struct irq_device *get_device(const struct irq_look *look, struct irq_devices *devices,
                                     const struct irq *irq)
{
    struct irq_device *larger;

    for (unsigned int i = devices->n; i-- > 0;) {
        if (is_called(&devices->devices[i], irq->device))
            return &devices->devices[i];
    }
    larger = reallocarray(devices->devices, devices->n + 1, sizeof(*larger));
    if (!larger)
        return NULL;
    devices->devices = larger;
    larger += devices->n;
    *larger = (struct irq_device){.name = irq->device,
                                  .pci = irq->pci,
                                  .node = irq_device_node(look->view.machine, irq),
                                  .rank = rank_of(look->view.machine, irq->device, irq->pci),
                                  .taken_by = hwloc_bitmap_alloc()};
    if (!larger->taken_by)
        return NULL;
    devices->n++;
    if (larger->rank == RANK_ADDRESS)
        larger->what = irq->name;
    return larger;
}

int irq_device_add(struct irq_device *device, const struct irq_look *look, const struct irq *irq)
{
    enum irq_side side = IRQ_SIDE_UNKNOWN;
    autoset hwloc_bitmap_t nodes = irq_nodes(look->view.machine, irq, &side);

    if (!nodes || hwloc_bitmap_or(device->taken_by, device->taken_by, irq_taken_by(irq)) < 0)
        return -ENOMEM;
    device->n_irqs++;
    device->n_queues[irq->queue_kind]++;
    device->n_fixed += irq->mobility == IRQ_FIXED;
    device->n_unknown += irq->mobility == IRQ_MOBILITY_UNKNOWN;
    device->n_aligned += side == IRQ_SIDE_ALIGNED;
    device->n_crossing += side == IRQ_SIDE_CROSSING;
    device->count += irq_look_count(look, irq, -1);
    return 0;
}

/* Hardware, and none that others are made of. */
static int add_silent(const struct irq_look *look, struct irq_devices *devices)
{
    for (unsigned int i = 0; i < look->view.machine->n_devices; i++) {
        const struct device *device = &look->view.machine->devices[i];
        struct irq none = {.device = device->name, .pci = device->pci, .node = device->node};

        if (device->class == DEVICE_NET && device->pci && !get_device(look, devices, &none))
            return -ENOMEM;
    }
    return 0;
}

static int compare_devices(const void *a, const void *b)
{
    const struct irq_device *x = a, *y = b;

    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    return x->name ? strverscmp(x->name, y->name) : 0;
}

int irq_devices_make(const struct irq_look *look, struct irq_devices *ret_devices)
{
    const struct interrupts *interrupts = look->view.interrupts;
    int r = 0;

    for (unsigned int i = 0; r == 0 && i < interrupts->n_irqs; i++) {
        struct irq_device *device = get_device(look, ret_devices, &interrupts->irqs[i]);

        r = device ? irq_device_add(device, look, &interrupts->irqs[i]) : -ENOMEM;
    }
    if (r == 0)
        r = add_silent(look, ret_devices);
    if (r == 0 && ret_devices->n > 0)
        qsort(ret_devices->devices, ret_devices->n, sizeof(*ret_devices->devices), compare_devices);
    return r;
}
