/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kind "queue": which CPUs send through a queue of a network device (XPS), and which ones work on
 * what it receives (RPS). A name of a device may come back as another device; its ifindex does not.
 */

#include "kinds.h"
#include "set.h"

#include <string.h>

#define QUEUE_FILE "sys/class/net/%s/queues/%s/%s"

static const char *device_of(const struct change *change)
{
    return member_text(change->subject, "device");
}

static const char *queue_of(const struct change *change)
{
    return member_text(change->subject, "queue");
}

/* Another one comes from a journal that was tampered with, and must not become a path. */
static const char *file_of(const struct change *change)
{
    return strcmp(member_text(change->subject, "file"), "rps_cpus") == 0 ? "rps_cpus" : "xps_cpus";
}

static const char *title_of(const struct change *change)
{
    return strcmp(file_of(change), "rps_cpus") == 0 ? "receiving CPUs (RPS)" : "sending CPUs (XPS)";
}

/* The queue itself shows when it is read. */
static bool has_device(const struct change_context *context, const struct change *change)
{
    json_t *planned = json_object_get(change->subject, "ifindex");
    uint64_t ifindex;

    return root_read_u64(context->root, &ifindex, "sys/class/net/%s/ifindex", device_of(change)) ==
               0 &&
           ifindex == (uint64_t)json_integer_value(planned);
}

static json_t *value_from_text(const char *text)
{
    autoset hwloc_bitmap_t cpus = NULL;

    return set_parse_mask(text, &cpus, NULL) < 0 ? NULL
                                                 : json_pack("{s:o}", "cpus", set_to_json(cpus));
}

/* -ENODEV without a message: the queue is gone. */
static int get_value(const struct change_context *context, const struct change *change,
                     json_t **ret_value, struct np_error *err)
{
    autofree char *text = NULL;
    int r = -ENOENT;

    if (has_device(context, change))
        r = root_read_value(context->root, &text, QUEUE_FILE, device_of(change), queue_of(change),
                            file_of(change));
    if (r == -ENOENT)
        return -ENODEV;
    if (r == 0) {
        *ret_value = value_from_text(text);
        r = *ret_value ? 0 : -EBADMSG;
    }
    return r < 0 ? error_set(err, r, "cannot read %s of %s %s: %s", file_of(change),
                             device_of(change), queue_of(change), strerror(-r))
                 : 0;
}

/* As the file takes it. The caller frees; NULL when out of memory. */
static char *text_of_value(const json_t *value)
{
    autoset hwloc_bitmap_t cpus = member_set(value, "cpus");

    return cpus ? set_format_mask(cpus) : NULL;
}

static int explain_write(const struct change *change, int code, struct np_error *err)
{
    error_set(err, code, "cannot set %s of %s %s: %s", file_of(change), device_of(change),
              queue_of(change), strerror(-code));
    if (code == -EACCES || code == -EPERM)
        error_hint(err, "run this as root (CAP_NET_ADMIN)");
    else if (code == -EROFS)
        error_hint(err, "/sys is mounted read-only here, as containers have it: run this outside");
    return code;
}

static int refuse_gone(const struct change *change, struct np_error *err)
{
    error_set(err, -ESTALE, "%s has no queue %s any more", device_of(change), queue_of(change));
    error_hint(err, "its queues were changed, or the device is gone: plan again");
    return -ESTALE;
}

static int queue_read(const struct change_context *context, struct change *change,
                      struct np_error *err)
{
    autofree char *text = NULL;
    int r;

    if (!has_device(context, change))
        return refuse_gone(change, err);
    r = root_read_former(context->root, &text, QUEUE_FILE, device_of(change), queue_of(change),
                         file_of(change));
    if (r == -ENOENT)
        return refuse_gone(change, err);
    if (r < 0)
        return explain_write(change, r, err);
    change->old = value_from_text(text);
    return change->old ? 0 : -EBADMSG;
}

static int put_value(const struct change_context *context, const struct change *change,
                     const json_t *value, struct np_error *err)
{
    autofree char *text = text_of_value(value);
    int r = text ? root_write(context->root, text, QUEUE_FILE, device_of(change), queue_of(change),
                              file_of(change))
                 : -ENOMEM;

    return r < 0 ? explain_write(change, r, err) : 0;
}

static int queue_make(const struct change_context *context, struct change *change,
                      struct np_error *err)
{
    return put_value(context, change, change->wanted, err);
}

/* Sets as sets: the kernel writes as many digits as it has CPUs. */
static bool same_value(const json_t *a, const json_t *b)
{
    autoset hwloc_bitmap_t left = member_set(a, "cpus");
    autoset hwloc_bitmap_t right = member_set(b, "cpus");

    return left && right && hwloc_bitmap_isequal(left, right);
}

static int queue_look(const struct change_context *context, const struct change *change,
                      json_t **ret_now, struct np_error *err)
{
    int r = get_value(context, change, ret_now, err);

    if (r == -ENODEV) {
        *ret_now = json_null();
        return STANDING_GONE;
    }
    if (r < 0)
        return r;
    if (same_value(*ret_now, change->wanted))
        return STANDING_IN_PLACE;
    return same_value(*ret_now, change->old) ? STANDING_FORMER : STANDING_FOREIGN;
}

/* "0-3", "none". */
static const char *value_text(const json_t *value)
{
    const char *cpus = member_text(value, "cpus");

    return cpus[0] ? cpus : "none";
}

static int queue_undo(const struct change_context *context, const struct change *change,
                      struct np_error *err)
{
    autojson json_t *now = NULL;
    int r = get_value(context, change, &now, err);

    if (r == -ENODEV)
        return UNDO_GONE;
    if (r < 0)
        return r;
    if (same_value(now, change->old))
        return UNDO_DONE;
    if (!context->force && !same_value(now, change->wanted)) {
        error_set(err, -EBUSY, "%s %s: %s were set to %s by somebody else", device_of(change),
                  queue_of(change), title_of(change), value_text(now));
        error_hint(err, "--force puts back what it was before us");
        return UNDO_FOREIGN;
    }
    r = put_value(context, change, change->old, err);
    return r < 0 ? r : UNDO_DONE;
}

static char *queue_describe(const struct change *change)
{
    char *text;

    return asprintf(&text, "%s %s: %s %s -> %s", device_of(change), queue_of(change),
                    title_of(change), value_text(change->old), value_text(change->wanted)) < 0
               ? NULL
               : text;
}

static char *queue_tell(const struct change *change, const json_t *now)
{
    char *text;

    return asprintf(&text, "%s %s", title_of(change), value_text(now)) < 0 ? NULL : text;
}

const struct change_kind kind_queue = {
    .name = "queue",
    .evident = true,
    .read = queue_read,
    .make = queue_make,
    .look = queue_look,
    .undo = queue_undo,
    .describe = queue_describe,
    .tell = queue_tell,
};
