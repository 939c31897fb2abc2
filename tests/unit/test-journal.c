/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "change-fixture.h"

#include <fcntl.h>
#include <sched.h>
#include <sqlite3.h>
#include <sys/mount.h>

static void add_cgroup_change(struct changes *changes, const char *instance, bool shared)
{
    assert_int_equal(changes_add(changes, CHANGE_CGROUP, instance, json_pack("{s:s}", "path", "a"),
                                 json_pack("{s:s}", "cpus", "1")),
                     0);
    changes->list[changes->n - 1].old = json_pack("{s:s}", "cpus", "");
    changes->list[changes->n - 1].shared = shared;
}

static struct transaction *begin(struct fixture *fixture, const char *instance, bool shared)
{
    struct share shares[] = {{0, 4096}, {3, 8192}};
    struct np_error err = {0};
    struct changes changes = {0};
    struct transaction *transaction;
    struct applied applied = {
        .instance = strdup(instance),
        .cpus = hwloc_bitmap_alloc(),
        .mem_nodes = hwloc_bitmap_alloc(),
        .policy = MEMORY_POLICY_INTERLEAVE,
        .shares = shares,
        .n_shares = 2,
    };

    hwloc_bitmap_set_range(applied.cpus, 2, 5);
    hwloc_bitmap_set(applied.mem_nodes, 3);
    add_cgroup_change(&changes, instance, shared);
    transaction = transaction_of(&changes);
    must(journal_begin(fixture->context.journal, transaction, &applied, 1, &err), &err);
    free(applied.instance);
    hwloc_bitmap_free(applied.cpus);
    hwloc_bitmap_free(applied.mem_nodes);
    return transaction;
}

/* Everything that was written is read again by another journal object. */
static void test_round_trip(void **state)
{
    struct fixture fixture;
    struct transaction *written, *read;
    struct journal *other;
    struct applied *applied;
    struct proc_id id = {.pid = 812, .start_ticks = UINT64_C(1) << 40};
    unsigned int n;

    fixture_init(&fixture);
    written = begin(&fixture, "db", false);
    assert_int_equal(
        journal_put_process(fixture.context.journal, written->changes.list[0].id, &id, NULL), 0);
    written->changes.list[0].state = CHANGE_MADE;
    written->changes.list[0].note = strdup("something");
    assert_int_equal(journal_put_change(fixture.context.journal, &written->changes.list[0], NULL),
                     0);
    assert_int_equal(journal_open(fixture.directory, true, &other, NULL), 0);
    assert_int_equal(journal_load(other, written->id, &read, NULL), 0);
    assert_int_equal(read->state, TRANSACTION_APPLYING);
    assert_true(read->same_boot);
    assert_string_equal(read->spec_file, "/test.yaml");
    assert_int_equal(read->changes.n, 1);
    assert_int_equal(read->changes.list[0].kind, CHANGE_CGROUP);
    assert_int_equal(read->changes.list[0].state, CHANGE_MADE);
    assert_string_equal(read->changes.list[0].note, "something");
    assert_true(json_equal(read->changes.list[0].old, written->changes.list[0].old));

    assert_int_equal(journal_applied(other, "/test.yaml", &applied, &n, NULL), 0);
    assert_int_equal(n, 1);
    assert_string_equal(applied[0].instance, "db");
    assert_int_equal(applied[0].id.pid, 812);
    assert_true(applied[0].id.start_ticks == UINT64_C(1) << 40);
    assert_int_equal(applied[0].policy, MEMORY_POLICY_INTERLEAVE);
    assert_int_equal(hwloc_bitmap_weight(applied[0].cpus), 4);
    assert_int_equal(applied[0].n_shares, 2);
    assert_int_equal(applied[0].shares[1].node, 3);
    assert_int_equal(applied[0].shares[1].bytes, 8192);
    applied_free(applied, n);
    assert_int_equal(journal_applied(other, "/another.yaml", &applied, &n, NULL), 0);
    assert_int_equal(n, 0);
    applied_free(applied, n);

    (void)journal_free(other);
    (void)transaction_free(read);
    (void)transaction_free(written);
    fixture_fini(&fixture);
}

static void test_holder(void **state)
{
    struct fixture fixture;
    struct transaction *first, *second;
    int64_t holder;
    json_t *old = NULL;

    fixture_init(&fixture);
    first = begin(&fixture, "db", true);
    second = begin(&fixture, "web", true);
    assert_int_equal(
        journal_holder(fixture.context.journal, &second->changes.list[0], &holder, &old, NULL), 0);
    assert_int_equal(holder, first->id);
    assert_true(json_equal(old, first->changes.list[0].old));
    json_decref(old);
    assert_int_equal(
        journal_put_state(fixture.context.journal, first->id, TRANSACTION_ROLLED_BACK, NULL), 0);
    assert_int_equal(
        journal_holder(fixture.context.journal, &second->changes.list[0], &holder, NULL, NULL), 0);
    assert_int_equal(holder, 0);
    (void)transaction_free(first);
    (void)transaction_free(second);
    fixture_fini(&fixture);
}

