/* SPDX-License-Identifier: Apache-2.0 */
/* Nodes are put in order, then the CPUs of each; the first n of that are the choice. */

#include "pick.h"

#include "set.h"

#include <limits.h>

/* How good one CPU is to take next; smaller is better, compared from the first field on. */
struct rank {
    unsigned int node_order;
    unsigned int sibling; /* how many candidates of its core come before it */
    unsigned int llc_order;
    int llc;
    unsigned int cpu;
};

/* A pair of nodes whose distance nobody tells counts as farther than any that is told. */
static uint64_t distance(const struct machine *machine, unsigned int from, unsigned int to)
{
    uint64_t told = matrix_get(machine, &machine->distance, from, to);

    if (from == to)
        return 0;
    return told ? told : UNKNOWN_U64;
}

int pick_nearest_node(const struct machine *machine, unsigned int node,
                      hwloc_const_bitmap_t candidates)
{
    uint64_t best_distance = UNKNOWN_U64;
    int best = -1;

    for (int other = hwloc_bitmap_first(candidates); other != -1;
         other = hwloc_bitmap_next(candidates, other)) {
        uint64_t d = distance(machine, node, (unsigned int)other);

        if (best >= 0 && d >= best_distance)
            continue;
        best = other;
        best_distance = d;
    }
    return best;
}

static unsigned int count_on(const struct node *node, hwloc_const_bitmap_t usable)
{
    autoset hwloc_bitmap_t on = hwloc_bitmap_alloc();

    if (!on || hwloc_bitmap_and(on, node->cpus, usable) < 0)
        return 0;
    return (unsigned int)hwloc_bitmap_weight(on);
}

/* The node to begin with when nothing says where: the first that holds all, else the one that holds
 * most. */
static unsigned int first_node(const struct machine *machine, unsigned int n_cpus,
                               hwloc_const_bitmap_t usable)
{
    unsigned int best = 0, most = 0;

    for (unsigned int i = 0; i < machine->n_nodes; i++) {
        unsigned int n = count_on(&machine->nodes[i], usable);

        if (n >= n_cpus)
            return machine->nodes[i].id;
        if (n <= most)
            continue;
        most = n;
        best = machine->nodes[i].id;
    }
    return best;
}

/* order[i] is the place of the i-th node in the walk outward from start. */
static int order_nodes(const struct machine *machine, unsigned int start, unsigned int *order)
{
    autoset hwloc_bitmap_t left = hwloc_bitmap_alloc();

    for (unsigned int i = 0; i < machine->n_nodes; i++) {
        if (!left || hwloc_bitmap_set(left, machine->nodes[i].id) < 0)
            return -ENOMEM;
    }
    for (unsigned int place = 0; place < machine->n_nodes; place++) {
        int node = pick_nearest_node(machine, start, left);

        order[machine_node_idx(machine, (unsigned int)node)] = place;
        hwloc_bitmap_clr(left, (unsigned int)node);
    }
    return 0;
}

static int compare_ranks(const void *a, const void *b)
{
    const struct rank *x = a, *y = b;

    if (x->node_order != y->node_order)
        return x->node_order < y->node_order ? -1 : 1;
    if (x->sibling != y->sibling)
        return x->sibling < y->sibling ? -1 : 1;
    if (x->llc_order != y->llc_order)
        return x->llc_order < y->llc_order ? -1 : 1;
    if (x->llc != y->llc)
        return x->llc < y->llc ? -1 : 1;
    return x->cpu < y->cpu ? -1 : x->cpu > y->cpu;
}

static unsigned int siblings_before(const struct cpu *cpu, hwloc_const_bitmap_t usable)
{
    unsigned int n = 0;

    for (int other = hwloc_bitmap_first(cpu->siblings); other >= 0 && (unsigned int)other < cpu->id;
         other = hwloc_bitmap_next(cpu->siblings, other))
        n += hwloc_bitmap_isset(usable, (unsigned int)other) != 0;
    return n;
}

/* LLCs with enough cores come first, the tightest before the others, then the larger ones. */
static void order_llcs(struct rank *ranks, unsigned int n, unsigned int n_cpus)
{
    for (unsigned int i = 0; i < n; i++) {
        unsigned int cores = 0;

        for (unsigned int j = 0; j < n; j++)
            cores += ranks[j].llc == ranks[i].llc && ranks[j].sibling == 0 &&
                     ranks[j].node_order == ranks[i].node_order;
        ranks[i].llc_order = cores >= n_cpus ? cores : UINT_MAX - cores;
    }
}

