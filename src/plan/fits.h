/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_FITS_H
#define PLAN_FITS_H

/*
 * Would there be a placement if one thing were different? Nothing here is guessed from totals:
 * every number comes from asking the search with the change made. The model is as before
 * afterwards.
 */

#include "model.h"

/* Whose wish it is about, and beside which others. */
struct question {
    struct model *model;
    struct demand *demand; /* the one that is changed; part of the model */
    unsigned int n_only;   /* as in struct search_options */
    int alone;
    bool fragmented; /* of a culprit: there would be room if a share could lie in pieces */
};

/* 1: there is a placement, 0: none was found; or -ENOMEM. */
int question_ask(const struct question *question);

/* The most memory with which there is a placement: 1 if there is such, 0 if not even with one step,
 * or -ENOMEM. */
int fit_memory(struct question *question, struct fit *ret_fit);

/* All changes of the demand each of which is enough, in the order of enum fit_kind. 0 or -ENOMEM.
 */
int fits_find(struct question *question, struct fit fits[FITS_MAX], unsigned int *ret_n);

/* The same with each instance that could give way for the demand, the largest first, until one can:
 * question->demand is that one, or as it was when *ret_n is 0. */
int fits_find_of_others(struct question *question, struct fit fits[FITS_MAX], unsigned int *ret_n);

/* The first instance that cannot be placed even alone, else the first that cannot beside those
 * before it: there is one, since all together cannot. 0 or -ENOMEM. */
int question_find_culprit(struct model *model, struct question *ret_question);

#endif
