/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of nodes: properties, nodes in nodes, and what is deleted. */

#include "dt-make.h"
#include "dts-parse.h"

#include <string.h>

bool dts_took_word(struct parser *parser, const char *word)
{
    if (!scan_looks_at(&parser->scan, word))
        return false;
    for (size_t i = 0; i < strlen(word); i++)
        scan_next(&parser->scan);
    return true;
}

void dts_head_fini(struct dts_head *head)
{
    for (unsigned int i = 0; i < head->n_labels; i++)
        free(head->labels[i]);
    free(head->labels);
}

int dts_labels(struct parser *parser, struct dts_head *head)
{
    struct scan *scan = &parser->scan;
    int r = scan_skip(scan);

    head->begin = scan_place(scan);
    while (r >= 0) {
        struct place place = scan_place(scan);
        char *label;

        r = scan_label(scan, head->name);
        if (r <= 0)
            break;
        if (head->n_labels == DTS_LABELS_MAX)
            return scan_fail(scan, &place, "at most %u labels stand at one place", DTS_LABELS_MAX);
        if (dt_grow(&head->labels, head->n_labels, sizeof(*head->labels)) < 0)
            return scan_no_memory(scan);
        label = strdup(head->name);
        if (!label)
            return scan_no_memory(scan);
        head->labels[head->n_labels++] = label;
        r = scan_skip(scan);
    }
    head->at = scan_place(scan);
    return r;
}

int dts_put_labels(struct parser *parser, struct dt_node *node, const struct dts_head *head)
{
    for (unsigned int i = 0; i < head->n_labels; i++) {
        const struct dt_node *other = dt_labelled(parser->dt, head->labels[i]);
        autofree char *path = NULL;

        if (other && other != node) {
            path = dt_path(other);
            return scan_fail(&parser->scan, &head->begin, "label `%s` is that of %s already",
                             head->labels[i], path ? path : "another node");
        }
        if (dt_add_label(node, head->labels[i]) < 0)
            return scan_no_memory(&parser->scan);
    }
    return 0;
}

/* "name@unit", of which neither may be empty. */
static int split_name(struct parser *parser, const struct dts_head *head,
                      char name[DT_NAME_MAX + 1], const char **ret_unit)
{
    char *at;

    memcpy(name, head->name, DT_NAME_MAX + 1);
    at = strchr(name, '@');
    *ret_unit = at ? at + 1 : NULL;
    if (at)
        *at = '\0';
    if (name[0] == '\0' || (at && at[1] == '\0'))
        return scan_fail(&parser->scan, &head->at, "`%s` is no name of a node: %s is missing",
                         head->name, name[0] ? "what stands behind @" : "what stands before @");
    return 0;
}

/* Several of Kerf's own examples have nodes of one name at the root, and tell them apart by their
 * labels: these become part of the unit address. *ret_node stays as it is where that is no way. */
static int add_twin(struct parser *parser, struct dt_node *parent, const struct dts_head *head,
                    struct dt_node **ret_node)
{
    const struct dt_node *first = *ret_node;
    autofree char *unit = NULL;

    if (!parser->dt->multikernel || parent->parent || head->n_labels == 0)
        return 0;
    if (asprintf(&unit, "%s%s%s", first->unit ? first->unit : "", first->unit ? "-" : "",
                 head->labels[0]) < 0 ||
        dt_add_node(parent, first->name, unit, ret_node) < 0)
        return scan_no_memory(&parser->scan);
    return 0;
}

int dts_child(struct parser *parser, struct dt_node *parent, const struct dts_head *head,
              unsigned int body, struct dt_node **ret_node)
{
    char name[DT_NAME_MAX + 1];
    struct dt_node *node;
    const char *unit;
    int r = split_name(parser, head, name, &unit);

    if (r < 0)
        return r;
    if (dt_add_node(parent, name, unit, &node) < 0)
        return scan_no_memory(&parser->scan);
    if (node->parent_body == body)
        r = add_twin(parser, parent, head, &node);
    if (r < 0)
        return r;
    if (node->parent_body == body) {
        (void)scan_fail(&parser->scan, &head->at, "`%s` stands here twice, first in line %u",
                        head->name, node->at.line);
        error_hint(parser->scan.err, "give one of them another name, or unit address behind @");
        return -EINVAL;
    }
    if (node->parent_body == 0) {
        node->at = scan_mark(&head->at);
        node->begin = head->begin.main ? head->begin.offset : 0;
    }
    node->parent_body = body;
    *ret_node = node;
    return dts_put_labels(parser, node, head);
}

/* What `phandle` says, as the node's number. `<&itself>` asks for any. */
static int take_phandle(struct parser *parser, struct dt_node *node,
                        const struct dt_property *property, const struct place *place)
{
    const struct dt_node *other;
    uint32_t phandle;
    int r;

    if (strcmp(property->name, "phandle") != 0 && strcmp(property->name, "linux,phandle") != 0)
        return 0;
    if (property->n_values == 1 && property->values[0].kind == DT_REFERENCE)
        return 0;
    r = dt_get_u32(parser->dt, node, property, &phandle, parser->scan.err);
    if (r < 0)
        return r;
    if (phandle == 0 || phandle == UINT32_MAX)
        return scan_fail(&parser->scan, place, "0x%x is no phandle", phandle);
    other = dt_by_phandle(parser->dt, phandle);
    if (other && other != node) {
        autofree char *path = dt_path(other);

        return scan_fail(&parser->scan, place, "phandle 0x%x is that of %s already", phandle,
                         path ? path : "another node");
    }
    return dt_set_phandle(node, phandle) < 0 ? scan_no_memory(&parser->scan) : 0;
}

