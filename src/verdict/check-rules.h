/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VERDICT_CHECK_RULES_H
#define VERDICT_CHECK_RULES_H

/* What a rule of check sees and how it reports. A rule is one function that knows one subject; the
 * tables in check.c say which there are. */

#include "check.h"
#include "extents.h"

/* A wish with what several rules need of it. */
struct subject {
    const struct wish *wish;
    const struct instance *instance;
    hwloc_bitmap_t cpu_nodes;    /* of the CPUs given; NULL when the planner chooses */
    hwloc_bitmap_t region_nodes; /* where its regions are; NULL when it names none, or the machine
                                    does not tell where its nodes are */
    hwloc_bitmap_t home;         /* where its memory may be at all */
};

/* That can be used, at least one thread of each. */
struct cores {
    unsigned int n;
    unsigned int threads; /* of each that can be used whole; 0 when they differ */
};

struct check {
    const struct wishes *wishes;
    const struct machine *machine;
    const struct check_options *options;
    struct findings *findings;
    struct subject *subjects; /* one a wish, in the spec's order */
    unsigned int n_subjects;
    hwloc_bitmap_t usable_cpus;    /* online, granted and not reserved */
    struct cores cores;            /* of these */
    hwloc_bitmap_t choice_cpus;    /* of these, what no instance names: the planner's */
    hwloc_bitmap_t usable_nodes;   /* granted, with memory */
    hwloc_bitmap_t ordinary_nodes; /* of these, what may be chosen though nobody named it */
    struct extents node_extents;   /* by node_idx; none: the machine does not tell */
    struct extents pool_extents;   /* by place in the spec; none: memory may be anywhere */
};

typedef int (*whole_rule)(const struct check *check);
typedef int (*subject_rule)(const struct check *check, const struct subject *subject);

struct cores count_cores(const struct check *check);

/* Ends with NULL. */
extern const whole_rule host_rules[];
extern const whole_rule pool_rules[];
extern const whole_rule name_rules[];
extern const whole_rule sum_rules[];
extern const whole_rule region_sum_rules[];
extern const whole_rule claim_sum_rules[];
extern const whole_rule remark_rules[];
extern const subject_rule cpu_rules[];
extern const subject_rule affinity_rules[];
extern const subject_rule node_rules[];
extern const subject_rule policy_rules[];
extern const subject_rule memory_rules[];
extern const subject_rule traffic_rules[];
extern const subject_rule region_rules[];
extern const subject_rule device_rules[];
extern const subject_rule claim_rules[];
extern const subject_rule target_rules[];

/* A key of a subject; its name when the key was not written. */
struct place place_of(const struct subject *subject, enum instance_key key);

/* Adds a finding. Takes over fact and way_out (NULL: none), which text() makes. */
int report(const struct check *check, struct place place, enum finding_code code, char *fact,
           char *way_out);

/* Is the spec a device tree, whose users know Kerf's words? */
bool is_tree(const struct check *check);

/* A key and its value as the spec's format writes them: "memory-policy: bind",
 * "memory-policy = "bind"". The caller frees; NULL when out of memory. */
char *say(const struct check *check, const char *key, const char *value);

/* Of all memory pools together. */
uint64_t pool_bytes(const struct check *check);

/* The numbers for which is_it holds. The caller frees. */
typedef bool (*id_test)(const struct check *check, unsigned int id);
int set_filter(const struct check *check, hwloc_const_bitmap_t set, id_test is_it,
               hwloc_bitmap_t *ret_set);

/* One way in which single CPUs or nodes are wrong; a table of these makes a rule. */
struct id_fault {
    enum finding_code code;
    id_test is_it;
    const char *one;     /* "does not exist" */
    const char *many;    /* "do not exist" */
    const char *way_out; /* NULL: none */
};

/* A finding for each fault that some of set have; noun is "CPU" or "node". */
int report_faults(const struct check *check, struct place place, const char *noun,
                  hwloc_const_bitmap_t set, const struct id_fault *faults);

#endif
