/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ending what we started. A pid is taken only while it is certain whose it is: by pidfd, opened
 * before its session was checked. A session's number is not given to anybody else while a member of
 * it lives, so members without their leader are ours only where our cgroup holds them.
 */

#include "terminate.h"

#include "cpuset.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#define GRACE_MS 5000
#define KILL_MS 5000
/* What was started while we were ending the others is found in the next round. */
#define ROUNDS_MAX 5

struct family {
    const struct change_context *context;
    struct proc_id leader;
    const char *cgroup;
    struct pollfd *members; /* pidfds; -1 once it has ended */
    size_t n;
};

static void forget_members(struct family *family)
{
    for (size_t i = 0; i < family->n; i++)
        cleanup_close(&family->members[i].fd);
    free(family->members);
    family->members = NULL;
    family->n = 0;
}

static bool is_member(const struct family *family, pid_t pid, bool in_cgroup)
{
    struct proc_id id;
    pid_t session;

    if (proc_identify(family->context->root, pid, &id) < 0)
        return false; /* ended */
    /* Ours by its birth, also when we were killed before it had made its session. */
    if (pid == family->leader.pid)
        return id.start_ticks == family->leader.start_ticks;
    if (in_cgroup && family->context->force)
        return true;
    if (proc_session(family->context->root, pid, &session) < 0 || session != family->leader.pid)
        return false;
    return in_cgroup || proc_is_same(family->context->root, &family->leader);
}

static int add_if_member(struct family *family, pid_t pid, bool in_cgroup)
{
    autoclose int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    struct pollfd *larger;

    if (fd < 0)
        return errno == ESRCH ? 0 : -errno;
    if (!is_member(family, pid, in_cgroup))
        return 0;
    larger = realloc(family->members, (family->n + 1) * sizeof(*larger));
    if (!larger)
        return -ENOMEM;
    family->members = larger;
    larger[family->n++] = (struct pollfd){.fd = fd, .events = POLLIN};
    fd = -1;
    return 0;
}

static int add_cgroup(struct family *family)
{
    const struct change_context *context = family->context;
    autofree pid_t *pids = NULL;
    size_t n = 0;
    int r = cpuset_processes(context->root, context->cpuset, family->cgroup, &pids, &n);

    if (r == -ENOENT || r == -ENODEV)
        return 0; /* removed already */
    for (size_t i = 0; r == 0 && i < n; i++)
        r = add_if_member(family, pids[i], true);
    return r;
}

static int add_session(struct family *family)
{
    autostrv char **names = NULL;
    int r;

    if (!proc_is_same(family->context->root, &family->leader))
        return 0;
    r = root_list(family->context->root, &names, "proc");
    for (char **name = names; r == 0 && *name; name++) {
        pid_t pid = (pid_t)strtol(*name, NULL, 10);

        if (pid > 0)
            r = add_if_member(family, pid, false);
    }
    return r;
}

static int find_members(struct family *family)
{
    int r;

    forget_members(family);
    if (family->cgroup[0] && family->context->cpuset) {
        r = add_cgroup(family);
        if (r < 0)
            return r;
    }
    return add_session(family);
}

static int signal_members(const struct family *family, int signal)
{
    for (size_t i = 0; i < family->n; i++) {
        if (family->members[i].fd >= 0 &&
            syscall(SYS_pidfd_send_signal, family->members[i].fd, signal, NULL, 0) < 0 &&
            errno != ESRCH)
            return -errno;
    }
    return 0;
}

static int64_t now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail for this clock */
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* poll(2) passes over negative fds. */
static void end_member(struct pollfd *member)
{
    cleanup_close(&member->fd);
    member->fd = -1;
}

/* How many are left when the time is over. */
static size_t await_members(const struct family *family, int limit_ms)
{
    int64_t end = now_ms() + limit_ms;
    size_t left = family->n;

    while (left > 0) {
        int64_t rest = end - now_ms();

        if (rest <= 0 || poll(family->members, family->n, (int)rest) == 0)
            break;
        left = 0;
        for (size_t i = 0; i < family->n; i++) {
            if (family->members[i].fd >= 0 && family->members[i].revents)
                end_member(&family->members[i]);
            left += family->members[i].fd >= 0;
        }
    }
    return left;
}

static int end_members(const struct family *family)
{
    int r = signal_members(family, SIGTERM);

    if (r == 0)
        r = signal_members(family, SIGCONT); /* a stopped process gets SIGTERM only then */
    if (r < 0)
        return r;
    if (await_members(family, GRACE_MS) == 0)
        return 0;
    r = signal_members(family, SIGKILL);
    if (r < 0)
        return r;
    return await_members(family, KILL_MS) == 0 ? 0 : -EBUSY;
}

int terminate_family(const struct change_context *context, const struct proc_id *leader,
                     const char *cgroup)
{
    struct family family = {.context = context, .leader = *leader, .cgroup = cgroup};
    int r = find_members(&family);

    if (r == 0 && family.n == 0)
        return -ESRCH;
    for (int i = 0; r == 0 && family.n > 0; i++) {
        r = i < ROUNDS_MAX ? end_members(&family) : -EBUSY;
        (void)waitpid(leader->pid, NULL, WNOHANG); /* a zombie only when this process started it */
        if (r == 0)
            r = find_members(&family);
    }
    forget_members(&family);
    return r;
}
