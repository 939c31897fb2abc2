/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Follows a program and all that it starts, by ptrace(2).
 *
 * The one idea: the last thread of a process to exit stops with the address space still in place,
 * and only then is everything touched that ever will be. So live threads are counted. What the
 * kernel tells of a birth, by the parent and by the child, may arrive in either order, and either
 * may be killed before it tells: whoever is not known yet is asked for in /proc. A count that is
 * wrong costs a look too many, no more.
 */

#include "run-trace.h"

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

/* Of a program that starts threads without end. */
#define ENDED_THREADS_MAX 512

struct task {
    pid_t tid;
    bool exiting;
    struct traced_process *process;
    struct task *next; /* in its bucket */
};

int trace_options(void)
{
    return PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXIT |
           PTRACE_O_TRACEEXEC;
}

static struct task **task_place(struct trace *trace, pid_t tid)
{
    struct task **place = &trace->buckets[(unsigned int)tid % TRACE_BUCKETS];

    while (*place && (*place)->tid != tid)
        place = &(*place)->next;
    return place;
}

static struct traced_process *process_find(const struct trace *trace, pid_t pid)
{
    struct traced_process *process = trace->processes;

    while (process && process->pid != pid)
        process = process->next;
    return process;
}

/* What belongs to the program that it ran until now. */
static void forget_program(struct traced_process *process)
{
    process->largest = observation_free(process->largest);
    process->largest_bytes = 0;
    for (unsigned int i = 0; i < process->n_ended; i++)
        thread_fini(&process->ended[i]);
    free(process->ended);
    process->ended = NULL;
    process->n_ended = 0;
}

static void process_free(struct trace *trace, struct traced_process *process)
{
    struct traced_process **place = &trace->processes;

    while (*place != process)
        place = &(*place)->next;
    *place = process->next;
    forget_program(process);
    free(process);
}

static struct traced_process *process_add(struct trace *trace, pid_t pid)
{
    struct traced_process *process = calloc(1, sizeof(*process));

    if (!process)
        return NULL;
    *process = (struct traced_process){.pid = pid, .executed = true, .next = trace->processes};
    trace->processes = process;
    return process;
}

static struct task *task_add(struct trace *trace, pid_t tid, pid_t pid)
{
    struct task **place = task_place(trace, tid), *task = calloc(1, sizeof(*task));
    struct traced_process *process = task ? process_find(trace, pid) : NULL;

    if (task && !process)
        process = process_add(trace, pid);
    if (!process) {
        free(task);
        return NULL;
    }
    *task = (struct task){.tid = tid, .process = process, .next = *place};
    *place = task;
    process->n_tasks++;
    process->n_live++;
    return task;
}

/* NULL when it has gone already, or there is no memory to remember it: then it runs unwatched. */
static struct task *task_know(struct trace *trace, pid_t tid)
{
    struct task *task = *task_place(trace, tid);
    struct proc_id id;
    pid_t pid;

    if (task)
        return task;
    /* Its parent may not have waited for it yet; we have, and shall hear of it no more. */
    if (proc_identify(trace->root, tid, &id) < 0 || proc_group(trace->root, tid, &pid) < 0)
        return NULL;
    return task_add(trace, tid, pid);
}

static void task_remove(struct trace *trace, pid_t tid)
{
    struct task **place = task_place(trace, tid), *task = *place;

    if (!task)
        return;
    task->process->n_tasks--;
    if (!task->exiting)
        task->process->n_live--;
    *place = task->next;
    free(task);
}

static uint64_t governed_bytes(const struct observation *observation)
{
    uint64_t bytes = 0;

    for (unsigned int i = 0; i < observation->n_mappings; i++) {
        const struct mapping *mapping = &observation->mappings[i];

        if (mapping->class != MAPPING_FILE)
            bytes += mapping_pages(mapping) * mapping->page_bytes;
    }
    return bytes;
}

/* Through tid, a thread of it that still has its memory. It may end, or become somebody whom we may
 * not read, at any time: then there is no look. */
static void look(const struct trace *trace, struct traced_process *process, pid_t tid)
{
    autoobservation struct observation *observation = NULL;
    uint64_t bytes;

    if (process->borrows_memory ||
        observe_process(trace->root, tid, OBSERVE_ALL, &observation, NULL) < 0 ||
        observation_need_pages(observation, NULL) < 0)
        return;
    bytes = governed_bytes(observation);
    if (process->largest && bytes < process->largest_bytes)
        return;
    if (tid != process->pid) { /* a thread has a name of its own */
        char *comm;

        if (proc_comm(trace->root, process->pid, &comm) == 0) {
            free(observation->comm);
            observation->comm = comm;
        }
        observation->id.pid = process->pid;
    }
    (void)observation_free(process->largest);
    process->largest = TAKE(observation);
    process->largest_bytes = bytes;
}

