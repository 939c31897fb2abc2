/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_FITS_H
#define PLAN_FITS_H

/*
 * One thing about one instance changed, so that there is a placement. Nothing here is guessed from
 * totals: every change was planned with. The model is as before afterwards.
 */

#include "question.h"

/* The most memory with which there is a placement: 1 if there is such, 0 if not even with one step,
 * or -ENOMEM. */
int fit_memory(struct question *question, struct fit *ret_fit);

/* All changes of the demand each of which is enough, in the order of enum fit_kind. 0 or -ENOMEM.
 */
int fits_find(struct question *question, struct fit fits[FITS_MAX], unsigned int *ret_n);

/* The same with each instance that could give way for the demand, the largest first, until one can:
 * question->demand is that one, or as it was when *ret_n is 0. */
int fits_find_of_others(struct question *question, struct fit fits[FITS_MAX], unsigned int *ret_n);

#endif
