/* SPDX-License-Identifier: Apache-2.0 */
/* Each kind of change on real processes of this machine, and what the engine makes of them. */
#include "test.h"

#include "change-fixture.h"
#include "pages.h"

#include <pthread.h>

static void add(struct changes *changes, enum change_kind_id kind, json_t *subject, json_t *wanted)
{
    assert_int_equal(changes_add(changes, kind, "db", subject, wanted), 0);
}

static struct transaction *prepare(const struct fixture *fixture, struct changes *changes)
{
    struct np_error err = {0};

    must(transaction_prepare(&fixture->context, changes, &err), &err);
    return transaction_of(changes);
}

static void apply(const struct fixture *fixture, struct transaction *transaction)
{
    struct np_error err = {0};
    int r = transaction_apply(&fixture->context, transaction, NULL, 0, false, &err);

    if (r != APPLY_DONE)
        fail_msg("apply: %d: %s", r, err.text);
}

static int rollback(const struct fixture *fixture, int64_t id)
{
    struct np_error err = {0};
    struct transaction *transaction;
    int r;

    must(journal_load(fixture->context.journal, id, &transaction, &err), &err);
    r = transaction_rollback(&fixture->context, transaction, &err);
    must(r, &err);
    for (unsigned int i = 0; i < transaction->changes.n; i++) {
        if (transaction->changes.list[i].note)
            print_message("  %s\n", transaction->changes.list[i].note);
    }
    (void)transaction_free(transaction);
    return r;
}

static enum change_state state_of(const struct fixture *fixture, int64_t id, unsigned int i)
{
    struct transaction *transaction;
    enum change_state state;

    assert_int_equal(journal_load(fixture->context.journal, id, &transaction, NULL), 0);
    state = transaction->changes.list[i].state;
    (void)transaction_free(transaction);
    return state;
}

/* Three threads with CPUs of their own; their ids are written to a pipe. */
static void *idle_thread(void *data)
{
    int *fd = data;
    pid_t tid = gettid();

    assert_int_equal(write(*fd, &tid, sizeof(tid)), sizeof(tid));
    for (;;)
        pause();
    return NULL;
}

static pid_t start_threads(pid_t tids[3])
{
    int fds[2];
    pid_t pid;

    assert_int_equal(pipe(fds), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        pthread_t thread;

        prctl(PR_SET_PDEATHSIG, SIGKILL);
        set_affinity(0, "0-1");
        for (int i = 0; i < 3; i++)
            pthread_create(&thread, NULL, idle_thread, &fds[1]);
        for (;;)
            pause();
    }
    close(fds[1]);
    for (int i = 0; i < 3; i++)
        assert_int_equal(read(fds[0], &tids[i], sizeof(tids[i])), sizeof(tids[i]));
    close(fds[0]);
    return pid;
}

static void test_affinity(void **state)
{
    struct fixture fixture;
    struct changes changes = {0};
    struct transaction *transaction;
    pid_t tids[3], pid;

    skip_unless(two_cpus(), "one CPU");
    fixture_init(&fixture);
    pid = start_threads(tids);
    set_affinity(pid, "0-1");
    set_affinity(tids[0], "0");
    set_affinity(tids[1], "1");
    set_affinity(tids[2], "0-1");
    add(&changes, CHANGE_AFFINITY, subject_of(&fixture, pid), json_pack("{s:s}", "cpus", "1"));
    transaction = prepare(&fixture, &changes);
    apply(&fixture, transaction);
    assert_affinity(pid, "1");
    for (int i = 0; i < 3; i++)
        assert_affinity(tids[i], "1");
    assert_int_equal(rollback(&fixture, transaction->id), ROLLBACK_DONE);
    assert_affinity(pid, "0-1");
    assert_affinity(tids[0], "0");
    assert_affinity(tids[1], "1");
    assert_affinity(tids[2], "0-1");
    end_process(pid);
    (void)transaction_free(transaction);
    fixture_fini(&fixture);
}

