/* SPDX-License-Identifier: Apache-2.0 */
/* From numactl's words to CPUs and nodes of this machine. */

#include "run.h"

#include "cli.h"
#include "numa-calls.h"
#include "proc.h"
#include "selection.h"
#include "set.h"

#include <string.h>

/* What this process may use and what there is. NULL: not read yet, or the kernel does not tell. */
struct ground {
    const struct root *root;
    hwloc_bitmap_t granted_cpus;
    hwloc_bitmap_t granted_nodes;
    hwloc_bitmap_t present_cpus;
    hwloc_bitmap_t online_nodes;
};

static void ground_fini(struct ground *ground)
{
    hwloc_bitmap_free(ground->granted_cpus);
    hwloc_bitmap_free(ground->granted_nodes);
    hwloc_bitmap_free(ground->present_cpus);
    hwloc_bitmap_free(ground->online_nodes);
}

static int read_granted(struct ground *ground, struct np_error *err)
{
    int r = proc_allowed(ground->root, 0, &ground->granted_cpus, &ground->granted_nodes);

    if (r == -ENODATA) /* a kernel without NUMA has no Mems_allowed_list */
        r = proc_allowed(ground->root, 0, &ground->granted_cpus, NULL);
    return r < 0 ? error_set(err, r, "cannot read /proc/self/status: %s", strerror(-r)) : 0;
}

static int read_once(struct ground *ground, const char *path, hwloc_bitmap_t *set,
                     struct np_error *err)
{
    int r = *set ? 0 : root_read_set(ground->root, set, "%s", path);

    return r < 0 ? error_set(err, r, "cannot read /%s: %s", path, strerror(-r)) : 0;
}

static int need_present_cpus(struct ground *ground, struct np_error *err)
{
    return read_once(ground, "sys/devices/system/cpu/present", &ground->present_cpus, err);
}

static int need_nodes(const struct ground *ground, struct np_error *err)
{
    if (ground->granted_nodes)
        return 0;
    return error_set(err, -ENOSYS, "this kernel was built without NUMA: it has no nodes");
}

static int need_online_nodes(struct ground *ground, struct np_error *err)
{
    int r = need_nodes(ground, err);

    return r < 0 ? r
                 : read_once(ground, "sys/devices/system/node/online", &ground->online_nodes, err);
}

/* Puts the option and its argument before what is wrong with it. */
static int blame(const struct run_choice *choice, struct np_error *err, int code)
{
    struct np_error inner = *err;

    error_set(err, code, "--%s=%s: %s", choice->option, choice->text,
              inner.code ? inner.text : strerror(-code));
    if (inner.hint[0])
        error_hint(err, "%s", inner.hint);
    return code;
}

static int refuse_outside(const struct ground *ground, const struct run_choice *choice,
                          hwloc_const_bitmap_t outside, struct np_error *err)
{
    bool cpus = choice->kind == CHOOSE_CPUS;
    autoset hwloc_bitmap_t online = NULL;
    autofree char *reason =
        cpus ? bind_reason_cpus(ground->root, outside) : bind_reason_nodes(ground->root, outside);
    autofree char *text = set_format(outside);

    if (!reason || !text)
        return -ENOMEM;
    error_set(err, -ERANGE, "--%s=%s: %s", choice->option, choice->text,
              reason[0] ? reason : "not for this process");
    if (cpus && root_read_set(ground->root, &online, "sys/devices/system/cpu/online") == 0 &&
        hwloc_bitmap_isincluded(outside, online))
        error_hint(err, "if it was taskset that took it away, --all reaches beyond that; a cpuset "
                        "holds");
    else
        error_hint(err, "`numaplace topo` shows what there is for this process");
    return -ERANGE;
}

/* One choice's set in the given scope; naming what is not valid is refused with the reason. */
static int resolve_set(const struct ground *ground, const struct run_choice *choice,
                       const struct selection_scope *scope, hwloc_bitmap_t *ret_set,
                       bool *ret_exact, struct np_error *err)
{
    struct selection selection;
    int r = selection_parse(scope, choice->text, &selection, err);

    if (r < 0)
        return blame(choice, err, r);
    if (!hwloc_bitmap_iszero(selection.outside))
        r = refuse_outside(ground, choice, selection.outside, err);
    if (r == 0) {
        *ret_set = TAKE(selection.set);
        *ret_exact = selection.exact;
    }
    selection_fini(&selection);
    return r;
}

static int resolve_cpus(struct ground *ground, const struct run_request *request,
                        const struct run_choice *choice, struct run_binding *binding,
                        struct np_error *err)
{
    bool beyond = request->all || choice->text[0] == '!';
    int r = beyond ? need_present_cpus(ground, err) : 0;
    hwloc_bitmap_t granted = request->all ? ground->present_cpus : ground->granted_cpus;
    const struct selection_scope scope = {
        .granted = granted, .valid = granted, .universe = ground->present_cpus};
    hwloc_bitmap_t cpus;

    if (r == 0)
        r = resolve_set(ground, choice, &scope, &cpus, &binding->cpus_exact, err);
    if (r < 0)
        return r;
    hwloc_bitmap_free(binding->cpus);
    binding->cpus = cpus;
    return 0;
}

