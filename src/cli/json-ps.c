/* SPDX-License-Identifier: Apache-2.0 */
/* Every process by node, as JSON. */

#include "render-ps.h"

#include "json-util.h"
#include "set.h"

static json_t *json_nodes(const struct machine *machine, const struct process_summary *process)
{
    json_t *json = json_array();

    for (unsigned int i = 0; i < machine->n_nodes; i++) {
        uint64_t bytes = process->pages_error == 0 ? process->bytes[i] : UNKNOWN_U64;

        if (json_array_append_new(json, json_pack("{s:I, s:o, s:I}", "node",
                                                  (json_int_t)machine->nodes[i].id, "bytes",
                                                  json_bytes(bytes), "threads",
                                                  (json_int_t)process->threads[i]))) {
            json_decref(json);
            return NULL;
        }
    }
    return json;
}

static json_t *json_process(const struct machine *machine, const struct process_summary *process)
{
    autofree char *cpus = set_format(process->cpus_allowed);
    uint64_t bytes = process->pages_error == 0 ? process->total_bytes : UNKNOWN_U64;

    if (!cpus)
        return NULL;
    return json_pack("{s:i, s:o, s:b, s:o, s:I, s:s, s:o}", "pid", (int)process->id.pid, "command",
                     json_text(process->comm), "kernel_thread", process->pages_error == -ENODATA,
                     "bytes", json_bytes(bytes), "threads", (json_int_t)process->n_threads,
                     "cpus_allowed", cpus, "by_node", json_nodes(machine, process));
}

json_t *json_ps(const struct machine *machine, const struct process_list *list, bool all)
{
    json_t *processes = json_array();

    for (unsigned int i = 0; i < list->n; i++) {
        if (!ps_shows(&list->processes[i], all))
            continue;
        if (json_array_append_new(processes, json_process(machine, &list->processes[i]))) {
            json_decref(processes);
            return NULL;
        }
    }
    return json_pack("{s:o}", "processes", processes);
}