/* A process that has the lock, and a child of its own that outlives it. *ret_child is that one. */
static pid_t start_holder(const struct fixture *fixture, pid_t *ret_child)
{
    int fds[2];
    pid_t pid;

    assert_int_equal(pipe(fds), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        struct journal *journal;
        pid_t child;

        if (journal_open(fixture->directory, false, &journal, NULL) < 0 ||
            journal_lock(journal, NULL) < 0)
            _exit(1);
        child = fork();
        if (child > 0 && write(fds[1], &child, sizeof(child)) != sizeof(child))
            _exit(1);
        alarm(60); /* should the test die */
        for (;;)
            pause();
    }
    close(fds[1]);
    assert_int_equal(read(fds[0], ret_child, sizeof(*ret_child)), sizeof(*ret_child));
    close(fds[0]);
    return pid;
}

static void test_lock(void **state)
{
    struct fixture fixture;
    struct np_error err = {0};
    pid_t holder, child;
    char pid[32];

    fixture_init(&fixture);
    fixture.context.journal = journal_free(fixture.context.journal);
    holder = start_holder(&fixture, &child);
    assert_int_equal(journal_open(fixture.directory, false, &fixture.context.journal, NULL), 0);
    assert_int_equal(journal_lock(fixture.context.journal, &err), -EBUSY);
    (void)snprintf(pid, sizeof(pid), "(pid %d)", (int)holder);
    assert_non_null(strstr(err.text, pid));
    end_process(holder);
    assert_int_equal(kill(child, 0), 0);
    assert_int_equal(journal_lock(fixture.context.journal, NULL), 0);
    assert_int_equal(kill(child, SIGKILL), 0);
    fixture_fini(&fixture);
}

static void test_absent_reads_empty(void **state)
{
    struct journal *journal;
    int64_t *ids;
    unsigned int n = 1;

    assert_int_equal(journal_open("/tmp/numaplace-there-is-no-such", true, &journal, NULL), 0);
    assert_int_equal(journal_open_transactions(journal, &ids, &n, NULL), 0);
    assert_int_equal(n, 0);
    assert_int_equal(access("/tmp/numaplace-there-is-no-such", F_OK), -1);
    free(ids);
    (void)journal_free(journal);
}

