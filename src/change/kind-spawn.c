/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kind "spawn": a command started, bound at birth. The child waits on a pipe until the journal
 * knows it; then it joins its cgroup, takes on CPUs and memory policy, and executes. If we die
 * first, it reads the end of the pipe and ends: nothing runs that the journal does not know.
 * Undoing ends the process and what it started, and nothing else.
 */

#include "bind.h"
#include "cpuset.h"
#include "journal.h"
#include "kinds.h"
#include "numa-calls.h"
#include "set.h"
#include "terminate.h"
#include "word.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum birth_step {
    BIRTH_SESSION,
    BIRTH_CGROUP,
    BIRTH_BIND_CPUS,
    BIRTH_BIND_POLICY,
    BIRTH_EXECUTE,
};

/* What the child reports when it could not be born. */
struct report {
    enum birth_step step;
    int code;
};

/* Made before the fork: the child allocates little. */
struct birth {
    char **argv;        /* the strings are borrowed from the change */
    const char *cgroup; /* "" none */
    struct binding binding;
    hwloc_bitmap_t cpus;
    hwloc_bitmap_t nodes;
    int log_fd;
    int null_fd;
    int release[2];
    int report[2];
};

static void close_pair(int pair[2])
{
    cleanup_close(&pair[0]);
    cleanup_close(&pair[1]);
}

static void birth_fini(struct birth *birth)
{
    free(birth->argv);
    hwloc_bitmap_free(birth->cpus);
    hwloc_bitmap_free(birth->nodes);
    cleanup_close(&birth->log_fd);
    cleanup_close(&birth->null_fd);
    close_pair(birth->release);
    close_pair(birth->report);
}

static char **argv_of(const json_t *wanted)
{
    const json_t *words = json_object_get(wanted, "argv");
    size_t n = json_array_size(words);
    char **argv = calloc(n + 1, sizeof(*argv));

    for (size_t i = 0; argv && i < n; i++)
        argv[i] = (char *)(uintptr_t)json_string_value(json_array_get(words, i)); /* execvp(3) */
    return argv;
}

/* The directory of logs is private: what programs print is their users' business. */
static int open_files(const struct change_context *context, struct birth *birth, const char *log,
                      struct np_error *err)
{
    autofree char *directory = NULL;
    int r;

    if (asprintf(&directory, "%s/log", journal_directory(context->journal)) < 0)
        return -ENOMEM;
    (void)mkdir(directory, 0750); /* there already, or opening the log says why not */
    birth->null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    birth->log_fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
    if (birth->null_fd < 0 || birth->log_fd < 0) {
        r = -errno;
        return error_set(err, r, "cannot open the log %s: %s", log, strerror(-r));
    }
    if (pipe2(birth->release, O_CLOEXEC) < 0 || pipe2(birth->report, O_CLOEXEC) < 0) {
        r = -errno;
        return error_set(err, r, "cannot create a pipe: %s", strerror(-r));
    }
    return 0;
}

static int birth_init(const struct change_context *context, const struct change *change,
                      struct birth *birth, struct np_error *err)
{
    json_t *mode = json_object_get(change->wanted, "mode");

    *birth = (struct birth){
        .argv = argv_of(change->wanted),
        .cgroup = member_text(change->wanted, "cgroup"),
        .cpus = member_set(change->wanted, "cpus"),
        .nodes = member_set(change->wanted, "nodes"),
        .log_fd = -1,
        .null_fd = -1,
        .release = {-1, -1},
        .report = {-1, -1},
    };
    if (!birth->argv || !birth->cpus || !birth->nodes)
        return -ENOMEM;
    birth->binding = (struct binding){
        .cpus = hwloc_bitmap_iszero(birth->cpus) ? NULL : birth->cpus,
        .mode = mode ? (int)json_integer_value(mode) : BINDING_KEEP_POLICY,
        .nodes = birth->nodes,
    };
    return open_files(context, birth, member_text(change->wanted, "log"), err);
}

static int bind_child(const struct birth *birth, enum birth_step *ret_step)
{
    enum bind_step step = BIND_CPUS;
    struct bound bound;
    int r = bind_self(&birth->binding, &bound, &step);

    *ret_step = step == BIND_CPUS ? BIRTH_BIND_CPUS : BIRTH_BIND_POLICY;
    if (r < 0)
        return r;
    if (!hwloc_bitmap_iszero(bound.lost_cpus)) {
        *ret_step = BIRTH_BIND_CPUS;
        r = -EINVAL;
    } else if (!hwloc_bitmap_iszero(bound.lost_nodes)) {
        *ret_step = BIRTH_BIND_POLICY;
        r = -EINVAL;
    }
    bound_fini(&bound);
    return r;
}

static int become(const struct change_context *context, const struct birth *birth,
                  enum birth_step *ret_step)
{
    int r;

