/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SPEC_SPEC_H
#define SPEC_SPEC_H

/*
 * What the user wants. A spec says it in the user's terms and knows no machine: sets are
 * expressions until they are resolved against one. Every value remembers where it was written, so
 * that whoever finds it wrong later (check, plan) can point at it.
 */

#include "error.h"
#include "mark.h"
#include "region.h"
#include "set.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct dt;

enum cpu_affinity {
    CPU_AFFINITY_COMPACT, /* the default */
    CPU_AFFINITY_SPREAD,
    CPU_AFFINITY_LOCAL,
};

enum memory_policy {
    MEMORY_POLICY_LOCAL, /* the default */
    MEMORY_POLICY_BIND,
    MEMORY_POLICY_PREFERRED,
    MEMORY_POLICY_INTERLEAVE,
    MEMORY_POLICY_WEIGHTED_INTERLEAVE,
};

enum smt_rule {
    SMT_ANY, /* the default */
    SMT_AVOID,
    SMT_WHOLE_CORES,
};

/* What an instance is. */
enum target_kind {
    TARGET_NONE, /* only planned: somebody else will start it */
    TARGET_RUN,
    TARGET_PID,
    TARGET_CGROUP,
    TARGET_UNIT,
    TARGET_VM,
};

/* Which key of an instance a mark belongs to. */
enum instance_key {
    KEY_NAME,
    KEY_CPUS,
    KEY_MEMORY,
    KEY_NUMA_NODES,
    KEY_CPU_AFFINITY,
    KEY_MEMORY_POLICY,
    KEY_SMT,
    KEY_NEAR,
    KEY_IRQS,
    KEY_BANDWIDTH,
    KEY_LATENCY,
    KEY_WEIGHT,
    KEY_TARGET,
    KEY_ID,
    KEY_REGIONS,
    KEY_CLAIMS,
    KEY_COUNT,
};

/* What of a device an instance gets for itself. */
enum claim_kind {
    CLAIM_WHOLE,
    CLAIM_VF,        /* an SR-IOV virtual function */
    CLAIM_NAMESPACE, /* of an NVMe device */
};

struct claim {
    char *text;   /* as written: "eth0_vf1" */
    char *device; /* its name, whether there is one or not; NULL when text leads to none */
    enum claim_kind kind;
    unsigned int number; /* of the function or namespace */
    struct mark at;
};

/* How an instance uses memory. What is not said is 0: instance_weight and
 * instance_is_latency_sensitive know what that stands for. */
struct workload {
    uint64_t bandwidth; /* memory traffic in bytes a second */
    bool latency_sensitive;
    unsigned int weight; /* how much its costs count */
};

struct instance {
    char *name;
    bool cpus_given; /* true: cpus; false: cpu_count, for the planner to choose */
    struct set_expr cpus;
    unsigned int cpu_count; /* 0: no CPUs wanted (memory only) */
    uint64_t memory_bytes;  /* 0: not said */
    bool nodes_given;
    struct set_expr numa_nodes; /* preferred nodes */
    enum cpu_affinity cpu_affinity;
    enum memory_policy memory_policy;
    enum smt_rule smt;
    char *near; /* device name, NULL none */
    char *irqs; /* device name, NULL none */
    struct workload workload;
    enum target_kind target;
    char **run;        /* TARGET_RUN: argv, NULL-terminated */
    pid_t pid;         /* TARGET_PID */
    char *target_name; /* TARGET_CGROUP (path below the cgroup root), TARGET_UNIT, TARGET_VM */
    bool id_given;
    uint32_t id;            /* Kerf's number of the instance */
    struct region *regions; /* its memory by physical address; none: ours to choose. They make
                              memory_bytes together */
    unsigned int n_regions;
    struct claim *claims;
    unsigned int n_claims;
    char **kerf_only;          /* what else the tree says and only Kerf reads: "uring"; NULL none */
    struct mark at[KEY_COUNT]; /* line 0 for a key that was not written, or in a blob */
    unsigned int said;         /* bits of enum instance_key: what was written; instance_says() */
};

