/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kill -9 at every step of apply, and at every step of the rollback after it: a fresh process then
 * puts back what was, whatever the step. Compared with what the kernel said before.
 */
#include "test.h"

#include "fake-irqbalance.h"
#include "irq-fixture.h"

struct world {
    char *cgroup;
    char *affinity;
};

/* The sleeper, which everything is done to. */
static struct world look_at(const struct fixture *fixture, pid_t pid)
{
    struct world world = {.affinity = affinity_text(pid)};

    if (fixture->context.cpuset)
        assert_int_equal(cpuset_of(fixture->context.root, &fixture->cpuset, pid, 0, &world.cgroup),
                         0);
    return world;
}

static void assert_same(const struct world *before, const struct fixture *fixture, pid_t pid)
{
    struct world now = look_at(fixture, pid);

    assert_string_equal(now.affinity, before->affinity);
    if (fixture->context.cpuset) {
        assert_string_equal(now.cgroup, before->cgroup);
        assert_false(cpuset_exists(fixture->context.root, &fixture->cpuset, fixture->parent));
    }
    free(now.affinity);
    free(now.cgroup);
}

static void world_fini(struct world *world)
{
    free(world->affinity);
    free(world->cgroup);
}

static void add(struct changes *changes, enum change_kind_id kind, bool shared, json_t *subject,
                json_t *wanted)
{
    assert_int_equal(changes_add(changes, kind, "db", subject, wanted), 0);
    changes->list[changes->n - 1].shared = shared;
}

static json_t *cgroup_subject(const struct fixture *fixture, const char *suffix)
{
    char path[128];

    (void)snprintf(path, sizeof(path), "%s%s", fixture->parent, suffix);
    return json_pack("{s:s}", "path", path);
}

static void add_cgroups(const struct fixture *fixture, struct changes *changes, pid_t pid)
{
    const struct cpuset *cpuset = &fixture->cpuset;
    char *cpus = NULL, *mems = NULL, path[128];

    if (cpuset->version == 1) {
        assert_int_equal(cpuset_get(fixture->context.root, cpuset, "", "cpuset.cpus", &cpus), 0);
        assert_int_equal(cpuset_get(fixture->context.root, cpuset, "", "cpuset.mems", &mems), 0);
    } else {
        add(changes, CHANGE_CONTROLLER, true, json_pack("{s:s}", "path", ""),
            json_pack("{s:b}", "cpuset", 1));
    }
    add(changes, CHANGE_CGROUP, true, cgroup_subject(fixture, ""),
        json_pack("{s:b, s:s, s:s}", "create", 1, "mems", mems ? mems : "", "cpus",
                  cpus ? cpus : ""));
    if (cpuset->version == 2)
        add(changes, CHANGE_CONTROLLER, true, cgroup_subject(fixture, ""),
            json_pack("{s:b}", "cpuset", 1));
    add(changes, CHANGE_CGROUP, false, cgroup_subject(fixture, "/db"),
        json_pack("{s:b, s:s, s:s}", "create", 1, "mems", "0", "cpus", "1"));
    (void)snprintf(path, sizeof(path), "%s/db", fixture->parent);
    add(changes, CHANGE_ATTACH, false, subject_of(fixture, pid),
        json_pack("{s:s}", "cgroup", path));
    free(cpus);
    free(mems);
}

/* One of each kind. */
static struct transaction *everything(const struct fixture *fixture, pid_t pid)
{
    struct np_error err = {0};
    struct changes changes = {0};
    char log[128], path[128] = "";

    if (fixture->context.cpuset) {
        add_cgroups(fixture, &changes, pid);
        (void)snprintf(path, sizeof(path), "%s/db", fixture->parent);
    }
    (void)snprintf(log, sizeof(log), "%s/log/db.log", fixture->directory);
    add(&changes, CHANGE_SPAWN, false, json_object(),
        json_pack("{s:[s, s], s:s, s:s, s:i, s:s, s:s, s:s}", "argv", "sleep", "1000", "cpus", "1",
                  "nodes", "0", "mode", MPOL_BIND, "policy", "bind", "cgroup", path, "log", log));
    add(&changes, CHANGE_AFFINITY, false, subject_of(fixture, pid),
        json_pack("{s:s}", "cpus", "1"));
    add(&changes, CHANGE_MIGRATE, false, subject_of(fixture, pid),
        json_pack("{s:s, s:{}, s:b}", "nodes", "0", "shares", "every_page", 0));
    must(transaction_prepare(&fixture->context, &changes, &err), &err);
    return transaction_of(&changes);
}

static void die_at_step(void *data, const char *name)
{
    int *countdown = data;

    if (--*countdown == 0)
        (void)raise(SIGKILL);
}

