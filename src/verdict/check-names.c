/* SPDX-License-Identifier: Apache-2.0 */
/* Rules: names and numbers that are to tell instances apart. */

#include "check-rules.h"

#include <string.h>

/* Those that Kerf takes; 0 is the host. */
enum { ID_MIN = 1, ID_MAX = 511 };

static int compare_order(const struct subject *a, const struct subject *b)
{
    return a < b ? -1 : a > b; /* both are of check.subjects */
}

static int compare_names(const void *a, const void *b)
{
    const struct subject *x = *(const struct subject *const *)a;
    const struct subject *y = *(const struct subject *const *)b;
    int order = strcmp(x->instance->name, y->instance->name);

    return order ? order : compare_order(x, y);
}

static int compare_ids(const void *a, const void *b)
{
    const struct subject *x = *(const struct subject *const *)a;
    const struct subject *y = *(const struct subject *const *)b;

    if (x->instance->id != y->instance->id)
        return x->instance->id < y->instance->id ? -1 : 1;
    return compare_order(x, y);
}

/* The subjects for which is_it holds, sorted; the caller frees. NULL when out of memory. */
static const struct subject **sorted(const struct check *check,
                                     bool (*is_it)(const struct instance *),
                                     int (*compare)(const void *, const void *),
                                     unsigned int *ret_n)
{
    const struct subject **subjects = calloc(check->n_subjects + 1, sizeof(const void *));
    unsigned int n = 0;

    for (unsigned int i = 0; subjects && i < check->n_subjects; i++) {
        if (is_it(check->subjects[i].instance))
            subjects[n++] = &check->subjects[i];
    }
    if (subjects)
        qsort(subjects, n, sizeof(const void *), compare);
    *ret_n = n;
    return subjects;
}

static bool is_named(const struct instance *instance)
{
    return instance->name != NULL;
}

static bool has_id(const struct instance *instance)
{
    return instance->id_given;
}

static int check_names(const struct check *check)
{
    unsigned int n;
    autofree const struct subject **subjects = sorted(check, is_named, compare_names, &n);
    int r = subjects ? 0 : -ENOMEM;

    for (unsigned int i = 1; r == 0 && i < n; i++) {
        if (strcmp(subjects[i]->instance->name, subjects[i - 1]->instance->name) == 0)
            r = report(check, place_of(subjects[i], KEY_NAME), CODE_NAME_TWICE,
                       text("there is another instance of this name"), text("give each its own"));
    }
    return r;
}

static int check_ids(const struct check *check)
{
    const struct subject *first = NULL;
    unsigned int n;
    autofree const struct subject **subjects = sorted(check, has_id, compare_ids, &n);
    int r = subjects ? 0 : -ENOMEM;

    for (unsigned int i = 0; r == 0 && i < n; i++) {
        if (!first || first->instance->id != subjects[i]->instance->id)
            first = subjects[i];
        else
            r = report(
                check, place_of(subjects[i], KEY_ID), CODE_ID_TWICE,
                text("id %u also belongs to \"%s\"", first->instance->id, first->instance->name),
                text("give each instance its own"));
    }
    return r;
}

static int check_id_range(const struct check *check)
{
    int r = 0;

    for (unsigned int i = 0; r == 0 && i < check->n_subjects; i++) {
        const struct instance *instance = check->subjects[i].instance;

        if (has_id(instance) && (instance->id < ID_MIN || instance->id > ID_MAX))
            r = report(
                check, place_of(&check->subjects[i], KEY_ID), CODE_ID_RANGE,
                text("id %u is none of the %d to %d that Kerf takes", instance->id, ID_MIN, ID_MAX),
                text("choose one of these, or leave the id out"));
    }
    return r;
}

const whole_rule name_rules[] = {check_names, check_ids, check_id_range, NULL};
