/* SPDX-License-Identifier: Apache-2.0 */
/*
 * YAML with marks. libyaml's events and not libcyaml: what is wrong with a value is often found
 * long after loading (a node that does not exist, memory that does not fit), so every value keeps
 * its line and column, which libcyaml drops once it has filled its structures.
 *
 * Built from events rather than from libyaml's documents, because there an alias no longer knows
 * where it stands. An alias may only name a finished value, so the tree has no cycles, and the size
 * of every value is counted with its aliases expanded, so walking the tree is bounded.
 */

#include "yaml-tree.h"

#include <string.h>
#include <yaml.h>

enum {
    DEPTH_MAX = 32,
    LIST_MAX = 65536,
    MAP_MAX = 4096, /* finding duplicates is quadratic in it */
    ANCHORS_MAX = 256,
    SIZE_MAX_EXPANDED = 1000000,
};

struct anchor {
    char *name;
    struct yaml_value *value; /* size 0 while it is still being read */
};

struct loader {
    yaml_parser_t parser;
    const char *file;
    const char *text;
    size_t length;
    struct np_error *err;
    struct yaml_tree *tree;
    struct anchor anchors[ANCHORS_MAX];
    unsigned int n_anchors;
    unsigned int depth;
};

#define autoevent CLEANUP(yaml_event_delete)

static struct mark mark_of(yaml_mark_t mark)
{
    return (struct mark){.line = (unsigned int)mark.line + 1,
                         .column = (unsigned int)mark.column + 1};
}

/* Puts the place to the message just set. */
static int located(const struct loader *loader, struct mark at)
{
    error_at(loader->err, loader->file, at.line, at.column);
    return -EINVAL;
}

/* Where byte offset is, counted as libyaml counts: columns are characters. */
static struct mark mark_of_offset(const struct loader *loader, size_t offset)
{
    struct mark at = {.line = 1, .column = 1};

    for (size_t i = 0; i < offset && i < loader->length; i++) {
        if (loader->text[i] == '\n')
            at = (struct mark){.line = at.line + 1, .column = 1};
        else if (((unsigned char)loader->text[i] & 0xc0) != 0x80)
            at.column++;
    }
    return at;
}

/* Spaces only may indent, and libyaml calls a tab "character that cannot start any token". */
static bool is_tab_at(const struct loader *loader, struct mark at)
{
    const char *p = loader->text, *end = loader->text + loader->length;

    for (unsigned int line = 1; p && line < at.line; line++) {
        p = memchr(p, '\n', (size_t)(end - p));
        if (p)
            p++;
    }
    return p && (size_t)(end - p) >= at.column && p[at.column - 1] == '\t';
}

static int not_yaml(struct loader *loader)
{
    const yaml_parser_t *parser = &loader->parser;
    struct mark at = mark_of(parser->problem_mark);

    if (parser->error == YAML_MEMORY_ERROR)
        return -ENOMEM;
    if (parser->error == YAML_READER_ERROR) {
        (void)error_set(loader->err, -EINVAL, "this is not UTF-8 text: %s", parser->problem);
        return located(loader, mark_of_offset(loader, parser->problem_offset));
    }
    if (is_tab_at(loader, at)) {
        (void)error_set(loader->err, -EINVAL, "a tab cannot indent");
        error_hint(loader->err, "use spaces");
        return located(loader, at);
    }
    (void)error_set(loader->err, -EINVAL, "this is not YAML: %s", parser->problem);
    if (parser->context)
        error_hint(loader->err, "%s that starts at line %u, column %u", parser->context,
                   mark_of(parser->context_mark).line, mark_of(parser->context_mark).column);
    return located(loader, at);
}

static int next_event(struct loader *loader, yaml_event_t *event)
{
    return yaml_parser_parse(&loader->parser, event) ? 0 : not_yaml(loader);
}

static int new_value(struct loader *loader, enum yaml_kind kind, struct mark at,
                     struct yaml_value **ret_value)
{
    struct yaml_value *value = calloc(1, sizeof(*value));

    if (!value)
        return -ENOMEM;
    value->kind = kind;
    value->at = at;
    value->next_owned = loader->tree->owned;
    loader->tree->owned = value;
    *ret_value = value;
    return 0;
}

static int add_anchor(struct loader *loader, const yaml_char_t *name, struct yaml_value *value)
{
    char *copy;

    if (!name)
        return 0;
    if (loader->n_anchors == ANCHORS_MAX) {
        (void)error_set(loader->err, -EINVAL, "more than %d anchors", ANCHORS_MAX);
        return located(loader, value->at);
    }
    copy = strdup((const char *)name);
    if (!copy)
        return -ENOMEM;
    loader->anchors[loader->n_anchors++] = (struct anchor){.name = copy, .value = value};
    return 0;
}

