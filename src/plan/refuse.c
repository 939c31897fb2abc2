/* SPDX-License-Identifier: Apache-2.0 */
/*
 * No placement: why, and what would help. Nothing here is guessed from totals; every number comes
 * from asking the search again with one thing changed.
 */

#include "refuse.h"

#include "fits.h"
#include "refuse-text.h"
#include "remedy.h"

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

/* A change of one instance that makes the whole file possible, of the culprit if that is enough;
 * when none is, one that helps the culprit. solved is the question that was answered. */
static int find_way_out(const struct question *culprit, struct question *solved,
                        struct refusal *refusal)
{
    int r;

    *solved = (struct question){.inquiry = culprit->inquiry,
                                .model = culprit->model,
                                .demand = culprit->demand,
                                .alone = -1};
    r = fits_find(solved, refusal->fits, &refusal->n_fits);
    if (r == 0 && refusal->n_fits == 0 && culprit->alone < 0)
        r = fits_find_of_others(solved, refusal->fits, &refusal->n_fits);
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

int plan_refuse(struct model *model, bool proven, const struct plan_watch *watch,
                struct refusal *ret_refusal)
{
    struct refusal refusal = {.proven = proven};
    struct question culprit, solved;
    struct inquiry inquiry;
    int r = inquiry_init(&inquiry, model, watch);

    if (r == 0)
        r = question_find_culprit(&inquiry, model, &culprit);
    if (r == 0)
        r = find_fragmentation(&culprit);
    if (r == 0)
        r = find_way_out(&culprit, &solved, &refusal);
    if (r == 0)
        r = remedies_find(&solved, culprit.demand, &refusal);
    if (r == 0) {
        refusal.proven |= culprit.proven;
        refusal.cut_short = inquiry.cut_short;
        r = refusal_write(&culprit, &solved, &refusal);
    }
    inquiry_fini(&inquiry);
    if (r < 0)
        refusal_fini(&refusal);
    else
        *ret_refusal = refusal;
    return r;
}
