/* SPDX-License-Identifier: Apache-2.0 */
/* A text from its top: what dtc reads, what Kerf reads, and sections without "/ { }" around them.
 */

#include "dts-parse.h"

#include "dt-make.h"

#include <inttypes.h>
#include <string.h>

bool dts_is_preprocessor(const struct parser *parser)
{
    static const char *const words[] = {"#include ", "#include<", "#include\"",
                                        "#define ",  "#undef ",   "#if ",
                                        "#ifdef ",   "#ifndef ",  "#pragma "};

    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        if (scan_looks_at(&parser->scan, words[i]))
            return true;
    }
    return false;
}

int dts_fail_preprocessor(struct parser *parser)
{
    (void)scan_fail(&parser->scan, NULL, "this line is for the C preprocessor");
    error_hint(parser->scan.err,
               "run it first: cpp -nostdinc -undef -x assembler-with-cpp FILE; or say /include/ "
               "\"file\"");
    return -EINVAL;
}

/* /memreserve/ base bytes; */
static int take_reservation(struct parser *parser)
{
    const struct place place = scan_place(&parser->scan);
    struct region region;
    enum dt_form form;
    int r = scan_skip(&parser->scan);

    if (r >= 0)
        r = scan_integer(&parser->scan, &region.base, &form);
    if (r >= 0)
        r = scan_skip(&parser->scan);
    if (r >= 0)
        r = scan_integer(&parser->scan, &region.bytes, &form);
    if (r >= 0)
        r = scan_take(&parser->scan, ';', "; behind /memreserve/ base bytes");
    if (r < 0)
        return r;
    if (region.bytes > 0 && region.base > UINT64_MAX - (region.bytes - 1))
        return scan_fail(&parser->scan, &place,
                         "0x%" PRIx64 " bytes from 0x%" PRIx64 " end beyond 64 bits", region.bytes,
                         region.base);
    return dt_reserve(parser->dt, region) < 0 ? scan_no_memory(&parser->scan) : 0;
}

static int unknown_word(struct parser *parser)
{
    (void)scan_expected(&parser->scan, "expected { or a word in slashes behind /");
    error_hint(parser->scan.err, "words: /dts-v1/ /multikernel-v1/ /plugin/ /memreserve/ "
                                 "/include/ /delete-node/ /omit-if-no-ref/");
    return -EINVAL;
}

/* What begins with a slash. */
static int take_slash(struct parser *parser, const struct dts_head *head)
{
    struct scan *scan = &parser->scan;
    struct dt *dt = parser->dt;
    int r;

    if (dts_took_word(parser, "/dts-v1/"))
        return scan_take(scan, ';', "; behind /dts-v1/");
    if (dts_took_word(parser, "/memreserve/"))
        return take_reservation(parser);
    if (dts_took_word(parser, "/delete-node/"))
        return dts_delete_target(parser);
    if (dts_took_word(parser, "/omit-if-no-ref/"))
        return dts_omit_target(parser);
    if (dts_took_word(parser, "/multikernel-v1/")) {
        dt->multikernel = true;
        return scan_take(scan, ';', "; behind /multikernel-v1/");
    }
    if (dts_took_word(parser, "/plugin/")) {
        dt->plugin = true;
        return scan_take(scan, ';', "; behind /plugin/");
    }
    scan_next(scan);
    r = scan_took(scan, '{');
    if (r <= 0)
        return r < 0 ? r : unknown_word(parser);
    if (parser->dt->root->at.line == 0) {
        dt->root->at = scan_mark(&head->at);
        dt->root->begin = head->begin.main ? head->begin.offset : 0;
    }
    r = dts_put_labels(parser, dt->root, head);
    return r < 0 ? r : dts_body(parser, dt->root, &head->at, 0);
}

/* The node of a plugin's "&label { }" whose target is in another tree: as dtc writes it,
 * fragment@N { target = <&label>; __overlay__ { }; }. */
static int add_fragment(struct parser *parser, const char *target, const struct place *place,
                        struct dt_node **ret_node)
{
    const char *const targets[] = {target, NULL};
    struct dt_node *fragment, *overlay;
    char name[32];
    int r;

