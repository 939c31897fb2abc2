/* SPDX-License-Identifier: Apache-2.0 */
/* The host's settings that decide where memory goes, and who else moves things about. */

#include "machine-read.h"

#include "irqbalance.h"
#include "own-cpuset.h"

#include <string.h>

static int read_number(const struct root *root, const char *file)
{
    int value;

    return root_read_int(root, &value, "%s", file) < 0 ? -1 : value;
}

/* demotion_enabled says "true" or "false"; since 5.15. */
static int read_demotion(const struct root *root, int *ret_demotion)
{
    autofree char *text = NULL;
    int r = root_read(root, &text, "sys/kernel/mm/numa/demotion_enabled");

    if (r == 0 && (strcmp(text, "true") == 0 || strcmp(text, "1") == 0))
        *ret_demotion = 1;
    else if (r == 0 && (strcmp(text, "false") == 0 || strcmp(text, "0") == 0))
        *ret_demotion = 0;
    return unless_memory(r);
}

/* "always [madvise] never": the one in brackets is in force. */
static int read_thp(const struct root *root, char **ret_thp)
{
    autofree char *text = NULL;
    const char *open;
    int r = root_read(root, &text, "sys/kernel/mm/transparent_hugepage/enabled");

    if (r < 0)
        return unless_memory(r);
    open = strchr(text, '[');
    if (!open || !strchr(open, ']'))
        return 0;
    *ret_thp = strndup(open + 1, strcspn(open + 1, "]"));
    return *ret_thp ? 0 : -ENOMEM;
}

/* Unknown where no process is seen at all, as in most captured trees. */
static int read_irqbalance(const struct root *root, int *ret_runs)
{
    pid_t pid;
    int r = irqbalance_pid(root, &pid);

    if (r == 0 || r == -ESRCH)
        *ret_runs = r == 0;
    return unless_memory(r);
}

static int read_cgroup_version(const struct root *root, int *ret_version)
{
    struct own_cpuset cpuset;
    int r = own_cpuset_read(root, &cpuset);

    if (r < 0)
        return r;
    *ret_version = cpuset.version;
    own_cpuset_fini(&cpuset);
    return 0;
}

int read_settings(struct machine *machine, const struct root *root)
{
    struct settings *settings = &machine->settings;
    int r;

    settings->numa_balancing = read_number(root, "proc/sys/kernel/numa_balancing");
    settings->zone_reclaim_mode = read_number(root, "proc/sys/vm/zone_reclaim_mode");
    r = unless_memory(root_read(root, &settings->kernel, "proc/sys/kernel/osrelease"));
    if (r == 0)
        r = read_demotion(root, &settings->demotion);
    if (r == 0)
        r = read_thp(root, &settings->thp);
    if (r == 0)
        r = read_irqbalance(root, &settings->irqbalance);
    if (r == 0)
        r = read_cgroup_version(root, &settings->cgroup_version);
    return r;
}
