/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kind "irq": the CPUs that may take an interrupt. The one idea: a number alone means nothing, for
 * the kernel gives one that was freed to the next device that asks. So it is only ever read or
 * written as long as it has the name that it was planned by.
 */

#include "kinds.h"
#include "set.h"

#include <string.h>

#define AFFINITY_FILE "proc/irq/%u/smp_affinity_list"
#define EFFECTIVE_FILE "proc/irq/%u/effective_affinity_list"

static unsigned int number_of(const struct change *change)
{
    return (unsigned int)json_integer_value(json_object_get(change->subject, "irq"));
}

static const char *name_of(const struct change *change)
{
    return member_text(change->subject, "name");
}

/* An interrupt that is shared has several actions: /proc/interrupts writes "a, b", sysfs "a,b". */
static bool same_actions(const char *a, const char *b)
{
    for (;; a++, b++) {
        a += strspn(a, " ");
        b += strspn(b, " ");
        if (*a != *b || *a == '\0')
            return *a == *b;
    }
}

/* The interrupts of a device on PCI; of virtio the function is one level up. */
static bool device_lists(const struct root *root, const char *device, unsigned int irq)
{
    return root_has(root, "sys/class/net/%s/device/msi_irqs/%u", device, irq) ||
           root_has(root, "sys/class/net/%s/device/../msi_irqs/%u", device, irq);
}

/* 1: the number is still this interrupt's; 0: it is gone. While a link is down its interrupts have
 * no action, and their CPUs stay set for when it comes up. */
static int is_there(const struct change_context *context, const struct change *change)
{
    autofree char *actions = NULL;
    int r =
        root_read_value(context->root, &actions, "sys/kernel/irq/%u/actions", number_of(change));

    if (r < 0)
        return r == -ENOENT ? 0 : r;
    if (actions[0] != '\0')
        return same_actions(actions, name_of(change));
    return device_lists(context->root, member_text(change->subject, "device"), number_of(change));
}

static int get_cpus(const struct change_context *context, const struct change *change,
                    json_t **ret_value, struct np_error *err)
{
    autoset hwloc_bitmap_t cpus = NULL;
    int r = root_read_set(context->root, &cpus, AFFINITY_FILE, number_of(change));

    if (r < 0)
        return error_set(err, r, "cannot read the CPUs of interrupt %u (%s): %s", number_of(change),
                         name_of(change), strerror(-r));
    *ret_value = json_pack("{s:o}", "cpus", set_to_json(cpus));
    return *ret_value ? 0 : -ENOMEM;
}

static int refuse_gone(const struct change *change, struct np_error *err)
{
    error_set(err, -ESTALE, "interrupt %u is no longer %s", number_of(change), name_of(change));
    error_hint(err, "its driver has taken other interrupts, or the device is gone: plan again");
    return -ESTALE;
}

static int explain_access(const struct change *change, int code, struct np_error *err)
{
    error_set(err, code, "the CPUs of interrupt %u (%s) cannot be set from here: %s",
              number_of(change), name_of(change), strerror(-code));
    if (code == -EACCES || code == -EPERM)
        error_hint(err, "run this as root");
    else if (code == -EROFS)
        error_hint(err, "/proc is mounted read-only here, as containers have it: run this outside");
    return code;
}

static int irq_read(const struct change_context *context, struct change *change,
                    struct np_error *err)
{
    autoset hwloc_bitmap_t cpus = NULL;
    autofree char *text = NULL;
    int r = is_there(context, change);

    if (r < 0)
        return error_set(err, r, "cannot read what interrupt %u is: %s", number_of(change),
                         strerror(-r));
    if (r == 0)
        return refuse_gone(change, err);
    r = root_read_former(context->root, &text, AFFINITY_FILE, number_of(change));
    if (r == 0)
        r = set_parse_list(text, &cpus, NULL);
    if (r < 0)
        return explain_access(change, r, err);
    change->old = json_pack("{s:o}", "cpus", set_to_json(cpus));
    return change->old ? 0 : -ENOMEM;
}

/* The kernel has refused: it places this one itself, and what it has is what it keeps. */
static int leave(struct change *change, int code)
{
    autojson json_t *kept = json_deep_copy(change->old);
    char *note;

    if (!kept || json_object_set_new(kept, "fixed", json_true()) < 0 ||
        asprintf(&note, "the kernel manages this interrupt itself (%s): it is left where it is",
                 strerrorname_np(-code)) < 0)
        return -ENOMEM;
    free(change->note);
    change->note = note;
    json_decref(change->wanted);
    change->wanted = TAKE(kept);
    return 0;
}

static int put_cpus(const struct change_context *context, const struct change *change,
                    const json_t *value, struct np_error *err)
{
    const char *cpus = member_text(value, "cpus");
    int r = root_write(context->root, cpus, AFFINITY_FILE, number_of(change));

    if (r == 0)
        return 0;
    error_set(err, r, "cannot give interrupt %u (%s) to CPUs %s: %s", number_of(change),
              name_of(change), cpus, strerror(-r));
    if (r == -EINVAL)
        error_hint(err, "at least one of them must be online");
    else if (r == -ENOSPC)
        error_hint(err, "they have no interrupt vectors left: spread it over more CPUs");
    return r;
}

