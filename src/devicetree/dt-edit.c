/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Edits as pieces of the original text and what comes in their place. They are kept by node and
 * property until dt_edits_apply finds where each of them is, so that one edit never moves another's
 * place.
 */

#include "dt-edit.h"
#include "dt-make.h"

#include <string.h>

enum edit_kind {
    EDIT_SET,
    EDIT_REMOVE,
    EDIT_RENAME,
};

struct edit {
    enum edit_kind kind;
    const struct dt_node *node;
    char *name;  /* the property's; of EDIT_RENAME the node's new one */
    char *value; /* of EDIT_SET */
    char *old;   /* of EDIT_SET: the property in whose place it comes; NULL its own */
};

struct dt_edits {
    const struct dt *dt;
    struct dt *written; /* what a tree without text was written as; dt is this, then */
    struct edit *edits;
    unsigned int n;
};

/* What comes in place of [begin, end). */
struct piece {
    size_t begin, end;
    char *text;
    unsigned int order; /* among those at the same place */
};

static void edit_fini(struct edit *edit)
{
    free(edit->name);
    free(edit->value);
    free(edit->old);
}

struct dt_edits *dt_edits_free(struct dt_edits *edits)
{
    if (!edits)
        return NULL;
    for (unsigned int i = 0; i < edits->n; i++)
        edit_fini(&edits->edits[i]);
    free(edits->edits);
    (void)dt_free(edits->written);
    free(edits);
    return NULL;
}

/* Writes the tree and reads it back, so that there is a text to edit. */
static int write_out(struct dt_edits *edits, const struct dt *dt)
{
    autofree char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    int r = stream ? dt_write_text(dt, stream) : -ENOMEM;

    if (stream && fclose(stream) != 0 && r == 0)
        r = -ENOMEM;
    if (r == 0)
        r = dt_parse(dt->file, text, size, &edits->written, NULL);
    if (r == 0)
        edits->dt = edits->written;
    return r;
}

int dt_edits_new(const struct dt *dt, struct dt_edits **ret_edits)
{
    autodtedits struct dt_edits *edits = calloc(1, sizeof(*edits));
    int r = 0;

    if (!edits)
        return -ENOMEM;
    edits->dt = dt;
    if (!dt->text)
        r = write_out(edits, dt);
    if (r < 0)
        return r;
    *ret_edits = TAKE(edits);
    return 0;
}

/* The node in the text that is edited, in which the property (NULL: none is meant) must stand, too,
 * if the node has it. */
static int find_node(const struct dt_edits *edits, const struct dt_node *node, const char *name,
                     const struct dt_node **ret_node)
{
    const struct dt_property *property;

    if (edits->written) {
        autofree char *path = dt_path(node);

        if (!path)
            return -ENOMEM;
        node = dt_find(edits->dt, path);
    }
    property = node && name ? dt_property(node, name) : NULL;
    if (!node || node->body == 0 || (property && property->end == 0))
        return -ENOENT;
    *ret_node = node;
    return 0;
}

static bool is_same(const struct edit *a, const struct edit *b)
{
    if (a->node != b->node || (a->kind == EDIT_RENAME) != (b->kind == EDIT_RENAME))
        return false;
    return a->kind == EDIT_RENAME || strcmp(a->name, b->name) == 0;
}

static int copy_text(const char *text, char **ret_copy)
{
    *ret_copy = text ? strdup(text) : NULL;
    return text && !*ret_copy ? -ENOMEM : 0;
}

static int copy_edit(const struct dt_edits *edits, const struct edit *wanted, struct edit *ret_edit)
{
    const char *property = wanted->kind == EDIT_RENAME ? NULL
                           : wanted->old               ? wanted->old
                                                       : wanted->name;
    int r = find_node(edits, wanted->node, property, &ret_edit->node);

    ret_edit->kind = wanted->kind;
    if (r == 0)
        r = copy_text(wanted->name, &ret_edit->name);
    if (r == 0)
        r = copy_text(wanted->value, &ret_edit->value);
    return r < 0 ? r : copy_text(wanted->old, &ret_edit->old);
}

/* In place of an edit of the same thing. The texts of wanted stay the caller's. */
static int add_edit(struct dt_edits *edits, const struct edit *wanted)
{
    struct edit edit = {0};
    unsigned int i = 0;
    int r = copy_edit(edits, wanted, &edit);

    while (r == 0 && i < edits->n && !is_same(&edits->edits[i], &edit))
        i++;
    if (r == 0 && i == edits->n)
        r = dt_grow(&edits->edits, edits->n, sizeof(*edits->edits));
    if (r < 0) {
        edit_fini(&edit);
        return r;
    }
    if (i < edits->n)
        edit_fini(&edits->edits[i]);
    else
        edits->n++;
    edits->edits[i] = edit;
    return 0;
}

