/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CPUs within one node. Whole cores are taken first and the largest first, then one thread a core
 * from the cores with the most threads left, then the rest. In this order no claim takes away what
 * a later one could not replace: larger cores that are used up whole leave more distinct ones, and
 * taking from the fullest core leaves the evenest rest (Gale-Ryser). This is exact as long as sizes
 * of whole cores divide each other, as 1, 2, 4 and 8 do.
 */

#include "cores.h"

#include <limits.h>
#include <string.h>

struct choice {
    const struct model_node *node;
    unsigned int *owner;
    unsigned int self; /* what owner says of the claim that is being served */
    const struct core_claim *claim;
    unsigned int left; /* CPUs that it still needs */
};

/* What a core and its LLC look like to the claim. */
struct core_view {
    unsigned int n_free;
    unsigned int n_own;
    unsigned int llc_free;
    unsigned int llc_own;
};

static void count_core(const struct choice *choice, const struct model_core *core,
                       unsigned int *n_free, unsigned int *n_own)
{
    for (unsigned int i = core->first; i < core->first + core->n_cpus; i++) {
        *n_free += choice->owner[i] == 0;
        *n_own += choice->owner[i] == choice->self;
    }
}

static struct core_view look_at(const struct choice *choice, const struct model_core *core)
{
    struct core_view view = {0};

    count_core(choice, core, &view.n_free, &view.n_own);
    for (unsigned int i = 0; i < choice->node->n_cores; i++) {
        if (choice->node->cores[i].llc == core->llc)
            count_core(choice, &choice->node->cores[i], &view.llc_free, &view.llc_own);
    }
    return view;
}

static bool may_take(const struct choice *choice, const struct model_core *core,
                     const struct core_view *view)
{
    switch (choice->claim->smt) {
    case SMT_WHOLE_CORES:
        return core->whole && view->n_free == core->n_cpus && core->n_cpus <= choice->left;
    case SMT_AVOID:
        return view->n_free > 0 && view->n_own == 0;
    case SMT_ANY:
        break;
    }
    return view->n_free > 0;
}

/* Compact fills: the LLC it is in already, else the smallest that holds all, else the emptiest.
 * Spread takes the LLC that it has least of. */
static int llc_merit(const struct choice *choice, const struct core_view *view)
{
    if (choice->claim->spread)
        return -(int)view->llc_own;
    if (view->llc_own > 0)
        return INT_MAX;
    if (view->llc_free >= choice->left)
        return INT_MAX / 2 - (int)view->llc_free;
    return (int)view->llc_free;
}

/* Larger is better, compared from the first; equal ones are taken in the order of the machine. */
static void merits(const struct choice *choice, const struct model_core *core,
                   const struct core_view *view, int merit[3])
{
    bool idle = view->n_free == core->n_cpus;

    if (choice->claim->smt == SMT_ANY) {
        merit[0] = choice->claim->spread ? -(int)view->n_own : llc_merit(choice, view);
        merit[1] = choice->claim->spread ? llc_merit(choice, view) : (int)view->n_own;
        merit[2] = idle;
    } else {
        merit[0] = (int)view->n_free;
        merit[1] = llc_merit(choice, view);
        merit[2] = idle;
    }
}

static int compare_merits(const int a[3], const int b[3])
{
    for (int i = 0; i < 3; i++) {
        if (a[i] != b[i])
            return a[i] > b[i] ? 1 : -1;
    }
    return 0;
}

static const struct model_core *best_core(const struct choice *choice)
{
    const struct model_core *best = NULL;
    int best_merit[3] = {0};

    for (unsigned int i = 0; i < choice->node->n_cores; i++) {
        const struct model_core *core = &choice->node->cores[i];
        struct core_view view = look_at(choice, core);
        int merit[3];

        if (!may_take(choice, core, &view))
            continue;
        merits(choice, core, &view, merit);
        if (!best || compare_merits(merit, best_merit) > 0) {
            best = core;
            memcpy(best_merit, merit, sizeof(merit));
        }
    }
    return best;
}

/* How many of its CPUs on the core are its own to keep. */
static unsigned int count_kept(const struct choice *choice, const struct model_core *core)
{
    unsigned int n = 0;

    for (unsigned int i = core->first; i < core->first + core->n_cpus; i++)
        n +=
            choice->owner[i] == 0 && hwloc_bitmap_isset(choice->claim->keep, choice->node->cpus[i]);
    return n;
}

