/* SPDX-License-Identifier: Apache-2.0 */
/* A real child that maps known amounts, and what is seen of it. */

#include "test.h"

#include "observation.h"

#include <fcntl.h>
#include <numaplace/error.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define AMOUNT (8 * MIB)
#define HUGE_BYTES (2 * MIB)
#define HEAP_BYTES ((size_t)100 * 1024) /* below malloc's threshold for mmap */

/* Addresses in the child, told through shared memory. */
struct plan {
    void *anon;
    void *untouched;
    void *memfd;
    void *file;
    void *copied;
    void *zero;
    void *huge; /* MAP_FAILED when there are none to be had */
    void *heap;
    void *stack;
    bool named; /* the thread */
    bool ready;
};

static struct root *live;

static void *touch(void *start, size_t length)
{
    if (start != MAP_FAILED) {
        for (size_t i = 0; i < length; i += 4096)
            ((volatile char *)start)[i] = 1;
    }
    return start;
}

static void *map(size_t length, int flags, int fd)
{
    return mmap(NULL, length, PROT_READ | PROT_WRITE, flags, fd, 0);
}

static void *idle(void *arg)
{
    struct plan *plan = arg;

    (void)pthread_setname_np(pthread_self(), "idler"); /* short enough to succeed */
    __atomic_store_n(&plan->named, true, __ATOMIC_RELEASE);
    pause();
    return arg;
}

