/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYS_PROC_H
#define SYS_PROC_H

/* What /proc tells of one process or thread. Read through a root, so that captured trees answer
 * too. */

#include "root.h"
#include "size.h"

/* The process is identified by pid and start time together: a pid alone may be somebody else's by
 * now. */
struct proc_id {
    pid_t pid;
    uint64_t start_ticks; /* field 22 of /proc/PID/stat: clock ticks after boot */
};

/* A thread's id identifies the thread. -ESRCH when it has ended, also as a zombie. */
int proc_identify(const struct root *root, pid_t pid, struct proc_id *ret_id);
/* False also when it has ended, and when it is a zombie. */
bool proc_is_same(const struct root *root, const struct proc_id *id);

/* The session's leader: the process that called setsid(2). */
int proc_session(const struct root *root, pid_t pid, pid_t *ret_session);

/* The process that a thread is one of. -ESRCH when the thread has ended. */
int proc_group(const struct root *root, pid_t tid, pid_t *ret_pid);

/* Thread ids of pid, ascending. The caller frees. -ESRCH when the process has ended. */
int proc_tasks(const struct root *root, pid_t pid, pid_t **ret_tids, size_t *ret_n);

/* pid and every process that it and those that it started have started, as far as they are still
 * there. A process whose parent has ended is no longer below it. The caller frees. -ESRCH. */
int proc_tree(const struct root *root, pid_t pid, pid_t **ret_pids, size_t *ret_n);

/* The command name (at most 15 bytes). The caller frees. */
int proc_comm(const struct root *root, pid_t pid, char **ret_comm);

/* The strings of its "cmdline" or "environ". The caller frees with strv_free. -ENOTSUP in an
 * archive; -EFBIG above 4 MiB. */
int proc_words(const struct root *root, pid_t pid, const char *file, char ***ret_words);

/* The systemd unit that it is the service of: "irqbalance.service". NULL when it is of none. The
 * caller frees. */
int proc_service(const struct root *root, pid_t pid, char **ret_unit);

/* Cpus_allowed_list and Mems_allowed_list of a thread's status file; either output may be NULL. pid
 * 0 is ourselves (proc/self). The caller frees both. -ENODATA when the file lacks a line that was
 * asked for. */
int proc_allowed(const struct root *root, pid_t pid, hwloc_bitmap_t *ret_cpus,
                 hwloc_bitmap_t *ret_mems);

/* One look at a thread: its stat and status files, each read once. */
struct proc_thread {
    char *comm;            /* this and the sets are the caller's */
    unsigned int last_cpu; /* field 39 of stat */
    hwloc_bitmap_t cpus_allowed;
    hwloc_bitmap_t mems_allowed;
};

int proc_thread(const struct root *root, pid_t pid, pid_t tid, struct proc_thread *ret_thread);

/* Bytes of pid that are in swap; UNKNOWN_U64 when the kernel does not say: it has no swap, or pid
 * is a kernel thread. */
int proc_swap(const struct root *root, pid_t pid, uint64_t *ret_bytes);

#endif
