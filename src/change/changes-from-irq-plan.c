/* SPDX-License-Identifier: Apache-2.0 */
/* A change is about one file: one interrupt, or one mask of one queue. */

#include "changes-from-irq-plan.h"

#include "kinds.h"

#include <string.h>

struct work {
    const struct irq_plan *plan;
    const char *instance;
    uint64_t ifindex;
    struct changes *changes;
};

int count_queues(const struct root *root, const char *device, unsigned int *ret_rx,
                 unsigned int *ret_tx)
{
    autostrv char **names = NULL;
    int r = root_list(root, &names, "sys/class/net/%s/queues", device);

    if (r < 0)
        return r == -ENOENT ? -ENODEV : r;
    *ret_rx = *ret_tx = 0;
    for (char **name = names; *name; name++) {
        *ret_rx += strncmp(*name, "rx-", 3) == 0;
        *ret_tx += strncmp(*name, "tx-", 3) == 0;
    }
    return 0;
}

/* Of anything but a network device there are interrupts alone, each of which is looked at itself.
 */
static bool has_queues(const struct irq_plan *plan)
{
    return plan->n_rx + plan->n_tx > 0;
}

static int refuse_unplugged(const struct irq_plan *plan, struct np_error *err)
{
    error_set(err, -ENODEV, "%s is gone since it was planned", plan->device);
    error_hint(err, "nothing was changed; `numaplace irq` lists the devices that there are");
    return -ENODEV;
}

int irq_plan_check(const struct root *root, const struct irq_plan *plan, struct np_error *err)
{
    unsigned int n_rx = 0, n_tx = 0;
    int r = has_queues(plan) ? count_queues(root, plan->device, &n_rx, &n_tx) : 0;

    if (r == -ENODEV)
        return refuse_unplugged(plan, err);
    if (r < 0)
        return error_set(err, r, "cannot list the queues of %s: %s", plan->device, strerror(-r));
    if (n_rx == plan->n_rx && n_tx == plan->n_tx)
        return 0;
    error_set(err, -ESTALE,
              "%s has %u receive and %u transmit queues now, and was planned with "
              "%u and %u",
              plan->device, n_rx, n_tx, plan->n_rx, plan->n_tx);
    error_hint(err, "nothing was changed; the same command plans again");
    return -ESTALE;
}

static int add_irq(const struct work *work, const struct irq_choice *choice)
{
    return changes_add(work->changes, CHANGE_IRQ, work->instance,
                       json_pack("{s:I, s:s, s:s}", "irq", (json_int_t)choice->irq, "name",
                                 choice->name, "device", work->plan->device),
                       json_pack("{s:o}", "cpus", set_to_json(choice->cpus)));
}

static int add_queue(const struct work *work, const struct queue_choice *choice)
{
    bool tx = choice->kind == QUEUE_TX;
    char name[32];

    if (!tx && hwloc_bitmap_iszero(choice->cpus) && hwloc_bitmap_iszero(choice->now))
        return 0;
    (void)snprintf(name, sizeof(name), "%s-%u", tx ? "tx" : "rx", choice->queue);
    return changes_add(work->changes, CHANGE_QUEUE, work->instance,
                       json_pack("{s:s, s:I, s:s, s:s}", "device", work->plan->device, "ifindex",
                                 (json_int_t)work->ifindex, "queue", name, "file",
                                 tx ? "xps_cpus" : "rps_cpus"),
                       json_pack("{s:o}", "cpus", set_to_json(choice->cpus)));
}

int changes_from_irq_plan(const struct change_context *context, const struct irq_plan *plan,
                          const char *instance, struct changes *changes, struct np_error *err)
{
    struct work work = {.plan = plan, .instance = instance, .changes = changes};
    int r = 0;

    if (has_queues(plan))
        r = root_read_u64(context->root, &work.ifindex, "sys/class/net/%s/ifindex", plan->device);
    if (r < 0)
        return refuse_unplugged(plan, err);
    for (unsigned int i = 0; r == 0 && i < plan->n_irqs; i++)
        r = add_irq(&work, &plan->irqs[i]);
    for (unsigned int i = 0; r == 0 && i < plan->n_queues; i++)
        r = add_queue(&work, &plan->queues[i]);
    return r;
}
