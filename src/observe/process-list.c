/* SPDX-License-Identifier: Apache-2.0 */
/* Every process of the machine: looked at one after the other, so that only sums are kept. */

#include "process-list.h"

#include <string.h>

static void summary_fini(struct process_summary *summary)
{
    free(summary->comm);
    free(summary->bytes);
    free(summary->threads);
    hwloc_bitmap_free(summary->cpus_allowed);
}

static void sum_pages(const struct machine *machine, const struct observation *observation,
                      struct process_summary *summary)
{
    for (unsigned int i = 0; i < observation->n_mappings; i++) {
        const struct mapping *mapping = &observation->mappings[i];

        for (unsigned int n = 0; n < mapping->n_by_node; n++) {
            uint64_t bytes = mapping->by_node[n].pages * mapping->page_bytes;
            int node_idx = machine_node_idx(machine, mapping->by_node[n].node);

            summary->total_bytes += bytes;
            if (node_idx >= 0)
                summary->bytes[node_idx] += bytes;
        }
    }
}

static int sum_threads(const struct machine *machine, const struct observation *observation,
                       struct process_summary *summary)
{
    summary->n_threads = observation->n_threads;
    for (unsigned int i = 0; i < observation->n_threads; i++) {
        const struct thread *thread = &observation->threads[i];
        const struct cpu *cpu = machine_cpu(machine, thread->last_cpu);
        int node_idx =
            cpu && cpu->node >= 0 ? machine_node_idx(machine, (unsigned int)cpu->node) : -1;

        if (node_idx >= 0)
            summary->threads[node_idx]++;
        if (hwloc_bitmap_or(summary->cpus_allowed, summary->cpus_allowed, thread->cpus_allowed) < 0)
            return -ENOMEM;
    }
    return 0;
}

static int summarise(const struct machine *machine, struct observation *observation,
                     struct process_summary *ret_summary)
{
    struct process_summary summary = {
        .id = observation->id,
        .comm = TAKE(observation->comm),
        .pages_error = observation->pages_error,
        .bytes = calloc(machine->n_nodes + 1, sizeof(*summary.bytes)),
        .threads = calloc(machine->n_nodes + 1, sizeof(*summary.threads)),
        .cpus_allowed = hwloc_bitmap_alloc(),
    };

    if (!summary.bytes || !summary.threads || !summary.cpus_allowed ||
        sum_threads(machine, observation, &summary) < 0) {
        summary_fini(&summary);
        return -ENOMEM;
    }
    sum_pages(machine, observation, &summary);
    *ret_summary = summary;
    return 0;
}

/* 0 also when the process has ended and was left out. */
static int add_process(const struct root *root, const struct machine *machine, pid_t pid,
                       struct process_list *list, struct np_error *err)
{
    autoobservation struct observation *observation = NULL;
    struct process_summary *larger;
    int r = observe_process(root, pid, OBSERVE_ALL, &observation, err);

    if (r == -ESRCH)
        return 0;
    if (r < 0)
        return r;
    larger = reallocarray(list->processes, list->n + 1, sizeof(*larger));
    if (!larger)
        return -ENOMEM;
    list->processes = larger;
    r = summarise(machine, observation, &larger[list->n]);
    if (r == 0)
        list->n++;
    return r;
}

static int compare_memory(const void *a, const void *b)
{
    const struct process_summary *x = a, *y = b;

    if (x->total_bytes != y->total_bytes)
        return x->total_bytes < y->total_bytes ? 1 : -1;
    return x->id.pid < y->id.pid ? -1 : 1;
}

int process_list_read(const struct root *root, const struct machine *machine,
                      struct process_list *ret_list, struct np_error *err)
{
    struct process_list list = {0};
    autostrv char **names = NULL;
    int r = root_list(root, &names, "proc");

    if (r < 0)
        return error_set(err, r, "cannot list /proc: %s", strerror(-r));
    for (char **name = names; r == 0 && *name; name++) {
        if (strspn(*name, "0123456789") == strlen(*name))
            r = add_process(root, machine, (pid_t)strtol(*name, NULL, 10), &list, err);
    }
    if (r < 0) {
        process_list_fini(&list);
        return r;
    }
    if (list.n > 0)
        qsort(list.processes, list.n, sizeof(*list.processes), compare_memory);
    *ret_list = list;
    return 0;
}

void process_list_fini(struct process_list *list)
{
    for (unsigned int i = 0; i < list->n; i++)
        summary_fini(&list->processes[i]);
    free(list->processes);
}