/* Counts the child into its parent. */
static int add_size(struct loader *loader, struct yaml_value *value, unsigned int *total)
{
    *total += value->size; /* both are at most SIZE_MAX_EXPANDED: no overflow */
    if (*total <= SIZE_MAX_EXPANDED)
        return 0;
    (void)error_set(loader->err, -EINVAL, "more than %d values, with aliases written out",
                    SIZE_MAX_EXPANDED);
    return located(loader, value->at);
}

static int read_alias(struct loader *loader, const yaml_event_t *event,
                      struct yaml_value **ret_value)
{
    const char *name = (const char *)event->data.alias.anchor;
    struct mark at = mark_of(event->start_mark);
    const struct yaml_value *target = NULL;
    int r;

    for (unsigned int i = loader->n_anchors; i-- > 0 && !target;) {
        if (strcmp(loader->anchors[i].name, name) == 0)
            target = loader->anchors[i].value;
    }
    if (!target || target->size == 0) {
        (void)error_set(loader->err, -EINVAL,
                        target ? "alias \"%.64s\" stands inside the value that it names"
                               : "alias \"%.64s\" names no anchor before it",
                        name);
        return located(loader, at);
    }
    r = new_value(loader, target->kind, at, ret_value);
    if (r < 0)
        return r;
    (*ret_value)->plain = target->plain;
    (*ret_value)->alias = true;
    (*ret_value)->text = target->text;
    (*ret_value)->entries = target->entries;
    (*ret_value)->n_entries = target->n_entries;
    (*ret_value)->size = target->size;
    return 0;
}

/* "cpus: !0-3" is a tag to YAML and all but 0-3 to whoever wrote it. */
static int refuse_tag(struct loader *loader, const yaml_char_t *tag, yaml_mark_t mark)
{
    if (!tag)
        return 0;
    (void)error_set(loader->err, -EINVAL, "YAML tag \"%.64s\" means nothing here",
                    (const char *)tag);
    error_hint(loader->err, "put a text that begins with ! in quotes");
    return located(loader, mark_of(mark));
}

static int read_text(struct loader *loader, const yaml_event_t *event,
                     struct yaml_value **ret_value)
{
    const char *text = (const char *)event->data.scalar.value;
    size_t length = event->data.scalar.length;
    struct yaml_value *value;
    int r;

    r = refuse_tag(loader, event->data.scalar.tag, event->start_mark);
    if (r < 0)
        return r;
    r = new_value(loader, YAML_TEXT, mark_of(event->start_mark), &value);
    if (r < 0)
        return r;
    if (memchr(text, '\0', length)) {
        (void)error_set(loader->err, -EINVAL, "a text cannot contain a NUL byte");
        return located(loader, value->at);
    }
    value->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    value->size = 1;
    value->text = strdup(text);
    if (!value->text)
        return -ENOMEM;
    *ret_value = value;
    return add_anchor(loader, event->data.scalar.anchor, value);
}

static int read_value(struct loader *loader, const yaml_event_t *event,
                      struct yaml_value **ret_value);

static int check_key(struct loader *loader, const struct yaml_value *map,
                     const struct yaml_value *key)
{
    if (key->kind != YAML_TEXT) {
        (void)error_set(loader->err, -EINVAL, "a key must be a word");
        return located(loader, key->at);
    }
    for (unsigned int i = 0; i < map->n_entries; i++) {
        const struct yaml_entry *before = &map->entries[i];

        if (strcmp(before->key, key->text) != 0)
            continue;
        (void)error_set(loader->err, -EINVAL, "key \"%.64s\" is given twice", key->text);
        error_hint(loader->err, "the first is at %u:%u", before->key_at.line,
                   before->key_at.column);
        return located(loader, key->at);
    }
    return 0;
}

/* Room for one entry more; grows by doubling. */
static int reserve_entry(struct loader *loader, struct yaml_value *value, struct mark at)
{
    unsigned int n = value->n_entries, max = value->kind == YAML_LIST ? LIST_MAX : MAP_MAX;
    struct yaml_entry *entries;

    if (n == max) {
        (void)error_set(loader->err, -EINVAL, "more than %u entries", max);
        return located(loader, at);
    }
    if (n & (n - 1) || n == 1)
        return 0;
    entries = reallocarray(value->entries, n ? 2 * n : 2, sizeof(*entries));
    if (!entries)
        return -ENOMEM;
    value->entries = entries;
    return 0;
}

/* One entry of a list or map whose first event is given. */
static int read_entry(struct loader *loader, const yaml_event_t *first, struct yaml_value *value,
                      unsigned int *size)
{
    struct yaml_entry entry = {0};
    struct yaml_value *key = NULL;
    int r;

    r = reserve_entry(loader, value, mark_of(first->start_mark));
    if (r < 0)
        return r;
    if (value->kind == YAML_LIST) {
        r = read_value(loader, first, &entry.value);
    } else {
        autoevent yaml_event_t event = {0};

        r = read_value(loader, first, &key);
        if (r == 0)
            r = check_key(loader, value, key);
        if (r == 0)
            r = next_event(loader, &event);
        if (r == 0)
            r = read_value(loader, &event, &entry.value);
    }
    if (r < 0)
        return r;
    if (key) {
        entry.key = key->text;
        entry.key_at = key->at;
    }
    value->entries[value->n_entries++] = entry;
    return add_size(loader, entry.value, size);
}

