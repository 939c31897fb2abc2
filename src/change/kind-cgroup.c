/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kind "cgroup": a cpuset cgroup created, or the CPUs and memory nodes of an existing one set. What
 * was created is removed again; of what existed, the texts of the files are put back, empty ones
 * too.
 */

#include "cpuset.h"
#include "kinds.h"
#include "set.h"

#include <string.h>

/* The files, and what they are called in the journal. Memory first: version 1 takes a process only
 * when both are set, and the order does not matter to it. */
static const struct {
    const char *key;
    const char *file;
    const char *effective; /* version 2: what it comes to, where that is not the same */
} values[] = {
    {"mems", "cpuset.mems", "cpuset.mems.effective"},
    {"cpus", "cpuset.cpus", "cpuset.cpus.effective"},
};

static const char *path_of(const struct change *change)
{
    return member_text(change->subject, "path");
}

/* -ENOENT: no such cgroup. */
static int get_values(const struct change_context *context, const struct change *change,
                      json_t **ret_values, struct np_error *err)
{
    autojson json_t *now = json_object();

    if (!cpuset_exists(context->root, context->cpuset, path_of(change)))
        return -ENOENT;
    for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
        autofree char *text = NULL;
        int r = cpuset_get(context->root, context->cpuset, path_of(change), values[i].file, &text);

        if (r == -ENOENT) { /* version 2: the parent has not enabled the controller */
            text = strdup("");
            r = text ? 0 : -ENOMEM;
        }
        if (r < 0)
            return error_set(err, r, "cannot read %s of cgroup /%s: %s", values[i].file,
                             path_of(change), strerror(-r));
        if (json_object_set_new(now, values[i].key, json_string(text)) < 0)
            return -ENOMEM;
    }
    *ret_values = TAKE(now);
    return 0;
}

static int cgroup_read(const struct change_context *context, struct change *change,
                       struct np_error *err)
{
    int r = get_values(context, change, &change->old, err);

    if (r != -ENOENT)
        return r;
    if (!json_is_true(json_object_get(change->wanted, "create"))) {
        error_set(err, -ENOENT, "there is no cpuset cgroup /%s", path_of(change));
        error_hint(err, "%s/%s would have to exist", context->cpuset->mount, path_of(change));
        return -ENOENT;
    }
    change->old = json_null();
    return 0;
}

static int put_values(const struct change_context *context, const struct change *change,
                      const json_t *to, struct np_error *err)
{
    for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
        const char *text = member_text(to, values[i].key);
        autofree char *now = NULL;
        int r = cpuset_get(context->root, context->cpuset, path_of(change), values[i].file, &now);

        if (r == 0 && strcmp(now, text) == 0)
            continue;
        if (r == -ENOENT && !text[0])
            continue; /* no such file yet, and nothing to write to it */
        r = cpuset_put(context->root, context->cpuset, path_of(change), values[i].file, text);
        if (r < 0) {
            error_set(err, r, "cannot set %s of cgroup /%s to \"%s\": %s", values[i].file,
                      path_of(change), text, strerror(-r));
            if (r == -EBUSY || r == -EINVAL || r == -EACCES)
                error_hint(err, "a cgroup cannot have more than the one above it, nor what another "
                                "has exclusively");
            return r;
        }
    }
    return 0;
}

static int cgroup_make(const struct change_context *context, struct change *change,
                       struct np_error *err)
{
    if (!cpuset_exists(context->root, context->cpuset, path_of(change))) {
        int r = cpuset_create(context->root, context->cpuset, path_of(change));

        if (r < 0)
            return error_set(err, r, "cannot create cgroup /%s: %s", path_of(change), strerror(-r));
    }
    return put_values(context, change, change->wanted, err);
}

static bool same_values(const json_t *a, const json_t *b)
{
    for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
        autoset hwloc_bitmap_t left = member_set(a, values[i].key);
        autoset hwloc_bitmap_t right = member_set(b, values[i].key);

        if (!left || !right || !hwloc_bitmap_isequal(left, right))
            return false;
    }
    return true;
}

/* What the kernel makes of it may be less than what the file says: CPUs taken offline, a parent
 * made smaller. Puts the effective value into now where it is not the wanted one. */
static int look_effective(const struct change_context *context, const struct change *change,
                          json_t *now)
{
    if (context->cpuset->version != 2)
        return 0;
    for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
        autoset hwloc_bitmap_t wanted = member_set(change->wanted, values[i].key);
        autoset hwloc_bitmap_t effective = NULL;

        if (!wanted || hwloc_bitmap_iszero(wanted) ||
            root_read_set(context->root, &effective, "%s/%s/%s", context->cpuset->mount,
                          path_of(change), values[i].effective) < 0 ||
            hwloc_bitmap_isequal(wanted, effective))
            continue;
        if (json_object_set_new(now, values[i].key, set_to_json(effective)) < 0)
            return -ENOMEM;
    }
    return 0;
}

