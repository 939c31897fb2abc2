/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VERDICT_RULE_H
#define VERDICT_RULE_H

/* Which nodes are right for a mapping, and which of its pages are asked to be there. */

#include "verify.h"

/* For all mappings that show the same policy text. */
struct rule {
    const char *text;      /* borrowed: numa_maps' policy of the mappings */
    enum policy_mode mode; /* what text means ... */
    hwloc_bitmap_t named;  /* ... and the nodes it names */
    bool none;             /* no rule: nothing to judge by */
    bool interleaves;      /* the nodes should hold even parts */
    hwloc_bitmap_t right;
    hwloc_bitmap_t tolerated; /* elsewhere, but the policy allows it */
};

struct rules {
    const struct machine *machine;
    const struct expectation *expectation;
    hwloc_bitmap_t local;   /* nodes with memory of all CPUs that its threads may use */
    hwloc_bitmap_t near;    /* of these, the allowed ones */
    hwloc_bitmap_t allowed; /* Mems_allowed of all its threads; full when unknown */
    struct rule *rules;     /* as many as there are policy texts: a handful */
    unsigned int n;
};

int rules_init(const struct machine *machine, const struct expectation *expectation,
               const struct observation *observation, struct rules *ret_rules);
void rules_fini(struct rules *rules);

/* The rule for a mapping; borrowed until the next call. */
int rules_find(struct rules *rules, const struct mapping *mapping, const struct rule **ret_rule);

/* Bytes of a mapping by how they stand to its rule. */
struct rule_bytes {
    uint64_t judged; /* the policy governs these: the three below are parts of it */
    uint64_t right;
    uint64_t fallback;
    uint64_t elsewhere;
    uint64_t exempt;
    enum exempt why; /* exempt are exempt */
};

struct rule_bytes rule_apply(const struct rule *rule, const struct mapping *mapping);

/* Why pages of the mapping may be elsewhere. Static. */
const char *rule_reason(const struct rules *rules, const struct rule *rule,
                        const struct mapping *mapping, uint64_t bytes);

#endif
