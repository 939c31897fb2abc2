/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "devicetree.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

static struct dt *parsed(const char *text)
{
    struct np_error err = {0};
    struct dt *dt = NULL;

    if (dt_parse("t.dts", text, strlen(text), &dt, &err) < 0)
        fail_msg("%u:%u: %s of <<%s>>", err.line, err.column, err.text, text);
    return dt;
}

/* Cells in hexadecimal, with their width where it is not 32; a reference alone as path&label. */
static void dump_value(FILE *stream, const struct dt_value *value)
{
    if (value->kind == DT_CELL)
        (void)fprintf(stream, "%" PRIx64, value->number);
    if (value->kind == DT_CELL && value->bits != 32)
        (void)fprintf(stream, "/%u", value->bits);
    if (value->kind == DT_REFERENCE)
        (void)fprintf(stream, "%s%s", value->bits ? "&" : "path&", value->text);
    if (value->kind == DT_STRING)
        (void)fprintf(stream, "\"%.*s\"", (int)value->size, value->text);
    for (size_t i = 0; value->kind == DT_BYTES && i < value->size; i++)
        (void)fprintf(stream, "[%02x]", (unsigned char)value->text[i]);
}

static void dump_property(FILE *stream, const struct dt_property *property)
{
    (void)fprintf(stream, "%s", property->name);
    for (unsigned int i = 0; i < property->n_values; i++) {
        bool next = i > 0 && property->values[i].group != property->values[i - 1].group;

        (void)fputc(i == 0 ? '=' : next ? ',' : ' ', stream);
        dump_value(stream, &property->values[i]);
    }
    (void)fputc(';', stream);
}

/* The whole tree on one line: "name@unit{labels: property=...; child{...}}". */
static void dump_node(FILE *stream, const struct dt_node *node)
{
    for (char **label = node->labels; label && *label; label++)
        (void)fprintf(stream, "%s:", *label);
    (void)fprintf(stream, "%s%s%s{", node->parent ? node->name : "/", node->unit ? "@" : "",
                  node->unit ? node->unit : "");
    for (unsigned int i = 0; i < node->n_properties; i++)
        dump_property(stream, &node->properties[i]);
    for (unsigned int i = 0; i < node->n_children; i++) {
        assert_ptr_equal(node->children[i]->parent, node);
        dump_node(stream, node->children[i]);
    }
    (void)fputc('}', stream);
}

static void assert_dump(const struct dt *dt, const char *wanted)
{
    autofree char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);

    assert_non_null(stream);
    dump_node(stream, dt->root);
    assert_int_equal(fclose(stream), 0);
    assert_string_equal(text, wanted);
}