static int irq_make(const struct change_context *context, struct change *change,
                    struct np_error *err)
{
    int r = put_cpus(context, change, change->wanted, err);

    return r == -EIO || r == -EPERM ? leave(change, r) : r;
}

static bool same_cpus(const json_t *a, const json_t *b)
{
    autoset hwloc_bitmap_t left = member_set(a, "cpus");
    autoset hwloc_bitmap_t right = member_set(b, "cpus");

    return left && right && hwloc_bitmap_isequal(left, right);
}

/* Adds who takes it now to a value. 1: that is a CPU that it is not given to; it moves when it is
 * next raised. Empty, or no such file: the kernel does not tell. */
static int look_effective(const struct change_context *context, const struct change *change,
                          json_t *now)
{
    autoset hwloc_bitmap_t cpus = member_set(now, "cpus"), effective = NULL;

    if (root_read_set(context->root, &effective, EFFECTIVE_FILE, number_of(change)) < 0 ||
        hwloc_bitmap_iszero(effective))
        return 0;
    if (!cpus || json_object_set_new(now, "effective", set_to_json(effective)) < 0)
        return -ENOMEM;
    return !hwloc_bitmap_isincluded(effective, cpus);
}

static int irq_look(const struct change_context *context, const struct change *change,
                    json_t **ret_now, struct np_error *err)
{
    autojson json_t *now = NULL;
    int pending, r = is_there(context, change);

    if (r == 0) {
        *ret_now = json_null();
        return STANDING_GONE;
    }
    if (r > 0)
        r = get_cpus(context, change, &now, err);
    if (r < 0)
        return r;
    pending = look_effective(context, change, now);
    if (pending < 0)
        return pending;
    *ret_now = json_incref(now);
    if (same_cpus(now, change->wanted))
        return pending ? STANDING_PENDING : STANDING_IN_PLACE;
    return same_cpus(now, change->old) ? STANDING_FORMER : STANDING_FOREIGN;
}

/* Where a move is still pending and the link is down meanwhile, the kernel (6.1, 6.12) accepts
 * CPUs without an error and forgets them: that move wins once the link is up. */
static int put_back(const struct change_context *context, const struct change *change,
                    struct np_error *err)
{
    autojson json_t *now = NULL;
    int r = put_cpus(context, change, change->old, err);

    if (r == 0)
        r = get_cpus(context, change, &now, err);
    if (r < 0 || same_cpus(now, change->old))
        return r;
    error_set(err, -EAGAIN, "interrupt %u (%s) did not take back CPUs %s, and is given to %s still",
              number_of(change), name_of(change), member_text(change->old, "cpus"),
              member_text(now, "cpus"));
    error_hint(err, "bring up %s, then roll back again", member_text(change->subject, "device"));
    return -EAGAIN;
}

static int irq_undo(const struct change_context *context, const struct change *change,
                    struct np_error *err)
{
    autojson json_t *now = NULL;
    int r = is_there(context, change);

    if (r == 0)
        return UNDO_GONE;
    if (r > 0)
        r = get_cpus(context, change, &now, err);
    if (r < 0)
        return r;
    if (same_cpus(now, change->old))
        return UNDO_DONE;
    if (!context->force && !same_cpus(now, change->wanted)) {
        error_set(err, -EBUSY, "interrupt %u (%s) was given to CPUs %s by somebody else",
                  number_of(change), name_of(change), member_text(now, "cpus"));
        error_hint(err, "--force puts back what it was before us");
        return UNDO_FOREIGN;
    }
    r = put_back(context, change, err);
    return r < 0 ? r : UNDO_DONE;
}

static char *irq_describe(const struct change *change)
{
    const char *old = member_text(change->old, "cpus");
    char *text;
    int n;

    if (json_is_true(json_object_get(change->wanted, "fixed")))
        n = asprintf(&text, "interrupt %u (%s): fixed on CPUs %s", number_of(change),
                     name_of(change), old);
    else
        n = asprintf(&text, "interrupt %u (%s): CPUs %s -> %s", number_of(change), name_of(change),
                     old, member_text(change->wanted, "cpus"));
    return n < 0 ? NULL : text;
}

static char *irq_tell(const struct change *change, const json_t *now)
{
    autoset hwloc_bitmap_t cpus = member_set(now, "cpus"), effective = member_set(now, "effective");
    const char *taker = member_text(now, "effective");
    char *text;

    if (!cpus || !effective)
        return NULL;
    return asprintf(&text, "CPUs %s%s%s%s", member_text(now, "cpus"),
                    taker[0] ? ", taken by CPU " : "", taker,
                    hwloc_bitmap_isincluded(effective, cpus) ? "" : " until it is next raised") < 0
               ? NULL
               : text;
}

const struct change_kind kind_irq = {
    .name = "irq",
    .evident = true,
    .read = irq_read,
    .make = irq_make,
    .look = irq_look,
    .undo = irq_undo,
    .describe = irq_describe,
    .tell = irq_tell,
};
