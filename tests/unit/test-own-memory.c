/* SPDX-License-Identifier: Apache-2.0 */
/* What numa_maps tells of a process's own arrangements, as kernels write it. */
#include "test.h"

#include "own-memory.h"
#include "set.h"
#include "size.h"

#include <string.h>
#include <sys/stat.h>

#define PLAIN "7f01 default anon=3 dirty=3 N0=3 kernelpagesize_kB=4\n"

static const struct {
    const char *maps;
    bool policy;
    uint64_t huge_bytes; /* outside node 1 */
} cases[] = {
    {"", false, 0},
    {PLAIN, false, 0},
    {PLAIN "7f02 bind:0 file=/usr/lib/a\\040huge mapped=2 N0=2 kernelpagesize_kB=4\n", true, 0},
    {"7f01 prefer (many):0-1 anon=1 N1=1 kernelpagesize_kB=4\n", true, 0},
    {PLAIN "7f02 default file=/anon_hugepage\\040(deleted) huge anon=5 dirty=5 N0=3 N1=2 "
           "kernelpagesize_kB=2048\n",
     false, 3 * 2 * MIB},
    {"7f02 default huge anon=1 N1=1 kernelpagesize_kB=1048576\n" PLAIN, false, 0},
};

static void write_maps(const char *directory, const char *text)
{
    char path[128];
    FILE *file;

    (void)snprintf(path, sizeof(path), "%s/proc/7/numa_maps", directory);
    file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void make_directory(const char *directory, const char *name)
{
    char path[128];

    (void)snprintf(path, sizeof(path), "%s/%s", directory, name);
    assert_int_equal(mkdir(path, 0700), 0);
}

static void remove_all(const char *directory)
{
    static const char *const names[] = {"proc/7/numa_maps", "proc/7", "proc", ""};

    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        char path[128];

        (void)snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
        assert_int_equal(remove(path), 0);
    }
}

static void test_own_memory(void **state)
{
    char directory[] = "/tmp/numaplace-own-XXXXXX";
    autoroot struct root *root = NULL;
    autoset hwloc_bitmap_t nodes = NULL;
    struct own_memory own;

    assert_non_null(mkdtemp(directory));
    make_directory(directory, "proc");
    make_directory(directory, "proc/7");
    assert_int_equal(root_open(directory, &root, NULL), 0);
    assert_int_equal(set_parse_list("1", &nodes, NULL), 0);
    assert_int_equal(own_memory_read(root, 7, nodes, &own), -ESRCH);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        print_message("  case %zu\n", i);
        write_maps(directory, cases[i].maps);
        assert_int_equal(own_memory_read(root, 7, nodes, &own), 0);
        assert_int_equal(own.policy, cases[i].policy);
        assert_int_equal(own.huge_bytes, cases[i].huge_bytes);
    }
    remove_all(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_own_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