    *ret_step = BIRTH_SESSION;
    if (setsid() < 0 || dup2(birth->null_fd, STDIN_FILENO) < 0 ||
        dup2(birth->log_fd, STDOUT_FILENO) < 0 || dup2(birth->log_fd, STDERR_FILENO) < 0)
        return -errno;
    /* What we inherited is not its business. Older kernels than 5.11 do not know it; then it is. */
    (void)close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
    *ret_step = BIRTH_CGROUP;
    if (birth->cgroup[0]) {
        r = cpuset_put(context->root, context->cpuset, birth->cgroup, "cgroup.procs", "0");
        if (r < 0)
            return r;
    }
    r = bind_child(birth, ret_step);
    if (r < 0)
        return r;
    *ret_step = BIRTH_EXECUTE;
    (void)execvp(birth->argv[0], birth->argv); /* comes back only when it failed */
    return -errno;
}

static void run_child(const struct change_context *context, struct birth *birth)
{
    struct report report;
    char go;

    cleanup_close(&birth->release[1]);
    if (read(birth->release[0], &go, 1) != 1)
        _exit(1); /* whoever started us is gone, or does not want us any more */
    report.code = become(context, birth, &report.step);
    (void)!write(birth->report[1], &report, sizeof(report)); /* nobody else to tell */
    _exit(report.step == BIRTH_EXECUTE && report.code == -ENOENT ? 127 : 126);
}

static int explain(const struct change_context *context, const struct change *change,
                   const struct birth *birth, const struct report *report, struct np_error *err)
{
    const char *name = birth->argv[0];

    switch (report->step) {
    case BIRTH_BIND_CPUS:
        return bind_explain(context->root, &birth->binding, BIND_CPUS, report->code, err);
    case BIRTH_BIND_POLICY:
        return bind_explain(context->root, &birth->binding, BIND_POLICY, report->code, err);
    case BIRTH_CGROUP:
        return error_set(err, report->code, "\"%s\" cannot join cgroup /%s: %s", change->instance,
                         birth->cgroup, strerror(-report->code));
    case BIRTH_EXECUTE:
        error_set(err, report->code, "cannot execute %s of \"%s\": %s (%d)", name, change->instance,
                  strerror(-report->code), report->code == -ENOENT ? 127 : 126);
        error_hint(err, "relative names are looked up from where apply was started");
        return report->code;
    case BIRTH_SESSION:
        break;
    }
    return error_set(err, report->code, "cannot start %s of \"%s\": %s", name, change->instance,
                     strerror(-report->code));
}

/* The end of the report pipe without a report is a successful execve(2). */
static int await_birth(const struct change_context *context, const struct change *change,
                       struct birth *birth, struct np_error *err)
{
    struct report report;
    ssize_t n;

    cleanup_close(&birth->report[1]);
    birth->report[1] = -1;
    do
        n = read(birth->report[0], &report, sizeof(report));
    while (n < 0 && errno == EINTR);
    return n == (ssize_t)sizeof(report) ? explain(context, change, birth, &report, err) : 0;
}

/* Into the journal first, then let it go. */
static int release_child(const struct change_context *context, struct change *change,
                         struct birth *birth, pid_t pid, struct np_error *err)
{
    struct proc_id id;
    json_t *subject;
    int r = proc_identify(context->root, pid, &id);

    if (r < 0)
        return error_set(err, r, "cannot read /proc/%d: %s", (int)pid, strerror(-r));
    subject = subject_of_process(&id, NULL);
    if (!subject)
        return -ENOMEM;
    json_decref(change->subject);
    change->subject = subject;
    r = journal_put_change(context->journal, change, err);
    if (r == 0)
        r = journal_put_process(context->journal, change->id, &id, err);
    if (r < 0)
        return r;
    context_step(context, "spawn-known");
    if (write(birth->release[1], "", 1) != 1)
        return error_set(err, -EPIPE, "the process for \"%s\" ended before it was started",
                         change->instance);
    return await_birth(context, change, birth, err);
}

static int start(const struct change_context *context, struct change *change, struct birth *birth,
                 struct np_error *err)
{
    pid_t pid = fork();
    int r;

    if (pid < 0) {
        r = -errno;
        return error_set(err, r, "cannot start a process for \"%s\": %s", change->instance,
                         strerror(-r));
    }
    if (pid == 0)
        run_child(context, birth);
    context_step(context, "spawn-forked");
    r = release_child(context, change, birth, pid, err);
    if (r < 0) {
        close_pair(birth->release); /* a child that still waits ends now */
        birth->release[0] = birth->release[1] = -1;
        (void)waitpid(pid, NULL, 0); /* how it ended is known */
    }
    return r;
}

static int spawn_read(const struct change_context *context, struct change *change,
                      struct np_error *err)
{
    change->old = json_null();
    return 0;
}

static int spawn_make(const struct change_context *context, struct change *change,
                      struct np_error *err)
{
    struct birth birth;
    int r = birth_init(context, change, &birth, err);

    if (r == 0)
        r = start(context, change, &birth, err);
    birth_fini(&birth);
    return r;
}

/* CPUs that a thread may use though they are not the wanted ones, added to ret_outside. A process
 * that narrows itself further stays where it should be. */
