/* SPDX-License-Identifier: Apache-2.0 */
/*
 * No placement: why, and what would help. Nothing here is guessed from totals; every number comes
 * from asking the search again with one thing changed.
 */

#include "refuse.h"

#include "fits.h"
#include "refuse-text.h"

enum { OTHERS_MAX = 8 }; /* largest instances that are asked to give way */

/* The part of what was asked for that has to go. */
static double loss(const struct demand *demand, const struct fit *fit)
{
    switch (fit->kind) {
    case FIT_MEMORY:
        return 1 - (double)fit->bytes / (double)demand->bytes;
    case FIT_CPUS:
        return 1 - (double)fit->cpus / demand->n_cpus;
    default:
        return 1; /* a rule given up: after all that keep it */
    }
}

static void sort_fits(const struct demand *demand, struct refusal *refusal)
{
    for (unsigned int i = 1; i < refusal->n_fits; i++) {
        struct fit fit = refusal->fits[i];
        unsigned int j = i;

        for (; j > 0 && loss(demand, &refusal->fits[j - 1]) > loss(demand, &fit); j--)
            refusal->fits[j] = refusal->fits[j - 1];
        refusal->fits[j] = fit;
    }
}

/* The first instance that cannot be placed even alone, else the first that cannot beside those
 * before it: there is one, since all together cannot. */
static int find_culprit(struct model *model, struct question *ret_question)
{
    struct question question = {.model = model, .alone = -1};
    unsigned int low = 0, high = model->n_demands;

    for (unsigned int i = 0; i < model->n_demands; i++) {
        int r;

        question.alone = (int)i;
        r = question_ask(&question);
        if (r < 0)
            return r;
        if (r == 0) {
            question.demand = &model->demands[i];
            *ret_question = question;
            return 0;
        }
    }
    question.alone = -1;
    while (high - low > 1) { /* the first low can be placed, the first high cannot */
        int r;

        question.n_only = low + (high - low) / 2;
        r = question_ask(&question);
        if (r < 0)
            return r;
        if (r > 0)
            low = question.n_only;
        else
            high = question.n_only;
    }
    question.n_only = high;
    question.demand = &model->demands[high - 1];
    *ret_question = question;
    return 0;
}

/* By CPUs if those are what the culprit wants, else by memory. */
static bool is_larger(const struct demand *a, const struct demand *b, const struct demand *culprit)
{
    if (culprit->n_cpus > 0 && a->n_cpus != b->n_cpus)
        return a->n_cpus > b->n_cpus;
    return a->bytes > b->bytes;
}

/* Searches with each instance that could give way for the others, the largest first. */
static int find_fits_of_others(struct question *question, struct refusal *refusal)
{
    struct model *model = question->model;
    struct demand *culprit = question->demand;
    autofree bool *asked = calloc(model->n_demands + 1, sizeof(*asked));
    int r = 0;

    if (!asked)
        return -ENOMEM;
    asked[culprit - model->demands] = true;
    for (unsigned int tries = 0; r == 0 && refusal->n_fits == 0 && tries < OTHERS_MAX; tries++) {
        int largest = -1;

        for (unsigned int i = 0; i < model->n_demands; i++) {
            if (!asked[i] &&
                (largest < 0 || is_larger(&model->demands[i], &model->demands[largest], culprit)))
                largest = (int)i;
        }
        if (largest < 0)
            break;
        asked[largest] = true;
        question->demand = &model->demands[largest];
        r = fits_find(question, refusal->fits, &refusal->n_fits);
    }
    if (refusal->n_fits == 0)
        question->demand = culprit;
    return r;
}

/* A change of one instance that makes the whole file possible, of the culprit if that is enough;
 * when none is, one that helps the culprit. solved is the question that was answered. */
static int find_way_out(const struct question *culprit, struct question *solved,
                        struct refusal *refusal)
{
    int r;

    *solved = (struct question){.model = culprit->model, .demand = culprit->demand, .alone = -1};
    r = fits_find(solved, refusal->fits, &refusal->n_fits);
    if (r == 0 && refusal->n_fits == 0 && culprit->alone < 0)
        r = find_fits_of_others(solved, refusal);
    if (r == 0 && refusal->n_fits == 0) {
        *solved = *culprit;
        r = fits_find(solved, refusal->fits, &refusal->n_fits);
    }
    if (r == 0)
        sort_fits(solved->demand, refusal);
    return r;
}

/* Would there be a placement if a share could lie in pieces? */
static int find_fragmentation(struct question *culprit)
{
    int r;

    if (!culprit->model->addresses)
        return 0;
    culprit->model->addresses = false;
    r = question_ask(culprit);
    culprit->model->addresses = true;
    culprit->fragmented = r > 0;
    return r < 0 ? r : 0;
}

int plan_refuse(struct model *model, bool proven, struct refusal *ret_refusal)
{
    struct refusal refusal = {.proven = proven};
    struct question culprit, solved;
    int r = find_culprit(model, &culprit);

    if (r == 0)
        r = find_fragmentation(&culprit);
    if (r == 0)
        r = find_way_out(&culprit, &solved, &refusal);
    if (r == 0)
        r = refusal_write(&culprit, &solved, &refusal);
    if (r < 0)
        refusal_fini(&refusal);
    else
        *ret_refusal = refusal;
    return r;
}
