/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON that the kinds share: processes as subjects, sets as values. */

#include "kinds.h"
#include "set.h"

json_t *subject_of_process(const struct proc_id *id, const char *comm)
{
    json_t *subject =
        json_pack("{s:i, s:I}", "pid", (int)id->pid, "start", (json_int_t)id->start_ticks);

    /* A command name is any bytes; one that is not UTF-8 is left out: it is for people only. */
    if (subject && comm)
        (void)json_object_set_new(subject, "comm", json_string(comm));
    return subject;
}

struct proc_id subject_process(const json_t *subject)
{
    return (struct proc_id){
        .pid = (pid_t)json_integer_value(json_object_get(subject, "pid")),
        .start_ticks = (uint64_t)json_integer_value(json_object_get(subject, "start")),
    };
}

const char *subject_text(const json_t *subject, char text[SUBJECT_TEXT_MAX])
{
    struct proc_id id = subject_process(subject);
    const char *comm = json_string_value(json_object_get(subject, "comm"));

    if (comm)
        (void)snprintf(text, SUBJECT_TEXT_MAX, "pid %d (%s)", (int)id.pid, comm);
    else
        (void)snprintf(text, SUBJECT_TEXT_MAX, "pid %d", (int)id.pid);
    return text;
}

int subject_alive(const struct change_context *context, const struct change *change,
                  struct np_error *err)
{
    struct proc_id id = subject_process(change->subject);
    char text[SUBJECT_TEXT_MAX];

    if (proc_is_same(context->root, &id))
        return 0;
    return error_set(err, -ESRCH, "%s of \"%s\" has ended", subject_text(change->subject, text),
                     change->instance);
}

const char *member_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

hwloc_bitmap_t member_set(const json_t *object, const char *key)
{
    hwloc_bitmap_t set = NULL;

    return set_parse_list(member_text(object, key), &set, NULL) < 0 ? hwloc_bitmap_alloc() : set;
}

json_t *set_to_json(hwloc_const_bitmap_t set)
{
    autofree char *text = set_format(set);

    return text ? json_string(text) : NULL;
}