/* One thread is somebody else's by now: it is left, the others are put back. */
static void test_affinity_foreign(void **state)
{
    struct fixture fixture;
    struct changes changes = {0};
    struct transaction *transaction;
    pid_t tids[3], pid;

    skip_unless(two_cpus(), "one CPU");
    fixture_init(&fixture);
    pid = start_threads(tids);
    add(&changes, CHANGE_AFFINITY, subject_of(&fixture, pid), json_pack("{s:s}", "cpus", "1"));
    transaction = prepare(&fixture, &changes);
    apply(&fixture, transaction);
    set_affinity(tids[1], "0");
    assert_int_equal(rollback(&fixture, transaction->id), ROLLBACK_PARTLY);
    assert_int_equal(state_of(&fixture, transaction->id, 0), CHANGE_LEFT);
    assert_affinity(tids[0], "0-1");
    assert_affinity(tids[1], "0");
    fixture.context.force = true;
    assert_int_equal(rollback(&fixture, transaction->id), ROLLBACK_DONE);
    assert_affinity(tids[1], "0-1");
    end_process(pid);
    (void)transaction_free(transaction);
    fixture_fini(&fixture);
}

static void *thread_storm(void *data)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, thread_storm, NULL) == 0)
        pthread_detach(thread);
    usleep(500);
    return NULL;
}

/* A process that never stops starting threads: each is caught. */
static void test_affinity_late_threads(void **state)
{
    struct fixture fixture;
    struct changes changes = {0};
    struct transaction *transaction;
    pid_t pid, *tids;
    size_t n;

    skip_unless(two_cpus(), "one CPU");
    fixture_init(&fixture);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (int i = 0; i < 4; i++)
            thread_storm(NULL);
        for (;;)
            pause();
    }
    usleep(20000);
    add(&changes, CHANGE_AFFINITY, subject_of(&fixture, pid), json_pack("{s:s}", "cpus", "1"));
    transaction = prepare(&fixture, &changes);
    apply(&fixture, transaction);
    for (int round = 0; round < 20; round++) {
        assert_int_equal(proc_tasks(fixture.context.root, pid, &tids, &n), 0);
        for (size_t i = 0; i < n; i++) {
            hwloc_bitmap_t cpus;

            if (numa_get_affinity(tids[i], &cpus) < 0)
                continue;
            assert_int_equal(set_only(cpus), 1);
            hwloc_bitmap_free(cpus);
        }
        free(tids);
        usleep(1000);
    }
    end_process(pid);
    assert_int_equal(rollback(&fixture, transaction->id), ROLLBACK_DONE);
    assert_int_equal(state_of(&fixture, transaction->id, 0), CHANGE_VANISHED);
    (void)transaction_free(transaction);
    fixture_fini(&fixture);
}

/* Our parent cgroup, or with a suffix "/db" one in it. */
static json_t *path_subject(const char *suffix, const struct fixture *fixture)
{
    char path[128];

    (void)snprintf(path, sizeof(path), "%s%s", fixture->parent, suffix);
    return json_pack("{s:s}", "path", path);
}

static char *top_value(const struct fixture *fixture, const char *file)
{
    char *text;

    assert_int_equal(cpuset_get(fixture->context.root, &fixture->cpuset, "", file, &text), 0);
    return text;
}

static json_t *cgroup_wanted(const char *cpus, const char *mems)
{
    return json_pack("{s:b, s:s, s:s}", "create", 1, "mems", mems, "cpus", cpus);
}

/* What placing a process makes: parent, cgroup, attach, affinity, migrate. */
static void add_placing(const struct fixture *fixture, struct changes *changes, pid_t pid)
{
    char path[128];

    if (fixture->context.cpuset && fixture->cpuset.version == 2) {
        add(changes, CHANGE_CONTROLLER, json_pack("{s:s}", "path", ""),
            json_pack("{s:b}", "cpuset", 1));
        changes->list[changes->n - 1].shared = true;
    }
    if (fixture->context.cpuset) {
        char *cpus = fixture->cpuset.version == 2 ? strdup("") : top_value(fixture, "cpuset.cpus");
        char *mems = fixture->cpuset.version == 2 ? strdup("") : top_value(fixture, "cpuset.mems");

        add(changes, CHANGE_CGROUP, path_subject("", fixture), cgroup_wanted(cpus, mems));
        changes->list[changes->n - 1].shared = true;
        if (fixture->cpuset.version == 2) {
            add(changes, CHANGE_CONTROLLER, path_subject("", fixture),
                json_pack("{s:b}", "cpuset", 1));
            changes->list[changes->n - 1].shared = true;
        }
        add(changes, CHANGE_CGROUP, path_subject("/db", fixture), cgroup_wanted("1", "0"));
        (void)snprintf(path, sizeof(path), "%s/db", fixture->parent);
        add(changes, CHANGE_ATTACH, subject_of(fixture, pid), json_pack("{s:s}", "cgroup", path));
        free(cpus);
        free(mems);
    }
    add(changes, CHANGE_AFFINITY, subject_of(fixture, pid), json_pack("{s:s}", "cpus", "1"));
    add(changes, CHANGE_MIGRATE, subject_of(fixture, pid),
        json_pack("{s:s, s:{}, s:b}", "nodes", "0", "shares", "every_page", 0));
}

