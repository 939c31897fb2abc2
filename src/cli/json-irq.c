/* SPDX-License-Identifier: Apache-2.0 */
/* Interrupts as JSON: docs/irq-schema.json. */

#include "render-irq.h"

#include "irq-text.h"
#include "json-util.h"

#include <string.h>

#define IRQ_JSON_VERSION 1

/* Of the CPUs that took any. */
static json_t *json_counts(const struct irq_look *look, const struct irq *irq)
{
    const struct interrupts *interrupts = look->view.interrupts;
    json_t *counts = json_array();

    for (unsigned int i = 0; counts && i < interrupts->n_cpus; i++) {
        double rate = look->before ? irq_look_count(look, irq, (int)i) : 0;

        if (irq->counts[i] == 0)
            continue;
        counts =
            json_append(counts, json_pack("{s:I, s:I, s:o}", "cpu", (json_int_t)interrupts->cpus[i],
                                          "count", (json_int_t)irq->counts[i], "per_second",
                                          look->before ? json_real(rate) : json_null()));
    }
    return counts;
}

static json_t *json_one(const struct irq_look *look, const struct irq *irq)
{
    enum irq_side side = IRQ_SIDE_UNKNOWN;
    autoset hwloc_bitmap_t nodes = irq_nodes(look->view.machine, irq, &side);

    if (!nodes)
        return NULL;
    return json_pack(
        "{s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:o, s:o, s:s, s:o, s:o}", "irq",
        (json_int_t)irq->irq, "name", json_text(irq->name), "chip", json_text(irq->chip), "device",
        json_text(irq->device), "pci", json_text(irq->pci), "device_node",
        json_int(irq_device_node(look->view.machine, irq)), "queue_kind",
        json_text(queue_kind_name(irq->queue_kind)), "queue", json_int(irq->queue), "allowed",
        json_set(irq->allowed), "effective", json_set(irq->effective), "pending",
        irq_is_pending(irq), "nodes", json_set(nodes), "link", json_text(irq_side_name(side)),
        "mobility", irq_mobility_name(irq->mobility), "per_second",
        look->before ? json_real(irq_look_count(look, irq, -1)) : json_null(), "counts",
        json_counts(look, irq));
}

/* Of one device; NULL: of all. */
static json_t *json_irqs(const struct irq_look *look, const char *device)
{
    json_t *irqs = json_array();

    for (unsigned int i = 0; irqs && i < look->view.interrupts->n_irqs; i++) {
        const struct irq *irq = &look->view.interrupts->irqs[i];

        if (!device || (irq->device && strcmp(irq->device, device) == 0))
            irqs = json_append(irqs, json_one(look, irq));
    }
    return irqs;
}

static json_t *json_strings(char *const *strings)
{
    json_t *array = json_array();

    if (!strings)
        json_decref(array);
    for (char *const *s = strings; array && s && *s; s++)
        array = json_append(array, json_text(*s));
    return strings ? array : json_null();
}

static json_t *json_irqbalance(const struct irq_look *look)
{
    const struct irqbalance *told = &look->irqbalance;
    bool answered = told->pid > 0 && told->answer == 0;

    if (!look->rewriters.irqbalance)
        return json_null();
    return json_pack(
        "{s:i, s:o, s:b, s:o, s:o}", "pid", (int)look->rewriters.irqbalance, "arguments",
        json_strings(look->rewriters.irqbalance_args), "answered", answered, "banned_irqs",
        json_set(answered ? told->banned_irqs : look->rewriters.banned_irqs), "banned_cpus",
        json_set(answered ? told->banned_cpus : look->rewriters.banned_cpus));
}

static json_t *json_rewriters(const struct irq_look *look)
{
    json_t *tuned = look->rewriters.tuned
                        ? json_pack("{s:i, s:o}", "pid", (int)look->rewriters.tuned, "profile",
                                    json_text(look->rewriters.tuned_profile))
                        : json_null();

    if (!look->rewriters.known) {
        json_decref(tuned);
        return json_null();
    }
    return json_pack("{s:o, s:o}", "irqbalance", json_irqbalance(look), "tuned", tuned);
}

