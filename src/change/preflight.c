/* SPDX-License-Identifier: Apache-2.0 */
/* Every reason to refuse that can be seen from outside, before the journal is even begun. */

#include "preflight.h"

#include "numa-calls.h"
#include "own-memory.h"
#include "proc.h"
#include "size.h"

#include <inttypes.h>
#include <linux/capability.h>
#include <stdarg.h>
#include <string.h>
#include <sys/wait.h>

int notes_add(struct notes *notes, const char *format, ...)
{
    char **larger = realloc(notes->list, (notes->n + 2) * sizeof(*larger));
    va_list args;
    int n;

    if (!larger)
        return -ENOMEM;
    notes->list = larger;
    larger[notes->n] = NULL;
    va_start(args, format);
    n = vasprintf(&larger[notes->n], format, args);
    va_end(args);
    if (n < 0) {
        larger[notes->n] = NULL;
        return -ENOMEM;
    }
    larger[++notes->n] = NULL;
    return 0;
}

void notes_fini(struct notes *notes)
{
    strv_free(notes->list);
    *notes = (struct notes){0};
}

static int at_key(const struct plan *plan, const struct instance *instance, enum instance_key key,
                  int code, struct np_error *err)
{
    struct mark at = instance->at[key];

    error_at(err, mark_file(at, plan->spec->file), at.line, at.column);
    return code;
}

/* Would execvp(3) find something that may be executed? */
static int find_command(const char *name)
{
    const char *path = getenv("PATH");
    int r = -ENOENT;

    if (strchr(name, '/'))
        return access(name, X_OK) < 0 ? -errno : 0;
    for (const char *p = path ? path : "/bin:/usr/bin"; *p; p += strcspn(p, ":"), p += *p == ':') {
        autofree char *file = NULL;
        int length = (int)strcspn(p, ":");

        if (asprintf(&file, "%.*s%s%s", length, p, length ? "/" : "", name) < 0)
            return -ENOMEM;
        if (access(file, X_OK) == 0)
            return 0;
        if (errno == EACCES)
            r = -EACCES;
    }
    return r;
}

static int check_command(const struct plan *plan, const struct instance *instance,
                         struct np_error *err)
{
    int r = find_command(instance->run[0]);

    if (r == 0)
        return 0;
    error_set(err, r, "\"%s\": %s %s", instance->name, instance->run[0],
              r == -ENOENT   ? "is not found"
              : r == -EACCES ? "may not be executed"
                             : strerror(-r));
    if (r == -ENOENT)
        error_hint(err, "name it with its path, or put its directory into PATH");
    return at_key(plan, instance, KEY_TARGET, r, err);
}

static bool has_capability(const struct root *root, unsigned int capability)
{
    autofree char *status = NULL;
    const char *line;
    uint64_t effective;

    if (root_read(root, &status, "proc/self/status") < 0)
        return false;
    line = strstr(status, "\nCapEff:");
    return line && sscanf(line, "\nCapEff: %" SCNx64, &effective) == 1 &&
           (effective >> capability & 1);
}

static int owner_of(const struct root *root, pid_t pid, uid_t *ret_uid)
{
    autofree char *status = NULL;
    const char *line;
    int r = root_read(root, &status, "proc/%d/status", (int)pid);

    if (r < 0)
        return r == -ENOENT ? -ESRCH : r;
    line = strstr(status, "\nUid:");
    return line && sscanf(line, "\nUid: %u", ret_uid) == 1 ? 0 : -EINVAL;
}

static int check_rights(const struct root *root, const struct plan *plan,
                        const struct instance *instance, struct np_error *err)
{
    static const struct {
        unsigned int capability;
        const char *name;
    } needed[] = {{CAP_SYS_NICE, "CAP_SYS_NICE"}, {CAP_SYS_PTRACE, "CAP_SYS_PTRACE"}};
    uid_t owner;
    int r = owner_of(root, instance->pid, &owner);

    if (r < 0) {
        error_set(err, r, "\"%s\": there is no process %d", instance->name, (int)instance->pid);
        return at_key(plan, instance, KEY_TARGET, r, err);
    }
    for (size_t i = 0; owner != geteuid() && i < ARRAY_SIZE(needed); i++) {
        if (has_capability(root, needed[i].capability))
            continue;
        error_set(err, -EPERM, "\"%s\": placing pid %d of user %u needs %s", instance->name,
                  (int)instance->pid, owner, needed[i].name);
        error_hint(err, "run this as root, or as that user");
        return at_key(plan, instance, KEY_TARGET, -EPERM, err);
    }
    return 0;
}

