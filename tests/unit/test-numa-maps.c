/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "numa-maps.h"
#include "set.h"

#include <string.h>
#include <sys/mman.h>

/* Lines as kernels 4.19 to 6.18 write them. */
static const struct {
    const char *line;
    uint64_t start;
    enum mapping_class class;
    const char *policy;
    const char *file;
    uint64_t page_bytes;
    struct node_pages by_node[4];
    unsigned int n_by_node;
    uint64_t anon_pages;
} lines[] = {
    {"5653dcc52000 default heap anon=4 dirty=4 active=0 N0=4 kernelpagesize_kB=4",
     0x5653dcc52000,
     MAPPING_HEAP,
     "default",
     NULL,
     4096,
     {{0, 4}},
     1,
     4},
    {"7fb056f83000 default anon=2 dirty=2 active=0 N0=2 kernelpagesize_kB=4",
     0x7fb056f83000,
     MAPPING_ANON,
     "default",
     NULL,
     4096,
     {{0, 2}},
     1,
     2},
    {"7ffe2a1fd000 bind:0-1 stack anon=3 dirty=3 N0=1 N1=2 kernelpagesize_kB=4",
     0x7ffe2a1fd000,
     MAPPING_STACK,
     "bind:0-1",
     NULL,
     4096,
     {{0, 1}, {1, 2}},
     2,
     3},
    {"7fb056f25000 default file=/usr/lib/x86_64-linux-gnu/libc.so.6 mapped=32 mapmax=12 N0=32 "
     "kernelpagesize_kB=4",
     0x7fb056f25000,
     MAPPING_FILE,
     "default",
     "/usr/lib/x86_64-linux-gnu/libc.so.6",
     4096,
     {{0, 32}},
     1,
     0},
    {"7f00 bind=static:0 file=/srv/a\\040b\\012c\\075d\\134e anon=1 dirty=1 mapped=9 N2=9 "
     "kernelpagesize_kB=4",
     0x7f00,
     MAPPING_FILE,
     "bind=static:0",
     "/srv/a b\nc=d\\134e",
     4096,
     {{2, 9}},
     1,
     1},
    {"7f00 prefer:1 file=/dev/shm/x dirty=512 active=0 N1=512 kernelpagesize_kB=4",
     0x7f00,
     MAPPING_SHARED,
     "prefer:1",
     "/dev/shm/x",
     4096,
     {{1, 512}},
     1,
     0},
    {"7f00 prefer (many):0-1 file=/memfd:ring\\040(deleted) dirty=1 N0=1 kernelpagesize_kB=4",
     0x7f00,
     MAPPING_SHARED,
     "prefer (many):0-1",
     "/memfd:ring (deleted)",
     4096,
     {{0, 1}},
     1,
     0},
    {"7f00 prefer (many)=static:0-1 anon=1 dirty=1 N0=1 kernelpagesize_kB=4",
     0x7f00,
     MAPPING_ANON,
     "prefer (many)=static:0-1",
     NULL,
     4096,
     {{0, 1}},
     1,
     1},
    {"7f00 weighted interleave:0-1 anon=6 dirty=6 N0=4 N1=2 kernelpagesize_kB=4",
     0x7f00,
     MAPPING_ANON,
     "weighted interleave:0-1",
     NULL,
     4096,
     {{0, 4}, {1, 2}},
     2,
     6},
    {"7f00 interleave:0,2 file=/SYSV00000000\\040(deleted) dirty=2 N0=1 N2=1 kernelpagesize_kB=4",
     0x7f00,
     MAPPING_SHARED,
     "interleave:0,2",
     "/SYSV00000000 (deleted)",
     4096,
     {{0, 1}, {2, 1}},
     2,
     0},
    {"7f00 local file=/dev/zero\\040(deleted) dirty=1 N0=1 kernelpagesize_kB=4",
     0x7f00,
     MAPPING_SHARED,
     "local",
     "/dev/zero (deleted)",
     4096,
     {{0, 1}},
     1,
     0},
    {"7f00 default file=/dev/zero anon=1 dirty=1 N0=1 kernelpagesize_kB=4",
     0x7f00,
     MAPPING_FILE,
     "default",
     "/dev/zero",
     4096,
     {{0, 1}},
     1,
     1},
    {"7f00 default file=/anon_hugepage\\040(deleted) huge anon=4 dirty=4 N0=1 N3=3 "
     "kernelpagesize_kB=2048",
     0x7f00,
     MAPPING_HUGE,
     "default",
     "/anon_hugepage (deleted)",
     2 << 20,
     {{0, 1}, {3, 3}},
     2,
     4},
    {"7f00 bind:12 file=/dev/hugepages/vm huge dirty=2 N12=2 kernelpagesize_kB=1048576",
     0x7f00,
     MAPPING_HUGE,
     "bind:12",
     "/dev/hugepages/vm",
     1 << 30,
     {{12, 2}},
     1,
     0},
    {"7f00 default anon=9 dirty=9 swapcache=3 writeback=1 active=2 N0=9 kernelpagesize_kB=64",
     0x7f00,
     MAPPING_ANON,
     "default",
     NULL,
     64 << 10,
     {{0, 9}},
     1,
     9},
    {"7ffe2a1fd000 default", 0x7ffe2a1fd000, MAPPING_ANON, "default", NULL, 0, {{0, 0}}, 0, 0},
    {"7f00 default file=/tmp/gone\\040(deleted)",
     0x7f00,
     MAPPING_FILE,
     "default",
     "/tmp/gone (deleted)",
     0,
     {{0, 0}},
     0,
     0},
    /* What a newer kernel may add. */
    {"7f00 default anon=1 dirty=1 sealed tagged=7 N0=1 kernelpagesize_kB=4",
     0x7f00,
     MAPPING_ANON,
     "default",
     NULL,
     4096,
     {{0, 1}},
     1,
     1},
};

