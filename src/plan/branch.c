/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Branch and bound over the relaxation: see branch.h.
 *
 * A branch is what is required or excluded on the way to it. The relaxation goes on from whatever
 * it solved last, so going from one branch to another costs some pivots and no more.
 */

#include "branch.h"

#include <errno.h>
#include <string.h>

#define NO_PARENT ((unsigned int)-1)

enum {
    DIVE = 30, /* branches */
};

struct branch {
    unsigned int parent;
    unsigned int demand; /* from the first on */
    unsigned int option;
    bool required;
    bool open;
    cost128 bound; /* at least, as known from the parent */
};

struct tree {
    const struct branch_request *request;
    struct relaxation relaxation;
    struct growing branches; /* struct branch */
    struct growing heap;     /* unsigned int: of those that were open when they came */
    unsigned int *options;   /* scratch, by demand from the first on */
    unsigned int *counts;    /* scratch, of all demands */
    cost128 known;
    unsigned int n_explored;
    unsigned int dive; /* branches when the last dive began */
    cost128 lost;      /* the lowest bound of branches that could not be brought to an end */
};

static struct branch *branches_of(const struct tree *tree)
{
    return tree->branches.items;
}

/* No placement there is cheaper than the cheapest known, or there is none at all. */
static bool is_closed(const struct tree *tree, cost128 bound)
{
    if (tree->known == FLOW_NEVER)
        return bound > tree->relaxation.most;
    return bound + branch_tolerance(tree->known) >= tree->known;
}

/* Of two branches, whether a comes first: the lower bound, of equal ones the latest. */
static bool is_before(const struct tree *tree, unsigned int a, unsigned int b)
{
    const struct branch *branches = branches_of(tree);

    return branches[a].bound != branches[b].bound ? branches[a].bound < branches[b].bound : a > b;
}

/* A heap: no branch comes before the one at half its place. */
static unsigned int *heap_of(const struct tree *tree)
{
    return tree->heap.items;
}

static void swap(unsigned int *a, unsigned int *b)
{
    unsigned int value = *a;

    *a = *b;
    *b = value;
}

static int add_branch(struct tree *tree, const struct branch *branch)
{
    unsigned int number = (unsigned int)tree->branches.n;
    int r = growing_add(&tree->branches, sizeof(*branch), branch);

    if (r == 0)
        r = growing_add(&tree->heap, sizeof(number), &number);
    if (r < 0)
        return r;
    for (size_t i = tree->heap.n - 1; i > 0 && is_before(tree, number, heap_of(tree)[(i - 1) / 2]);
         i = (i - 1) / 2)
        swap(&heap_of(tree)[i], &heap_of(tree)[(i - 1) / 2]);
    return 0;
}

static void drop_first(struct tree *tree)
{
    unsigned int *heap = heap_of(tree);
    size_t at = 0, child;

    heap[0] = heap[--tree->heap.n];
    while ((child = 2 * at + 1) < tree->heap.n) {
        if (child + 1 < tree->heap.n && is_before(tree, heap[child + 1], heap[child]))
            child++;
        if (!is_before(tree, heap[child], heap[at]))
            break;
        swap(&heap[child], &heap[at]);
        at = child;
    }
}

/* The open branch that comes first. NO_PARENT: none is open. */
static unsigned int lowest_branch(struct tree *tree)
{
    while (tree->heap.n > 0 && !branches_of(tree)[heap_of(tree)[0]].open)
        drop_first(tree);
    return tree->heap.n > 0 ? heap_of(tree)[0] : NO_PARENT;
}

/* The latest open branch from first on, NO_PARENT: none. */
static unsigned int latest_branch(const struct tree *tree, unsigned int first)
{
    const struct branch *branches = branches_of(tree);

    for (unsigned int i = (unsigned int)tree->branches.n; i-- > first;) {
        if (branches[i].open && !is_closed(tree, branches[i].bound))
            return i;
    }
    return NO_PARENT;
}

/* Every now and then a dive: below the lowest branch the latest first, so that there are good
 * placements to close others with. Else the lowest. */
static unsigned int next_branch(struct tree *tree)
{
    unsigned int next = NO_PARENT;

    if (tree->n_explored++ % (2 * DIVE) == DIVE)
        tree->dive = (unsigned int)tree->branches.n;
    else if (tree->n_explored % (2 * DIVE) > DIVE)
        next = latest_branch(tree, tree->dive);
    return next != NO_PARENT ? next : lowest_branch(tree);
}

static int go_to(struct tree *tree, unsigned int at)
{
    const struct branch *branches = branches_of(tree);
    int r = 0;

    relaxation_allow_all(&tree->relaxation);
    for (; r == 0 && branches[at].parent != NO_PARENT; at = branches[at].parent) {
        const struct branch *branch = &branches[at];

        if (branch->required)
            relaxation_require(&tree->relaxation, branch->demand, branch->option);
        else
            r = relaxation_exclude(&tree->relaxation, branch->demand, branch->option);
    }
    return r;
}

static void write_counts(struct tree *tree, unsigned int i, unsigned int which)
{
    const struct kinds *kinds = tree->request->kinds;
    const struct model *model = kinds->model;
    unsigned int demand = tree->request->first + i;
    unsigned int *counts = &tree->counts[(size_t)demand * model->n_nodes];
    const struct kind *kind = &kinds->kinds[kinds->of[demand]];

    if (which == NO_CHOICE)
        memset(counts, 0, model->n_nodes * sizeof(*counts));
    else if (model->demands[demand].fixed)
        memcpy(counts, model->demands[demand].fixed, model->n_nodes * sizeof(*counts));
    else
        option_counts(kinds, kind_option(kinds, kind, which), counts);
}

