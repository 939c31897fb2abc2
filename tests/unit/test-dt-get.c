/* SPDX-License-Identifier: Apache-2.0 */
/* What properties say when they are asked, whether they are values of a text or bytes of a blob,
 * and trees made by hand. */

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

enum question {
    U32,
    U64,
    U64S,
    CELLS_32,
    CELLS_64,
    STRING,
    STRINGS,
    REFERENCES,
};

/* The answer as words with a blank behind each, or the message. */
static char *answer(const struct dt *dt, enum question question)
{
    const struct dt_property *p = &dt->root->properties[0];
    struct dt_reference *references = NULL;
    struct np_error err = {0};
    uint64_t *numbers = NULL;
    const char *text = NULL;
    char **texts = NULL, *result = NULL;
    unsigned int n = 0;
    uint32_t u32 = 0;
    uint64_t u64 = 0;
    size_t size;
    FILE *stream = open_memstream(&result, &size);
    int r = 0;

    assert_non_null(stream);
    if (question == U32 && (r = dt_get_u32(dt, dt->root, p, &u32, &err)) >= 0)
        (void)fprintf(stream, "%" PRIx32 " ", u32);
    if (question == U64 && (r = dt_get_u64(dt, dt->root, p, &u64, &err)) >= 0)
        (void)fprintf(stream, "%" PRIx64 " ", u64);
    if (question == U64S)
        r = dt_get_u64s(dt, dt->root, p, &numbers, &n, &err);
    if (question == CELLS_32 || question == CELLS_64)
        r = dt_get_cells(dt, dt->root, p, question == CELLS_32 ? 32 : 64, &numbers, &n, &err);
    for (unsigned int i = 0; numbers && i < n; i++)
        (void)fprintf(stream, "%" PRIx64 " ", numbers[i]);
    if (question == STRING && (r = dt_get_string(dt, dt->root, p, &text, &err)) >= 0)
        (void)fprintf(stream, "%s ", text);
    if (question == STRINGS)
        r = dt_get_strings(dt, dt->root, p, &texts, &err);
    for (char **t = texts; t && *t; t++)
        (void)fprintf(stream, "%s ", *t);
    if (question == REFERENCES)
        r = dt_get_references(dt, dt->root, p, &references, &n, &err);
    for (unsigned int i = 0; references && i < n; i++)
        (void)fprintf(stream, "%s>%s ", references[i].text ? references[i].text : "",
                      references[i].node ? references[i].node->name : "none");
    if (r < 0) {
        assert_int_equal(r, -EINVAL);
        assert_int_equal(err.line, 1);
        (void)fprintf(stream, "%u %s", err.column, err.text);
    }
    assert_int_equal(fclose(stream), 0);
    strv_free(texts);
    free(references);
    free(numbers);
    return result;
}