static void test_lines(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
        struct mapping mapping;

        print_message("  %s\n", lines[i].line);
        assert_int_equal(mapping_parse(lines[i].line, strlen(lines[i].line), &mapping), 0);
        assert_int_equal(mapping.start, lines[i].start);
        assert_int_equal(mapping.class, lines[i].class);
        assert_string_equal(mapping.policy, lines[i].policy);
        assert_int_equal(!mapping.file, !lines[i].file);
        if (mapping.file)
            assert_string_equal(mapping.file, lines[i].file);
        assert_int_equal(mapping.page_bytes, lines[i].page_bytes);
        assert_int_equal(mapping.anon_pages, lines[i].anon_pages);
        assert_int_equal(mapping.n_by_node, lines[i].n_by_node);
        for (unsigned int n = 0; n < mapping.n_by_node; n++) {
            assert_int_equal(mapping.by_node[n].node, lines[i].by_node[n].node);
            assert_int_equal(mapping.by_node[n].pages, lines[i].by_node[n].pages);
        }
        mapping_fini(&mapping);
    }
}

static const char *const bad_lines[] = {
    "",
    "default anon=1",
    "7f00",
    "7f00z default",
    "12345678901234567 default",
    "7f00 9lives",
    "7f00 default anon=1 N0=1",                              /* no page size: a guess */
    "7f00 default N0=1 kernelpagesize_kB=0",                 /* not a size */
    "7f00 default N0=1 kernelpagesize_kB=3",                 /* not a power of two */
    "7f00 default N0=1 kernelpagesize_kB=4k",                /* not a number */
    "7f00 default N0=1 kernelpagesize_kB=18014398509481984", /* more than a machine */
    "7f00 default N0 kernelpagesize_kB=4",
    "7f00 default N0= kernelpagesize_kB=4",
    "7f00 default N0=-1 kernelpagesize_kB=4",
    "7f00 default N0=1x kernelpagesize_kB=4",
    "7f00 default N0x=1 kernelpagesize_kB=4",
    "7f00 default N65536=1 kernelpagesize_kB=4",
    "7f00 default N0=1 N0=1 kernelpagesize_kB=4", /* twice */
    "7f00 default N1=1 N0=1 kernelpagesize_kB=4", /* the kernel writes them in order */
    "7f00 default N0=99999999999999999999 kernelpagesize_kB=4",
    "7f00 default anon= N0=1 kernelpagesize_kB=4",
    "7f00 default anon=2 N0=1 kernelpagesize_kB=4", /* more copies than pages */
    "7f00 default mapmax=some N0=1 kernelpagesize_kB=4",
    "7f00 default file=/a file=/b",
    "7f00 default =4",
    "7f00 default \x01",
};

static void test_bad_lines(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(bad_lines); i++) {
        struct mapping mapping;

        print_message("  %s\n", bad_lines[i]);
        assert_int_equal(mapping_parse(bad_lines[i], strlen(bad_lines[i]), &mapping), -EINVAL);
    }
    /* A NUL inside is no text of the kernel's. */
    assert_int_equal(mapping_parse("7f00 de\0ault", 12, &(struct mapping){0}), -EINVAL);
    assert_int_equal(mapping_parse("7f00 default file=\0", 19, &(struct mapping){0}), -EINVAL);
}