/* Ranks of all usable CPUs, the best first. The caller frees. */
static int rank_cpus(const struct machine *machine, unsigned int start, unsigned int n_cpus,
                     hwloc_const_bitmap_t usable, struct rank **ret_ranks)
{
    autofree unsigned int *order = calloc(machine->n_nodes + 1, sizeof(*order));
    autofree struct rank *ranks = calloc(machine->n_cpus + 1, sizeof(*ranks));
    unsigned int n = 0;
    int r = order && ranks ? order_nodes(machine, start, order) : -ENOMEM;

    if (r < 0)
        return r;
    for (unsigned int i = 0; i < machine->n_cpus; i++) {
        const struct cpu *cpu = &machine->cpus[i];
        int node_idx = cpu->node < 0 ? -1 : machine_node_idx(machine, (unsigned int)cpu->node);

        if (!hwloc_bitmap_isset(usable, cpu->id))
            continue;
        ranks[n++] = (struct rank){
            .node_order = node_idx < 0 ? machine->n_nodes : order[node_idx],
            .sibling = siblings_before(cpu, usable),
            .llc = cpu->llc,
            .cpu = cpu->id,
        };
    }
    order_llcs(ranks, n, n_cpus);
    qsort(ranks, n, sizeof(*ranks), compare_ranks);
    *ret_ranks = TAKE(ranks);
    return 0;
}

/* The most usable CPUs that any node has. */
static unsigned int largest_node(const struct machine *machine, hwloc_const_bitmap_t usable)
{
    unsigned int most = 0;

    for (unsigned int i = 0; i < machine->n_nodes; i++) {
        unsigned int n = count_on(&machine->nodes[i], usable);

        if (n > most)
            most = n;
    }
    return most;
}

static hwloc_bitmap_t pick_candidates(const struct machine *machine,
                                      const struct pick_request *request)
{
    autoset hwloc_bitmap_t set = machine_usable_cpus(machine);

    if (!set || (request->within && hwloc_bitmap_and(set, set, request->within) < 0))
        return NULL;
    for (unsigned int i = 0; i < machine->n_cpus && !request->isolated; i++) {
        if (machine->cpus[i].isolated && hwloc_bitmap_clr(set, machine->cpus[i].id) < 0)
            return NULL;
    }
    return TAKE(set);
}

/* What asking for isolated CPUs would add. */
static unsigned int count_isolated(const struct machine *machine,
                                   const struct pick_request *request)
{
    unsigned int n = 0;

    for (unsigned int i = 0; i < machine->n_cpus && !request->isolated; i++) {
        const struct cpu *cpu = &machine->cpus[i];

        n += cpu->isolated && cpu->online && cpu->granted &&
             (!request->within || hwloc_bitmap_isset(request->within, cpu->id));
    }
    return n;
}

static int check_room(const struct machine *machine, const struct pick_request *request,
                      hwloc_const_bitmap_t usable, struct np_error *err)
{
    unsigned int all = (unsigned int)hwloc_bitmap_weight(usable);
    unsigned int most = largest_node(machine, usable);
    unsigned int isolated = count_isolated(machine, request);

    if (request->n_cpus > all) {
        error_set(err, -ENOSPC, "of the %u CPUs wanted there are %u that may be used",
                  request->n_cpus, all);
        if (isolated > 0)
            error_hint(err, "ask for %u at most, or for the %u isolated ones too", all, isolated);
        else
            error_hint(err, "ask for %u at most", all);
        return -ENOSPC;
    }
    if (request->one_node && request->n_cpus > most) {
        error_set(err, -ENOSPC, "no node has %u CPUs that may be used: the largest has %u",
                  request->n_cpus, most);
        error_hint(err, "ask for %u at most, or allow more than one node", most);
        return -ENOSPC;
    }
    return 0;
}

/* Where the walk begins. On one node only nodes that hold all count. */
static int start_node(const struct machine *machine, const struct pick_request *request,
                      hwloc_const_bitmap_t usable, unsigned int *ret_node)
{
    autoset hwloc_bitmap_t fitting = hwloc_bitmap_alloc();

    if (!fitting)
        return -ENOMEM;
    *ret_node = request->near_node < 0 ? first_node(machine, request->n_cpus, usable)
                                       : (unsigned int)request->near_node;
    if (!request->one_node)
        return 0;
    for (unsigned int i = 0; i < machine->n_nodes; i++) {
        if (count_on(&machine->nodes[i], usable) >= request->n_cpus &&
            hwloc_bitmap_set(fitting, machine->nodes[i].id) < 0)
            return -ENOMEM;
    }
    *ret_node = (unsigned int)pick_nearest_node(machine, *ret_node, fitting);
    return 0;
}

int pick_cpus(const struct machine *machine, const struct pick_request *request,
              hwloc_bitmap_t *ret_cpus, struct np_error *err)
{
    autoset hwloc_bitmap_t usable = pick_candidates(machine, request);
    autoset hwloc_bitmap_t chosen = hwloc_bitmap_alloc();
    autofree struct rank *ranks = NULL;
    unsigned int start;
    int r = usable && chosen ? 0 : -ENOMEM;

    if (r == 0)
        r = check_room(machine, request, usable, err);
    if (r == 0)
        r = start_node(machine, request, usable, &start);
    if (r == 0)
        r = rank_cpus(machine, start, request->n_cpus, usable, &ranks);
    for (unsigned int i = 0; r == 0 && i < request->n_cpus; i++)
        r = hwloc_bitmap_set(chosen, ranks[i].cpu) < 0 ? -ENOMEM : 0;
    if (r < 0)
        return r;
    *ret_cpus = TAKE(chosen);
    return 0;
}
