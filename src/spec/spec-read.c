/* SPDX-License-Identifier: Apache-2.0 */
/* Typed values out of a YAML tree, strictly: a value is understood whole or refused where it
 * stands. */

#include "spec-read.h"

#include "size.h"
#include "word.h"

#include <stdarg.h>
#include <string.h>

enum {
    KEYS_MAX = 32,
    PAGE_BYTES = 4096, /* less than that is a size without its unit */
};

/* Adds the place to a message that another function set; returns code. */
static int refuse_as(const struct reader *reader, struct mark at, int code)
{
    error_at(reader->err, reader->file, at.line, at.column);
    return code;
}

int refuse(const struct reader *reader, struct mark at, const char *format, ...)
{
    char text[sizeof(reader->err->text)];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args); /* cut, never overrun */
    va_end(args);
    (void)error_set(reader->err, -EINVAL, "%s", text);
    return refuse_as(reader, at, -EINVAL);
}

static const char *kind_name(enum yaml_kind kind)
{
    static const char *const names[] = {
        [YAML_TEXT] = "a single value",
        [YAML_LIST] = "a list",
        [YAML_MAP] = "a map",
    };

    return names[kind];
}

static bool is_nothing(const struct yaml_value *value)
{
    return value->kind == YAML_TEXT && value->plain &&
           (value->text[0] == '\0' || strcmp(value->text, "~") == 0 ||
            strcmp(value->text, "null") == 0);
}

bool is_digits(const char *text)
{
    return text[0] != '\0' && text[strspn(text, "0123456789")] == '\0';
}

static int unknown_key(const struct reader *reader, const struct yaml_entry *entry,
                       const struct key *keys)
{
    const char *words[KEYS_MAX + 1] = {NULL};
    char known[200];
    const char *near;
    int r;

    for (unsigned int i = 0; keys[i].name && i < KEYS_MAX; i++)
        words[i] = keys[i].name;
    near = word_nearest(entry->key, words);
    r = refuse(reader, entry->key_at, "unknown key \"%.64s\"", entry->key);
    if (near)
        error_hint(reader->err, "did you mean \"%s\"?", near);
    else
        error_hint(reader->err, "known here: %s", word_join(words, known, sizeof(known)));
    return r;
}

static const struct yaml_entry *find_entry(const struct yaml_value *map, const char *key)
{
    for (unsigned int i = 0; i < map->n_entries; i++) {
        if (strcmp(map->entries[i].key, key) == 0)
            return &map->entries[i];
    }
    return NULL;
}

static const struct key *find_key(const struct key *keys, const char *name)
{
    for (; keys->name; keys++) {
        if (strcmp(keys->name, name) == 0)
            return keys;
    }
    return NULL;
}

int read_map(const struct reader *reader, const struct yaml_value *value, const char *what,
             const struct key *keys, void *object)
{
    if (value->kind != YAML_MAP) {
        int r = refuse(reader, value->at, "%s must be a map of keys and values, not %s", what,
                       is_nothing(value) ? "nothing" : kind_name(value->kind));

        error_hint(reader->err, "its first key is \"%s\", as in \"%s: ...\"", keys->name,
                   keys->name);
        return r;
    }
    for (unsigned int i = 0; i < value->n_entries; i++) {
        const struct key *key = find_key(keys, value->entries[i].key);
        int r = key ? key->read(reader, value->entries[i].value, object)
                    : unknown_key(reader, &value->entries[i], keys);

        if (r < 0)
            return r;
    }
    for (const struct key *key = keys; key->name; key++) {
        if (key->required && !find_entry(value, key->name))
            return refuse(reader, value->at, "%s lacks the key \"%s\"", what, key->name);
    }
    return 0;
}

int read_text(const struct reader *reader, const struct yaml_value *value, const char **ret_text)
{
    if (value->kind != YAML_TEXT)
        return refuse(reader, value->at, "a single value must stand here, not %s",
                      kind_name(value->kind));
    if (is_nothing(value) || value->text[0] == '\0') {
        int r = refuse(reader, value->at, "there is no value");

        error_hint(reader->err, "give one, or leave the key out");
        return r;
    }
    *ret_text = value->text;
    return 0;
}

int read_string(const struct reader *reader, const struct yaml_value *value, char **ret_text)
{
    const char *text;
    char *copy;
    int r = read_text(reader, value, &text);

    if (r < 0)
        return r;
    copy = strdup(text);
    if (!copy)
        return -ENOMEM;
    *ret_text = copy;
    return 0;
}

