/* SPDX-License-Identifier: Apache-2.0 */
/* The public library as its users link it: only the shared object and the public headers. */
#include "test.h"

#include <errno.h>
#include <numaplace/numaplace.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void test_machine(void **state)
{
    struct np_machine *machine;
    struct np_node nodes[4];
    unsigned int cpus[8], node, distance;
    struct np_error err;

    assert_int_equal(np_machine_load("synthetic:pack:2 [numa] core:4 pu:1", &machine, &err), 0);
    assert_int_equal(np_machine_nodes(machine, nodes, 4), 2);
    assert_int_equal(nodes[1].node, 1);
    assert_int_equal(np_machine_nodes(machine, NULL, 0), 2);
    assert_int_equal(np_machine_node_cpus(machine, 1, cpus, 2), 4);
    assert_int_equal(cpus[0], 4);
    assert_int_equal(cpus[1], 5);
    assert_int_equal(np_machine_node_cpus(machine, 7, cpus, 8), 0);
    assert_int_equal(np_machine_cpu_node(machine, 6, &node), 0);
    assert_int_equal(node, 1);
    assert_int_equal(np_machine_cpu_node(machine, 99, &node), -ENOENT);
    assert_int_equal(np_machine_device_node(machine, "eth9", &node), -ENOENT);
    assert_int_equal(np_machine_distance(machine, 0, 7, &distance), -ENODATA);
    assert_null(np_machine_free(machine));
    assert_null(np_machine_free(NULL));
}

static void test_machine_refused(void **state)
{
    struct np_machine *machine = NULL;
    struct np_error err = {0};

    assert_int_equal(np_machine_load("/nonexistent/tree", &machine, &err), -ENOENT);
    assert_null(machine);
    assert_string_equal(err.file, "/nonexistent/tree");
    assert_true(err.text[0] != 0);
}

static void test_where(void **state)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE), length = 1000 * page;
    struct np_pages pages[64];
    uint64_t absent, present = 0;
    char *memory = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int n;

    assert_true(memory != MAP_FAILED);
    assert_int_equal(madvise(memory, length, MADV_NOHUGEPAGE), 0);
    assert_int_equal(np_where(memory, length, pages, 64, &absent), 0);
    assert_int_equal(absent, length);
    memset(memory, 1, 600 * page);
    n = np_where(memory, length, pages, 64, &absent);
    assert_true(n >= 1);
    for (int i = 0; i < n; i++)
        present += pages[i].bytes;
    assert_int_equal(present, 600 * page);
    assert_int_equal(absent, 400 * page);
    assert_int_equal(np_where(memory + 1, 1, pages, 64, &absent), 1); /* widened to its page */
    assert_int_equal(pages[0].bytes, page);
    assert_int_equal(np_where(memory, 1, pages, 0, &absent), -ENOSPC);
    assert_int_equal(np_where(memory, SIZE_MAX, pages, 64, &absent), -EINVAL);
    assert_int_equal(munmap(memory, length), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_machine),
        cmocka_unit_test(test_machine_refused),
        cmocka_unit_test(test_where),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
