/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a command with its output thrown away and prints the most memory that it had resident, in
 * KiB. */

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>

extern char **environ;

int main(int argc, char **argv)
{
    posix_spawn_file_actions_t actions;
    struct rusage usage;
    int status;
    pid_t pid;

    if (argc < 2 || posix_spawn_file_actions_init(&actions) != 0 ||
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0) != 0)
        return 2;
    if (posix_spawnp(&pid, argv[1], &actions, NULL, argv + 1, environ) != 0)
        return 2;
    if (wait4(pid, &status, 0, &usage) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        fprintf(stderr, "peak: %s failed\n", argv[1]);
        return 2;
    }
    printf("%ld\n", usage.ru_maxrss);
    return 0;
}
