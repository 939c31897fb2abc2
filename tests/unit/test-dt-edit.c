/* SPDX-License-Identifier: Apache-2.0 */
/* Edits of a text: what they change, and that all else stays byte for byte. */

#include "test.h"

#include "dt-edit.h"

#include <string.h>

static struct dt *parse(const char *text)
{
    struct np_error err = {.text = ""};
    struct dt *dt = NULL;

    if (dt_parse("tree.dts", text, strlen(text), &dt, &err) < 0)
        fail_msg("%u:%u: %s", err.line, err.column, err.text);
    return dt;
}

enum { SET = 1, REMOVE, RENAME, REPLACE }; /* REPLACE: by a property x */

struct step {
    int what; /* 0 ends a list of them */
    const char *path, *name, *value;
};

static int make_step(struct dt_edits *edits, const struct dt *dt, const struct step *step)
{
    const struct dt_node *node = dt_find(dt, step->path);

    assert_non_null(node);
    if (step->what == SET)
        return dt_edits_set(edits, node, step->name, step->value);
    if (step->what == REPLACE)
        return dt_edits_replace(edits, node, step->name, "x", step->value);
    return step->what == REMOVE ? dt_edits_remove(edits, node, step->name)
                                : dt_edits_rename(edits, node, step->name);
}

static char *edit(const struct dt *dt, const struct step *steps)
{
    autodtedits struct dt_edits *edits = NULL;
    char *text;

    assert_int_equal(dt_edits_new(dt, &edits), 0);
    for (; steps->what; steps++)
        assert_int_equal(make_step(edits, dt, steps), 0);
    assert_int_equal(dt_edits_apply(edits, &text), 0);
    return text;
}

#define HEAD "/multikernel-v1/;\n"

static void test_steps(void **state)
{
    static const struct {
        const char *before, *after;
        struct step steps[4];
    } cases[] = {
        /* a value, whose comment spoke of it */
        {"/ {\n\ta = <1>;  // one\n\tb = <2>; // two\n};\n",
         "/ {\n\ta = <7>;\n\tb = <2>; // two\n};\n",
         {{SET, "/", "a", "<7>"}}},
        {"/ { a = <1>; /* one */ b = <2>; };\n",
         "/ { a = <7>; b = <2>; };\n",
         {{SET, "/", "a", "<7>"}}},
        {"/ {\n  a = <1\n       2>, // odd\n      <3>;\n  // of b\n  b;\n};\n",
         "/ {\n  a = <7>;\n  // of b\n  b;\n};\n",
         {{SET, "/", "a", "<7>"}}},
        /* the last one counts */
        {"/ { a = <1>; };\n",
         "/ { a = <3>; };\n",
         {{SET, "/", "a", "<2>"}, {REMOVE, "/", "a", NULL}, {SET, "/", "a", "<3>"}}},
        /* new ones, as the neighbours are */
        {"/ {\n\ta = <1>; // one\n\n\tn { };\n};\n",
         "/ {\n\ta = <1>; // one\n\tx = <7>;\n\ty = \"z\";\n\n\tn { };\n};\n",
         {{SET, "/", "x", "<7>"}, {SET, "/", "y", "\"z\""}}},
        {"/ { a = <1>; n { b; }; };\n",
         "/ { a = <1>; x = <7>; n { b; y = <8>; }; };\n",
         {{SET, "/", "x", "<7>"}, {SET, "/n", "y", "<8>"}}},
        {"/ {\n  n { };\n  m { // here\n  };\n  k {\n  };\n};\n",
         "/ {\n  n { x = <7>; };\n  m { // here\n      x = <7>;\n  };\n  k {\n      x = <7>;\n  "
         "};\n};\n",
         {{SET, "/n", "x", "<7>"}, {SET, "/m", "x", "<7>"}, {SET, "/k", "x", "<7>"}}},
        {"/ {\n\tn {\n\t\tm { };\n\t};\n};\n",
         "/ {\n\tn {\n\t\tx = <7>;\n\t\tm { };\n\t};\n};\n",
         {{SET, "/n", "x", "<7>"}}},
        /* removed: with its lines, or alone */
        {"/ {\n  a; // one\n  b = <1\n       2>;\n  c;\n};\n",
         "/ {\n  c;\n};\n",
         {{REMOVE, "/", "a", NULL}, {REMOVE, "/", "b", NULL}}},
        {"/ { a; b; c; };\n", "/ { a; c; };\n", {{REMOVE, "/", "b", NULL}}},
        {"/ {\n  a; b;\n};\n", "/ {\n  b;\n};\n", {{REMOVE, "/", "a", NULL}}},
        {"/ {\n  a;\n};\n",
         "/ {\n  x = <7>;\n};\n",
         {{REMOVE, "/", "a", NULL}, {SET, "/", "x", "<7>"}}},
        {"/ { a; };\n", "/ { a; };\n", {{REMOVE, "/", "b", NULL}}},
        {"/ {\n  l: a = <1>;\n  l1:\n  l2: b;\n  c;\n};\n",
         "/ {\n  c;\n};\n",
         {{REMOVE, "/", "a", NULL}, {REMOVE, "/", "b", NULL}}},
        /* in another's place; where both stand, in its own */
        {"/ {\n  a; // one\n  b;\n};\n",
         "/ {\n  x = <7>;\n  b;\n};\n",
         {{REPLACE, "/", "a", "<7>"}}},
        {"/ { a; b; x; };\n", "/ { b; x = <7>; };\n", {{REPLACE, "/", "a", "<7>"}}},
        {"/ { b; };\n", "/ { b; x = <7>; };\n", {{REPLACE, "/", "a", "<7>"}}},
        /* names */
        {"/ { db: db { }; };\n", "/ { db: shop { }; };\n", {{RENAME, "/db", "shop", NULL}}},
        {"/ { l1: l2:/* db { */ db@5\n {a;}; };\n",
         "/ { l1: l2:/* db { */ shop@6\n {a;}; };\n",
         {{RENAME, "/db@5", "shop@6", NULL}}},
        {"/ { n{a;}; };\n",
         "/ { m{a = <7>;}; };\n",
         {{RENAME, "/n", "m", NULL}, {SET, "/n", "a", "<7>"}}},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        autofree char *before = NULL, *after = NULL, *text = NULL;
        autodt struct dt *dt = NULL, *edited = NULL;

        assert_true(asprintf(&before, HEAD "%s", cases[i].before) > 0);
        assert_true(asprintf(&after, HEAD "%s", cases[i].after) > 0);
        dt = parse(before);
        text = edit(dt, cases[i].steps);
        assert_string_equal(text, after);
        edited = parse(text);
    }
}

