/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run --verify: stay with the program, and tell at its end where its memory went, and that of all
 * that it started.
 *
 * The last moment at which that can be read is while a process dies: see run-trace.c. A program
 * that gave its memory back before is caught by looks after 1, 2, 4, 8 ... seconds; the look that
 * found the most memory is reported. Signals and stops go through.
 */

#include "cli.h"
#include "run-tally.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>

/* As everybody who waits for a program says that a signal ended it. */
#define STATUS_SIGNALLED 128

/* Stops and ends taken before signals and the clock get their turn: of a busy build there is always
 * one more. */
#define TAKEN_AT_ONCE 64

struct watch {
    pid_t pid;
    bool ended;
    int status; /* of waitpid(2), once it has ended */
    struct trace trace;
    struct tally tally;
};

static void add_to_tally(struct traced_process *process, void *data)
{
    tally_add(data, process);
}

/* True if there may be more. */
static bool reap(struct watch *watch)
{
    for (int i = 0; i < TAKEN_AT_ONCE && !watch->ended; i++) {
        int status;
        pid_t tid = waitpid(-1, &status, WNOHANG | __WALL);

        if (tid <= 0)
            return false;
        watch->ended = tid == watch->pid && !WIFSTOPPED(status);
        if (watch->ended)
            watch->status = status;
        trace_take(&watch->trace, tid, status);
    }
    return true;
}

/* Everything that somebody may send us and mean the program by it. */
static void make_signal_set(sigset_t *set)
{
    static const int signals[] = {SIGCHLD, SIGHUP,  SIGINT,  SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2,
                                  SIGALRM, SIGTSTP, SIGTTIN, SIGTTOU, SIGCONT, SIGWINCH};

    (void)sigemptyset(set); /* none of these can fail for signals that exist */
    for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
        (void)sigaddset(set, signals[i]);
}

#define SECOND_NS UINT64_C(1000000000)

static uint64_t clock_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* this clock always exists */
    return (uint64_t)now.tv_sec * SECOND_NS + (uint64_t)now.tv_nsec;
}

static struct timespec until(uint64_t then_ns)
{
    uint64_t now_ns = clock_ns(), left_ns = then_ns > now_ns ? then_ns - now_ns : 0;

    return (struct timespec){.tv_sec = (time_t)(left_ns / SECOND_NS),
                             .tv_nsec = (long)(left_ns % SECOND_NS)};
}

/* Until it has ended. What the terminal sends goes to the program as well, so only what a process
 * sent to us alone is handed on. */
static void stay_with(struct watch *watch, const sigset_t *set)
{
    uint64_t pause_ns = SECOND_NS, next_look_ns = clock_ns() + pause_ns;
    bool more = true;

    while (!watch->ended) {
        struct timespec left = until(more ? 0 : next_look_ns);
        siginfo_t info;
        int signal = sigtimedwait(set, &info, &left);

        if (signal > 0 && signal != SIGCHLD && info.si_code <= 0)
            (void)kill(watch->pid, signal); /* it may just have ended */
        if (clock_ns() >= next_look_ns) {
            trace_look(&watch->trace);
            pause_ns *= 2;
            next_look_ns = clock_ns() + pause_ns;
        }
        more = reap(watch);
    }
}

/* The child's side: waits until it is watched, then becomes the program. */
static _Noreturn void become(int ready_fd, const sigset_t *old_mask, const struct run_start *start)
{
    char none;

    (void)read(ready_fd, &none, 1); /* the end of the file is the sign */
    (void)sigprocmask(SIG_SETMASK, old_mask, NULL);
    _exit(run_start(start));
}

/* The program's own status, unless that would say that all is well when it is not. */
static int finish(struct watch *watch, const struct run_start *start)
{
    int status = WIFEXITED(watch->status) ? WEXITSTATUS(watch->status)
                                          : STATUS_SIGNALLED + WTERMSIG(watch->status);
    int verdict;

    verdict = tally_report(&watch->tally, start->argv[0]);
    return status == EXIT_DONE ? verdict : status;
}

static int watch_begin(struct watch *watch)
{
    bool traced = ptrace(PTRACE_SEIZE, watch->pid, NULL, (void *)(intptr_t)trace_options()) == 0;

    if (!traced)
        cli_message("tracing is not allowed here (%s): looks now and then, not at the end, and "
                    "not at what the program starts",
                    strerror(errno));
    return trace_begin(&watch->trace, watch->pid, traced);
}

static int start_watched(struct watch *watch, const sigset_t *old_mask,
                         const struct run_start *start)
{
    int ready[2], r;

    if (pipe2(ready, O_CLOEXEC) < 0)
        return -errno;
    watch->pid = fork();
    if (watch->pid == 0) {
        (void)close(ready[1]);
        become(ready[0], old_mask, start);
    }
    r = watch->pid < 0 ? -errno : watch_begin(watch);
    if (r < 0 && watch->pid > 0)
        (void)kill(watch->pid, SIGKILL);
    (void)close(ready[0]);
    (void)close(ready[1]);
    return r;
}

int run_verified(const struct run_start *start)
{
    struct watch watch = {.trace = {.root = start->root,
                                    .keep_threads = start->binding->cpus != NULL,
                                    .ended = add_to_tally},
                          .tally = {.binding = start->binding}};
    sigset_t set, old_mask;
    int r;

    watch.trace.data = &watch.tally;
    make_signal_set(&set);
    (void)sigprocmask(SIG_BLOCK, &set, &old_mask); /* cannot fail for a valid set */
    r = start_watched(&watch, &old_mask, start);
    if (r < 0) {
        cli_message("cannot start %s: %s", start->argv[0], strerror(-r));
        return EXIT_FAILED;
    }
    stay_with(&watch, &set);
    trace_finish(&watch.trace);
    r = finish(&watch, start);
    tally_fini(&watch.tally);
    return r;
}
