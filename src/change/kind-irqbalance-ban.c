/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kind "irqbalance-ban": interrupts that irqbalance is told to leave alone. Its list belongs to
 * everybody and can only be replaced as a whole, so it is read before each change, and what is
 * taken back is what was added and no more. Values are {"banned": the list}; once looked at,
 * "pid" says whose list it is. The bans are lost when irqbalance ends.
 */

#include "irqbalance.h"
#include "kinds.h"
#include "set.h"

#include <string.h>

static pid_t pid_of(const struct change *change)
{
    return subject_process(change->subject).pid;
}

static int no_answer(pid_t pid, int answer, struct np_error *err)
{
    return error_set(err, answer, "irqbalance (pid %d) cannot be asked what it leaves alone: %s",
                     (int)pid, irqbalance_reason(answer));
}

/* What it leaves alone now. The caller frees. */
static int get_bans(pid_t pid, hwloc_bitmap_t *ret_banned, struct np_error *err)
{
    autoirqbalance struct irqbalance irqbalance = {0};
    int r = irqbalance_ask(pid, IRQBALANCE_PATIENCE_MS, &irqbalance);

    if (r < 0)
        return r;
    if (irqbalance.answer < 0)
        return no_answer(pid, irqbalance.answer, err);
    *ret_banned = TAKE(irqbalance.banned_irqs);
    return 0;
}

static json_t *value_of(hwloc_const_bitmap_t banned)
{
    return json_pack("{s:o}", "banned", set_to_json(banned));
}

static int ban_read(const struct change_context *context, struct change *change,
                    struct np_error *err)
{
    autoset hwloc_bitmap_t banned = NULL;
    int r = subject_alive(context, change, err);

    if (r < 0)
        return r;
    r = get_bans(pid_of(change), &banned, err);
    if (r < 0) {
        error_hint(err, "it would move them: --irqbalance=stop ends it until the rollback, "
                        "--irqbalance=ignore lets it");
        return r;
    }
    change->old = value_of(banned);
    return change->old ? 0 : -ENOMEM;
}

/* Sends the list and looks at what became of it: -E2BIG when that is not the same. */
static int put_bans(pid_t pid, hwloc_const_bitmap_t list, struct np_error *err)
{
    autoset hwloc_bitmap_t now = NULL;
    int r = irqbalance_ban(pid, list, IRQBALANCE_PATIENCE_MS);

    if (r == 0)
        r = get_bans(pid, &now, err);
    else if (r != -ENOMEM && r != -E2BIG)
        return error_set(err, r, "cannot tell irqbalance (pid %d) what to leave alone: %s",
                         (int)pid, irqbalance_reason(r));
    if (r < 0)
        return r;
    return hwloc_bitmap_isequal(now, list) ? 0 : -E2BIG;
}

static int too_many(pid_t pid, hwloc_const_bitmap_t list, struct np_error *err)
{
    error_set(err, -E2BIG, "irqbalance (pid %d) cannot be told to leave %d interrupts alone",
              (int)pid, hwloc_bitmap_weight(list));
    error_hint(err,
               "before version 1.9.5 it reads 500 bytes: --irqbalance=stop, or a policy script "
               "(`numaplace irq export DEV --format=irqbalance-policy`) and "
               "--irqbalance=ignore");
    return -E2BIG;
}

static int ban_make(const struct change_context *context, struct change *change,
                    struct np_error *err)
{
    autoset hwloc_bitmap_t list = member_set(change->wanted, "banned");
    autoset hwloc_bitmap_t before = NULL;
    int r = list ? subject_alive(context, change, err) : -ENOMEM;

    if (r == 0)
        r = get_bans(pid_of(change), &before, err);
    if (r < 0 || hwloc_bitmap_isincluded(list, before))
        return r;
    if (hwloc_bitmap_or(list, list, before) < 0)
        return -ENOMEM;
    r = put_bans(pid_of(change), list, err);
    if (r != -E2BIG)
        return r;
    (void)put_bans(pid_of(change), before, NULL); /* it knew them: it can know them again */
    return too_many(pid_of(change), list, err);
}

