/* SPDX-License-Identifier: Apache-2.0 */
/* Blobs: trees go into them and come back, dtc agrees on what is in them, and no blob does harm. */

#include "test.h"

#include "devicetree.h"

#include <libfdt.h>
#include <string.h>
#include <time.h>

#define KERF_TREE                                                                                  \
    "/multikernel-v1/;\n"                                                                          \
    "\n"                                                                                           \
    "/ {\n"                                                                                        \
    "    compatible = \"linux,multikernel-host\";\n"                                               \
    "\n"                                                                                           \
    "    resources {\n"                                                                            \
    "        memory-base = <0x0 0x800000000>;\n"                                                   \
    "        memory-bytes = <0x80000000>;  // 2GB\n"                                               \
    "        holes = <0x0 0x1000>, <0x0 0x800000000>;\n"                                           \
    "\n"                                                                                           \
    "        cores {\n"                                                                            \
    "            core@0 { cpus = <0 1>; };\n"                                                      \
    "            core@1 { cpus = <2 3>; };\n"                                                      \
    "        };\n"                                                                                 \
    "\n"                                                                                           \
    "        eth0: nic: ethernet@0 {\n"                                                            \
    "            pci-id = \"0000:01:00.0\";\n"                                                     \
    "            flag;\n"                                                                          \
    "        };\n"                                                                                 \
    "\n"                                                                                           \
    "        vf: ethernet-vf@1 {\n"                                                                \
    "            parent = <&eth0>;\n"                                                              \
    "            path = &eth0;\n"                                                                  \
    "            both = <&eth0 7 &vf>, \"text\\n\\\"\";\n"                                         \
    "            whole = <&{/resources/cores}>;\n"                                                 \
    "        };\n"                                                                                 \
    "    };\n"                                                                                     \
    "};\n"

#define STANDARD_TREE                                                                              \
    "/dts-v1/;\n"                                                                                  \
    "/memreserve/ 0x1000 0x2000;\n"                                                                \
    "\n"                                                                                           \
    "/ {\n"                                                                                        \
    "    #address-cells = <2>;\n"                                                                  \
    "    list = <0x1 0x2>, <0xffffffff>;\n"                                                        \
    "    wide = /bits/ 64 <1 0x123456789abcdef>;\n"                                                \
    "    small = /bits/ 8 <1 2>, /bits/ 16 <0x3>;\n"                                               \
    "    mac = [00 11 22 33 44 55];\n"                                                             \
    "    words = [deadbeef 00000001];\n"                                                           \
    "    mixed = \"a\", [00], <5>, \"b\";\n"                                                       \
    "\n"                                                                                           \
    "    a: node@1 {\n"                                                                            \
    "        phandle = <2>;\n"                                                                     \
    "        next = <&b>;\n"                                                                       \
    "    };\n"                                                                                     \
    "\n"                                                                                           \
    "    b: node@2 {\n"                                                                            \
    "        phandle = <1>;\n"                                                                     \
    "        next = <&a>, <&b 3>;\n"                                                               \
    "    };\n"                                                                                     \
    "};\n"

static struct dt *parse(const char *text)
{
    struct np_error err = {.text = ""};
    struct dt *dt = NULL;

    if (dt_parse("tree.dts", text, strlen(text), &dt, &err) < 0)
        fail_msg("%u:%u: %s", err.line, err.column, err.text);
    return dt;
}

static char *to_text(const struct dt *dt)
{
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);

    assert_non_null(stream);
    assert_int_equal(dt_write_text(dt, stream), 0);
    assert_int_equal(fclose(stream), 0);
    return text;
}

struct blob {
    char *bytes;
    size_t size;
};

static void cleanup_blob(struct blob *blob)
{
    free(blob->bytes);
}
#define autoblob CLEANUP(cleanup_blob)

static struct blob to_blob(const struct dt *dt)
{
    struct np_error err = {.text = ""};
    struct blob blob = {0};

