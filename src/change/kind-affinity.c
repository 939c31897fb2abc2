/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kind "affinity": the CPUs of all threads of a running process. A thread can be born while we walk
 * through the others, so they are walked until a walk finds nothing left to do. Values are
 * {"cpus": the main thread's, "threads": {"tid@start": those that differ}}; a thread that nobody
 * knew counts as having had the main thread's CPUs.
 */

#include "kinds.h"
#include "numa-calls.h"
#include "set.h"

#include <inttypes.h>
#include <string.h>

#define WALKS_MAX 1000
/* A thread that ended before we came to it may have started another, which has what that one had.
 * Where threads come and go all the time, so many walks without a find are believed. */
#define CALM_WALKS 10

#define THREAD_KEY_MAX 48

/* -ESRCH: the thread has ended. */
static int thread_key(const struct change_context *context, pid_t tid, char key[THREAD_KEY_MAX])
{
    struct proc_id id;
    int r = proc_identify(context->root, tid, &id);

    if (r == 0)
        (void)snprintf(key, THREAD_KEY_MAX, "%d@%" PRIu64, (int)tid, id.start_ticks);
    return r;
}

/* The CPUs that value gives to a thread. The caller frees. */
static hwloc_bitmap_t cpus_in(const json_t *value, const char *key)
{
    const json_t *threads = json_object_get(value, "threads");

    return json_object_get(threads, key) ? member_set(threads, key) : member_set(value, "cpus");
}

static int add_thread(const struct change_context *context, pid_t tid, hwloc_const_bitmap_t main,
                      json_t *threads)
{
    autoset hwloc_bitmap_t cpus = NULL;
    char key[THREAD_KEY_MAX];
    int r = numa_get_affinity(tid, &cpus);

    if (r == 0 && !hwloc_bitmap_isequal(cpus, main)) {
        r = thread_key(context, tid, key);
        if (r == 0 && json_object_set_new(threads, key, set_to_json(cpus)) < 0)
            r = -ENOMEM;
    }
    return r == -ESRCH ? 0 : r;
}

/* What all threads have now. -ESRCH: the process has ended. */
static int get_value(const struct change_context *context, pid_t pid, json_t **ret_value)
{
    autofree pid_t *tids = NULL;
    autoset hwloc_bitmap_t main = NULL;
    autojson json_t *threads = json_object();
    size_t n;
    int r = numa_get_affinity(pid, &main);

    if (r == 0)
        r = proc_tasks(context->root, pid, &tids, &n);
    for (size_t i = 0; r == 0 && i < n; i++)
        r = add_thread(context, tids[i], main, threads);
    if (r < 0)
        return r;
    if (json_object_size(threads) > 0)
        *ret_value = json_pack("{s:o, s:O}", "cpus", set_to_json(main), "threads", threads);
    else
        *ret_value = json_pack("{s:o}", "cpus", set_to_json(main));
    return *ret_value ? 0 : -ENOMEM;
}

static int affinity_read(const struct change_context *context, struct change *change,
                         struct np_error *err)
{
    char text[SUBJECT_TEXT_MAX];
    int r = subject_alive(context, change, err);

    if (r == 0)
        r = get_value(context, subject_process(change->subject).pid, &change->old);
    if (r == -ESRCH)
        return error_set(err, r, "%s of \"%s\" has ended", subject_text(change->subject, text),
                         change->instance);
    return r < 0 ? error_set(err, r, "cannot read the CPUs of %s: %s",
                             subject_text(change->subject, text), strerror(-r))
                 : 0;
}

static int explain(const struct change *change, pid_t tid, hwloc_const_bitmap_t cpus, int code,
                   struct np_error *err)
{
    autofree char *text = set_format(cpus);
    char subject[SUBJECT_TEXT_MAX];

    error_set(err, code, "cannot give thread %d of %s the CPUs %s: %s", (int)tid,
              subject_text(change->subject, subject), text ? text : "?",
              code == -EINVAL ? "its cpuset does not allow them" : strerror(-code));
    if (code == -EPERM)
        error_hint(err, "that needs CAP_SYS_NICE for a process of another user");
    return code;
}

/* 1: it had others before; 0: it has them already; -ESRCH: it has ended. */
static int set_thread(const struct change *change, pid_t tid, hwloc_const_bitmap_t cpus,
                      struct np_error *err)
{
    autoset hwloc_bitmap_t before = NULL, after = NULL;
    int r = numa_get_affinity(tid, &before);

    if (r == 0 && hwloc_bitmap_isequal(before, cpus))
        return 0;
    if (r == 0)
        r = numa_set_affinity(tid, cpus);
    if (r == 0)
        r = numa_get_affinity(tid, &after);
    if (r == 0 && !hwloc_bitmap_isequal(after, cpus))
        r = -EINVAL; /* the kernel took some away, without a word */
    if (r < 0)
        return r == -ESRCH ? r : explain(change, tid, cpus, r, err);
    return 1;
}

enum walk_outcome {
    WALK_DONE = 0,    /* all threads were seen, and had the CPUs */
    WALK_MISSED = 1,  /* those that were seen had them; some ended before */
    WALK_CHANGED = 2, /* some had others */
};

/* One walk through all threads. */
static int walk(const struct change_context *context, const struct change *change,
                hwloc_const_bitmap_t cpus, struct np_error *err)
{
    autofree pid_t *tids = NULL;
    enum walk_outcome outcome = WALK_DONE;
    size_t n = 0;
    int r = proc_tasks(context->root, subject_process(change->subject).pid, &tids, &n);

    if (r < 0)
        return r;
    for (size_t i = 0; i < n; i++) {
        r = set_thread(change, tids[i], cpus, err);
        if (r > 0)
            outcome = WALK_CHANGED;
        else if (r == -ESRCH && outcome == WALK_DONE)
            outcome = WALK_MISSED;
        else if (r < 0 && r != -ESRCH)
            return r;
    }
    return outcome;
}

static int affinity_make(const struct change_context *context, struct change *change,
                         struct np_error *err)
{
    autoset hwloc_bitmap_t cpus = member_set(change->wanted, "cpus");
    char text[SUBJECT_TEXT_MAX];
    int calm = 0;

    if (!cpus)
        return -ENOMEM;
    for (int i = 0; i < WALKS_MAX && calm < CALM_WALKS; i++) {
        int r = subject_alive(context, change, err);

        if (r == 0)
            r = walk(context, change, cpus, err);
        if (r == -ESRCH)
            return error_set(err, r, "%s of \"%s\" ended while it was being placed",
                             subject_text(change->subject, text), change->instance);
        if (r < 0 || r == WALK_DONE)
            return r;
        calm = r == WALK_MISSED ? calm + 1 : 0;
    }
    if (calm == CALM_WALKS)
        return 0;
    return error_set(err, -EAGAIN, "%s starts threads faster than their CPUs can be set",
                     subject_text(change->subject, text));
}

/* How each thread stands, added up. */
struct tally {
    unsigned int wanted;
    unsigned int former;
    unsigned int foreign;
};

static int judge_thread(const struct change *change, const char *key, hwloc_const_bitmap_t now,
                        struct tally *tally)
{
    autoset hwloc_bitmap_t wanted = member_set(change->wanted, "cpus");
    autoset hwloc_bitmap_t former = cpus_in(change->old, key);

    if (!wanted || !former)
        return -ENOMEM;
    if (hwloc_bitmap_isequal(now, wanted))
        tally->wanted++;
    else if (hwloc_bitmap_isequal(now, former))
        tally->former++;
    else
        tally->foreign++;
    return 0;
}

static int judge(const struct change_context *context, const struct change *change,
                 const json_t *value, struct tally *tally)
{
    autofree pid_t *tids = NULL;
    size_t n = 0;
    int r = proc_tasks(context->root, subject_process(change->subject).pid, &tids, &n);

    for (size_t i = 0; r == 0 && i < n; i++) {
        char key[THREAD_KEY_MAX];
        autoset hwloc_bitmap_t now = NULL;

        if (thread_key(context, tids[i], key) < 0)
            continue; /* it has ended */
        now = cpus_in(value, key);
        r = now ? judge_thread(change, key, now, tally) : -ENOMEM;
    }
    return r;
}

static int affinity_look(const struct change_context *context, const struct change *change,
                         json_t **ret_now, struct np_error *err)
{
    struct tally tally = {0};
    int r = subject_alive(context, change, NULL);

    if (r == 0)
        r = get_value(context, subject_process(change->subject).pid, ret_now);
    if (r == 0)
        r = judge(context, change, *ret_now, &tally);
    if (r == -ESRCH) {
        *ret_now = json_null();
        return STANDING_GONE;
    }
    if (r < 0)
        return error_set(err, r, "cannot read the CPUs of threads: %s", strerror(-r));
    if (tally.foreign > 0)
        return STANDING_FOREIGN;
    if (tally.former == 0)
        return STANDING_IN_PLACE;
    return tally.wanted == 0 ? STANDING_FORMER : STANDING_MIXED;
}

/* 1: somebody else's value, kept. What was found when the rollback began counts: leaving a cgroup
 * has reset it since. */
static int restore_thread(const struct change_context *context, const struct change *change,
                          pid_t tid, struct np_error *err)
{
    autoset hwloc_bitmap_t found = NULL, former = NULL;
    struct tally tally = {0};
    char key[THREAD_KEY_MAX];
    bool keep;
    int r = thread_key(context, tid, key);

    if (r < 0)
        return r;
    found = cpus_in(change->found, key);
    former = cpus_in(change->old, key);
    if (!found || !former || judge_thread(change, key, found, &tally) < 0)
        return -ENOMEM;
    keep = tally.foreign > 0 && !context->force;
    r = set_thread(change, tid, keep ? found : former, err);
    return r < 0 ? r : keep;
}

static int affinity_undo(const struct change_context *context, const struct change *change,
                         struct np_error *err)
{
    autofree pid_t *tids = NULL;
    char text[SUBJECT_TEXT_MAX];
    size_t n = 0, kept = 0;
    int r = subject_alive(context, change, NULL);

    if (r == 0)
        r = proc_tasks(context->root, subject_process(change->subject).pid, &tids, &n);
    for (size_t i = 0; r == 0 && i < n; i++) {
        r = restore_thread(context, change, tids[i], err);
        if (r > 0)
            kept++;
        if (r > 0 || r == -ESRCH)
            r = 0;
    }
    if (r == -ESRCH)
        return UNDO_GONE;
    if (r < 0)
        return r;
    if (kept == 0)
        return UNDO_DONE;
    (void)error_set(err, -EBUSY,
                    "%s: the CPUs of %zu of its %zu threads were changed by somebody "
                    "else",
                    subject_text(change->subject, text), kept, n);
    error_hint(err, "--force puts back what they were before us");
    return UNDO_FOREIGN;
}

/* "CPUs 0-1", and how many threads have others. The caller frees. */
static char *value_text(const json_t *value)
{
    size_t differing = json_object_size(json_object_get(value, "threads"));
    const char *cpus = member_text(value, "cpus");
    char *text;
    int n;

    if (differing > 0)
        n = asprintf(&text, "CPUs %s (%zu thread%s others)", cpus, differing,
                     differing == 1 ? " has" : "s have");
    else
        n = asprintf(&text, "CPUs %s", cpus);
    return n < 0 ? NULL : text;
}

static char *affinity_describe(const struct change *change)
{
    autofree char *old = value_text(change->old);
    char subject[SUBJECT_TEXT_MAX], *text;

    return !old || asprintf(&text, "%s: %s -> %s", subject_text(change->subject, subject), old,
                            member_text(change->wanted, "cpus")) < 0
               ? NULL
               : text;
}

static char *affinity_tell(const struct change *change, const json_t *now)
{
    return value_text(now);
}

const struct change_kind kind_affinity = {
    .name = "affinity",
    .settles = true,
    .read = affinity_read,
    .make = affinity_make,
    .look = affinity_look,
    .undo = affinity_undo,
    .describe = affinity_describe,
    .tell = affinity_tell,
};
