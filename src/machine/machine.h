/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MACHINE_MACHINE_H
#define MACHINE_MACHINE_H

/*
 * What the hardware offers, and nothing else: read-only facts, taken once. A machine is the same
 * structure wherever it comes from. What the source does not tell is "unknown" (UNKNOWN_U64, -1,
 * NULL, as each field says), never a guess.
 *
 * Nodes and CPUs carry their kernel ids (`id`, sparse) and live in dense arrays sorted by id
 * (`*_idx` counts those).
 */

#include "error.h"
#include "mem.h"
#include "region.h"
#include "size.h"

#include <stdbool.h>
#include <stdint.h>

struct root;

enum node_kind {
    NODE_KIND_UNKNOWN,
    NODE_KIND_DRAM,
    NODE_KIND_HBM,
    NODE_KIND_CXL,
    NODE_KIND_PMEM,
    NODE_KIND_GPU,
};

struct huge_pool {
    uint64_t page_bytes;
    uint64_t total_pages;
    uint64_t free_pages;
};

struct node {
    unsigned int id;
    enum node_kind kind;
    int tier;             /* memory tier (lower is faster), -1 unknown */
    uint64_t total_bytes; /* UNKNOWN_U64 unknown; 0 is a node without memory */
    uint64_t free_bytes;  /* UNKNOWN_U64 unknown */
    uint64_t cache_bytes; /* page cache of files: the kernel drops it when it wants the room;
                             UNKNOWN_U64 unknown */
    struct huge_pool *huge;
    unsigned int n_huge;
    hwloc_bitmap_t cpus;       /* kernel ids of all its CPUs that are online */
    hwloc_bitmap_t initiators; /* nodes whose CPUs reach it best (HMAT), empty unknown */
    bool granted;              /* we may allocate here: Mems_allowed and cgroup */
    bool withdrawn;            /* by machine_withdraw: then nor may we */
    struct region *ranges;     /* its physical memory, ascending and apart; none: unknown */
    unsigned int n_ranges;
};

enum cache_type {
    CACHE_UNIFIED,
    CACHE_DATA,
    CACHE_INSTRUCTION,
};

struct cache {
    unsigned int level;
    enum cache_type type;
    uint64_t bytes;      /* UNKNOWN_U64 unknown */
    hwloc_bitmap_t cpus; /* that share it */
};

struct cpu {
    unsigned int id;
    int node;    /* kernel id, -1 unknown. This and all below to core: -1 unknown or absent */
    int package; /* kernel id */
    /* These are named by the smallest CPU id that shares them: unique in the machine, which
     * sysfs's die_id and core_id are not. */
    int die;
    int cluster;
    int llc; /* last level cache */
    int core;
    hwloc_bitmap_t siblings; /* CPUs of the same core, this one included; empty unknown */
    int kind;                /* hybrid CPUs: rank of efficiency, 0 the least; -1 all alike */
    bool online;
    bool isolated; /* isolcpus or an isolated cpuset partition */
    bool granted;  /* we may run here: Cpus_allowed and cgroup. It is for placing if it is online,
                      too */
};

enum matrix_source {
    MATRIX_ABSENT,
    MATRIX_SLIT,
    MATRIX_HMAT,
    MATRIX_MEASURED,
    MATRIX_GIVEN, /* by hwloc XML, a synthetic string or a device tree */
};

/* value[from_idx * n_nodes + to_idx]: from the node of a CPU (initiator) to the node of memory
 * (target). */
struct matrix {
    enum matrix_source source;
    uint64_t *value; /* NULL when absent; UNKNOWN_U64 for a pair that is not told */
};

enum device_class {
    DEVICE_NET,
    DEVICE_BLOCK,
    DEVICE_GPU,
    DEVICE_OTHER, /* named by somebody, and not of the machine's list */
};

/* What a device can be split into, each for one user: SR-IOV functions, NVMe namespaces. */
struct device_parts {
    int total;                /* -1 unknown */
    hwloc_bitmap_t reserved;  /* the host's own; NULL: not said */
    hwloc_bitmap_t available; /* for instances; NULL: not said */
};

struct device {
    char *name; /* eth0, nvme0n1, card0 */
    enum device_class class;
    char *pci;                      /* 0000:01:00.0, NULL when it is not on PCI */
    int node;                       /* kernel id, -1 unknown */
    bool node_overridden;           /* by the user, against or instead of the firmware */
    char *compatible;               /* a device tree's word for what it is, NULL none */
    struct device_parts vfs;        /* of network devices */
    struct device_parts namespaces; /* of NVMe, all of the controller that it is on */
};

/* Host settings that decide where memory goes. -1 (or NULL) unknown. */
struct settings {
    int numa_balancing;    /* /proc/sys/kernel/numa_balancing */
    int demotion;          /* /sys/kernel/mm/numa/demotion_enabled: 0, 1 */
    int zone_reclaim_mode; /* /proc/sys/vm/zone_reclaim_mode */
    char *thp;             /* always, madvise, never */
    int irqbalance;        /* 1 a process of that name runs, 0 none does */
    int cgroup_version;    /* which one holds cpuset: 1, 2, 0 none */
    char *kernel;          /* release */
};

