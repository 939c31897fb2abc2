/* SPDX-License-Identifier: Apache-2.0 */
/* Texts that we wrote for dtc and for us: what dtc makes a blob of is, node by node and byte by
 * byte, what we read from the text ourselves. */

#include "test.h"

#include "devicetree.h"

#include <dirent.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>

static struct dt *loaded(const char *path)
{
    struct np_error err = {0};
    struct dt *dt = NULL;

    if (dt_load(path, &dt, &err) < 0)
        fail_msg("%s:%u:%u: %s", err.file, err.line, err.column, err.text);
    return dt;
}

/* Whether dtc is there; it makes a blob of the text. */
static bool compile(const char *text, const char *blob)
{
    const char *const argv[] = {"dtc", "-q", "-I", "dts", "-O", "dtb", "-o", blob, text, NULL};
    pid_t pid;
    int status;

    if (posix_spawnp(&pid, argv[0], NULL, NULL, (char *const *)argv, environ) != 0)
        return false;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (status != 0)
        fail_msg("dtc does not take %s", text);
    return true;
}

/* A property as a blob has it, but with what it refers to aside: its cells are zeros. */
struct bytes {
    char *data;
    size_t size;
    struct {
        size_t offset;
        const struct dt_value *value;
    } references[8];
    unsigned int n_references;
};

static const struct dt_node *target_of(const struct dt *dt, const char *text)
{
    return text[0] == '/' ? dt_find(dt, text) : dt_labelled(dt, text);
}

static void put_value(const struct dt *dt, const struct dt_value *value, FILE *stream)
{
    autofree char *path = NULL;

    switch (value->kind) {
    case DT_CELL:
        for (unsigned int shift = value->bits; shift > 0; shift -= 8)
            (void)fputc((int)(value->number >> (shift - 8) & 0xff), stream);
        return;
    case DT_STRING:
        assert_int_equal(fwrite(value->text, 1, value->size + 1, stream), value->size + 1);
        return;
    case DT_BYTES:
        assert_int_equal(fwrite(value->text, 1, value->size, stream), value->size);
        return;
    case DT_REFERENCE:
        if (value->bits == 0) {
            path = dt_path(target_of(dt, value->text));
            assert_int_equal(fwrite(path, 1, strlen(path) + 1, stream), strlen(path) + 1);
            return;
        }
        assert_int_equal(fwrite("\0\0\0", 1, 4, stream), 4);
    }
}

static struct bytes bytes_of(const struct dt *dt, const struct dt_property *property)
{
    struct bytes bytes = {0};
    FILE *stream = open_memstream(&bytes.data, &bytes.size);

    assert_non_null(stream);
    for (unsigned int i = 0; i < property->n_values; i++) {
        const struct dt_value *value = &property->values[i];

        if (value->kind == DT_REFERENCE && value->bits == 32) {
            assert_true(bytes.n_references < ARRAY_SIZE(bytes.references));
            bytes.references[bytes.n_references].offset = (size_t)ftell(stream);
            bytes.references[bytes.n_references++].value = value;
        }
        put_value(dt, value, stream);
    }
    assert_int_equal(fclose(stream), 0);
    return bytes;
}

/* The path that a reference leads to, or the label that only another tree can know. */
static char *where_to(const struct dt *dt, const struct dt_node *node, const char *text)
{
    char *path = node ? dt_path(node) : text ? strdup(text) : NULL;

    assert_non_null(path);
    return path;
}