/* A property that a later "&label { }" says again is changed where it counts. */
static void test_said_again(void **state)
{
    static const struct step steps[] = {{SET, "/n", "a", "<7>"}, {0}};
    autodt struct dt *dt = parse(HEAD "/ { l: n { a = <1>; }; };\n&l { a = <2>; };\n");
    autofree char *text = edit(dt, steps);

    assert_string_equal(text, HEAD "/ { l: n { a = <1>; }; };\n&l { a = <7>; };\n");
}

/* A blob has no text: it is written first. */
static void test_of_a_blob(void **state)
{
    static const struct step steps[] = {{SET, "/n@1", "a", "<7>"}, {0}};
    autodt struct dt *dt = parse("/dts-v1/;\n/ { l: n@1 { a = <1>; s = \"t\"; }; };\n");
    autodt struct dt *read = NULL;
    autofree char *blob = NULL, *text = NULL;
    size_t size;

    assert_int_equal(dt_write_blob(dt, &blob, &size, NULL), 0);
    assert_int_equal(dt_parse("tree.dtb", blob, size, &read, NULL), 0);
    text = edit(read, steps);
    assert_string_equal(text, "/dts-v1/;\n\n/ {\n    l: n@1 {\n        a = <7>;\n"
                              "        s = \"t\";\n        phandle = <1>;\n    };\n};\n");
}

/* What an overlay brought stands in another file. */
static void test_not_in_this_text(void **state)
{
    static const struct step of_node = {SET, "/m", "a", "<1>"},
                             of_property = {SET, "/n", "a", "<1>"};
    autodt struct dt *dt = parse("/dts-v1/;\n/ { l: n { b; }; };\n");
    autodt struct dt *overlay = parse("/dts-v1/;\n/plugin/;\n/ { m { }; };\n&l { a = <2>; };\n");
    autodtedits struct dt_edits *edits = NULL;

    assert_int_equal(dt_overlay(dt, overlay, NULL), 0);
    assert_int_equal(dt_edits_new(dt, &edits), 0);
    assert_int_equal(make_step(edits, dt, &of_node), -ENOENT);
    assert_int_equal(make_step(edits, dt, &of_property), -ENOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps),
        cmocka_unit_test(test_said_again),
        cmocka_unit_test(test_of_a_blob),
        cmocka_unit_test(test_not_in_this_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
