/* SPDX-License-Identifier: Apache-2.0 */
/* Where interrupts should go, as text: what would be written, from what to what, and why. */

#include "render-irq-plan.h"

#include "cli-machine.h"
#include "irq-text.h"
#include "set.h"
#include "table.h"

#include <string.h>

static void cell_set(struct table *table, hwloc_const_bitmap_t set)
{
    autofree char *text = cli_set_text(set);

    if (!text)
        return table_fail(table);
    table_cell(table, "%s", text);
}

static void add_irq(struct table *table, const struct irq_choice *choice)
{
    char queue[QUEUE_TEXT_MAX];

    table_cell(table, "%u", choice->irq);
    table_cell(table, "%s", choice->name);
    table_cell(table, "%s", irq_queue_text(choice->kind, choice->queue, queue));
    cell_set(table, choice->now);
    cell_set(table, choice->cpus);
    table_cell(table, "%s", choice->reason);
}

static int print_irqs(const struct irq_plan *plan, FILE *stream)
{
    autotable struct table *table = table_new();

    table_column(table, true, "IRQ");
    table_column(table, false, "NAME");
    table_column(table, false, "QUEUE");
    table_column(table, false, "NOW");
    table_column(table, false, "PLANNED");
    table_column(table, false, "WHY");
    for (unsigned int i = 0; i < plan->n_irqs; i++)
        add_irq(table, &plan->irqs[i]);
    return table_print(table, stream);
}

static int print_queues(const struct irq_plan *plan, FILE *stream)
{
    autotable struct table *table = table_new();

    table_column(table, false, "QUEUE");
    table_column(table, false, "FILE");
    table_column(table, false, "NOW");
    table_column(table, false, "PLANNED");
    for (unsigned int i = 0; i < plan->n_queues; i++) {
        const struct queue_choice *choice = &plan->queues[i];
        char queue[QUEUE_TEXT_MAX];

        table_cell(table, "%s", irq_queue_text(choice->kind, (int)choice->queue, queue));
        table_cell(table, "%s", choice->kind == QUEUE_TX ? "xps_cpus" : "rps_cpus");
        cell_set(table, choice->now);
        cell_set(table, choice->cpus);
    }
    return table_print(table, stream);
}

static unsigned int count_writes(const struct irq_plan *plan)
{
    unsigned int n = 0;

    for (unsigned int i = 0; i < plan->n_irqs; i++)
        n += !hwloc_bitmap_isequal(plan->irqs[i].now, plan->irqs[i].cpus);
    for (unsigned int i = 0; i < plan->n_queues; i++)
        n += !hwloc_bitmap_isequal(plan->queues[i].now, plan->queues[i].cpus);
    return n;
}

/* What the kernel manages stays where it is. */
static void print_fixed(const struct irq_plan *plan, FILE *stream)
{
    autofree char *list = set_format(plan->fixed);

    if (list && list[0])
        fprintf(stream, "fixed, and left where they are: %s\n", list);
}

static void print_total(const struct irq_plan *plan, FILE *stream)
{
    unsigned int n = count_writes(plan);

    if (n > 0)
        fprintf(stream, "\n%u of %u masks would be written", n, plan->n_irqs + plan->n_queues);
    else
        fprintf(stream, "\nall %u masks are so already", plan->n_irqs + plan->n_queues);
    fputc('\n', stream);
    print_fixed(plan, stream);
}

int render_irq_plan(const struct irq_plan *plan, FILE *stream)
{
    int r;

    fprintf(stream, "%s: %s\n\n", plan->device, plan->reason);
    r = print_irqs(plan, stream);
    if (r == 0 && plan->n_queues > 0) {
        fputc('\n', stream);
        r = print_queues(plan, stream);
    }
    if (r == 0)
        print_total(plan, stream);
    return r;
}

static bool has_irqs(const struct plan *plan)
{
    for (unsigned int i = 0; i < plan->n_placements; i++) {
        if (plan->placements[i].irqs)
            return true;
    }
    return false;
}

static void cell_interrupts(struct table *table, const struct irq_plan *irqs)
{
    int n_fixed = hwloc_bitmap_weight(irqs->fixed);

    if (n_fixed > 0)
        table_cell(table, "%u, %d fixed", irqs->n_irqs, n_fixed);
    else if (irqs->n_irqs > 0)
        table_cell(table, "%u", irqs->n_irqs);
    else
        table_cell(table, "none known");
}

int render_plan_irqs(const struct plan *plan, FILE *stream)
{
    autotable struct table *table = table_new();

    if (!has_irqs(plan))
        return 0;
    table_column(table, false, "INSTANCE");
    table_column(table, false, "INTERRUPTS OF");
    table_column(table, false, "ON NODE");
    table_column(table, false, "MOVED");
    table_column(table, false, "QUEUES");
    table_column(table, false, "TO CPUS");
    for (unsigned int i = 0; i < plan->n_placements; i++) {
        const struct irq_plan *irqs = plan->placements[i].irqs;

        if (!irqs)
            continue;
        table_cell(table, "%s", plan->placements[i].instance->name);
        table_cell(table, "%s", irqs->device);
        if (irqs->node < 0)
            table_cell(table, "unknown");
        else
            table_cell(table, "%d", irqs->node);
        cell_interrupts(table, irqs);
        table_cell(table, "%u rx, %u tx", irqs->n_rx, irqs->n_tx);
        cell_set(table, irqs->cpus);
    }
    fputc('\n', stream);
    return table_print(table, stream);
}
