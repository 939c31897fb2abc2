/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From placements to changes. A command gets a cgroup and is born in it; a running process gets a
 * cgroup, moves into it, and then its threads and pages settle; of an existing cgroup the values
 * change, and the threads and pages of its processes settle.
 */

#include "changes-from-plan.h"

#include "bind.h"
#include "cpuset.h"
#include "kinds.h"
#include "numa-calls.h"
#include "set.h"

#include <string.h>

/* One instance on its way into the list. */
struct work {
    const struct change_context *context;
    const struct plan *plan;
    const struct placement *placement;
    struct changes *changes;
    struct applied *applied;
    struct np_error *err;
};

static const char *name_of(const struct work *work)
{
    return work->placement->instance->name;
}

static json_t *subject_path(const char *path)
{
    return json_pack("{s:s}", "path", path);
}

static int add_shared(const struct work *work, enum change_kind_id kind, const char *path,
                      json_t *wanted)
{
    autojson json_t *subject = subject_path(path);
    struct changes *changes = work->changes;
    int r;

    for (unsigned int i = 0; i < changes->n; i++) {
        if (changes->list[i].kind == kind && json_equal(changes->list[i].subject, subject)) {
            json_decref(wanted);
            return 0; /* for an instance before this one */
        }
    }
    r = changes_add(changes, kind, name_of(work), json_incref(subject), wanted);
    if (r == 0)
        changes->list[changes->n - 1].shared = true;
    return r;
}

/* Version 1 gives a new cgroup nothing, so ours gets all that is above; in version 2 empty means
 * that. */
static json_t *parent_values(const struct change_context *context)
{
    autofree char *cpus = NULL, *mems = NULL;

    if (context->cpuset->version == 1) {
        (void)cpuset_get(context->root, context->cpuset, "", "cpuset.cpus", &cpus);
        (void)cpuset_get(context->root, context->cpuset, "", "cpuset.mems", &mems);
    }
    return json_pack("{s:b, s:s, s:s}", "create", 1, "mems", mems ? mems : "", "cpus",
                     cpus ? cpus : "");
}

/* What all our cgroups need above them. */
static int add_parent(const struct work *work)
{
    const char *parent = work->context->cpuset->parent;
    bool v2 = work->context->cpuset->version == 2;
    int r = 0;

    if (v2)
        r = add_shared(work, CHANGE_CONTROLLER, "", json_pack("{s:b}", "cpuset", 1));
    if (r == 0)
        r = add_shared(work, CHANGE_CGROUP, parent, parent_values(work->context));
    if (r == 0 && v2)
        r = add_shared(work, CHANGE_CONTROLLER, parent, json_pack("{s:b}", "cpuset", 1));
    return r;
}

/* The CPUs: all usable ones for an instance that wants none in particular. The caller frees. */
static hwloc_bitmap_t cpus_of(const struct work *work)
{
    return hwloc_bitmap_iszero(work->placement->cpus) ? machine_usable_cpus(work->plan->machine)
                                                      : hwloc_bitmap_dup(work->placement->cpus);
}

/* The nodes that its cpuset allows: "preferred" may spill over to any. The caller frees. */
static hwloc_bitmap_t allowed_nodes(const struct work *work)
{
    bool any = work->placement->instance->memory_policy == MEMORY_POLICY_PREFERRED ||
               hwloc_bitmap_iszero(work->placement->mem_nodes);

    return any ? machine_usable_nodes(work->plan->machine)
               : hwloc_bitmap_dup(work->placement->mem_nodes);
}

static json_t *cgroup_values(const struct work *work, bool create)
{
    autoset hwloc_bitmap_t cpus = cpus_of(work);
    autoset hwloc_bitmap_t nodes = allowed_nodes(work);
    json_t *wanted;

    if (!cpus || !nodes)
        return NULL;
    wanted = json_pack("{s:o, s:o}", "mems", set_to_json(nodes), "cpus", set_to_json(cpus));
    if (wanted && create && json_object_set_new(wanted, "create", json_true()) < 0) {
        json_decref(wanted);
        return NULL;
    }
    return wanted;
}

