/* SPDX-License-Identifier: Apache-2.0 */
/* What statements name by a reference: &label or &{/path}. */

#include "dt-make.h"
#include "dts-parse.h"
#include "word.h"

#include <string.h>

#define LABELS_ASKED_MAX 1024u /* among how many the nearest one is sought */

/* The labels of node and below, into an array of LABELS_ASKED_MAX. */
static void collect_labels(const struct dt_node *node, const char **labels, unsigned int *n)
{
    for (char **label = node->labels; label && *label && *n < LABELS_ASKED_MAX; label++)
        labels[(*n)++] = *label;
    for (unsigned int i = 0; i < node->n_children; i++) {
        if (node->children[i])
            collect_labels(node->children[i], labels, n);
    }
}

int dts_no_target(struct parser *parser, const struct place *place, const char *text)
{
    const char *labels[LABELS_ASKED_MAX + 1], *nearest;
    unsigned int n = 0;
    bool path = text[0] == '/';

    collect_labels(parser->dt->root, labels, &n);
    labels[n] = NULL;
    nearest = word_nearest(text, labels);
    (void)scan_fail(&parser->scan, place, "no node before this is &%s%.128s%s", path ? "{" : "",
                    text, path ? "}" : "");
    if (nearest)
        error_hint(parser->scan.err, "did you mean &%.64s?", nearest);
    else
        error_hint(parser->scan.err, "an overlay of another tree says /plugin/; at its beginning");
    return -EINVAL;
}

int dts_target(struct parser *parser, char **ret_text, struct dt_node **ret_node)
{
    const struct dt_node *node;
    int r;

    scan_next(&parser->scan);
    r = scan_reference(&parser->scan, ret_text);
    if (r < 0)
        return r;
    node =
        (*ret_text)[0] == '/' ? dt_find(parser->dt, *ret_text) : dt_labelled(parser->dt, *ret_text);
    *ret_node = (struct dt_node *)node; /* the tree is being made here */
    return 0;
}

/* "&label;" of which the node must be there. */
static int take_target(struct parser *parser, struct dt_node **ret_node, struct place *ret_place)
{
    autofree char *text = NULL;
    struct dt_node *node = NULL;
    int r = scan_skip(&parser->scan);

    *ret_place = scan_place(&parser->scan);
    if (r < 0)
        return r;
    if (scan_peek(&parser->scan) != '&')
        return scan_expected(&parser->scan, "expected a reference: &label or &{/path}");
    r = dts_target(parser, &text, &node);
    if (r >= 0 && !node)
        r = dts_no_target(parser, ret_place, text);
    if (r >= 0)
        r = scan_take(&parser->scan, ';', "; behind the reference");
    if (r >= 0)
        *ret_node = node;
    return r;
}

int dts_delete_target(struct parser *parser)
{
    struct dt_node *node;
    struct place place;
    int r = take_target(parser, &node, &place);

    if (r < 0)
        return r;
    if (!node->parent)
        return scan_fail(&parser->scan, &place, "the root cannot be deleted");
    dt_remove_child(node->parent, node);
    return 0;
}

int dts_omit_target(struct parser *parser)
{
    struct dt_node *node;
    struct place place;
    int r = take_target(parser, &node, &place);

    if (r < 0)
        return r;
    node->omit_unreferenced = true;
    parser->omits = true;
    return 0;
}

static void keep_referenced(struct dt *dt, const struct dt_property *property)
{
    for (unsigned int i = 0; i < property->n_values; i++) {
        const struct dt_value *value = &property->values[i];
        const struct dt_node *node;

        if (value->kind != DT_REFERENCE)
            continue;
        node = value->text[0] == '/' ? dt_find(dt, value->text) : dt_labelled(dt, value->text);
        if (node)
            ((struct dt_node *)node)->omit_unreferenced = false;
    }
}

static void keep_all_referenced(struct dt *dt, const struct dt_node *node)
{
    for (unsigned int i = 0; i < node->n_properties; i++)
        keep_referenced(dt, &node->properties[i]);
    for (unsigned int i = 0; i < node->n_children; i++)
        keep_all_referenced(dt, node->children[i]);
}

static void omit_unreferenced(struct dt_node *node)
{
    for (unsigned int i = 0; i < node->n_children; i++) {
        if (node->children[i]->omit_unreferenced)
            dt_remove_child(node, node->children[i]);
        else
            omit_unreferenced(node->children[i]);
    }
}

void dts_omit(struct dt *dt)
{
    keep_all_referenced(dt, dt->root);
    omit_unreferenced(dt->root);
    dt_close_gaps(dt->root);
}
