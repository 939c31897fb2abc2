/* SPDX-License-Identifier: Apache-2.0 */
/* The queues of one device: interrupt, CPUs, node, and what spreads packets in software. */

#include "render-irq.h"

#include "irq-text.h"
#include "table.h"
#include "text.h"

#include <string.h>

static void cell_set(struct table *table, hwloc_const_bitmap_t set, const char *end)
{
    autofree char *text = cli_set_text(set);

    if (!text)
        return table_fail(table);
    table_cell(table, "%s%s", text, end);
}

/* "" where nothing was said, so that a column of nothing goes. */
static void cell_if_any(struct table *table, hwloc_const_bitmap_t set)
{
    if (!set || hwloc_bitmap_iszero(set))
        table_cell(table, "%s", "");
    else
        cell_set(table, set, "");
}

/* RPS, RFS and XPS of a queue. */
static void add_steering(struct table *table, const struct nic *nic, enum queue_kind kind,
                         int index)
{
    bool is_rx = kind == QUEUE_RX || kind == QUEUE_COMBINED;
    bool is_tx = kind == QUEUE_TX || kind == QUEUE_COMBINED;
    const struct nic_queue *rx = nic && is_rx ? nic_find_queue(nic->rx, nic->n_rx, index) : NULL;
    const struct nic_queue *tx = nic && is_tx ? nic_find_queue(nic->tx, nic->n_tx, index) : NULL;

    cell_if_any(table, rx ? rx->cpus : NULL);
    if (rx && rx->flows)
        table_cell(table, "%u", rx->flows);
    else
        table_cell(table, "%s", "");
    cell_if_any(table, tx ? tx->cpus : NULL);
}

static void add_place(struct table *table, const struct irq_look *look, const struct irq *irq)
{
    enum irq_side side = IRQ_SIDE_UNKNOWN;
    autoset hwloc_bitmap_t nodes = irq_nodes(look->view.machine, irq, &side);

    if (!nodes)
        return table_fail(table);
    cell_set(table, irq->allowed, "");
    if (hwloc_bitmap_iszero(irq->effective))
        table_cell(table, "?");
    else
        cell_set(table, irq->effective, irq_is_pending(irq) ? "*" : "");
    cell_set(table, nodes, "");
    table_cell(table, "%s", side == IRQ_SIDE_UNKNOWN ? "?" : irq_side_name(side));
}

static void add_irq(struct table *table, const struct irq_look *look, const struct nic *nic,
                    const struct irq *irq)
{
    char queue[QUEUE_TEXT_MAX], count[COUNT_TEXT_MAX];

    table_cell(table, "%s", irq_queue_text(irq->queue_kind, irq->queue, queue));
    table_cell(table, "%u", irq->irq);
    table_cell(table, "%s", irq->name);
    add_place(table, look, irq);
    table_cell(table, "%s", irq_count_text(irq_look_count(look, irq, -1), count));
    table_cell(table, "%s", irq_mobility_name(irq->mobility));
    add_steering(table, nic, irq->queue_kind, irq->queue);
}

/* A queue that shares another's interrupt, or has none as long as the device is down. */
static void add_silent(struct table *table, const struct nic *nic, enum queue_kind kind,
                       unsigned int index)
{
    char queue[QUEUE_TEXT_MAX];

    table_cell(table, "%s", irq_queue_text(kind, (int)index, queue));
    for (int i = 0; i < 8; i++)
        table_cell(table, "-");
    add_steering(table, nic, kind, (int)index);
}

static void add_columns(struct table *table, const struct irq_look *look)
{
    table_column(table, false, "QUEUE");
    table_column(table, true, "IRQ");
    table_column(table, false, "NAME");
    table_column(table, false, "ALLOWED");
    table_column(table, false, "TAKEN BY");
    table_column(table, false, "NODE");
    table_column(table, false, "LINK");
    table_column(table, true, look->before ? "PER SECOND" : "COUNT");
    table_column(table, false, "MOVES");
    table_column(table, false, "RPS");
    table_column(table, true, "FLOWS");
    table_column(table, false, "XPS");
}

/* Those of queues first. */
static void add_irqs(struct table *table, const struct irq_look *look,
                     const struct irq_subject *subject, bool of_queues)
{
    for (unsigned int i = 0; i < look->view.interrupts->n_irqs; i++) {
        const struct irq *irq = &look->view.interrupts->irqs[i];

        if (irq->device && strcmp(irq->device, subject->device) == 0 &&
            (irq->queue >= 0) == of_queues)
            add_irq(table, look, subject->nic, irq);
    }
}

