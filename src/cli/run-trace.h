/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_RUN_TRACE_H
#define CLI_RUN_TRACE_H

/* The processes that `run --verify` stays with: the program and all that it starts, threads
 * included. */

#include "observation.h"

struct traced_process {
    pid_t pid;
    struct traced_process *next;
    unsigned int n_tasks; /* threads that have not been waited for */
    unsigned int n_live;  /* of these, without those that are exiting */
    bool executed;        /* runs a program, its own or the one it was forked from */
    bool replaced;        /* it executed after its birth */
    bool borrows_memory;  /* of its parent: vfork(2), until it executes */
    struct observation *largest;
    uint64_t largest_bytes;
    struct thread *ended; /* threads that have exited: the first of them */
    unsigned int n_ended;
};

#define TRACE_BUCKETS 256

struct task;

struct trace {
    const struct root *root;
    bool keep_threads; /* note where threads were that ended */
    /* Called once for each process; what it wants of it, it takes. n_live is 0 unless it goes on.
     */
    void (*ended)(struct traced_process *process, void *data);
    void *data;
    pid_t leader; /* the program: when it stops, so do we */
    struct traced_process *processes;
    struct task *buckets[TRACE_BUCKETS];
};

/* Begins with pid, a child that has not executed yet. traced false: it cannot be traced, and only
 * looks from outside are to be had. 0 or -ENOMEM. */
int trace_begin(struct trace *trace, pid_t pid, bool traced);

/* PTRACE_O_* to seize the first process with. */
int trace_options(void);

/* What waitpid(2) said of any of them. */
void trace_take(struct trace *trace, pid_t tid, int status);

/* A last look at those that still run, and the end of the trace: they run on without it. */
void trace_finish(struct trace *trace);

/* A look at each that runs; the one that finds most memory is kept. */
void trace_look(struct trace *trace);

#endif
