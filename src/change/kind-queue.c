/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kind "queue": which CPUs send through a queue of a network device (XPS), which ones work on what
 * it receives (RPS), and how many flows it steers (RFS). A name of a device may come back as
 * another device; its ifindex does not.
 */

#include "kinds.h"
#include "set.h"

#include <string.h>

#define QUEUE_FILE "sys/class/net/%s/queues/%s/%s"

/* What is in each file, and what that is called for people. */
static const struct file {
    const char *name;
    const char *key; /* in a value: "cpus" a set, "flows" a number */
    const char *title;
} files[] = {
    {"xps_cpus", "cpus", "sending CPUs (XPS)"},
    {"rps_cpus", "cpus", "receiving CPUs (RPS)"},
    {"rps_flow_cnt", "flows", "steered flows (RFS)"},
};

static const char *device_of(const struct change *change)
{
    return member_text(change->subject, "device");
}

static const char *queue_of(const struct change *change)
{
    return member_text(change->subject, "queue");
}

/* A file that is none of them comes from a journal that was tampered with: it is read as CPUs. */
static const struct file *file_of(const struct change *change)
{
    const char *name = member_text(change->subject, "file");

    for (size_t i = 1; i < ARRAY_SIZE(files); i++) {
        if (strcmp(files[i].name, name) == 0)
            return &files[i];
    }
    return &files[0];
}

static bool is_flows(const struct change *change)
{
    return strcmp(file_of(change)->key, "flows") == 0;
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

static json_t *value_from_text(const struct change *change, const char *text)
{
    autoset hwloc_bitmap_t cpus = NULL;
    char *end;
    unsigned long long flows;

    if (!is_flows(change))
        return set_parse_mask(text, &cpus, NULL) < 0
                   ? NULL
                   : json_pack("{s:o}", "cpus", set_to_json(cpus));
    flows = strtoull(text, &end, 10);
    return end == text || *end ? NULL : json_pack("{s:I}", "flows", (json_int_t)flows);
}

/* -ENODEV without a message: the queue is gone. */
static int get_value(const struct change_context *context, const struct change *change,
                     json_t **ret_value, struct np_error *err)
{
    autofree char *text = NULL;
    int r = -ENOENT;

    if (has_device(context, change))
        r = root_read_value(context->root, &text, QUEUE_FILE, device_of(change), queue_of(change),
                            file_of(change)->name);
    if (r == -ENOENT)
        return -ENODEV;
    if (r == 0) {
        *ret_value = value_from_text(change, text);
        r = *ret_value ? 0 : -EBADMSG;
    }
    return r < 0 ? error_set(err, r, "cannot read %s of %s %s: %s", file_of(change)->name,
                             device_of(change), queue_of(change), strerror(-r))
                 : 0;
}

/* As the file takes it. The caller frees; NULL when out of memory. */
static char *text_of_value(const struct change *change, const json_t *value)
{
    autoset hwloc_bitmap_t cpus = NULL;
    char *text;

    if (is_flows(change))
        return asprintf(&text, "%lld",
                        (long long)json_integer_value(json_object_get(value, "flows"))) < 0
                   ? NULL
                   : text;
    cpus = member_set(value, "cpus");
    return cpus ? set_format_mask(cpus) : NULL;
}

static int explain_write(const struct change *change, int code, struct np_error *err)
{
    error_set(err, code, "cannot set %s of %s %s: %s", file_of(change)->name, device_of(change),
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
                         file_of(change)->name);
    if (r == -ENOENT)
        return refuse_gone(change, err);
    if (r < 0)
        return explain_write(change, r, err);
    change->old = value_from_text(change, text);
    return change->old ? 0 : -EBADMSG;
}

static int put_value(const struct change_context *context, const struct change *change,
                     const json_t *value, struct np_error *err)
{
    autofree char *text = text_of_value(change, value);
    int r = text ? root_write(context->root, text, QUEUE_FILE, device_of(change), queue_of(change),
                              file_of(change)->name)
                 : -ENOMEM;

    return r < 0 ? explain_write(change, r, err) : 0;
}

static int queue_make(const struct change_context *context, struct change *change,
                      struct np_error *err)
{
    return put_value(context, change, change->wanted, err);
}

/* Sets as sets: the kernel writes as many digits as it has CPUs. */
static bool same_value(const struct change *change, const json_t *a, const json_t *b)
{
    const char *key = file_of(change)->key;
    autoset hwloc_bitmap_t left = NULL, right = NULL;

    if (is_flows(change))
        return json_equal(json_object_get(a, key), json_object_get(b, key));
    left = member_set(a, key);
    right = member_set(b, key);
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
    if (same_value(change, *ret_now, change->wanted))
        return STANDING_IN_PLACE;
    return same_value(change, *ret_now, change->old) ? STANDING_FORMER : STANDING_FOREIGN;
}

/* "0-3", "none", "4096". The caller frees. */
static char *value_text(const struct change *change, const json_t *value)
{
    const char *cpus = member_text(value, "cpus");

    if (is_flows(change))
        return text_of_value(change, value);
    return strdup(cpus[0] ? cpus : "none");
}

static int queue_undo(const struct change_context *context, const struct change *change,
                      struct np_error *err)
{
    autofree char *text = NULL;
    autojson json_t *now = NULL;
    int r = get_value(context, change, &now, err);

    if (r == -ENODEV)
        return UNDO_GONE;
    if (r < 0)
        return r;
    if (same_value(change, now, change->old))
        return UNDO_DONE;
    if (!context->force && !same_value(change, now, change->wanted)) {
        text = value_text(change, now);
        error_set(err, -EBUSY, "%s %s: %s were set to %s by somebody else", device_of(change),
                  queue_of(change), file_of(change)->title, text ? text : "other ones");
        error_hint(err, "--force puts back what it was before us");
        return UNDO_FOREIGN;
    }
    r = put_value(context, change, change->old, err);
    return r < 0 ? r : UNDO_DONE;
}

static char *queue_describe(const struct change *change)
{
    autofree char *old = value_text(change, change->old);
    autofree char *wanted = value_text(change, change->wanted);
    char *text;

    return !old || !wanted ||
                   asprintf(&text, "%s %s: %s %s -> %s", device_of(change), queue_of(change),
                            file_of(change)->title, old, wanted) < 0
               ? NULL
               : text;
}

static char *queue_tell(const struct change *change, const json_t *now)
{
    autofree char *value = value_text(change, now);
    char *text;

    return !value || asprintf(&text, "%s %s", file_of(change)->title, value) < 0 ? NULL : text;
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
