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

/* The first of those before it that wants the same; NULL: none does. */
static const struct instance *find_rival(const struct check *check, const struct subject *subject)
{
    for (const struct subject *other = check->subjects; other < subject; other++) {
        if (other->instance->irqs && strcmp(other->instance->irqs, subject->instance->irqs) == 0)
            return other->instance;
    }
    return NULL;
}

static int check_irqs_twice(const struct check *check, const struct subject *subject)
{
    const struct instance *rival = subject->instance->irqs ? find_rival(check, subject) : NULL;

    if (!rival)
        return 0;
    return report(check, place_of(subject, KEY_IRQS), CODE_IRQS_TWICE,
                  text("the interrupts of device \"%s\" go to \"%s\" already: each goes to one CPU",
                       rival->irqs, rival->name),
                  text("leave \"irqs\" to one of them; \"near\" is for both"));
}

static bool has_cpus(const struct instance *instance)
{
    return instance->cpus_given || instance->cpu_count > 0;
}

static bool is_of_device(const struct irq *irq, const char *device)
{
    return irq->device && strcmp(irq->device, device) == 0;
}

/* What is there of the device, against what is wanted. */
static int check_interrupts(const struct check *check, const struct subject *subject)
{
    const struct interrupts *interrupts = check->wishes->interrupts;
    const char *name = subject->instance->irqs;
    struct place place = place_of(subject, KEY_IRQS);
    bool is_down = subject->wish->nic && subject->wish->nic->up == 0;
    unsigned int n_movable = 0, n_fixed = 0;

    if (!interrupts)
        return report(check, place, CODE_IRQS_UNKNOWN,
                      text("the machine does not tell of the interrupts of device \"%s\"", name),
                      text("only their CPUs are planned; the running machine tells, and one that "
                           "is captured by `numaplace snapshot`"));
    for (unsigned int i = 0; i < interrupts->n_irqs; i++) {
        if (!is_of_device(&interrupts->irqs[i], name))
            continue;
        if (interrupts->irqs[i].mobility == IRQ_FIXED)
            n_fixed++;
        else
            n_movable++;
    }
    if (n_movable == 0 && n_fixed > 0)
        return report(check, place, CODE_IRQS_FIXED,
                      text("all %u interrupts of device \"%s\" are fixed: the kernel does not let "
                           "them be moved",
                           n_fixed, name),
                      text("\"near: %s\" brings the instance to the device instead", name));
    if (n_movable == 0)
        return report(check, place, CODE_IRQS_NONE,
                      text("device \"%s\" has no interrupts of its own here", name),
                      is_down ? text("it is down: many drivers ask for interrupts when it is "
                                     "brought up")
                              : text("name the device below it, if it is made of others; "
                                     "`numaplace irq` lists all that have some"));
    return 0;
}

/* The CPUs given, against the node of the device. */
static int check_irqs_place(const struct check *check, const struct subject *subject, int node)
{
    const char *name = subject->instance->irqs;
    struct place place = place_of(subject, KEY_IRQS);
    autofree char *list = NULL;

    if (node < 0)
        return report(
            check, place, CODE_DEVICE_NODE_UNKNOWN,
            text("the interrupts of device \"%s\" go to any CPU of the instance: the node "
                 "of the device is unknown",
                 name),
            text("say it under \"devices\", as in {%s: {node: 0}}", name));
    if (!subject->cpu_nodes || hwloc_bitmap_isset(subject->cpu_nodes, (unsigned int)node))
        return 0;
    list = text_set("node", subject->cpu_nodes);
    if (!list)
        return -ENOMEM;
    return report(
        check, place, CODE_IRQS_REMOTE,
        text("the interrupts of device \"%s\", which is on node %d, go to %s: none of the "
             "CPUs given is on its node",
             name, node, list),
        text("give CPUs of node %d", node));
}

static int check_irqs(const struct check *check, const struct subject *subject)
{
    const char *name = subject->instance->irqs;
    const struct device *device = name ? machine_device(check->machine, name) : NULL;
    struct place place = place_of(subject, KEY_IRQS);
    int r;

    if (!name)
        return 0;
    if (!device)
        return is_listed(check, name) ? 0 : report_unknown(check, place, name);
    if (device->class != DEVICE_NET)
        return report(check, place, CODE_IRQS_NOT_NETWORK,
                      text("device \"%s\" is no network device, whose queues could be spread over "
                           "CPUs",
                           name),
                      text("\"near: %s\" brings the instance to the device instead", name));
    if (!has_cpus(subject->instance))
        return report(check, place, CODE_IRQS_WITHOUT_CPUS,
                      text("has no CPUs that the interrupts of device \"%s\" could go to", name),
                      text("give it some, or leave \"irqs\" out"));
    r = check_irqs_place(check, subject, machine_node_of_device(check->machine, device->node));
    return r < 0 ? r : check_interrupts(check, subject);
}

const subject_rule device_rules[] = {check_near, check_irqs, check_irqs_twice, NULL};
