/* SPDX-License-Identifier: Apache-2.0 */
/* Archives: ours, and such as nobody should be able to do harm with. */

#include "test.h"

#include "tar-format.h"
#include "tar.h"
#include "tree.h"

#include <bzlib.h>
#include <fcntl.h>
#include <sys/mman.h>

/* An archive under construction, in memory. */
static int archive_new(void)
{
    int fd = memfd_create("archive", MFD_CLOEXEC);

    assert_true(fd >= 0);
    return fd;
}

static void archive_bytes(int fd, const void *bytes, size_t size)
{
    assert_int_equal(write(fd, bytes, size), size);
}

/* One header with any type and size, and a sum that is right; then data, padded. */
static void archive_raw(int fd, const char *name, char type, const char *target, const char *size,
                        const char *data)
{
    struct tar_header header = {.type = type};
    char padded[TAR_BLOCK] = "";
    unsigned int sum = 0;

    memcpy(header.name, name, strlen(name));
    memcpy(header.target, target, strlen(target));
    memcpy(header.size, size, strlen(size));
    memcpy(header.magic, "ustar", 6);
    memset(header.checksum, ' ', sizeof(header.checksum));
    for (size_t i = 0; i < sizeof(header); i++)
        sum += ((const unsigned char *)&header)[i];
    assert_true(snprintf(header.checksum, 8, "%06o", sum) < 8);
    archive_bytes(fd, &header, sizeof(header));
    if (data) {
        memcpy(padded, data, strlen(data));
        archive_bytes(fd, padded, sizeof(padded));
    }
}

static void archive_end(int fd)
{
    static const char zeros[2 * TAR_BLOCK];

    archive_bytes(fd, zeros, sizeof(zeros));
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
}

