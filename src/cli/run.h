/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_RUN_H
#define CLI_RUN_H

/*
 * `numaplace run`, in steps: the command line becomes a request (cmd-run.c), the request is
 * resolved against what this process is granted (run-resolve.c), what numactl does not have is
 * chosen and checked with the machine at hand (run-choose.c, run-memory.c), and what came out is
 * bound, then executed (cmd-run.c).
 *
 * The start of a program is on everybody's critical path, so resolving reads only what the options
 * that were given need: usually one file.
 */

#include "bind.h"
#include "error.h"
#include "machine.h"

/* One option that chooses CPUs or a policy, in the order of the command line: of CPUs the last one
 * counts, a second policy is refused. */
struct run_choice {
    const char *option; /* long name, for messages */
    enum {
        CHOOSE_NODE_CPUS, /* -N */
        CHOOSE_CPUS,      /* -C */
        CHOOSE_POLICY,    /* -m -i -w -p -P -l */
    } kind;
    int mode;         /* CHOOSE_POLICY: MPOL_* */
    const char *text; /* NULL for -l */
};

struct run_request {
    struct run_choice *choices;
    unsigned int n_choices;
    bool all;          /* -a: beyond the affinity and cpuset that we inherited */
    bool balancing;    /* -b */
    const char *near;  /* device, NULL none */
    unsigned int pick; /* number of CPUs to choose; 0: none */
    bool one_node;
    uint64_t memory_bytes; /* what the program will need; 0: not said */
    bool verify;
};

/* A request made exact. Sets are NULL where the program keeps what we inherited. */
struct run_binding {
    hwloc_bitmap_t cpus;
    bool cpus_exact; /* each was written out: losing one is worth a word */
    int mode;
    hwloc_bitmap_t nodes;
    bool nodes_exact;
};

/* -EINVAL: wrong usage. -ENOSPC: no placement exists. Others: it cannot be done here. */
int run_resolve(const struct root *root, const struct run_request *request,
                struct run_binding *ret_binding, struct np_error *err);
void run_binding_fini(struct run_binding *binding);

/* --near and --pick, within what run_resolve left open. Of the machine TOPOLOGY is used. */
int run_choose(const struct root *root, const struct machine *machine,
               const struct run_request *request, struct run_binding *binding,
               struct np_error *err);
/* --memory: -ENOSPC when the nodes of the binding cannot hold needed bytes. */
int run_check_memory(const struct root *root, const struct machine *machine,
                     const struct run_binding *binding, uint64_t needed, struct np_error *err);

/* All that is needed to become the program. */
struct run_start {
    const struct root *root;
    const struct run_binding *binding;
    bool balancing;
    char **argv;
};

/* These return an exit status; what went wrong has been said. */
int run_bind(const struct run_start *start);
int run_start(const struct run_start *start); /* returns only when it could not be started */
int run_verified(const struct run_start *start);

/* Prints the binding of this process as `numactl --show` does. */
int run_show(const struct root *root, struct np_error *err);

#endif