    if (dt_write_blob(dt, &blob.bytes, &blob.size, &err) < 0)
        fail_msg("%u:%u: %s", err.line, err.column, err.text);
    assert_int_equal(fdt_check_full(blob.bytes, blob.size), 0);
    return blob;
}

static struct dt *from_blob(const struct blob *blob)
{
    struct np_error err = {.text = ""};
    struct dt *dt = NULL;

    if (dt_parse("tree.dtb", blob->bytes, blob->size, &dt, &err) < 0)
        fail_msg("%s", err.text);
    return dt;
}

static void assert_same_blob(const struct blob *a, const struct blob *b)
{
    assert_int_equal(a->size, b->size);
    assert_memory_equal(a->bytes, b->bytes, a->size);
}

static void test_text_round_trip(void **state)
{
    static const char *const texts[] = {KERF_TREE, STANDARD_TREE};

    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        autodt struct dt *dt = parse(texts[i]);
        autofree char *text = to_text(dt);

        assert_string_equal(text, texts[i]);
    }
}

static void test_blob_round_trip(void **state)
{
    static const char *const texts[] = {KERF_TREE, STANDARD_TREE};

    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        autodt struct dt *dt = parse(texts[i]);
        autoblob struct blob blob = to_blob(dt);
        autodt struct dt *read = from_blob(&blob);
        autoblob struct blob again = to_blob(read);
        autofree char *text = to_text(read);
        autodt struct dt *read_text = parse(text);
        autoblob struct blob from_text = to_blob(read_text);

        assert_same_blob(&blob, &again);
        assert_same_blob(&blob, &from_text);
    }
}

static void assert_bytes(const struct dt *dt, const char *path, const char *name, const char *bytes,
                         size_t size)
{
    const struct dt_property *property = dt_property(dt_find(dt, path), name);

    assert_non_null(property);
    assert_int_equal(property->n_values, 1);
    assert_int_equal(property->values[0].size, size);
    assert_memory_equal(property->values[0].text, bytes, size);
}

/* What Kerf writes as one cell are eight bytes, and labels come back. */
static void test_blob_of_kerf_tree(void **state)
{
    autodt struct dt *dt = parse(KERF_TREE);
    autoblob struct blob blob = to_blob(dt);
    autodt struct dt *read = from_blob(&blob);
    const struct dt_node *eth0 = dt_find(read, "/resources/ethernet@0");
    const struct dt_node *vf = dt_labelled(read, "vf");
    struct dt_reference *references;
    unsigned int n;

    assert_bytes(read, "/resources", "memory-base", "\0\0\0\x8\0\0\0\0", 8);
    assert_bytes(read, "/resources", "memory-bytes", "\x80\0\0\0", 4);
    assert_bytes(read, "/resources", "holes", "\0\0\0\0\0\0\x10\0\0\0\0\x8\0\0\0\0", 16);
    assert_bytes(read, "/resources/ethernet-vf@1", "path", "/resources/ethernet@0", 22);
    assert_ptr_equal(dt_labelled(read, "eth0"), eth0);
    assert_ptr_equal(dt_labelled(read, "nic"), eth0);
    assert_non_null(vf);
    assert_int_equal(dt_get_references(read, vf, dt_property(vf, "parent"), &references, &n, NULL),
                     0);
    assert_int_equal(n, 1);
    assert_ptr_equal(references[0].node, eth0);
    free(references);
    assert_null(dt_find(read, "/__symbols__"));
    /* references number what they refer to, in the order of the tree */
    assert_int_equal(dt_find(read, "/resources/cores")->phandle, 1);
    assert_int_equal(eth0->phandle, 2);
    assert_int_equal(vf->phandle, 3);
}

static struct dt *make_tree(bool kerf)
{
    static const uint64_t cpus[] = {4,  5,  6,  7,  8,  9,  10, 11, 12, 13,
                                    14, 15, 16, 17, 18, 19, 20, 21, 22};
    static const uint64_t ranges[] = {0, UINT64_C(0x800000000)};
    static const char *const names[] = {"a", "b\x01\"\\", NULL};
    struct dt *dt;
    struct dt_node *node;

