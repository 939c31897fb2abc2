/* SPDX-License-Identifier: Apache-2.0 */
/* Interrupts as JSON: docs/irq-schema.json. */

#include "render-irq.h"

#include "json-util.h"

#include <string.h>

static json_t *json_one(const struct irq *irq)
{
    static const char *const kinds[] = {NULL, "rx", "tx", "combined"};
    static const char *const mobilities[] = {"movable", "fixed", "unknown"};

    return json_pack("{s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s}", "irq",
                     (json_int_t)irq->irq, "name", json_text(irq->name), "device",
                     json_text(irq->device), "pci", json_text(irq->pci), "node",
                     json_int(irq->node), "queue_kind", json_text(kinds[irq->queue_kind]), "queue",
                     json_int(irq->queue), "allowed", json_set(irq->allowed), "effective",
                     json_set(irq->effective), "mobility", mobilities[irq->mobility]);
}

static json_t *json_irqs(const struct interrupts *interrupts, const char *device)
{
    json_t *irqs = json_array();

    for (unsigned int i = 0; irqs && i < interrupts->n_irqs; i++) {
        const struct irq *irq = &interrupts->irqs[i];

        if (!device || (irq->device && strcmp(irq->device, device) == 0))
            irqs = json_append(irqs, json_one(irq));
    }
    return irqs;
}

json_t *json_irq(const struct irq_view *view)
{
    return json_pack("{s:o}", "irqs", json_irqs(view->interrupts, NULL));
}

json_t *json_irq_show(const struct irq_view *view, const char *device)
{
    return json_pack("{s:s, s:o}", "device", device, "irqs", json_irqs(view->interrupts, device));
}
