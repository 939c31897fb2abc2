/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLAN_PLAN_IRQS_H
#define PLAN_PLAN_IRQS_H

/* The interrupts of the devices that instances want, to the CPUs that these were given. */

#include "plan.h"

/* Of a plan whose CPUs are chosen. An instance without CPUs gets no interrupts. -ENOMEM. */
int plan_irqs(const struct wishes *wishes, struct plan *plan);

#endif
