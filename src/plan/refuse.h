/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_REFUSE_H
#define PLAN_REFUSE_H

#include "model.h"

/* Finds out whose wish cannot be met, why, and which smallest change of it would do: each is found
 * by searching with it. proven: that there is no placement is known. watch is told how far it is.
 * model is changed meanwhile and as before afterwards. 0 or -ENOMEM. */
int plan_refuse(struct model *model, bool proven, const struct plan_watch *watch,
                struct refusal *ret_refusal);

#endif
