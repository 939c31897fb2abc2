/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why the kernel refused a binding. It says "Invalid argument" to nearly everything; the reason is
 * in what exists, what is online, what has memory and what is granted, so these are asked in that
 * order.
 */

#include "bind.h"

#include "numa-calls.h"
#include "proc.h"
#include "set.h"

#include <string.h>

/* One thing that may be wrong with some members of a set. */
struct fact {
    const char *one;
    const char *many;
};

static const struct fact fact_missing = {"does not exist", "do not exist"};
static const struct fact fact_offline = {"is offline", "are offline"};
static const struct fact fact_no_memory = {"has no memory", "have no memory"};
static const struct fact fact_not_granted = {"is not granted to this process",
                                             "are not granted to this process"};

/* Writes about those of left that are not in ground, and takes them out of left: each member has
 * one reason. A ground that could not be read (NULL) tells nothing. */
static void say_outside(FILE *out, const char *noun, hwloc_bitmap_t left,
                        hwloc_const_bitmap_t ground, const struct fact *fact)
{
    autoset hwloc_bitmap_t outside = hwloc_bitmap_alloc();
    autofree char *text = NULL, *has = NULL;
    bool many;

    if (!ground || !outside || hwloc_bitmap_andnot(outside, left, ground) < 0 ||
        hwloc_bitmap_iszero(outside))
        return;
    (void)hwloc_bitmap_and(left, left, ground); /* only takes away: needs no memory */
    text = set_format(outside);
    has = set_format(ground);
    many = hwloc_bitmap_weight(outside) != 1;
    fprintf(out, "%s%s%s %s %s", ftell(out) > 0 ? "; " : "", noun, many ? "s" : "",
            text ? text : "?", many ? fact->many : fact->one);
    if (fact == &fact_missing)
        fprintf(out, " (the machine has %s)", has ? has : "?");
    else if (fact == &fact_not_granted && !hwloc_bitmap_iszero(ground))
        fprintf(out, " (granted: %s)", has ? has : "?");
}

static hwloc_bitmap_t read_set(const struct root *root, const char *path)
{
    hwloc_bitmap_t set = NULL;

    return root_read_set(root, &set, "%s", path) < 0 ? NULL : set;
}

/* The cpuset that limits us, for the message; NULL where the kernel does not say or it is the root.
 */
static char *own_cpuset(const struct root *root)
{
    char *path;

    if (root_read(root, &path, "proc/self/cpuset") < 0)
        return NULL;
    if (strcmp(path, "/") == 0) {
        free(path);
        return NULL;
    }
    return path;
}

/* The text of a memory stream, which has it only when it is closed. */
static char *close_text(FILE *out, char **text)
{
    if (fclose(out) == 0)
        return *text;
    free(*text);
    return NULL;
}

/* granted NULL: what was granted before is not known any more. */
static void say_not_granted(FILE *out, const struct root *root, const char *noun,
                            hwloc_bitmap_t left, hwloc_const_bitmap_t granted)
{
    static const char *const fields[2] = {"Mems_allowed_list", "Cpus_allowed_list"};
    autofree char *cpuset = own_cpuset(root);
    autoset hwloc_bitmap_t none = hwloc_bitmap_alloc();
    long before = ftell(out);

    say_outside(out, noun, left, granted ? granted : none, &fact_not_granted);
    if (ftell(out) == before)
        return;
    if (granted)
        fprintf(out, " by %s in /proc/self/status", fields[noun[0] == 'C']);
    if (cpuset)
        fprintf(out, ", cpuset %s", cpuset);
}

static char *reason_cpus(const struct root *root, hwloc_const_bitmap_t cpus,
                         hwloc_const_bitmap_t granted)
{
    autoset hwloc_bitmap_t left = hwloc_bitmap_dup(cpus);
    autoset hwloc_bitmap_t present = read_set(root, "sys/devices/system/cpu/present");
    autoset hwloc_bitmap_t online = read_set(root, "sys/devices/system/cpu/online");
    char *text = NULL;
    size_t size;
    FILE *out = left ? open_memstream(&text, &size) : NULL;

    if (!out)
        return NULL;
    say_outside(out, "CPU", left, present, &fact_missing);
    say_outside(out, "CPU", left, online, &fact_offline);
    say_not_granted(out, root, "CPU", left, granted);
    return close_text(out, &text);
}

