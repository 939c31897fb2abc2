/* SPDX-License-Identifier: Apache-2.0 */
/* Rules: what the instances are. Whether processes and cgroups exist is only asked where they could
 * be: on the running machine. */

#include "check-rules.h"

#include <string.h>

static int check_applied(const struct check *check, const struct subject *subject)
{
    enum target_kind kind = subject->instance->target;

    if (kind != TARGET_UNIT && kind != TARGET_VM)
        return 0;
    return report(
        check, place_of(subject, KEY_TARGET), CODE_TARGET_NOT_APPLIED,
        text("a %s can be checked and planned, and apply will refuse it", target_kind_name(kind)),
        text("name the cgroup or the pid that it runs as"));
}

static bool is_same_target(const struct instance *a, const struct instance *b)
{
    if (a->target != b->target)
        return false;
    if (a->target == TARGET_PID)
        return a->pid == b->pid;
    return a->target_name && strcmp(a->target_name, b->target_name) == 0;
}

static int check_twice(const struct check *check, const struct subject *subject)
{
    for (const struct subject *other = check->subjects; other < subject; other++) {
        if (is_same_target(other->instance, subject->instance))
            return report(check, place_of(subject, KEY_TARGET), CODE_TARGET_TWICE,
                          text("is the same %s as \"%s\"",
                               target_kind_name(subject->instance->target), other->instance->name),
                          text("place each thing once"));
    }
    return 0;
}

static int check_pid(const struct check *check, const struct subject *subject)
{
    pid_t pid = subject->instance->pid;

    if (!check->options->root || subject->instance->target != TARGET_PID ||
        root_has(check->options->root, "proc/%d", (int)pid))
        return 0;
    return report(check, place_of(subject, KEY_TARGET), CODE_PID_GONE,
                  text("process %d does not exist", (int)pid),
                  text("give the pid of a running process"));
}

/* Below any of the places where systems mount the hierarchy with cpuset: v2, v1, hybrid. */
static int check_cgroup(const struct check *check, const struct subject *subject)
{
    static const char *const mounts[] = {"", "cpuset/", "unified/", "systemd/"};
    const char *path = subject->instance->target_name;

    if (!check->options->root || subject->instance->target != TARGET_CGROUP)
        return 0;
    for (unsigned int i = 0; i < ARRAY_SIZE(mounts); i++) {
        if (root_has(check->options->root, "sys/fs/cgroup/%s%s", mounts[i], path))
            return 0;
    }
    return report(check, place_of(subject, KEY_TARGET), CODE_CGROUP_GONE,
                  text("cgroup \"%s\" does not exist", path),
                  text("write it from the cgroup root, as /proc/PID/cgroup does"));
}

const subject_rule target_rules[] = {check_applied, check_twice, check_pid, check_cgroup, NULL};
