/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked of interrupts that have been read. */

#include "interrupts.h"

#include "set.h"

#include <string.h>

void irq_fini(struct irq *irq)
{
    free(irq->name);
    free(irq->chip);
    free(irq->device);
    free(irq->pci);
    hwloc_bitmap_free(irq->allowed);
    hwloc_bitmap_free(irq->effective);
    free(irq->counts);
    *irq = (struct irq){0};
}

struct interrupts *interrupts_free(struct interrupts *interrupts)
{
    if (!interrupts)
        return NULL;
    for (unsigned int i = 0; i < interrupts->n_irqs; i++)
        irq_fini(&interrupts->irqs[i]);
    free(interrupts->irqs);
    free(interrupts->cpus);
    free(interrupts);
    return NULL;
}

static int compare_irqs(const void *key, const void *element)
{
    unsigned int a = *(const unsigned int *)key, b = ((const struct irq *)element)->irq;

    return a < b ? -1 : a > b;
}

const struct irq *interrupts_find(const struct interrupts *interrupts, unsigned int irq)
{
    if (interrupts->n_irqs == 0)
        return NULL;
    return bsearch(&irq, interrupts->irqs, interrupts->n_irqs, sizeof(*interrupts->irqs),
                   compare_irqs);
}

uint64_t interrupts_since(const struct interrupts *before, const struct interrupts *after,
                          const struct irq *irq, unsigned int cpu_idx)
{
    const struct irq *old = interrupts_find(before, irq->irq);
    uint64_t now = irq->counts[cpu_idx], then;
    unsigned int i = 0;

    while (i < before->n_cpus && before->cpus[i] != after->cpus[cpu_idx])
        i++;
    if (!old || strcmp(old->name, irq->name) != 0 || i == before->n_cpus)
        return 0;
    then = old->counts[i];
    if (now >= then)
        return now - then;
    /* Either 2^32 was passed, or counting started anew; from the upper half it was the former. */
    return then > UINT32_MAX / 2 ? now + UINT32_MAX + 1 - then : now;
}

hwloc_const_bitmap_t irq_taken_by(const struct irq *irq)
{
    return hwloc_bitmap_iszero(irq->effective) ? irq->allowed : irq->effective;
}

bool irq_is_pending(const struct irq *irq)
{
    return !hwloc_bitmap_iszero(irq->effective) && !hwloc_bitmap_iszero(irq->allowed) &&
           !hwloc_bitmap_isincluded(irq->effective, irq->allowed);
}

int irq_device_node(const struct machine *machine, const struct irq *irq)
{
    return irq->node < 0 && machine->n_nodes == 1 ? (int)machine->nodes[0].id : irq->node;
}

hwloc_bitmap_t irq_nodes(const struct machine *machine, const struct irq *irq,
                         enum irq_side *ret_side)
{
    hwloc_bitmap_t nodes = machine_nodes_of_cpus(machine, irq_taken_by(irq));
    int node = irq_device_node(machine, irq);

    if (!nodes)
        return NULL;
    if (node < 0 || hwloc_bitmap_iszero(nodes))
        *ret_side = IRQ_SIDE_UNKNOWN;
    else if (!hwloc_bitmap_isset(nodes, (unsigned int)node))
        *ret_side = IRQ_SIDE_CROSSING;
    else
        *ret_side = set_only(nodes) >= 0 ? IRQ_SIDE_ALIGNED : IRQ_SIDE_EITHER;
    return nodes;
}

const struct nic_queue *nic_find_queue(const struct nic_queue *queues, unsigned int n, int index)
{
    for (unsigned int i = 0; i < n; i++) {
        if ((int)queues[i].index == index)
            return &queues[i];
    }
    return NULL;
}