static char *cgroup_of(const struct fixture *fixture, pid_t pid)
{
    char *path;

    assert_int_equal(cpuset_of(fixture->context.root, &fixture->cpuset, pid, 0, &path), 0);
    return path;
}

static void test_placing_with_cgroup(void **state)
{
    struct fixture fixture;
    struct changes changes = {0};
    struct transaction *transaction;
    char *before, *now;
    pid_t pid;

    fixture_init(&fixture);
    if (!two_cpus() || !fixture.context.cpuset) {
        fixture_fini(&fixture);
        skip_unless(false, "no writable cpuset cgroup, or one CPU");
    }
    pid = start_sleeper();
    set_affinity(pid, "0");
    before = cgroup_of(&fixture, pid);
    add_placing(&fixture, &changes, pid);
    transaction = prepare(&fixture, &changes);
    assert_false(cpuset_exists(fixture.context.root, &fixture.cpuset, fixture.parent));
    apply(&fixture, transaction);
    now = cgroup_of(&fixture, pid);
    assert_non_null(strstr(now, "/db"));
    assert_affinity(pid, "1");
    free(now);
    assert_int_equal(rollback(&fixture, transaction->id), ROLLBACK_DONE);
    now = cgroup_of(&fixture, pid);
    assert_string_equal(now, before);
    assert_affinity(pid, "0");
    assert_false(cpuset_exists(fixture.context.root, &fixture.cpuset, fixture.parent));
    free(now);
    free(before);
    end_process(pid);
    (void)transaction_free(transaction);
    fixture_fini(&fixture);
}

/* The parent is there for two transactions: the last one to go takes it away. */
static void test_shared_parent(void **state)
{
    struct fixture fixture;
    struct changes first_changes = {0}, second_changes = {0};
    struct transaction *first, *second;
    char *cpus, *mems;

    fixture_init(&fixture);
    if (!fixture.context.cpuset || fixture.cpuset.version != 1) {
        fixture_fini(&fixture);
        skip_unless(false, "no writable cpuset cgroup of version 1");
    }
    cpus = top_value(&fixture, "cpuset.cpus");
    mems = top_value(&fixture, "cpuset.mems");
    add(&first_changes, CHANGE_CGROUP, path_subject("", &fixture), cgroup_wanted(cpus, mems));
    first_changes.list[0].shared = true;
    first = prepare(&fixture, &first_changes);
    apply(&fixture, first);
    add(&second_changes, CHANGE_CGROUP, path_subject("", &fixture), cgroup_wanted(cpus, mems));
    second_changes.list[0].shared = true;
    second = prepare(&fixture, &second_changes);
    apply(&fixture, second);
    assert_int_equal(rollback(&fixture, first->id), ROLLBACK_DONE);
    assert_true(cpuset_exists(fixture.context.root, &fixture.cpuset, fixture.parent));
    assert_int_equal(rollback(&fixture, second->id), ROLLBACK_DONE);
    assert_false(cpuset_exists(fixture.context.root, &fixture.cpuset, fixture.parent));
    free(cpus);
    free(mems);
    (void)transaction_free(first);
    (void)transaction_free(second);
    fixture_fini(&fixture);
}