    assert_int_equal(dt_new("made", &dt), 0);
    dt->multikernel = kerf;
    assert_int_equal(dt_add_node(dt->root, "node", "0", &node), 0);
    assert_int_equal(dt_put_cells(node, "some-cpus", 64, cpus, ARRAY_SIZE(cpus)), 0);
    assert_int_equal(dt_put_u64(node, "base", UINT64_C(0x1c0000000)), 0);
    assert_int_equal(dt_put_u64s(node, "ranges", ranges, ARRAY_SIZE(ranges)), 0);
    assert_int_equal(dt_put_strings(node, "names", names), 0);
    assert_int_equal(dt_put_flag(node, "flag"), 0);
    return dt;
}

static void test_made_tree_as_text(void **state)
{
    autodt struct dt *kerf = make_tree(true), *standard = make_tree(false);
    autofree char *kerf_text = to_text(kerf), *standard_text = to_text(standard);

    assert_string_equal(kerf_text,
                        "/multikernel-v1/;\n\n"
                        "/ {\n"
                        "    node@0 {\n"
                        "        some-cpus = <4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 "
                        "22>;\n"
                        "        base = <0x0 0x1c0000000>;\n"
                        "        ranges = <0x0 0x0>, <0x0 0x800000000>;\n"
                        "        names = \"a\", \"b\\x01\\\"\\\\\";\n"
                        "        flag;\n"
                        "    };\n"
                        "};\n");
    assert_string_equal(
        standard_text,
        "/dts-v1/;\n\n"
        "/ {\n"
        "    node@0 {\n"
        "        some-cpus = /bits/ 64 <4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21\n"
        "                               22>;\n"
        "        base = <0x1 0xc0000000>;\n"
        "        ranges = <0x0 0x0>, <0x8 0x0>;\n"
        "        names = \"a\", \"b\\x01\\\"\\\\\";\n"
        "        flag;\n"
        "    };\n"
        "};\n");
}

/* A tree of Kerf's written as a standard one: the same bytes in a blob. */
static void test_kerf_as_standard(void **state)
{
    autodt struct dt *dt = parse(KERF_TREE);
    autoblob struct blob blob = to_blob(dt), again;
    autofree char *text = NULL;
    autodt struct dt *read = NULL;

    dt->multikernel = false;
    text = to_text(dt);
    assert_non_null(strstr(text, "memory-base = <0x8 0x0>;"));
    assert_non_null(strstr(text, "holes = <0x0 0x1000>, <0x8 0x0>;"));
    read = parse(text);
    again = to_blob(read);
    assert_same_blob(&blob, &again);
}

static void test_what_a_blob_cannot_hold(void **state)
{
    static const struct {
        const char *text, *says;
        unsigned int line, column;
    } cases[] = {
        {"/dts-v1/;\n/ { a { p = <&eth9>; }; };", "eth9", 2, 14},
        {"/dts-v1/;\n/ { a { p = &{/b}; }; };", "/b", 2, 13},
        {"/multikernel-v1/;\n/ { p = <1 0x800000000>; };", "`p`", 2, 12},
        {"/multikernel-v1/;\n/ { p = <0x800000000 0>; };", "`p`", 2, 10},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        autodt struct dt *dt = parse(cases[i].text);
        struct np_error err = {.text = ""};
        char *blob;
        size_t size;

        assert_int_equal(dt_write_blob(dt, &blob, &size, &err), -EINVAL);
        assert_non_null(strstr(err.text, cases[i].says));
        assert_string_equal(err.file, "tree.dts");
        assert_int_equal(err.line, cases[i].line);
        assert_int_equal(err.column, cases[i].column);
    }
}