int read_number(const struct reader *reader, const struct yaml_value *value, unsigned int min,
                unsigned int max, unsigned int *ret_number)
{
    const char *text;
    unsigned long number;
    int r = read_text(reader, value, &text);

    if (r < 0)
        return r;
    if (!is_digits(text))
        return refuse(reader, value->at, "\"%.64s\" is not a number from %u to %u", text, min, max);
    number = strlen(text) > 9 ? (unsigned long)max + 1 : strtoul(text, NULL, 10);
    if (number < min || number > max)
        return refuse(reader, value->at, "%.64s is out of range: it must be %u to %u", text, min,
                      max);
    *ret_number = (unsigned int)number;
    return 0;
}

int read_word(const struct reader *reader, const struct yaml_value *value, const char *const *words,
              unsigned int *ret_idx)
{
    const char *text, *near;
    char known[128];
    int found;
    int r = read_text(reader, value, &text);

    if (r < 0)
        return r;
    found = word_find(text, words);
    if (found >= 0) {
        *ret_idx = (unsigned int)found;
        return 0;
    }
    near = word_nearest(text, words);
    r = refuse(reader, value->at, "\"%.64s\" is none of %s", text,
               word_join(words, known, sizeof(known)));
    if (near)
        error_hint(reader->err, "did you mean \"%s\"?", near);
    return r;
}

/* The members of a list as one text: ["0-3", 8] is "0-3,8". */
static int join_members(const struct reader *reader, const struct yaml_value *list, char **ret_text)
{
    autofree char *text = NULL;
    size_t size;
    FILE *stream;
    int r = 0;

    if (list->n_entries == 0)
        return refuse(reader, list->at, "the list is empty");
    stream = open_memstream(&text, &size);
    if (!stream)
        return -ENOMEM;
    for (unsigned int i = 0; i < list->n_entries && r == 0; i++) {
        const struct yaml_value *member = list->entries[i].value;
        const char *word;

        r = read_text(reader, member, &word);
        if (r == 0 && word[strspn(word, "0123456789-:/^")] != '\0')
            r = refuse(reader, member->at, "\"%.64s\" is not a number or a range such as 0-3",
                       word);
        if (r == 0)
            (void)fprintf(stream, "%s%s", i ? "," : "", word); /* fclose tells if it failed */
    }
    if (fclose(stream) != 0 && r == 0)
        r = -ENOMEM;
    if (r == 0)
        *ret_text = TAKE(text);
    return r;
}

int read_set(const struct reader *reader, const struct yaml_value *value, struct set_expr *ret_expr)
{
    autofree char *joined = NULL;
    const char *text = NULL;
    struct set_expr expr;
    int r;

    if (value->kind == YAML_LIST) {
        r = join_members(reader, value, &joined);
        text = joined;
    } else {
        r = read_text(reader, value, &text);
    }
    if (r < 0)
        return r;
    r = set_expr_parse(text, &expr, reader->err);
    if (r < 0)
        return refuse_as(reader, value->at, r);
    if (expr.same) {
        set_expr_fini(&expr);
        return refuse(reader, value->at, "\"same\" refers to nothing in a placement file");
    }
    *ret_expr = expr;
    return 0;
}

int read_bytes(const struct reader *reader, const struct yaml_value *value, uint64_t *ret_bytes)
{
    const char *text;
    uint64_t bytes;
    int r = read_text(reader, value, &text);

    if (r < 0)
        return r;
    r = size_parse(text, &bytes, reader->err);
    if (r < 0)
        return refuse_as(reader, value->at, r);
    if (bytes < PAGE_BYTES) {
        r = refuse(reader, value->at, "\"%.64s\" is less than one page of memory", text);
        error_hint(reader->err, "write the unit, as in 8GiB, or leave the key out");
        return r;
    }
    *ret_bytes = bytes;
    return 0;
}

int read_rate(const struct reader *reader, const struct yaml_value *value, uint64_t max,
              uint64_t *ret_rate)
{
    const char *text;
    uint64_t rate;
    int r = read_text(reader, value, &text);

    if (r < 0)
        return r;
    r = rate_parse(text, &rate, reader->err);
    if (r < 0)
        return refuse_as(reader, value->at, r);
    if (rate > max)
        return refuse(reader, value->at, "\"%.64s\" is more than any memory gives", text);
    if (rate == 0) {
        r = refuse(reader, value->at, "\"%.64s\" is no traffic at all", text);
        error_hint(reader->err, "leave the key out: what is not said counts for nothing");
        return r;
    }
    *ret_rate = rate;
    return 0;
}