/* The same process twice: the second transaction is refused and told who has it. */
static void test_held(void **state)
{
    struct fixture fixture;
    struct changes changes = {0};
    struct transaction *transaction;
    struct np_error err = {0};
    pid_t pid;

    fixture_init(&fixture);
    pid = start_sleeper();
    add(&changes, CHANGE_AFFINITY, subject_of(&fixture, pid), json_pack("{s:s}", "cpus", "0"));
    transaction = prepare(&fixture, &changes);
    apply(&fixture, transaction);
    add(&changes, CHANGE_AFFINITY, subject_of(&fixture, pid), json_pack("{s:s}", "cpus", "0"));
    assert_int_equal(transaction_prepare(&fixture.context, &changes, &err), -EBUSY);
    assert_non_null(strstr(err.text, "held by transaction 1"));
    assert_non_null(strstr(err.hint, "numaplace rollback 1"));
    changes_fini(&changes);
    assert_int_equal(rollback(&fixture, transaction->id), ROLLBACK_DONE);
    end_process(pid);
    (void)transaction_free(transaction);
    fixture_fini(&fixture);
}

struct killer {
    pid_t pid;
    int countdown;
};

static void kill_at_step(void *data, const char *name)
{
    struct killer *killer = data;

    if (--killer->countdown == 0)
        end_process(killer->pid);
}

/* The second of two processes ends in the middle: the first gets its CPUs back. */
static void test_vanishes_in_the_middle(void **state)
{
    struct fixture fixture;
    struct changes changes = {0};
    struct transaction *transaction;
    struct np_error err = {0};
    struct killer killer = {.countdown = 3};
    pid_t stays;

    skip_unless(two_cpus(), "one CPU");
    fixture_init(&fixture);
    stays = start_sleeper();
    killer.pid = start_sleeper();
    add(&changes, CHANGE_AFFINITY, subject_of(&fixture, stays), json_pack("{s:s}", "cpus", "1"));
    add(&changes, CHANGE_AFFINITY, subject_of(&fixture, killer.pid),
        json_pack("{s:s}", "cpus", "1"));
    transaction = prepare(&fixture, &changes);
    fixture.context.step = kill_at_step;
    fixture.context.step_data = &killer;
    assert_int_equal(transaction_apply(&fixture.context, transaction, NULL, 0, false, &err),
                     APPLY_ROLLED_BACK);
    assert_non_null(strstr(err.text, "ended while it was being placed"));
    assert_affinity(stays, "0-1");
    assert_int_equal(transaction->state, TRANSACTION_ROLLED_BACK);
    end_process(stays);
    (void)transaction_free(transaction);
    fixture_fini(&fixture);
}

struct stopper {
    volatile sig_atomic_t signal;
    const char *step;
};

static void stop_at_step(void *data, const char *name)
{
    struct stopper *stopper = data;

    if (strcmp(name, stopper->step) == 0)
        stopper->signal = SIGTERM;
}

/* Two processes given CPU 1, prepared. */
static struct transaction *prepare_two(const struct fixture *fixture, const pid_t pids[2])
{
    struct changes changes = {0};

    for (int i = 0; i < 2; i++)
        add(&changes, CHANGE_AFFINITY, subject_of(fixture, pids[i]),
            json_pack("{s:s}", "cpus", "1"));
    return prepare(fixture, &changes);
}

/* Asked to end between two changes, apply puts back what it has made, to the end. */
static void test_apply_stopped(void **state)
{
    static const struct {
        const char *step;
        int outcome;
    } cases[] = {
        {"intended", APPLY_UNTOUCHED}, {"made", APPLY_ROLLED_BACK}, {"read-back", APPLY_DONE}};
    struct fixture fixture;
    pid_t pids[2];

    skip_unless(two_cpus(), "one CPU");
    fixture_init(&fixture);
    pids[0] = start_sleeper();
    pids[1] = start_sleeper();
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct transaction *transaction = prepare_two(&fixture, pids);
        struct stopper stopper = {.step = cases[i].step};
        struct np_error err = {0};

        print_message("  %s\n", cases[i].step);
        fixture.context.step = stop_at_step;
        fixture.context.step_data = &stopper;
        fixture.context.stop = &stopper.signal;
        assert_int_equal(transaction_apply(&fixture.context, transaction, NULL, 0, false, &err),
                         cases[i].outcome);
        fixture.context.stop = NULL;
        if (cases[i].outcome == APPLY_DONE) {
            assert_int_equal(rollback(&fixture, transaction->id), ROLLBACK_DONE);
        } else {
            assert_string_equal(err.text, "stopped by SIGTERM");
            assert_int_equal(transaction->state, TRANSACTION_ROLLED_BACK);
        }
        assert_affinity(pids[0], "0-1");
        assert_affinity(pids[1], "0-1");
        (void)transaction_free(transaction);
    }
    end_process(pids[0]);
    end_process(pids[1]);
    fixture_fini(&fixture);
}