static int read_entries(struct loader *loader, struct yaml_value *value)
{
    unsigned int size = 1;
    int r;

    for (;;) {
        autoevent yaml_event_t event = {0};

        r = next_event(loader, &event);
        if (r < 0)
            return r;
        if (event.type == YAML_SEQUENCE_END_EVENT || event.type == YAML_MAPPING_END_EVENT) {
            value->size = size;
            return 0;
        }
        r = read_entry(loader, &event, value, &size);
        if (r < 0)
            return r;
    }
}

static int read_collection(struct loader *loader, const yaml_event_t *event,
                           struct yaml_value **ret_value)
{
    bool is_list = event->type == YAML_SEQUENCE_START_EVENT;
    struct yaml_value *value;
    int r;

    r = refuse_tag(loader, is_list ? event->data.sequence_start.tag : event->data.mapping_start.tag,
                   event->start_mark);
    if (r < 0)
        return r;
    r = new_value(loader, is_list ? YAML_LIST : YAML_MAP, mark_of(event->start_mark), &value);
    if (r < 0)
        return r;
    r = add_anchor(loader,
                   is_list ? event->data.sequence_start.anchor : event->data.mapping_start.anchor,
                   value);
    if (r < 0)
        return r;
    if (loader->depth == DEPTH_MAX) {
        (void)error_set(loader->err, -EINVAL, "nested more than %d deep", DEPTH_MAX);
        return located(loader, value->at);
    }
    loader->depth++;
    r = read_entries(loader, value);
    loader->depth--;
    if (r < 0)
        return r;
    *ret_value = value;
    return 0;
}

static int read_value(struct loader *loader, const yaml_event_t *event,
                      struct yaml_value **ret_value)
{
    switch (event->type) {
    case YAML_ALIAS_EVENT:
        return read_alias(loader, event, ret_value);
    case YAML_SCALAR_EVENT:
        return read_text(loader, event, ret_value);
    default: /* the parser's grammar leaves only the starts of lists and maps here */
        return read_collection(loader, event, ret_value);
    }
}

/* STREAM-START, one DOCUMENT, STREAM-END. */
static int read_stream(struct loader *loader)
{
    autoevent yaml_event_t stream = {0}, document = {0}, first = {0}, end = {0}, after = {0};
    struct yaml_value *root;
    int r;

    r = next_event(loader, &stream);
    if (r == 0)
        r = next_event(loader, &document);
    if (r < 0)
        return r;
    if (document.type == YAML_STREAM_END_EVENT) {
        (void)error_set(loader->err, -EINVAL, "the file is empty");
        error_hint(loader->err, "see numaplace-spec(5) for what a placement file says");
        return located(loader, (struct mark){.line = 1, .column = 1});
    }
    r = next_event(loader, &first);
    if (r == 0)
        r = read_value(loader, &first, &root);
    if (r == 0)
        r = next_event(loader, &end);
    if (r == 0)
        r = next_event(loader, &after);
    if (r < 0)
        return r;
    if (after.type != YAML_STREAM_END_EVENT) {
        (void)error_set(loader->err, -EINVAL, "a second document starts here");
        error_hint(loader->err, "a placement file is one document");
        return located(loader, mark_of(after.start_mark));
    }
    loader->tree->root = root;
    return 0;
}

int yaml_parse(const char *file, const char *text, size_t length, struct yaml_tree **ret_tree,
               struct np_error *err)
{
    autoyaml struct yaml_tree *tree = calloc(1, sizeof(*tree));
    /* A byte order mark is not part of the text. */
    size_t n_bom = length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    struct loader loader = {
        .file = file, .text = text + n_bom, .length = length - n_bom, .err = err, .tree = tree};
    int r;

    if (!tree || !yaml_parser_initialize(&loader.parser))
        return -ENOMEM;
    yaml_parser_set_input_string(&loader.parser, (const unsigned char *)loader.text, loader.length);
    yaml_parser_set_encoding(&loader.parser, YAML_UTF8_ENCODING);
    r = read_stream(&loader);
    yaml_parser_delete(&loader.parser);
    for (unsigned int i = 0; i < loader.n_anchors; i++)
        free(loader.anchors[i].name);
    if (r < 0)
        return r;
    *ret_tree = TAKE(tree);
    return 0;
}

struct yaml_tree *yaml_tree_free(struct yaml_tree *tree)
{
    if (!tree)
        return NULL;
    for (struct yaml_value *v = tree->owned, *next; v; v = next) {
        next = v->next_owned;
        if (!v->alias) {
            free(v->text);
            free(v->entries);
        }
        free(v);
    }
    free(tree);
    return NULL;
}