static const struct task *live_task(const struct trace *trace, const struct traced_process *process)
{
    for (size_t i = 0; i < TRACE_BUCKETS; i++) {
        for (const struct task *task = trace->buckets[i]; task; task = task->next) {
            if (task->process == process && !task->exiting)
                return task;
        }
    }
    return NULL;
}

void trace_look(struct trace *trace)
{
    for (struct traced_process *p = trace->processes; p; p = p->next) {
        const struct task *task = live_task(trace, p);

        if (task && p->executed)
            look(trace, p, task->tid);
    }
}

/* Where it was allowed to run, since it will not be there at the last look. */
static void note_thread(const struct trace *trace, struct traced_process *process, pid_t tid)
{
    struct thread *larger;

    if (!trace->keep_threads || process->n_ended == ENDED_THREADS_MAX)
        return;
    larger = reallocarray(process->ended, process->n_ended + 1, sizeof(*larger));
    if (!larger)
        return;
    process->ended = larger;
    if (observe_thread(trace->root, process->pid, tid, &larger[process->n_ended]) == 0)
        process->n_ended++;
}

static void take_exit(const struct trace *trace, struct task *task)
{
    struct traced_process *process = task->process;

    if (task->exiting)
        return;
    task->exiting = true;
    process->n_live--;
    note_thread(trace, process, task->tid);
    if (process->n_live == 0)
        look(trace, process, task->tid);
}

/* The thread that executes becomes the first one; the others have ended, and of the first one that
 * was, no end is told. */
static void take_exec(struct trace *trace, struct task *task)
{
    struct traced_process *process = task->process;
    unsigned long former;

    if (ptrace(PTRACE_GETEVENTMSG, task->tid, NULL, &former) == 0 && (pid_t)former != task->tid)
        task_remove(trace, (pid_t)former);
    task->exiting = false;
    process->n_live = 1;
    process->executed = process->replaced = true;
    process->borrows_memory = false;
    forget_program(process);
}

static void take_birth(struct trace *trace, pid_t parent, int event)
{
    unsigned long tid;
    struct task *task;

    if (ptrace(PTRACE_GETEVENTMSG, parent, NULL, &tid) < 0)
        return;
    task = task_know(trace, (pid_t)tid);
    /* It may have told of its exec(2) before the parent told of the birth. */
    if (task && event == PTRACE_EVENT_VFORK && !task->process->replaced)
        task->process->borrows_memory = true;
}

static bool is_job_control(int signal)
{
    return signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
}

static void take_group_stop(const struct trace *trace, pid_t tid, int signal)
{
    (void)ptrace(PTRACE_LISTEN, tid, NULL, NULL); /* it stays stopped, until SIGCONT */
    if (tid == trace->leader && is_job_control(signal))
        (void)raise(SIGSTOP); /* the shell waits for us to stop, not for the program */
}

/* Lets the stopped thread do what it would have done without us. ESRCH, when it was killed
 * meanwhile, is what the next wait tells. */
static void take_stop(struct trace *trace, pid_t tid, int status)
{
    int signal = WSTOPSIG(status), event = status >> 16;
    struct task *task = task_know(trace, tid);

    if (event == PTRACE_EVENT_STOP && signal != SIGTRAP) {
        take_group_stop(trace, tid, signal);
        return;
    }
    if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK || event == PTRACE_EVENT_CLONE)
        take_birth(trace, tid, event);
    else if (task && event == PTRACE_EVENT_EXEC)
        take_exec(trace, task);
    else if (task && event == PTRACE_EVENT_EXIT)
        take_exit(trace, task);
    (void)ptrace(PTRACE_CONT, tid, NULL, (void *)(intptr_t)(event ? 0 : signal));
}

void trace_take(struct trace *trace, pid_t tid, int status)
{
    struct task *task = *task_place(trace, tid);
    struct traced_process *process = task ? task->process : NULL;

    if (WIFSTOPPED(status)) {
        take_stop(trace, tid, status);
        return;
    }
    task_remove(trace, tid);
    if (process && process->n_tasks == 0) {
        trace->ended(process, trace->data);
        process_free(trace, process);
    }
}

int trace_begin(struct trace *trace, pid_t pid, bool traced)
{
    struct task *task = task_add(trace, pid, pid);

    if (!task)
        return -ENOMEM;
    trace->leader = pid;
    task->process->executed = !traced; /* else we shall be told */
    return 0;
}

void trace_finish(struct trace *trace)
{
    trace_look(trace);
    while (trace->processes) {
        trace->ended(trace->processes, trace->data);
        process_free(trace, trace->processes);
    }
    for (size_t i = 0; i < TRACE_BUCKETS; i++) {
        while (trace->buckets[i]) {
            struct task *task = trace->buckets[i];

            trace->buckets[i] = task->next;
            free(task);
        }
    }
}