static const struct {
    const char *text;
    const char *dump;
} sound[] = {
    {"/dts-v1/; / { };", "/{}"},
    {"\xef\xbb\xbf/dts-v1/; / { };", "/{}"},
    {"/ { a; b = <1>; c { d; }; };", "/{a;b=1;c{d;}}"},
    /* Kerf's: its own first line, sections without a root around them, 64 bits in a cell. */
    {"/multikernel-v1/; resources { m = <0x0 0x800000000>; }; instances { };",
     "/{resources{m=0 800000000;}instances{}}"},
    {"/ { a = <0x0 0x0>, <1 2>; };", "/{a=0 0,1 2;}"},
    {"/ { a = <&eth0_vf1>, <&{/x/y@1}>; b = &l; };", "/{a=&eth0_vf1,&/x/y@1;b=path&l;}"},
    {"/ { l1: l2: n@0,1 { }; };", "/{l1:l2:n@0,1{}}"},
    {"/ { #a,b.c_d+e?*f = <1>; 64bit; };", "/{#a,b.c_d+e?*f=1;64bit;}"},
    {"/ { /* c */ a // d\n = /* e */ < /* f */ 1 > /* g */ ; };", "/{a=1;}"},
    /* Repeated nodes are one; what is said later counts. */
    {"/ { n { a = <1>; b; }; }; / { n { a = <2>; c; }; }; n { d; };", "/{n{a=2;b;c;d;}}"},
    {"/ { l: n { a; }; }; &l { b; }; &{/n} { c; }; m: &l { };", "/{l:m:n{a;b;c;}}"},
    {"/ { n@1 { a; }; n@2 { b; }; };", "/{n@1{a;}n@2{b;}}"},
    /* Deleting, and saying again. */
    {"/ { a; b; c; }; / { /delete-property/ a; /delete-property/ none; a = <1>; };", "/{b;c;a=1;}"},
    {"/ { l: n { a; }; m { }; }; / { /delete-node/ n; n { b; }; };", "/{m{}n{b;}}"},
    {"/ { l: n { a; }; m { }; }; /delete-node/ &l; / { l: o { }; };", "/{m{}l:o{}}"},
    {"/ { /omit-if-no-ref/ l: a { }; m: /omit-if-no-ref/ b { }; x = <&l>; };", "/{x=&l;l:a{}}"},
    {"/ { l: a { }; b { }; }; /omit-if-no-ref/ &l;", "/{b{}}"},
    /* Numbers. */
    {"/ { a = <10 010 0x10 0XfF 7UL 1ULL 'a' '\\n' '\\x41' '\\''>; };",
     "/{a=a 8 10 ff 7 1 61 a 41 27;}"},
    {"/ { a = /bits/ 8 <1 255>, /bits/ 16 <0xffff>, /bits/ 64 <0xffffffffffffffff>; };",
     "/{a=1/8 ff/8,ffff/16,ffffffffffffffff/64;}"},
    {"/ { a = /bits/ 8 <(-1) (-128)>, <(-1)>, /bits/ 64 <(-1)>; };",
     "/{a=ff/8 80/8,ffffffff,ffffffffffffffff/64;}"},
    {"/ { a = <(1 + 2 * 3) ((1 + 2) * 3) (7 / 2) (7 % 4) (1 << 4 | 1) (0xf0 >> 4)>; };",
     "/{a=7 9 3 3 11 f;}"},
    {"/ { a = <(1 < 2) (2 <= 1) (1 == 1) (1 != 1) (1 && 0) (1 || 0) (!0) (~0xf & 0xff)>; };",
     "/{a=1 0 1 0 0 1 1 f0;}"},
    {"/ { a = <(0 ? 1 : 1 ? 2 : 3) (5 - 2 - 1) (6 ^ 3) (1 << 35)>; };", "/{a=2 2 5 800000000;}"},
    /* Strings and bytes. */
    {"/ { a = \"x\", \"y\\\"z\\\\\\t\\101\\x42q\", \"\"; };", "/{a=\"x\",\"y\"z\\\tABq\",\"\";}"},
    {"/ { a = [de AD bE ef0123]; b = []; };", "/{a=[de][ad][be][ef][01][23];b=;}"},
    {"/ { a = l1: <l2: 1 l3: 2 l4:> l5:, l6: [l7: 00 l8:] l9:; };", "/{a=1 2,[00];}"},
    {"/ { a = \"s\", <1>, [01], &l; };", "/{a=\"s\",1,[01],path&l;}"},
    /* Kerf's examples: of one name at the root, told apart by their labels. */
    {"/multikernel-v1/; / { a: v@1 { x; }; b: v@1 { y; }; };", "/{a:v@1{x;}b:v@1-b{y;}}"},
    /* What surrounds a tree. */
    {"/dts-v1/;\n# 1 \"x.dts\"\n#line 2 \"y\"\n/memreserve/ 0x1000 (1 << 12);\n/ { };\n", "/{}"},
    {"/dts-v1/; /plugin/; &there { a; }; &{/x} { b; };",
     "/{fragment@0{target=&there;__overlay__{a;}}fragment@1{target-path=\"/x\";__overlay__{b;}}}"},
};

static void test_sound(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(sound); i++) {
        autodt struct dt *dt = NULL;

        print_message("  %.60s\n", sound[i].text);
        dt = parsed(sound[i].text);
        assert_dump(dt, sound[i].dump);
    }
}

