/* SPDX-License-Identifier: Apache-2.0 */
/* From interrupts to links: see irq-link.h. */

#include "irq-link.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

const char *link_side_words(enum link_side side)
{
    static const char *const words[] = {
        [LINK_ALIGNED] = "on the device's node",
        [LINK_CROSSING] = "crossing to another node",
        [LINK_EITHER] = "on its node or another",
        [LINK_UNKNOWN] = "of unknown node",
    };

    return words[side];
}

void irq_links_count(const struct irq_links *links, unsigned int ret_counts[LINK_SIDES])
{
    memset(ret_counts, 0, LINK_SIDES * sizeof(ret_counts[0]));
    for (unsigned int i = 0; i < links->n; i++)
        ret_counts[links->links[i].side]++;
}

const char *irq_link_queue(const struct irq *irq, char text[LINK_QUEUE_MAX])
{
    static const char *const words[] = {
        [QUEUE_RX] = "rx", [QUEUE_TX] = "tx", [QUEUE_COMBINED] = "rx+tx"};

    if (irq->queue_kind == QUEUE_NONE || irq->queue < 0)
        return "";
    (void)snprintf(text, LINK_QUEUE_MAX, "%s %d", words[irq->queue_kind], irq->queue);
    return text;
}

static int rank(const struct irq *irq)
{
    return irq->queue_kind == QUEUE_NONE || irq->queue < 0 ? INT_MAX : irq->queue;
}

/* Receiving and sending of one queue beside one another. */
static int compare_links(const void *a, const void *b)
{
    const struct irq *left = ((const struct irq_link *)a)->irq;
    const struct irq *right = ((const struct irq_link *)b)->irq;

    if (rank(left) != rank(right))
        return rank(left) < rank(right) ? -1 : 1;
    if (left->queue_kind != right->queue_kind)
        return left->queue_kind < right->queue_kind ? -1 : 1;
    return left->irq < right->irq ? -1 : left->irq > right->irq;
}

static enum link_side side_of(const struct machine *machine, const struct irq_link *link, int node)
{
    bool near = false, far = false;

    if (node < 0)
        return LINK_UNKNOWN;
    for (int id = hwloc_bitmap_first(link->cpus); id != -1;
         id = hwloc_bitmap_next(link->cpus, id)) {
        const struct cpu *cpu = machine_cpu(machine, (unsigned int)id);

        if (!cpu || cpu->node < 0)
            return LINK_UNKNOWN;
        if (cpu->node == node)
            near = true;
        else
            far = true;
    }
    if (near && far)
        return LINK_EITHER;
    return far ? LINK_CROSSING : LINK_ALIGNED;
}

static int link_init(struct irq_link *link, const struct machine *machine, const struct irq *irq,
                     int node)
{
    bool told = !hwloc_bitmap_iszero(irq->effective);

    link->irq = irq;
    link->cpus = told ? irq->effective : irq->allowed;
    link->side = hwloc_bitmap_iszero(link->cpus) ? LINK_UNKNOWN : side_of(machine, link, node);
    link->nodes = machine_nodes_of_cpus(machine, link->cpus);
    return link->nodes ? 0 : -ENOMEM;
}

int irq_links_init(struct irq_links *links, const struct machine *machine,
                   const struct interrupts *interrupts, const char *device, int node)
{
    int r = 0;

    if (node < 0 && machine->n_nodes == 1)
        node = (int)machine->nodes[0].id; /* where else */
    *links = (struct irq_links){.device = device, .node = node};
    links->links = calloc(interrupts->n_irqs + 1, sizeof(*links->links));
    if (!links->links)
        return -ENOMEM;
    for (unsigned int i = 0; r == 0 && i < interrupts->n_irqs; i++) {
        const struct irq *irq = &interrupts->irqs[i];

        if (irq->device && strcmp(irq->device, device) == 0)
            r = link_init(&links->links[links->n++], machine, irq, node);
    }
    if (r < 0)
        irq_links_fini(links);
    else
        qsort(links->links, links->n, sizeof(*links->links), compare_links);
    return r;
}

void irq_links_fini(struct irq_links *links)
{
    for (unsigned int i = 0; i < links->n; i++)
        hwloc_bitmap_free(links->links[i].nodes);
    free(links->links);
    *links = (struct irq_links){0};
}