/* A cgroup for the instance; its path goes to applied->cgroup. */
static int add_cgroup(const struct work *work)
{
    autofree char *name = cpuset_name(name_of(work));
    int r = name ? add_parent(work) : -ENOMEM;

    if (r < 0)
        return r;
    if (asprintf(&work->applied->cgroup, "%s/%s", work->context->cpuset->parent, name) < 0) {
        work->applied->cgroup = NULL;
        return -ENOMEM;
    }
    return changes_add(work->changes, CHANGE_CGROUP, name_of(work),
                       subject_path(work->applied->cgroup), cgroup_values(work, true));
}

/* "local" is a promise about nodes, so it binds too; within them the kernel takes the nearest. */
static int policy_mode(const struct placement *placement)
{
    if (hwloc_bitmap_iszero(placement->mem_nodes))
        return BINDING_KEEP_POLICY;
    switch (placement->instance->memory_policy) {
    case MEMORY_POLICY_PREFERRED:
        return hwloc_bitmap_weight(placement->mem_nodes) == 1 ? MPOL_PREFERRED
                                                              : MPOL_PREFERRED_MANY;
    case MEMORY_POLICY_INTERLEAVE:
        return MPOL_INTERLEAVE;
    case MEMORY_POLICY_WEIGHTED_INTERLEAVE:
        return NUMA_MPOL_WEIGHTED_INTERLEAVE;
    case MEMORY_POLICY_LOCAL:
    case MEMORY_POLICY_BIND:
        break;
    }
    return MPOL_BIND;
}

static json_t *argv_value(char *const *argv)
{
    json_t *words = json_array();

    for (; words && *argv; argv++) {
        if (json_array_append_new(words, json_string(*argv)) < 0) {
            json_decref(words);
            return NULL;
        }
    }
    return words;
}

static int add_spawn(const struct work *work)
{
    const struct placement *placement = work->placement;
    const char *cgroup = work->applied->cgroup ? work->applied->cgroup : "";
    autofree char *name = cpuset_name(name_of(work)), *log = NULL;

    if (!name ||
        asprintf(&log, "%s/log/%s.log", journal_directory(work->context->journal), name) < 0) {
        log = NULL;
        return -ENOMEM;
    }
    return changes_add(work->changes, CHANGE_SPAWN, name_of(work), json_object(),
                       json_pack("{s:o, s:o, s:o, s:i, s:s, s:s, s:s}", "argv",
                                 argv_value(placement->instance->run), "cpus",
                                 set_to_json(placement->cpus), "nodes",
                                 set_to_json(placement->mem_nodes), "mode", policy_mode(placement),
                                 "policy", memory_policy_name(placement->instance->memory_policy),
                                 "cgroup", cgroup, "log", log));
}

static json_t *shares_value(const struct placement *placement)
{
    json_t *shares = json_object();

    for (unsigned int i = 0; shares && i < placement->n_shares; i++) {
        char node[16];

        (void)snprintf(node, sizeof(node), "%u", placement->shares[i].node);
        if (json_object_set_new(shares, node,
                                json_integer((json_int_t)placement->shares[i].bytes)) < 0) {
            json_decref(shares);
            return NULL;
        }
    }
    return shares;
}

/* Threads and pages of a process that runs already. */
static int add_settling(const struct work *work, json_t *subject)
{
    const struct placement *placement = work->placement;
    enum memory_policy policy = placement->instance->memory_policy;
    bool every_page =
        policy == MEMORY_POLICY_INTERLEAVE || policy == MEMORY_POLICY_WEIGHTED_INTERLEAVE;
    int r = 0;

    if (!hwloc_bitmap_iszero(placement->cpus))
        r = changes_add(work->changes, CHANGE_AFFINITY, name_of(work), json_incref(subject),
                        json_pack("{s:o}", "cpus", set_to_json(placement->cpus)));
    if (r == 0 && !hwloc_bitmap_iszero(placement->mem_nodes))
        r = changes_add(work->changes, CHANGE_MIGRATE, name_of(work), json_incref(subject),
                        json_pack("{s:o, s:o, s:b}", "nodes", set_to_json(placement->mem_nodes),
                                  "shares", shares_value(placement), "every_page", every_page));
    return r;
}

