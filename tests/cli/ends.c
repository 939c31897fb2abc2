/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program that ends in a way that is hard to watch.
 *   ends late MIB    its first thread exits at once; another then touches memory, and ends the rest
 *   ends daemon MIB  forks twice and leaves; the daemon touches memory, says so, and sleeps
 *   ends threads N   N threads, one after another
 *   ends children N  N children, ten at a time, each of which runs true
 */

#include <err.h>
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    AT_A_TIME = 10,
    DAEMON_SECONDS = 60, /* a test that fails leaves it behind no longer than this */
};

static void touch(size_t mib)
{
    char *memory = malloc(mib << 20);

    if (!memory)
        err(1, "malloc");
    memset(memory, 1, mib << 20);
    if (memory[(mib << 20) - 1] != 1) /* so that the memory is needed */
        abort();
}

static struct {
    pthread_t first;
    size_t mib;
} late; /* outlives main's stack */

static void *outlive(void *data)
{
    pthread_join(late.first, NULL);
    touch(late.mib);
    exit(0);
    return data;
}

static void end_late(size_t mib)
{
    pthread_t second;

    late.first = pthread_self();
    late.mib = mib;
    if (pthread_create(&second, NULL, outlive, NULL) != 0)
        errx(1, "no thread");
    syscall(SYS_exit, 0); /* pthread_exit(3) wants libgcc_s at run time */
}

static void become_daemon(size_t mib)
{
    if (fork() != 0)
        exit(0);
    setsid();
    if (fork() != 0)
        exit(0);
    touch(mib);
    printf("daemon %d\n", getpid());
    fflush(stdout);
    sleep(DAEMON_SECONDS);
}

static void *nothing(void *data)
{
    return data;
}

static void run_threads(size_t n)
{
    for (size_t i = 0; i < n; i++) {
        pthread_t thread;

        if (pthread_create(&thread, NULL, nothing, NULL) != 0)
            errx(1, "no thread %zu", i);
        pthread_join(thread, NULL);
    }
}

static void run_children(size_t n, char **environment)
{
    static char name[] = "true";
    char *const true_argv[] = {name, NULL};

    for (size_t i = 0; i < n; i++) {
        pid_t pid;

        if (posix_spawnp(&pid, "true", NULL, NULL, true_argv, environment) != 0)
            errx(1, "no child %zu", i);
        if (i >= AT_A_TIME && wait(NULL) < 0)
            err(1, "wait");
    }
    while (wait(NULL) > 0)
        ;
}

int main(int argc, char **argv, char **environment)
{
    size_t n = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;

    if (n == 0)
        errx(2, "usage: ends late|daemon|threads|children N");
    if (strcmp(argv[1], "late") == 0)
        end_late(n);
    else if (strcmp(argv[1], "daemon") == 0)
        become_daemon(n);
    else if (strcmp(argv[1], "threads") == 0)
        run_threads(n);
    else if (strcmp(argv[1], "children") == 0)
        run_children(n, environment);
    return 0;
}