static const struct {
    const char *value; /* of `p`, which begins in column 5 */
    enum question question;
    const char *answer;
} cases[] = {
    {"= <7>", U32, "7 "},
    {"= <0xffffffff>", U32, "ffffffff "},
    {"= <0x100000000>", U32, "10 /: `p` is 0x100000000, which 32 bits cannot hold"},
    {"= <1 2>", U32, "5 /: `p` holds 2 numbers where one is wanted"},
    {"= <1>, <2>", U32, "5 /: `p` holds 2 numbers where one is wanted"},
    {"= [00 00 01 00]", U32, "100 "},
    {"= [00 00 01]", U32, "9 /: `p` holds 3 bytes, which are no numbers of 32 bits"},
    {"= \"7\"", U32, "9 /: `p` holds \"7\": it should hold numbers as <0 1 2>"},
    {"= <&l>", U32, "10 /: `p` refers to &l: it should hold numbers as <0 1 2>"},
    {"", U32, "5 /: `p` has no value: it should hold numbers as <0 1 2>"},
    {"= <1>, [00 00 00 01]", U32, "14 /: `p` holds bytes: it should hold numbers as <0 1 2>"},

    /* 64 bits as Kerf writes them, and as dtc does. */
    {"= <0x80000000>", U64, "80000000 "},
    {"= <0x800000000>", U64, "800000000 "},
    {"= <0x0 0x800000000>", U64, "800000000 "},
    {"= <0x8 0x0>", U64, "800000000 "},
    {"= <0x8 0x80000000>", U64, "880000000 "},
    {"= /bits/ 64 <0x800000000>", U64, "800000000 "},
    {"= <0x1 0x800000000>", U64,
     "10 /: `p` has a high cell 0x1 before 0x800000000, which fills 64 bits alone"},
    {"= <0x100000000 0x0>", U64, "10 /: `p` has a high cell of more than 32 bits, 0x100000000"},
    {"= <1 2 3>", U64, "10 /: `p` holds 3 cells in one <...>, which are no 64-bit numbers"},
    {"= <0 1>, <0 2>", U64, "5 /: `p` holds 2 numbers of 64 bits where one is wanted"},
    {"= /bits/ 64 <1 2>", U64, "5 /: `p` holds 2 numbers of 64 bits where one is wanted"},
    {"= [00 00 00 08]", U64, "8 "},
    {"= [00 00 00 08 00 00 00 00]", U64, "800000000 "},
    {"= [00 00]", U64, "9 /: `p` holds 2 bytes, which are no numbers of 64 bits"},
    {"= []", U64, "5 /: `p` holds 0 numbers of 64 bits where one is wanted"},
    {"= \"16GB\"", U64,
     "9 /: `p` holds \"16GB\": it should hold 64-bit numbers as <0x0 0x80000000>"},
    {"= <0x0 0x1000>, <0x8 0x0>, <5>", U64S, "1000 800000000 5 "},
    {"= <0x0 0x1000 0x8 0x0>", U64S, "1000 800000000 "},
    {"= /bits/ 64 <1 2>, <0 3>", U64S, "1 2 3 "},
    {"= [00 00 00 00 00 00 10 00 00 00 00 08 00 00 00 00]", U64S, "1000 800000000 "},

    {"= <0 1>, <2>", CELLS_32, "0 1 2 "},
    {"= /bits/ 64 <0 1>", CELLS_64, "0 1 "},
    {"= [00 00 00 01 00 00 00 02]", CELLS_32, "1 2 "},
    {"= [00 00 00 01 00 00 00 02]", CELLS_64, "100000002 "},
    {"= [00 00 00 01]", CELLS_64, "9 /: `p` holds 4 bytes, which are no numbers of 64 bits"},

    {"= \"compact\"", STRING, "compact "},
    {"= \"\"", STRING, " "},
    {"= [63 00]", STRING, "c "},
    {"= \"a\", \"b\"", STRING, "5 /: `p` holds 2 strings where one is wanted"},
    {"= [61 00 62 00]", STRING, "5 /: `p` holds 2 strings where one is wanted"},
    {"= [61]", STRING, "9 /: `p` holds bytes that are no string: it should hold a string"},
    {"= \"a\\0b\"", STRING, "9 /: `p` holds a string with a NUL byte in it"},
    {"= <1>", STRING, "10 /: `p` holds a number: it should hold a string"},
    {"= \"a\", \"b\"", STRINGS, "a b "},
    {"= [61 00 00 62 00]", STRINGS, "a  b "},
    {"", STRINGS, "5 /: `p` has no value: it should hold a string"},

    {"= <&l>, <&m>", REFERENCES, "l>first m>second "},
    {"= <&l &{/second}>", REFERENCES, "l>first /second>second "},
    {"= &l", REFERENCES, "l>first "},
    {"= <&gone>", REFERENCES, "gone>none "},
    {"= <1 9>", REFERENCES, ">first >none "},
    {"= [00 00 00 01]", REFERENCES, ">first "},
    {"= \"l\"", REFERENCES, "9 /: `p` holds a string: it should hold references as <&label>"},
    {"", REFERENCES, "5 /: `p` has no value: it should hold references as <&label>"},
};

static void test_answers(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        autofree char *text = NULL, *got = NULL;
        autodt struct dt *dt = NULL;

        assert_true(asprintf(&text, "/ { p %s; l: first { phandle = <1>; }; m: second { }; };",
                             cases[i].value) > 0);
        print_message("  %s, %u\n", cases[i].value, cases[i].question);
        dt = parsed(text);
        got = answer(dt, cases[i].question);
        assert_string_equal(got, cases[i].answer);
    }
}