static int identify(const struct work *work, pid_t pid, json_t **ret_subject,
                    struct proc_id *ret_id)
{
    autofree char *comm = NULL;
    int r = proc_identify(work->context->root, pid, ret_id);

    if (r < 0)
        return error_set(work->err, r, "\"%s\": there is no process %d", name_of(work), (int)pid);
    (void)proc_comm(work->context->root, pid, &comm); /* for people only */
    *ret_subject = subject_of_process(ret_id, comm);
    return *ret_subject ? 0 : -ENOMEM;
}

static int add_process(const struct work *work)
{
    autojson json_t *subject = NULL;
    int r = identify(work, work->placement->instance->pid, &subject, &work->applied->id);

    if (r == 0 && work->context->cpuset) {
        r = add_cgroup(work);
        if (r == 0)
            r = changes_add(work->changes, CHANGE_ATTACH, name_of(work), json_incref(subject),
                            json_pack("{s:s}", "cgroup", work->applied->cgroup));
    }
    return r < 0 ? r : add_settling(work, subject);
}

static int add_command(const struct work *work)
{
    int r = work->context->cpuset ? add_cgroup(work) : 0;

    return r < 0 ? r : add_spawn(work);
}

static int add_members(const struct work *work, const char *path)
{
    autofree pid_t *pids = NULL;
    size_t n = 0;
    int r = cpuset_processes(work->context->root, work->context->cpuset, path, &pids, &n);

    if (r < 0) {
        error_set(work->err, r, "\"%s\": cannot read the processes of cgroup /%s: %s",
                  name_of(work), path, strerror(-r));
        return r;
    }
    for (size_t i = 0; r == 0 && i < n; i++) {
        autojson json_t *subject = NULL;
        struct proc_id id;

        r = identify(work, pids[i], &subject, &id);
        if (r == -ESRCH)
            r = 0; /* it has just ended: not a member any more */
        else if (r == 0)
            r = add_settling(work, subject);
    }
    return r;
}

static int add_existing_cgroup(const struct work *work)
{
    const char *path = work->placement->instance->target_name;
    int r;

    path += strspn(path, "/");
    work->applied->cgroup = strdup(path);
    if (!work->applied->cgroup)
        return -ENOMEM;
    r = changes_add(work->changes, CHANGE_CGROUP, name_of(work), subject_path(path),
                    cgroup_values(work, false));
    return r < 0 ? r : add_members(work, path);
}

static int add_instance(const struct work *work)
{
    switch (work->placement->instance->target) {
    case TARGET_RUN:
        return add_command(work);
    case TARGET_PID:
        return add_process(work);
    case TARGET_CGROUP:
        return add_existing_cgroup(work);
    case TARGET_NONE: /* only planned */
    case TARGET_UNIT: /* refused by preflight */
    case TARGET_VM:
        break;
    }
    return 0;
}

static int fill_applied(const struct placement *placement, struct applied *applied)
{
    size_t size = placement->n_shares * sizeof(*applied->shares);

    applied->instance = strdup(placement->instance->name);
    applied->same_boot = true;
    applied->cpus = hwloc_bitmap_dup(placement->cpus);
    applied->mem_nodes = hwloc_bitmap_dup(placement->mem_nodes);
    applied->policy = placement->instance->memory_policy;
    applied->shares = malloc(size ? size : 1);
    if (!applied->instance || !applied->cpus || !applied->mem_nodes || !applied->shares)
        return -ENOMEM;
    if (size)
        memcpy(applied->shares, placement->shares, size);
    applied->n_shares = placement->n_shares;
    return 0;
}

int changes_from_plan(const struct change_context *context, const struct plan *plan,
                      struct changes *changes, struct applied **ret_applied, struct np_error *err)
{
    struct applied *applied = calloc(plan->n_placements + 1, sizeof(*applied));
    int r = applied ? 0 : -ENOMEM;

    for (unsigned int i = 0; r == 0 && i < plan->n_placements; i++) {
        struct work work = {context, plan, &plan->placements[i], changes, &applied[i], err};

        r = fill_applied(work.placement, work.applied);
        if (r == 0)
            r = add_instance(&work);
    }
    if (r < 0) {
        applied_free(applied, plan->n_placements);
        return r;
    }
    *ret_applied = applied;
    return 0;
}