static const struct {
    const char *text;
    unsigned int line, column;
    const char *message;
    const char *hint; /* a part of it, NULL any */
} faulty[] = {
    {"", 1, 1, "this text has no node", NULL},
    {"/dts-v1/;\n", 2, 1, "this text has no node", NULL},
    {"/ {\n  a = <1>\n  b;\n};", 3, 3, "expected ; behind the value of `a`, not `b`", "line 2"},
    {"/ { a = 1; };", 1, 9, "expected a value of `a`, not `1`", "<1 2>"},
    {"/ { a = <1 x>; };", 1, 12, "expected a number, a reference or > in `a`, not `x`", NULL},
    {"/ { a = <12x>; };", 1, 10, "`12x` is no number", NULL},
    {"/ { a = <1ull>; };", 1, 10, "`1ull` is no number", NULL},
    {"/ { a = <08>; };", 1, 10, "`08` is no number", NULL},
    {"/ { a = <0x10000000000000000>; };", 1, 10, "`0x10000000000000000` has more than 64 bits",
     NULL},
    {"/ { a = /bits/ 8 <256>; };", 1, 19, "0x100 has more than the 8 bits of its cell", NULL},
    {"/ { a = /bits/ 7 <1>; };", 1, 16, "a cell has 8, 16, 32 or 64 bits, not 7", NULL},
    {"/ { a = /bits/ 64 <&l>; };", 1, 20, "a reference fills a cell of 32 bits, not 64", NULL},
    {"/ { a = <(1 / 0)>; };", 1, 13, "this divides by zero", NULL},
    {"/ { a = <(1 + )>; };", 1, 15, "expected a number, not `)`", NULL},
    {"/ { a = <(1 1)>; };", 1, 13, "expected an operator or ) in the expression, not `1`", NULL},
    {"/ { a = <''>; };", 1, 11, "expected a character between ', not `'`", NULL},
    {"/ { a = <'ab'>; };", 1, 10, "'...' holds one character", NULL},
    {"/ { a = \"x; };", 1, 9, "the string that begins here has no end: \" is missing", NULL},
    {"/ { a = \"\\xg\"; };", 1, 12, "expected two hexadecimal digits behind \\x, not `g`", NULL},
    {"/ { a = [1]; };", 1, 10, "expected two hexadecimal digits a byte, or ], in `a`, not `1`",
     NULL},
    {"/ { a = <&>; };", 1, 11, "expected a label or {/path} behind &, not `>`", NULL},
    {"/ { a = <&{/x>; };", 1, 14, "expected } behind the path &{/x, not `>`", NULL},
    {"/ {\n/* never closed\n};", 2, 1, "the comment that begins here has no end: */ is missing",
     NULL},
    {"/ {\n  n {\n    a;\n};\n", 1, 1, "the node that begins here has no end", "line 5"},
    {"/ { n { } };", 1, 11, "expected ; behind the } of the node in line 1, not `}`", NULL},
    {"/ { /omit-if-no-ref/ q; };", 1, 23, "expected { behind /omit-if-no-ref/ q, not `;`", NULL},
    {"/ { n };", 1, 7, "expected =, ; or { behind `n`, not `}`", NULL},
    {"/ { a = <1>; b; a; };", 1, 17, "`a` is said twice, first in line 1", NULL},
    {"/multikernel-v1/; / { n { a: v { };\nb: v { }; }; };", 2, 4,
     "`v` stands here twice, first in line 1", NULL},
    {"/ { a: v { };\nb: v { }; };", 2, 4, "`v` stands here twice, first in line 1", NULL},
    {"/ { n { };\nn { }; };", 2, 1, "`n` stands here twice, first in line 1", "another name"},
    {"/ { l: a { }; l: b { }; };", 1, 15, "label `l` is that of /a already", NULL},
    {"/ { a { phandle = <1>; }; b { phandle = <1>; }; };", 1, 31,
     "phandle 0x1 is that of /a already", NULL},
    {"/ { eth0: a { }; }; &eth1 { };", 1, 21, "no node before this is &eth1", "&eth0"},
    {"/ { }; /delete-node/ &gone;", 1, 22, "no node before this is &gone", "/plugin/"},
    {"/ { }; /delete-node/ &{/};", 1, 22, "the root cannot be deleted", NULL},
    {"/ { n@ { }; };", 1, 5, "`n@` is no name of a node: what stands behind @ is missing", NULL},
    {"id = <1>;", 1, 1, "property `id` stands outside of every node", NULL},
    {"/ { };\n#include <x.h>\n", 2, 1, "this line is for the C preprocessor", "cpp"},
    {"/ { };\n/what/;", 2, 2, "expected { or a word in slashes behind /, not `what`", "/plugin/"},
    {"/ { \001 };", 1, 5, "expected a name, not the byte 0x01", NULL},
    {"/memreserve/ 0xffffffffffffffff 2; / { };", 1, 13,
     "0x2 bytes from 0xffffffffffffffff end beyond 64 bits", NULL},
    {"/include/ \"no-such-file\"\n/ { };", 1, 1,
     "cannot read no-such-file: No such file or directory", NULL},
};