static void execute(const struct fixture *fixture, const char *sql)
{
    char path[128];
    sqlite3 *db;

    (void)snprintf(path, sizeof(path), "%s/journal.sqlite", fixture->directory);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void test_newer_schema(void **state)
{
    struct fixture fixture;
    struct np_error err = {0};
    struct journal *journal;

    fixture_init(&fixture);
    execute(&fixture, "PRAGMA user_version=99");
    assert_int_equal(journal_open(fixture.directory, false, &journal, &err), -EPROTONOSUPPORT);
    assert_non_null(strstr(err.text, "newer numaplace"));
    assert_int_equal(journal_open(fixture.directory, true, &journal, &err), -EPROTONOSUPPORT);
    fixture_fini(&fixture);
}

/* Damage at any place is an error with the file's name, never a crash. */
static void test_damage(void **state)
{
    struct fixture fixture;
    char path[128], junk[512];
    off_t size;
    int fd, refused = 0;

    fixture_init(&fixture);
    (void)transaction_free(begin(&fixture, "db", false));
    fixture.context.journal = journal_free(fixture.context.journal);
    (void)snprintf(path, sizeof(path), "%s/journal.sqlite", fixture.directory);
    memset(junk, 0xa5, sizeof(junk));
    fd = open(path, O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    size = lseek(fd, 0, SEEK_END);
    for (off_t at = 0; at + (off_t)sizeof(junk) <= size; at += 2048) {
        struct transaction *transaction = NULL;
        struct np_error err = {0};
        struct journal *journal = NULL;
        char kept[sizeof(junk)];
        int r;

        assert_int_equal(pread(fd, kept, sizeof(kept), at), sizeof(kept));
        assert_int_equal(pwrite(fd, junk, sizeof(junk), at), sizeof(junk));
        r = journal_open(fixture.directory, false, &journal, &err);
        if (r == 0)
            r = journal_load(journal, 1, &transaction, &err);
        if (r < 0) {
            refused++;
            assert_non_null(strstr(err.text, "journal"));
        }
        (void)transaction_free(transaction);
        (void)journal_free(journal);
        assert_int_equal(pwrite(fd, kept, sizeof(kept), at), sizeof(kept));
    }
    assert_true(refused > 0);
    close(fd);
    fixture_fini(&fixture);
}

static void test_nonsense_row(void **state)
{
    struct fixture fixture;
    struct transaction *transaction;
    struct np_error err = {0};

    fixture_init(&fixture);
    (void)transaction_free(begin(&fixture, "db", false));
    execute(&fixture, "UPDATE changes SET kind='teleport'");
    assert_int_equal(journal_load(fixture.context.journal, 1, &transaction, &err), -EBADMSG);
    assert_non_null(strstr(err.text, "damaged"));
    assert_int_equal(journal_load(fixture.context.journal, 7, &transaction, &err), -ENOENT);
    fixture_fini(&fixture);
}

/* Fills what is left of a small file system. */
static void fill(const char *directory)
{
    char path[128], block[4096] = {0};
    int fd;

    (void)snprintf(path, sizeof(path), "%s/filler", directory);
    fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    while (write(fd, block, sizeof(block)) > 0)
        ;
    close(fd);
}

static void test_full_disk(void **state)
{
    struct fixture fixture;
    struct np_error err = {0};
    struct changes changes = {0};
    struct transaction *transaction;
    pid_t pid;

    fixture_init(&fixture);
    fixture.context.journal = journal_free(fixture.context.journal);
    if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
        mount("tmpfs", fixture.directory, "tmpfs", 0, "size=128k") < 0) {
        fixture_fini(&fixture);
        skip_unless(false, "cannot mount a small file system here");
    }
    fixture_open_journal(&fixture);
    fill(fixture.directory);
    pid = start_sleeper();
    set_affinity(pid, "0");
    assert_int_equal(changes_add(&changes, CHANGE_AFFINITY, "db", subject_of(&fixture, pid),
                                 json_pack("{s:s}", "cpus", "0-1")),
                     0);
    must(transaction_prepare(&fixture.context, &changes, &err), &err);
    transaction = transaction_of(&changes);
    assert_int_equal(transaction_apply(&fixture.context, transaction, NULL, 0, false, &err),
                     -ENOSPC);
    assert_non_null(strstr(err.text, "no space left for the journal"));
    assert_affinity(pid, "0");
    end_process(pid);
    (void)transaction_free(transaction);
    fixture.context.journal = journal_free(fixture.context.journal);
    assert_int_equal(umount(fixture.directory), 0);
    fixture_fini(&fixture);
}

static void test_not_writable(void **state)
{
    struct fixture fixture;
    pid_t pid;
    int status;

    skip_unless(geteuid() == 0, "only root can become nobody");
    fixture_init(&fixture);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        struct np_error err = {0};
        struct journal *journal;
        bool said;

        if (setresuid(65534, 65534, 65534) < 0)
            _exit(2);
        said = chmod(fixture.directory, 0) < 0; /* the directory is not ours any more */
        if (journal_open(fixture.directory, false, &journal, &err) >= 0)
            _exit(3);
        _exit(said && strstr(err.text, "journal") && strstr(err.hint, "--state-dir") ? 0 : 4);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(WEXITSTATUS(status), 0);
    fixture_fini(&fixture);
}

/* Writes more than its cache holds, so that the file itself is half changed, and dies. */
static void die_writing(const char *directory)
{
    autofree char *path = NULL;
    sqlite3 *handle;

    if (asprintf(&path, "%s/journal.sqlite", directory) < 0 ||
        sqlite3_open(path, &handle) != SQLITE_OK ||
        sqlite3_exec(handle,
                     "PRAGMA cache_size = 1; BEGIN; CREATE TABLE half(x);"
                     "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 100)"
                     "INSERT INTO half SELECT randomblob(4000) FROM n",
                     NULL, NULL, NULL) != SQLITE_OK)
        _exit(2);
    (void)raise(SIGKILL); /* does not return */
}

/* What a writer left that was killed in the middle is no obstacle to who only reads. */
static void test_killed_writer(void **state)
{
    struct fixture fixture;
    struct transaction *transaction;
    struct np_error err = {0};
    struct journal *journal;
    int status;
    pid_t pid;

    fixture_init(&fixture);
    transaction = begin(&fixture, "db", false);
    pid = fork();
    if (pid == 0)
        die_writing(fixture.directory);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    must(journal_open(fixture.directory, true, &journal, &err), &err);
    (void)transaction_free(transaction);
    must(journal_load(journal, 1, &transaction, &err), &err);
    assert_int_equal(transaction->changes.n, 1);
    (void)transaction_free(transaction);
    (void)journal_free(journal);
    fixture_fini(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),   cmocka_unit_test(test_holder),
        cmocka_unit_test(test_lock),         cmocka_unit_test(test_absent_reads_empty),
        cmocka_unit_test(test_newer_schema), cmocka_unit_test(test_damage),
        cmocka_unit_test(test_nonsense_row), cmocka_unit_test(test_full_disk),
        cmocka_unit_test(test_not_writable), cmocka_unit_test(test_killed_writer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
