/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICETREE_DTB_SURVEY_H
#define DEVICETREE_DTB_SURVEY_H

/* What must be known of a tree before it is written as a blob: the numbers of the nodes that
 * something refers to or that have labels, and how many names there are. */

#include "devicetree.h"

struct dtb_survey {
    const struct dt *dt;
    void *numbered;        /* nodes that the tree gives no phandle, and that need one */
    uint32_t last_phandle; /* that was given */
    void *names;           /* of properties and labels, each once */
    uint64_t n_uses;       /* of names */
    uint64_t name_bytes;   /* of all different ones */
};

int dtb_survey_init(struct dtb_survey *survey, const struct dt *dt);
void dtb_survey_fini(struct dtb_survey *survey);

/* The node that a DT_REFERENCE names; NULL when there is none. */
const struct dt_node *dtb_survey_target(const struct dtb_survey *survey,
                                        const struct dt_value *value);
/* The number of a node in the blob; 0 when it needs none. */
uint32_t dtb_survey_phandle(const struct dtb_survey *survey, const struct dt_node *node);
/* Whether it would take long to look for each name among those before it, as libfdt does. */
bool dtb_survey_has_many_names(const struct dtb_survey *survey);

#endif
