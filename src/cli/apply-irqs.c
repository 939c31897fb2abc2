/* SPDX-License-Identifier: Apache-2.0 */
/* The interrupts of a device as part of a transaction. */

#include "apply-irqs.h"

#include "set.h"

static int add_notes(const struct irq_plan *plan, struct notes *notes)
{
    autofree char *fixed = set_format(plan->fixed);
    int r = fixed ? notes_add(notes, "%s: %s", plan->device, plan->reason) : -ENOMEM;

    if (r == 0 && fixed[0])
        r = notes_add(notes, "%s: interrupts %s are left: the kernel places them itself",
                      plan->device, fixed);
    return r;
}

int apply_irqs_add(const struct change_context *context, const struct irqs_request *request,
                   struct changes *changes, struct np_error *err)
{
    struct irqbalance_request irqbalance = {.mode = request->irqbalance,
                                            .plan = request->plan,
                                            .instance = request->instance,
                                            .notes = request->notes};
    int r = add_notes(request->plan, request->notes);

    if (r == 0)
        r = irqbalance_add_changes(context, &irqbalance, changes, err);
    return r < 0 ? r
                 : changes_from_irq_plan(context, request->plan, request->instance, changes, err);
}
