/* SPDX-License-Identifier: Apache-2.0 */
/* Which changes irqbalance calls for. */

#include "irqbalance-changes.h"

#include "irqbalance.h"
#include "journal.h"
#include "kinds.h"

#include <string.h>

static const char *const mode_names[] = {
    [IRQBALANCE_BAN] = "ban",
    [IRQBALANCE_STOP] = "stop",
    [IRQBALANCE_IGNORE] = "ignore",
};

int irqbalance_mode_parse(const char *text, enum irqbalance_mode *ret_mode, struct np_error *err)
{
    for (size_t i = 0; i < ARRAY_SIZE(mode_names); i++) {
        if (strcmp(text, mode_names[i]) == 0) {
            *ret_mode = (enum irqbalance_mode)i;
            return 0;
        }
    }
    error_set(err, -EINVAL, "\"%s\" is nothing that can be done about irqbalance", text);
    error_hint(err, "ban: it is told to leave the interrupts alone; stop: it is ended until the "
                    "rollback; ignore: it may move them");
    return -EINVAL;
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

static int add_ban(const struct change_context *context, pid_t pid, hwloc_const_bitmap_t irqs,
                   const char *instance, struct changes *changes)
{
    struct proc_id id;
    json_t *subject;
    int r = proc_identify(context->root, pid, &id);

    if (r < 0)
        return r == -ESRCH ? 0 : r; /* it has just ended */
    subject = subject_of_process(&id, "irqbalance");
    /* Two transactions may ban different ones. */
    if (subject && json_object_set_new(subject, "irqs", set_to_json(irqs)) < 0) {
        json_decref(subject);
        subject = NULL;
    }
    return changes_add(changes, CHANGE_IRQBALANCE_BAN, instance, subject,
                       json_pack("{s:o}", "banned", set_to_json(irqs)));
}

int irqbalance_add_changes(const struct change_context *context, enum irqbalance_mode mode,
                           hwloc_const_bitmap_t irqs, const char *instance, struct changes *changes,
                           struct notes *notes, struct np_error *err)
{
    bool stopped = false;
    pid_t pid = 0;
    int r = irqbalance_pid(context->root, &pid);

    if (r < 0 && r != -ESRCH)
        return error_set(err, r, "cannot look for irqbalance: %s", strerror(-r));
    if (hwloc_bitmap_iszero(irqs))
        return 0;
    if (r == -ESRCH) { /* it must not come back under us because another transaction ends */
        r = is_held_stopped(context, &stopped, err);
        return r == 0 && stopped && mode != IRQBALANCE_IGNORE ? add_stop(changes, instance) : r;
    }
    switch (mode) {
    case IRQBALANCE_BAN:
        return add_ban(context, pid, irqs, instance, changes);
    case IRQBALANCE_STOP:
        return add_stop(changes, instance);
    default:
        return notes_add(notes, "irqbalance (pid %d) runs, and may move the interrupts away again",
                         (int)pid);
    }
}