/* Maps everything, tells where, and waits to be killed. */
static void child(struct plan *plan, int file_fd)
{
    int memfd = memfd_create("ring buffer", MFD_CLOEXEC);
    pthread_t thread;
    char on_stack = 1;

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* if the test itself dies */
    if (ftruncate(memfd, AMOUNT) < 0 || pthread_create(&thread, NULL, idle, plan) != 0)
        _exit(1);
    plan->anon = map(AMOUNT, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    /* So that the kernel does not merge it with the next. */
    (void)madvise(plan->anon, AMOUNT, MADV_DONTFORK);
    (void)touch(plan->anon, AMOUNT);
    plan->untouched = map(AMOUNT, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    plan->memfd = touch(map(AMOUNT, MAP_SHARED, memfd), AMOUNT);
    plan->file = touch(map(AMOUNT, MAP_SHARED, file_fd), AMOUNT);
    plan->copied = touch(map(AMOUNT, MAP_PRIVATE, file_fd), AMOUNT);
    plan->zero = touch(map(AMOUNT, MAP_SHARED | MAP_ANONYMOUS, -1), AMOUNT);
    plan->huge = touch(map(HUGE_BYTES, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1), HUGE_BYTES);
    plan->heap = touch(sbrk((intptr_t)HEAP_BYTES), HEAP_BYTES);
    plan->stack = &on_stack;
    while (!__atomic_load_n(&plan->named, __ATOMIC_ACQUIRE))
        (void)usleep(1000);
    __atomic_store_n(&plan->ready, true, __ATOMIC_RELEASE);
    for (;;)
        pause();
}

static pid_t start_child(struct plan **ret_plan)
{
    struct plan *plan = map(sizeof(*plan), MAP_SHARED | MAP_ANONYMOUS, -1);
    char path[] = "/var/tmp/numaplace-test-XXXXXX"; /* /tmp may be a tmpfs: other rules */
    int fd = mkstemp(path);
    pid_t pid;

    assert_true(fd >= 0);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(ftruncate(fd, AMOUNT), 0);
    assert_ptr_not_equal(plan, MAP_FAILED);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        child(plan, fd);
    (void)close(fd);
    for (unsigned int i = 0; i < 1000 && !__atomic_load_n(&plan->ready, __ATOMIC_ACQUIRE); i++)
        (void)usleep(10000);
    assert_true(plan->ready);
    *ret_plan = plan;
    return pid;
}

static void end_child(pid_t pid)
{
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* The mapping that holds an address. */
static const struct mapping *find(const struct observation *observation, const void *address)
{
    unsigned int found = 0;

    assert_true(observation->n_mappings > 0);
    for (unsigned int i = 1; i < observation->n_mappings; i++) {
        if (observation->mappings[i].start <= (uint64_t)(uintptr_t)address)
            found = i;
    }
    return &observation->mappings[found];
}

static void assert_mapping(const struct observation *observation, const void *address,
                           enum mapping_class class, uint64_t bytes)
{
    const struct mapping *mapping = find(observation, address);

    print_message("  %s: %s, %llu pages of %llu, %s\n", mapping_class_name(class),
                  mapping_class_name(mapping->class), (unsigned long long)mapping_pages(mapping),
                  (unsigned long long)mapping->page_bytes, mapping->file ? mapping->file : "-");
    assert_int_equal(mapping->class, class);
    assert_int_equal(mapping_pages(mapping) * mapping->page_bytes, bytes);
}

static void test_classes(void **state)
{
    autoobservation struct observation *seen = NULL;
    struct np_error err = {0};
    uint64_t total = 0, by_class = 0;
    struct plan *plan;
    pid_t pid = start_child(&plan);

    assert_int_equal(observe_process(live, pid, OBSERVE_ALL, &seen, &err), 0);
    assert_int_equal(seen->pages_error, 0);
    assert_mapping(seen, plan->anon, MAPPING_ANON, AMOUNT);
    assert_mapping(seen, plan->untouched, MAPPING_ANON, 0);
    assert_mapping(seen, plan->memfd, MAPPING_SHARED, AMOUNT);
    assert_string_equal(find(seen, plan->memfd)->file, "/memfd:ring buffer (deleted)");
    assert_mapping(seen, plan->zero, MAPPING_SHARED, AMOUNT);
    assert_mapping(seen, plan->file, MAPPING_FILE, AMOUNT);
    assert_int_equal(find(seen, plan->file)->anon_pages, 0);
    assert_mapping(seen, plan->copied, MAPPING_FILE, AMOUNT);
    assert_int_equal(find(seen, plan->copied)->anon_pages, AMOUNT / 4096);
    assert_int_equal(find(seen, plan->heap)->class, MAPPING_HEAP);
    assert_true(mapping_pages(find(seen, plan->heap)) >= HEAP_BYTES / 4096);
    assert_int_equal(find(seen, plan->stack)->class, MAPPING_STACK);
    assert_true(mapping_pages(find(seen, plan->stack)) > 0);
    if (plan->huge == MAP_FAILED)
        print_message("  no huge pages to be had: not looked at\n");
    else
        assert_mapping(seen, plan->huge, MAPPING_HUGE, HUGE_BYTES);
    for (unsigned int node = 0; node < 1024; node++) {
        total += observation_bytes(seen, MAPPING_CLASS_ALL, node);
        by_class += observation_bytes(seen, 1u << MAPPING_SHARED, node);
    }
    assert_true(total > 5 * AMOUNT);
    assert_true(by_class >= 2 * AMOUNT && by_class < 2 * AMOUNT + MIB);
    end_child(pid);
}

static void test_threads(void **state)
{
    autoobservation struct observation *seen = NULL;
    autoset hwloc_bitmap_t cpus = NULL;
    autoset hwloc_bitmap_t mems = NULL;
    struct plan *plan;
    pid_t pid = start_child(&plan);

    assert_int_equal(proc_allowed(live, pid, &cpus, &mems), 0);
    assert_int_equal(observe_process(live, pid, OBSERVE_THREADS, &seen, NULL), 0);
    assert_int_equal(seen->n_mappings, 0);
    assert_int_equal(seen->n_threads, 2);
    assert_int_equal(seen->threads[0].tid, pid);
    assert_string_equal(seen->threads[0].comm, seen->comm);
    assert_string_equal(seen->threads[1].comm, "idler");
    for (unsigned int i = 0; i < 2; i++) {
        assert_true(hwloc_bitmap_isequal(seen->threads[i].cpus_allowed, cpus));
        assert_true(hwloc_bitmap_isequal(seen->threads[i].mems_allowed, mems));
        assert_true(hwloc_bitmap_isset(cpus, seen->threads[i].last_cpu));
    }
    end_child(pid);
}

static void test_gone(void **state)
{
    struct observation *seen = NULL;
    struct np_error err = {0};
    struct plan *plan;
    pid_t pid = start_child(&plan);

    assert_int_equal(kill(pid, SIGKILL), 0);
    /* Dead, and not yet waited for: it has a pid and no memory. */
    for (unsigned int i = 0; i < 1000; i++) {
        siginfo_t info;

        if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) == 0)
            break;
    }
    assert_int_equal(observe_process(live, pid, OBSERVE_ALL, &seen, &err), -ESRCH);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_int_equal(observe_process(live, pid, OBSERVE_ALL, &seen, &err), -ESRCH);
    assert_non_null(strstr(err.text, "there is no process"));
    assert_null(seen);
}

static void test_kernel_thread(void **state)
{
    autoobservation struct observation *seen = NULL;
    struct np_error err = {0};
    char *comm = NULL;
    int r = proc_comm(live, 2, &comm);

    if (r < 0 || strcmp(comm, "kthreadd") != 0) {
        free(comm);
        skip(); /* a pid namespace of its own */
    }
    free(comm);
    assert_int_equal(observe_process(live, 2, OBSERVE_ALL, &seen, &err), 0);
    assert_int_equal(seen->pages_error, -ENODATA);
    assert_int_equal(observation_need_pages(seen, &err), -ENODATA);
    assert_non_null(strstr(err.text, "kernel thread"));
}

static int open_root(void **state)
{
    return root_open("/", &live, NULL);
}

static int close_root(void **state)
{
    live = root_free(live);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_classes),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_gone),
        cmocka_unit_test(test_kernel_thread),
    };

    return cmocka_run_group_tests(tests, open_root, close_root);
}
