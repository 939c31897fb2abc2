/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Times two commands against each other, as whole processes, in one run: A B B A A B B A ..., so
 * that a machine that becomes faster or slower meanwhile does so for both. Prints the medians and
 * the median of the ratios of neighbours.
 *
 *   pair RUNS LIMIT LABEL A... --vs B...
 *
 * LIMIT is the ratio A/B that is promised; the exit status is 1 when the median exceeds it, 2 when
 * a command fails.
 */

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

static double now_us(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t); /* cannot fail for this clock */
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* Microseconds from before the fork to after the wait, output thrown away; negative when it could
 * not be run well. */
static double time_once(char **command, const posix_spawn_file_actions_t *actions)
{
    double start = now_us();
    int status;
    pid_t pid;

    if (posix_spawnp(&pid, command[0], actions, NULL, command, environ) != 0)
        return -1;
    if (waitpid(pid, &status, 0) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return -1;
    return now_us() - start;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double *values, int n)
{
    qsort(values, (size_t)n, sizeof(*values), compare);
    return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

static int measure(int runs, double *a, double *b, double *ratio, char **commands[2])
{
    posix_spawn_file_actions_t actions;
    int failed = -1;

    (void)posix_spawn_file_actions_init(&actions); /* allocates nothing yet */
    if (posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0) != 0)
        return 0;
    for (int i = -3; i < runs && failed < 0; i++) { /* the first three warm the caches */
        bool swap = i & 1;
        double first = time_once(commands[swap], &actions);
        double second = time_once(commands[!swap], &actions);

        if (first < 0 || second < 0)
            failed = first < 0 ? swap : !swap;
        if (i < 0)
            continue;
        a[i] = swap ? second : first;
        b[i] = swap ? first : second;
        ratio[i] = a[i] / b[i];
    }
    (void)posix_spawn_file_actions_destroy(&actions); /* frees */
    return failed;
}

int main(int argc, char **argv)
{
    char **commands[2];
    double *times, limit, ratio;
    int runs, failed, split = 4;

    while (split < argc && strcmp(argv[split], "--vs") != 0)
        split++;
    if (argc < 7 || split + 1 >= argc || (runs = atoi(argv[1])) < 1) {
        fprintf(stderr, "usage: pair RUNS LIMIT LABEL A... --vs B...\n");
        return 2;
    }
    limit = atof(argv[2]);
    argv[split] = NULL;
    commands[0] = &argv[4];
    commands[1] = &argv[split + 1];
    times = calloc((size_t)runs * 3, sizeof(*times));
    if (!times)
        return 2;
    failed = measure(runs, times, times + runs, times + 2 * runs, commands);
    if (failed >= 0) {
        fprintf(stderr, "pair: %s failed\n", commands[failed][0]);
        free(times);
        return 2;
    }
    ratio = median(times + 2 * runs, runs);
    printf("%-44s %9.0f us %9.0f us   %5.2fx (at most %.2fx)%s\n", argv[3], median(times, runs),
           median(times + runs, runs), ratio, limit, ratio <= limit ? "" : "  MISSED");
    free(times);
    return ratio <= limit ? 0 : 1;
}
