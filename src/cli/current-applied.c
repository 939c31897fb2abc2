/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where instances are now: what the journal says is applied, and what is found of it. Threads that
 * may run elsewhere by now, and pages that came to lie elsewhere, count where they are.
 */

#include "applied-processes.h"
#include "change-session.h"
#include "cli-replan.h"
#include "observation.h"

#include <string.h>

/* What a policy governs and is a process's own; page cache and program text follow nobody. */
#define OWN (1u << MAPPING_ANON | 1u << MAPPING_HEAP | 1u << MAPPING_STACK | 1u << MAPPING_HUGE)
/* What several may map is counted once, with the first process, which started the others. */
#define SHARED (1u << MAPPING_SHARED)

/* Where its threads may run. */
static int add_threads(const struct observation *observation, struct current_instance *instance)
{
    for (unsigned int i = 0; i < observation->n_threads; i++) {
        if (hwloc_bitmap_or(instance->cpus, instance->cpus, observation->threads[i].cpus_allowed) <
            0)
            return -ENOMEM;
    }
    return 0;
}

static int add_pages(const struct observation *observation, unsigned int classes,
                     struct current_instance *instance)
{
    autoset hwloc_bitmap_t nodes = observation_nodes(observation);
    int r = nodes ? 0 : -ENOMEM;

    if (r < 0)
        return r;
    for (int node = hwloc_bitmap_first(nodes); r == 0 && node >= 0;
         node = hwloc_bitmap_next(nodes, node))
        r = current_add_bytes(instance, (unsigned int)node,
                              observation_bytes(observation, classes, (unsigned int)node));
    return r;
}

static int observe(const struct root *root, pid_t pid, unsigned int classes,
                   struct current_instance *instance, struct np_error *err)
{
    autoobservation struct observation *observation = NULL;
    int r = observe_process(root, pid, OBSERVE_ALL, &observation, err);

    if (r == 0)
        r = observation_need_pages(observation, err);
    if (r == 0)
        r = add_threads(observation, instance);
    return r < 0 ? r : add_pages(observation, classes, instance);
}

/* Only planned, for somebody else to start: nobody knows its processes, so it is where it was told
 * to be. */
static int take_as_planned(const struct applied *applied, struct current_instance *instance)
{
    int r = hwloc_bitmap_copy(instance->cpus, applied->cpus) < 0 ? -ENOMEM : 0;

    for (unsigned int i = 0; r == 0 && i < applied->n_shares; i++)
        r = current_add_bytes(instance, applied->shares[i].node, applied->shares[i].bytes);
    return r;
}

/* All of the instance that still runs. What has ended since is nowhere. */
static int take_as_found(const struct root *root, const struct pids *pids, struct current *current,
                         const char *name, struct np_error *err)
{
    struct current_instance *instance = NULL;

    for (size_t i = 0; i < pids->n; i++) {
        int r;

        if (!instance)
            instance = current_add(current, name);
        if (!instance)
            return -ENOMEM;
        r = observe(root, pids->pids[i], i == 0 ? OWN | SHARED : OWN, instance, err);
        if (r < 0 && r != -ESRCH)
            return r;
    }
    return 0;
}

static int take(const struct root *root, const struct applied *applied, struct current *current,
                struct np_error *err)
{
    struct pids pids = {0};
    int r;

    if (!applied->same_boot || current_find(current, applied->instance))
        return 0;
    if (applied->id.pid == 0 && !applied->cgroup) {
        struct current_instance *instance = current_add(current, applied->instance);

        return instance ? take_as_planned(applied, instance) : -ENOMEM;
    }
    r = applied_processes(root, applied, &pids);
    if (r == 0)
        r = take_as_found(root, &pids, current, applied->instance, err);
    free(pids.pids);
    return r;
}

static int refuse_none(const char *spec_path, struct np_error *err)
{
    error_set(err, -ENOENT, "nothing of %s is applied here", spec_path);
    error_hint(err, "`numaplace status` says what is; --from-plan goes on from a plan");
    return -ENOENT;
}

static int take_all(const struct change_session *session, const char *spec_path,
                    struct current *current, struct np_error *err)
{
    autofree char *file = realpath(spec_path, NULL);
    struct applied *applied = NULL;
    unsigned int n = 0;
    int r = file ? 0 : -errno;

    if (r < 0)
        return error_set(err, r, "%s: %s", spec_path, strerror(-r));
    r = journal_applied(session->context.journal, file, &applied, &n, err);
    if (r == 0 && n == 0)
        r = refuse_none(spec_path, err);
    for (unsigned int i = 0; r == 0 && i < n; i++)
        r = take(session->root, &applied[i], current, err);
    applied_free(applied, n);
    return r;
}

int cli_current_from_applied(const char *spec_path, const char *state_dir,
                             struct current **ret_current, struct np_error *err)
{
    autocurrent struct current *current = calloc(1, sizeof(*current));
    autosession struct change_session session = {0};
    int r = current ? change_session_open(&session, state_dir, true, err) : -ENOMEM;

    if (r == 0)
        r = take_all(&session, spec_path, current, err);
    if (r < 0)
        return r;
    *ret_current = TAKE(current);
    return 0;
}
