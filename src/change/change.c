/* SPDX-License-Identifier: Apache-2.0 */
/* The table of kinds, and what every change has in common. */

#include "change.h"

#include "kinds.h"

#include <string.h>

static const struct change_kind *const kinds[CHANGE_KIND_COUNT] = {
    [CHANGE_CONTROLLER] = &kind_controller,
    [CHANGE_CGROUP] = &kind_cgroup,
    [CHANGE_ATTACH] = &kind_attach,
    [CHANGE_SPAWN] = &kind_spawn,
    [CHANGE_AFFINITY] = &kind_affinity,
    [CHANGE_MIGRATE] = &kind_migrate,
    [CHANGE_IRQ] = &kind_irq,
    [CHANGE_QUEUE] = &kind_queue,
    [CHANGE_IRQBALANCE_STOP] = &kind_irqbalance_stop,
    [CHANGE_IRQBALANCE_BAN] = &kind_irqbalance_ban,
};

static const char *const state_names[CHANGE_STATE_COUNT] = {
    [CHANGE_INTENDED] = "intended", [CHANGE_MADE] = "made",         [CHANGE_UNDONE] = "undone",
    [CHANGE_LEFT] = "left",         [CHANGE_VANISHED] = "vanished", [CHANGE_STUCK] = "stuck",
};

static const char *const standing_names[] = {
    [STANDING_IN_PLACE] = "in place", [STANDING_FORMER] = "former value",
    [STANDING_MIXED] = "partly",      [STANDING_FOREIGN] = "drifted",
    [STANDING_GONE] = "gone",         [STANDING_PENDING] = "pending",
};

int context_stopped(const struct change_context *context, struct np_error *err)
{
    int signal = context->stop ? *context->stop : 0;
    const char *name = sigabbrev_np(signal);

    return signal ? error_set(err, -EINTR, "stopped by SIG%s", name ? name : "?") : 0;
}

const struct change_kind *change_kind(enum change_kind_id kind)
{
    return kinds[kind];
}

int change_kind_from_name(const char *name)
{
    for (int i = 0; i < CHANGE_KIND_COUNT; i++) {
        if (strcmp(kinds[i]->name, name) == 0)
            return i;
    }
    return -1;
}

const char *change_state_name(enum change_state state)
{
    return state_names[state];
}

int change_state_from_name(const char *name)
{
    for (int i = 0; i < CHANGE_STATE_COUNT; i++) {
        if (strcmp(state_names[i], name) == 0)
            return i;
    }
    return -1;
}

const char *standing_name(enum standing standing)
{
    return standing_names[standing];
}

char *change_tell(const struct change *change, const json_t *now)
{
    return json_is_null(now) ? strdup("gone") : change_kind(change->kind)->tell(change, now);
}

void change_fini(struct change *change)
{
    free(change->instance);
    json_decref(change->subject);
    json_decref(change->wanted);
    json_decref(change->old);
    json_decref(change->found);
    free(change->note);
    *change = (struct change){0};
}

int changes_add(struct changes *changes, enum change_kind_id kind, const char *instance,
                json_t *subject, json_t *wanted)
{
    struct change change = {
        .kind = kind, .instance = strdup(instance), .subject = subject, .wanted = wanted};
    struct change *larger = NULL;

    if (change.instance && subject && wanted)
        larger = realloc(changes->list, (changes->n + 1) * sizeof(*larger));
    if (!larger) {
        change_fini(&change);
        return -ENOMEM;
    }
    changes->list = larger;
    changes->list[changes->n++] = change;
    return 0;
}

void changes_fini(struct changes *changes)
{
    for (unsigned int i = 0; i < changes->n; i++)
        change_fini(&changes->list[i]);
    free(changes->list);
    *changes = (struct changes){0};
}
