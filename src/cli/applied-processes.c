/* SPDX-License-Identifier: Apache-2.0 */
/* The processes of an applied instance: see applied-processes.h. */

#include "applied-processes.h"

#include "cpuset.h"

#include <errno.h>

/* Adds those of more that are not in it yet, and frees more. */
static int merge(struct pids *pids, struct pids more)
{
    pid_t *larger = reallocarray(pids->pids, pids->n + more.n + 1, sizeof(*larger));

    if (larger)
        pids->pids = larger;
    for (size_t i = 0; larger && i < more.n; i++) {
        size_t known = 0;

        while (known < pids->n && larger[known] != more.pids[i])
            known++;
        if (known == pids->n)
            larger[pids->n++] = more.pids[i];
    }
    free(more.pids);
    return larger ? 0 : -ENOMEM;
}

static int add_cgroup(const struct root *root, const char *path, struct pids *pids)
{
    struct pids members = {0};
    struct cpuset cpuset;
    int r = cpuset_find(root, &cpuset, NULL);

    if (r == 0) {
        r = cpuset_processes(root, &cpuset, path, &members.pids, &members.n);
        cpuset_fini(&cpuset);
    }
    if (r == -ENOENT) /* removed since: whoever did that moved its processes away */
        return 0;
    return r < 0 ? r : merge(pids, members);
}

int applied_processes(const struct root *root, const struct applied *applied, struct pids *pids)
{
    struct pids family = {0};
    int r = 0;

    if (!applied->same_boot)
        return 0;
    if (applied->id.pid != 0 && proc_is_same(root, &applied->id))
        r = proc_tree(root, applied->id.pid, &family.pids, &family.n);
    if (r == 0)
        r = merge(pids, family);
    if ((r == 0 || r == -ESRCH) && applied->cgroup)
        r = add_cgroup(root, applied->cgroup, pids);
    return r == -ESRCH ? 0 : r;
}
