/* SPDX-License-Identifier: Apache-2.0 */
/* Interrupts by device, and the queues of one, as text. */

#include "render-irq.h"

#include "table.h"

#include <string.h>

static void cell_set(struct table *table, hwloc_const_bitmap_t set)
{
    autofree char *text = cli_set_text(set);

    if (!text)
        return table_fail(table);
    table_cell(table, "%s", text);
}

static const char *queue_word(const struct irq *irq)
{
    static const char *const words[] = {"", "rx", "tx", "rx+tx"};

    return words[irq->queue_kind];
}

static const char *mobility_word(enum irq_mobility mobility)
{
    static const char *const words[] = {"movable", "fixed", "unknown"};

    return words[mobility];
}

static void add_irq(struct table *table, const struct irq *irq)
{
    table_cell(table, "%u", irq->irq);
    table_cell(table, "%s", irq->name);
    if (irq->queue < 0)
        table_cell(table, "-");
    else
        table_cell(table, "%s %d", queue_word(irq), irq->queue);
    cell_set(table, irq->allowed);
    cell_set(table, irq->effective);
    table_cell(table, "%s", mobility_word(irq->mobility));
}

static void add_columns(struct table *table)
{
    table_column(table, true, "IRQ");
    table_column(table, false, "NAME");
    table_column(table, false, "QUEUE");
    table_column(table, false, "ALLOWED");
    table_column(table, false, "CPU");
    table_column(table, false, "MOVES");
}

int render_irq_show(const struct irq_view *view, const char *device)
{
    autotable struct table *table = table_new();

    add_columns(table);
    for (unsigned int i = 0; i < view->interrupts->n_irqs; i++) {
        const struct irq *irq = &view->interrupts->irqs[i];

        if (irq->device && strcmp(irq->device, device) == 0)
            add_irq(table, irq);
    }
    return table_print(table, stdout);
}

int render_irq(const struct irq_view *view)
{
    autotable struct table *table = table_new();

    add_columns(table);
    for (unsigned int i = 0; i < view->interrupts->n_irqs; i++)
        add_irq(table, &view->interrupts->irqs[i]);
    return table_print(table, stdout);
}