static int add_outside(const struct change_context *context, pid_t pid, hwloc_const_bitmap_t wanted,
                       hwloc_bitmap_t ret_outside)
{
    autofree pid_t *tids = NULL;
    size_t n = 0;
    int r = proc_tasks(context->root, pid, &tids, &n);

    for (size_t i = 0; r == 0 && i < n; i++) {
        autoset hwloc_bitmap_t cpus = NULL;

        r = numa_get_affinity(tids[i], &cpus);
        if (r == 0 && (hwloc_bitmap_andnot(cpus, cpus, wanted) < 0 ||
                       hwloc_bitmap_or(ret_outside, ret_outside, cpus) < 0))
            r = -ENOMEM;
        if (r == -ESRCH)
            r = 0; /* a thread that ended */
    }
    return r;
}

static int look_alive(const struct change_context *context, const struct change *change,
                      json_t *now)
{
    pid_t pid = subject_process(change->subject).pid;
    autoset hwloc_bitmap_t wanted = member_set(change->wanted, "cpus");
    autoset hwloc_bitmap_t outside = hwloc_bitmap_alloc();
    const char *cgroup = member_text(change->wanted, "cgroup");
    autofree char *path = NULL;
    int standing = STANDING_IN_PLACE;
    int r = wanted && outside ? 0 : -ENOMEM;

    if (r == 0 && !hwloc_bitmap_iszero(wanted))
        r = add_outside(context, pid, wanted, outside);
    if (r == 0 && !hwloc_bitmap_iszero(outside)) {
        standing = STANDING_FOREIGN;
        r = json_object_set_new(now, "cpus_outside", set_to_json(outside)) < 0 ? -ENOMEM : 0;
    }
    if (r == 0 && cgroup[0] && context->cpuset)
        r = cpuset_of(context->root, context->cpuset, pid, 0, &path);
    if (r == 0 && path && strcmp(path, cgroup) != 0) {
        standing = STANDING_FOREIGN;
        r = json_object_set_new(now, "cgroup", json_string(path)) < 0 ? -ENOMEM : 0;
    }
    return r < 0 ? r : standing;
}

static int spawn_look(const struct change_context *context, const struct change *change,
                      json_t **ret_now, struct np_error *err)
{
    struct proc_id id = subject_process(change->subject);
    autojson json_t *now = json_pack("{s:i}", "pid", (int)id.pid);
    int r = -ESRCH;

    if (!now)
        return -ENOMEM;
    if (id.pid && proc_is_same(context->root, &id))
        r = look_alive(context, change, now);
    if (r >= 0) {
        *ret_now = TAKE(now);
        return r;
    }
    *ret_now = json_null();
    if (r == -ESRCH)
        return id.pid ? STANDING_GONE : STANDING_FORMER;
    return error_set(err, r, "cannot look at pid %d: %s", (int)id.pid, strerror(-r));
}

static int spawn_undo(const struct change_context *context, const struct change *change,
                      struct np_error *err)
{
    struct proc_id id = subject_process(change->subject);
    int r;

    if (!id.pid)
        return UNDO_DONE;
    r = terminate_family(context, &id, member_text(change->wanted, "cgroup"));
    if (r == -ESRCH)
        return UNDO_GONE;
    return r < 0 ? error_set(err, r, "cannot end pid %d of \"%s\": %s", (int)id.pid,
                             change->instance, strerror(-r))
                 : UNDO_DONE;
}

static char *spawn_describe(const struct change *change)
{
    autofree char **argv = argv_of(change->wanted);
    autofree char *command = argv ? word_shell((const char *const *)argv) : NULL;
    const char *cpus = member_text(change->wanted, "cpus"),
               *nodes = member_text(change->wanted, "nodes");
    pid_t pid = subject_process(change->subject).pid;
    char started[32] = "", *text;

    if (!command)
        return NULL;
    if (pid)
        (void)snprintf(started, sizeof(started), " as pid %d", (int)pid);
    return asprintf(&text, "start %s%s: CPUs %s, memory %s%s%s", command, started,
                    cpus[0] ? cpus : "any", member_text(change->wanted, "policy"),
                    nodes[0] ? " " : "", nodes) < 0
               ? NULL
               : text;
}

static char *spawn_tell(const struct change *change, const json_t *now)
{
    const char *outside = member_text(now, "cpus_outside"), *cgroup = member_text(now, "cgroup");
    bool moved = json_object_get(now, "cgroup");
    char *text;

    return asprintf(&text, "pid %d%s%s%s%s", (int)subject_process(now).pid,
                    outside[0] ? ", may run on CPUs " : "", outside, moved ? ", in cgroup /" : "",
                    cgroup) < 0
               ? NULL
               : text;
}

const struct change_kind kind_spawn = {
    .name = "spawn",
    .read = spawn_read,
    .make = spawn_make,
    .look = spawn_look,
    .undo = spawn_undo,
    .describe = spawn_describe,
    .tell = spawn_tell,
};