/* Asked to end, rollback finishes the change that it is at and can go on later. */
static void test_rollback_stopped(void **state)
{
    struct fixture fixture;
    struct stopper stopper = {.step = "undone"};
    struct transaction *transaction;
    struct np_error err = {0};
    pid_t pids[2];

    skip_unless(two_cpus(), "one CPU");
    fixture_init(&fixture);
    pids[0] = start_sleeper();
    pids[1] = start_sleeper();
    transaction = prepare_two(&fixture, pids);
    apply(&fixture, transaction);
    fixture.context.step = stop_at_step;
    fixture.context.step_data = &stopper;
    fixture.context.stop = &stopper.signal;
    assert_int_equal(transaction_rollback(&fixture.context, transaction, &err), -EINTR);
    assert_string_equal(err.hint,
                        "1 of 2 changes are still to be undone: `numaplace rollback 1` goes on");
    assert_int_equal(state_of(&fixture, transaction->id, 0), CHANGE_MADE);
    assert_int_equal(state_of(&fixture, transaction->id, 1), CHANGE_UNDONE);
    assert_affinity(pids[0], "1");
    assert_affinity(pids[1], "0-1");
    fixture.context.stop = NULL;
    assert_int_equal(rollback(&fixture, transaction->id), ROLLBACK_DONE);
    assert_affinity(pids[0], "0-1");
    end_process(pids[0]);
    end_process(pids[1]);
    (void)transaction_free(transaction);
    fixture_fini(&fixture);
}

static json_t *spawn_wanted(const struct fixture *fixture, json_t *argv)
{
    char log[128];

    (void)snprintf(log, sizeof(log), "%s/log/db.log", fixture->directory);
    return json_pack("{s:o, s:s, s:s, s:i, s:s, s:s, s:s}", "argv", argv, "cpus", "0", "nodes", "0",
                     "mode", MPOL_BIND, "policy", "bind", "cgroup", "", "log", log);
}

static pid_t pid_in(const struct transaction *transaction)
{
    return subject_process(transaction->changes.list[0].subject).pid;
}

/* Bound at birth, its output in the log, all of its session ended by rollback. */
static void test_spawn(void **state)
{
    struct fixture fixture;
    struct changes changes = {0};
    struct transaction *transaction;
    char path[128], text[64] = "";
    struct proc_id id;
    int leader, child;
    FILE *log;
    pid_t pid;

    fixture_init(&fixture);
    add(&changes, CHANGE_SPAWN, json_object(),
        spawn_wanted(&fixture,
                     json_pack("[s, s, s]", "sh", "-c", "sleep 1000 & echo $$ $!; wait")));
    transaction = prepare(&fixture, &changes);
    apply(&fixture, transaction);
    pid = pid_in(transaction);
    assert_true(pid > 0);
    assert_affinity(pid, "0");
    assert_int_equal(getsid(pid), pid);
    (void)snprintf(path, sizeof(path), "%s/log/db.log", fixture.directory);
    for (int i = 0; i < 500 && !text[0]; i++) {
        log = fopen(path, "re");
        assert_non_null(log);
        (void)!fgets(text, sizeof(text), log);
        fclose(log);
        usleep(10000);
    }
    assert_int_equal(sscanf(text, "%d %d", &leader, &child), 2);
    assert_int_equal(leader, pid);
    assert_int_equal(kill(child, 0), 0);
    assert_int_equal(rollback(&fixture, transaction->id), ROLLBACK_DONE);
    assert_int_equal(proc_identify(fixture.context.root, pid, &id), -ESRCH);
    assert_int_equal(proc_identify(fixture.context.root, child, &id), -ESRCH);
    (void)transaction_free(transaction);
    fixture_fini(&fixture);
}