    do
        (void)snprintf(name, sizeof(name), "fragment@%u", parser->n_fragments++);
    while (dt_child_exactly(parser->dt->root, name));
    r = dt_add_node(parser->dt->root, "fragment", name + strlen("fragment@"), &fragment);
    if (r >= 0)
        r = target[0] == '/' ? dt_put_string(fragment, "target-path", target)
                             : dt_put_references(fragment, "target", targets);
    if (r >= 0)
        r = dt_add_node(fragment, "__overlay__", NULL, &overlay);
    if (r < 0)
        return scan_no_memory(&parser->scan);
    fragment->at = overlay->at = fragment->properties[0].at = scan_mark(place);
    fragment->properties[0].values[0].at = fragment->at;
    fragment->parent_body = overlay->parent_body = ++parser->n_bodies; /* said already */
    overlay->begin = place->main ? place->offset : 0;
    *ret_node = overlay;
    return 0;
}

/* "&label { };", the text of a node that is there already. */
static int take_extension(struct parser *parser, const struct dts_head *head)
{
    const struct place place = scan_place(&parser->scan);
    autofree char *text = NULL;
    struct dt_node *node = NULL;
    int r = dts_target(parser, &text, &node);

    if (r >= 0)
        r = scan_take(&parser->scan, '{', "{ behind the reference");
    if (r < 0)
        return r;
    if (!node && !parser->dt->plugin)
        return dts_no_target(parser, &place, text);
    if (!node)
        r = add_fragment(parser, text, &place, &node);
    if (r >= 0)
        r = dts_put_labels(parser, node, head);
    return r < 0 ? r : dts_body(parser, node, &place, dt_depth(node));
}

/* "resources { };" as the root's child, without "/ { }" around it. */
static int take_section(struct parser *parser, struct dts_head *head)
{
    struct dt_node *node;
    int r;

    if (dts_is_preprocessor(parser))
        return dts_fail_preprocessor(parser);
    if (!scan_is_name_char(scan_peek(&parser->scan)))
        return scan_expected(&parser->scan, "expected a node");
    r = scan_name(&parser->scan, head->name);
    if (r >= 0)
        r = scan_skip(&parser->scan);
    if (r < 0)
        return r;
    if (scan_peek(&parser->scan) == '=' || scan_peek(&parser->scan) == ';')
        return scan_fail(&parser->scan, &head->at, "property `%s` stands outside of every node",
                         head->name);
    r = scan_take(&parser->scan, '{', "{ behind the node's name");
    if (r >= 0)
        r = dts_child(parser, parser->dt->root, head, ++parser->n_bodies, &node);
    return r < 0 ? r : dts_body(parser, node, &head->at, 1);
}

static int take_top(struct parser *parser)
{
    struct dts_head head = {.n_labels = 0};
    int r = dts_labels(parser, &head);

    if (r < 0 || (scan_is_end(&parser->scan) && head.n_labels == 0))
        r = r < 0 ? r : 0;
    else if (scan_peek(&parser->scan) == '/')
        r = take_slash(parser, &head);
    else if (scan_peek(&parser->scan) == '&')
        r = take_extension(parser, &head);
    else
        r = take_section(parser, &head);
    dts_head_fini(&head);
    return r;
}

static int parse(struct parser *parser)
{
    do {
        int r = take_top(parser);

        if (r < 0)
            return r;
    } while (!scan_is_end(&parser->scan) || parser->scan.depth > 0);
    if (parser->n_bodies > 0)
        return 0;
    return scan_fail(&parser->scan, NULL, "this text has no node");
}

/* Whether the root has a node with __overlay__ in it. */
static bool is_overlay(const struct dt *dt)
{
    for (unsigned int i = 0; i < dt->root->n_children; i++) {
        if (dt_child(dt->root->children[i], "__overlay__"))
            return true;
    }
    return false;
}

int dts_parse(const char *file, char *data, size_t length, struct dt **ret_dt, struct np_error *err)
{
    struct parser parser = {.n_bodies = 0};
    struct np_error unasked;
    autodt struct dt *dt = NULL;
    int r = dt_new(file, &dt);

    if (r < 0) {
        free(data);
        return error_set(err, r, "no memory for the device tree");
    }
    dt->text = data;
    dt->length = length;
    parser.dt = dt;
    scan_init(&parser.scan, dt, err ? err : &unasked);
    r = parse(&parser);
    scan_fini(&parser.scan);
    if (r < 0)
        return r;
    dt_close_gaps(dt->root);
    if (parser.omits)
        dts_omit(dt);
    dt->plugin |= is_overlay(dt);
    *ret_dt = TAKE(dt);
    return 0;
}