char *bind_reason_cpus(const struct root *root, hwloc_const_bitmap_t cpus)
{
    autoset hwloc_bitmap_t granted = NULL;

    /* What cannot be read explains nothing: as if all were granted. */
    if (proc_allowed(root, 0, &granted, NULL) < 0)
        granted = hwloc_bitmap_dup(cpus);
    return granted ? reason_cpus(root, cpus, granted) : NULL;
}

char *bind_reason_lost_cpus(const struct root *root, hwloc_const_bitmap_t lost)
{
    return reason_cpus(root, lost, NULL);
}

char *bind_reason_nodes(const struct root *root, hwloc_const_bitmap_t nodes)
{
    autoset hwloc_bitmap_t left = hwloc_bitmap_dup(nodes), granted = NULL;
    autoset hwloc_bitmap_t online = read_set(root, "sys/devices/system/node/online");
    autoset hwloc_bitmap_t with_memory = read_set(root, "sys/devices/system/node/has_memory");
    char *text = NULL;
    size_t size;
    FILE *out;

    if (proc_allowed(root, 0, NULL, &granted) < 0) /* see above */
        granted = hwloc_bitmap_dup(nodes);
    out = left && granted ? open_memstream(&text, &size) : NULL;
    if (!out)
        return NULL;
    say_outside(out, "node", left, online, &fact_missing);
    say_outside(out, "node", left, with_memory, &fact_no_memory);
    say_not_granted(out, root, "node", left, granted);
    return close_text(out, &text);
}

static const char *const mode_names[] = {
    [MPOL_DEFAULT] = "the default policy",
    [MPOL_PREFERRED] = "a preferred node",
    [MPOL_BIND] = "binding memory",
    [MPOL_INTERLEAVE] = "interleaving",
    [MPOL_LOCAL] = "local allocation",
    [MPOL_PREFERRED_MANY] = "several preferred nodes (Linux 5.15)",
    [NUMA_MPOL_WEIGHTED_INTERLEAVE] = "weighted interleaving (Linux 6.9)",
};

/* EINVAL with nodes that are all in order: it is the policy itself that this kernel does not have.
 */
static int explain_policy(const struct root *root, const struct binding *binding, int code,
                          struct np_error *err)
{
    const char *name = mode_names[binding->mode];
    autofree char *reason = binding->nodes ? bind_reason_nodes(root, binding->nodes) : NULL;

    if (code == -EINVAL && reason && reason[0]) {
        error_set(err, code, "cannot place memory: %s", reason);
        error_hint(err, "`numaplace topo` shows which nodes there are for this process");
        return code;
    }
    if (code == -EINVAL && binding->nodes && hwloc_bitmap_iszero(binding->nodes))
        return error_set(err, code, "cannot place memory: the set of nodes is empty");
    if (code == -EINVAL)
        return error_set(err, code, "this kernel does not know %s", name);
    return error_set(err, code, "cannot set %s: %s", name, strerror(-code));
}

int bind_explain(const struct root *root, const struct binding *binding, enum bind_step step,
                 int code, struct np_error *err)
{
    const char *what = step == BIND_CPUS ? "sched_setaffinity(2)" : "set_mempolicy(2)";
    autofree char *reason = NULL;

    if (code == -EPERM) {
        error_set(err, code, "%s is forbidden here (EPERM)", what);
        error_hint(err, "a seccomp filter does this in containers: allow the call in its profile, "
                        "or give the container CAP_SYS_NICE");
        return code;
    }
    if (code == -ENOSYS)
        return error_set(err, code, "this kernel has no %s: it was built without NUMA", what);
    if (step == BIND_POLICY)
        return explain_policy(root, binding, code, err);
    reason = bind_reason_cpus(root, binding->cpus);
    if (code != -EINVAL || !reason)
        return error_set(err, code, "cannot set CPUs: %s", strerror(-code));
    if (!reason[0])
        return error_set(err, code, "cannot set CPUs: %s",
                         hwloc_bitmap_iszero(binding->cpus)
                             ? "the set of CPUs is empty"
                             : "the cpuset of this process grants none of them");
    error_set(err, code, "cannot set CPUs: %s", reason);
    error_hint(err, "`numaplace topo` shows which CPUs there are for this process");
    return code;
}
