/* SPDX-License-Identifier: Apache-2.0 */
/* From interrupts to paths: see irq-path.h. */

#include "irq-path.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

const char *path_side_words(enum path_side side)
{
    static const char *const words[] = {
        [PATH_ALIGNED] = "on the device's node",
        [PATH_CROSSING] = "crossing to another node",
        [PATH_EITHER] = "on its node or another",
        [PATH_UNKNOWN] = "of unknown node",
    };

    return words[side];
}

void irq_paths_count(const struct irq_paths *paths, unsigned int ret_counts[PATH_SIDES])
{
    memset(ret_counts, 0, PATH_SIDES * sizeof(ret_counts[0]));
    for (unsigned int i = 0; i < paths->n; i++)
        ret_counts[paths->paths[i].side]++;
}

const char *irq_path_queue(const struct irq *irq, char text[PATH_QUEUE_MAX])
{
    static const char *const words[] = {
        [QUEUE_RX] = "rx", [QUEUE_TX] = "tx", [QUEUE_COMBINED] = "rx+tx"};

    if (irq->queue_kind == QUEUE_NONE || irq->queue < 0)
        return "";
    (void)snprintf(text, PATH_QUEUE_MAX, "%s %d", words[irq->queue_kind], irq->queue);
    return text;
}

static int rank(const struct irq *irq)
{
    return irq->queue_kind == QUEUE_NONE || irq->queue < 0 ? INT_MAX : irq->queue;
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

static enum path_side side_of(const struct machine *machine, const struct irq_path *path, int node)
{
    bool near = false, far = false;

    if (node < 0)
        return PATH_UNKNOWN;
    for (int id = hwloc_bitmap_first(path->cpus); id != -1;
         id = hwloc_bitmap_next(path->cpus, id)) {
        const struct cpu *cpu = machine_cpu(machine, (unsigned int)id);

        if (!cpu || cpu->node < 0)
            return PATH_UNKNOWN;
        if (cpu->node == node)
            near = true;
        else
            far = true;
    }
    if (near && far)
        return PATH_EITHER;
    return far ? PATH_CROSSING : PATH_ALIGNED;
}

static int path_init(struct irq_path *path, const struct machine *machine, const struct irq *irq,
                     int node)
{
    bool told = !hwloc_bitmap_iszero(irq->effective);

    path->irq = irq;
    path->pending = told && !hwloc_bitmap_iszero(irq->allowed) &&
                    !hwloc_bitmap_isincluded(irq->effective, irq->allowed);
    path->cpus = told ? irq->effective : irq->allowed;
    path->side = hwloc_bitmap_iszero(path->cpus) ? PATH_UNKNOWN : side_of(machine, path, node);
    path->nodes = machine_nodes_of_cpus(machine, path->cpus);
    return path->nodes ? 0 : -ENOMEM;
}

int irq_paths_init(struct irq_paths *paths, const struct machine *machine,
                   const struct interrupts *interrupts, const char *device, int node)
{
    int r = 0;

    if (node < 0 && machine->n_nodes == 1)
        node = (int)machine->nodes[0].id; /* where else */
    *paths = (struct irq_paths){.device = device, .node = node};
    paths->paths = calloc(interrupts->n_irqs + 1, sizeof(*paths->paths));
    if (!paths->paths)
        return -ENOMEM;
    for (unsigned int i = 0; r == 0 && i < interrupts->n_irqs; i++) {
        const struct irq *irq = &interrupts->irqs[i];

        if (irq->device && strcmp(irq->device, device) == 0)
            r = path_init(&paths->paths[paths->n++], machine, irq, node);
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
