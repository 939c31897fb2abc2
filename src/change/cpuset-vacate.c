/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Emptying a cgroup for a moment. The kernel refuses to clear the cpus and mems of a cgroup that
 * has processes, in version 2 as well, where "empty" is what most have: once set, the former value
 * can only come back while nobody is inside. The processes wait in a sibling, whose name tells a
 * later rollback where they belong should this one be interrupted.
 */

#include "cpuset.h"

#include <string.h>

#define WAITING_SUFFIX ".numaplace-waiting"
/* Processes fork while they are being moved: until none is left, within reason. */
#define ROUNDS_MAX 100

static int move_all(const struct root *root, const struct cpuset *cpuset, const char *from,
                    const char *to)
{
    for (int i = 0; i < ROUNDS_MAX; i++) {
        autofree pid_t *pids = NULL;
        size_t n = 0;
        int r = cpuset_processes(root, cpuset, from, &pids, &n);

        if (r < 0 || n == 0)
            return r;
        for (size_t k = 0; k < n; k++) {
            char pid[16];

            (void)snprintf(pid, sizeof(pid), "%d", (int)pids[k]);
            r = cpuset_put(root, cpuset, to, "cgroup.procs", pid);
            if (r < 0 && r != -ESRCH)
                return r;
        }
    }
    return -EAGAIN;
}

int cpuset_vacate(const struct root *root, const struct cpuset *cpuset, const char *path)
{
    autofree char *waiting = NULL;
    int r;

    if (asprintf(&waiting, "%s" WAITING_SUFFIX, path) < 0) {
        waiting = NULL;
        return -ENOMEM;
    }
    r = cpuset_create(root, cpuset, waiting);
    if (r < 0 && r != -EEXIST)
        return r;
    return move_all(root, cpuset, path, waiting);
}

int cpuset_return(const struct root *root, const struct cpuset *cpuset, const char *path)
{
    autofree char *waiting = NULL;
    int r;

    if (asprintf(&waiting, "%s" WAITING_SUFFIX, path) < 0) {
        waiting = NULL;
        return -ENOMEM;
    }
    if (!cpuset_exists(root, cpuset, waiting))
        return 0;
    r = move_all(root, cpuset, waiting, path);
    return r < 0 ? r : cpuset_remove(root, cpuset, waiting);
}