/* What a shell command prints, given that on its standard input; the caller frees. */
static struct blob filter(const char *command, const void *input, size_t size)
{
    char path[] = "/tmp/test-dtb-XXXXXX", with_input[128];
    int fd = mkstemp(path);
    struct blob output = {0};
    FILE *pipe, *stream = open_memstream(&output.bytes, &output.size);
    int c;

    assert_true(fd >= 0);
    assert_int_equal(write(fd, input, size), size);
    assert_int_equal(close(fd), 0);
    (void)snprintf(with_input, sizeof(with_input), "%s <%s", command, path);
    pipe = popen(with_input, "re");
    assert_non_null(pipe);
    while ((c = fgetc(pipe)) != EOF)
        (void)fputc(c, stream);
    assert_int_equal(pclose(pipe), 0);
    assert_int_equal(fclose(stream), 0);
    assert_int_equal(unlink(path), 0);
    return output;
}

static void need_dtc(void)
{
    if (system("dtc --version >/dev/null 2>&1") != 0) {
        print_message("dtc is not there\n");
        skip();
    }
}

#define TO_SORTED_TEXT "dtc -q -s -I dtb -O dts"

static void assert_same_to_dtc(const struct blob *a, const struct blob *b)
{
    autoblob struct blob text_a = filter(TO_SORTED_TEXT, a->bytes, a->size);
    autoblob struct blob text_b = filter(TO_SORTED_TEXT, b->bytes, b->size);

    assert_true(text_a.size > 0);
    assert_string_equal(text_a.bytes, text_b.bytes);
}

/* The same source through dtc, and through us: text and blob. */
static void test_dtc_agrees(void **state)
{
    autodt struct dt *dt = parse(STANDARD_TREE);
    autoblob struct blob ours = to_blob(dt), theirs = {0}, read_theirs = {0}, from_text = {0};
    autodt struct dt *read = NULL;
    autofree char *text = NULL;

    need_dtc();
    theirs = filter("dtc -q -@ -O dtb", STANDARD_TREE, strlen(STANDARD_TREE));
    assert_same_to_dtc(&ours, &theirs);
    read = from_blob(&theirs);
    read_theirs = to_blob(read);
    assert_same_to_dtc(&read_theirs, &theirs);
    text = to_text(read);
    from_text = filter("dtc -q -@ -O dtb", text, strlen(text));
    assert_same_to_dtc(&from_text, &theirs);
}

#define BASE_TREE                                                                                  \
    "/dts-v1/;\n"                                                                                  \
    "\n"                                                                                           \
    "/ {\n"                                                                                        \
    "    compatible = \"base\";\n"                                                                 \
    "\n"                                                                                           \
    "    bus: bus {\n"                                                                             \
    "        keep = <1>;\n"                                                                        \
    "        change = <1>;\n"                                                                      \
    "\n"                                                                                           \
    "        there { old; };\n"                                                                    \
    "    };\n"                                                                                     \
    "};\n"

#define OVERLAY                                                                                    \
    "/dts-v1/;\n"                                                                                  \
    "/plugin/;\n"                                                                                  \
    "\n"                                                                                           \
    "/ {\n"                                                                                        \
    "    compatible = \"overlay\";\n"                                                              \
    "\n"                                                                                           \
    "    fragment@0 {\n"                                                                           \
    "        target = <&bus>;\n"                                                                   \
    "\n"                                                                                           \
    "        __overlay__ {\n"                                                                      \
    "            change = <2>;\n"                                                                  \
    "\n"                                                                                           \
    "            dev: device@1 {\n"                                                                \
    "                parent = <&bus>;\n"                                                           \
    "                self = <&dev>;\n"                                                             \
    "            };\n"                                                                             \
    "        };\n"                                                                                 \
    "    };\n"                                                                                     \
    "\n"                                                                                           \
    "    fragment@1 {\n"                                                                           \
    "        target-path = \"/bus/there\";\n"                                                      \
    "\n"                                                                                           \
    "        __overlay__ {\n"                                                                      \
    "            number = <&dev 5>;\n"                                                             \
    "        };\n"                                                                                 \
    "    };\n"                                                                                     \
    "};\n"

