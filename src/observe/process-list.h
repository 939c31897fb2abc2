/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OBSERVE_PROCESS_LIST_H
#define OBSERVE_PROCESS_LIST_H

/* Every process of the machine, its memory and threads summed by node. */

#include "machine.h"
#include "observation.h"

struct process_summary {
    struct proc_id id;
    char *comm;
    int pages_error;       /* as in struct observation: its memory is unknown, bytes all 0 */
    uint64_t *bytes;       /* by node_idx of the machine */
    uint64_t total_bytes;  /* on all nodes */
    unsigned int *threads; /* by node_idx, of the CPU that each ran on last */
    unsigned int n_threads;
    hwloc_bitmap_t cpus_allowed; /* of any of its threads */
};

struct process_list {
    struct process_summary *processes; /* those with the most memory first */
    unsigned int n;
};

/* Processes that end meanwhile are left out. The caller frees with process_list_fini. */
int process_list_read(const struct root *root, const struct machine *machine,
                      struct process_list *ret_list, struct np_error *err);
void process_list_fini(struct process_list *list);

#endif
