/* SPDX-License-Identifier: Apache-2.0 */
/* One walk over a tree before it is written as a blob. */

#include "dtb-survey.h"

#include <search.h>
#include <string.h>

/* Bytes that are compared at most when each use of a name is looked for among all names. */
#define COMPARED_MAX (UINT64_C(1) << 28)

struct numbered {
    const struct dt_node *node;
    uint32_t phandle;
};

static int compare_numbered(const void *a, const void *b)
{
    const struct numbered *x = a, *y = b;

    return ((uintptr_t)x->node > (uintptr_t)y->node) - ((uintptr_t)x->node < (uintptr_t)y->node);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void forget_name(void *name)
{
    (void)name; /* the tree's own */
}

void dtb_survey_fini(struct dtb_survey *survey)
{
    tdestroy(survey->numbered, free);
    tdestroy(survey->names, forget_name);
}

const struct dt_node *dtb_survey_target(const struct dtb_survey *survey,
                                        const struct dt_value *value)
{
    return value->text[0] == '/' ? dt_find(survey->dt, value->text)
                                 : dt_labelled(survey->dt, value->text);
}

static struct numbered *find_numbered(const struct dtb_survey *survey, const struct dt_node *node)
{
    const struct numbered key = {.node = node};
    struct numbered *const *found = tfind(&key, &survey->numbered, compare_numbered);

    return found ? *found : NULL;
}

uint32_t dtb_survey_phandle(const struct dtb_survey *survey, const struct dt_node *node)
{
    const struct numbered *numbered = find_numbered(survey, node);

    return numbered ? numbered->phandle : node->phandle;
}

bool dtb_survey_has_many_names(const struct dtb_survey *survey)
{
    return survey->name_bytes > 0 && survey->n_uses > COMPARED_MAX / survey->name_bytes;
}

static int count_name(struct dtb_survey *survey, const char *name)
{
    const char *const *found = tsearch(name, &survey->names, compare_names);

    if (!found)
        return -ENOMEM;
    survey->n_uses++;
    if (*found == name)
        survey->name_bytes += strlen(name) + 1;
    return 0;
}

/* The number is given afterwards, in the order of the tree. */
static int need_phandle(struct dtb_survey *survey, const struct dt_node *node)
{
    autofree struct numbered *numbered = NULL;
    struct numbered **found;

    if (node->phandle)
        return 0;
    numbered = calloc(1, sizeof(*numbered));
    if (!numbered)
        return -ENOMEM;
    numbered->node = node;
    found = tsearch(numbered, &survey->numbered, compare_numbered);
    if (!found)
        return -ENOMEM;
    if (*found == numbered)
        (void)TAKE(numbered); /* it is the survey's now */
    return 0;
}

static int look_at_property(struct dtb_survey *survey, const struct dt_property *property)
{
    int r = count_name(survey, property->name);

    for (unsigned int i = 0; r == 0 && i < property->n_values; i++) {
        const struct dt_value *value = &property->values[i];
        bool is_number = value->kind == DT_REFERENCE && value->bits > 0;
        const struct dt_node *target = is_number ? dtb_survey_target(survey, value) : NULL;

        if (target)
            r = need_phandle(survey, target);
        else if (is_number) /* a name in /__fixups__ then */
            r = count_name(survey, value->text);
    }
    return r;
}

static int look_at_node(struct dtb_survey *survey, const struct dt_node *node)
{
    int r = node->labels ? need_phandle(survey, node) : 0;

    for (char **label = node->labels; r == 0 && label && *label; label++)
        r = count_name(survey, *label);
    for (unsigned int i = 0; r == 0 && i < node->n_properties; i++)
        r = look_at_property(survey, &node->properties[i]);
    for (unsigned int i = 0; r == 0 && i < node->n_children; i++)
        r = look_at_node(survey, node->children[i]);
    return r;
}

static void give_phandles(struct dtb_survey *survey, const struct dt_node *node)
{
    struct numbered *numbered = find_numbered(survey, node);

    if (numbered) {
        do
            survey->last_phandle++;
        while (dt_by_phandle(survey->dt, survey->last_phandle));
        numbered->phandle = survey->last_phandle;
    }
    for (unsigned int i = 0; i < node->n_children; i++)
        give_phandles(survey, node->children[i]);
}

int dtb_survey_init(struct dtb_survey *survey, const struct dt *dt)
{
    int r;

    *survey = (struct dtb_survey){.dt = dt};
    r = look_at_node(survey, dt->root);
    if (r == 0)
        give_phandles(survey, dt->root);
    return r;
}