struct machine {
    char *source; /* as the user wrote it: "live", a path, "synthetic:..." */
    bool live;
    unsigned int parts; /* which of machine_part were read */
    struct node *nodes; /* by ascending id */
    unsigned int n_nodes;
    struct cpu *cpus; /* by ascending id; offline ones too */
    unsigned int n_cpus;
    struct cache *caches; /* by level, type, first CPU */
    unsigned int n_caches;
    struct matrix distance;        /* SLIT: 10 is local */
    struct matrix latency_ns;      /* read latency */
    struct matrix bandwidth_mibps; /* read bandwidth */
    struct device *devices;        /* by class, then name in natural order */
    unsigned int n_devices;
    struct settings settings;
};

/* Reading costs time; each caller says what it needs. NODES is always read. */
enum machine_part {
    /* nodes with memory and CPU lists, CPUs with node/online/granted, distance */
    MACHINE_NODES = 0,
    MACHINE_TOPOLOGY = 1 << 0, /* packages to siblings, caches, kinds of CPUs (hwloc) */
    MACHINE_ATTRS = 1 << 1,    /* huge pages, tiers, HMAT, node kinds */
    MACHINE_DEVICES = 1 << 2,
    MACHINE_SETTINGS = 1 << 3,
    MACHINE_RANGES = 1 << 4, /* where in the physical address space nodes are */
    MACHINE_ALL = 31,
};

/*
 * Reads a machine. source is
 *   "live"            the running one
 *   a directory       a captured tree: ours, hwloc-gather-topology's, lscpu --sysroot's
 *   a .tar[.gz|.bz2]  the same, packed
 *   a .xml file       hwloc XML
 *   a .dts or .dtb    a device tree, as text or blob
 *   "synthetic:TEXT"  hwloc's synthetic description, such as "pack:2 [numa] core:4 pu:2"
 * -ENOENT, -EINVAL, -ENOTSUP with a message. The caller frees.
 *
 * On a machine without NUMA support in its kernel there is node 0 with everything. In a captured
 * tree that does not say what was granted, all is.
 *
 * Where the environment has variables that speak to hwloc (HWLOC_XMLFILE and the like), they are
 * taken away while hwloc reads, so that the source is the one meant: no other thread may touch the
 * environment meanwhile.
 */
int machine_load(const char *source, unsigned int parts, struct machine **ret_machine,
                 struct np_error *err);
struct machine *machine_free(struct machine *machine); /* returns NULL */
/* The same from a tree that machine_open_tree opened, for those who read more of it. */
int machine_load_tree(const struct root *root, const char *source, unsigned int parts,
                      struct machine **ret_machine, struct np_error *err);
/* The tree that a source is, for what a machine does not keep of it. *ret_root is NULL for what is
 * no captured tree: hwloc XML, device trees and synthetic machines. */
int machine_open_tree(const char *source, struct root **ret_root, struct np_error *err);

/* NULL when there is none. */
const struct node *machine_node(const struct machine *machine, unsigned int node);
const struct cpu *machine_cpu(const struct machine *machine, unsigned int cpu);
const struct device *machine_device(const struct machine *machine, const char *name);
/* What a device tells of its node (-1: nothing), as far as that matters: where there is one node
 * only, everything is on it. */
int machine_node_of_device(const struct machine *machine, int told);
/* -1 when there is none. */
int machine_node_idx(const struct machine *machine, unsigned int node);

/* false where a node shows no CPUs but an online CPU's node is unknown: it may be there. */
bool machine_knows_cpus(const struct machine *machine, const struct node *node);
/* Every node that has memory tells where in the physical address space it is. */
bool machine_knows_ranges(const struct machine *machine);

/* Sets of kernel ids. The caller frees; NULL when out of memory. */
hwloc_bitmap_t machine_usable_cpus(const struct machine *machine); /* online and granted */
/* Granted, with memory; also where how much is unknown. */
hwloc_bitmap_t machine_usable_nodes(const struct machine *machine);
hwloc_bitmap_t machine_nodes_of_cpus(const struct machine *machine, hwloc_const_bitmap_t cpus);
hwloc_bitmap_t machine_cpus_of_nodes(const struct machine *machine, hwloc_const_bitmap_t nodes);

/* Takes nodes out of service: neither they nor their CPUs are granted any more. -EINVAL with a
 * message for one that does not exist. */
int machine_withdraw(struct machine *machine, hwloc_const_bitmap_t nodes, struct np_error *err);

/* Overrides a device's node (or adds a device that firmware does not show, class NET). */
int machine_override_device(struct machine *machine, const char *name, unsigned int node);

/* Cost of access from node to node, by kernel id: 0 when unknown. The unit is the matrix's. */
uint64_t matrix_get(const struct machine *machine, const struct matrix *matrix, unsigned int from,
                    unsigned int to);

/* Whole-machine invariants: every CPU on at most one node, siblings symmetric, ids sorted, matrices
 * square, free <= total, ... 0, or -EINVAL with the first that is broken. */
int machine_check(const struct machine *machine, struct np_error *err);

const char *node_kind_name(enum node_kind kind);
const char *matrix_source_name(enum matrix_source source);
const char *cache_type_name(enum cache_type type); /* unified, data, instruction */
const char *device_class_name(enum device_class device_class);

static inline void cleanup_machine(struct machine **machine)
{
    (void)machine_free(*machine);
}
#define automachine CLEANUP(cleanup_machine)

#endif