static int cgroup_look(const struct change_context *context, const struct change *change,
                       json_t **ret_now, struct np_error *err)
{
    autojson json_t *now = NULL;
    int r = get_values(context, change, &now, err);

    if (r == -ENOENT) {
        *ret_now = json_null();
        return json_is_null(change->old) ? STANDING_FORMER : STANDING_GONE;
    }
    if (r == 0 && same_values(now, change->wanted))
        r = look_effective(context, change, now);
    if (r < 0)
        return r;
    *ret_now = json_incref(now);
    if (same_values(now, change->wanted))
        return STANDING_IN_PLACE;
    if (json_is_null(change->old)) {
        autojson json_t *fresh = json_object(); /* just created, nothing set */

        return same_values(now, fresh) ? STANDING_MIXED : STANDING_FOREIGN;
    }
    return same_values(now, change->old) ? STANDING_FORMER : STANDING_FOREIGN;
}

/* Who is still in there, for the message. */
static void say_busy(const struct change_context *context, const struct change *change,
                     struct np_error *err)
{
    autofree pid_t *pids = NULL;
    autofree char *comm = NULL;
    size_t n = 0;

    (void)cpuset_processes(context->root, context->cpuset, path_of(change), &pids, &n);
    if (n == 0) {
        (void)error_set(err, -EBUSY, "cgroup /%s stays: there are other cgroups in it",
                        path_of(change));
        return;
    }
    (void)proc_comm(context->root, pids[0], &comm); /* NULL: it just ended */
    (void)error_set(err, -EBUSY, "cgroup /%s stays: pid %d (%s)%s in it was not put there by us",
                    path_of(change), (int)pids[0], comm ? comm : "ended",
                    n > 1 ? " and others" : "");
    error_hint(err, "move it elsewhere, then roll back again with --force");
}

static int undo_created(const struct change_context *context, const struct change *change,
                        struct np_error *err)
{
    int r = cpuset_remove(context->root, context->cpuset, path_of(change));

    if (r == -ENOENT)
        return UNDO_DONE; /* removed already, in a rollback before this one */
    if (r == -EBUSY) {
        say_busy(context, change, err);
        return UNDO_FOREIGN;
    }
    return r < 0 ? error_set(err, r, "cannot remove cgroup /%s: %s", path_of(change), strerror(-r))
                 : UNDO_DONE;
}

/* Clearing what had been empty needs the cgroup to be without processes for a moment. */
static int put_back(const struct change_context *context, const struct change *change,
                    struct np_error *err)
{
    const char *path = path_of(change);
    int r = put_values(context, change, change->old, err), returned;

    if (r == -ENOSPC) {
        r = cpuset_vacate(context->root, context->cpuset, path);
        if (r == 0)
            r = put_values(context, change, change->old, err);
        else
            error_set(err, r,
                      "cgroup /%s cannot be emptied for a moment, which the kernel wants "
                      "before its values can be cleared: %s",
                      path, strerror(-r));
    }
    returned = cpuset_return(context->root, context->cpuset, path);
    if (returned < 0 && r == 0)
        r = error_set(err, returned, "processes cannot be moved back into cgroup /%s: %s", path,
                      strerror(-returned));
    return r;
}

static int cgroup_undo(const struct change_context *context, const struct change *change,
                       struct np_error *err)
{
    autojson json_t *now = NULL;
    int r;

    if (json_is_null(change->old))
        return undo_created(context, change, err);
    r = get_values(context, change, &now, err);
    if (r == -ENOENT)
        return UNDO_GONE;
    if (r < 0)
        return r;
    if (!context->force && !same_values(now, change->wanted) && !same_values(now, change->old)) {
        (void)error_set(err, -EBUSY,
                        "cgroup /%s was changed by somebody else: CPUs \"%s\", nodes \"%s\"",
                        path_of(change), member_text(now, "cpus"), member_text(now, "mems"));
        error_hint(err, "--force puts back what it was before us");
        return UNDO_FOREIGN;
    }
    r = put_back(context, change, err);
    return r < 0 ? r : UNDO_DONE;
}

static char *cgroup_describe(const struct change *change)
{
    const char *cpus = member_text(change->wanted, "cpus"),
               *mems = member_text(change->wanted, "mems");
    char *text;
    int n;

    if (!cpus[0] && !mems[0])
        n = asprintf(&text, "cgroup /%s: created", path_of(change));
    else if (json_is_true(json_object_get(change->wanted, "create")))
        n = asprintf(&text, "cgroup /%s: created with CPUs %s, memory of nodes %s", path_of(change),
                     cpus, mems);
    else
        n = asprintf(&text, "cgroup /%s: CPUs \"%s\" -> %s, memory of nodes \"%s\" -> %s",
                     path_of(change), member_text(change->old, "cpus"), cpus,
                     member_text(change->old, "mems"), mems);
    return n < 0 ? NULL : text;
}

static char *cgroup_tell(const struct change *change, const json_t *now)
{
    const char *cpus = member_text(now, "cpus"), *mems = member_text(now, "mems");
    char *text;

    return asprintf(&text, "CPUs %s, memory of nodes %s", cpus[0] ? cpus : "not set",
                    mems[0] ? mems : "not set") < 0
               ? NULL
               : text;
}

const struct change_kind kind_cgroup = {
    .name = "cgroup",
    .read = cgroup_read,
    .make = cgroup_make,
    .look = cgroup_look,
    .undo = cgroup_undo,
    .describe = cgroup_describe,
    .tell = cgroup_tell,
};