/* Where the property's text is, and the comment behind it. */
static int finish_property(struct parser *parser, struct dt_property *property,
                           const struct dts_head *head)
{
    const struct place end = scan_place(&parser->scan);

    if (head->begin.main && head->at.main && end.main) {
        property->labels = head->begin.offset;
        property->begin = head->at.offset;
        property->end = end.offset;
    }
    return end.file == head->at.file
               ? scan_comment_behind(&parser->scan, head->at.offset, &property->comment)
               : 0;
}

/* Behind the name, and the '=' if there are values. */
static int take_property(struct parser *parser, struct dt_node *node, const struct dts_head *head,
                         bool values, unsigned int body)
{
    const struct dt_property *before = dt_property(node, head->name);
    struct dt_property *property;
    int r = 0;

    if (before && before->body == body)
        return scan_fail(&parser->scan, &head->at, "`%s` is said twice, first in line %u",
                         head->name, before->at.line);
    if (dt_put_property(node, head->name, &property) < 0)
        return scan_no_memory(&parser->scan);
    property->body = body;
    property->at = scan_mark(&head->at);
    if (values)
        r = dts_values(parser, property, &head->at);
    if (r >= 0)
        r = finish_property(parser, property, head);
    return r < 0 ? r : take_phandle(parser, node, property, &head->at);
}

/* Labels and name of a node or property. As in dtc, only a node can be left out. */
static int take_head(struct parser *parser, struct dts_head *head, bool *ret_omit)
{
    struct scan *scan = &parser->scan;
    int r = dts_labels(parser, head);

    *ret_omit = r >= 0 && dts_took_word(parser, "/omit-if-no-ref/");
    if (*ret_omit)
        r = dts_labels(parser, head);
    if (r >= 0)
        r = scan_name(scan, head->name);
    if (r >= 0)
        r = scan_skip(scan);
    if (r >= 0 && *ret_omit && scan_peek(scan) != '{')
        r = scan_expected(scan, "expected { behind /omit-if-no-ref/ %.64s", head->name);
    return r;
}

/* A node or a property, from its labels on. */
static int take_member(struct parser *parser, struct dt_node *node, unsigned int body,
                       unsigned int depth)
{
    struct scan *scan = &parser->scan;
    struct dts_head head = {.n_labels = 0};
    struct dt_node *child;
    bool omit;
    int r = take_head(parser, &head, &omit);

    if (r < 0)
        goto end;
    switch (scan_peek(scan)) {
    case '{':
        scan_next(scan);
        r = dts_child(parser, node, &head, body, &child);
        if (r < 0)
            break;
        child->omit_unreferenced |= omit;
        parser->omits |= omit;
        r = dts_body(parser, child, &head.at, depth + 1);
        break;
    case ';':
    case '=':
        r = scan_peek(scan) == '=';
        scan_next(scan);
        r = take_property(parser, node, &head, r, body);
        break;
    default:
        r = scan_expected(scan, "expected =, ; or { behind `%.64s`", head.name);
        break;
    }
end:
    dts_head_fini(&head);
    return r;
}

/* Behind /delete-node/ or /delete-property/: what is not there needs no deleting. */
static int take_deletion(struct parser *parser, struct dt_node *node, bool of_node)
{
    char name[DT_NAME_MAX + 1];
    struct dt_node *child;
    int r = scan_skip(&parser->scan);

    if (r >= 0)
        r = scan_name(&parser->scan, name);
    if (r < 0)
        return r;
    child = of_node ? dt_child_exactly(node, name) : NULL;
    if (child)
        dt_remove_child(node, child);
    if (!of_node)
        dt_remove_property(node, name);
    return scan_take(&parser->scan, ';', "; behind what is deleted");
}

static int take_statement(struct parser *parser, struct dt_node *node, unsigned int body,
                          unsigned int depth)
{
    bool of_node = dts_took_word(parser, "/delete-node/");

    if (of_node || dts_took_word(parser, "/delete-property/"))
        return take_deletion(parser, node, of_node);
    if (dts_is_preprocessor(parser))
        return dts_fail_preprocessor(parser);
    return take_member(parser, node, body, depth);
}

static int not_closed(struct parser *parser, const struct place *open)
{
    (void)scan_fail(&parser->scan, open, "the node that begins here has no end");
    error_hint(parser->scan.err, "}; is missing, at the latest in line %u",
               scan_place(&parser->scan).line);
    return -EINVAL;
}

/* The "};" of a node. */
static int close_body(struct parser *parser, struct dt_node *node, const struct place *open)
{
    struct place end;
    int r;

    scan_next(&parser->scan);
    r = scan_took(&parser->scan, ';');
    if (r < 0)
        return r;
    if (r == 0)
        return scan_expected(&parser->scan, "expected ; behind the } of the node in line %u",
                             open->line);
    end = scan_place(&parser->scan);
    if (end.main && open->main && node->end == 0)
        node->end = end.offset;
    return 0;
}

int dts_body(struct parser *parser, struct dt_node *node, const struct place *open,
             unsigned int depth)
{
    const struct place inside = scan_place(&parser->scan);
    unsigned int body = ++parser->n_bodies;

    if (depth > DT_DEPTH_MAX)
        return scan_fail(&parser->scan, open, "nodes nest at most %u deep", DT_DEPTH_MAX);
    if (inside.main && open->main && node->body == 0)
        node->body = inside.offset;
    for (;;) {
        int r = scan_skip(&parser->scan);

        if (r < 0)
            return r;
        if (scan_is_end(&parser->scan))
            return not_closed(parser, open);
        if (scan_peek(&parser->scan) == '}')
            return close_body(parser, node, open);
        r = take_statement(parser, node, body, depth);
        if (r < 0)
            return r;
    }
}
