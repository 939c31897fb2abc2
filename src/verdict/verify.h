/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VERDICT_VERIFY_H
#define VERDICT_VERIFY_H

/*
 * Is it where it should be? Holds one observation against one expectation. Only what the policy
 * governs is judged: page cache, library text, and shared pages that somebody else touched first
 * are counted and shown, never blamed. The rules are explained in docs/verify.md.
 *
 * Codes of findings: pages-elsewhere, thread-elsewhere, process-gone, pages-unknown (errors);
 * pages-fallback, huge-elsewhere, interleave-skewed, memory-remote (warnings); pages-few,
 * memory-exempt, memory-swapped (notes).
 */

#include "finding.h"
#include "machine.h"
#include "observation.h"
#include "plan.h"

struct expectation {
    const char *subject;       /* for findings: instance name or "pid 812" */
    hwloc_const_bitmap_t cpus; /* NULL: threads are not judged */
    /* NULL: each mapping is judged by the policy that numa_maps shows for it */
    hwloc_const_bitmap_t mem_nodes;
    enum memory_policy policy;
    const struct share *shares; /* proportions of a weighted interleave; may be NULL */
    unsigned int n_shares;
};

struct misplaced {
    const struct mapping *mapping; /* borrowed from the observation */
    uint64_t bytes;                /* of it that are elsewhere */
    const char *reason;            /* static: why it may be so */
};

/* Exempt from judgement, by reason. */
enum exempt {
    EXEMPT_PAGE_CACHE,
    EXEMPT_SHARED,
    EXEMPT_HUGE,    /* judged apart: see huge-elsewhere */
    EXEMPT_NO_RULE, /* its policy is not understood, or no CPU of it is near any memory */
    EXEMPT_COUNT,
};

struct verdict {
    bool in_place;                       /* no finding of severity error was added */
    uint64_t judged_bytes;               /* what the policy governs */
    uint64_t in_place_bytes;             /* of these, on the right nodes */
    uint64_t fallback_bytes;             /* of these, elsewhere where the policy allows it */
    uint64_t exempt_bytes[EXEMPT_COUNT]; /* counted, not judged */
    hwloc_bitmap_t nodes;    /* the right nodes; with rules that differ by mapping, of all rules */
    struct misplaced *worst; /* by bytes, the largest first */
    unsigned int n_worst;
    unsigned int threads_in_place;
    unsigned int n_threads; /* judged; 0 when cpus is NULL */
};

/* Of a machine, nodes and CPUs are used; settings (balancing, demotion) make better reasons. The
 * observation outlives the verdict, whose pieces the caller frees with verdict_fini. */
int verify_process(const struct machine *machine, const struct expectation *expectation,
                   const struct observation *observation, struct verdict *ret_verdict,
                   struct findings *findings);
void verdict_fini(struct verdict *verdict);

/* The finding for an instance of which there is no process: it has ended, by itself or with the
 * machine (same_boot false), or pid is 0 and nobody ever told one. */
int verify_absent(const char *subject, pid_t pid, bool same_boot, struct findings *findings);

const char *exempt_name(enum exempt exempt);

#endif
