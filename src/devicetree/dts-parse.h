/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICETREE_DTS_PARSE_H
#define DEVICETREE_DTS_PARSE_H

/* Texts, inside this layer: dt_load and dt_parse find out what a file is. */

#include "dts-scan.h"

#define DTS_LABELS_MAX 64u /* of one node */

struct parser {
    struct dt *dt;
    struct scan scan;
    unsigned int n_bodies;    /* opened so far; counts in dt_property.body */
    unsigned int n_fragments; /* made for a plugin's "&label { }" */
    bool omits;               /* something says /omit-if-no-ref/ */
};

/* As dt_parse; takes data, which a NUL ends, even when it fails. */
int dts_parse(const char *file, char *data, size_t length, struct dt **ret_dt,
              struct np_error *err);

/* What stands between '=' and ';', which is taken. */
int dts_values(struct parser *parser, struct dt_property *property, const struct place *begin);

/* From behind the '{' to behind the "};". open: where the node, or what reopens it, begins. */
int dts_body(struct parser *parser, struct dt_node *node, const struct place *open,
             unsigned int depth);

/* What is written before a node or property. */
struct dts_head {
    struct place begin; /* of the first label, or the name */
    struct place at;    /* of the name */
    char **labels;
    unsigned int n_labels;
    char name[DT_NAME_MAX + 1];
};

void dts_head_fini(struct dts_head *head);
/* The labels, as far as there are any; skips to what is behind them. */
int dts_labels(struct parser *parser, struct dts_head *head);
int dts_put_labels(struct parser *parser, struct dt_node *node, const struct dts_head *head);
/* The child of that name, which begins at head and is said in body. */
int dts_child(struct parser *parser, struct dt_node *parent, const struct dts_head *head,
              unsigned int body, struct dt_node **ret_node);

/* "&label" or "&{/path}" and the node that it names, NULL when there is none. The caller frees. */
int dts_target(struct parser *parser, char **ret_text, struct dt_node **ret_node);
/* -EINVAL at place: with the label that may have been meant. */
int dts_no_target(struct parser *parser, const struct place *place, const char *text);
/* "&label;" behind /delete-node/ and /omit-if-no-ref/. */
int dts_delete_target(struct parser *parser);
int dts_omit_target(struct parser *parser);

/* Removes what says /omit-if-no-ref/ and is referred to by nothing. */
void dts_omit(struct dt *dt);

/* Whether a line for the C preprocessor stands here, and what to say of it. */
bool dts_is_preprocessor(const struct parser *parser);
int dts_fail_preprocessor(struct parser *parser);

/* Takes the word, where it stands. */
bool dts_took_word(struct parser *parser, const char *word);

#endif