/* Each reference of ours is theirs, or a phandle there, which is then zeroed as ours is. */
static void compare_references(const struct dt *ours, const struct bytes *mine,
                               const struct dt *theirs, struct bytes *other)
{
    for (unsigned int i = 0; i < mine->n_references; i++) {
        size_t offset = mine->references[i].offset;
        const char *text = mine->references[i].value->text;
        autofree char *path = where_to(ours, target_of(ours, text), text), *their_path = NULL;
        unsigned char *cell = (unsigned char *)other->data + offset;
        uint32_t phandle;

        assert_true(offset + 4 <= other->size);
        phandle =
            (uint32_t)cell[0] << 24 | (uint32_t)cell[1] << 16 | (uint32_t)cell[2] << 8 | cell[3];
        if (i < other->n_references && other->references[i].offset == offset) {
            text = other->references[i].value->text;
            their_path = where_to(theirs, target_of(theirs, text), text);
        } else {
            their_path = where_to(theirs, dt_by_phandle(theirs, phandle), NULL);
            memset(cell, 0, 4);
        }
        assert_string_equal(path, their_path);
    }
}

static void compare_property(const struct dt *ours, const struct dt_property *property,
                             const struct dt *theirs, const struct dt_node *node)
{
    const struct dt_property *same = dt_property(node, property->name);
    struct bytes mine, other;

    if (!same)
        fail_msg("dtc has no `%s` of %s", property->name, node->name);
    mine = bytes_of(ours, property);
    other = bytes_of(theirs, same);
    compare_references(ours, &mine, theirs, &other);
    if (mine.size != other.size || memcmp(mine.data, other.data, mine.size) != 0)
        fail_msg("`%s` of %s differs", property->name, node->name);
    free(mine.data);
    free(other.data);
}

/* dtc numbers nodes that are referred to; we number what we write. */
static unsigned int n_own_properties(const struct dt_node *node, const struct dt_node *like)
{
    unsigned int n = node->n_properties;

    if (dt_property(node, "phandle") && !dt_property(like, "phandle"))
        n--;
    return n;
}

static void compare_node(const struct dt *ours, const struct dt_node *node, const struct dt *theirs)
{
    autofree char *path = dt_path(node);
    const struct dt_node *same = dt_find(theirs, path);

    if (!same)
        fail_msg("dtc has no %s", path);
    assert_int_equal(node->n_children, same->n_children);
    assert_int_equal(node->n_properties, n_own_properties(same, node));
    for (unsigned int i = 0; i < node->n_properties; i++)
        compare_property(ours, &node->properties[i], theirs, same);
    for (unsigned int i = 0; i < node->n_children; i++)
        compare_node(ours, node->children[i], theirs);
}

/* Whether it could be compared. */
static bool compare(const char *path)
{
    autodt struct dt *ours = loaded(path), *theirs = NULL;
    char blob[] = "/tmp/numaplace-test-XXXXXX";
    int fd = mkstemp(blob);
    bool compiled;

    assert_true(fd >= 0);
    (void)close(fd);
    compiled = compile(path, blob);
    if (compiled)
        theirs = loaded(blob);
    (void)unlink(blob);
    if (!compiled)
        return false;
    compare_node(ours, ours->root, theirs);
    assert_int_equal(ours->n_reserved, theirs->n_reserved);
    for (unsigned int i = 0; i < ours->n_reserved; i++) {
        assert_int_equal(ours->reserved[i].base, theirs->reserved[i].base);
        assert_int_equal(ours->reserved[i].bytes, theirs->reserved[i].bytes);
    }
    return true;
}

static void test_as_dtc(void **state)
{
    autofree char *directory = NULL;
    const struct dirent *entry;
    unsigned int n = 0;
    DIR *dir;

    assert_true(asprintf(&directory, "%s/dts", getenv("NUMAPLACE_TESTS")) > 0);
    dir = opendir(directory);
    assert_non_null(dir);
    while ((entry = readdir(dir))) {
        const char *dot = strrchr(entry->d_name, '.');
        autofree char *path = NULL;

        if (!dot || strcmp(dot, ".dts") != 0)
            continue;
        assert_true(asprintf(&path, "%s/%s", directory, entry->d_name) > 0);
        print_message("  %s\n", entry->d_name);
        if (!compare(path)) {
            (void)closedir(dir);
            print_message("  no dtc here (Debian: device-tree-compiler)\n");
            skip();
        }
        n++;
    }
    (void)closedir(dir);
    assert_true(n >= 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_dtc),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