/* What is required does not fit together. */
static bool is_crowded(struct tree *tree)
{
    for (unsigned int i = 0; i < tree->request->n; i++)
        write_counts(tree, i, tree->relaxation.demands[i].only);
    return tree->request->crowded(tree->request->data, tree->counts) <
           tree->request->kinds->model->n_nodes;
}

static int with_and_without(struct tree *tree, unsigned int parent, unsigned int demand,
                            unsigned int option, cost128 bound)
{
    struct branch branch = {parent, demand, option, false, true, bound};
    int r = add_branch(tree, &branch);

    branch.required = true;
    return r < 0 ? r : add_branch(tree, &branch);
}

/* One of those on node for whom that is not required; an smt rule is the likeliest reason why not
 * all fit there. n when there is none. */
static unsigned int who_may_leave(const struct tree *tree, unsigned int node)
{
    const struct model *model = tree->request->kinds->model;
    unsigned int n = tree->request->n, best = n;

    for (unsigned int i = 0; i < n; i++) {
        unsigned int demand = tree->request->first + i;

        if (tree->counts[(size_t)demand * model->n_nodes + node] == 0 ||
            model->demands[demand].fixed || tree->relaxation.demands[i].only != NO_CHOICE)
            continue;
        if (best == n || (model->demands[demand].smt != SMT_ANY &&
                          model->demands[tree->request->first + best].smt == SMT_ANY))
            best = i;
    }
    return best;
}

static void lose(struct tree *tree, cost128 bound)
{
    if (!is_closed(tree, bound) && bound < tree->lost)
        tree->lost = bound;
}

/* Every demand has one option. */
static int take_whole(struct tree *tree, unsigned int at, cost128 bound)
{
    const struct branch_request *request = tree->request;
    unsigned int node, demand;
    int r;

    for (unsigned int i = 0; i < request->n; i++)
        write_counts(tree, i, tree->options[i]);
    node = request->crowded(request->data, tree->counts);
    if (node < request->kinds->model->n_nodes) {
        demand = who_may_leave(tree, node);
        return demand == request->n
                   ? 0
                   : with_and_without(tree, at, demand, tree->options[demand], bound);
    }
    r = request->judge(request->data, tree->counts, &tree->known);
    lose(tree, bound);
    return r;
}

static int explore(struct tree *tree, unsigned int at)
{
    struct relaxation *relaxation = &tree->relaxation;
    cost128 bound = branches_of(tree)[at].bound, here;
    struct relaxed_choice choice;
    int r;

    branches_of(tree)[at].open = false;
    if (is_closed(tree, bound))
        return 0;
    r = go_to(tree, at);
    if (r < 0 || (branches_of(tree)[at].required && is_crowded(tree)))
        return r;
    r = relaxation_solve(relaxation);
    if (r < 0)
        return r;
    if (at == 0)
        bound_offer(tree->request->bound, &relaxation->prices);
    here = relaxation_bound(relaxation, tree->request->bound);
    bound = here > bound ? here : bound;
    if (is_closed(tree, bound))
        return 0;
    if (relaxation_choice(relaxation, &choice))
        return with_and_without(tree, at, choice.demand, choice.option, bound);
    if (!relaxation_whole(relaxation, tree->options)) {
        lose(tree, bound);
        return 0;
    }
    return take_whole(tree, at, bound);
}

/* The lowest that is left. */
static cost128 bound_of(struct tree *tree)
{
    unsigned int open = lowest_branch(tree);
    cost128 bound = tree->lost;

    if (open != NO_PARENT && branches_of(tree)[open].bound < bound)
        bound = branches_of(tree)[open].bound;
    return bound;
}

static int explore_all(struct tree *tree)
{
    struct branch root = {.parent = NO_PARENT, .open = true, .bound = tree->request->bound->value};
    unsigned int at = 0;
    int r = add_branch(tree, &root);

    while (r == 0 && at != NO_PARENT && tree->relaxation.work < tree->request->limit) {
        r = explore(tree, at);
        at = next_branch(tree);
        tree->request->tell(tree->request->data, tree->relaxation.work, bound_of(tree));
    }
    return r;
}

int branch_run(const struct branch_request *request, struct branch_result *ret_result)
{
    const struct model *model = request->kinds->model;
    struct tree tree = {.request = request, .known = request->known, .lost = FLOW_NEVER};
    int r = relaxation_init(&tree.relaxation, request->kinds, request->first, request->n);

    tree.options = calloc(request->n + 1, sizeof(*tree.options));
    tree.counts = calloc((size_t)model->n_demands * model->n_nodes + 1, sizeof(*tree.counts));
    if (r == 0 && (!tree.options || !tree.counts))
        r = -ENOMEM;
    if (r == 0)
        r = explore_all(&tree);
    if (r == 0)
        *ret_result = (struct branch_result){bound_of(&tree), tree.relaxation.work};
    relaxation_fini(&tree.relaxation);
    free(tree.branches.items);
    free(tree.heap.items);
    free(tree.options);
    free(tree.counts);
    return r;
}