struct node_bytes {
    unsigned int node; /* kernel id */
    uint64_t bytes;
    struct mark at;
};

struct device_override {
    char *name;
    unsigned int node;
    struct mark at;
};

/* Physical memory that instances may have. */
struct pool {
    struct region region;
    struct mark at;       /* of its base: several pools of one list share the mark */
    struct mark bytes_at; /* of its size; that of both where they stand in one property */
};

/* What the reader noticed and reads all the same: check makes a finding of each. */
enum remark_kind {
    REMARK_UNKNOWN, /* a property or node that nobody understands */
    REMARK_COMMENT, /* a comment says another size than the number beside it */
    REMARK_ASSUMED, /* the file can be read in two ways, and this one was taken */
    REMARK_ASTRAY,  /* CPUs exist, and none of the nodes has them */
    REMARK_PCI,     /* two devices are at one PCI address */
};

struct remark {
    enum remark_kind kind;
    char *subject; /* instance, or the path of a node */
    char *fact;
    char *way_out; /* NULL none */
    struct mark at;
};

enum spec_format {
    SPEC_YAML,
    SPEC_DEVICE_TREE, /* findings are told in Kerf's words */
};

struct spec {
    enum spec_format format;
    char *file;    /* as given, for messages */
    char *machine; /* a machine source, "live" unless said */
    struct mark machine_at;
    bool reserved_cpus_given;
    struct set_expr reserved_cpus;
    struct mark reserved_cpus_at;
    struct node_bytes *reserved_memory;
    unsigned int n_reserved_memory;
    struct device_override *devices;
    unsigned int n_devices;
    struct instance *instances;
    unsigned int n_instances;
    bool pool_cpus_given;
    struct set_expr pool_cpus; /* instances may have no others */
    struct mark pool_cpus_at;
    struct pool *pools; /* instances' regions lie in one of these; none: anywhere */
    unsigned int n_pools;
    struct remark *remarks;
    unsigned int n_remarks;
    struct dt **trees; /* what it was read from, NULL-terminated: marks borrow names of files;
                          NULL of YAML */
};

/* Reads a placement file: YAML, or a device tree in text or blob. -EINVAL with file, line and
 * column for anything that is not understood; nothing is guessed and nothing dropped. The caller
 * frees. */
int spec_load(const char *path, struct spec **ret_spec, struct np_error *err);
/* The same with overlays (NULL-terminated; NULL: none) laid over a device tree, in their order.
 * Marks in an overlay name it. -EINVAL for overlays over YAML. */
int spec_load_overlaid(const char *path, char *const *overlays, struct spec **ret_spec,
                       struct np_error *err);
/* The same from memory; file is for messages, and tells by its suffix whether this is a tree (.dts,
 * .dtb). */
int spec_parse(const char *file, const char *text, size_t length, struct spec **ret_spec,
               struct np_error *err);
struct spec *spec_free(struct spec *spec); /* returns NULL */

const struct instance *spec_instance(const struct spec *spec, const char *name);

/* Makes the named instance, which must not be anything yet, a command, and all others nothing: they
 * are only planned. argv is NULL-terminated and copied. -EINVAL with a message. */
int spec_give_command(struct spec *spec, const char *name, char *const *argv, struct np_error *err);

/* Was this written, and is not only a default? */
bool instance_says(const struct instance *instance, enum instance_key key);

/* 1 unless said. */
unsigned int instance_weight(const struct instance *instance);
/* Unless said: who wants CPUs and memory on the same nodes as a hard rule (cpu-affinity local) does
 * so for the latency. */
bool instance_is_latency_sensitive(const struct instance *instance);

/* The words of the file, for messages and for writing. */
const char *cpu_affinity_name(enum cpu_affinity affinity);
const char *memory_policy_name(enum memory_policy policy);
const char *smt_rule_name(enum smt_rule rule);
const char *target_kind_name(enum target_kind kind);

static inline void cleanup_spec(struct spec **spec)
{
    (void)spec_free(*spec);
}
#define autospec CLEANUP(cleanup_spec)

#endif