/* Three properties on at most 90 columns, without label, comment or child. */
static void test_one_line(void **state)
{
#define BYTES_20 "0123456789abcdef0123"
    static const struct {
        const char *node;
        bool one_line;
    } cases[] = {
        {"l1d@0 { level = <1>; size = <0x0 0x8000>; cpus = <0>; };", true},
        {"a { flag; };", true},
        {"a { };", false},
        {"a { b = <1>; c = <2>; d = <3>; e = <4>; };", false},
        {"a { b = \"" BYTES_20 BYTES_20 BYTES_20 "\"; c = \"0123\"; };", true},
        {"a { b = \"" BYTES_20 BYTES_20 BYTES_20 "\"; c = \"01234\"; };", false},
        {"l: a { b = <1>; };", false},
        {"a { b = <1>; // one\n };", false},
        {"a { b { c = <1>; }; };", false},
        /* a list that goes on in the next line */
        {"a { b = <10000000 20000000 30000000 40000000 50000000 60000000 70000000 80>; };", true},
        {"a { b = <10000000 20000000 30000000 40000000 50000000 60000000 70000000 80 90>; };",
         false},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        autofree char *text = NULL, *line = NULL, *written = NULL;
        autodt struct dt *dt = NULL, *again = NULL;

        print_message("  %s\n", cases[i].node);
        assert_true(asprintf(&text, "/dts-v1/;\n\n/ {\n\n    %s\n};\n", cases[i].node) > 0);
        assert_true(asprintf(&line, "\n    %s\n", cases[i].node) > 0);
        dt = parse(text);
        written = to_text(dt);
        assert_int_equal(strstr(written, line) != NULL, cases[i].one_line);
        again = parse(written);
    }
}

#define MERGED                                                                                     \
    "/dts-v1/;\n"                                                                                  \
    "\n"                                                                                           \
    "/ {\n"                                                                                        \
    "    compatible = \"base\";\n"                                                                 \
    "\n"                                                                                           \
    "    bus: bus {\n"                                                                             \
    "        keep = <1>;\n"                                                                        \
    "        change = <2>;\n"                                                                      \
    "\n"                                                                                           \
    "        there { old; number = <&dev 5>; };\n"                                                 \
    "\n"                                                                                           \
    "        dev: device@1 {\n"                                                                    \
    "            parent = <&bus>;\n"                                                               \
    "            self = <&dev>;\n"                                                                 \
    "        };\n"                                                                                 \
    "    };\n"                                                                                     \
    "};\n"

static void assert_merged(const struct dt *overlay)
{
    autodt struct dt *base = parse(BASE_TREE), *merged = parse(MERGED);
    autoblob struct blob blob = {0}, wanted = to_blob(merged);
    struct np_error err = {.text = ""};

    if (dt_overlay(base, overlay, &err) < 0)
        fail_msg("%u:%u: %s", err.line, err.column, err.text);
    blob = to_blob(base);
    assert_same_blob(&blob, &wanted);
}

static void test_overlay_text(void **state)
{
    autodt struct dt *overlay = parse(OVERLAY), *base = parse(BASE_TREE);
    autofree char *text = NULL;

    assert_merged(overlay);
    assert_int_equal(dt_overlay(base, overlay, NULL), 0);
    text = to_text(base);
    assert_string_equal(text, MERGED);
    /* where it was written goes along, and outlives the overlay */
    overlay = dt_free(overlay);
    assert_string_equal(dt_property(dt_find(base, "/bus"), "change")->at.file, "tree.dts");
    assert_int_equal(dt_property(dt_find(base, "/bus"), "change")->at.line, 11);
}