/* What it has arranged itself. A process that cannot be looked at is refused elsewhere. */
static int note_own_memory(const struct root *root, const struct placement *placement,
                           bool confined, struct notes *notes)
{
    const struct instance *instance = placement->instance;
    struct own_memory own;
    char size[SIZE_TEXT_MAX];
    int r = 0;

    if (own_memory_read(root, instance->pid, placement->mem_nodes, &own) < 0)
        return 0;
    if (own.policy && confined)
        r = notes_add(
            notes,
            "\"%s\": pid %d has set a memory policy of its own, which the kernel rewrites "
            "to the nodes of its cpuset, and rollback may not give it back as it was",
            instance->name, (int)instance->pid);
    if (r == 0 && own.huge_bytes > 0)
        r = notes_add(
            notes,
            "\"%s\": %s of pid %d in huge pages of hugetlbfs are elsewhere, and apply does "
            "not move such pages",
            instance->name, size_format(own.huge_bytes, size), (int)instance->pid);
    return r;
}

static int note_process(const struct root *root, const struct placement *placement,
                        const struct cpuset *cpuset, struct notes *notes)
{
    const struct instance *instance = placement->instance;
    bool confined = cpuset && instance->memory_policy != MEMORY_POLICY_PREFERRED;
    int r;

    if (hwloc_bitmap_iszero(placement->mem_nodes))
        return 0;
    r = notes_add(
        notes,
        "\"%s\": the memory policy of pid %d cannot be set from outside; instead its pages "
        "are moved%s",
        instance->name, (int)instance->pid,
        confined ? " and its cpuset allows no other nodes"
                 : ", and new ones go where its own policy says");
    return r < 0 ? r : note_own_memory(root, placement, confined, notes);
}

/* Tried in a child, so that our own policy stays what it is. */
static int try_policy(int mode, hwloc_const_bitmap_t nodes)
{
    pid_t pid = fork();
    int status;

    if (pid == 0)
        _exit(-numa_set_mempolicy(mode, nodes) & 0xff);
    if (pid < 0 || waitpid(pid, &status, 0) < 0)
        return -errno;
    return WIFEXITED(status) ? -WEXITSTATUS(status) : -EIO;
}

static int check_policy(const struct plan *plan, const struct placement *placement,
                        struct np_error *err)
{
    const struct instance *instance = placement->instance;
    int r;

    if (instance->memory_policy != MEMORY_POLICY_WEIGHTED_INTERLEAVE ||
        instance->target != TARGET_RUN)
        return 0;
    r = try_policy(NUMA_MPOL_WEIGHTED_INTERLEAVE, placement->mem_nodes);
    if (r == 0)
        return 0;
    error_set(err, -ENOTSUP, "\"%s\": this kernel cannot interleave by weight (%s)", instance->name,
              strerror(-r));
    error_hint(err, "it came with Linux 6.9; memory-policy: interleave does without");
    return at_key(plan, instance, KEY_MEMORY_POLICY, -ENOTSUP, err);
}

static int check_cgroup(const struct plan *plan, const struct instance *instance,
                        const struct cpuset *cpuset, struct np_error *err)
{
    const char *path = instance->target_name + strspn(instance->target_name, "/");

    if (cpuset && path[0])
        return 0;
    if (cpuset)
        error_set(err, -ENOTSUP, "\"%s\": the top cgroup holds everything and cannot be placed",
                  instance->name);
    else
        error_set(err, -ENOTSUP,
                  "\"%s\": cgroup %s cannot be changed from here: no cpuset cgroup is writable, or "
                  "--no-cgroup was given",
                  instance->name, instance->target_name);
    return at_key(plan, instance, KEY_TARGET, -ENOTSUP, err);
}

static int check_target(const struct root *root, const struct plan *plan,
                        const struct placement *placement, const struct cpuset *cpuset,
                        struct notes *notes, struct np_error *err)
{
    const struct instance *instance = placement->instance;
    int r;

    switch (instance->target) {
    case TARGET_NONE:
        return notes_add(notes, "\"%s\" is only planned: it names nothing to start or to move%s%s",
                         instance->name,
                         instance->irqs ? "; what is moved is the interrupts of " : "",
                         instance->irqs ? instance->irqs : "");
    case TARGET_RUN:
        return check_command(plan, instance, err);
    case TARGET_PID:
        r = check_rights(root, plan, instance, err);
        return r < 0 ? r : note_process(root, placement, cpuset, notes);
    case TARGET_CGROUP:
        return check_cgroup(plan, instance, cpuset, err);
    case TARGET_UNIT:
    case TARGET_VM:
        break;
    }
    error_set(err, -ENOTSUP, "\"%s\": apply cannot place a %s yet", instance->name,
              target_kind_name(instance->target));
    error_hint(err, "name its processes (pid) or its cgroup instead");
    return at_key(plan, instance, KEY_TARGET, -ENOTSUP, err);
}

int preflight(const struct root *root, const struct plan *plan, const struct cpuset *cpuset,
              struct notes *notes, struct np_error *err)
{
    int r = 0;

    for (unsigned int i = 0; r == 0 && i < plan->n_placements; i++) {
        const struct placement *placement = &plan->placements[i];

        r = check_target(root, plan, placement, cpuset, notes, err);
        if (r == 0)
            r = check_policy(plan, placement, err);
    }
    return r;
}
