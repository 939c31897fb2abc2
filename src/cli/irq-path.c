/* SPDX-License-Identifier: Apache-2.0 */
/* From interrupts to paths: see irq-path.h. */

#include "irq-path.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

bool irq_has_queue(const struct irq *irq)
{
    return irq->queue_kind != QUEUE_NONE && irq->queue >= 0;
}

void irq_paths_count(const struct irq_paths *paths, unsigned int ret_counts[IRQ_SIDES])
{
    memset(ret_counts, 0, IRQ_SIDES * sizeof(ret_counts[0]));
    for (unsigned int i = 0; i < paths->n; i++)
        ret_counts[paths->paths[i].side]++;
}

static int rank(const struct irq *irq)
{
    return irq_has_queue(irq) ? irq->queue : INT_MAX;
}

/* Receiving and sending of one queue beside one another. */
static int compare_paths(const void *a, const void *b)
{
    const struct irq *left = ((const struct irq_path *)a)->irq;
    const struct irq *right = ((const struct irq_path *)b)->irq;

    if (rank(left) != rank(right))
        return rank(left) < rank(right) ? -1 : 1;
    if (left->queue_kind != right->queue_kind)
        return left->queue_kind < right->queue_kind ? -1 : 1;
    return left->irq < right->irq ? -1 : left->irq > right->irq;
}

static int add_path(struct irq_paths *paths, const struct machine *machine, const struct irq *irq)
{
    struct irq_path *path = &paths->paths[paths->n++];

    path->irq = irq;
    path->cpus = irq_taken_by(irq);
    path->nodes = irq_nodes(machine, irq, &path->side);
    paths->node = irq_device_node(machine, irq);
    return path->nodes ? 0 : -ENOMEM;
}

static bool is_of(const struct irq *irq, const char *device)
{
    return irq->device && strcmp(irq->device, device) == 0;
}

static unsigned int count_of(const struct interrupts *interrupts, const char *device)
{
    unsigned int n = 0;

    for (unsigned int i = 0; i < interrupts->n_irqs; i++)
        n += is_of(&interrupts->irqs[i], device);
    return n;
}

int irq_paths_init(struct irq_paths *paths, const struct machine *machine,
                   const struct interrupts *interrupts, const char *device)
{
    int r = 0;

    *paths = (struct irq_paths){.device = device, .node = -1};
    paths->paths = calloc(count_of(interrupts, device) + 1, sizeof(*paths->paths));
    if (!paths->paths)
        return -ENOMEM;
    for (unsigned int i = 0; r == 0 && i < interrupts->n_irqs; i++) {
        if (is_of(&interrupts->irqs[i], device))
            r = add_path(paths, machine, &interrupts->irqs[i]);
    }
    if (r < 0)
        irq_paths_fini(paths);
    else
        qsort(paths->paths, paths->n, sizeof(*paths->paths), compare_paths);
    return r;
}

void irq_paths_fini(struct irq_paths *paths)
{
    for (unsigned int i = 0; i < paths->n; i++)
        hwloc_bitmap_free(paths->paths[i].nodes);
    free(paths->paths);
    *paths = (struct irq_paths){0};
}