/* Of the interrupts in our change. */
static enum standing stand(const struct change *change, pid_t pid, hwloc_const_bitmap_t wanted,
                           hwloc_const_bitmap_t now)
{
    autoset hwloc_bitmap_t old = member_set(change->old, "banned");
    autoset hwloc_bitmap_t still = hwloc_bitmap_dup(now);

    if (hwloc_bitmap_isincluded(wanted, now))
        return STANDING_IN_PLACE;
    if (pid != pid_of(change) || !old || !still)
        return STANDING_FOREIGN;                  /* another one, that nobody told */
    (void)hwloc_bitmap_and(still, still, wanted); /* these two grow nothing */
    (void)hwloc_bitmap_and(old, old, wanted);
    return hwloc_bitmap_isequal(still, old) ? STANDING_FORMER : STANDING_MIXED;
}

static int ban_look(const struct change_context *context, const struct change *change,
                    json_t **ret_now, struct np_error *err)
{
    autoset hwloc_bitmap_t wanted = member_set(change->wanted, "banned");
    autoset hwloc_bitmap_t now = NULL;
    pid_t pid = pid_of(change);
    json_t *value;
    int r = subject_alive(context, change, NULL);

    if (r == -ESRCH)
        r = irqbalance_pid(context->root, &pid);
    if (r == -ESRCH) {
        *ret_now = json_null(); /* and nobody moves interrupts */
        return STANDING_GONE;
    }
    if (r == 0)
        r = wanted ? get_bans(pid, &now, err) : -ENOMEM;
    if (r < 0)
        return r;
    value = json_pack("{s:o, s:i}", "banned", set_to_json(now), "pid", (int)pid);
    if (!value)
        return -ENOMEM;
    *ret_now = value;
    return stand(change, pid, wanted, now);
}

static int ban_undo(const struct change_context *context, const struct change *change,
                    struct np_error *err)
{
    autoset hwloc_bitmap_t ours = member_set(change->wanted, "banned");
    autoset hwloc_bitmap_t old = member_set(change->old, "banned");
    autoset hwloc_bitmap_t now = NULL;
    int r = ours && old ? 0 : -ENOMEM;

    if (r == 0 && subject_alive(context, change, NULL) < 0)
        return UNDO_GONE;
    if (r == 0)
        r = get_bans(pid_of(change), &now, err);
    if (r < 0)
        return r;
    (void)hwloc_bitmap_andnot(ours, ours, old); /* no longer than they are */
    if (!hwloc_bitmap_intersects(now, ours))
        return UNDO_DONE;
    (void)hwloc_bitmap_andnot(now, now, ours);
    r = put_bans(pid_of(change), now, err);
    return r == -E2BIG ? too_many(pid_of(change), now, err) : r;
}

static char *ban_describe(const struct change *change)
{
    char subject[SUBJECT_TEXT_MAX], *text;

    return asprintf(&text, "%s: leaves alone %s", subject_text(change->subject, subject),
                    member_text(change->wanted, "banned")) < 0
               ? NULL
               : text;
}

static char *ban_tell(const struct change *change, const json_t *now)
{
    const char *banned = member_text(now, "banned");
    int pid = (int)json_integer_value(json_object_get(now, "pid"));
    char *text;
    int n;

    if (pid != pid_of(change))
        n = asprintf(&text, "irqbalance was started again (pid %d) and leaves alone %s", pid,
                     banned[0] ? banned : "none");
    else
        n = asprintf(&text, "leaves alone %s", banned[0] ? banned : "none");
    return n < 0 ? NULL : text;
}

const struct change_kind kind_irqbalance_ban = {
    .name = "irqbalance-ban",
    .read = ban_read,
    .make = ban_make,
    .look = ban_look,
    .undo = ban_undo,
    .describe = ban_describe,
    .tell = ban_tell,
};