static int cpus_of_nodes(const struct ground *ground, hwloc_const_bitmap_t nodes,
                         hwloc_bitmap_t *ret_cpus)
{
    autoset hwloc_bitmap_t all = hwloc_bitmap_alloc();
    int r = all ? 0 : -ENOMEM;

    for (int node = hwloc_bitmap_first(nodes); r == 0 && node != -1;
         node = hwloc_bitmap_next(nodes, node)) {
        autoset hwloc_bitmap_t cpus = NULL;

        r = root_read_set(ground->root, &cpus, "sys/devices/system/node/node%d/cpulist", node);
        if (r == 0 && hwloc_bitmap_or(all, all, cpus) < 0)
            r = -ENOMEM;
    }
    if (r == 0)
        *ret_cpus = TAKE(all);
    return r;
}

/* -N is about CPUs: a node may be named whose memory is not granted, or that has none. */
static int resolve_node_cpus(struct ground *ground, const struct run_request *request,
                             const struct run_choice *choice, struct run_binding *binding,
                             struct np_error *err)
{
    autoset hwloc_bitmap_t nodes = NULL, cpus = NULL;
    int r = need_online_nodes(ground, err);
    const struct selection_scope scope = {.root = ground->root,
                                          .granted = request->all ? ground->online_nodes
                                                                  : ground->granted_nodes,
                                          .valid = ground->online_nodes,
                                          .universe = ground->online_nodes};
    bool exact;

    if (r == 0)
        r = resolve_set(ground, choice, &scope, &nodes, &exact, err);
    if (r < 0)
        return r;
    r = cpus_of_nodes(ground, nodes, &cpus);
    if (r < 0)
        return error_set(err, r, "cannot read the CPUs of the nodes: %s", strerror(-r));
    if (hwloc_bitmap_iszero(cpus)) {
        error_set(err, -ERANGE, "--%s=%s: %s", choice->option, choice->text,
                  hwloc_bitmap_iszero(nodes) ? "that is no node" : "no CPU there is online");
        error_hint(err, "`numaplace topo` shows which nodes have CPUs");
        return -ERANGE;
    }
    hwloc_bitmap_free(binding->cpus);
    binding->cpus = TAKE(cpus);
    binding->cpus_exact = false;
    return 0;
}

/* Of nothing: interleaving over no node is the default policy in numactl; all else is an error. */
static int accept_no_node(const struct run_choice *choice, struct run_binding *binding,
                          struct np_error *err)
{
    if (choice->mode != MPOL_INTERLEAVE)
        return error_set(err, -ERANGE, "--%s=%s: that is no node", choice->option, choice->text);
    cli_message("--%s=%s leaves no node: the default policy is used, as numactl does",
                choice->option, choice->text);
    binding->mode = MPOL_DEFAULT;
    return 0;
}

static int resolve_policy(struct ground *ground, const struct run_request *request,
                          const struct run_choice *choice, struct run_binding *binding,
                          struct np_error *err)
{
    int r = request->all ? need_online_nodes(ground, err) : need_nodes(ground, err);
    hwloc_bitmap_t granted = request->all ? ground->online_nodes : ground->granted_nodes;
    const struct selection_scope scope = {
        .root = ground->root, .granted = granted, .valid = granted, .universe = granted};

    if (r < 0)
        return r;
    binding->mode = choice->mode;
    if (!choice->text)
        return 0;
    r = resolve_set(ground, choice, &scope, &binding->nodes, &binding->nodes_exact, err);
    if (r < 0)
        return r;
    if (hwloc_bitmap_iszero(binding->nodes))
        return accept_no_node(choice, binding, err);
    if (choice->mode == MPOL_PREFERRED && set_only(binding->nodes) < 0) {
        error_set(err, -EINVAL, "--%s=%s: that is %d nodes, and only one can be preferred so",
                  choice->option, choice->text, hwloc_bitmap_weight(binding->nodes));
        error_hint(err, "--preferred-many takes several");
        return -EINVAL;
    }
    return 0;
}

static int resolve_choice(struct ground *ground, const struct run_request *request,
                          const struct run_choice *choice, struct run_binding *binding,
                          struct np_error *err)
{
    switch (choice->kind) {
    case CHOOSE_CPUS:
        return resolve_cpus(ground, request, choice, binding, err);
    case CHOOSE_NODE_CPUS:
        return resolve_node_cpus(ground, request, choice, binding, err);
    case CHOOSE_POLICY:
        return resolve_policy(ground, request, choice, binding, err);
    }
    return -EINVAL;
}

int run_resolve(const struct root *root, const struct run_request *request,
                struct run_binding *ret_binding, struct np_error *err)
{
    struct ground ground = {.root = root};
    struct run_binding binding = {.mode = BINDING_KEEP_POLICY};
    int r = request->n_choices > 0 ? read_granted(&ground, err) : 0;

    for (unsigned int i = 0; r == 0 && i < request->n_choices; i++)
        r = resolve_choice(&ground, request, &request->choices[i], &binding, err);
    ground_fini(&ground);
    if (r < 0) {
        run_binding_fini(&binding);
        return r;
    }
    *ret_binding = binding;
    return 0;
}

void run_binding_fini(struct run_binding *binding)
{
    hwloc_bitmap_free(binding->cpus);
    hwloc_bitmap_free(binding->nodes);
    *binding = (struct run_binding){.mode = BINDING_KEEP_POLICY};
}