static void test_spawn_cannot_execute(void **state)
{
    struct fixture fixture;
    struct changes changes = {0};
    struct transaction *transaction;
    struct np_error err = {0};

    fixture_init(&fixture);
    add(&changes, CHANGE_SPAWN, json_object(),
        spawn_wanted(&fixture, json_pack("[s]", "/nonexistent/command")));
    transaction = prepare(&fixture, &changes);
    assert_int_equal(transaction_apply(&fixture.context, transaction, NULL, 0, false, &err),
                     APPLY_UNTOUCHED);
    assert_non_null(strstr(err.text, "/nonexistent/command"));
    assert_non_null(strstr(err.text, "(127)"));
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no child is left */
    (void)transaction_free(transaction);
    fixture_fini(&fixture);
}

/* A pid that is somebody else's by now is not ended. */
static void test_spawn_reused_pid(void **state)
{
    struct fixture fixture;
    struct changes changes = {0};
    struct transaction *transaction;
    pid_t pid;

    fixture_init(&fixture);
    pid = start_sleeper();
    add(&changes, CHANGE_SPAWN, json_object(),
        spawn_wanted(&fixture, json_pack("[s, s]", "sleep", "1000")));
    transaction = prepare(&fixture, &changes);
    apply(&fixture, transaction);
    end_process(pid_in(transaction));
    (void)json_object_set_new(transaction->changes.list[0].subject, "pid", json_integer(pid));
    /* Both were born in one tick of the clock, perhaps; a pid that is used again never is. */
    (void)json_object_set_new(transaction->changes.list[0].subject, "start", json_integer(1));
    assert_int_equal(
        journal_put_change(fixture.context.journal, &transaction->changes.list[0], NULL), 0);
    assert_int_equal(rollback(&fixture, transaction->id), ROLLBACK_DONE);
    assert_int_equal(kill(pid, 0), 0);
    end_process(pid);
    (void)transaction_free(transaction);
    fixture_fini(&fixture);
}

static void test_no_permission(void **state)
{
    struct fixture fixture;
    struct changes changes = {0};
    struct transaction *transaction;
    pid_t pid, child;
    int status;

    skip_unless(geteuid() == 0 && two_cpus(), "only root can become nobody; two CPUs");
    fixture_init(&fixture);
    pid = start_sleeper();
    add(&changes, CHANGE_AFFINITY, subject_of(&fixture, pid), json_pack("{s:s}", "cpus", "1"));
    transaction = prepare(&fixture, &changes);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        const struct change_kind *kind = change_kind(CHANGE_AFFINITY);
        struct np_error err = {0};

        if (setresuid(65534, 65534, 65534) < 0)
            _exit(2);
        if (kind->make(&fixture.context, &transaction->changes.list[0], &err) != -EPERM)
            _exit(3);
        _exit(strstr(err.hint, "CAP_SYS_NICE") ? 0 : 4);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_affinity(pid, "0-1");
    end_process(pid);
    (void)transaction_free(transaction);
    fixture_fini(&fixture);
}

static void test_page_runs(void **state)
{
    struct page_runs runs = {0}, again;
    char *text;

    for (uint64_t page = 100; page < 5000; page++) {
        if (page % 97 != 0)
            assert_int_equal(page_runs_add(&runs, page, (unsigned int)(page / 1000)), 0);
    }
    assert_int_equal(page_runs_count(&runs), 4900 - 50);
    text = page_runs_format(&runs);
    assert_int_equal(page_runs_parse(text, &again), 0);
    assert_int_equal(again.n, runs.n);
    for (size_t i = 0; i < runs.n; i++) {
        assert_int_equal(again.runs[i].first, runs.runs[i].first);
        assert_int_equal(again.runs[i].count, runs.runs[i].count);
        assert_int_equal(again.runs[i].node, runs.runs[i].node);
    }
    free(text);
    page_runs_fini(&runs);
    page_runs_fini(&again);
    assert_int_equal(page_runs_parse("10+0@1", &again), -EINVAL);
    assert_int_equal(page_runs_parse("zz", &again), -EINVAL);
    assert_int_equal(page_runs_parse("10+5@1 ffffffffffffffff+2@0", &again), -EINVAL);
}

