/* SPDX-License-Identifier: Apache-2.0 */
/* Rules: the devices that instances want to be near or whose interrupts they want. */

#include "check-rules.h"

#include <string.h>

static int report_unknown(const struct check *check, struct place place, const char *name)
{
    return report(check, place, CODE_DEVICE_UNKNOWN, text("device \"%s\" does not exist", name),
                  text("`numaplace topo` shows the devices; one that is missing there may be given "
                       "under \"devices\" with its node"));
}

/* A device of the spec's own list whose node is wrong was left out: device-node-invalid tells. */
static bool is_listed(const struct check *check, const char *name)
{
    const struct spec *spec = check->wishes->spec;

    for (unsigned int i = 0; i < spec->n_devices; i++) {
        if (strcmp(spec->devices[i].name, name) == 0)
            return true;
    }
    return false;
}

/* near_node against the CPUs given, or else the nodes. */
static int check_near_node(const struct check *check, const struct subject *subject)
{
    const struct wish *wish = subject->wish;
    hwloc_const_bitmap_t nodes = subject->cpu_nodes ? subject->cpu_nodes : wish->nodes;
    autofree char *list = NULL;

    if (!nodes || hwloc_bitmap_isset(nodes, (unsigned int)wish->near_node))
        return 0;
    list = text_set("node", nodes);
    if (!list)
        return -ENOMEM;
    return report(check, place_of(subject, KEY_NEAR), CODE_NEAR_REMOTE,
                  text("device \"%s\" is on node %d, and the %s on %s", subject->instance->near,
                       wish->near_node, subject->cpu_nodes ? "CPUs given are" : "instance is to be",
                       list),
                  text("name node %d, or leave \"near\" out", wish->near_node));
}

static int check_near(const struct check *check, const struct subject *subject)
{
    const char *name = subject->instance->near;
    struct place place = place_of(subject, KEY_NEAR);

    if (!name)
        return 0;
    if (!machine_device(check->machine, name))
        return is_listed(check, name) ? 0 : report_unknown(check, place, name);
    if (subject->wish->near_node < 0)
        return report(check, place, CODE_DEVICE_NODE_UNKNOWN,
                      text("cannot be near device \"%s\": its node is unknown", name),
                      text("say it under \"devices\", as in {%s: {node: 0}}", name));
    return check_near_node(check, subject);
}

static int check_irqs(const struct check *check, const struct subject *subject)
{
    const char *name = subject->instance->irqs;
    struct place place = place_of(subject, KEY_IRQS);

    if (!name)
        return 0;
    if (!machine_device(check->machine, name) && !is_listed(check, name))
        return report_unknown(check, place, name);
    return report(check, place, CODE_IRQS_NOT_APPLIED,
                  text("the interrupts of device \"%s\" stay where they are: apply does not move "
                       "interrupts",
                       name),
                  text("write /proc/irq/N/smp_affinity_list, and keep irqbalance from undoing it"));
}

const subject_rule device_rules[] = {check_near, check_irqs, NULL};
