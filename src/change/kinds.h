/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CHANGE_KINDS_H
#define CHANGE_KINDS_H

/* One kind a file, kind-<name>.c, and what they share. Adding one: the file, an id in change.h, a
 * line here, a row in change.c. */

#include "change.h"
#include "proc.h"

extern const struct change_kind kind_controller;
extern const struct change_kind kind_cgroup;
extern const struct change_kind kind_attach;
extern const struct change_kind kind_spawn;
extern const struct change_kind kind_affinity;
extern const struct change_kind kind_migrate;
extern const struct change_kind kind_irq;
extern const struct change_kind kind_queue;
extern const struct change_kind kind_irqbalance_stop;
extern const struct change_kind kind_irqbalance_ban;

/* {"pid":..,"start":..,"comm":..}; comm may be NULL. A new reference, NULL when out of memory. */
json_t *subject_of_process(const struct proc_id *id, const char *comm);
/* The process of such a subject; pid 0 when there is none yet. */
struct proc_id subject_process(const json_t *subject);
/* "pid 812 (redis-server)" for messages, cut to size. Returns text. */
#define SUBJECT_TEXT_MAX 64
const char *subject_text(const json_t *subject, char text[SUBJECT_TEXT_MAX]);

/* -ESRCH with a message when the process of the subject has ended. */
int subject_alive(const struct change_context *context, const struct change *change,
                  struct np_error *err);

/* A string member, "" when there is none. */
const char *member_text(const json_t *object, const char *key);
/* A member in list format as a set; never NULL but when out of memory. The caller frees. */
hwloc_bitmap_t member_set(const json_t *object, const char *key);
/* A set as a JSON string. */
json_t *set_to_json(hwloc_const_bitmap_t set);

#endif