/* Of an overlay's blob, which has its references as numbers and a list of where they stand. */
static void test_overlay_blob(void **state)
{
    autodt struct dt *overlay = parse(OVERLAY);
    autoblob struct blob blob = to_blob(overlay);
    autodt struct dt *read = from_blob(&blob);
    autoblob struct blob again = to_blob(read);

    assert_true(read->plugin);
    assert_same_blob(&blob, &again);
    assert_non_null(
        strstr(dt_property(dt_find(read, "/fragment@0"), "target")->values[0].text, "bus"));
    assert_merged(read);
}

static void test_overlay_blob_of_dtc(void **state)
{
    static const char *const commands[] = {"dtc -q -@ -O dtb", "dtc -q -O dtb"};

    need_dtc();
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        autoblob struct blob blob = filter(commands[i], OVERLAY, strlen(OVERLAY));
        autodt struct dt *overlay = from_blob(&blob), *base = parse(BASE_TREE);
        const struct dt_node *device;

        assert_int_equal(dt_overlay(base, overlay, NULL), 0);
        device = dt_find(base, "/bus/device@1");
        assert_non_null(device);
        assert_string_equal(dt_property(device, "parent")->values[0].text, "bus");
        /* without -@ the label is gone, but not what was referred to */
        assert_string_equal(dt_property(device, "self")->values[0].text,
                            i == 0 ? "dev" : "/bus/device@1");
    }
}

static void test_overlay_errors(void **state)
{
    static const struct {
        const char *text, *says, *hint;
        unsigned int line;
    } cases[] = {
        {"/dts-v1/;\n/plugin/;\n&nothing { a; };", "&nothing", "", 3},
        {"/dts-v1/;\n/plugin/;\n/ { fragment@0 { target-path = \"/none\"; __overlay__ { }; }; };",
         "/none", "", 3},
        {"/dts-v1/;\n/plugin/;\n/ { fragment@0 { __overlay__ { }; }; };", "fragment@0", "target",
         3},
        {"/dts-v1/;\n/plugin/;\n/ { fragment@0 { target = <7>; __overlay__ { }; }; };", "0x7", "",
         3},
        /* each is to be laid over what only the other one makes */
        {"/dts-v1/;\n/plugin/;\n&y { x: x { }; };\n&x { y: y { }; };", "&y", "&y", 3},
        {"/dts-v1/;\n/plugin/;\n&bus { bus2: bus { }; };\n&bus2 { bus: c { }; };", "bus", "", 4},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        autodt struct dt *base = parse(BASE_TREE), *overlay = parse(cases[i].text);
        struct np_error err = {.text = ""};

        assert_int_equal(dt_overlay(base, overlay, &err), -EINVAL);
        assert_int_equal(err.line, cases[i].line);
        assert_non_null(strstr(err.text, cases[i].says));
        assert_non_null(strstr(err.hint, cases[i].hint));
    }
}

#define BLOB_ROOM 8192

/* Blobs that libfdt writes without a word. */
static void make_two_roots(char *fdt)
{
    (void)fdt_begin_node(fdt, "");
    (void)fdt_end_node(fdt);
    (void)fdt_begin_node(fdt, "");
    (void)fdt_end_node(fdt);
}

static void make_named_root(char *fdt)
{
    (void)fdt_begin_node(fdt, "root");
    (void)fdt_end_node(fdt);
}

static void make_deep(char *fdt)
{
    (void)fdt_begin_node(fdt, "");
    for (unsigned int i = 0; i < DT_DEPTH_MAX; i++)
        (void)fdt_begin_node(fdt, "a");
    for (unsigned int i = 0; i <= DT_DEPTH_MAX; i++)
        (void)fdt_end_node(fdt);
}

static void make_twins(char *fdt)
{
    (void)fdt_begin_node(fdt, "");
    for (int i = 0; i < 2; i++) {
        (void)fdt_begin_node(fdt, "a@0");
        (void)fdt_end_node(fdt);
    }
    (void)fdt_end_node(fdt);
}

static void make_bad_name(char *fdt)
{
    (void)fdt_begin_node(fdt, "");
    (void)fdt_begin_node(fdt, "a b");
    (void)fdt_end_node(fdt);
    (void)fdt_end_node(fdt);
}