/* A message about a node that is deeper down, and in a file that was included. */
static void test_fail(void **state)
{
    autodt struct dt *dt = parsed("/ { a { b@1 { }; }; };");
    const struct dt_node *node = dt_find(dt, "/a/b@1");
    struct np_error err = {0};

    assert_int_equal(dt_fail(dt, node, node->at, &err, "is %d", 5), -EINVAL);
    assert_string_equal(err.text, "/a/b@1: is 5");
    assert_string_equal(err.file, "t.dts");
    assert_int_equal(err.line, 1);
    assert_int_equal(err.column, 9);
    assert_int_equal(
        dt_fail(dt, dt->root, (struct mark){.line = 7, .column = 3, .file = "x.dtsi"}, &err, "no"),
        -EINVAL);
    assert_string_equal(err.text, "/: no");
    assert_string_equal(err.file, "x.dtsi");
    assert_int_equal(err.line, 7);
}

static void test_find(void **state)
{
    autodt struct dt *dt = parsed("/ { n@0 { x; }; n@1 { m { }; }; m: o { phandle = <3>; }; };");

    assert_ptr_equal(dt_find(dt, "/"), dt->root);
    assert_ptr_equal(dt_find(dt, "/n@1"), dt->root->children[1]);
    assert_ptr_equal(dt_find(dt, "/n"), dt->root->children[0]);
    assert_ptr_equal(dt_find(dt, "/n@1/m"), dt->root->children[1]->children[0]);
    assert_null(dt_find(dt, "/n@2"));
    assert_null(dt_find(dt, "/n/m"));
    assert_null(dt_find(dt, "n@1"));
    assert_ptr_equal(dt_child(dt->root, "n"), dt->root->children[0]);
    assert_null(dt_child(dt->root, "x"));
    assert_null(dt_property(dt->root, "x"));
    assert_non_null(dt_property(dt->root->children[0], "x"));
    assert_ptr_equal(dt_labelled(dt, "m"), dt->root->children[2]);
    assert_null(dt_labelled(dt, "n"));
    assert_ptr_equal(dt_by_phandle(dt, 3), dt->root->children[2]);
    assert_null(dt_by_phandle(dt, 0));
}

static void test_made(void **state)
{
    static const uint64_t numbers[] = {1, UINT64_C(0x800000000)};
    static const char *const texts[] = {"a", "b", NULL};
    static const char *const labels[] = {"l", "gone", NULL};
    autodt struct dt *dt = NULL;
    autofree uint64_t *got = NULL;
    autofree struct dt_reference *references = NULL;
    struct dt_node *node, *same;
    const char *text, *file;
    unsigned int n;

    assert_int_equal(dt_new("made", &dt), 0);
    assert_int_equal(dt_add_node(dt->root, "node", "1", &node), 0);
    assert_int_equal(dt_add_node(dt->root, "node", "1", &same), 0);
    assert_ptr_equal(node, same);
    assert_int_equal(dt_add_label(node, "l"), 0);
    assert_int_equal(dt_add_label(node, "l"), 0);
    assert_null(node->labels[1]);
    assert_ptr_equal(dt_labelled(dt, "l"), node);
    assert_int_equal(dt_set_phandle(node, 5), 0);
    assert_ptr_equal(dt_by_phandle(dt, 5), node);

    assert_int_equal(dt_put_flag(node, "flag"), 0);
    assert_int_equal(dt_put_u64s(node, "numbers", numbers, 2), 0);
    assert_int_equal(dt_put_strings(node, "texts", texts), 0);
    assert_int_equal(dt_put_references(node, "to", labels), 0);
    assert_int_equal(dt_put_string(node, "flag", "no more"), 0);
    assert_int_equal(node->n_properties, 4);
    assert_int_equal(dt_put_copy(dt->root, dt_property(node, "flag")), 0);

    assert_int_equal(dt_get_string(dt, dt->root, dt_property(dt->root, "flag"), &text, NULL), 0);
    assert_string_equal(text, "no more");
    assert_int_equal(dt_get_u64s(dt, node, dt_property(node, "numbers"), &got, &n, NULL), 0);
    assert_int_equal(n, 2);
    assert_int_equal(got[1], numbers[1]);
    assert_int_equal(dt_get_references(dt, node, dt_property(node, "to"), &references, &n, NULL),
                     0);
    assert_int_equal(n, 2);
    assert_ptr_equal(references[0].node, node);
    assert_null(references[1].node);
    assert_int_equal(dt_keep_file(dt, "other", &file), 0);
    assert_string_equal(file, "other");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_fail),
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_made),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