/* The numbers of the queues of a kind that have an interrupt. NULL when out of memory. */
static hwloc_bitmap_t queues_with_irq(const struct irq_look *look, const char *device,
                                      enum queue_kind kind)
{
    hwloc_bitmap_t queues = hwloc_bitmap_alloc();

    for (unsigned int i = 0; queues && i < look->view.interrupts->n_irqs; i++) {
        const struct irq *irq = &look->view.interrupts->irqs[i];

        if (irq->queue >= 0 && (irq->queue_kind == kind || irq->queue_kind == QUEUE_COMBINED) &&
            irq->device && strcmp(irq->device, device) == 0)
            hwloc_bitmap_set(queues, (unsigned int)irq->queue);
    }
    return queues;
}

static void add_silent_queues(struct table *table, const struct irq_look *look,
                              const struct nic *nic, enum queue_kind kind)
{
    autoset hwloc_bitmap_t heard = queues_with_irq(look, nic->name, kind);
    const struct nic_queue *queues = kind == QUEUE_RX ? nic->rx : nic->tx;
    unsigned int n = kind == QUEUE_RX ? nic->n_rx : nic->n_tx;

    if (!heard)
        return table_fail(table);
    for (unsigned int i = 0; i < n; i++) {
        if (!hwloc_bitmap_isset(heard, queues[i].index))
            add_silent(table, nic, kind, queues[i].index);
    }
}

static void print_head(const struct irq_subject *subject)
{
    const struct nic *nic = subject->nic;
    const char *pci = subject->sum.pci;

    if (pci && strcmp(pci, subject->device) == 0)
        pci = NULL; /* it is its only name */
    text_put(stdout, subject->device);
    printf(": ");
    if (nic && nic->driver)
        printf("%s ", nic->driver);
    if (pci)
        printf("at %s, ", pci);
    if (subject->sum.node < 0)
        printf("on a node that nobody knows");
    else
        printf("node %d", subject->sum.node);
    if (nic)
        printf(", %u rx and %u tx queue%s", nic->n_rx, nic->n_tx, nic->n_tx == 1 ? "" : "s");
    if (nic && nic->up == 0)
        printf("; it is down, and most drivers ask for interrupts only when it is up");
    printf("\n\n");
}

/* "RSS: 128 hashes over rx 0-3". */
static int print_rss(const struct nic *nic)
{
    autoset hwloc_bitmap_t queues = hwloc_bitmap_alloc();
    autofree char *text = NULL;

    for (unsigned int i = 0; queues && i < nic->n_rss; i++)
        hwloc_bitmap_set(queues, nic->rss[i]);
    text = queues ? cli_set_text(queues) : NULL;
    if (!text)
        return -ENOMEM;
    if (nic->rss)
        printf("RSS: a table of %u hashes spreads packets over rx %s\n", nic->n_rss, text);
    return 0;
}

static int print_foot(const struct irq_look *look, const struct irq_subject *subject)
{
    const struct irq_device *sum = &subject->sum;
    bool pending = false;

    if (sum->n_irqs > 0 || (subject->nic && subject->nic->rss))
        putchar('\n');
    if (sum->n_aligned + sum->n_crossing > 0)
        printf("%u of %u interrupts are taken on node %d, where the device is\n", sum->n_aligned,
               sum->n_aligned + sum->n_crossing, sum->node);
    for (unsigned int i = 0; i < look->view.interrupts->n_irqs; i++) {
        const struct irq *irq = &look->view.interrupts->irqs[i];

        pending |= irq->device && strcmp(irq->device, subject->device) == 0 && irq_is_pending(irq);
    }
    if (pending)
        printf("* until its next interrupt, which goes where it is allowed\n");
    if (sum->n_unknown > 0)
        printf("unknown: before Linux 6.12 only an attempt to move it tells\n");
    return subject->nic ? print_rss(subject->nic) : 0;
}

int render_irq_show(const struct irq_look *look, const struct irq_subject *subject)
{
    autotable struct table *table = table_new();
    int r;

    add_columns(table, look);
    add_irqs(table, look, subject, true);
    if (subject->nic) {
        add_silent_queues(table, look, subject->nic, QUEUE_RX);
        add_silent_queues(table, look, subject->nic, QUEUE_TX);
    }
    add_irqs(table, look, subject, false);
    table_drop_empty(table);
    print_head(subject);
    r = table_print(table, stdout);
    if (r == 0)
        r = print_foot(look, subject);
    return r < 0 ? r : render_irq_rewriters(look);
}
