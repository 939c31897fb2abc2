/* SPDX-License-Identifier: Apache-2.0 */
/* Every process by node, as text. */

#include "render-ps.h"

#include "set.h"
#include "table.h"

bool ps_shows(const struct process_summary *process, bool all)
{
    return all || process->pages_error == 0 || process->pages_error == -ENOENT;
}

static void cell_size(struct table *table, const struct process_summary *process, uint64_t bytes)
{
    char text[SIZE_TEXT_MAX];

    if (process->pages_error == -ENODATA) /* a kernel thread has none */
        table_cell(table, "-");
    else if (process->pages_error < 0)
        table_cell(table, "?");
    else
        table_cell(table, "%s", bytes ? size_format(bytes, text) : "-");
}

/* "0:4 1:2": four threads on node 0, two on node 1. */
static void cell_threads(struct table *table, const struct machine *machine,
                         const struct process_summary *process)
{
    autofree char *text = NULL;
    size_t length;
    FILE *stream = open_memstream(&text, &length);
    const char *space = "";

    if (!stream)
        return table_fail(table);
    for (unsigned int i = 0; i < machine->n_nodes; i++) {
        if (process->threads[i] == 0)
            continue;
        fprintf(stream, "%s%u:%u", space, machine->nodes[i].id, process->threads[i]);
        space = " ";
    }
    if (fclose(stream) != 0)
        return table_fail(table);
    table_cell(table, "%s", text);
}

static void cell_set(struct table *table, hwloc_const_bitmap_t set)
{
    autofree char *text = set_format(set);

    if (!text)
        return table_fail(table);
    table_cell(table, "%s", text);
}

static void add_process(struct table *table, const struct machine *machine,
                        const struct process_summary *process)
{
    table_cell(table, "%d", (int)process->id.pid);
    table_cell(table, "%s", process->comm);
    for (unsigned int i = 0; i < machine->n_nodes; i++)
        cell_size(table, process, process->bytes[i]);
    cell_size(table, process, process->total_bytes);
    table_cell(table, "%u", process->n_threads);
    cell_threads(table, machine, process);
    cell_set(table, process->cpus_allowed);
}

int render_ps(const struct machine *machine, const struct process_list *list, bool all)
{
    autotable struct table *table = table_new();

    table_column(table, true, "PID");
    table_column(table, false, "COMMAND");
    for (unsigned int i = 0; i < machine->n_nodes; i++)
        table_column(table, true, "NODE %u", machine->nodes[i].id);
    table_column(table, true, "MEMORY");
    table_column(table, true, "THREADS");
    table_column(table, false, "BY NODE");
    table_column(table, false, "CPUS");
    for (unsigned int i = 0; i < list->n; i++) {
        if (ps_shows(&list->processes[i], all))
            add_process(table, machine, &list->processes[i]);
    }
    return table_print(table, stdout);
}
