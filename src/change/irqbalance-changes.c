/* SPDX-License-Identifier: Apache-2.0 */
/* Which changes irqbalance calls for. */

#include "irqbalance-changes.h"

#include "irqbalance.h"
#include "journal.h"
#include "kinds.h"
#include "word.h"

#include <string.h>

int irqbalance_mode_from_name(const char *name)
{
    static const char *const names[] = {
        [IRQBALANCE_BAN] = "ban", [IRQBALANCE_STOP] = "stop", [IRQBALANCE_IGNORE] = "ignore", NULL};

    return word_find(name, names);
}

static json_t *stop_subject(void)
{
    return json_pack("{s:s}", "service", "irqbalance");
}

/* Has another transaction stopped it? */
static int is_held_stopped(const struct change_context *context, bool *ret_held,
                           struct np_error *err)
{
    struct change stop = {.kind = CHANGE_IRQBALANCE_STOP, .subject = stop_subject()};
    int64_t holder = 0;
    int r = stop.subject ? journal_holder(context->journal, &stop, &holder, NULL, err) : -ENOMEM;

    change_fini(&stop);
    if (r == 0)
        *ret_held = holder > 0;
    return r;
}

/* One for all of a transaction, and of all transactions the last one starts it again. */
static int add_stop(struct changes *changes, const char *instance)
{
    int r;

    for (unsigned int i = 0; i < changes->n; i++) {
        if (changes->list[i].kind == CHANGE_IRQBALANCE_STOP)
            return 0;
    }
    r = changes_add(changes, CHANGE_IRQBALANCE_STOP, instance, stop_subject(),
                    json_pack("{s:b}", "running", 0));
    if (r == 0)
        changes->list[changes->n - 1].shared = true;
    return r;
}

static int list_interrupts(const struct irq_plan *plan, hwloc_bitmap_t *ret_irqs)
{
    autoset hwloc_bitmap_t irqs = hwloc_bitmap_alloc();

    for (unsigned int i = 0; irqs && i < plan->n_irqs; i++) {
        if (hwloc_bitmap_set(irqs, plan->irqs[i].irq) < 0)
            return -ENOMEM;
    }
    *ret_irqs = TAKE(irqs);
    return *ret_irqs ? 0 : -ENOMEM;
}

static int add_ban(const struct change_context *context, pid_t pid,
                   const struct irqbalance_request *request, struct changes *changes)
{
    autoset hwloc_bitmap_t irqs = NULL;
    struct proc_id id;
    json_t *subject;
    int r = proc_identify(context->root, pid, &id);

    if (r == -ESRCH)
        return 0; /* it has just ended */
    if (r == 0)
        r = list_interrupts(request->plan, &irqs);
    if (r < 0)
        return r;
    subject = subject_of_process(&id, "irqbalance");
    /* Two transactions may ban different ones. */
    if (subject && json_object_set_new(subject, "irqs", set_to_json(irqs)) < 0) {
        json_decref(subject);
        subject = NULL;
    }
    return changes_add(changes, CHANGE_IRQBALANCE_BAN, request->instance, subject,
                       json_pack("{s:o}", "banned", set_to_json(irqs)));
}

int irqbalance_add_changes(const struct change_context *context,
                           const struct irqbalance_request *request, struct changes *changes,
                           struct np_error *err)
{
    bool stopped = false;
    pid_t pid = 0;
    int r = irqbalance_pid(context->root, &pid);

    if (r < 0 && r != -ESRCH)
        return error_set(err, r, "cannot look for irqbalance: %s", strerror(-r));
    if (request->plan->n_irqs == 0)
        return 0;
    if (r == -ESRCH) { /* it must not come back under us because another transaction ends */
        r = is_held_stopped(context, &stopped, err);
        if (r == 0 && stopped && request->mode != IRQBALANCE_IGNORE)
            r = add_stop(changes, request->instance);
        return r;
    }
    switch (request->mode) {
    case IRQBALANCE_BAN:
        return add_ban(context, pid, request, changes);
    case IRQBALANCE_STOP:
        return add_stop(changes, request->instance);
    default:
        return notes_add(request->notes,
                         "irqbalance (pid %d) runs, and may move the interrupts away again",
                         (int)pid);
    }
}
