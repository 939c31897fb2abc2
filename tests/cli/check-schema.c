/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check-schema SCHEMA < JSON: whether a document is what its schema says. Knows the keywords that
 * our schemas use and refuses any other, so that none is believed to be checked that is not.
 */

#include <jansson.h>
#include <regex.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static json_t *root;
static int failures;

static void check(json_t *schema, json_t *value, const char *path);

static void fail(const char *path, const char *what, const char *detail)
{
    printf("%s: %s %s\n", path, what, detail);
    failures++;
}

static bool is_type(const char *name, json_t *value)
{
    return (strcmp(name, "object") == 0 && json_is_object(value)) ||
           (strcmp(name, "array") == 0 && json_is_array(value)) ||
           (strcmp(name, "string") == 0 && json_is_string(value)) ||
           (strcmp(name, "integer") == 0 && json_is_integer(value)) ||
           (strcmp(name, "number") == 0 && json_is_number(value)) ||
           (strcmp(name, "boolean") == 0 && json_is_boolean(value)) ||
           (strcmp(name, "null") == 0 && json_is_null(value));
}

static void check_type(json_t *types, json_t *value, const char *path)
{
    bool matches = json_is_string(types) && is_type(json_string_value(types), value);
    json_t *type;
    size_t i;

    json_array_foreach(types, i, type) matches |= is_type(json_string_value(type), value);
    if (!matches)
        fail(path, "has the wrong type", "");
}

static void check_enum(json_t *allowed, json_t *value, const char *path)
{
    bool matches = false;
    json_t *one;
    size_t i;

    json_array_foreach(allowed, i, one) matches |= json_equal(one, value) != 0;
    if (!matches)
        fail(path, "is none of the enumerated values", "");
}

static void check_pattern(json_t *pattern, json_t *value, const char *path)
{
    regex_t regex;

    if (!json_is_string(value))
        return;
    if (regcomp(&regex, json_string_value(pattern), REG_EXTENDED | REG_NOSUB) != 0) {
        fail(path, "bad pattern", json_string_value(pattern));
        return;
    }
    if (regexec(&regex, json_string_value(value), 0, NULL, 0) != 0)
        fail(path, "does not match the pattern:", json_string_value(value));
    regfree(&regex);
}

static void check_required(json_t *names, json_t *value, const char *path)
{
    json_t *name;
    size_t i;

    if (!json_is_object(value))
        return;
    json_array_foreach(names, i, name)
    {
        if (!json_object_get(value, json_string_value(name)))
            fail(path, "lacks", json_string_value(name));
    }
}

static void check_properties(json_t *properties, json_t *value, const char *path)
{
    const char *name;
    json_t *member;

    json_object_foreach(value, name, member)
    {
        json_t *schema = json_object_get(properties, name);
        char below[512];

        (void)snprintf(below, sizeof(below), "%s.%s", path, name);
        if (schema)
            check(schema, member, below);
        else
            fail(path, "has an undocumented member", name);
    }
}

static void check_items(json_t *schema, json_t *value, const char *path)
{
    json_t *item;
    size_t i;

    json_array_foreach(value, i, item)
    {
        char below[512];

        (void)snprintf(below, sizeof(below), "%s[%zu]", path, i);
        check(schema, item, below);
    }
}

/* "#/$defs/NAME" */
static void check_ref(json_t *ref, json_t *value, const char *path)
{
    const char *name = strrchr(json_string_value(ref), '/') + 1;
    json_t *schema = json_object_get(json_object_get(root, "$defs"), name);

    if (schema)
        check(schema, value, path);
    else
        fail(path, "refers to no definition", name);
}

static void check_minimum(json_t *minimum, json_t *value, const char *path)
{
    if (json_is_number(value) && json_number_value(value) < json_number_value(minimum))
        fail(path, "is too small", "");
}

static void check(json_t *schema, json_t *value, const char *path)
{
    static const struct {
        const char *name;
        void (*check)(json_t *keyword, json_t *value, const char *path); /* NULL: says nothing */
    } keywords[] = {
        {"type", check_type},
        {"enum", check_enum},
        {"pattern", check_pattern},
        {"required", check_required},
        {"items", check_items},
        {"properties", check_properties},
        {"$ref", check_ref},
        {"minimum", check_minimum},
        {"description", NULL},
        {"title", NULL},
        {"$schema", NULL},
        {"$defs", NULL},
        {"additionalProperties", NULL}, /* always false, which check_properties holds to */
    };
    const char *keyword;
    json_t *argument;

    json_object_foreach(schema, keyword, argument)
    {
        size_t i = 0;

        while (i < sizeof(keywords) / sizeof(keywords[0]) && strcmp(keywords[i].name, keyword) != 0)
            i++;
        if (i == sizeof(keywords) / sizeof(keywords[0]))
            fail(path, "schema keyword that this check does not know:", keyword);
        else if (keywords[i].check)
            keywords[i].check(argument, value, path);
    }
}

int main(int argc, char **argv)
{
    json_error_t error;
    json_t *document;

    root = json_load_file(argc == 2 ? argv[1] : "", JSON_REJECT_DUPLICATES, &error);
    document = root ? json_loadf(stdin, JSON_REJECT_DUPLICATES, &error) : NULL;
    if (!document) {
        printf("%s:%d: %s\n", root ? "stdin" : error.source, error.line, error.text);
        return 1;
    }
    check(root, document, "$");
    json_decref(document);
    json_decref(root);
    return failures > 0;
}
