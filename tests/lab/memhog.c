/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A process for the lab to place: anonymous memory, touched by a number of threads, that then
 * waits. Says "ready PID" once every page is touched.
 *   SIGUSR1  starts a late thread, which touches memory of its own; "late TID" when it has.
 *   SIGUSR2  starts a chain of threads, each of which starts the next and ends: at any moment the
 *            newest inherits what only the one before it was bound to. "chain" once it runs.
 *   SIGTERM  ends it.
 */

#include <err.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    MAX_THREADS = 64,
    CHAIN_LINK_US = 20000,
};

/* Outlives main's loop, so that threads may point at it. */
static struct hog {
    size_t bytes;
    size_t late_bytes;
    size_t n_threads;
    char *memory;
    pthread_barrier_t touched;
} hog = {.bytes = 64 << 20, .late_bytes = 1 << 20, .n_threads = 1};

static char *allocate(size_t bytes)
{
    char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (memory == MAP_FAILED)
        err(1, "cannot map %zu bytes", bytes);
    return memory;
}

static void start(void *(*run)(void *), void *data)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, run, data) != 0)
        errx(1, "cannot start a thread");
    pthread_detach(thread);
}

/* data: where its share of the memory begins. */
static void *touch_and_wait(void *data)
{
    memset(data, 1, hog.bytes / hog.n_threads);
    pthread_barrier_wait(&hog.touched);
    for (;;)
        pause();
    return NULL;
}

static void *touch_late(void *data)
{
    memset(allocate(hog.late_bytes), 1, hog.late_bytes);
    printf("late %d\n", gettid());
    for (;;)
        pause();
    return NULL;
}

static void *link_chain(void *data)
{
    usleep(CHAIN_LINK_US);
    start(link_chain, NULL);
    return NULL;
}

/* Signals are for sigwait: blocked here, before any thread inherits the mask. */
static void block(sigset_t *signals)
{
    sigemptyset(signals);
    sigaddset(signals, SIGUSR1);
    sigaddset(signals, SIGUSR2);
    sigprocmask(SIG_BLOCK, signals, NULL);
}

int main(int argc, char **argv)
{
    sigset_t signals;
    int signal;

    if (argc > 1)
        hog.bytes = strtoul(argv[1], NULL, 10) << 20;
    if (argc > 2)
        hog.n_threads = strtoul(argv[2], NULL, 10);
    if (argc > 3)
        hog.late_bytes = strtoul(argv[3], NULL, 10) << 20;
    if (argc > 4 || hog.n_threads < 1 || hog.n_threads > MAX_THREADS)
        errx(2, "usage: memhog [MIB [THREADS [MIB-OF-LATE-THREAD]]]");

    setvbuf(stdout, NULL, _IOLBF, 0);
    block(&signals);
    pthread_barrier_init(&hog.touched, NULL, (unsigned int)hog.n_threads + 1);
    hog.memory = allocate(hog.bytes);
    for (size_t i = 0; i < hog.n_threads; i++)
        start(touch_and_wait, hog.memory + hog.bytes / hog.n_threads * i);
    pthread_barrier_wait(&hog.touched);
    printf("ready %d\n", getpid());

    while (sigwait(&signals, &signal) == 0) {
        start(signal == SIGUSR1 ? touch_late : link_chain, NULL);
        if (signal == SIGUSR2)
            printf("chain\n");
    }
    return 0;
}
