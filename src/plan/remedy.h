/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_REMEDY_H
#define PLAN_REMEDY_H

/*
 * The smallest sets of changes with which the whole file can be placed. One change where one is
 * enough: a smaller wish, a rule given up, an instance left out; else two or three, each step the
 * change that lets the first instance in the way be placed beside those before it. That a set is
 * enough is seen by planning with all of it.
 */

#include "fits.h"

/* question is the one that refusal->fits answer, culprit who cannot be placed. Fills
 * refusal->remedies; the model is as before afterwards. 0 or -ENOMEM. */
int remedies_find(const struct question *question, const struct demand *culprit,
                  struct refusal *refusal);

#endif
