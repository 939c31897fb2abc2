/* SPDX-License-Identifier: Apache-2.0 */
/* Which nodes are alike: each is compared with the first node of each group. Being twins is an
 * equivalence, so that this is exact. */

#include "topo-fold.h"

#include <errno.h>

/* CPUs are few a core and cores are few a node: no set is needed to count them. */
struct node_shape node_shape(const struct machine *machine, const struct node *node)
{
    struct node_shape shape = {0};

    for (unsigned int i = 0; i < machine->n_cpus; i++) {
        const struct cpu *cpu = &machine->cpus[i];
        unsigned int threads;

        if (cpu->node != (int)node->id || !cpu->online)
            continue;
        shape.n_cpus++;
        if (cpu->core < 0)
            continue;
        threads = (unsigned int)hwloc_bitmap_weight(cpu->siblings);
        shape.n_cores += hwloc_bitmap_first(cpu->siblings) == (int)cpu->id;
        if (threads > shape.smt)
            shape.smt = threads;
    }
    for (unsigned int i = 0; i < machine->n_cpus; i++) {
        const struct cpu *cpu = &machine->cpus[i];
        bool seen = cpu->node != (int)node->id || !cpu->online || cpu->llc < 0;

        for (unsigned int j = i; !seen && j-- > 0;)
            seen = machine->cpus[j].llc == cpu->llc && machine->cpus[j].node == cpu->node &&
                   machine->cpus[j].online;
        shape.n_llcs += !seen;
    }
    return shape;
}

/* Firmware takes a little from some nodes: what differs by less than a sixteenth is alike. */
static bool same_memory(const struct node *a, const struct node *b)
{
    uint64_t more = a->total_bytes > b->total_bytes ? a->total_bytes : b->total_bytes;
    uint64_t less = a->total_bytes > b->total_bytes ? b->total_bytes : a->total_bytes;

    if (more == UNKNOWN_U64 || less == 0)
        return more == less;
    return more - less <= more / 16;
}

static bool same_shape(const struct machine *machine, unsigned int a_idx, unsigned int b_idx)
{
    const struct node *a = &machine->nodes[a_idx], *b = &machine->nodes[b_idx];
    struct node_shape x, y;

    if (a->kind != b->kind || a->tier != b->tier || a->granted != b->granted || !same_memory(a, b))
        return false;
    x = node_shape(machine, a);
    y = node_shape(machine, b);
    return x.n_cpus == y.n_cpus && x.n_cores == y.n_cores && x.n_llcs == y.n_llcs && x.smt == y.smt;
}

static bool are_twins(const struct matrix *matrix, unsigned int n, unsigned int a, unsigned int b)
{
    const uint64_t *v = matrix->value;

    if (!v)
        return true;
    if (v[a * n + a] != v[b * n + b] || v[a * n + b] != v[b * n + a])
        return false;
    for (unsigned int k = 0; k < n; k++) {
        if (k != a && k != b && (v[a * n + k] != v[b * n + k] || v[k * n + a] != v[k * n + b]))
            return false;
    }
    return true;
}

typedef bool same_fn(const struct machine *machine, const struct matrix *matrix, unsigned int a,
                     unsigned int b);

static bool twins(const struct machine *machine, const struct matrix *matrix, unsigned int a,
                  unsigned int b)
{
    return are_twins(matrix, machine->n_nodes, a, b);
}

static bool alike(const struct machine *machine, const struct matrix *matrix, unsigned int a,
                  unsigned int b)
{
    return same_shape(machine, a, b);
}

static bool alike_twins(const struct machine *machine, const struct matrix *matrix, unsigned int a,
                        unsigned int b)
{
    return same_shape(machine, a, b) && are_twins(matrix, machine->n_nodes, a, b);
}

static bool never(const struct machine *machine, const struct matrix *matrix, unsigned int a,
                  unsigned int b)
{
    return false;
}

static int fold(const struct machine *machine, const struct matrix *matrix, same_fn *same,
                struct fold *ret_fold)
{
    autofree unsigned int *group_of = calloc(machine->n_nodes + 1, sizeof(*group_of));
    autofree unsigned int *first = calloc(machine->n_nodes + 1, sizeof(*first));
    unsigned int n = 0;

    if (!group_of || !first)
        return -ENOMEM;
    for (unsigned int i = 0; i < machine->n_nodes; i++) {
        unsigned int group = 0;

        while (group < n && !same(machine, matrix, first[group], i))
            group++;
        if (group == n)
            first[n++] = i;
        group_of[i] = group;
    }
    *ret_fold = (struct fold){.group_of = TAKE(group_of), .n_groups = n};
    return 0;
}

int fold_nodes(const struct machine *machine, enum fold_by by, struct fold *ret_fold)
{
    static same_fn *const same[] = {
        [FOLD_NONE] = never,
        [FOLD_SHAPE] = alike,
        [FOLD_SHAPE_AND_TWINS] = alike_twins,
    };

    return fold(machine, &machine->distance, same[by], ret_fold);
}

int fold_twins(const struct machine *machine, const struct matrix *matrix, struct fold *ret_fold)
{
    return fold(machine, matrix, twins, ret_fold);
}

void fold_fini(struct fold *fold)
{
    free(fold->group_of);
    *fold = (struct fold){0};
}

hwloc_bitmap_t fold_group(const struct machine *machine, const struct fold *fold,
                          unsigned int group)
{
    hwloc_bitmap_t nodes = hwloc_bitmap_alloc();

    for (unsigned int i = 0; nodes && i < machine->n_nodes; i++) {
        if (fold->group_of[i] == group)
            hwloc_bitmap_set(nodes, machine->nodes[i].id);
    }
    return nodes;
}
