/* SPDX-License-Identifier: Apache-2.0 */
/* A plan as a person reads it. */

#include "render-plan.h"

#include "render-irq-plan.h"
#include "table.h"

#include <string.h>

/* What is not there is shown as a dash. */
static void cell_set(struct table *table, hwloc_const_bitmap_t set)
{
    autofree char *text = set_format(set);

    if (!text)
        return table_fail(table);
    table_cell(table, "%s", text[0] ? text : "-");
}

/* The nodes that are shown to have as much as share number first. NULL: out of memory. */
static hwloc_bitmap_t nodes_alike(const struct placement *placement, unsigned int first)
{
    autoset hwloc_bitmap_t nodes = hwloc_bitmap_alloc();
    char size[SIZE_TEXT_MAX], other[SIZE_TEXT_MAX];

    (void)size_format(placement->shares[first].bytes, size);
    for (unsigned int i = 0; nodes && i < placement->n_shares; i++) {
        if (strcmp(size_format(placement->shares[i].bytes, other), size) == 0 &&
            hwloc_bitmap_set(nodes, placement->shares[i].node) < 0)
            return NULL;
    }
    return TAKE(nodes);
}

/* "0: 8 GiB, 1-3: 2 GiB each" */
static int put_shares(const struct placement *placement, FILE *stream)
{
    for (unsigned int i = 0; i < placement->n_shares; i++) {
        autoset hwloc_bitmap_t nodes = nodes_alike(placement, i);
        autofree char *list = nodes ? set_format(nodes) : NULL;
        char size[SIZE_TEXT_MAX];

        if (!list)
            return -ENOMEM;
        if (hwloc_bitmap_first(nodes) != (int)placement->shares[i].node)
            continue; /* told with the first of them */
        fprintf(stream, "%s%s: %s%s", i ? ", " : "", list,
                size_format(placement->shares[i].bytes, size),
                hwloc_bitmap_weight(nodes) > 1 ? " each" : "");
    }
    return 0;
}

static void cell_nodes_only(struct table *table, const struct placement *placement)
{
    autofree char *nodes = set_format(placement->mem_nodes);

    if (!nodes)
        return table_fail(table);
    table_cell(table, "%s%s", nodes[0] ? nodes : "-", nodes[0] ? ": not said" : "");
}

static void cell_shares(struct table *table, const struct placement *placement)
{
    autofree char *text = NULL;
    size_t length;
    FILE *stream;
    int r;

    if (placement->n_shares == 0)
        return cell_nodes_only(table, placement);
    stream = open_memstream(&text, &length);
    if (!stream)
        return table_fail(table);
    r = put_shares(placement, stream);
    if (fclose(stream) != 0 || r < 0)
        return table_fail(table);
    table_cell(table, "%s", text);
}

static void cell_cost(struct table *table, const struct placement *placement)
{
    if (placement->cost > 0 && placement->local_cost > 0)
        table_cell(table, "%.2fx local", placement->cost / placement->local_cost);
    else
        table_cell(table, "-");
}

static bool has_regions(const struct plan *plan)
{
    for (unsigned int i = 0; i < plan->n_placements; i++) {
        if (plan->placements[i].n_regions > 0)
            return true;
    }
    return false;
}

/* A line a region. */
static int print_regions(const struct plan *plan, FILE *stream)
{
    autotable struct table *table = table_new();

    table_column(table, false, "INSTANCE");
    table_column(table, false, "MEMORY AT");
    table_column(table, true, "SIZE");
    for (unsigned int i = 0; i < plan->n_placements; i++) {
        const struct placement *placement = &plan->placements[i];

        for (unsigned int j = 0; j < placement->n_regions; j++) {
            char region[REGION_TEXT_MAX], size[SIZE_TEXT_MAX];

            table_cell(table, "%s", j == 0 ? placement->instance->name : "");
            table_cell(table, "%s", region_format(placement->regions[j], region));
            table_cell(table, "%s", size_format(placement->regions[j].bytes, size));
        }
    }
    fputc('\n', stream);
    return table_print(table, stream);
}

static int print_placements(const struct plan *plan, FILE *stream)
{
    autotable struct table *table = table_new();

    table_column(table, false, "INSTANCE");
    table_column(table, false, "CPUS");
    table_column(table, false, "ON NODES");
    table_column(table, false, "MEMORY BY NODE");
    table_column(table, false, "POLICY");
    table_column(table, true, "ACCESS");
    for (unsigned int i = 0; i < plan->n_placements; i++) {
        const struct placement *placement = &plan->placements[i];

        table_cell(table, "%s", placement->instance->name);
        cell_set(table, placement->cpus);
        cell_set(table, placement->cpu_nodes);
        cell_shares(table, placement);
        table_cell(table, "%s", memory_policy_name(placement->instance->memory_policy));
        cell_cost(table, placement);
    }
    return table_print(table, stream);
}

