/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kind "irqbalance-stop": irqbalance ended, and started again on the way back: by systemd where it
 * is one of its units, else with the same program, words and directory. Values are {"running":
 * false}, or {"running": true, "pid", "start"} with "unit", or with "path", "argv", "env" and
 * "cwd".
 */

#include "irqbalance.h"
#include "kinds.h"
#include "program.h"

#include <string.h>

/* While it measures it does not listen to signals either. */
#define TERM_MS IRQBALANCE_PATIENCE_MS
#define SYSTEMCTL_MS 60000
#define START_MS 5000
#define EXECUTE_MS 100

/* The journal can be read by anybody and environments hold secrets: what matters to irqbalance. */
static bool is_kept(const char *variable)
{
    return strncmp(variable, "IRQBALANCE_", 11) == 0 || strncmp(variable, "PATH=", 5) == 0;
}

/* A list of the words, or of those that are kept. NULL: out of memory, or one is not UTF-8. */
static json_t *words_to_json(char *const *words, bool (*keep)(const char *))
{
    json_t *list = json_array();

    for (; list && *words; words++) {
        if ((keep && !keep(*words)) || json_array_append_new(list, json_string(*words)) == 0)
            continue;
        json_decref(list);
        return NULL;
    }
    return list;
}

/* The strings stay the list's. The caller frees the array. */
static char **words_from_json(const json_t *list)
{
    size_t n = json_array_size(list);
    char **words = calloc(n + 1, sizeof(*words));

    for (size_t i = 0; words && i < n; i++)
        words[i] = (char *)(uintptr_t)json_string_value(json_array_get(list, i)); /* execve(2) */
    return words;
}

/* A service's shell may have started it: then the unit is not its own. */
static bool is_its_own(const char *unit)
{
    return unit && strncmp(unit, "irqbalance", 10) == 0;
}

/* One that is just being executed has none yet, and will have them at once. */
static int read_argv(const struct change_context *context, pid_t pid, char ***ret_argv)
{
    for (int tries = 0; tries < EXECUTE_MS; tries++) {
        char **argv = NULL;
        int r = proc_words(context->root, pid, "cmdline", &argv);

        if (r < 0)
            return r;
        if (argv[0]) {
            *ret_argv = argv;
            return 0;
        }
        strv_free(argv);
        usleep(1000);
    }
    return -EAGAIN;
}

/* How it was started, for a process that nobody else knows how to start. */
static int read_program(const struct change_context *context, pid_t pid, json_t *value)
{
    autostrv char **argv = NULL, **env = NULL;
    autofree char *path = NULL, *cwd = NULL;
    char *replaced;
    int r = read_argv(context, pid, &argv);

    if (r == 0)
        r = proc_words(context->root, pid, "environ", &env);
    if (r == 0)
        r = root_readlink(context->root, &path, "proc/%d/exe", (int)pid);
    if (r == 0)
        r = root_readlink(context->root, &cwd, "proc/%d/cwd", (int)pid);
    if (r < 0)
        return r;
    replaced = strstr(path, " (deleted)"); /* by an update: there is a new one by now */
    if (replaced)
        *replaced = '\0';
    return json_object_set_new(value, "path", json_string(path)) < 0 ||
                   json_object_set_new(value, "cwd", json_string(cwd)) < 0 ||
                   json_object_set_new(value, "argv", words_to_json(argv, NULL)) < 0 ||
                   json_object_set_new(value, "env", words_to_json(env, is_kept)) < 0
               ? -ENOMEM
               : 0;
}

static int read_running(const struct change_context *context, const struct proc_id *id,
                        json_t **ret_value)
{
    autojson json_t *value = json_pack("{s:b, s:i, s:I}", "running", 1, "pid", (int)id->pid,
                                       "start", (json_int_t)id->start_ticks);
    autofree char *unit = NULL;
    int r = value ? proc_service(context->root, id->pid, &unit) : -ENOMEM;

    if (r < 0)
        return r;
    if (is_its_own(unit))
        r = json_object_set_new(value, "unit", json_string(unit)) < 0 ? -ENOMEM : 0;
    else
        r = read_program(context, id->pid, value);
    if (r == 0)
        *ret_value = TAKE(value);
    return r;
}

/* pid 0: none runs. */
static int find(const struct change_context *context, struct proc_id *ret_id)
{
    int r = irqbalance_pid(context->root, &ret_id->pid);

    *ret_id = (struct proc_id){.pid = r == 0 ? ret_id->pid : 0};
    if (r == 0)
        r = proc_identify(context->root, ret_id->pid, ret_id);
    if (r == -ESRCH)
        *ret_id = (struct proc_id){0};
    return r == -ESRCH ? 0 : r;
}

static int stop_read(const struct change_context *context, struct change *change,
                     struct np_error *err)
{
    struct proc_id id = {0};
    int r = find(context, &id);

    if (r == 0 && id.pid == 0)
        change->old = json_pack("{s:b}", "running", 0);
    else if (r == 0)
        r = read_running(context, &id, &change->old);
    if (r < 0)
        return error_set(err, r, "cannot tell how irqbalance (pid %d) was started: %s", (int)id.pid,
                         strerror(-r));
    return change->old ? 0 : -ENOMEM;
}

