/* SPDX-License-Identifier: Apache-2.0 */
/* Starting and ending by pidfd: a pid alone may be somebody else's by now. */

#include "program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define KILL_MS 5000

/* -errno, as posix_spawn(3) has them without the sign. */
static int spawn(const struct program *program, const posix_spawn_file_actions_t *actions,
                 pid_t *ret_pid)
{
    posix_spawnattr_t attributes;
    sigset_t none;
    int r = -posix_spawnattr_init(&attributes);

    if (r < 0)
        return r;
    (void)sigemptyset(&none);
    (void)posix_spawnattr_setsigmask(&attributes, &none);
    (void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK);
    r = -posix_spawnp(ret_pid, program->path, actions, &attributes, program->argv,
                      program->env ? program->env : environ);
    (void)posix_spawnattr_destroy(&attributes);
    return r;
}

int program_start(const struct program *program, pid_t *ret_pid)
{
    posix_spawn_file_actions_t actions;
    int r = -posix_spawn_file_actions_init(&actions);

    if (r < 0)
        return r;
    for (int fd = 0; r == 0 && fd <= 2; fd++)
        r = -posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_RDWR, 0);
    if (r == 0 && program->cwd)
        r = -posix_spawn_file_actions_addchdir_np(&actions, program->cwd);
    if (r == 0)
        r = spawn(program, &actions, ret_pid);
    (void)posix_spawn_file_actions_destroy(&actions);
    return r;
}

static int pidfd_open(pid_t pid)
{
    int fd = (int)syscall(SYS_pidfd_open, pid, 0);

    return fd < 0 ? -errno : fd;
}

/* -ETIMEDOUT: it has not ended. */
static int wait_for_end(int pidfd, unsigned int limit_ms)
{
    struct pollfd end = {.fd = pidfd, .events = POLLIN};
    int r;

    do {
        r = poll(&end, 1, (int)limit_ms);
    } while (r < 0 && errno == EINTR);
    if (r < 0)
        return -errno;
    return r == 0 ? -ETIMEDOUT : 0;
}

int program_run(const struct program *program, unsigned int limit_ms, int *ret_status)
{
    autoclose int pidfd = -1;
    int status = 0, r;
    pid_t pid;

    r = program_start(program, &pid);
    if (r < 0)
        return r;
    pidfd = pidfd_open(pid); /* nobody else has waited for it: it is there */
    r = pidfd < 0 ? pidfd : wait_for_end(pidfd, limit_ms);
    if (r < 0)
        (void)kill(pid, SIGKILL); /* likewise */
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (r == 0)
        *ret_status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return r;
}

static int send_signal(int pidfd, int signal)
{
    return syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0) < 0 ? -errno : 0;
}

int program_end(const struct root *root, const struct proc_id *id, unsigned int term_ms)
{
    autoclose int pidfd = pidfd_open(id->pid);
    int r;

    if (pidfd < 0)
        return pidfd;
    if (!proc_is_same(root, id)) /* after the pidfd: what it stands for cannot change any more */
        return -ESRCH;
    r = send_signal(pidfd, SIGTERM);
    if (r == 0)
        r = wait_for_end(pidfd, term_ms);
    if (r != -ETIMEDOUT)
        return r;
    r = send_signal(pidfd, SIGKILL);
    if (r == 0)
        r = wait_for_end(pidfd, KILL_MS);
    return r == -ETIMEDOUT ? -EBUSY : r;
}
