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
    MAPPING_SHARED, /* shmem, SysV, memfd: placed by whoever touched first. Files of a tmpfs that is
                       mounted elsewhere than /dev/shm look like FILE: numa_maps does not tell. */
    MAPPING_CLASS_COUNT,
};

struct node_pages {
    unsigned int node; /* kernel id */
    uint64_t pages;    /* of page_bytes each */
};

struct mapping {
    uint64_t start; /* address */
    enum mapping_class class;
    char *policy;        /* as numa_maps says: "default", "bind:0-1", "weighted interleave:0,2" */
    char *file;          /* unescaped; NULL for anonymous */
    uint64_t page_bytes; /* kernelpagesize_kB of the line; 0 when it has no pages */
    struct node_pages *by_node; /* by ascending node */
    unsigned int n_by_node;
    uint64_t anon_pages;  /* copied on write: in a file mapping these do follow the policy */
    uint64_t max_sharers; /* most processes that map one of its pages; 1 when it is not shared */
};

struct thread {
    pid_t tid;
    char *comm; /* at most 15 bytes; threads have names of their own */
    unsigned int last_cpu;
    hwloc_bitmap_t cpus_allowed;
    hwloc_bitmap_t mems_allowed;
};

struct observation {
    struct proc_id id;
    char *comm;
    struct mapping *mappings; /* by ascending address */
    unsigned int n_mappings;
    struct thread *threads; /* by ascending tid */
    unsigned int n_threads;
    uint64_t swap_bytes; /* on no node; UNKNOWN_U64 when not told */
    uint64_t took_ns;    /* from the first read to the last: it is not an instant */
    /* 0, or why numa_maps told nothing: -EACCES, -ENOENT (kernel without NUMA), -ENODATA (kernel
     * thread: no memory of its own). mappings is empty then. */
    int pages_error;
};

enum observe_part {
    OBSERVE_PAGES = 1 << 0,
    OBSERVE_THREADS = 1 << 1,
    OBSERVE_ALL = 3,
};

/* -ESRCH: there is no such process, or it ended while being looked at. -EINVAL with file and line:
 * numa_maps says what is not understood. The caller frees. */
int observe_process(const struct root *root, pid_t pid, unsigned int parts,
                    struct observation **ret_observation, struct np_error *err);
struct observation *observation_free(struct observation *observation); /* returns NULL */

/* One thread of pid. -ESRCH when it has ended. The caller frees its pieces with thread_fini. */
int observe_thread(const struct root *root, pid_t pid, pid_t tid, struct thread *ret_thread);
void thread_fini(struct thread *thread);

/* One line of numa_maps, without its newline. Strict: -EINVAL for what is not understood; words and
 * word=value that newer kernels may add are passed over. */
int mapping_parse(const char *line, size_t length, struct mapping *ret_mapping);
void mapping_fini(struct mapping *mapping);

/* 0 when it tells where the memory is; else pages_error, with a message for people. */
int observation_need_pages(const struct observation *observation, struct np_error *err);

/* Pages on all nodes. */
uint64_t mapping_pages(const struct mapping *mapping);

/* Bytes on node of all mappings whose class is in class_mask (1 << enum mapping_class). */
uint64_t observation_bytes(const struct observation *observation, unsigned int class_mask,
                           unsigned int node);

/* Every node that holds a page of it. The caller frees; NULL when out of memory. */
hwloc_bitmap_t observation_nodes(const struct observation *observation);

const char *mapping_class_name(enum mapping_class mapping_class);

#define MAPPING_CLASS_ALL ((1u << MAPPING_CLASS_COUNT) - 1)

/* What a policy text means. */
enum policy_mode {
    POLICY_UNKNOWN, /* a mode of a newer kernel, or a text that the kernel cut */
    POLICY_DEFAULT, /* "default" and "local": where the thread that touches it runs */
    POLICY_PREFER,  /* "prefer", "prefer (many)": others when these are full */
    POLICY_BIND,
    POLICY_INTERLEAVE,
    POLICY_WEIGHTED,
};

/* *ret_nodes is empty for a mode without nodes; the caller frees. 0 or -ENOMEM. */
int policy_parse(const char *text, enum policy_mode *ret_mode, hwloc_bitmap_t *ret_nodes);

static inline void cleanup_observation(struct observation **observation)
{
    (void)observation_free(*observation);
}
#define autoobservation CLEANUP(cleanup_observation)

#endif