static int print_spares(const struct plan *plan, FILE *stream)
{
    autotable struct table *table = table_new();

    table_column(table, false, "LEFT ON NODE");
    table_column(table, true, "CPUS");
    table_column(table, true, "MEMORY");
    table_column(table, false, "WHICH CPUS");
    for (unsigned int i = 0; i < plan->n_spares; i++) {
        const struct spare *spare = &plan->spares[i];
        char size[SIZE_TEXT_MAX];

        table_cell(table, "%u", spare->node);
        table_cell(table, "%d", hwloc_bitmap_weight(spare->cpus));
        table_cell(table, "%s", size_format(spare->bytes, size));
        cell_set(table, spare->cpus);
    }
    return table_print(table, stream);
}

static void print_reasons(const struct plan *plan, FILE *stream)
{
    for (unsigned int i = 0; i < plan->n_placements; i++) {
        const struct placement *placement = &plan->placements[i];

        fprintf(stream, "%s\n  CPUs:   %s\n  memory: %s\n", placement->instance->name,
                placement->cpu_reason, placement->memory_reason);
        if (placement->irqs)
            fprintf(stream, "  irqs:   %s\n", placement->irqs->reason);
    }
}

static void print_total(const struct plan *plan, FILE *stream)
{
    uint64_t bytes = 0;
    int cpus = 0;
    char size[SIZE_TEXT_MAX];

    for (unsigned int i = 0; i < plan->n_placements; i++) {
        const struct placement *placement = &plan->placements[i];

        cpus += hwloc_bitmap_weight(placement->cpus);
        for (unsigned int j = 0; j < placement->n_shares; j++)
            bytes += placement->shares[j].bytes;
    }
    fprintf(stream, "%u instance%s, %d CPU%s, %s", plan->n_placements,
            plan->n_placements == 1 ? "" : "s", cpus, cpus == 1 ? "" : "s",
            size_format(bytes, size));
    if (plan->cost_source == MATRIX_ABSENT)
        fputs("; what an access costs here is not known\n", stream);
    else
        fprintf(stream, "; access by %s (%s)\n",
                plan->cost_source == MATRIX_SLIT ? "distance" : "latency in ns",
                matrix_source_name(plan->cost_source));
}

static void print_cost(const struct plan *plan, FILE *stream)
{
    if (plan->gap > 0)
        fprintf(stream, "cost %.3f local accesses; none below %.3f, gap %.2f %%\n", plan->cost,
                plan->bound, plan->gap * 100);
    else
        fprintf(stream, "cost %.3f local accesses, proven optimal\n", plan->cost);
}

static void print_saturation(const struct plan *plan, FILE *stream)
{
    for (unsigned int i = 0; i < plan->n_traffic; i++) {
        const struct traffic *traffic = &plan->traffic[i];
        char asked[SIZE_TEXT_MAX], capacity[SIZE_TEXT_MAX];

        if (traffic->capacity == 0 || traffic->asked <= traffic->capacity)
            continue;
        if (traffic->from < 0)
            fprintf(stream, "node %u", traffic->to);
        else
            fprintf(stream, "the link from node %d to node %u", traffic->from, traffic->to);
        fprintf(stream, " is asked for %s and has %s\n", rate_format(traffic->asked, asked),
                rate_format(traffic->capacity, capacity));
    }
}

static void print_remote_irqs(const struct plan *plan, FILE *stream)
{
    for (unsigned int i = 0; i < plan->n_placements; i++) {
        const struct irq_plan *irqs = plan->placements[i].irqs;

        if (irqs && irqs->remote)
            fprintf(stream, "the interrupts of %s, which is on node %d, go to CPUs elsewhere\n",
                    irqs->device, irqs->node);
    }
}

static void print_secondary(const struct plan *plan, FILE *stream)
{
    const struct sharing *sharing = &plan->sharing;
    const struct largest_left *left = &plan->left;
    char size[SIZE_TEXT_MAX];

    fprintf(stream, "%u core%s and %u LLC%s shared; fits on one node still: ", sharing->n_cores,
            sharing->n_cores == 1 ? "" : "s", sharing->n_llcs, sharing->n_llcs == 1 ? "" : "s");
    fprintf(stream, "%u CPU%s (%u whole core%s), %s on node %u\n", left->n_cpus,
            left->n_cpus == 1 ? "" : "s", left->n_cores, left->n_cores == 1 ? "" : "s",
            size_format(left->bytes, size), left->node);
}

int render_plan(const struct plan *plan, FILE *stream)
{
    int r = print_placements(plan, stream);

    if (r < 0)
        return r;
    print_total(plan, stream);
    print_cost(plan, stream);
    print_saturation(plan, stream);
    print_remote_irqs(plan, stream);
    print_secondary(plan, stream);
    if (has_regions(plan)) {
        r = print_regions(plan, stream);
        if (r < 0)
            return r;
    }
    r = render_plan_irqs(plan, stream);
    if (r < 0)
        return r;
    fputc('\n', stream);
    r = print_spares(plan, stream);
    if (r < 0)
        return r;
    if (plan->n_placements > 0) {
        fputs("\nWhy:\n", stream);
        print_reasons(plan, stream);
    }
    return 0;
}