/* What it has, as far as its rule allows it and it still asks for so many. */
static void keep(struct choice *choice)
{
    for (unsigned int c = 0; c < choice->node->n_cores; c++) {
        const struct model_core *core = &choice->node->cores[c];
        unsigned int n = count_kept(choice, core);

        if (n > choice->left)
            n = choice->left;
        if (choice->claim->smt == SMT_AVOID && n > 1)
            n = 1;
        if (choice->claim->smt == SMT_WHOLE_CORES && (!core->whole || n < core->n_cpus))
            n = 0;
        for (unsigned int i = core->first; n > 0; i++) {
            if (choice->owner[i] != 0 ||
                !hwloc_bitmap_isset(choice->claim->keep, choice->node->cpus[i]))
                continue;
            choice->owner[i] = choice->self;
            choice->left--;
            n--;
        }
    }
}

static unsigned int count_own(const struct choice *choice)
{
    unsigned int n = 0;

    for (unsigned int i = 0; i < choice->node->n_cpus; i++)
        n += choice->owner[i] == choice->self;
    return n;
}

static bool serve(const struct model_node *node, const struct core_claim *claim,
                  unsigned int *owner, unsigned int self)
{
    struct choice choice = {node, owner, self, claim, claim->n_cpus};
    bool one_by_one = claim->smt == SMT_AVOID || claim->spread;

    if (claim->smt == SMT_WHOLE_CORES)
        one_by_one = false;
    if (claim->keep)
        choice.left -= count_own(&choice);
    while (choice.left > 0) {
        const struct model_core *core = best_core(&choice);
        unsigned int take = one_by_one ? 1 : choice.left;

        if (!core)
            return false;
        for (unsigned int i = core->first; i < core->first + core->n_cpus && take > 0; i++) {
            if (owner[i] != 0)
                continue;
            owner[i] = self;
            choice.left--;
            take--;
        }
    }
    return true;
}

static unsigned int rank(enum smt_rule smt)
{
    return smt == SMT_WHOLE_CORES ? 0 : smt == SMT_AVOID ? 1 : 2;
}

/* Stricter first, then larger, then as given. */
static void sort_claims(const struct core_claim *claims, unsigned int n, unsigned int *order)
{
    for (unsigned int i = 0; i < n; i++) {
        unsigned int j = i;

        for (; j > 0; j--) {
            const struct core_claim *a = &claims[order[j - 1]], *b = &claims[i];

            if (rank(a->smt) < rank(b->smt) ||
                (rank(a->smt) == rank(b->smt) && a->n_cpus >= b->n_cpus))
                break;
            order[j] = order[j - 1];
        }
        order[j] = i;
    }
}

/* The first n_keeping in order keep what they have. */
static bool assign(const struct model_node *node, const struct core_claim *claims,
                   unsigned int n_claims, unsigned int n_keeping, unsigned int *owner,
                   const unsigned int *order)
{
    memset(owner, 0, node->n_cpus * sizeof(*owner));
    for (unsigned int i = 0; i < n_keeping; i++) {
        const struct core_claim *claim = &claims[order[i]];
        struct choice choice = {node, owner, order[i] + 1, claim, claim->n_cpus};

        if (claim->keep)
            keep(&choice);
    }
    for (unsigned int i = 0; i < n_claims; i++) {
        if (!serve(node, &claims[order[i]], owner, order[i] + 1))
            return false;
    }
    return true;
}

/* Who has the laxest rule and the fewest CPUs can move most easily: it is asked first. With nobody
 * keeping anything it is exact. */
bool cores_assign(const struct model_node *node, const struct core_claim *claims,
                  unsigned int n_claims, unsigned int *owner, unsigned int *order)
{
    unsigned int n_keeping = 0;

    sort_claims(claims, n_claims, order);
    for (unsigned int i = 0; i < n_claims; i++) {
        if (claims[order[i]].keep)
            n_keeping = i + 1;
    }
    for (;; n_keeping--) {
        if (assign(node, claims, n_claims, n_keeping, owner, order))
            return true;
        if (n_keeping == 0)
            return false;
    }
}