/* Into a fresh directory, which is gone afterwards. */
static int unpack(int fd, struct np_error *err)
{
    struct tree tree;
    int dir_fd, r;

    tree_init(&tree);
    dir_fd = open(tree.path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    assert_true(dir_fd >= 0);
    r = tar_unpack(fd, dir_fd, err);
    assert_int_equal(close(dir_fd), 0);
    tree_fini(&tree);
    return r;
}

static char long_name[180];

static void test_round_trip(void **state)
{
    const struct tar_member members[] = {
        {.type = TAR_DIRECTORY, .name = "sys/empty"},
        {.type = TAR_FILE, .name = "sys/a", .data = "1\n", .size = 2},
        {.type = TAR_FILE, .name = "sys/b", .data = "", .size = 0, .read_only = true},
        {.type = TAR_FILE, .name = long_name, .data = "long", .size = 4},
        {.type = TAR_LINK, .name = "sys/class/x", .target = long_name},
        {.type = TAR_LINK, .name = "sys/up", .target = "../sys/a"},
        {.type = TAR_LINK, .name = "sys/absolute", .target = "/sys/a"},
    };

    memset(long_name, 'n', sizeof(long_name) - 1);
    memcpy(long_name + 100, "/", 1);
    for (int gzip = 0; gzip <= 1; gzip++) {
        struct tar_writer *writer = NULL;
        int fd = archive_new();
        struct np_error err;
        struct tree tree;
        char *text;
        int dir_fd;

        assert_int_equal(tar_writer_new(fd, gzip, &writer), 0);
        for (size_t i = 0; i < ARRAY_SIZE(members); i++)
            assert_int_equal(tar_writer_add(writer, &members[i]), 0);
        assert_int_equal(tar_writer_finish(writer), 0);
        assert_null(tar_writer_free(writer));
        assert_int_equal(lseek(fd, 0, SEEK_SET), 0);

        tree_init(&tree);
        dir_fd = open(tree.path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        assert_int_equal(tar_unpack(fd, dir_fd, &err), 0);
        assert_true(root_has(tree.root, "sys/empty"));
        assert_false(root_is_read_only(tree.root, "sys/a"));
        assert_true(root_is_read_only(tree.root, "sys/b"));
        assert_int_equal(root_read(tree.root, &text, "sys/absolute"), 0);
        assert_string_equal(text, "1");
        free(text);
        assert_int_equal(root_readlink(tree.root, &text, "sys/absolute"), 0);
        assert_string_equal(text, "../sys/a");
        free(text);
        assert_int_equal(root_read(tree.root, &text, "%s", long_name), 0);
        assert_string_equal(text, "long");
        free(text);
        assert_int_equal(root_readlink(tree.root, &text, "sys/class/x"), 0);
        assert_string_equal(text, long_name);
        free(text);
        assert_int_equal(close(dir_fd), 0);
        assert_int_equal(close(fd), 0);
        tree_fini(&tree);
    }
}

static int count_members(void *user, const struct tar_member *member, struct np_error *err)
{
    ++*(unsigned int *)user;
    return 0;
}

static void test_foreign_forms(void **state)
{
    int fd = archive_new();
    unsigned int n = 0;

    archive_raw(fd, "./", '5', "", "0", NULL);
    archive_raw(fd, "./old//directory/", '\0', "", "0", NULL);
    archive_raw(fd, "g", 'g', "", "15", "13 comment=x\n");
    archive_raw(fd, "x", 'x', "", "20", "16 path=a/b/c/d\n");
    archive_raw(fd, "ignored", '0', "", " 3 ", "abc");
    archive_end(fd);
    assert_int_equal(tar_read(fd, count_members, &n, NULL), 0);
    assert_int_equal(n, 2);
    assert_int_equal(close(fd), 0);
}

static void test_bzip2(void **state)
{
    int plain = archive_new(), fd = archive_new();
    char packed[4096], bytes[2048];
    unsigned int size = sizeof(packed), n = 0;

    archive_raw(plain, "a", '0', "", "1", "a");
    archive_end(plain);
    assert_int_equal(read(plain, bytes, sizeof(bytes)), sizeof(bytes));
    assert_int_equal(BZ2_bzBuffToBuffCompress(packed, &size, bytes, sizeof(bytes), 1, 0, 0), BZ_OK);
    archive_bytes(fd, packed, size);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    assert_int_equal(tar_read(fd, count_members, &n, NULL), 0);
    assert_int_equal(n, 1);
    assert_int_equal(close(plain), 0);
    assert_int_equal(close(fd), 0);
}

static const struct {
    const char *why;
    const char *name;
    char type;
    const char *target;
    const char *size;
    int result;
} hostile[] = {
    {"absolute name", "/etc/passwd", '0', "", "0", -EINVAL},
    {"name with ..", "a/../../b", '0', "", "0", -EINVAL},
    {"name that ends with ..", "a/..", '5', "", "0", -EINVAL},
    {"link outside", "a/link", '2', "../../etc", "0", -EINVAL},
    {"link down and up", "a/link", '2', "b/../../../etc", "0", -EINVAL},
    {"link to nothing", "link", '2', "", "0", -EINVAL},
    {"character device", "null", '3', "", "0", -EINVAL},
    {"block device", "sda", '4', "", "0", -EINVAL},
    {"pipe", "fifo", '6', "", "0", -EINVAL},
    {"hard link", "hard", '1', "a", "0", -ENOTSUP},
    {"sparse file", "sparse", 'S', "", "0", -ENOTSUP},
    {"size beyond the end", "a", '0', "", "777", -EINVAL},
    {"huge size", "a", '0', "", "77777777777", -EFBIG},
    {"binary size", "a", '0', "", "\x80\x7f\x7f\x7f", -EINVAL},
    {"no size", "a", '0', "", "", -EINVAL},
    {"negative size", "a", '0', "", "-1", -EINVAL},
    {"huge name", "a", 'L', "", "77777777777", -EFBIG},
};

static void test_hostile(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(hostile); i++) {
        struct np_error err = {0};
        int fd = archive_new();
        int r;

        print_message("  %s\n", hostile[i].why);
        archive_raw(fd, hostile[i].name, hostile[i].type, hostile[i].target, hostile[i].size, NULL);
        if (hostile[i].size[0] != '7')
            archive_end(fd);
        assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
        r = unpack(fd, &err);
        assert_int_equal(r, hostile[i].result);
        assert_int_equal(err.code, r);
        assert_int_equal(close(fd), 0);
    }
}

/* Two members of which the second would use the first. */
static void test_hostile_pairs(void **state)
{
    static const struct {
        const char *why;
        const char *first;
        char type;
        const char *second;
    } pairs[] = {
        {"file behind a link", "dir", '2', "dir/file"},
        {"file behind a file", "dir", '0', "dir/file"},
        {"the same twice", "dir", '0', "dir"},
        {"file over a link", "dir", '2', "dir"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
        struct np_error err = {0};
        int fd = archive_new();

        print_message("  %s\n", pairs[i].why);
        archive_raw(fd, pairs[i].first, pairs[i].type, "elsewhere", "0", NULL);
        archive_raw(fd, pairs[i].second, '0', "", "0", NULL);
        archive_end(fd);
        assert_int_equal(unpack(fd, &err), -EINVAL);
        assert_int_equal(close(fd), 0);
    }
}

/* Links that lead to each other are kept; whoever follows them is told by the kernel. */
static void test_cyclic_links(void **state)
{
    struct np_error err = {0};
    int fd = archive_new();

    archive_raw(fd, "a", '2', "b", "0", NULL);
    archive_raw(fd, "b", '2', "a", "0", NULL);
    archive_end(fd);
    assert_int_equal(unpack(fd, &err), 0);
    assert_int_equal(close(fd), 0);
}

static void test_too_deep(void **state)
{
    char records[TAR_BLOCK] = "", name[300] = "";
    struct np_error err = {0};
    int fd = archive_new();

    for (int i = 0; i < 70; i++)
        strcat(name, "d/");
    assert_true(snprintf(records, sizeof(records), "151 path=%sf\n", name) == 151);
    archive_raw(fd, "x", 'x', "", "227", records);
    archive_raw(fd, "short", '0', "", "0", NULL);
    archive_end(fd);
    assert_int_equal(unpack(fd, &err), -EINVAL);
    assert_non_null(strstr(err.text, "deep"));
    assert_int_equal(close(fd), 0);
}

static void test_bad_pax(void **state)
{
    static const char *const records[] = {"99 path=a\n", "0 path=a\n", "path=a\n",
                                          "10 path=abc", " 9 path=a",  "9 size=9\n"};

    for (size_t i = 0; i < ARRAY_SIZE(records); i++) {
        struct np_error err = {0};
        char size[8];
        int fd = archive_new();

        print_message("  \"%s\"\n", records[i]);
        assert_true(snprintf(size, sizeof(size), "%zo", strlen(records[i])) < 8);
        archive_raw(fd, "x", 'x', "", size, records[i]);
        archive_raw(fd, "a", '0', "", "0", NULL);
        archive_end(fd);
        assert_true(unpack(fd, &err) < 0);
        assert_true(err.text[0] != '\0');
        assert_int_equal(close(fd), 0);
    }
}

/* Cut anywhere, an archive is never taken for a whole one. */
static void test_cut_short(void **state)
{
    char bytes[4 * TAR_BLOCK];
    int whole = archive_new();

    archive_raw(whole, "a", '0', "", "5", "abcde");
    archive_end(whole);
    assert_int_equal(read(whole, bytes, sizeof(bytes)), sizeof(bytes));
    for (size_t size = 0; size < 3 * TAR_BLOCK; size += 64) {
        struct np_error err = {0};
        int fd = archive_new();

        archive_bytes(fd, bytes, size);
        assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
        assert_int_equal(unpack(fd, &err), -EINVAL);
        assert_true(err.text[0] != '\0');
        assert_int_equal(close(fd), 0);
    }
    assert_int_equal(close(whole), 0);
}

static void test_not_an_archive(void **state)
{
    static const struct {
        const char *start;
        int result;
    } cases[] = {
        {"", -EINVAL},     {"hello", -EINVAL},       {"\x1f\x8b\x08", -EINVAL},
        {"BZh9", -EINVAL}, {"PK\x03\x04", -ENOTSUP}, {"\x28\xb5\x2f\xfd", -ENOTSUP},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct np_error err = {0};
        int fd = archive_new();

        archive_bytes(fd, cases[i].start, strlen(cases[i].start));
        assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
        assert_int_equal(unpack(fd, &err), cases[i].result);
        assert_true(err.text[0] != '\0');
        assert_int_equal(close(fd), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),    cmocka_unit_test(test_foreign_forms),
        cmocka_unit_test(test_bzip2),         cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_hostile_pairs), cmocka_unit_test(test_cyclic_links),
        cmocka_unit_test(test_too_deep),      cmocka_unit_test(test_bad_pax),
        cmocka_unit_test(test_cut_short),     cmocka_unit_test(test_not_an_archive),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
