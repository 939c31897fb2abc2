/* SPDX-License-Identifier: Apache-2.0 */
#include "plan-irqs.h"

static int choose(const struct wishes *wishes, const struct wish *wish, struct placement *placement)
{
    const struct device *device = machine_device(wishes->machine, wish->instance->irqs);
    /* Enough to say which CPUs, where nobody tells of its queues. */
    struct nic nameless = {.name = wish->instance->irqs, .node = -1};
    autofree char *whose = NULL;
    struct irq_request request = {
        .machine = wishes->machine,
        .interrupts = wishes->interrupts,
        .nic = wish->nic ? wish->nic : &nameless,
        .cpus = placement->cpus,
        .local = true,
        .node = device ? device->node : -1,
    };

    if (asprintf(&whose, "of \"%s\"", wish->instance->name) < 0)
        return -ENOMEM;
    request.whose = whose;
    return irq_plan_make(&request, &placement->irqs, NULL);
}

int plan_irqs(const struct wishes *wishes, struct plan *plan)
{
    int r = 0;

    for (unsigned int i = 0; r == 0 && i < plan->n_placements; i++) {
        struct placement *placement = &plan->placements[i];

        if (wishes->wishes[i].instance->irqs && !hwloc_bitmap_iszero(placement->cpus))
            r = choose(wishes, &wishes->wishes[i], placement);
    }
    return r;
}
