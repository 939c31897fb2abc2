/* SPDX-License-Identifier: Apache-2.0 */
/* Where interrupts should go, as JSON: the schema is in numaplace-irq(1). */

#include "render-irq-plan.h"

#include "irq-text.h"
#include "json-util.h"

static json_t *json_irqs(const struct irq_plan *plan)
{
    json_t *array = json_array();

    for (unsigned int i = 0; array && i < plan->n_irqs; i++) {
        const struct irq_choice *choice = &plan->irqs[i];

        array = json_append(
            array, json_pack("{s:I, s:o, s:o, s:o, s:o, s:o, s:s}", "irq", (json_int_t)choice->irq,
                             "name", json_text(choice->name), "queue_kind",
                             json_text(queue_kind_name(choice->kind)), "queue",
                             json_int(choice->queue), "now", json_set(choice->now), "planned",
                             json_set(choice->cpus), "reason", choice->reason));
    }
    return array;
}

static json_t *json_queues(const struct irq_plan *plan)
{
    json_t *array = json_array();

    for (unsigned int i = 0; array && i < plan->n_queues; i++) {
        const struct queue_choice *choice = &plan->queues[i];

        array =
            json_append(array, json_pack("{s:o, s:I, s:s, s:o, s:o}", "queue_kind",
                                         json_text(queue_kind_name(choice->kind)), "queue",
                                         (json_int_t)choice->queue, "file",
                                         choice->kind == QUEUE_TX ? "xps_cpus" : "rps_cpus", "now",
                                         json_set(choice->now), "planned", json_set(choice->cpus)));
    }
    return array;
}

json_t *json_irq_plan(const struct irq_plan *plan)
{
    return json_pack("{s:o, s:o, s:o, s:b, s:o, s:I, s:I, s:o, s:o, s:o}", "device",
                     json_text(plan->device), "node", json_int(plan->node), "cpus",
                     json_set(plan->cpus), "remote", plan->remote, "reason",
                     json_text(plan->reason), "rx_queues", (json_int_t)plan->n_rx, "tx_queues",
                     (json_int_t)plan->n_tx, "fixed", json_set(plan->fixed), "irqs",
                     json_irqs(plan), "queues", json_queues(plan));
}