static int systemctl(const char *verb, const char *unit, struct np_error *err)
{
    char *argv[] = {(char[]){"systemctl"}, (char *)(uintptr_t)verb, (char *)(uintptr_t)unit, NULL};
    struct program program = {.path = argv[0], .argv = argv};
    int status = 0;
    int r = program_run(&program, SYSTEMCTL_MS, &status);

    if (r < 0)
        return error_set(err, r, "cannot run `systemctl %s %s`: %s", verb, unit, strerror(-r));
    if (status == 0)
        return 0;
    error_set(err, -EIO, "`systemctl %s %s` left with %d", verb, unit, status);
    error_hint(err, "`systemctl status %s` may say why", unit);
    return -EIO;
}

static int end(const struct change_context *context, const struct proc_id *id, struct np_error *err)
{
    int r = program_end(context->root, id, TERM_MS);

    if (r == 0 || r == -ESRCH)
        return 0;
    return error_set(err, r, "cannot end irqbalance (pid %d): %s", (int)id->pid,
                     r == -EBUSY ? "it does not end" : strerror(-r));
}

static int stop_make(const struct change_context *context, struct change *change,
                     struct np_error *err)
{
    const char *unit = member_text(change->old, "unit");
    struct proc_id id = subject_process(change->old);
    int r;

    if (id.pid == 0)
        return 0;
    r = unit[0] ? systemctl("stop", unit, err) : end(context, &id, err);
    if (r == 0)
        r = find(context, &id);
    if (r < 0 || id.pid == 0)
        return r;
    error_set(err, -EBUSY, "irqbalance was stopped and runs again, as pid %d", (int)id.pid);
    error_hint(err, "stop whoever starts it");
    return -EBUSY;
}

static int stop_look(const struct change_context *context, const struct change *change,
                     json_t **ret_now, struct np_error *err)
{
    struct proc_id id;
    json_t *now;
    int r = find(context, &id);

    if (r < 0)
        return error_set(err, r, "cannot look for irqbalance: %s", strerror(-r));
    now = id.pid ? json_pack("{s:b, s:i}", "running", 1, "pid", (int)id.pid)
                 : json_pack("{s:b}", "running", 0);
    if (!now)
        return -ENOMEM;
    *ret_now = now;
    return id.pid ? STANDING_FORMER : STANDING_IN_PLACE;
}

static int start(const json_t *old, struct np_error *err)
{
    autofree char **argv = words_from_json(json_object_get(old, "argv"));
    autofree char **env = words_from_json(json_object_get(old, "env"));
    struct program program = {
        .path = member_text(old, "path"), .argv = argv, .env = env, .cwd = member_text(old, "cwd")};
    pid_t pid;
    int r = argv && env ? program_start(&program, &pid) : -ENOMEM;

    return r < 0 ? error_set(err, r, "cannot start %s again: %s", program.path, strerror(-r)) : 0;
}

/* It may go to the background first. */
static int wait_until_it_runs(const struct change_context *context, struct np_error *err)
{
    struct proc_id id = {0};
    int r = 0;

    for (int ms = 0; r == 0 && id.pid == 0 && ms < START_MS; ms += 20) {
        r = find(context, &id);
        if (id.pid == 0)
            usleep(20000);
    }
    if (r == 0 && id.pid == 0)
        r = error_set(err, -ECHILD, "irqbalance was started again, and ended at once");
    return r;
}

static int stop_undo(const struct change_context *context, const struct change *change,
                     struct np_error *err)
{
    const char *unit = member_text(change->old, "unit");
    struct proc_id id;
    int r;

    if (!json_is_true(json_object_get(change->old, "running")))
        return UNDO_DONE;
    r = find(context, &id);
    if (r < 0 || id.pid > 0)
        return r; /* never stopped, or somebody was faster */
    r = unit[0] ? systemctl("start", unit, err) : start(change->old, err);
    return r < 0 ? r : wait_until_it_runs(context, err);
}

static char *stop_describe(const struct change *change)
{
    const char *unit = member_text(change->old, "unit");
    int pid = (int)subject_process(change->old).pid;
    char *text;
    int n;

    if (pid == 0)
        n = asprintf(&text, "irqbalance: stays stopped");
    else
        n = asprintf(&text, "irqbalance (pid %d): stopped by %s%s", pid,
                     unit[0] ? "systemctl stop " : "SIGTERM", unit);
    return n < 0 ? NULL : text;
}

static char *stop_tell(const struct change *change, const json_t *now)
{
    char *text;

    if (!json_is_true(json_object_get(now, "running")))
        return strdup("stopped");
    return asprintf(&text, "runs as pid %d", (int)json_integer_value(json_object_get(now, "pid"))) <
                   0
               ? NULL
               : text;
}

const struct change_kind kind_irqbalance_stop = {
    .name = "irqbalance-stop",
    .read = stop_read,
    .make = stop_make,
    .look = stop_look,
    .undo = stop_undo,
    .describe = stop_describe,
    .tell = stop_tell,
};