static void make_twin_properties(char *fdt)
{
    (void)fdt_begin_node(fdt, "");
    (void)fdt_property_u32(fdt, "a", 1);
    (void)fdt_property_u32(fdt, "b", 1);
    (void)fdt_property_u32(fdt, "a", 1);
    (void)fdt_end_node(fdt);
}

static void make_phandles(char *fdt, uint32_t first, uint32_t second)
{
    (void)fdt_begin_node(fdt, "");
    (void)fdt_property_u32(fdt, "phandle", first);
    (void)fdt_begin_node(fdt, "a");
    (void)fdt_property_u32(fdt, "phandle", second);
    (void)fdt_end_node(fdt);
    (void)fdt_end_node(fdt);
}

static void make_twin_phandles(char *fdt)
{
    make_phandles(fdt, 5, 5);
}

static void make_no_phandle(char *fdt)
{
    make_phandles(fdt, 5, 0);
}

/* A root with a reference of 4 bytes, and a special node with one property. */
static void make_special(char *fdt, const char *name, const char *property, const char *text,
                         int size)
{
    (void)fdt_begin_node(fdt, "");
    (void)fdt_property_u32(fdt, "ref", 9);
    (void)fdt_begin_node(fdt, name);
    (void)fdt_property(fdt, property, text, size);
    (void)fdt_end_node(fdt);
    (void)fdt_end_node(fdt);
}

static void make_lost_symbol(char *fdt)
{
    make_special(fdt, "__symbols__", "label", "/none", 6);
}

static void make_bad_symbol(char *fdt)
{
    make_special(fdt, "__symbols__", "la-bel", "/", 2);
}

static void make_lost_fixup(char *fdt)
{
    make_special(fdt, "__fixups__", "label", "/none:ref:0", 12);
}

static void make_fixup_without_offset(char *fdt)
{
    make_special(fdt, "__fixups__", "label", "/:ref", 6);
}

static void make_fixup_beyond(char *fdt)
{
    make_special(fdt, "__fixups__", "label", "/:ref:2", 8);
}

static void make_fixup_twice(char *fdt)
{
    make_special(fdt, "__fixups__", "label", "/:ref:0\0/:ref:0", 16);
}

static void make_local_fixup_to_nobody(char *fdt)
{
    make_special(fdt, "__local_fixups__", "ref", "\0\0\0\0", 4);
}

static void make_local_fixup_of_nothing(char *fdt)
{
    make_special(fdt, "__local_fixups__", "other", "\0\0\0\0", 4);
}

