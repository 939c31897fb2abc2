/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A process for the lab to place: anonymous memory, touched by a number of threads, that then
 * waits. Says "ready PID" once every page is touched; SIGUSR1 starts one more thread, a late one,
 * which touches memory of its own; "late TID" when it has. SIGTERM ends it.
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
};

struct touch {
    char *memory;
    size_t bytes;
    int threads; /* that divide it */
    int index;   /* of this one */
    pthread_barrier_t *touched;
};

static char *allocate(size_t bytes)
{
    char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (memory == MAP_FAILED)
        err(1, "cannot map %zu bytes", bytes);
    return memory;
}

static void *touch_and_wait(void *data)
{
    const struct touch *touch = data;
    size_t share = touch->bytes / (size_t)touch->threads;

    memset(touch->memory + share * (size_t)touch->index, 1, share);
    pthread_barrier_wait(touch->touched);
    for (;;)
        pause();
    return NULL;
}

static void *late(void *data)
{
    const struct touch *touch = data;

    memset(touch->memory, 1, touch->bytes);
    printf("late %d\n", gettid());
    for (;;)
        pause();
    return NULL;
}

static void start(void *(*run)(void *), struct touch *touch)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, run, touch) != 0)
        errx(1, "cannot start a thread");
}

int main(int argc, char **argv)
{
    size_t bytes = (argc > 1 ? strtoul(argv[1], NULL, 10) : 64) << 20;
    int threads = argc > 2 ? atoi(argv[2]) : 1;
    size_t late_bytes = (argc > 3 ? strtoul(argv[3], NULL, 10) : 1) << 20;
    struct touch touches[MAX_THREADS];
    struct touch late_touch = {.threads = 1};
    pthread_barrier_t touched;
    sigset_t signals;
    int number;

    if (argc > 4 || threads < 1 || threads > MAX_THREADS)
        errx(2, "usage: memhog [MIB [THREADS [MIB-OF-LATE-THREAD]]]");
    setvbuf(stdout, NULL, _IOLBF, 0);
    sigemptyset(&signals);
    sigaddset(&signals, SIGUSR1);
    sigprocmask(SIG_BLOCK, &signals, NULL);

    pthread_barrier_init(&touched, NULL, (unsigned int)threads + 1);
    char *memory = allocate(bytes);
    for (int i = 0; i < threads; i++) {
        touches[i] = (struct touch){memory, bytes, threads, i, &touched};
        start(touch_and_wait, &touches[i]);
    }
    pthread_barrier_wait(&touched);
    printf("ready %d\n", getpid());

    while (sigwait(&signals, &number) == 0) {
        late_touch.bytes = late_bytes;
        late_touch.memory = allocate(late_bytes);
        start(late, &late_touch);
    }
    return 0;
}
