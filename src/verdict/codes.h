/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VERDICT_CODES_H
#define VERDICT_CODES_H

/* Every finding that there is. The words are published: numaplace-findings(7) documents each, and a
 * test holds the two against one another. */

enum severity {
    SEVERITY_NOTE,    /* good to know; does not change the exit status */
    SEVERITY_WARNING, /* will work, and not as well as it could */
    SEVERITY_ERROR,   /* will not work, or is not so */
};

enum finding_code {
    /* check: CPUs */
    CODE_CPU_UNKNOWN,
    CODE_CPU_OFFLINE,
    CODE_CPU_NOT_GRANTED,
    CODE_CPU_ISOLATED,
    CODE_CPU_RESERVED,
    CODE_CPU_OVERLAP,
    CODE_CPUS_EMPTY,
    CODE_CPUS_SHORT,
    CODE_SMT_SIBLINGS,
    CODE_SMT_HALF_CORE,
    CODE_SMT_COUNT,
    CODE_COMPACT_SPLIT,
    CODE_SPREAD_SINGLE,
    CODE_LOCAL_SPLIT,
    CODE_CPUS_REMOTE,
    /* check: nodes and memory */
    CODE_NODE_UNKNOWN,
    CODE_NODE_NOT_GRANTED,
    CODE_NODE_WITHOUT_MEMORY,
    CODE_NODE_WITHOUT_CPUS,
    CODE_NODES_EMPTY,
    CODE_MEMORY_SHORT,
    CODE_MEMORY_SHORT_NOW,
    CODE_MEMORY_SUM_SHORT,
    CODE_MEMORY_NOT_PREFERRED,
    CODE_MEMORY_UNJUDGED,
    CODE_MEMORY_ELSEWHERE,
    CODE_MEMORY_ONLY,
    CODE_NOTHING_ASKED,
    CODE_BIND_WITHOUT_NODES,
    CODE_BIND_WITHOUT_MEMORY,
    CODE_INTERLEAVE_ALL,
    CODE_INTERLEAVE_SINGLE,
    CODE_BANDWIDTH_UNKNOWN,
    /* check: devices and targets */
    CODE_DEVICE_UNKNOWN,
    CODE_DEVICE_NODE_UNKNOWN,
    CODE_DEVICE_NODE_INVALID,
    CODE_NEAR_REMOTE,
    CODE_IRQS_NOT_APPLIED,
    CODE_TARGET_NOT_APPLIED,
    CODE_TARGET_TWICE,
    CODE_PID_GONE,
    CODE_CGROUP_GONE,
    /* check: what the host keeps */
    CODE_RESERVED_CPU_UNKNOWN,
    CODE_RESERVED_NODE_UNKNOWN,
    CODE_RESERVED_MEMORY_SHORT,
    /* verify */
    CODE_PAGES_ELSEWHERE,
    CODE_PAGES_FEW,
    CODE_PAGES_FALLBACK,
    CODE_PAGES_UNKNOWN,
    CODE_HUGE_ELSEWHERE,
    CODE_INTERLEAVE_SKEWED,
    CODE_MEMORY_REMOTE,
    CODE_MEMORY_EXEMPT,
    CODE_MEMORY_SWAPPED,
    CODE_THREAD_ELSEWHERE,
    CODE_PROCESS_GONE,
    CODE_PROCESS_UNKNOWN,
    CODE_COUNT,
};

struct finding_kind {
    const char *code;
    enum severity severity;
};

extern const struct finding_kind finding_kinds[CODE_COUNT];

#endif