/* Runs work in a process that kills itself at a step. True: it came to its end before that. */
static bool survives(struct fixture *fixture, int step, void (*work)(struct fixture *, pid_t),
                     pid_t pid)
{
    int status;
    pid_t child;

    fixture->context.journal = journal_free(fixture->context.journal);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        fixture_open_journal(fixture);
        fixture->context.step = die_at_step;
        fixture->context.step_data = &step;
        work(fixture, pid);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    /* At once, whatever child of it is still there. */
    fixture_open_journal(fixture);
    if (WIFSIGNALED(status)) {
        assert_int_equal(WTERMSIG(status), SIGKILL);
        return false;
    }
    assert_int_equal(WEXITSTATUS(status), 0);
    return true;
}

static void apply_changes(struct fixture *fixture, struct transaction *transaction)
{
    struct np_error err = {0};

    if (transaction_apply(&fixture->context, transaction, NULL, 0, false, &err) != APPLY_DONE) {
        print_message("%s\n", err.text);
        _exit(1);
    }
    (void)transaction_free(transaction);
}

static void apply_all(struct fixture *fixture, pid_t pid)
{
    apply_changes(fixture, everything(fixture, pid));
}

static void apply_nic(struct fixture *fixture, pid_t pid)
{
    struct np_error err = {0};
    struct changes changes = {0};

    add_nic(&changes);
    must(transaction_prepare(&fixture->context, &changes, &err), &err);
    apply_changes(fixture, transaction_of(&changes));
}

static void apply_one(struct fixture *fixture, enum change_kind_id kind, json_t *subject,
                      json_t *wanted)
{
    struct np_error err = {0};
    struct changes changes = {0};

    add(&changes, kind, false, subject, wanted);
    must(transaction_prepare(&fixture->context, &changes, &err), &err);
    apply_changes(fixture, transaction_of(&changes));
}

static void apply_ban(struct fixture *fixture, pid_t pid)
{
    apply_one(fixture, CHANGE_IRQBALANCE_BAN, subject_of(fixture, pid),
              json_pack("{s:s}", "banned", "24-27"));
}

static void apply_stop(struct fixture *fixture, pid_t pid)
{
    apply_one(fixture, CHANGE_IRQBALANCE_STOP, json_pack("{s:s}", "service", "irqbalance"),
              json_pack("{s:b}", "running", 0));
}

/* Of the newest transaction; none when apply died before it began. */
static struct transaction *load_newest(struct fixture *fixture)
{
    struct transaction *transaction = NULL;
    struct np_error err = {0};
    int64_t *ids = NULL;
    unsigned int n = 0;

    must(journal_open_transactions(fixture->context.journal, &ids, &n, &err), &err);
    assert_true(n <= 1);
    if (n > 0)
        must(journal_load(fixture->context.journal, ids[0], &transaction, &err), &err);
    free(ids);
    return transaction;
}

static void roll_back_all(struct fixture *fixture, pid_t pid)
{
    struct transaction *transaction = load_newest(fixture);
    struct np_error err = {0};
    int r;

    if (!transaction)
        return;
    r = transaction_rollback(&fixture->context, transaction, &err);
    for (unsigned int i = 0; i < transaction->changes.n; i++) {
        struct proc_id id = subject_process(transaction->changes.list[i].subject);

        if (transaction->changes.list[i].note)
            print_message("  %s\n", transaction->changes.list[i].note);
        if (transaction->changes.list[i].kind == CHANGE_SPAWN && id.pid)
            assert_false(proc_is_same(fixture->context.root, &id));
    }
    must(r, &err);
    assert_int_equal(r, ROLLBACK_DONE);
    assert_int_equal(transaction->state, TRANSACTION_ROLLED_BACK);
    (void)transaction_free(transaction);
}

static void test_apply_dies(void **state)
{
    struct fixture fixture;
    struct world before;
    bool survived = false;
    pid_t pid;
    int step;

    skip_unless(geteuid() == 0 && two_cpus(), "not root, or one CPU");
    fixture_init(&fixture);
    pid = start_sleeper();
    set_affinity(pid, "0");
    before = look_at(&fixture, pid);
    for (step = 1; !survived; step++) {
        survived = survives(&fixture, step, apply_all, pid);
        roll_back_all(&fixture, pid);
        assert_same(&before, &fixture, pid);
    }
    print_message("  %d steps\n", step - 2);
    assert_true(step > 10);
    world_fini(&before);
    end_process(pid);
    fixture_fini(&fixture);
}