static void test_faulty(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(faulty); i++) {
        struct np_error err = {0};
        struct dt *dt = NULL;

        print_message("  %.60s\n", faulty[i].text);
        assert_int_equal(dt_parse("t.dts", faulty[i].text, strlen(faulty[i].text), &dt, &err),
                         -EINVAL);
        assert_null(dt);
        assert_string_equal(err.text, faulty[i].message);
        assert_string_equal(err.file, "t.dts");
        assert_int_equal(err.line, faulty[i].line);
        assert_int_equal(err.column, faulty[i].column);
        if (faulty[i].hint)
            assert_non_null(strstr(err.hint, faulty[i].hint));
    }
}

static const struct {
    const char *text; /* of which `p` is asked */
    const char *comment;
} comments[] = {
    {"p = <1>; // 16GB\n", "16GB"},
    {"p = <1>;\t/* 16GB */ q;", "16GB"},
    {"p; //x", "x"},
    {"p = <1>;\n// of the next line", NULL},
    {"p = <1 // of the first line\n 2>; // of the last", "of the last"},
    {"p = <1 // of the first line\n 2>;", NULL},
    {"p = <1 /* inside */ 2>;", "inside"},
    {"p = <1 /* inside */ 2>; // behind", "behind"},
    {"/* before */ p;", NULL},
    {"p; q; // of q", NULL},
    {"p; /* over\n lines */", "over\n lines"},
    {"p; //", ""},
    {"p; / / no comment", "fault"},
};

static void test_comments(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(comments); i++) {
        autofree char *text = NULL;
        autodt struct dt *dt = NULL;
        const struct dt_property *property;

        assert_true(asprintf(&text, "/ { %s\n };", comments[i].text) > 0);
        print_message("  %s\n", comments[i].text);
        if (comments[i].comment && strcmp(comments[i].comment, "fault") == 0) {
            assert_int_equal(dt_parse("t.dts", text, strlen(text), &dt, NULL), -EINVAL);
            continue;
        }
        dt = parsed(text);
        property = dt_property(dt->root, "p");
        if (comments[i].comment)
            assert_string_equal(property->comment, comments[i].comment);
        else
            assert_null(property->comment);
    }
}

static void assert_span(const struct dt *dt, size_t begin, size_t end, const char *wanted)
{
    assert_true(begin <= end && end <= dt->length);
    assert_int_equal(end - begin, strlen(wanted));
    assert_memory_equal(dt->text + begin, wanted, end - begin);
}

static void test_spans(void **state)
{
    autodt struct dt *dt = parsed("/dts-v1/;\n"
                                  "/ {\n"
                                  "  x: p = <1>,\n"
                                  "    <0x2>; // c\n"
                                  "  l: node@1 { q ; } ;\n"
                                  "};\n"
                                  "&l { r; };\n");
    const struct dt_property *p = dt_property(dt->root, "p");
    const struct dt_node *node = dt_labelled(dt, "l");

    assert_span(dt, p->begin, p->end, "p = <1>,\n    <0x2>;");
    assert_int_equal(p->at.line, 3);
    assert_int_equal(p->at.column, 6);
    assert_int_equal(p->values[1].at.line, 4);
    assert_int_equal(p->values[1].at.column, 6);
    assert_int_equal(p->values[0].form, DT_DECIMAL);
    assert_int_equal(p->values[1].form, DT_HEX);
    assert_span(dt, node->begin, node->end, "l: node@1 { q ; } ;");
    assert_span(dt, node->body, node->end, " q ; } ;");
    assert_int_equal(node->at.line, 5);
    assert_int_equal(node->at.column, 6);
    p = dt_property(node, "q");
    assert_span(dt, p->begin, p->end, "q ;");
    p = dt_property(node, "r");
    assert_span(dt, p->begin, p->end, "r;");
    assert_span(dt, dt->root->begin, dt->root->body, "/ {");
    assert_false(dt->multikernel);
    assert_false(dt->plugin);
}

