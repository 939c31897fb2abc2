/* SPDX-License-Identifier: Apache-2.0 */
/* Interrupts by device, a line each. */

#include "render-irq.h"

#include "irq-text.h"
#include "table.h"

static void cell_set(struct table *table, hwloc_const_bitmap_t set)
{
    autofree char *text = cli_set_text(set);

    if (!text)
        return table_fail(table);
    table_cell(table, "%s", text);
}

/* "4 rx, 4 tx". */
static void cell_queues(struct table *table, const struct irq_device *device)
{
    unsigned int both = device->n_queues[QUEUE_COMBINED], rx = device->n_queues[QUEUE_RX],
                 tx = device->n_queues[QUEUE_TX];

    if (both && (rx || tx))
        table_cell(table, "%u rx, %u tx, %u rx+tx", rx, tx, both);
    else if (both)
        table_cell(table, "%u", both);
    else if (rx || tx)
        table_cell(table, "%u rx, %u tx", rx, tx);
    else
        table_cell(table, "-");
}

static void cell_aligned(struct table *table, const struct irq_device *device)
{
    unsigned int n = device->n_aligned + device->n_crossing;

    if (n == 0)
        table_cell(table, "-");
    else
        table_cell(table, "%u of %u", device->n_aligned, n);
}

static void cell_fixed(struct table *table, const struct irq_device *device)
{
    if (device->n_unknown)
        table_cell(table, "%u, %u unknown", device->n_fixed, device->n_unknown);
    else
        table_cell(table, "%u", device->n_fixed);
}

static void add_device(struct table *table, const struct irq_device *device)
{
    char count[COUNT_TEXT_MAX];

    if (!device->name)
        table_cell(table, "(none known)");
    else if (device->what)
        table_cell(table, "%s (%s)", device->name, device->what);
    else
        table_cell(table, "%s", device->name);
    if (device->node < 0)
        table_cell(table, "?");
    else
        table_cell(table, "%d", device->node);
    table_cell(table, "%u", device->n_irqs);
    cell_queues(table, device);
    cell_set(table, device->taken_by);
    cell_aligned(table, device);
    cell_fixed(table, device);
    table_cell(table, "%s", irq_count_text(device->count, count));
}

int render_irq(const struct irq_look *look)
{
    autotable struct table *table = table_new();
    struct irq_devices devices = {0};
    int r = irq_devices_make(look, &devices);

    table_column(table, false, "DEVICE");
    table_column(table, true, "NODE");
    table_column(table, true, "IRQS");
    table_column(table, false, "QUEUES");
    table_column(table, false, "TAKEN BY");
    table_column(table, false, "ALIGNED");
    table_column(table, false, "FIXED");
    table_column(table, true, look->before ? "PER SECOND" : "COUNT");
    for (unsigned int i = 0; r == 0 && i < devices.n; i++)
        add_device(table, &devices.devices[i]);
    irq_devices_fini(&devices);
    if (r == 0)
        r = table_print(table, stdout);
    return r < 0 ? r : render_irq_rewriters(look);
}