static void test_rollback_dies(void **state)
{
    struct fixture fixture;
    struct world before;
    bool survived = false;
    pid_t pid;
    int step;

    skip_unless(geteuid() == 0 && two_cpus(), "not root, or one CPU");
    fixture_init(&fixture);
    pid = start_sleeper();
    set_affinity(pid, "0");
    before = look_at(&fixture, pid);
    for (step = 1; !survived; step++) {
        assert_true(survives(&fixture, 0, apply_all, pid));
        survived = survives(&fixture, step, roll_back_all, pid);
        roll_back_all(&fixture, pid);
        assert_same(&before, &fixture, pid);
    }
    print_message("  %d steps\n", step - 2);
    assert_true(step > 10);
    world_fini(&before);
    end_process(pid);
    fixture_fini(&fixture);
}

/* Interrupts and queues are noted in the journal all at once: what was made before a crash is found
 * by looking. */
static void test_nic_dies(void **state)
{
    struct fixture fixture;
    struct tree tree;
    const struct root *machine;
    bool survived = false;
    int step;

    fixture_init(&fixture);
    tree_init(&tree);
    machine = fixture.context.root;
    fixture.context.root = tree.root;
    for (step = 1; !survived; step++) {
        survived = survives(&fixture, step, apply_nic, 0);
        roll_back_all(&fixture, 0);
        assert_nic_as_before(&tree);
    }
    print_message("  %d steps\n", step - 2);
    assert_true(step > 10);
    survived = false;
    for (step = 1; !survived; step++) {
        assert_true(survives(&fixture, 0, apply_nic, 0));
        survived = survives(&fixture, step, roll_back_all, 0);
        roll_back_all(&fixture, 0);
        assert_nic_as_before(&tree);
    }
    print_message("  %d steps\n", step - 2);
    assert_true(step > 10);
    fixture.context.root = machine;
    tree_fini(&tree);
    fixture_fini(&fixture);
}

/* apply dies at each step, then the rollback at each, and the next rollback always puts back. */
static void die_at_each_step(struct fixture *fixture, void (*apply)(struct fixture *, pid_t),
                             pid_t pid, void (*assert_before)(const struct fixture *, pid_t))
{
    bool survived = false;
    int steps = 0;

    for (int step = 1; !survived; step++, steps++) {
        survived = survives(fixture, step, apply, pid);
        roll_back_all(fixture, pid);
        assert_before(fixture, pid);
    }
    survived = false;
    for (int step = 1; !survived; step++, steps++) {
        assert_true(survives(fixture, 0, apply, pid));
        survived = survives(fixture, step, roll_back_all, pid);
        roll_back_all(fixture, pid);
        assert_before(fixture, pid);
    }
    print_message("  %d steps\n", steps - 2);
    assert_true(steps > 6);
}

static void assert_former_bans(const struct fixture *fixture, pid_t pid)
{
    autoirqbalance struct irqbalance irqbalance = {0};

    assert_int_equal(irqbalance_ask(pid, IRQBALANCE_PATIENCE_MS, &irqbalance), 0);
    assert_int_equal(irqbalance.answer, 0);
    assert_int_equal(set_only(irqbalance.banned_irqs), 25);
}

static void assert_runs(const struct fixture *fixture, pid_t pid)
{
    assert_int_equal(irqbalance_pid(fixture->context.root, &pid), 0);
}

static void test_ban_dies(void **state)
{
    pid_t pid = fake_irqbalance_start(&(struct fake_irqbalance){0});
    autoset hwloc_bitmap_t former = hwloc_bitmap_alloc();
    struct fixture fixture;

    fixture_init(&fixture);
    assert_int_equal(hwloc_bitmap_set(former, 25), 0);
    assert_int_equal(irqbalance_ban(pid, former, IRQBALANCE_PATIENCE_MS), 0);
    die_at_each_step(&fixture, apply_ban, pid, assert_former_bans);
    fake_irqbalance_end(pid);
    fixture_fini(&fixture);
}

static void test_stop_dies(void **state)
{
    struct fixture fixture;
    pid_t pid;

    fixture_init(&fixture);
    if (irqbalance_pid(fixture.context.root, &pid) != -ESRCH) {
        fixture_fini(&fixture);
        skip_unless(false, "irqbalance runs on this machine");
    }
    assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0); /* what is started again is ours */
    pid = fake_irqbalance_program(fixture.directory).pid;
    die_at_each_step(&fixture, apply_stop, pid, assert_runs);
    assert_int_equal(irqbalance_pid(fixture.context.root, &pid), 0);
    fake_irqbalance_end(pid);
    while (waitpid(-1, NULL, WNOHANG) > 0)
        ;
    fixture_fini(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_apply_dies), cmocka_unit_test(test_rollback_dies),
        cmocka_unit_test(test_nic_dies),   cmocka_unit_test(test_ban_dies),
        cmocka_unit_test(test_stop_dies),
    };

    return cmocka_run_group_tests(tests, alone, NULL);
}