/* What is said twice is where it was said first, also when that made a fragment of it. */
static void test_span_of_fragment(void **state)
{
    autodt struct dt *dt = parsed("/plugin/; &there { a; };\n"
                                  "/ { fragment@0 { __overlay__ { b; }; }; };");
    const struct dt_node *node = dt_find(dt, "/fragment@0/__overlay__");

    assert_int_equal(node->n_properties, 2);
    assert_span(dt, node->begin, node->end, "&there { a; };");
    assert_int_equal(node->at.line, 1);
}

static void test_kinds(void **state)
{
    static const struct {
        const char *text;
        bool multikernel, plugin;
    } kinds[] = {
        {"/multikernel-v1/; / { };", true, false},
        {"/dts-v1/; /plugin/; / { };", false, true},
        {"/ { fragment@0 { __overlay__ { }; }; };", false, true},
        {"instances { };", false, false},
    };

    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        autodt struct dt *dt = parsed(kinds[i].text);

        assert_int_equal(dt->multikernel, kinds[i].multikernel);
        assert_int_equal(dt->plugin, kinds[i].plugin);
    }
}

static void write_file(const char *directory, const char *name, const char *text)
{
    autofree char *path = NULL;
    FILE *file;

    assert_true(asprintf(&path, "%s/%s", directory, name) > 0);
    file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* Loads a file of the directory, of which what is wrong ends with file:line:column. */
static void assert_wrong(const char *directory, const char *name, const char *message,
                         const char *place)
{
    autofree char *path = NULL, *where = NULL;
    struct np_error err = {0};
    struct dt *dt = NULL;

    assert_true(asprintf(&path, "%s/%s", directory, name) > 0);
    assert_true(dt_load(path, &dt, &err) < 0);
    assert_true(
        asprintf(&where, "%s:%u:%u", err.file + strlen(directory) + 1, err.line, err.column) > 0);
    assert_string_equal(where, place);
    assert_non_null(strstr(err.text, message));
}

static void test_includes(void **state)
{
    char directory[] = "/tmp/numaplace-test-XXXXXX";
    static const char *const names[] = {"a.dts",      "b.dtsi",   "c.dtsi",
                                        "self.dts",   "ring.dts", "wrong.dts",
                                        "wrong.dtsi", "gone.dts", "wide.dts"};
    autofree char *path = NULL;

    assert_non_null(mkdtemp(directory));
    write_file(directory, "a.dts", "/ { x;\n/include/ \"b.dtsi\"\n};");
    write_file(directory, "b.dtsi", "\n  n { p = <1>; };");
    write_file(directory, "c.dtsi", "/include/ \"ring.dts\"");
    write_file(directory, "self.dts", "/ { };\n  /include/ \"self.dts\"");
    write_file(directory, "ring.dts", "/include/ \"c.dtsi\"");
    write_file(directory, "wrong.dts", "/include/ \"wrong.dtsi\"");
    write_file(directory, "wrong.dtsi", "/ {\n a = 1; };");
    write_file(directory, "gone.dts", "/ { };\n/include/ \"gone.dtsi\"");
    write_file(directory, "wide.dts", "/ { a = /incbin/(\"b.dtsi\", 0, 1000); };");
    {
        const struct dt_property *p;
        autodt struct dt *dt = NULL;
        struct np_error err = {0};

        assert_true(asprintf(&path, "%s/a.dts", directory) > 0);
        assert_int_equal(dt_load(path, &dt, &err), 0);
        assert_dump(dt, "/{x;n{p=1;}}");
        p = dt_property(dt_find(dt, "/n"), "p");
        assert_int_equal(p->at.line, 2);
        assert_int_equal(p->at.column, 7);
        assert_non_null(strstr(p->at.file, "/b.dtsi"));
        assert_int_equal(p->end, 0);
        assert_null(dt->root->at.file);
        assert_int_equal(dt_fail(dt, dt->root, p->at, &err, "x"), -EINVAL);
        assert_non_null(strstr(err.file, "/b.dtsi"));
    }
    assert_wrong(directory, "self.dts", "\"self.dts\" includes itself", "self.dts:2:3");
    assert_wrong(directory, "ring.dts", "\"ring.dts\" includes itself", "c.dtsi:1:1");
    assert_wrong(directory, "wrong.dts", "expected a value of `a`, not `1`", "wrong.dtsi:2:6");
    assert_wrong(directory, "gone.dts", "gone.dtsi: No such file", "gone.dts:2:1");
    assert_wrong(directory, "wide.dts", "b.dtsi has 18 bytes, and more are wanted", "wide.dts:1:9");
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        autofree char *file = NULL;

        assert_true(asprintf(&file, "%s/%s", directory, names[i]) > 0);
        assert_int_equal(unlink(file), 0);
    }
    assert_int_equal(rmdir(directory), 0);
}

