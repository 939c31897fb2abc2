/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kind "attach": a process with all its threads moved into a cgroup. Threads that had a cgroup of
 * their own (version 1 allows it, version 2 in threaded subtrees) are remembered one by one.
 */

#include "cpuset.h"
#include "kinds.h"

#include <string.h>

/* Moving the process moves all its threads. */
#define PROCS_FILE "cgroup.procs"

static const char *threads_file(const struct cpuset *cpuset)
{
    return cpuset->version == 2 ? "cgroup.threads" : "tasks";
}

/* Adds the threads whose cgroup is not the process's to value, as {"tid": "cgroup"}. */
static int add_threads(const struct change_context *context, pid_t pid, const char *path,
                       json_t *value)
{
    autofree pid_t *tids = NULL;
    autojson json_t *threads = json_object();
    size_t n;
    int r = proc_tasks(context->root, pid, &tids, &n);

    for (size_t i = 0; r == 0 && i < n; i++) {
        autofree char *own = NULL;
        char tid[16];

        r = cpuset_of(context->root, context->cpuset, pid, tids[i], &own);
        if (r == -ESRCH) {
            r = 0; /* a thread that ended */
            continue;
        }
        (void)snprintf(tid, sizeof(tid), "%d", (int)tids[i]);
        if (r == 0 && strcmp(own, path) != 0 &&
            json_object_set_new(threads, tid, json_string(own)) < 0)
            r = -ENOMEM;
    }
    if (r == 0 && json_object_size(threads) > 0 &&
        json_object_set_new(value, "threads", TAKE(threads)) < 0)
        r = -ENOMEM;
    return r;
}

static int get_cgroup(const struct change_context *context, const struct change *change,
                      json_t **ret_value, struct np_error *err)
{
    struct proc_id id = subject_process(change->subject);
    autofree char *path = NULL;
    autojson json_t *value = NULL;
    char text[SUBJECT_TEXT_MAX];
    int r = cpuset_of(context->root, context->cpuset, id.pid, 0, &path);

    if (r == 0) {
        value = json_pack("{s:s}", "cgroup", path);
        r = value ? add_threads(context, id.pid, path, value) : -ENOMEM;
    }
    if (r == -EXDEV)
        error_set(err, r, "%s is in a cgroup that is not visible here",
                  subject_text(change->subject, text));
    else if (r < 0 && r != -ESRCH)
        error_set(err, r, "cannot read the cgroup of %s: %s", subject_text(change->subject, text),
                  strerror(-r));
    if (r == 0)
        *ret_value = TAKE(value);
    return r;
}

static int attach_read(const struct change_context *context, struct change *change,
                       struct np_error *err)
{
    int r = subject_alive(context, change, err);

    if (r == 0)
        r = get_cgroup(context, change, &change->old, err);
    return r == -ESRCH ? subject_alive(context, change, err) : r;
}

static int put_process(const struct change_context *context, const struct change *change,
                       const char *path, struct np_error *err)
{
    struct proc_id id = subject_process(change->subject);
    char pid[16], text[SUBJECT_TEXT_MAX];
    int r;

    (void)snprintf(pid, sizeof(pid), "%d", (int)id.pid);
    r = cpuset_put(context->root, context->cpuset, path, PROCS_FILE, pid);
    if (r < 0 && r != -ESRCH)
        error_set(err, r, "cannot move %s into cgroup /%s: %s", subject_text(change->subject, text),
                  path, strerror(-r));
    return r;
}

static int attach_make(const struct change_context *context, struct change *change,
                       struct np_error *err)
{
    int r = subject_alive(context, change, err);

    if (r == 0)
        r = put_process(context, change, member_text(change->wanted, "cgroup"), err);
    return r == -ESRCH ? error_set(err, r, "a process of \"%s\" ended while it was being placed",
                                   change->instance)
                       : r;
}

static int attach_look(const struct change_context *context, const struct change *change,
                       json_t **ret_now, struct np_error *err)
{
    int r = subject_alive(context, change, NULL);

    if (r == 0)
        r = get_cgroup(context, change, ret_now, err);
    if (r == -ESRCH) {
        *ret_now = json_null();
        return STANDING_GONE;
    }
    if (r < 0)
        return r;
    if (json_equal(*ret_now, change->wanted))
        return STANDING_IN_PLACE;
    return json_equal(*ret_now, change->old) ? STANDING_FORMER : STANDING_FOREIGN;
}

static int put_threads(const struct change_context *context, const struct change *change,
                       struct np_error *err)
{
    json_t *threads = json_object_get(change->old, "threads"), *path;
    const char *tid;

    json_object_foreach(threads, tid, path)
    {
        const char *to = json_string_value(path);
        int r = cpuset_put(context->root, context->cpuset, to ? to : "",
                           threads_file(context->cpuset), tid);

        if (r < 0 && r != -ESRCH)
            return error_set(err, r, "cannot move thread %s back into cgroup /%s: %s", tid, to,
                             strerror(-r));
    }
    return 0;
}

static int attach_undo(const struct change_context *context, const struct change *change,
                       struct np_error *err)
{
    const char *old = member_text(change->old, "cgroup");
    autojson json_t *now = NULL;
    char text[SUBJECT_TEXT_MAX];
    int standing = attach_look(context, change, &now, err), r;

    if (standing < 0)
        return standing;
    if (standing == STANDING_GONE)
        return UNDO_GONE;
    if (standing == STANDING_FORMER)
        return UNDO_DONE;
    if (standing == STANDING_FOREIGN && !context->force &&
        strcmp(member_text(now, "cgroup"), member_text(change->wanted, "cgroup")) != 0 &&
        strcmp(member_text(now, "cgroup"), old) != 0) {
        (void)error_set(err, -EBUSY, "%s was moved to cgroup /%s by somebody else",
                        subject_text(change->subject, text), member_text(now, "cgroup"));
        error_hint(err, "--force moves it back to /%s", old);
        return UNDO_FOREIGN;
    }
    r = put_process(context, change, old, err);
    if (r == 0)
        r = put_threads(context, change, err);
    if (r == -ESRCH)
        return UNDO_GONE;
    return r < 0 ? r : UNDO_DONE;
}

static char *attach_describe(const struct change *change)
{
    char subject[SUBJECT_TEXT_MAX], *text;

    return asprintf(&text, "%s: cgroup /%s -> /%s", subject_text(change->subject, subject),
                    member_text(change->old, "cgroup"), member_text(change->wanted, "cgroup")) < 0
               ? NULL
               : text;
}

static char *attach_tell(const struct change *change, const json_t *now)
{
    size_t others = json_object_size(json_object_get(now, "threads"));
    char *text;
    int n;

    if (others > 0)
        n = asprintf(&text, "cgroup /%s (%zu thread%s)", member_text(now, "cgroup"), others,
                     others == 1 ? " is in another" : "s are in others");
    else
        n = asprintf(&text, "cgroup /%s", member_text(now, "cgroup"));
    return n < 0 ? NULL : text;
}

const struct change_kind kind_attach = {
    .name = "attach",
    .read = attach_read,
    .make = attach_make,
    .look = attach_look,
    .undo = attach_undo,
    .describe = attach_describe,
    .tell = attach_tell,
};