static void test_bad_trees(void **state)
{
    static const struct {
        void (*make)(char *fdt);
        const char *says;
    } cases[] = {
        {make_two_roots, "second root"},
        {make_named_root, "the root has a name"},
        {make_deep, "nested too deep"},
        {make_twins, "/a@0: a node of this name is there twice"},
        {make_bad_name, "no name that a device tree can have"},
        {make_twin_properties, "twice"},
        {make_twin_phandles, "/a: its phandle is another node's"},
        {make_no_phandle, "/a: its phandle is no number"},
        {make_lost_symbol, "`label`"},
        {make_bad_symbol, "`la-bel`"},
        {make_lost_fixup, "/none:ref:0"},
        {make_fixup_without_offset, "/:ref"},
        {make_fixup_beyond, "no reference at byte 2"},
        {make_fixup_twice, "no reference at byte 0"},
        {make_local_fixup_to_nobody, "phandle 9"},
        {make_local_fixup_of_nothing, "`other`"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char fdt[BLOB_ROOM] __attribute__((aligned(8)));
        struct np_error err = {.text = ""};
        struct dt *dt;

        assert_int_equal(fdt_create(fdt, sizeof(fdt)), 0);
        assert_int_equal(fdt_finish_reservemap(fdt), 0);
        cases[i].make(fdt);
        assert_int_equal(fdt_finish(fdt), 0);
        assert_int_equal(dt_parse("bad.dtb", fdt, fdt_totalsize(fdt), &dt, &err), -EINVAL);
        if (!strstr(err.text, cases[i].says))
            fail_msg("wanted %s, got %s", cases[i].says, err.text);
        assert_string_equal(err.file, "bad.dtb");
    }
}

static void try_bytes(const char *bytes, size_t size)
{
    struct np_error err = {.text = ""};
    struct dt *dt = NULL;
    int r = dt_parse("bad.dtb", bytes, size, &dt, &err);

    if (r < 0) {
        assert_int_equal(err.code, r);
        assert_true(err.text[0]);
        return;
    }
    dt = dt_free(dt);
}

/* Cut off anywhere, whatever the header says of it; and each word of it replaced. */
static void test_damaged(void **state)
{
    static const uint32_t words[] = {0, 1, 2, 3, 0x40, 0x7fffffff, 0xffffffff};
    autodt struct dt *dt = parse(STANDARD_TREE);
    autoblob struct blob blob = to_blob(dt);
    autofree char *copy = malloc(blob.size);
    struct np_error err = {0};

    for (size_t size = 4; size < blob.size; size++) {
        struct dt *read;

        assert_int_equal(dt_parse("cut.dtb", blob.bytes, size, &read, NULL), -EINVAL);
        if (size < sizeof(struct fdt_header))
            continue;
        memcpy(copy, blob.bytes, blob.size);
        fdt_set_totalsize(copy, (uint32_t)size);
        assert_int_equal(dt_parse("cut.dtb", copy, size, &read, NULL), -EINVAL);
    }
    fdt_set_totalsize(copy, 0);
    assert_int_equal(dt_parse("none.dtb", copy, blob.size, &dt, &err), -EINVAL);
    assert_non_null(strstr(err.text, "it says a size that it does not fit in itself"));
    assert_string_equal(err.hint, "");
    for (size_t at = 4; at + 4 <= blob.size; at += 4) {
        for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
            memcpy(copy, blob.bytes, blob.size);
            fdt32_st(copy + at, words[i]);
            try_bytes(copy, blob.size);
        }
    }
}

/* Names by the thousand, each of which libfdt would look for among all others. */
static void test_many_names(void **state)
{
    enum { N_NODES = 20000 };
    autodt struct dt *dt = NULL, *read = NULL;
    autoblob struct blob blob = {0};
    struct timespec begin, end;

    assert_int_equal(dt_new("many", &dt), 0);
    for (int i = 0; i < N_NODES; i++) {
        struct dt_node *node;
        char name[32];

        (void)snprintf(name, sizeof(name), "a-long-property-%d", i);
        assert_int_equal(dt_add_node(dt->root, name, NULL, &node), 0);
        assert_int_equal(dt_put_flag(node, name), 0);
    }
    assert_int_equal(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin), 0);
    blob = to_blob(dt);
    read = from_blob(&blob);
    assert_int_equal(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end), 0);
    assert_int_equal(read->root->n_children, N_NODES);
    assert_true(end.tv_sec - begin.tv_sec < 3); /* it is 0.1 s, or else 20 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_round_trip),     cmocka_unit_test(test_blob_round_trip),
        cmocka_unit_test(test_blob_of_kerf_tree),   cmocka_unit_test(test_made_tree_as_text),
        cmocka_unit_test(test_kerf_as_standard),    cmocka_unit_test(test_what_a_blob_cannot_hold),
        cmocka_unit_test(test_dtc_agrees),          cmocka_unit_test(test_one_line),
        cmocka_unit_test(test_overlay_text),        cmocka_unit_test(test_overlay_blob),
        cmocka_unit_test(test_overlay_blob_of_dtc), cmocka_unit_test(test_overlay_errors),
        cmocka_unit_test(test_bad_trees),           cmocka_unit_test(test_damaged),
        cmocka_unit_test(test_many_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