static json_t *json_device(const struct irq_device *device)
{
    return json_pack(
        "{s:o, s:o, s:o, s:I, s:I, s:I, s:I, s:o, s:I, s:I, s:I, s:I}", "name",
        json_text(device->name), "pci", json_text(device->pci), "node", json_int(device->node),
        "irqs", (json_int_t)device->n_irqs, "rx", (json_int_t)device->n_queues[QUEUE_RX], "tx",
        (json_int_t)device->n_queues[QUEUE_TX], "combined",
        (json_int_t)device->n_queues[QUEUE_COMBINED], "taken_by", json_set(device->taken_by),
        "aligned", (json_int_t)device->n_aligned, "crossing", (json_int_t)device->n_crossing,
        "fixed", (json_int_t)device->n_fixed, "mobility_unknown", (json_int_t)device->n_unknown);
}

/* Of all devices, by class and name. */
static json_t *json_devices(const struct irq_look *look)
{
    struct irq_devices devices = {0};
    json_t *array = irq_devices_make(look, &devices) == 0 ? json_array() : NULL;

    for (unsigned int i = 0; array && i < devices.n; i++)
        array = json_append(array, json_device(&devices.devices[i]));
    irq_devices_fini(&devices);
    return array;
}

static json_t *json_queues(const struct nic_queue *queues, unsigned int n, bool is_rx)
{
    json_t *array = json_array();

    for (unsigned int i = 0; array && i < n; i++)
        array = json_append(
            array,
            is_rx ? json_pack("{s:I, s:o, s:I}", "queue", (json_int_t)queues[i].index, "rps_cpus",
                              json_set(queues[i].cpus), "rps_flow_cnt", (json_int_t)queues[i].flows)
                  : json_pack("{s:I, s:o}", "queue", (json_int_t)queues[i].index, "xps_cpus",
                              json_set(queues[i].cpus)));
    return array;
}

/* The receive queue of each hash; null where it was not told. */
static json_t *json_rss(const struct nic *nic)
{
    json_t *table = nic->rss ? json_array() : json_null();

    for (unsigned int i = 0; table && i < nic->n_rss; i++)
        table = json_append(table, json_integer((json_int_t)nic->rss[i]));
    return table;
}

static json_t *json_nic(const struct nic *nic)
{
    if (!nic)
        return json_null();
    return json_pack("{s:o, s:o, s:o, s:o, s:o}", "driver", json_text(nic->driver), "up",
                     json_flag(nic->up), "rx", json_queues(nic->rx, nic->n_rx, true), "tx",
                     json_queues(nic->tx, nic->n_tx, false), "rss", json_rss(nic));
}

/* Takes over devices and nic. */
static json_t *json_document(const struct irq_look *look, json_t *devices, json_t *nic,
                             const char *device)
{
    const struct interrupts *interrupts = look->view.interrupts;
    const struct interrupts *before = look->before;
    json_t *seconds =
        before ? json_real((double)(interrupts->taken_ns - before->taken_ns) / 1e9) : json_null();

    return json_pack("{s:i, s:o, s:b, s:o, s:o, s:o, s:o, s:o}", "version", IRQ_JSON_VERSION,
                     "source", json_text(look->view.machine->source), "live",
                     look->view.machine->live, "interval_s", seconds, "devices", devices, "nic",
                     nic, "irqs", json_irqs(look, device), "rewriters", json_rewriters(look));
}

json_t *json_irq(const struct irq_look *look)
{
    return json_document(look, json_devices(look), json_null(), NULL);
}

json_t *json_irq_show(const struct irq_look *look, const struct irq_subject *subject)
{
    return json_document(look, json_pack("[o]", json_device(&subject->sum)), json_nic(subject->nic),
                         subject->device);
}