int dt_edits_set(struct dt_edits *edits, const struct dt_node *node, const char *name,
                 const char *value)
{
    return add_edit(
        edits, &(struct edit){
                   .kind = EDIT_SET, .node = node, .name = (char *)name, .value = (char *)value});
}

int dt_edits_replace(struct dt_edits *edits, const struct dt_node *node, const char *old,
                     const char *name, const char *value)
{
    struct edit edit = {.kind = EDIT_SET,
                        .node = node,
                        .name = (char *)name,
                        .value = (char *)value,
                        .old = (char *)old};
    int r = 0;

    if (dt_property(node, name)) { /* it has a place of its own */
        edit.old = NULL;
        r = dt_edits_remove(edits, node, old);
    }
    return r < 0 ? r : add_edit(edits, &edit);
}

int dt_edits_remove(struct dt_edits *edits, const struct dt_node *node, const char *name)
{
    return add_edit(edits, &(struct edit){.kind = EDIT_REMOVE, .node = node, .name = (char *)name});
}

int dt_edits_rename(struct dt_edits *edits, const struct dt_node *node, const char *name)
{
    return add_edit(edits, &(struct edit){.kind = EDIT_RENAME, .node = node, .name = (char *)name});
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static size_t skip_blanks(const char *text, size_t at)
{
    return at + strspn(text + at, " \t");
}

/* Behind a comment that begins at `at`; at itself when none does. */
static size_t skip_comment(const char *text, size_t at)
{
    const char *end;

    if (strncmp(text + at, "//", 2) == 0)
        return at + strcspn(text + at, "\n");
    if (strncmp(text + at, "/*", 2) != 0)
        return at;
    end = strstr(text + at + 2, "*/");
    return end ? (size_t)(end + 2 - text) : at;
}

/* Behind the comment that a property has on its last line. */
static size_t end_with_comment(const char *text, const struct dt_property *property)
{
    size_t begin = skip_blanks(text, property->end), end = skip_comment(text, begin);

    if (!property->comment || memchr(text + begin, '\n', end - begin))
        return property->end;
    return end;
}

/* Where the blanks before `at` begin. *ret_first says whether that is where its line does. */
static size_t blanks_before(const char *text, size_t at, bool *ret_first)
{
    while (at > 0 && is_blank(text[at - 1]))
        at--;
    *ret_first = at == 0 || text[at - 1] == '\n';
    return at;
}

static bool ends_line(const char *text, size_t at)
{
    at = skip_blanks(text, at);
    return text[at] == '\0' || text[at] == '\n' || text[at] == '\r';
}

/* A property that is alone on its lines takes them with it. */
static void locate_removal(const char *text, const struct dt_property *property,
                           struct piece *piece)
{
    bool first;

    piece->end = end_with_comment(text, property);
    piece->begin = blanks_before(text, property->labels, &first);
    if (first && ends_line(text, piece->end)) {
        piece->begin -= piece->begin > 0;
    } else if (first) { /* what follows on the line moves to where it began */
        piece->begin = property->labels;
        piece->end = skip_blanks(text, piece->end);
    }
}

/* The node's property that comes last in the text; NULL when none is there. */
static const struct dt_property *last_property(const struct dt_node *node)
{
    const struct dt_property *last = NULL;

    for (unsigned int i = 0; i < node->n_properties; i++) {
        const struct dt_property *property = &node->properties[i];

        if (property->begin >= node->body && property->end <= node->end &&
            (!last || property->begin > last->begin))
            last = property;
    }
    return last;
}

static int indented(const char *text, size_t begin, size_t end, const char *more, char **ret_text)
{
    return asprintf(ret_text, "\n%.*s%s", (int)(end - begin), text + begin, more) < 0 ? -ENOMEM : 0;
}

/* Behind the '{' of a node that has no property. */
static int locate_first(const char *text, const struct dt_node *node, struct piece *piece,
                        char **ret_before)
{
    size_t line = node->begin, comment = skip_comment(text, skip_blanks(text, node->body));
    bool first;

    piece->begin = ends_line(text, comment) ? comment : node->body;
    piece->end = piece->begin;
    if (!ends_line(text, comment)) {
        *ret_before = strdup(" ");
        return *ret_before ? 0 : -ENOMEM;
    }
    line = blanks_before(text, line, &first);
    return indented(text, line, first ? node->begin : line,
                    first && text[line] == '\t' ? "\t" : "    ", ret_before);
}

/* Where a new property goes, and what stands before it. */
static int locate_addition(const char *text, const struct dt_node *node, struct piece *piece,
                           char **ret_before)
{
    const struct dt_property *last = last_property(node);
    size_t line;
    bool first;

    if (!last)
        return locate_first(text, node, piece, ret_before);
    piece->begin = piece->end = end_with_comment(text, last);
    line = blanks_before(text, last->begin, &first);
    if (first)
        return indented(text, line, last->begin, "", ret_before);
    *ret_before = strdup(" ");
    return *ret_before ? 0 : -ENOMEM;
}

static int place_set(const char *text, const struct edit *edit, const struct dt_property *property,
                     struct piece *piece)
{
    autofree char *before = NULL;
    int r = 0;

    if (property) {
        piece->begin = property->begin;
        piece->end = end_with_comment(text, property);
    } else {
        r = locate_addition(text, edit->node, piece, &before);
    }
    if (r < 0)
        return r;
    if (asprintf(&piece->text, "%s%s = %s;", before ? before : "", edit->name, edit->value) < 0)
        return -ENOMEM;
    return 0;
}

static size_t skip_space(const char *text, size_t at)
{
    size_t next;

    for (;; at = next) {
        next = skip_comment(text, at + strspn(text + at, " \t\r\n\f\v"));
        if (next == at)
            return at;
    }
}

/* The name in a node's head: the first word that is no label. */
static void locate_name(const char *text, const struct dt_node *node, struct piece *piece)
{
    static const char omit[] = "/omit-if-no-ref/";
    size_t at = skip_space(text, node->begin), next;

    for (;; at = skip_space(text, next)) {
        if (strncmp(text + at, omit, strlen(omit)) == 0) {
            next = at + strlen(omit);
            continue;
        }
        piece->begin = at;
        piece->end = at + strcspn(text + at, " \t\r\n\f\v:/{");
        next = skip_space(text, piece->end);
        if (text[next] != ':' || next >= node->body)
            return;
        next++;
    }
}

/* No piece (one that changes nothing) for a property to be removed that is not there. */
static int place_edit(const struct dt *dt, const struct edit *edit, struct piece *piece)
{
    const struct dt_property *property =
        dt_property(edit->node, edit->old ? edit->old : edit->name);

    if (edit->kind == EDIT_RENAME) {
        locate_name(dt->text, edit->node, piece);
        piece->text = strdup(edit->name);
        return piece->text ? 0 : -ENOMEM;
    }
    if (edit->kind == EDIT_SET)
        return place_set(dt->text, edit, property, piece);
    if (property)
        locate_removal(dt->text, property, piece);
    piece->text = strdup("");
    return piece->text ? 0 : -ENOMEM;
}

static int compare_pieces(const void *a, const void *b)
{
    const struct piece *x = a, *y = b;

    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    if (x->end != y->end)
        return x->end < y->end ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

static int stitch(const struct dt *dt, const struct piece *pieces, unsigned int n, char **ret_text)
{
    autofree char *text = NULL;
    size_t size, at = 0;
    FILE *stream = open_memstream(&text, &size);

    if (!stream)
        return -ENOMEM;
    for (unsigned int i = 0; i < n; i++) {
        if (pieces[i].begin > at)
            (void)fwrite(dt->text + at, 1, pieces[i].begin - at, stream);
        (void)fputs(pieces[i].text, stream); /* memory's end shows when it is closed */
        at = pieces[i].end > at ? pieces[i].end : at;
    }
    (void)fputs(dt->text + at, stream);
    if (fclose(stream) != 0)
        return -ENOMEM;
    *ret_text = TAKE(text);
    return 0;
}

int dt_edits_apply(const struct dt_edits *edits, char **ret_text)
{
    struct piece *pieces = calloc(edits->n + 1, sizeof(*pieces));
    int r = pieces ? 0 : -ENOMEM;

    for (unsigned int i = 0; r == 0 && i < edits->n; i++) {
        pieces[i].order = i;
        r = place_edit(edits->dt, &edits->edits[i], &pieces[i]);
    }
    if (r == 0) {
        qsort(pieces, edits->n, sizeof(*pieces), compare_pieces);
        r = stitch(edits->dt, pieces, edits->n, ret_text);
    }
    for (unsigned int i = 0; pieces && i < edits->n; i++)
        free(pieces[i].text);
    free(pieces);
    return r;
}
