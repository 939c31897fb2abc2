/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_CHANGE_FIXTURE_H
#define TESTS_UNIT_CHANGE_FIXTURE_H

/* What the tests of changes share: a journal in a temporary directory, processes to change, and
 * whether this machine and user allow it. */

#include "cpuset.h"
#include "journal.h"
#include "kinds.h"
#include "numa-calls.h"
#include "transaction.h"

#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

struct fixture {
    char directory[64];
    char parent[64]; /* of our cgroups: tests may run side by side */
    struct cpuset cpuset;
    struct change_context context;
};

/* For a group of tests that changes cgroups of this machine: one program at a time, whichever build
 * it is of, until it ends. tests/cli/apply waits for the same lock. */
static inline int alone(void **state)
{
    int fd = open("/sys/fs/cgroup/cpuset", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0) /* version 2 */
        fd = open("/sys/fs/cgroup", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return 0; /* no cgroups: nothing to disturb */
    for (int i = 0; i < 1000; i++) {
        if (flock(fd, LOCK_EX | LOCK_NB) == 0)
            return 0;
        usleep(100000);
    }
    print_message("another test has held the cgroups for 100 s\n");
    return -1;
}

/* Fails the test with the message instead of a bare number. */
static inline void must(int r, const struct np_error *err)
{
    if (r < 0)
        fail_msg("%s (%s; %s)", strerror(-r), err->text, err->hint);
}

static inline void fixture_open_journal(struct fixture *fixture)
{
    struct np_error err = {0};

    must(journal_open(fixture->directory, false, &fixture->context.journal, &err), &err);
    must(journal_lock(fixture->context.journal, &err), &err);
}

static inline void fixture_init(struct fixture *fixture)
{
    struct root *root;

    *fixture = (struct fixture){0};
    strcpy(fixture->directory, "/tmp/numaplace-change-XXXXXX");
    assert_non_null(mkdtemp(fixture->directory));
    assert_int_equal(root_open("/", &root, NULL), 0);
    fixture->context.root = root;
    if (cpuset_find(root, &fixture->cpuset, NULL) == 0 &&
        cpuset_writable(root, &fixture->cpuset) == 0)
        fixture->context.cpuset = &fixture->cpuset;
    (void)snprintf(fixture->parent, sizeof(fixture->parent), "numaplace-test-%d", (int)getpid());
    fixture->cpuset.parent = fixture->parent;
    fixture_open_journal(fixture);
}

static inline int fixture_remove(const char *path, const struct stat *status, int type,
                                 struct FTW *walk)
{
    return remove(path);
}

static inline void fixture_fini(struct fixture *fixture)
{
    struct root *root = (struct root *)(uintptr_t)fixture->context.root;

    fixture->context.journal = journal_free(fixture->context.journal);
    cpuset_fini(&fixture->cpuset);
    (void)root_free(root);
    assert_int_equal(nftw(fixture->directory, fixture_remove, 16, FTW_DEPTH | FTW_PHYS), 0);
}

static inline void end_process(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static inline json_t *subject_of(const struct fixture *fixture, pid_t pid)
{
    struct proc_id id;

    assert_int_equal(proc_identify(fixture->context.root, pid, &id), 0);
    return subject_of_process(&id, "sleeper");
}

static inline char *affinity_text(pid_t tid)
{
    hwloc_bitmap_t cpus;
    char *text;

    assert_int_equal(numa_get_affinity(tid, &cpus), 0);
    text = set_format(cpus);
    hwloc_bitmap_free(cpus);
    assert_non_null(text);
    return text;
}

#define assert_affinity(tid, wanted)                                                               \
    do {                                                                                           \
        char *affinity_now = affinity_text(tid);                                                   \
        assert_string_equal(affinity_now, wanted);                                                 \
        free(affinity_now);                                                                        \
    } while (0)

static inline void set_affinity(pid_t tid, const char *list)
{
    hwloc_bitmap_t cpus;

    assert_int_equal(set_parse_list(list, &cpus, NULL), 0);
    assert_int_equal(numa_set_affinity(tid, cpus), 0);
    hwloc_bitmap_free(cpus);
}

/* Placements here are between CPUs 0 and 1. */
static inline bool two_cpus(void)
{
    hwloc_bitmap_t cpus;
    bool two;

    assert_int_equal(numa_get_affinity(0, &cpus), 0);
    two = hwloc_bitmap_isset(cpus, 0) && hwloc_bitmap_isset(cpus, 1);
    hwloc_bitmap_free(cpus);
    return two;
}

/* A process that does nothing until it is ended, on CPUs 0-1; it ends with us. */
static inline pid_t start_sleeper(void)
{
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        set_affinity(0, "0-1");
        assert_int_equal(raise(SIGSTOP), 0);
        for (;;)
            pause();
    }
    assert_int_equal(waitpid(pid, NULL, WUNTRACED), pid);
    assert_int_equal(kill(pid, SIGCONT), 0);
    return pid;
}

/* A transaction that holds changes; they are its own afterwards. */
static inline struct transaction *transaction_of(struct changes *changes)
{
    struct transaction *transaction = calloc(1, sizeof(*transaction));

    assert_non_null(transaction);
    transaction->spec_file = strdup("/test.yaml");
    transaction->plan = strdup("{}");
    transaction->changes = *changes;
    *changes = (struct changes){0};
    return transaction;
}

#define skip_unless(condition, why)                                                                \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            print_message("skipped: %s\n", why);                                                   \
            skip();                                                                                \
        }                                                                                          \
    } while (0)

#endif
