/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CHANGE_CHANGE_H
#define CHANGE_CHANGE_H

/*
 * A change is one reversible step of one kind. A kind is one file that can read the present value,
 * make the change, read it back and undo it. Values are texts, so that the journal can keep any of
 * them and a person can read them.
 *
 * The order of things is the same for every kind: read the old value, write the journal, make the
 * change, read it back, write the journal. A crash between any two leaves what rollback can finish.
 */

#include "error.h"
#include "root.h"

#include <jansson.h>

enum change_kind_id {
    CHANGE_CGROUP,   /* a cpuset cgroup created, or its cpus and mems set */
    CHANGE_ATTACH,   /* a process moved into a cgroup */
    CHANGE_SPAWN,    /* a command started, bound at birth */
    CHANGE_AFFINITY, /* CPUs of all threads of a running process */
    CHANGE_MIGRATE,  /* pages of a running process moved between nodes */
    CHANGE_KIND_COUNT,
};

struct change {
    enum change_kind_id kind;
    char *instance;  /* whose change it is */
    json_t *subject; /* what is changed: {"pid":..,"start":..}, {"path":..}; completed by make()
                        where it creates */
    json_t *wanted;  /* the value to have */
    json_t *old;     /* the value before; NULL until read */
};

/* What everything in this layer works on. */
struct change_context {
    const struct root *root;
    struct journal *journal;
};

enum undo_outcome {
    UNDO_DONE = 0,
    UNDO_GONE = 1,    /* the subject no longer exists: nothing to put back */
    UNDO_FOREIGN = 2, /* somebody else changed it since: reported in err, left as it is */
};

struct change_kind {
    const char *name; /* in the journal and in output: stable */
    /* The present value into change->old. */
    int (*read)(const struct change_context *context, struct change *change, struct np_error *err);
    int (*make)(const struct change_context *context, struct change *change, struct np_error *err);
    /* 0 and *ret_now (the value now, new reference): equal to wanted when in place. -ESRCH gone. */
    int (*look)(const struct change_context *context, const struct change *change, json_t **ret_now,
                struct np_error *err);
    int (*undo)(const struct change_context *context, const struct change *change,
                struct np_error *err);
    /* One line for people: "pid 812 (redis-server): CPUs 0-7 -> 4-5". The caller frees. */
    char *(*describe)(const struct change *change);
};

extern const struct change_kind *const change_kinds[CHANGE_KIND_COUNT];

void change_fini(struct change *change);

#endif