/* What is said n times between two texts. The caller frees. */
static char *repeated(const char *before, const char *text, unsigned int n, const char *behind)
{
    char *whole = NULL;
    size_t size;
    FILE *stream = open_memstream(&whole, &size);

    assert_non_null(stream);
    (void)fputs(before, stream);
    while (n-- > 0)
        (void)fputs(text, stream);
    (void)fputs(behind, stream);
    assert_int_equal(fclose(stream), 0);
    return whole;
}

static const struct {
    const char *before, *text;
    unsigned int n;
    const char *behind;
    const char *message; /* NULL: it is sound */
} bounds[] = {
    {"/ {", "a {", DT_DEPTH_MAX, "", "has no end"},
    {"/ {", "a {", DT_DEPTH_MAX + 1, "", "nodes nest at most 32 deep"},
    {"", "{", 1000000, "", "expected a node, not `{`"},
    {"/ { ", "a", DT_NAME_MAX, "; };", NULL},
    {"/ { ", "a", DT_NAME_MAX + 1, "; };", "a name has at most 255 bytes, and this one 256"},
    {"/ { a = <", "1 ", DT_PROPERTY_BYTES_MAX / 2 - 100, ">; };", NULL},
    {"/ { a = <", "1 ", DT_PROPERTY_BYTES_MAX / 2, ">; };", "`a` is longer than 4 MiB"},
    {"/ { a = [", "00", DT_PROPERTY_BYTES_MAX / 2, "]; };", "`a` is longer than 4 MiB"},
    {"/ { a = \"", "0000", DT_PROPERTY_BYTES_MAX / 4, "\"; };", "`a` is longer than 4 MiB"},
    {"/ { a = <", "(", 1000000, "1", "an expression nests at most 64 deep"},
    {"/ { a = <(", "- ", 1000000, "1", "an expression nests at most 64 deep"},
    {"/ { a = <(", "1 ? ", 1000000, "1", "an expression nests at most 64 deep"},
    {"/ { a = <(1", " + 1", 100000, ")>; };", NULL},
    {"/ { ", "l: ", 65, "a { }; };", "at most 64 labels"},
    {"/ { a = <&", "l", 1000000, ">; };", "is longer than any name"},
    {"/ { a = <", "0", 1000, ">; };", "is too long for a number"},
    {"/ { };", " ", DT_FILE_BYTES_MAX, "", "a device tree has at most 16 MiB"},
};

static void test_bounds(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(bounds); i++) {
        autofree char *text =
            repeated(bounds[i].before, bounds[i].text, bounds[i].n, bounds[i].behind);
        struct np_error err = {0};
        autodt struct dt *dt = NULL;
        int r = dt_parse("t.dts", text, strlen(text), &dt, &err);

        print_message("  %s%s * %u\n", bounds[i].before, bounds[i].text, bounds[i].n);
        if (!bounds[i].message) {
            assert_int_equal(r, 0);
            continue;
        }
        assert_int_equal(r, bounds[i].n == DT_FILE_BYTES_MAX ? -EFBIG : -EINVAL);
        assert_int_equal(err.line, 1);
        assert_non_null(strstr(err.text, bounds[i].message));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sound),
        cmocka_unit_test(test_faulty),
        cmocka_unit_test(test_comments),
        cmocka_unit_test(test_spans),
        cmocka_unit_test(test_span_of_fragment),
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_includes),
        cmocka_unit_test(test_bounds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
