/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run --verify: stay with the program, and tell at its end where its memory went.
 *
 * The last moment at which that can be read is while it dies: ptrace stops its first thread in
 * exit, with the memory still in place. A program that gave its memory back before is caught by
 * looks after 1, 2, 4, 8 ... seconds; the look that found the most memory is reported. For the rest
 * of its life nothing is done to it: signals and stops go through, other threads are not traced at
 * all.
 */

#include "run.h"

#include "cli.h"
#include "render-verdict.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>

/* As everybody who waits for a program says that a signal ended it. */
#define STATUS_SIGNALLED 128

struct watch {
    const struct root *root;
    pid_t pid;
    bool traced;   /* false: tracing is forbidden here */
    bool executed; /* seen by tracing: it got as far as being the program */
    bool ended;
    int status; /* of waitpid(2), once it has ended */
    struct observation *largest;
    uint64_t largest_bytes;
};

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

static void look(struct watch *watch)
{
    struct observation *observation;
    uint64_t bytes;

    /* It may end, or become somebody whom we may not read, at any time: then there is no look. */
    if (observe_process(watch->root, watch->pid, OBSERVE_ALL, &observation, NULL) < 0)
        return;
    bytes = governed_bytes(observation);
    if (observation_need_pages(observation, NULL) < 0 ||
        (watch->largest && bytes < watch->largest_bytes)) {
        (void)observation_free(observation);
        return;
    }
    (void)observation_free(watch->largest);
    watch->largest = observation;
    watch->largest_bytes = bytes;
}

static bool is_job_control(int signal)
{
    return signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
}

/* Lets the stopped thread do what it would have done without us. ESRCH, when it was killed
 * meanwhile, is what the next wait tells. */
static void pass_stop(struct watch *watch, int status)
{
    int signal = WSTOPSIG(status), event = status >> 16;

    if (event == PTRACE_EVENT_STOP && signal != SIGTRAP) {
        (void)ptrace(PTRACE_LISTEN, watch->pid, NULL, NULL); /* it stays stopped, until SIGCONT */
        if (is_job_control(signal))
            (void)raise(SIGSTOP); /* the shell waits for us to stop, not for the program */
        return;
    }
    if (event == PTRACE_EVENT_EXEC)
        watch->executed = true;
    else if (event == PTRACE_EVENT_EXIT)
        look(watch);
    (void)ptrace(PTRACE_CONT, watch->pid, NULL, (void *)(intptr_t)(event ? 0 : signal));
}

static void reap(struct watch *watch)
{
    int status;

    while (!watch->ended && waitpid(watch->pid, &status, WNOHANG | __WALL) > 0) {
        watch->ended = WIFEXITED(status) || WIFSIGNALED(status);
        if (watch->ended)
            watch->status = status;
        else if (WIFSTOPPED(status))
            pass_stop(watch, status);
    }
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

/* Until it has ended. What the terminal sends goes to the program as well, so only what a process
 * sent to us alone is handed on. */
static void stay_with(struct watch *watch, const sigset_t *set)
{
    struct timespec pause = {.tv_sec = 1};

    while (!watch->ended) {
        siginfo_t info;
        int signal = sigtimedwait(set, &info, &pause);

        if (signal < 0 && errno == EAGAIN) {
            look(watch);
            pause.tv_sec *= 2;
        } else if (signal > 0 && signal != SIGCHLD && info.si_code <= 0) {
            (void)kill(watch->pid, signal); /* it may just have ended */
        }
        reap(watch);
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

static int report(const struct watch *watch, const struct run_start *start)
{
    automachine struct machine *machine = NULL;
    struct findings findings = {0};
    struct verdict verdict = {0};
    struct np_error err = {0};
    char subject[64];
    struct expectation expectation = {.subject = subject, .cpus = start->binding->cpus};
    int r;

    (void)snprintf(subject, sizeof(subject), "%s (pid %d)", watch->largest->comm, (int)watch->pid);
    r = machine_load("live", MACHINE_NODES | MACHINE_SETTINGS, &machine, &err);
    if (r == 0)
        r = verify_process(machine, &expectation, watch->largest, &verdict, &findings);
    if (r == 0)
        r = render_verdict(&(struct verdict_report){.expectation = &expectation,
                                                    .verdict = &verdict,
                                                    .observation = watch->largest,
                                                    .findings = &findings},
                           true, stderr);
    if (r < 0)
        cli_error(&err, r);
    else
        r = verdict.in_place ? EXIT_DONE : EXIT_DRIFTED;
    verdict_fini(&verdict);
    findings_fini(&findings);
    return r < 0 ? EXIT_FAILED : r;
}

/* The program's own status, unless that would say that all is well when it is not. */
static int finish(const struct watch *watch, const struct run_start *start)
{
    int status = WIFEXITED(watch->status) ? WEXITSTATUS(watch->status)
                                          : STATUS_SIGNALLED + WTERMSIG(watch->status);
    int verdict;

    if (watch->traced && !watch->executed)
        return status; /* never became the program, and has said why */
    if (!watch->largest) {
        cli_message("%s ended before anybody could look where its memory is", start->argv[0]);
        return status;
    }
    verdict = report(watch, start);
    return status == EXIT_DONE ? verdict : status;
}

static int start_watched(struct watch *watch, const sigset_t *old_mask,
                         const struct run_start *start)
{
    int ready[2];

    if (pipe2(ready, O_CLOEXEC) < 0)
        return -errno;
    watch->pid = fork();
    if (watch->pid == 0) {
        (void)close(ready[1]);
        become(ready[0], old_mask, start);
    }
    (void)close(ready[0]);
    if (watch->pid < 0) {
        (void)close(ready[1]);
        return -errno;
    }
    watch->traced = ptrace(PTRACE_SEIZE, watch->pid, NULL,
                           (void *)(PTRACE_O_TRACEEXIT | PTRACE_O_TRACEEXEC)) == 0;
    if (!watch->traced)
        cli_message("tracing is not allowed here (%s): looks now and then, not at the end",
                    strerror(errno));
    (void)close(ready[1]);
    return 0;
}

int run_verified(const struct run_start *start)
{
    struct watch watch = {.root = start->root};
    sigset_t set, old_mask;
    int r;

    make_signal_set(&set);
    (void)sigprocmask(SIG_BLOCK, &set, &old_mask); /* cannot fail for a valid set */
    r = start_watched(&watch, &old_mask, start);
    if (r < 0) {
        cli_message("cannot start %s: %s", start->argv[0], strerror(-r));
        return EXIT_FAILED;
    }
    stay_with(&watch, &set);
    r = finish(&watch, start);
    (void)observation_free(watch.largest);
    return r;
}
