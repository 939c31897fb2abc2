/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CHANGE_CHANGE_H
#define CHANGE_CHANGE_H

/*
 * A change is one reversible step of one kind. A kind is one file that can read the present value,
 * make the change, look at it again and undo it. Values are JSON, so that the journal can keep any
 * of them and a person can read them.
 *
 * The order of things is the same for every transaction: read all old values, write them to the
 * journal, then make one change after the other and note each in the journal. A crash between any
 * two leaves what rollback can finish.
 */

#include "error.h"
#include "root.h"

#include <jansson.h>
#include <signal.h>

enum change_kind_id {
    CHANGE_CONTROLLER, /* cgroup v2: the cpuset controller enabled for the children of a cgroup */
    CHANGE_CGROUP,     /* a cpuset cgroup created, or its cpus and mems set */
    CHANGE_ATTACH,     /* a process moved into a cgroup */
    CHANGE_SPAWN,      /* a command started, bound at birth */
    CHANGE_AFFINITY,   /* CPUs of all threads of a running process */
    CHANGE_MIGRATE,    /* pages of a running process moved between nodes */
    CHANGE_IRQ,        /* CPUs that may take an interrupt */
    CHANGE_QUEUE,      /* CPUs that work for a queue of a network device: XPS, RPS */
    CHANGE_IRQBALANCE_STOP, /* irqbalance ended */
    CHANGE_IRQBALANCE_BAN,  /* irqbalance told to leave interrupts alone */
    CHANGE_KIND_COUNT,
};

/* Where a change is in its life. "Intended" may have been made, in part too: after a crash nobody
 * knows, so rollback looks. */
enum change_state {
    CHANGE_INTENDED,
    CHANGE_MADE,
    CHANGE_UNDONE,   /* the former value is back */
    CHANGE_LEFT,     /* somebody else changed it since: left as it is */
    CHANGE_VANISHED, /* its subject no longer exists */
    CHANGE_STUCK,    /* could not be put back; rollback may be run again */
    CHANGE_STATE_COUNT,
};

struct change {
    int64_t id; /* in the journal; 0 before it is there */
    enum change_kind_id kind;
    enum change_state state;
    bool shared;     /* other transactions may need it too: the last of them puts it back */
    char *instance;  /* whose change it is */
    json_t *subject; /* what is changed: {"pid":..,"start":..}, {"path":..}; completed by make()
                        where it creates */
    json_t *wanted;  /* the value to have */
    json_t *old;     /* the value before; NULL until read, JSON null: there was none */
    json_t *found;   /* what look() found when the rollback began; NULL before that */
    char *note;      /* what went wrong with it, for people; NULL nothing */
};

struct changes {
    struct change *list;
    unsigned int n;
};

struct cpuset;
struct journal;

/* What everything in this layer works on. */
struct change_context {
    const struct root *root;
    struct journal *journal;
    const struct cpuset *cpuset; /* NULL: no cpuset cgroups here */
    bool force;                  /* undo what somebody else changed, too */
    /* Called between any two steps, for tests that stop there; NULL in a program. */
    void (*step)(void *data, const char *name);
    void *step_data;
    /* The signal that asks to end, 0 none yet: looked at before each change. NULL: nobody asks. */
    const volatile sig_atomic_t *stop;
};

static inline void context_step(const struct change_context *context, const char *name)
{
    if (context->step)
        context->step(context->step_data, name);
}

/* 0, or -EINTR with a message that names the signal. */
int context_stopped(const struct change_context *context, struct np_error *err);

/* How a change stands now. Negative errno: could not be looked at. */
enum standing {
    STANDING_IN_PLACE = 0,
    STANDING_FORMER = 1,  /* everything has its old value */
    STANDING_MIXED = 2,   /* part has its old value, part the wanted one */
    STANDING_FOREIGN = 3, /* somebody else gave it another value */
    STANDING_GONE = 4,    /* the subject no longer exists */
    STANDING_PENDING = 5, /* it has the wanted value, and the kernel acts on it later */
};

enum undo_outcome {
    UNDO_DONE = 0,
    UNDO_GONE = 1,    /* the subject no longer exists: nothing to put back */
    UNDO_FOREIGN = 2, /* somebody else changed it since: said in err, left as it is */
};

struct change_kind {
    const char *name; /* in the journal and in output: stable */

    /* A thread's mask and a page's node can only be set to what the cpuset around them allows, on
     * the way in and on the way out. So what settles is made after, and undone after, all that
     * encloses. */
    bool settles;

    /* look() alone tells whether it was made, and undo() needs nothing that make() found out: it is
     * written to the journal as made together with all others, not before the next is made. */
    bool evident;

    /* The present value into change->old. Changes nothing; refuses (with a message) what make()
     * could not do. */
    int (*read)(const struct change_context *context, struct change *change, struct np_error *err);

    int (*make)(const struct change_context *context, struct change *change, struct np_error *err);

    /* enum standing, and *ret_now: the value now (JSON null when gone), a new reference. */
    int (*look)(const struct change_context *context, const struct change *change, json_t **ret_now,
                struct np_error *err);

    /* enum undo_outcome. change->found is set. Must be harmless on what is not made or already
     * undone. */
    int (*undo)(const struct change_context *context, const struct change *change,
                struct np_error *err);

    /* One line for people: "pid 812 (redis-server): CPUs 0-7 -> 4-5". The caller frees. */
    char *(*describe)(const struct change *change);

    /* A value that look() found, in words that go on after "now: ": "CPUs 0-1". The caller frees.
     */
    char *(*tell)(const struct change *change, const json_t *now);
};

const struct change_kind *change_kind(enum change_kind_id kind);
/* -1 for a name that is no kind's. */
int change_kind_from_name(const char *name);
const char *change_state_name(enum change_state state);
int change_state_from_name(const char *name);
const char *standing_name(enum standing standing);
/* By its kind; "gone" for JSON null. The caller frees; NULL when out of memory. */
char *change_tell(const struct change *change, const json_t *now);

void change_fini(struct change *change);

/* Appends a change of instance about subject; takes over both JSON values, also on failure (NULL
 * means out of memory). -ENOMEM. */
int changes_add(struct changes *changes, enum change_kind_id kind, const char *instance,
                json_t *subject, json_t *wanted);
void changes_fini(struct changes *changes);

static inline void cleanup_json(json_t **json)
{
    json_decref(*json);
}
#define autojson CLEANUP(cleanup_json)

#endif