/* The text as a file that can be read. */
static int text_fd(const char *text)
{
    int fd = memfd_create("numa_maps", MFD_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    return fd;
}

static void test_stream(void **state)
{
    enum { COUNT = 60000, LINE = 80 };
    autofree char *text = malloc((size_t)COUNT * LINE);
    struct mapping *mappings;
    unsigned int n, line = 0;
    size_t length = 0;
    int fd;

    assert_non_null(text);
    for (unsigned int i = 0; i < COUNT; i++)
        length += (size_t)snprintf(text + length, LINE,
                                   "%x default anon=%u dirty=1 N0=%u kernelpagesize_kB=4\n",
                                   (i + 1) << 12, i % 77 + 1, i % 77 + 1);
    fd = text_fd(text);
    assert_int_equal(numa_maps_read(fd, &mappings, &n, &line), 0);
    (void)close(fd);
    assert_int_equal(n, COUNT);
    for (unsigned int i = 0; i < COUNT; i++) {
        assert_int_equal(mappings[i].start, (i + 1) << 12);
        assert_int_equal(mappings[i].by_node[0].pages, i % 77 + 1);
    }
    mappings_free(mappings, n);
}

/* A name of 4095 bytes, all escaped, is the longest that a kernel writes. */
static void test_long_line(void **state)
{
    autofree char *text = malloc(64 * 1024);
    struct mapping *mappings;
    unsigned int n, line = 0;
    char *p = text;
    int fd;

    assert_non_null(text);
    p = stpcpy(p, "1000 default file=/");
    for (unsigned int i = 0; i < 4094; i++)
        p = stpcpy(p, "\\040");
    (void)stpcpy(p, " mapped=1 N0=1 kernelpagesize_kB=4\n");
    fd = text_fd(text);
    assert_int_equal(numa_maps_read(fd, &mappings, &n, &line), 0);
    (void)close(fd);
    assert_int_equal(n, 1);
    assert_int_equal(strlen(mappings[0].file), 4095);
    mappings_free(mappings, n);
}

static void test_bad_stream(void **state)
{
    static const struct {
        const char *text;
        unsigned int line;
    } cases[] = {
        {"1000 default\n2000 default N0=x\n", 2},
        {"1000 default\n\n", 2},
        {"1000 default\n2000 default anon=1 N0=1 kernelpa", 2}, /* cut */
    };
    autofree char *endless = malloc(1 << 20);
    struct mapping *mappings;
    unsigned int n, line = 0;
    int fd;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        fd = text_fd(cases[i].text);
        assert_int_equal(numa_maps_read(fd, &mappings, &n, &line), -EINVAL);
        (void)close(fd);
        assert_int_equal(line, cases[i].line);
    }
    assert_non_null(endless);
    memset(endless, 'a', (1 << 20) - 1);
    endless[(1 << 20) - 1] = '\0';
    fd = text_fd(endless);
    assert_int_equal(numa_maps_read(fd, &mappings, &n, &line), -EINVAL);
    (void)close(fd);
    assert_int_equal(line, 1);
}

static void test_policies(void **state)
{
    static const struct {
        const char *text;
        enum policy_mode mode;
        const char *nodes;
    } cases[] = {
        {"default", POLICY_DEFAULT, ""},
        {"local", POLICY_DEFAULT, ""},
        {"bind:0-1", POLICY_BIND, "0-1"},
        {"bind=static:0", POLICY_BIND, "0"},
        {"bind=relative:0,3", POLICY_BIND, "0,3"},
        {"bind=static|balancing:0", POLICY_BIND, "0"},
        {"bind=balancing:1", POLICY_BIND, "1"},
        {"bind=:1", POLICY_BIND, "1"}, /* balancing, before kernels had a word for it */
        {"prefer:1", POLICY_PREFER, "1"},
        {"prefer (many):0-1", POLICY_PREFER, "0-1"},
        {"interleave:0,2", POLICY_INTERLEAVE, "0,2"},
        {"weighted interleave:0-1", POLICY_WEIGHTED, "0-1"},
        {"bind:", POLICY_BIND, ""},
        {"bind:0-", POLICY_UNKNOWN, ""},
        {"random:0", POLICY_UNKNOWN, ""},
        /* 63 bytes: its end may be missing. */
        {"interleave:0,2,4,6,8,10,12,14,16,18,20,22,24,26,28,30,32,34,36,", POLICY_UNKNOWN, ""},
        {"interleave:0,2,4,6,8,10,12,14,16,18,20,22,24,26,28,30,32,34,3,5", POLICY_UNKNOWN, ""},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        autoset hwloc_bitmap_t nodes = NULL;
        autofree char *text = NULL;
        enum policy_mode mode;

        print_message("  %s\n", cases[i].text);
        assert_int_equal(policy_parse(cases[i].text, &mode, &nodes), 0);
        assert_int_equal(mode, cases[i].mode);
        text = set_format(nodes);
        assert_string_equal(text, cases[i].nodes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),      cmocka_unit_test(test_bad_lines),
        cmocka_unit_test(test_stream),     cmocka_unit_test(test_long_line),
        cmocka_unit_test(test_bad_stream), cmocka_unit_test(test_policies),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
