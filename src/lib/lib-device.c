/* SPDX-License-Identifier: Apache-2.0 */
/* The queues of a device, and the CPUs that their interrupts go to: what a receiver wants to know
 * of each, out of all that was read. */

#include "lib.h"

#include "interrupts.h"
#include "locate.h"
#include "near.h"
#include "set.h"

#include <string.h>

struct np_device {
    const struct machine *machine; /* the caller's */
    char *name;
    int node;                      /* kernel id; -1 unknown */
    struct interrupts *interrupts; /* of the whole machine */
    const struct irq **queues;     /* those that receive first, then by queue */
    size_t n_queues;
};

struct np_device *np_device_free(struct np_device *device)
{
    if (!device)
        return NULL;
    free(device->name);
    free(device->queues);
    (void)interrupts_free(device->interrupts);
    free(device);
    return NULL;
}

static void cleanup_device(struct np_device **device)
{
    (void)np_device_free(*device);
}

static int compare_queues(const void *a, const void *b)
{
    const struct irq *left = *(const struct irq *const *)a, *right = *(const struct irq *const *)b;
    bool left_sends = left->queue_kind == QUEUE_TX, right_sends = right->queue_kind == QUEUE_TX;

    if (left_sends != right_sends)
        return left_sends - right_sends;
    if (left->queue != right->queue)
        return left->queue < right->queue ? -1 : 1;
    return left->irq < right->irq ? -1 : left->irq > right->irq;
}

static int find_queues(struct np_device *device)
{
    const struct interrupts *interrupts = device->interrupts;

    device->queues = calloc(interrupts->n_irqs + 1, sizeof(*device->queues));
    if (!device->queues)
        return -ENOMEM;
    for (unsigned int i = 0; i < interrupts->n_irqs; i++) {
        const struct irq *irq = &interrupts->irqs[i];

        if (irq->device && strcmp(irq->device, device->name) == 0 &&
            irq->queue_kind != QUEUE_NONE && irq->queue >= 0)
            device->queues[device->n_queues++] = irq;
    }
    qsort(device->queues, device->n_queues, sizeof(*device->queues), compare_queues);
    return 0;
}

static int read_node(struct np_device *device, const struct root *root, struct np_error *err)
{
    unsigned int node;
    int r = lib_device_node(device->machine, root, device->name, &node, err);

    if (r == 0)
        device->node = (int)node;
    return r == -ENODATA ? 0 : r; /* its queues are told all the same */
}

static int no_interrupts(const struct machine *machine, struct np_error *err)
{
    error_set(err, -ENOTSUP, "%s tells no interrupts", machine->source);
    error_hint(err, "the running machine and captured trees do");
    return -ENOTSUP;
}

int np_device_read(const struct np_machine *machine, const char *name,
                   struct np_device **ret_device, struct np_error *err)
{
    CLEANUP(cleanup_device) struct np_device *device = calloc(1, sizeof(*device));
    const struct machine *m = inside(machine);
    const struct device *listed = near_find(m, name);
    autoroot struct root *root = NULL;
    int r = device ? machine_open_tree(m->source, &root, err) : -ENOMEM;

    if (r < 0)
        return r;
    if (!root)
        return no_interrupts(m, err);
    device->machine = m;
    device->node = -1;
    device->name = strdup(listed ? listed->name : name);
    r = device->name ? read_node(device, root, err) : -ENOMEM;
    if (r == 0)
        r = interrupts_read(root, m, &device->interrupts, err);
    if (r == 0)
        r = find_queues(device);
    if (r == 0)
        *ret_device = TAKE(device);
    return r;
}

int np_device_node(const struct np_device *device, unsigned int *ret_node)
{
    if (device->node < 0)
        return -ENODATA;
    *ret_node = (unsigned int)device->node;
    return 0;
}

size_t np_device_queues(const struct np_device *device, struct np_queue *queues, size_t max)
{
    static const enum np_queue_kind kinds[] = {
        [QUEUE_RX] = NP_QUEUE_RX, [QUEUE_TX] = NP_QUEUE_TX, [QUEUE_COMBINED] = NP_QUEUE_COMBINED};

    for (size_t i = 0; i < device->n_queues && i < max; i++) {
        const struct irq *irq = device->queues[i];

        queues[i] = (struct np_queue){.kind = kinds[irq->queue_kind],
                                      .queue = (unsigned int)irq->queue,
                                      .irq = irq->irq,
                                      .fixed = irq->mobility == IRQ_FIXED};
    }
    return device->n_queues;
}

/* Where it goes next: the CPU that takes it, or those that may while the kernel does not tell that,
 * or tells what was so before it was moved. */
static hwloc_const_bitmap_t cpus_of(const struct irq *irq)
{
    return irq_is_pending(irq) ? irq->allowed : irq_taken_by(irq);
}

size_t np_device_queue_cpus(const struct np_device *device, size_t i, unsigned int *cpus,
                            size_t max)
{
    hwloc_const_bitmap_t set;
    size_t count = 0;

    if (i >= device->n_queues)
        return 0;
    set = cpus_of(device->queues[i]);
    for (int cpu = hwloc_bitmap_first(set); cpu != -1; cpu = hwloc_bitmap_next(set, cpu)) {
        if (count < max)
            cpus[count] = (unsigned int)cpu;
        count++;
    }
    return count;
}

static int pin_to_irq(const struct np_device *device, const struct irq *irq, unsigned int flags,
                      struct np_error *err)
{
    autoset hwloc_bitmap_t cpus = machine_usable_cpus(device->machine);
    autofree char *text = NULL;

    if (!cpus || hwloc_bitmap_and(cpus, cpus, cpus_of(irq)) < 0)
        return -ENOMEM;
    if (!hwloc_bitmap_iszero(cpus))
        return lib_pin(device->machine, cpus, (unsigned int)device->node, flags, err);
    text = set_format(cpus_of(irq));
    error_set(err, -ERANGE, "interrupt %u of %s goes to CPU %s, which is not for this process",
              irq->irq, device->name, text ? text : "?");
    error_hint(err, "give it that CPU, or move the interrupt: `numaplace irq apply %s`",
               device->name);
    return -ERANGE;
}

int np_pin_to_queue(const struct np_device *device, size_t i, unsigned int flags,
                    struct np_error *err)
{
    int r = lib_check_flags(flags, err);

    if (r < 0)
        return r;
    if (i >= device->n_queues)
        return error_set(err, -ENOENT,
                         "%s has %zu queues with an interrupt: there is no number "
                         "%zu, counted from 0",
                         device->name, device->n_queues, i);
    if (device->node < 0)
        return locate_unknown_node(device->name, err);
    return pin_to_irq(device, device->queues[i], flags, err);
}
