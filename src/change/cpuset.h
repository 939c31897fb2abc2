/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CHANGE_CPUSET_H
#define CHANGE_CPUSET_H

/*
 * The cgroup hierarchy that holds cpuset, whichever version it is. Paths of cgroups are below what
 * we see of the hierarchy, without a leading slash: "" is its top, "numaplace/web" is ours.
 */

#include "error.h"
#include "root.h"

struct cpuset {
    int version;  /* 1 or 2 */
    char *mount;  /* where it is mounted, relative to the root: "sys/fs/cgroup/cpuset" */
    char *prefix; /* the part of the hierarchy that is mounted, "" all: a container may see less */
    const char *parent; /* the cgroup under which all of ours are: CPUSET_PARENT */
};

#define CPUSET_PARENT "numaplace"

/* -ENOENT: there is none, with a message. */
int cpuset_find(const struct root *root, struct cpuset *ret_cpuset, struct np_error *err);
void cpuset_fini(struct cpuset *cpuset);

/* 0 when cgroups can be created and processes moved into them. Changes nothing. */
int cpuset_writable(const struct root *root, const struct cpuset *cpuset);

/* The cgroup of a thread (tid 0: of the process). -ESRCH ended, -EXDEV outside of what we see. The
 * caller frees. */
int cpuset_of(const struct root *root, const struct cpuset *cpuset, pid_t pid, pid_t tid,
              char **ret_path);

bool cpuset_exists(const struct root *root, const struct cpuset *cpuset, const char *path);

/* A file of a cgroup: "cpuset.cpus". The caller frees the text. */
int cpuset_get(const struct root *root, const struct cpuset *cpuset, const char *path,
               const char *file, char **ret_text);
/* An empty text is written as a newline: the kernel does not see a write of nothing. */
int cpuset_put(const struct root *root, const struct cpuset *cpuset, const char *path,
               const char *file, const char *text);
int cpuset_create(const struct root *root, const struct cpuset *cpuset, const char *path);
/* -EBUSY: it has children or processes. Waits a little for processes that are just ending. */
int cpuset_remove(const struct root *root, const struct cpuset *cpuset, const char *path);

/* Pids in a cgroup, without its children's. The caller frees. -ENOENT: no such cgroup. */
int cpuset_processes(const struct root *root, const struct cpuset *cpuset, const char *path,
                     pid_t **ret_pids, size_t *ret_n);

/* Moves the processes of a cgroup aside, so that its values can be cleared, and brings them back.
 * Returning is harmless when nobody is aside. */
int cpuset_vacate(const struct root *root, const struct cpuset *cpuset, const char *path);
int cpuset_return(const struct root *root, const struct cpuset *cpuset, const char *path);

/* The directory name of an instance's cgroup: what a file name or the kernel's own files could
 * clash with is written as %XX. The caller frees; NULL when out of memory. */
char *cpuset_name(const char *instance);

#endif
