/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VERDICT_VERIFY_H
#define VERDICT_VERIFY_H

/*
 * Is it where it should be? Holds one observation against one expectation. Only what the policy
 * governs is judged: page cache, library text, and shared pages that somebody else touched first
 * are counted and shown, never blamed.
 */

#include "finding.h"
#include "machine.h"
#include "observation.h"

struct expectation {
    const char *subject;       /* for findings: instance name or "pid 812" */
    hwloc_const_bitmap_t cpus; /* NULL: threads are not judged */
    hwloc_const_bitmap_t
        mem_nodes; /* NULL: judge each mapping by the policy that numa_maps shows for it */
    enum memory_policy policy;
};

struct misplaced {
    const struct mapping *mapping; /* borrowed from the observation */
    uint64_t bytes;                /* of it that are elsewhere */
    const char *reason;            /* static: why it may be so */
};

struct verdict {
    bool in_place;           /* no finding of severity error was added */
    uint64_t judged_bytes;   /* what the policy governs */
    uint64_t in_place_bytes; /* of these, on the right nodes */
    uint64_t exempt_bytes;   /* counted, not judged: page cache, shared */
    struct misplaced *worst; /* by bytes, the largest first */
    unsigned int n_worst;
    unsigned int threads_in_place;
    unsigned int n_threads;
};

int verify_process(const struct machine *machine, const struct expectation *expectation,
                   const struct observation *observation, struct verdict *ret_verdict,
                   struct findings *findings);
void verdict_fini(struct verdict *verdict);

#endif
