/* SPDX-License-Identifier: Apache-2.0 */
/* Rules: what the host keeps for itself, and the nodes given to devices. */

#include "check-rules.h"

static bool is_unknown(const struct check *check, unsigned int id)
{
    return !machine_cpu(check->machine, id);
}

static const struct id_fault reserved_faults[] = {
    {CODE_RESERVED_CPU_UNKNOWN, is_unknown, "does not exist", "do not exist",
     "`numaplace topo` shows the CPUs of the machine"},
    {0},
};

static int check_reserved_cpus(const struct check *check)
{
    const struct place place = {.subject = SUBJECT_HOST,
                                .at = check->wishes->spec->reserved_cpus_at};

    return report_faults(check, place, "CPU", check->wishes->reserved_cpus, reserved_faults);
}

static int check_reserved_bytes(const struct check *check, const struct node_bytes *reserved)
{
    const struct node *node = machine_node(check->machine, reserved->node);
    const struct place place = {.subject = SUBJECT_HOST, .at = reserved->at};
    char wanted[SIZE_TEXT_MAX], has[SIZE_TEXT_MAX];

    if (!node)
        return report(check, place, CODE_RESERVED_NODE_UNKNOWN,
                      text("node %u does not exist", reserved->node),
                      text("`numaplace topo` shows the nodes of the machine"));
    if (node->total_bytes == UNKNOWN_U64 || reserved->bytes <= node->total_bytes)
        return 0;
    return report(check, place, CODE_RESERVED_MEMORY_SHORT,
                  text("keeps %s of node %u, which has %s", size_format(reserved->bytes, wanted),
                       node->id, size_format(node->total_bytes, has)),
                  text("keep less of it"));
}

static int check_reserved_memory(const struct check *check)
{
    const struct spec *spec = check->wishes->spec;
    int r = 0;

    for (unsigned int i = 0; r == 0 && i < spec->n_reserved_memory; i++)
        r = check_reserved_bytes(check, &spec->reserved_memory[i]);
    return r;
}

static int check_device_nodes(const struct check *check)
{
    const struct spec *spec = check->wishes->spec;
    int r = 0;

    for (unsigned int i = 0; r == 0 && i < spec->n_devices; i++) {
        const struct device_override *device = &spec->devices[i];
        const struct place place = {.subject = device->name, .at = device->at};

        if (!machine_node(check->machine, device->node))
            r = report(check, place, CODE_DEVICE_NODE_INVALID,
                       text("node %u does not exist", device->node),
                       text("`numaplace topo` shows the nodes of the machine"));
    }
    return r;
}

const whole_rule host_rules[] = {
    check_reserved_cpus,
    check_reserved_memory,
    check_device_nodes,
    NULL,
};
