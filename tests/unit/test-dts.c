/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "devicetree.h"

#include <inttypes.h>
#include <string.h>

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
    {"/ { a = <10 010 0x10 0XfF 7UL 1ull 'a' '\\n' '\\x41' '\\''>; };",
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
    {"/ { n };", 1, 7, "expected =, ; or { behind `n`, not `}`", NULL},
    {"/ { a = <1>; b; a; };", 1, 17, "`a` is said twice, first in line 1", NULL},
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sound),
        cmocka_unit_test(test_faulty),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