/* Own pages, counted: 256 touched of 512, and none of the files that are mapped. */
static void test_pages_scan(void **state)
{
    struct fixture fixture;
    struct page_runs runs;
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), in_range = 0, first;
    char *memory =
        mmap(NULL, 512 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int r;

    assert_true(memory != MAP_FAILED);
    assert_int_equal(madvise(memory, 512 * page, MADV_NOHUGEPAGE), 0);
    for (size_t i = 0; i < 512; i += 2)
        memory[i * page] = 1;
    fixture_init(&fixture);
    r = pages_scan(fixture.context.root, getpid(), &runs);
    assert_int_equal(r, 0);
    first = (uint64_t)(uintptr_t)memory / page;
    for (size_t i = 0; i < runs.n; i++) {
        if (runs.runs[i].first >= first && runs.runs[i].first < first + 512)
            in_range += runs.runs[i].count;
    }
    assert_int_equal(in_range, 256);
    page_runs_fini(&runs);
    munmap(memory, 512 * page);
    fixture_fini(&fixture);
}

/* What was found, for people: no JSON. */
static void test_tell(void **state)
{
    static const struct {
        enum change_kind_id kind;
        const char *now;
        const char *text;
    } cases[] = {
        {CHANGE_CONTROLLER, "{\"cpuset\":false}", "cpuset not enabled"},
        {CHANGE_CGROUP, "{\"cpus\":\"0-1\",\"mems\":\"\"}", "CPUs 0-1, memory of nodes not set"},
        {CHANGE_ATTACH, "{\"cgroup\":\"\"}", "cgroup /"},
        {CHANGE_ATTACH, "{\"cgroup\":\"a\",\"threads\":{\"7\":\"b\"}}",
         "cgroup /a (1 thread is in another)"},
        {CHANGE_SPAWN, "{\"pid\":7,\"cpus_outside\":\"0-1\",\"cgroup\":\"\"}",
         "pid 7, may run on CPUs 0-1, in cgroup /"},
        {CHANGE_AFFINITY, "{\"cpus\":\"0-1\"}", "CPUs 0-1"},
        {CHANGE_AFFINITY, "{\"cpus\":\"0\",\"threads\":{\"7@1\":\"1\",\"8@1\":\"1\"}}",
         "CPUs 0 (2 threads have others)"},
        {CHANGE_MIGRATE, "{\"nodes\":\"0\",\"pages\":256,\"outside\":256}",
         "0 of 1 MiB in place, on node 0"},
        {CHANGE_MIGRATE, "{\"nodes\":\"0-1\",\"pages\":256,\"outside\":64}",
         "768 KiB of 1 MiB in place, on nodes 0-1"},
        {CHANGE_MIGRATE, "null", "gone"},
    };

    skip_unless(sysconf(_SC_PAGESIZE) == 4096, "pages of another size");
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct change change = {.kind = cases[i].kind};
        json_t *now = json_loads(cases[i].now, JSON_DECODE_ANY, NULL);
        char *text = change_tell(&change, now);

        assert_string_equal(text, cases[i].text);
        free(text);
        json_decref(now);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_affinity),
        cmocka_unit_test(test_affinity_foreign),
        cmocka_unit_test(test_affinity_late_threads),
        cmocka_unit_test(test_placing_with_cgroup),
        cmocka_unit_test(test_shared_parent),
        cmocka_unit_test(test_held),
        cmocka_unit_test(test_tell),
        cmocka_unit_test(test_vanishes_in_the_middle),
        cmocka_unit_test(test_apply_stopped),
        cmocka_unit_test(test_rollback_stopped),
        cmocka_unit_test(test_spawn),
        cmocka_unit_test(test_spawn_cannot_execute),
        cmocka_unit_test(test_spawn_reused_pid),
        cmocka_unit_test(test_no_permission),
        cmocka_unit_test(test_page_runs),
        cmocka_unit_test(test_pages_scan),
    };

    return cmocka_run_group_tests(tests, alone, NULL);
}
