/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "housekeeping.h"
#include "set.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static void put(const char *directory, const char *path, const char *text)
{
    char file[256];
    int fd;

    if (!text)
        return;
    for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
        (void)snprintf(file, sizeof(file), "%s/%.*s", directory, (int)(slash - path), path);
        (void)mkdir(file, 0755); /* it may be there */
    }
    (void)snprintf(file, sizeof(file), "%s/%s", directory, path);
    fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(close(fd), 0);
}

static const struct {
    const char *affinity, *nohz_full; /* NULL: no such file */
    const char *cpus;                 /* of 0-39 */
} cases[] = {
    {NULL, NULL, "0-39"},         {"ff\n", NULL, "0-7"}, {"f0,0000000f\n", "(null)\n", "0-3,36-39"},
    {"ff\n", "2-3\n", "0-1,4-7"}, {"ff\n", "\n", "0-7"}, {NULL, "1-39\n", "0"},
    {"what?\n", NULL, "0-39"},
};

static void test_housekeeping(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char directory[] = "/tmp/numaplace-test-XXXXXX";
        autoroot struct root *root = NULL;
        autoset hwloc_bitmap_t cpus = NULL, all = hwloc_bitmap_alloc();
        autofree char *text = NULL, *remove = NULL;

        assert_non_null(mkdtemp(directory));
        put(directory, "proc/irq/default_smp_affinity", cases[i].affinity);
        put(directory, "sys/devices/system/cpu/nohz_full", cases[i].nohz_full);
        assert_int_equal(root_open(directory, &root, NULL), 0);
        assert_int_equal(housekeeping_cpus(root, &cpus), 0);
        hwloc_bitmap_set_range(all, 0, 39);
        hwloc_bitmap_and(cpus, cpus, all);
        text = set_format(cpus);
        assert_string_equal(text, cases[i].cpus);
        assert_true(asprintf(&remove, "rm -r %s", directory) > 0);
        assert_int_equal(system(remove), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_housekeeping)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
