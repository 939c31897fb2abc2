/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kind "controller": cgroup version 2 has cpuset files in a cgroup only when its parent enables the
 * controller for its children. Disabling it again would drop the values of every child, so it is
 * only done when no other child uses them.
 */

#include "cpuset.h"
#include "kinds.h"

#include <string.h>

#define CONTROL_FILE "cgroup.subtree_control"

static int enabled(const struct change_context *context, const struct change *change,
                   bool *ret_enabled, struct np_error *err)
{
    const char *path = member_text(change->subject, "path");
    autofree char *text = NULL;
    char *save = NULL;
    int r = cpuset_get(context->root, context->cpuset, path, CONTROL_FILE, &text);

    if (r == -ENOENT || r == -ENODEV) {
        *ret_enabled = false; /* not created yet, or removed with all that it enabled */
        return 0;
    }
    if (r < 0)
        return error_set(err, r, "cannot read " CONTROL_FILE " of cgroup /%s: %s", path,
                         strerror(-r));
    *ret_enabled = false;
    for (char *word = strtok_r(text, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
        if (strcmp(word, "cpuset") == 0)
            *ret_enabled = true;
    }
    return 0;
}

static int controller_read(const struct change_context *context, struct change *change,
                           struct np_error *err)
{
    bool on;
    int r = enabled(context, change, &on, err);

    if (r < 0)
        return r;
    change->old = json_pack("{s:b}", "cpuset", on);
    return change->old ? 0 : -ENOMEM;
}

static int controller_make(const struct change_context *context, struct change *change,
                           struct np_error *err)
{
    const char *path = member_text(change->subject, "path");
    int r = cpuset_put(context->root, context->cpuset, path, CONTROL_FILE, "+cpuset");

    if (r < 0) {
        error_set(err, r, "cannot enable cpuset for the children of cgroup /%s: %s", path,
                  strerror(-r));
        error_hint(err, "--no-cgroup places by affinity and memory policy alone");
    }
    return r;
}

static int controller_look(const struct change_context *context, const struct change *change,
                           json_t **ret_now, struct np_error *err)
{
    const char *path = member_text(change->subject, "path");
    bool on;
    int r = enabled(context, change, &on, err);

    if (r < 0)
        return r;
    *ret_now = json_pack("{s:b}", "cpuset", on);
    if (!*ret_now)
        return -ENOMEM;
    if (on)
        return STANDING_IN_PLACE;
    return cpuset_exists(context->root, context->cpuset, path) ? STANDING_FORMER : STANDING_GONE;
}

/* Does a child have cpuset values of its own? Its name into *ret_child. */
static int find_user(const struct change_context *context, const char *path, char **ret_child)
{
    autostrv char **names = NULL;
    int r = root_list(context->root, &names, "%s/%s", context->cpuset->mount, path);

    if (r < 0)
        return r;
    for (char **name = names; *name; name++) {
        autofree char *cpus = NULL, *mems = NULL;

        if (root_read(context->root, &cpus, "%s/%s/%s/cpuset.cpus", context->cpuset->mount, path,
                      *name) < 0 ||
            root_read(context->root, &mems, "%s/%s/%s/cpuset.mems", context->cpuset->mount, path,
                      *name) < 0)
            continue; /* a file of the cgroup itself */
        if (!cpus[0] && !mems[0])
            continue;
        *ret_child = strdup(*name);
        return *ret_child ? 1 : -ENOMEM;
    }
    return 0;
}

static int controller_undo(const struct change_context *context, const struct change *change,
                           struct np_error *err)
{
    const char *path = member_text(change->subject, "path");
    autofree char *user = NULL;
    int r;

    if (json_is_true(json_object_get(change->old, "cpuset")))
        return UNDO_DONE;
    if (!cpuset_exists(context->root, context->cpuset, path))
        return UNDO_GONE;
    r = find_user(context, path, &user);
    if (r > 0 && !context->force) {
        (void)error_set(err, -EBUSY, "cgroup /%s: cpuset stays enabled: %s uses it by now", path,
                        user);
        return UNDO_FOREIGN;
    }
    if (r >= 0)
        r = cpuset_put(context->root, context->cpuset, path, CONTROL_FILE, "-cpuset");
    if (r == -EBUSY) {
        (void)error_set(err, r, "cgroup /%s: cpuset stays enabled: a cgroup below uses it by now",
                        path);
        return UNDO_FOREIGN;
    }
    return r < 0 ? error_set(err, r, "cannot disable cpuset in cgroup /%s: %s", path, strerror(-r))
                 : UNDO_DONE;
}

static char *controller_describe(const struct change *change)
{
    char *text;

    return asprintf(&text, "cgroup /%s: cpuset enabled for its children",
                    member_text(change->subject, "path")) < 0
               ? NULL
               : text;
}

static char *controller_tell(const struct change *change, const json_t *now)
{
    return strdup(json_is_true(json_object_get(now, "cpuset")) ? "cpuset enabled"
                                                               : "cpuset not enabled");
}

const struct change_kind kind_controller = {
    .name = "controller",
    .read = controller_read,
    .make = controller_make,
    .look = controller_look,
    .undo = controller_undo,
    .describe = controller_describe,
    .tell = controller_tell,
};
