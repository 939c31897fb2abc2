/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OBSERVE_OBSERVATION_H
#define OBSERVE_OBSERVATION_H

/* What is true now of a process: its pages by node and by class of mapping, its threads by CPU. */

#include "proc.h"

enum mapping_class {
    MAPPING_ANON,
    MAPPING_HEAP,
    MAPPING_STACK,
    MAPPING_HUGE, /* hugetlbfs; transparent huge pages count as what they are in */
    MAPPING_FILE, /* page cache: program text, libraries, mapped files; follows no task's policy */
    MAPPING_SHARED, /* shmem, tmpfs, SysV, memfd: placed by whoever touched first */
    MAPPING_CLASS_COUNT,
};

struct node_pages {
    unsigned int node; /* kernel id */
    uint64_t pages;    /* of page_bytes each */
};

struct mapping {
    uint64_t start; /* address */
    enum mapping_class class;
    char *policy; /* as numa_maps says: "default", "bind:0-1", "prefer:1", "interleave:0,2" */
    char *file;   /* unescaped; NULL for anonymous */
    uint64_t page_bytes; /* kernelpagesize_kB of the line */
    struct node_pages *by_node;
    unsigned int n_by_node;
    uint64_t anon_pages; /* copied on write: in a file mapping these do follow the policy */
};

struct thread {
    pid_t tid;
    unsigned int last_cpu;
    hwloc_bitmap_t cpus_allowed;
    hwloc_bitmap_t mems_allowed;
};

struct observation {
    struct proc_id id;
    char *comm;
    struct mapping *mappings;
    unsigned int n_mappings;
    struct thread *threads;
    unsigned int n_threads;
    uint64_t took_ns;   /* from the first read to the last: it is not an instant */
    bool pages_unknown; /* numa_maps was not readable (permission); mappings is empty then */
};

enum observe_part {
    OBSERVE_PAGES = 1 << 0,
    OBSERVE_THREADS = 1 << 1,
    OBSERVE_ALL = 3,
};

/* -ESRCH: it ended (also while being looked at). -EACCES only if nothing at all could be read. The
 * caller frees. */
int observe_process(const struct root *root, pid_t pid, unsigned int parts,
                    struct observation **ret_observation, struct np_error *err);
struct observation *observation_free(struct observation *observation); /* returns NULL */

/* One line of numa_maps. Strict: -EINVAL for what is not understood. */
int mapping_parse(const char *line, size_t length, struct mapping *ret_mapping);
void mapping_fini(struct mapping *mapping);

/* Bytes on node of all mappings whose class is in class_mask (1 << enum mapping_class). */
uint64_t observation_bytes(const struct observation *observation, unsigned int class_mask,
                           unsigned int node);

const char *mapping_class_name(enum mapping_class mapping_class);

static inline void cleanup_observation(struct observation **observation)
{
    (void)observation_free(*observation);
}
#define autoobservation CLEANUP(cleanup_observation)

#endif
